package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"holdfast"
)

// maxErrors is how many errors an answer lists.
const maxErrors = 100

// answer is the body of all answers about events.
type answer struct {
	Accepted int         `json:"accepted"`
	Refused  int64       `json:"refused"`
	Errors   []lineError `json:"errors,omitempty"`
	More     int64       `json:"more,omitempty"` // errors that are not listed
	Error    *fault      `json:"error,omitempty"`
}

type lineError struct {
	Line  int    `json:"line"` // from 1; of an array its element, of the whole body 0
	Field string `json:"field,omitempty"`
	Error string `json:"error"`
}

// retryAfter is what clients are asked to wait when the store cannot keep
// anything at the moment.
const retryAfter = 5 * time.Second

func (d *Door) answer(w http.ResponseWriter, res result) {
	a := answer{Accepted: res.accepted, Refused: res.refused, Errors: res.errors}
	a.More = res.refused - int64(len(res.errors))
	status := http.StatusAccepted
	switch {
	case res.err != nil:
		status, a.Error = http.StatusServiceUnavailable, unavailable(res)
		w.Header().Set("Retry-After", seconds(retryAfter))
	case res.accepted > 0:
		w.Header().Set("Holdfast-Receipt", d.Receipts.Seal(res.receipt))
	case res.refused == 0: // an array without events
	case res.forbidden == res.refused:
		status = http.StatusForbidden
	case res.rate == res.refused:
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", seconds(d.untilMidnight()))
	default:
		status = http.StatusBadRequest
	}
	writeJSON(w, status, a)
}

func unavailable(res result) *fault {
	f := &fault{Code: "unavailable", Message: "the events cannot be made durable now", Hint: "send them again later"}
	if res.accepted > 0 {
		f.Hint = fmt.Sprintf("the first %d good ones are durable; send all again later: those with ids are not counted twice", res.accepted)
	}
	if !errors.Is(res.err, holdfast.ErrUnavailable) {
		f.Message = "the events could not be made durable"
	}
	return f
}

// untilMidnight is when the budgets of a day are new.
func (d *Door) untilMidnight() time.Duration {
	now := d.Collector.Now().UTC()
	return now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)
}

func seconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}

// Header values that many answers share.
var (
	contentType  = []string{"application/json"}
	cacheControl = []string{"no-store"}
)

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = contentType, cacheControl
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the client is gone, and knows
}

// fault is why a request is refused as a whole.
type fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`

	status int
	reason holdfast.Reason
	wait   time.Duration
	close  bool // the connection: the rest of the body is still on it
}

func (f *fault) write(w http.ResponseWriter) {
	if f.wait > 0 {
		w.Header().Set("Retry-After", seconds(f.wait))
	}
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="holdfast"`)
	}
	if f.close {
		w.Header().Set("Connection", "close")
	}
	writeJSON(w, f.status, struct {
		Error *fault `json:"error"`
	}{f})
}

func unauthorized(shown bool) *fault {
	f := &fault{status: http.StatusUnauthorized, reason: holdfast.RefusedForbidden,
		Code: "unauthorized", Message: "a key is required", Hint: "send it as Authorization: Bearer hf_…"}
	if shown {
		f.Message, f.Hint = "the key is not known", "it may have been revoked; holdfast key lists those that are good"
	}
	return f
}

func forbidden() *fault {
	return &fault{status: http.StatusForbidden, reason: holdfast.RefusedForbidden,
		Code: "forbidden", Message: "the key is not for sending events", Hint: "make one with scope collect"}
}

func tooMany(wait time.Duration) *fault {
	return &fault{status: http.StatusTooManyRequests, reason: holdfast.RefusedRate, wait: wait,
		Code: "rate", Message: "too many requests from this network"}
}

func tooLarge(what string, limit int64) *fault {
	return &fault{status: http.StatusRequestEntityTooLarge, reason: holdfast.RefusedTooLarge, close: true,
		Code: "too_large", Message: fmt.Sprintf("%s is longer than %d bytes", what, limit), Hint: "send fewer events at once"}
}

func unknownEncoding(encoding string) *fault {
	return &fault{status: http.StatusUnsupportedMediaType, reason: holdfast.RefusedMalformed,
		Code: "encoding", Message: fmt.Sprintf("the content encoding %q is not known", encoding), Hint: "send it as it is, or with gzip"}
}

func busy() *fault {
	return &fault{status: http.StatusServiceUnavailable, reason: holdfast.RefusedUnavailable, wait: retryAfter, close: true,
		Code: "unavailable", Message: "too many large bodies at once", Hint: "send it again later"}
}
