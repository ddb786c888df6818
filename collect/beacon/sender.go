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

// keyOf returns the key for sending events that r shows, or nil.
func (d *Door) keyOf(r *http.Request) *holdfast.Key {
	if key, known, _ := door.KeyOf(d.Keys, r); known {
		return &key
	}
	return nil
}

// admit says whether the client's network may send m now, or after what time.
// Each event counts, but those of the sites that the key is for.
func (d *Door) admit(r *http.Request, m *message, key *holdfast.Key) (wait time.Duration, ok bool) {
	events := max(1, len(m.domains))
	for _, domain := range m.domains {
		if d.collects(key, domain) {
			events--
		}
	}
	return d.Networks.AllowAll(d.Proxies.Address(r), events)
}

// collects says whether the key is for sending events of the site that happen
// now.
func (d *Door) collects(key *holdfast.Key, domain string) bool {
	if key == nil {
		return false
	}
	site, ok := d.Collector.Sites.Site(domain)
	return ok && key.May(holdfast.ScopeCollect, site.ID)
}

// complete adds what the request says of its client.
func (d *Door) complete(m *message, r *http.Request, size int) {
	in := &m.Input
	in.Size = size
	in.Address = d.Proxies.Address(r)
	in.Country, in.CountryBy = d.Proxies.Country(r), holdfast.CountryByProxy
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
	if text == "" || !d.collects(key, domain) {
		return netip.Addr{}
	}
	return client.ParseAddress(text)
}
