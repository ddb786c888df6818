package control

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"holdfast"
	"holdfast/serve/deal"
)

// Deals does what verbs ask for with the deals of a site.
type Deals interface {
	// Deals returns a page of a site's deals, the latest first.
	Deals(ctx context.Context, site, before string, limit int) (deal.Page, error)
	AddDeal(ctx context.Context, site string, w deal.Written) (deal.Shown, error)
	ChangeDeal(ctx context.Context, site, id string, c deal.Change) (deal.Shown, error)
	DeleteDeal(ctx context.Context, site, id string) error
	// PutDeals adds deals, or replaces those with their ids, and says of each
	// what became of it. What is wrong with one costs the others nothing.
	PutDeals(ctx context.Context, site string, p Put) ([]PutDeal, error)
	DealStats(ctx context.Context, site, id string) (deal.Stats, error)
}

// Put is deals to put.
type Put struct {
	Deals []deal.Written `json:"deals"`
	Try   bool           `json:"try"` // change nothing, and say what would become of them
}

// PutDeal is what became of a deal that was put, or would.
type PutDeal struct {
	Change  holdfast.DealChange `json:"change,omitempty"`  // "": it is wrong
	Changes []string            `json:"changes,omitempty"` // which of its fields, if it is tried
	Starts  holdfast.Millis     `json:"starts,omitzero"`   // if it is tried
	Ends    holdfast.Millis     `json:"ends,omitzero"`     // 0: when the next one starts
	Field   string              `json:"field,omitempty"`
	Error   string              `json:"error,omitempty"`
}

// MaxPutDeals is how many deals are put at once: with the longest of titles and
// a path or two they fit into a request.
const MaxPutDeals = 1000

// maxPut bounds the body with them.
const maxPut = 64 << 20

func dealRoutes(mux *http.ServeMux, b Deals) {
	mux.HandleFunc("GET /site/{name}/deal", answer(func(r *http.Request) (any, error) {
		limit, err := strconv.Atoi(r.FormValue("limit"))
		if err != nil {
			return nil, &holdfast.FieldError{Field: "limit", Reason: "is no number"}
		}
		return b.Deals(r.Context(), r.PathValue("name"), r.FormValue("before"), limit)
	}))
	mux.HandleFunc("POST /site/{name}/deal", asked(func(ctx context.Context, w deal.Written, site string) (any, error) {
		return b.AddDeal(ctx, site, w)
	}))
	mux.HandleFunc("PUT /site/{name}/deal", askedAtMost(maxPut, func(ctx context.Context, p Put, site string) (any, error) {
		return b.PutDeals(ctx, site, p)
	}))
	mux.HandleFunc("PATCH /site/{name}/deal/{id}", func(w http.ResponseWriter, r *http.Request) {
		asked(func(ctx context.Context, c deal.Change, site string) (any, error) {
			return b.ChangeDeal(ctx, site, r.PathValue("id"), c)
		})(w, r)
	})
	mux.HandleFunc("DELETE /site/{name}/deal/{id}", answer(func(r *http.Request) (any, error) {
		return struct{}{}, b.DeleteDeal(r.Context(), r.PathValue("name"), r.PathValue("id"))
	}))
	mux.HandleFunc("GET /site/{name}/deal/{id}/stats", answer(func(r *http.Request) (any, error) {
		return b.DealStats(r.Context(), r.PathValue("name"), r.PathValue("id"))
	}))
}

// Deals implements Backend.
func (c *Client) Deals(ctx context.Context, site, before string, limit int) (p deal.Page, err error) {
	query := url.Values{"before": {before}, "limit": {fmt.Sprint(limit)}}
	err = c.do(ctx, "GET", path("site", site, "deal")+"?"+query.Encode(), nil, &p)
	return p, err
}

// AddDeal implements Backend.
func (c *Client) AddDeal(ctx context.Context, site string, w deal.Written) (d deal.Shown, err error) {
	err = c.do(ctx, "POST", path("site", site, "deal"), w, &d)
	return d, err
}

// ChangeDeal implements Backend.
func (c *Client) ChangeDeal(ctx context.Context, site, id string, change deal.Change) (d deal.Shown, err error) {
	err = c.do(ctx, "PATCH", path("site", site, "deal", id), change, &d)
	return d, err
}

// DeleteDeal implements Backend.
func (c *Client) DeleteDeal(ctx context.Context, site, id string) error {
	return c.do(ctx, "DELETE", path("site", site, "deal", id), nil, nil)
}

// PutDeals implements Backend.
func (c *Client) PutDeals(ctx context.Context, site string, p Put) (put []PutDeal, err error) {
	err = c.do(ctx, "PUT", path("site", site, "deal"), p, &put)
	return put, err
}

// DealStats implements Backend.
func (c *Client) DealStats(ctx context.Context, site, id string) (s deal.Stats, err error) {
	err = c.do(ctx, "GET", path("site", site, "deal", id, "stats"), nil, &s)
	return s, err
}
