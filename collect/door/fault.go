package door

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"holdfast"
)

// Fault is why a request is refused as a whole.
type Fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`

	Status int             `json:"-"`
	Reason holdfast.Reason `json:"-"` // for the books
	Wait   time.Duration   `json:"-"` // before it is worth trying again
	Close  bool            `json:"-"` // the connection: the rest of the body is still on it
}

// Write answers with f.
func (f *Fault) Write(w http.ResponseWriter) {
	f.SetHeader(w.Header())
	WriteJSON(w, f.Status, struct {
		Error *Fault `json:"error"`
	}{f})
}

// SetHeader sets what f says in the header of its answer.
func (f *Fault) SetHeader(h http.Header) {
	if f.Wait > 0 {
		h.Set("Retry-After", Seconds(f.Wait))
	}
	if f.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="holdfast"`)
	}
	if f.Close {
		h.Set("Connection", "close")
	}
}

// Seconds writes d as Retry-After does: whole, rounded up, at least 1.
func Seconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}

// WriteJSON answers with a body.
func WriteJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = JSONType, NoStore
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the client is gone, and knows
}

// Unauthorized is for who shows no key, or one that is not known.
func Unauthorized(shown bool) *Fault {
	f := &Fault{Status: http.StatusUnauthorized, Reason: holdfast.RefusedForbidden,
		Code: "unauthorized", Message: "a key is required", Hint: "send it as Authorization: Bearer hf_…"}
	if shown {
		f.Message, f.Hint = "the key is not known", "it may have been revoked; holdfast key lists those that are good"
	}
	return f
}

// TooMany is for a network that sends too much.
func TooMany(wait time.Duration) *Fault {
	return &Fault{Status: http.StatusTooManyRequests, Reason: holdfast.RefusedRate, Wait: wait,
		Code: "rate", Message: "too many requests from this network"}
}

// Unavailable is for what the store cannot keep at the moment.
func Unavailable(message, hint string) *Fault {
	return &Fault{Status: http.StatusServiceUnavailable, Reason: holdfast.RefusedUnavailable, Wait: RetryAfter,
		Code: "unavailable", Message: message, Hint: hint}
}

func tooLarge(what string, limit int64) *Fault {
	return &Fault{Status: http.StatusRequestEntityTooLarge, Reason: holdfast.RefusedTooLarge, Close: true,
		Code: "too_large", Message: fmt.Sprintf("%s is longer than %d bytes", what, limit), Hint: "send fewer events at once"}
}

func unknownEncoding(encoding string) *Fault {
	return &Fault{Status: http.StatusUnsupportedMediaType, Reason: holdfast.RefusedMalformed,
		Code: "encoding", Message: fmt.Sprintf("the content encoding %q is not known", encoding), Hint: "send it as it is, or with gzip"}
}
