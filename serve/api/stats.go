package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"holdfast"
	"holdfast/serve/fault"
)

// parameters are those of a question in a URL.
var parameters = []string{"from", "to", "period", "tz", "metrics", "by", "where", "order", "limit", "other", "kind"}

// maxQuery is the longest query of a URL that is read.
const maxQuery = 16 << 10

// stats answers GET /api/v1/sites/{site}/stats.
func (a *API) stats(w http.ResponseWriter, r *http.Request) {
	start := a.Now()
	key, f := a.keyOf(r)
	if f != nil {
		fault.Write(w, f)
		return
	}
	answers, err := a.askURL(r, &key)
	if err != nil {
		fault.Write(w, fault.Of(err))
		return
	}
	a.answer(w, start, answers[0])
}

func (a *API) askURL(r *http.Request, key *holdfast.Key) ([]holdfast.Answer, error) {
	site, err := a.siteFor(key, r.PathValue("site"))
	if err != nil {
		return nil, err
	}
	values, err := readQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	q, err := a.Parser.Question(site, values, holdfast.MillisOf(a.Now()))
	if err != nil {
		return nil, err
	}
	return a.ask(r.Context(), []holdfast.Question{q})
}

// readQuery reads a URL's query, in which every parameter is known and is
// given once.
func readQuery(raw string) (url.Values, error) {
	if len(raw) > maxQuery {
		return nil, &fault.Fault{Status: http.StatusRequestURITooLong, Code: fault.TooLarge, Message: "the query is longer than 16 KB",
			Hint: "send the question as POST /api/v1/query"}
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, &fault.Fault{Status: http.StatusBadRequest, Code: fault.Malformed, Message: "the query is none: " + err.Error()}
	}
	for name, v := range values {
		switch {
		case !slices.Contains(parameters, name):
			return nil, &holdfast.FieldError{Field: clip(name), Reason: fmt.Sprintf("is none of %s", strings.Join(parameters, ", "))}
		case len(v) > 1:
			return nil, &holdfast.FieldError{Field: name, Reason: "is given twice"}
		}
	}
	return values, nil
}
