// Package api answers programs: questions about a site's statistics, what
// became of a receipt, and whether the server is well. docs/api.md is its
// reference.
//
// Questions need a key. What is asked takes a bounded time, and only so many
// are answered at once; the others wait for their turn, and not for long.
package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"holdfast"
	"holdfast/serve/deal"
	"holdfast/serve/fault"
)

// Sites knows the sites that may be asked about.
type Sites interface {
	Site(name string) (*holdfast.Site, bool)
}

// Keys knows the keys that were given out.
type Keys interface {
	Key(token string) (holdfast.Key, bool)
}

// Receipts knows what became of receipted events.
type Receipts interface {
	Fate(receipt string) (holdfast.Fate, error)
}

// Parser reads the written form of questions.
type Parser interface {
	// Question makes a question of the parameters from, to, period, tz,
	// metrics, by, where, order, limit, other and kind, each given at most
	// once. Errors are *holdfast.FieldError named like the parameter.
	Question(site *holdfast.Site, parameters url.Values, now holdfast.Millis) (holdfast.Question, error)
}

// Deals knows the deals of the sites.
type Deals interface {
	deal.Store
	// PutDeals adds deals to a site, or replaces those with their ids, and says
	// of each what that changed.
	PutDeals(ctx context.Context, site string, deals []holdfast.Deal) ([]holdfast.DealChange, error)
	DeleteDeal(ctx context.Context, site, id string) error
}

// Options are what an API works with. Those after Allow may be left out.
type Options struct {
	Sites    Sites
	Keys     Keys
	Receipts Receipts
	Deals    Deals
	Parser   Parser
	Asker    holdfast.Asker
	// Ready says why events could not be acknowledged at the moment.
	Ready func(ctx context.Context) error
	// Allow takes a request that shows no good key from what the client's
	// network may send, or says after what time it may send again.
	Allow func(r *http.Request) (wait time.Duration, ok bool)

	AskTime time.Duration // for all questions of a request; 30 s
	Slots   int           // requests that are answered at once; one a processor and one more
	Wait    time.Duration // for a slot; 5 s
	Now     func() time.Time
}

// API has the handlers.
type API struct {
	Options
	slots chan struct{}
}

// New returns the API.
func New(o Options) *API {
	if o.AskTime == 0 {
		o.AskTime = 30 * time.Second
	}
	if o.Slots == 0 {
		o.Slots = runtime.GOMAXPROCS(0) + 1
	}
	if o.Wait == 0 {
		o.Wait = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &API{Options: o, slots: make(chan struct{}, o.Slots)}
}

// Routes adds the API's routes to a mux.
func (a *API) Routes(handle func(pattern string, h http.Handler)) {
	handle("GET /api/v1/sites/{site}/stats", http.HandlerFunc(a.stats))
	handle("POST /api/v1/query", http.HandlerFunc(a.query))
	handle("GET /api/v1/sites/{site}/deals", a.withSite(holdfast.ScopeRead, a.deals))
	handle("GET /api/v1/sites/{site}/deals/{id}", a.withSite(holdfast.ScopeRead, a.deal))
	handle("GET /api/v1/sites/{site}/deals/{id}/stats", a.withSite(holdfast.ScopeRead, a.dealStats))
	handle("PUT /api/v1/sites/{site}/deals/{id}", a.withSite(holdfast.ScopeOwn, a.putDeal))
	handle("DELETE /api/v1/sites/{site}/deals/{id}", a.withSite(holdfast.ScopeOwn, a.deleteDeal))
	handle("GET /r/{receipt}", http.HandlerFunc(a.receipt))
	handle("GET /healthz", http.HandlerFunc(a.healthz))
	handle("GET /readyz", http.HandlerFunc(a.readyz))
}

// keyOf returns the key that r shows.
func (a *API) keyOf(r *http.Request) (holdfast.Key, *fault.Fault) {
	header := r.Header.Get("Authorization")
	if scheme, token, ok := strings.Cut(header, " "); ok && strings.EqualFold(scheme, "Bearer") {
		if key, ok := a.Keys.Key(strings.TrimSpace(token)); ok {
			return key, nil
		}
	}
	if f := a.allow(r); f != nil {
		return holdfast.Key{}, f
	}
	f := fault.New(http.StatusUnauthorized, fault.Unauthorized, "a key is required")
	f.Hint = "send it as Authorization: Bearer hf_…"
	if header != "" {
		f.Message, f.Hint = "the key is not known", "it may have been revoked; holdfast key lists those that are good"
	}
	return holdfast.Key{}, f
}

func (a *API) allow(r *http.Request) *fault.Fault {
	wait, ok := a.Allow(r)
	if ok {
		return nil
	}
	f := fault.New(http.StatusTooManyRequests, fault.Rate, "too many requests from this network")
	f.Retry = wait
	return f
}

// siteFor returns the site with this name if the key may read it.
func (a *API) siteFor(key *holdfast.Key, name string) (*holdfast.Site, error) {
	return a.siteIn(key, holdfast.ScopeRead, name)
}

// siteIn returns the site with this name if the key is good for scope on it.
func (a *API) siteIn(key *holdfast.Key, scope holdfast.Scope, name string) (*holdfast.Site, error) {
	if name == "" {
		return nil, &holdfast.FieldError{Field: "site", Reason: "is required"}
	}
	site, ok := a.Sites.Site(name)
	if !ok && len(key.Sites) == 0 && key.May(scope, 0) {
		return nil, &fault.Fault{Status: http.StatusNotFound, Code: fault.NoSite, Field: "site", Message: fmt.Sprintf("there is no site %q", clip(name))}
	}
	// Whoever holds a key for some sites does not learn which others exist.
	if !ok || !key.May(scope, site.ID) {
		f := &fault.Fault{Status: http.StatusForbidden, Code: fault.Forbidden, Field: "site",
			Message: fmt.Sprintf("the key is not for reading %q", clip(name)), Hint: "a key of scope read or own is needed"}
		if scope == holdfast.ScopeOwn {
			f.Message, f.Hint = fmt.Sprintf("the key is not for changing %q", clip(name)), "a key of scope own is needed"
		}
		return nil, f
	}
	return site, nil
}

// clip bounds what an error repeats of its input.
func clip(s string) string {
	if len(s) > 253 {
		return s[:253] + "…"
	}
	return s
}

// ask asks within bounds.
func (a *API) ask(ctx context.Context, questions []holdfast.Question) ([]holdfast.Answer, error) {
	wait := time.NewTimer(a.Wait)
	defer wait.Stop()
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-wait.C:
		f := fault.New(http.StatusServiceUnavailable, fault.Busy, "too many questions at once")
		f.Retry = time.Second
		return nil, f
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, a.AskTime)
	defer cancel()
	answers, err := a.Asker.Ask(ctx, questions...)
	if err != nil && ctx.Err() == context.DeadlineExceeded {
		return nil, &fault.Fault{Status: http.StatusServiceUnavailable, Code: fault.Timeout,
			Message: fmt.Sprintf("it took more than %s", a.AskTime), Hint: "ask about less time, or for fewer things"}
	}
	return answers, err
}

// answer writes what was answered, and how long it took since start.
func (a *API) answer(w http.ResponseWriter, start time.Time, body any) {
	took := a.Now().Sub(start)
	w.Header().Set("Server-Timing", fmt.Sprintf("ask;dur=%.1f", float64(took.Microseconds())/1000))
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("Vary", "Authorization")
	fault.WriteJSON(w, http.StatusOK, body)
}
