package api

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"holdfast"
	"holdfast/serve/deal"
	"holdfast/serve/fault"
)

// withSite makes a handler of what is done with the site in the path, by who
// has a key for that.
func (a *API) withSite(scope holdfast.Scope, do func(w http.ResponseWriter, r *http.Request, site *holdfast.Site) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, f := a.keyOf(r)
		if f != nil {
			fault.Write(w, f)
			return
		}
		site, err := a.siteIn(&key, scope, r.PathValue("site"))
		if err == nil {
			err = do(w, r, site)
		}
		if err != nil {
			fault.Write(w, fault.Of(err))
		}
	})
}

// deals answers GET /api/v1/sites/{site}/deals.
func (a *API) deals(w http.ResponseWriter, r *http.Request, site *holdfast.Site) error {
	start := a.Now()
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &fault.Fault{Status: http.StatusBadRequest, Code: fault.Malformed, Message: "the query is none: " + err.Error()}
	}
	limit := 0
	for name, v := range values {
		switch {
		case name != "limit" && name != "before":
			return &holdfast.FieldError{Field: clip(name), Reason: "is none of limit, before"}
		case len(v) > 1:
			return &holdfast.FieldError{Field: name, Reason: "is given twice"}
		}
	}
	if text := values.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 {
			limit = -1 // which is no page
		}
	}
	page, err := deal.PageOf(a.Deals, site, values.Get("before"), limit, holdfast.MillisOf(start))
	if err != nil {
		return err
	}
	a.answer(w, start, page)
	return nil
}

// deal answers GET /api/v1/sites/{site}/deals/{id}.
func (a *API) deal(w http.ResponseWriter, r *http.Request, site *holdfast.Site) error {
	start := a.Now()
	d, err := deal.Find(a.Deals, site, r.PathValue("id"))
	if err != nil {
		return err
	}
	a.answer(w, start, deal.Of(&d, holdfast.MillisOf(start)))
	return nil
}

// dealStats answers GET /api/v1/sites/{site}/deals/{id}/stats.
func (a *API) dealStats(w http.ResponseWriter, r *http.Request, site *holdfast.Site) error {
	start := a.Now()
	d, err := deal.Find(a.Deals, site, r.PathValue("id"))
	if err != nil {
		return err
	}
	stats, err := deal.StatsOf(r.Context(), a.ask, site.Name, d, holdfast.MillisOf(start))
	if err != nil {
		return err
	}
	a.answer(w, start, stats)
	return nil
}

// written is a deal as clients write it: its times are text, or ms.
type written struct {
	ID     string         `json:"id"`
	Title  string         `json:"title"`
	Starts jsontext.Value `json:"starts"`
	Ends   jsontext.Value `json:"ends"`
	Paths  []string       `json:"paths"`
	Goal   string         `json:"goal"`
	Link   string         `json:"link"`
}

// putDeal answers PUT /api/v1/sites/{site}/deals/{id}.
func (a *API) putDeal(w http.ResponseWriter, r *http.Request, site *holdfast.Site) error {
	start := a.Now()
	d, err := readDeal(w, r, site)
	if err != nil {
		return err
	}
	changes, err := a.Deals.PutDeals(r.Context(), site.Name, []holdfast.Deal{d})
	if err != nil {
		return err
	}
	now, err := deal.Find(a.Deals, site, d.ID)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if changes[0] == holdfast.DealAdded {
		status = http.StatusCreated
	}
	fault.WriteJSON(w, status, deal.Of(&now, holdfast.MillisOf(start)))
	return nil
}

func readDeal(w http.ResponseWriter, r *http.Request, site *holdfast.Site) (d holdfast.Deal, err error) {
	body, err := readAll(w, r)
	if err != nil {
		return d, err
	}
	var in written
	if err := strict(body, &in, ""); err != nil {
		return d, err
	}
	id := r.PathValue("id")
	if in.ID != "" && in.ID != id {
		return d, &holdfast.FieldError{Field: "id", Reason: "is not the one in the address"}
	}
	text := deal.Written{ID: id, Title: in.Title, Paths: in.Paths, Goal: in.Goal, Link: in.Link}
	for _, t := range []struct {
		name string
		from jsontext.Value
		to   *string
	}{{"starts", in.Starts, &text.Starts}, {"ends", in.Ends, &text.Ends}} {
		if *t.to, err = readTime(t.name, t.from); err != nil {
			return d, err
		}
	}
	return text.Read(site)
}

// readTime returns a moment as text.
func readTime(name string, value jsontext.Value) (text string, err error) {
	switch value.Kind() {
	case 'n', jsontext.KindInvalid:
		return "", nil
	case '"':
		return text, strict(value, &text, name)
	case '0':
		if ms, err := strconv.ParseInt(string(value), 10, 64); err == nil && holdfast.Millis(ms).Time().Year() <= 9999 {
			return holdfast.Millis(ms).Time().Format(time.RFC3339Nano), nil
		}
	}
	return "", &holdfast.FieldError{Field: name, Reason: "must be milliseconds since 1970, or a time as text"}
}

// deleteDeal answers DELETE /api/v1/sites/{site}/deals/{id}.
func (a *API) deleteDeal(w http.ResponseWriter, r *http.Request, site *holdfast.Site) error {
	if err := a.Deals.DeleteDeal(r.Context(), site.Name, r.PathValue("id")); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
