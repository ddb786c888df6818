package accesslog

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"holdfast"
)

// Hit is a page view that a line tells of.
type Hit struct {
	Site     string          `json:"s"` // as the line or the person names it
	URL      string          `json:"u"`
	Referrer string          `json:"r,omitempty"`
	Agent    string          `json:"a,omitempty"`
	Address  netip.Addr      `json:"c,omitzero"` // of the client; used for the visitor, and dropped
	Time     holdfast.Millis `json:"t"`
	ID       string          `json:"i"`
}

// Door is the way of hits into a store.
type Door interface {
	// Take returns once the hits are durable, all that were not refused, and
	// after them of which time their log tells. After an error none of them is
	// known to be; they may be handed over again.
	Take(ctx context.Context, hits []Hit, from holdfast.Import) (Taken, error)
}

// Taken is what became of the hits of a call. Its numbers add up to theirs.
type Taken struct {
	Counted   int64                   `json:"counted"`
	Flagged   map[holdfast.Flag]int64 `json:"flagged,omitempty"`
	Duplicate int64                   `json:"duplicate,omitempty"` // kept before
	Refused   []Refusal               `json:"refused,omitempty"`
}

// Refusal is of a hit that became no event.
type Refusal struct {
	Hit    int             `json:"hit"` // which, from 0
	Reason holdfast.Reason `json:"reason"`
	Error  string          `json:"error"`
}

// hit makes a hit of a line that is a page view, in memory of its own but for
// its site and id.
func (l *Line) hit(site, id string) Hit {
	host := l.Host
	if host == "" {
		host = site
	}
	url := l.Target
	if url[0] == '/' {
		url = "http://" + host + url
	}
	return Hit{
		Site: site, URL: urlText(url), Referrer: text(cut(l.Referrer, holdfast.MaxURL)), Agent: text(cut(l.Agent, 2*holdfast.MaxUserAgent)),
		Address: addressOf(l.Address), Time: l.Time, ID: id,
	}
}

// text returns s as UTF-8, in memory of its own.
func text(s string) string { return strings.ToValidUTF8(strings.Clone(s), "?") }

// urlText is text of a URL: what is no UTF-8 is written as URLs write it, since
// a question mark would mean something.
func urlText(s string) string {
	if utf8.ValidString(s) {
		return strings.Clone(s)
	}
	var b strings.Builder
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, "%%%02X", s[0])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// addressOf returns the address that a client is told from others by. One that
// the log calls by a name, as Apache may, gets an address made of that.
func addressOf(s string) netip.Addr {
	if s == "" {
		return netip.Addr{}
	}
	if addr, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return addr.Unmap().WithZone("")
	}
	sum := sha256.Sum256([]byte(s))
	return netip.AddrFrom16([16]byte(sum[:16]))
}
