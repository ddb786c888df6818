package beacon_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/beacon"
	"holdfast/collect/classify"
	"holdfast/collect/client"
	"holdfast/collect/collecttest"
	"holdfast/collect/limit"
)

var noon = time.Date(2026, 7, 31, 12, 0, 0, 0, time.UTC)

type setup struct {
	http.Handler
	sites collecttest.Sites
	sink  *collecttest.Sink
	books *collecttest.Books
}

// proxy is where a trusted proxy sends from, and visitor is whom it sends for
// or who comes directly.
const (
	proxy      = "10.0.0.1"
	visitor    = "203.0.113.9"
	cloudflare = "10.1.0.1"
)

func start(tb testing.TB, change ...func(*beacon.Options, *collect.Options)) *setup {
	tb.Helper()
	s := &setup{sink: &collecttest.Sink{}, books: &collecttest.Books{}}
	s.sites = collecttest.NewSites(tb, "UTC", "a.example", "b.example", "roll-up.example")
	s.sites["roll-up.example"].Hosts = []string{"*"}
	now := func() time.Time { return noon }
	co := collect.Options{
		Sites: s.sites, Salts: &collecttest.Salts{}, Hasher: collecttest.Hasher{},
		Books: s.books, Classifier: classify.New(), Sink: s.sink, Now: now,
	}
	o := beacon.Options{
		Books: s.books, Receipts: collecttest.Sealer{}, Networks: limit.NewNetworks(0, 0, now),
		Proxies: &client.Proxies{
			Trusted:    []netip.Prefix{netip.MustParsePrefix(proxy + "/32")},
			Cloudflare: []netip.Prefix{netip.MustParsePrefix(cloudflare + "/32")},
		},
		Keys: collecttest.Keys{
			"hf_o": {Scopes: []holdfast.Scope{holdfast.ScopeOwn}},
			"hf_c": {Scopes: []holdfast.Scope{holdfast.ScopeCollect}},
			"hf_b": {Scopes: []holdfast.Scope{holdfast.ScopeCollect}, Sites: []holdfast.SiteID{2}},
			"hf_r": {Scopes: []holdfast.Scope{holdfast.ScopeRead}},
		},
	}
	for _, c := range change {
		c(&o, &co)
	}
	o.Collector = collect.New(co)
	mux := http.NewServeMux()
	beacon.New(o).Routes(mux.Handle)
	s.Handler = mux
	return s
}

// chrome is the user agent of requests that name none.
const chrome = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_4) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/70.0.3538.110 Safari/537.36"

// request is one to the door.
type request struct {
	method, path, body string
	peer               string
	header             []string // names and values in turn; an empty value takes one away
}

func (q request) make() *http.Request {
	r := httptest.NewRequest(q.method, q.path, strings.NewReader(q.body))
	r.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(q.peer), 4711).String()
	r.Header.Set("User-Agent", chrome)
	for i := 0; i < len(q.header); i += 2 {
		if r.Header.Set(q.header[i], q.header[i+1]); q.header[i+1] == "" {
			r.Header.Del(q.header[i])
		}
	}
	return r
}

func (s *setup) do(q request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, q.make())
	return w
}

// post sends a body straight from the visitor.
func (s *setup) post(body string, header ...string) *httptest.ResponseRecorder {
	return s.do(request{method: "POST", path: "/api/event", body: body, peer: visitor, header: header})
}

// ways are those that requests come: from the visitor, and from a trusted
// proxy that says for whom.
var ways = []struct {
	name   string
	peer   string
	header []string
}{
	{"directly", visitor, nil},
	{"behind a trusted proxy", proxy, []string{"X-Forwarded-For", "198.51.100.77, " + visitor}},
}

// columns are what tests compare of an event.
func columns(s *setup, e *holdfast.Event) map[string]string {
	var props []string
	for _, p := range e.Props {
		props = append(props, p.Key+"="+p.Str)
		if p.Kind != holdfast.PropString {
			props = append(props, "("+p.Kind.String()+")")
		}
	}
	c := map[string]string{
		"name": e.Name, "host": e.Host, "path": e.Path, "referrer": e.Referrer, "source": e.Source, "channel": e.Channel,
		"utm": strings.Join([]string{e.UTM.Source, e.UTM.Medium, e.UTM.Campaign}, "|"), "click": e.Click,
		"device": e.Device, "browser": e.Browser, "os": e.OS, "screen": e.Screen, "language": e.Language, "country": e.Country,
		"interactive": fmt.Sprint(e.Interactive), "engaged": fmt.Sprint(e.Engaged), "scroll": fmt.Sprint(e.Scroll),
		"props": strings.Join(props, " "), "value": strings.TrimSpace(fmt.Sprintln(e.Value, e.Currency)), "flag": string(e.Flag),
		"age": holdfast.MillisOf(noon).Sub(e.Time).String(),
	}
	for name, site := range s.sites {
		if site.ID == e.Site {
			c["site"] = name
		}
	}
	return c
}
