package events

import (
	"errors"
	"fmt"
	"net/http"

	"holdfast"
	"holdfast/collect/door"
)

// maxErrors is how many errors an answer lists.
const maxErrors = 100

// answer is the body of all answers about events.
type answer struct {
	Accepted int         `json:"accepted"`
	Refused  int64       `json:"refused"`
	Errors   []lineError `json:"errors,omitempty"`
	More     int64       `json:"more,omitempty"`   // errors that are not listed
	Unread   int64       `json:"unread,omitempty"` // events at the end that nobody looked at
	Error    *door.Fault `json:"error,omitempty"`
}

type lineError struct {
	Line  int    `json:"line"` // from 1; of an array its element, of the whole body 0
	Field string `json:"field,omitempty"`
	Error string `json:"error"`
}

func (d *Door) answer(w http.ResponseWriter, res result) {
	a := answer{Accepted: res.accepted, Refused: res.refused, Errors: res.errors, Unread: res.unread}
	a.More = res.refused - res.unread - int64(len(res.errors))
	status := http.StatusAccepted
	switch {
	case res.err != nil:
		a.Error = unavailable(res)
		status = a.Error.Status
		a.Error.SetHeader(w.Header())
	case res.accepted > 0:
		w.Header().Set("Holdfast-Receipt", d.Receipts.Seal(res.receipt))
	case res.refused == 0: // an array without events
	case res.forbidden == res.refused:
		status = http.StatusForbidden
	case res.rate == res.refused:
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", door.Seconds(door.UntilMidnight(d.Collector.Now())))
	default:
		status = http.StatusBadRequest
	}
	door.WriteJSON(w, status, a)
}

func unavailable(res result) *door.Fault {
	f := door.Unavailable("the events cannot be made durable now", "send them again later")
	if res.accepted > 0 {
		f.Hint = fmt.Sprintf("the first %d good ones are durable; send all again later: those with ids are not counted twice", res.accepted)
	}
	if !errors.Is(res.err, holdfast.ErrUnavailable) {
		f.Message = "the events could not be made durable"
	}
	return f
}

func forbidden() *door.Fault {
	return &door.Fault{Status: http.StatusForbidden, Reason: holdfast.RefusedForbidden,
		Code: "forbidden", Message: "the key is not for sending events", Hint: "make one with scope collect"}
}
