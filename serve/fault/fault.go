// Package fault is how errors look to clients of serve: JSON with a code for
// programs, the field it is about, words for a person, and what to do next.
package fault

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"holdfast"
)

// Fault is an error as a client sees it.
type Fault struct {
	Code    string `json:"code"`
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Exit    int    `json:"exit,omitempty"` // with what a program of ours should exit

	Status int           `json:"-"`
	Retry  time.Duration `json:"-"` // after which it is worth trying again
}

// The codes. They are a stable interface.
const (
	Malformed    = "malformed"
	Unauthorized = "unauthorized"
	Forbidden    = "forbidden"
	NotFound     = "not_found"
	NoSite       = "no_site"
	NoDeal       = "no_deal"
	NoMethod     = "method"
	Moved        = "moved"
	Misdirected  = "misdirected"
	TooLarge     = "too_large"
	Rate         = "rate"
	Busy         = "busy"
	Timeout      = "timeout"
	Unavailable  = "unavailable"
	Damaged      = "damaged"
	Internal     = "internal"
)

// Error implements error.
func (f *Fault) Error() string {
	if f.Field != "" {
		return f.Field + ": " + f.Message
	}
	return f.Message
}

// New returns a fault.
func New(status int, code, message string) *Fault {
	return &Fault{Status: status, Code: code, Message: message}
}

// Of returns err as a client sees it.
func Of(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	f = &Fault{Message: err.Error()}
	var hint *holdfast.HintError
	if errors.As(err, &hint) {
		f.Hint, f.Exit = hint.Hint, hint.Exit
	}
	var field *holdfast.FieldError
	switch {
	case errors.As(err, &field):
		f.Status, f.Code, f.Field, f.Message = http.StatusBadRequest, Malformed, field.Field, field.Reason
	case errors.Is(err, holdfast.ErrNoSite):
		f.Status, f.Code = http.StatusNotFound, NoSite
	case errors.Is(err, holdfast.ErrNoDeal):
		f.Status, f.Code = http.StatusNotFound, NoDeal
	case errors.Is(err, holdfast.ErrUnavailable):
		f.Status, f.Code, f.Retry = http.StatusServiceUnavailable, Unavailable, 5*time.Second
	case errors.Is(err, holdfast.ErrDamaged):
		f.Status, f.Code = http.StatusInternalServerError, Damaged
	case errors.Is(err, context.DeadlineExceeded):
		f.Status, f.Code, f.Message = http.StatusServiceUnavailable, Timeout, "it took too long"
	default:
		f.Status, f.Code = http.StatusInternalServerError, Internal
	}
	return f
}

// Err returns the error that f was made of by Of, as far as callers decide on
// it.
func (f *Fault) Err() error {
	var err error = f
	switch {
	case f.Field != "":
		err = &holdfast.FieldError{Field: f.Field, Reason: f.Message}
	case f.Code == NoSite:
		err = &classed{f.Message, holdfast.ErrNoSite}
	case f.Code == NoDeal:
		err = &classed{f.Message, holdfast.ErrNoDeal}
	case f.Code == Unavailable:
		err = &classed{f.Message, holdfast.ErrUnavailable}
	case f.Code == Damaged:
		err = &classed{f.Message, holdfast.ErrDamaged}
	}
	if f.Hint != "" || f.Exit != 0 {
		return &holdfast.HintError{Err: err, Hint: f.Hint, Exit: f.Exit}
	}
	return err
}

// classed is an error of a class, with words of its own.
type classed struct {
	message string
	class   error
}

func (c *classed) Error() string { return c.message }
func (c *classed) Unwrap() error { return c.class }

// Write answers with f.
func Write(w http.ResponseWriter, f *Fault) {
	if f.Retry > 0 {
		seconds := int64((f.Retry + time.Second - 1) / time.Second)
		w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	if f.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="holdfast"`)
	}
	WriteJSON(w, f.Status, struct {
		Error *Fault `json:"error"`
	}{f})
}

// WriteJSON answers with a body.
func WriteJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status = http.StatusInternalServerError
		text = []byte(`{"error":{"code":"internal","message":"the answer cannot be written as JSON"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // the client is gone, and knows
}
