package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"holdfast"
	"holdfast/serve/fault"
)

// access is what a request may watch.
type access struct {
	site  *holdfast.Site
	token string // of the key it showed; "": the public
}

// admit says what r may watch. A site that the public may not watch looks to it
// as if there were none.
func (l *Live) admit(w http.ResponseWriter, r *http.Request) (access, *fault.Fault) {
	name := r.PathValue("site")
	w.Header().Set("Vary", "Authorization")
	if r.Header.Get("Authorization") != "" {
		return l.admitKey(r, name)
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
	if f := l.allow(r); f != nil {
		return access{}, f
	}
	site, ok := l.Feed.Site(name)
	if !ok || !site.Public {
		return access{}, noSite(name)
	}
	return access{site: site}, nil
}

func (l *Live) admitKey(r *http.Request, name string) (access, *fault.Fault) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	key, ok := l.Keys.Key(token)
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		if f := l.allow(r); f != nil {
			return access{}, f
		}
		f := fault.New(http.StatusUnauthorized, fault.Unauthorized, "the key is not known")
		f.Hint = "it may have been revoked; holdfast key lists those that are good"
		return access{}, f
	}
	site, ok := l.Feed.Site(name)
	switch {
	case ok && key.May(holdfast.ScopeRead, site.ID):
		return access{site: site, token: token}, nil
	case !ok && len(key.Sites) == 0 && key.May(holdfast.ScopeRead, 0):
		return access{}, noSite(name)
	}
	// Whoever holds a key for some sites does not learn which others exist.
	return access{}, &fault.Fault{Status: http.StatusForbidden, Code: fault.Forbidden, Field: "site",
		Message: fmt.Sprintf("the key is not for reading %q", clip(name)), Hint: "a key of scope read or own is needed"}
}

func (l *Live) allow(r *http.Request) *fault.Fault {
	wait, ok := l.Allow(r)
	if ok {
		return nil
	}
	f := fault.New(http.StatusTooManyRequests, fault.Rate, "too many requests from this network")
	f.Retry = wait
	return f
}

func noSite(name string) *fault.Fault {
	return &fault.Fault{Status: http.StatusNotFound, Code: fault.NoSite, Field: "site", Message: fmt.Sprintf("there is no site %q", clip(name))}
}

// clip bounds what an error repeats of its input.
func clip(s string) string {
	if len(s) > 253 {
		return s[:253] + "…"
	}
	return s
}

// still says whether what was admitted may still be watched.
func (l *Live) still(a access, f *frame) bool {
	if a.token == "" {
		return f.public
	}
	key, ok := l.Keys.Key(a.token)
	return ok && key.May(holdfast.ScopeRead, a.site.ID)
}

// joinTime is how long somebody waits until a site can be told of.
const joinTime = 20 * time.Second

// join begins to watch.
func (l *Live) join(ctx context.Context, a access) (*site, *fault.Fault) {
	ctx, cancel := context.WithTimeout(ctx, joinTime)
	defer cancel()
	s, err := l.hub.join(ctx, a.site)
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, errSites):
		f := fault.New(http.StatusServiceUnavailable, fault.Busy, err.Error())
		f.Retry = lingers
		return nil, f
	}
	err = fmt.Errorf("watch %s: %w", a.site.Name, err)
	if a.token == "" {
		return nil, fault.Public(err)
	}
	return nil, fault.Of(err)
}
