package control

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"holdfast"
	"holdfast/serve/fault"
)

// maxRequest bounds the body of a request.
const maxRequest = 1 << 20

// Handler serves b.
func Handler(b Backend) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", answer(func(r *http.Request) (any, error) { return b.Status(r.Context()) }))

	mux.HandleFunc("GET /site", answer(func(r *http.Request) (any, error) { return b.Sites(r.Context()) }))
	mux.HandleFunc("POST /site", asked(func(ctx context.Context, s NewSite, _ string) (any, error) { return b.AddSite(ctx, s) }))
	mux.HandleFunc("PUT /site/{name}/zone", asked(func(ctx context.Context, zone, site string) (any, error) { return b.SetZone(ctx, site, zone) }))
	mux.HandleFunc("PUT /site/{name}/public", asked(func(ctx context.Context, public bool, site string) (any, error) {
		return b.SetPublic(ctx, site, public)
	}))
	mux.HandleFunc("PUT /site/{name}/hosts", asked(func(ctx context.Context, hosts []string, site string) (any, error) {
		return b.SetHosts(ctx, site, hosts)
	}))

	mux.HandleFunc("GET /key", answer(func(r *http.Request) (any, error) { return b.Keys(r.Context()) }))
	mux.HandleFunc("POST /key", asked(func(ctx context.Context, k NewKey, _ string) (any, error) { return b.AddKey(ctx, k) }))
	mux.HandleFunc("DELETE /key/{name}", answer(func(r *http.Request) (any, error) {
		return struct{}{}, b.RevokeKey(r.Context(), r.PathValue("name"))
	}))

	dealRoutes(mux, b)

	mux.HandleFunc("POST /query", asked(func(ctx context.Context, q Query, _ string) (any, error) { return b.Query(ctx, q) }))
	mux.HandleFunc("GET /receipt/{name}", answer(func(r *http.Request) (any, error) { return b.Receipt(r.Context(), r.PathValue("name")) }))
	mux.HandleFunc("GET /audit", answer(func(r *http.Request) (any, error) { return b.Audit(r.Context()) }))
	mux.HandleFunc("POST /verify", answer(func(r *http.Request) (any, error) { return b.Verify(r.Context()) }))

	mux.HandleFunc("POST /import", askedAtMost(maxImport, func(ctx context.Context, i Import, _ string) (any, error) { return b.Import(ctx, i) }))
	mux.HandleFunc("GET /tail", tail(b))

	mux.HandleFunc("/", answer(func(r *http.Request) (any, error) {
		return nil, &fault.Fault{Status: http.StatusNotFound, Code: fault.NotFound,
			Message: fmt.Sprintf("the server does not know %s %s", r.Method, r.URL.Path), Hint: "it may be of another version; holdfast status says which"}
	}))
	return mux
}

// answer makes a handler of what needs no body.
func answer(do func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := do(r)
		if err != nil {
			fault.Write(w, fault.Of(err))
			return
		}
		fault.WriteJSON(w, http.StatusOK, body)
	}
}

// asked makes a handler of what needs a body of one type, and maybe the name
// in the path.
func asked[T any](do func(ctx context.Context, body T, name string) (any, error)) http.HandlerFunc {
	return askedAtMost(maxRequest, do)
}

func askedAtMost[T any](bytes int64, do func(ctx context.Context, body T, name string) (any, error)) http.HandlerFunc {
	return answer(func(r *http.Request) (any, error) {
		var body T
		dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, bytes))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&body); err != nil {
			return nil, fault.New(http.StatusBadRequest, fault.Malformed, "the request cannot be read: "+err.Error())
		}
		return do(r.Context(), body, r.PathValue("name"))
	})
}

var _ Backend = (*Client)(nil)

// Status implements Backend.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	err = c.do(ctx, "GET", "/status", nil, &s)
	return s, err
}

// Sites implements Backend.
func (c *Client) Sites(ctx context.Context) (s []Site, err error) {
	err = c.do(ctx, "GET", "/site", nil, &s)
	return s, err
}

// AddSite implements Backend.
func (c *Client) AddSite(ctx context.Context, n NewSite) (s Site, err error) {
	err = c.do(ctx, "POST", "/site", n, &s)
	return s, err
}

// SetZone implements Backend.
func (c *Client) SetZone(ctx context.Context, site, zone string) (s Site, err error) {
	err = c.do(ctx, "PUT", path("site", site, "zone"), zone, &s)
	return s, err
}

// SetPublic implements Backend.
func (c *Client) SetPublic(ctx context.Context, site string, public bool) (s Site, err error) {
	err = c.do(ctx, "PUT", path("site", site, "public"), public, &s)
	return s, err
}

// SetHosts implements Backend.
func (c *Client) SetHosts(ctx context.Context, site string, hosts []string) (s Site, err error) {
	err = c.do(ctx, "PUT", path("site", site, "hosts"), hosts, &s)
	return s, err
}

// Keys implements Backend.
func (c *Client) Keys(ctx context.Context) (k []Key, err error) {
	err = c.do(ctx, "GET", "/key", nil, &k)
	return k, err
}

// AddKey implements Backend.
func (c *Client) AddKey(ctx context.Context, n NewKey) (k MadeKey, err error) {
	err = c.do(ctx, "POST", "/key", n, &k)
	return k, err
}

// RevokeKey implements Backend.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	return c.do(ctx, "DELETE", path("key", id), nil, nil)
}

// Query implements Backend.
func (c *Client) Query(ctx context.Context, q Query) (a holdfast.Answer, err error) {
	if err := c.do(ctx, "POST", "/query", q, &a); err != nil {
		return holdfast.Answer{}, err
	}
	return a, numbers(a.Rows)
}

// Receipt implements Backend.
func (c *Client) Receipt(ctx context.Context, receipt string) (f holdfast.Fate, err error) {
	err = c.do(ctx, "GET", path("receipt", receipt), nil, &f)
	return f, err
}

// Audit implements Backend.
func (c *Client) Audit(ctx context.Context) (a map[string]holdfast.Account, err error) {
	err = c.do(ctx, "GET", "/audit", nil, &a)
	return a, err
}

// Verify implements Backend.
func (c *Client) Verify(ctx context.Context) (r Report, err error) {
	err = c.do(ctx, "POST", "/verify", nil, &r)
	return r, err
}
