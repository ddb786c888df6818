package beacon

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"holdfast"
	"holdfast/collect/door"
)

// problems are what is wrong with a message, by the field as Plausible calls
// it.
type problems map[string][]string

func (p *problems) add(field, what string) {
	if *p == nil {
		*p = problems{}
	}
	if !slices.Contains((*p)[field], what) {
		(*p)[field] = append((*p)[field], what)
	}
}

// fieldOf returns which field of a message an error of collect is about, and
// what it says.
func fieldOf(err error) (field, what string) {
	var wrong *holdfast.FieldError
	if !errors.As(err, &wrong) {
		return "request", err.Error()
	}
	field, key, within := strings.Cut(wrong.Field, ".")
	if what = wrong.Reason; within {
		what = key + ": " + what
	}
	switch field {
	case "site":
		field = "domain"
	case "name", "engaged", "scroll":
		field = "event_name"
	}
	return field, what
}

// Header values that many answers share.
var (
	plainText  = []string{"text/plain; charset=utf-8"}
	anyOrigin  = []string{"*"}
	readableBy = []string{"Holdfast-Receipt, Holdfast-Visit, X-Holdfast-Flag, X-Plausible-Dropped, Retry-After"}
	ok         = []byte("ok")
)

// allowOrigins lets pages of any origin read the answer, unless the request
// shows a key.
func allowOrigins(w http.ResponseWriter, r *http.Request) {
	if len(r.Header["Authorization"]) > 0 {
		return
	}
	h := w.Header()
	h["Access-Control-Allow-Origin"], h["Access-Control-Expose-Headers"] = anyOrigin, readableBy
}

// preflight tells browsers that pages of any origin may post, without
// credentials.
func preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h["Access-Control-Allow-Origin"] = anyOrigin
	h.Set("Access-Control-Allow-Methods", "POST")
	h.Set("Access-Control-Allow-Headers", "Content-Type, Content-Encoding")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// answer writes what became of a message.
func (d *Door) answer(w http.ResponseWriter, res result) {
	status, fault := d.judge(w.Header(), &res)
	switch {
	case fault != nil:
		fault.Write(w)
	case status != http.StatusAccepted:
		door.WriteJSON(w, status, struct {
			Errors problems `json:"errors"`
		}{res.wrong})
	default:
		h := w.Header()
		h["Content-Type"], h["Cache-Control"] = plainText, door.NoStore
		w.WriteHeader(status)
		_, _ = w.Write(ok) // the client is gone, and knows
	}
}

// judge says how a message is answered, and sets the header that goes with it.
func (d *Door) judge(h http.Header, res *result) (status int, f *door.Fault) {
	switch {
	case res.err != nil:
		f = door.Unavailable("the event cannot be made durable now", "send it again later")
		f.SetHeader(h)
		return f.Status, f
	case res.stored > 0:
		h.Set("Holdfast-Receipt", d.Receipts.Seal(res.receipt))
		if res.token != "" {
			h["Holdfast-Visit"] = []string{res.token}
		}
		if dropped := int64(len(res.flags)) + res.refused; dropped > 0 {
			h.Set("X-Plausible-Dropped", strconv.FormatInt(dropped, 10))
		}
		if len(res.flags) > 0 {
			h.Set("X-Holdfast-Flag", list(res.flags))
		}
		return http.StatusAccepted, nil
	case res.refused > 0 && res.rate == res.refused:
		f = door.TooMany(door.UntilMidnight(d.Collector.Now()))
		f.Message = "the site has been sent all it may be sent in a day"
		f.SetHeader(h)
		return f.Status, f
	}
	return http.StatusBadRequest, nil
}

func list(flags []holdfast.Flag) string {
	slices.Sort(flags)
	var texts []string
	for _, f := range slices.Compact(flags) {
		texts = append(texts, string(f))
	}
	return strings.Join(texts, ", ")
}
