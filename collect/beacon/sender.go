package beacon

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"holdfast"
	"holdfast/collect/client"
	"holdfast/collect/door"
)

// admit says whether the client's network may send now, or after what time. It
// always may with a key for sending events, which is returned.
func (d *Door) admit(r *http.Request) (key *holdfast.Key, wait time.Duration, ok bool) {
	if shown, known, _ := door.KeyOf(d.Keys, r); known && collects(&shown) {
		return &shown, 0, true
	}
	wait, ok = d.Networks.Allow(d.Proxies.Address(r))
	return nil, wait, ok
}

// collects says whether the key is for sending events that happen now, be it
// to some sites only.
func collects(key *holdfast.Key) bool {
	for _, s := range key.Scopes {
		if s == holdfast.ScopeOwn || s == holdfast.ScopeCollect {
			return true
		}
	}
	return false
}

// complete adds what the request says of its client.
func (d *Door) complete(m *message, r *http.Request, size int) {
	in := &m.Input
	in.Size = size
	in.Address, in.Country = d.Proxies.Address(r), d.Proxies.Country(r)
	in.UserAgent = r.Header.Get("User-Agent")
	in.Prefetch = isPrefetch(r.Header)
	if in.Language == "" {
		in.Language = language(r.Header.Get("Accept-Language"))
	}
}

// language returns the first language of a list as browsers send it, or "" if
// there is none.
func language(list string) string {
	list, _, _ = strings.Cut(list, ",")
	list, _, _ = strings.Cut(list, ";")
	tag := strings.TrimSpace(list)
	for i := range len(tag) {
		c := tag[i]
		switch letter := 'a' <= c|0x20 && c|0x20 <= 'z'; {
		case letter, i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '_'):
		default:
			return ""
		}
	}
	return tag
}

// isPrefetch says whether a browser fetched the page, or runs it, before
// anybody asked for it.
func isPrefetch(h http.Header) bool {
	for _, name := range [...]string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		for _, purpose := range h[name] {
			if strings.Contains(purpose, "prefetch") || strings.Contains(purpose, "prerender") || strings.Contains(purpose, "preview") {
				return true
			}
		}
	}
	return false
}

// named returns the visitor's address that a server with a key for the site
// names.
func (d *Door) named(r *http.Request, key *holdfast.Key, domain string) netip.Addr {
	text := r.Header.Get("X-Plausible-Ip")
	if key == nil || text == "" {
		return netip.Addr{}
	}
	site, ok := d.Collector.Sites.Site(domain)
	if !ok || !key.May(holdfast.ScopeCollect, site.ID) {
		return netip.Addr{}
	}
	return client.ParseAddress(text)
}
