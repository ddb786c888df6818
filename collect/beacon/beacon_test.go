package beacon_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/beacon"
	"holdfast/collect/collecttest"
	"holdfast/collect/limit"
)

func TestClientAddresses(t *testing.T) {
	const other, six = "216.160.83.56", "2001:218:1:1:1:1:1:1"
	key := []string{"Authorization", "Bearer hf_c", "X-Plausible-IP", six, "X-Forwarded-For", other}
	cases := []struct {
		name   string
		peer   string
		header []string
		want   string // whose visitor it is
	}{
		{"a stranger cannot forward", visitor, []string{"X-Forwarded-For", other}, visitor},
		{"nor by the other header", visitor, []string{"Forwarded", "for=" + other}, visitor},
		{"nor as Cloudflare", visitor, []string{"CF-Connecting-IP", other}, visitor},
		{"nor as a server without a key", visitor, []string{"X-Plausible-IP", other}, visitor},
		{"a trusted proxy forwards", proxy, []string{"X-Forwarded-For", other}, other},
		{"the last before it counts", proxy, []string{"X-Forwarded-For", six + ", " + other}, other},
		{"a port is no part of an address", proxy, []string{"X-Forwarded-For", other + ":123"}, other},
		{"an address may be IPv6", proxy, []string{"X-Forwarded-For", six}, six},
		{"in brackets, with a port", proxy, []string{"X-Forwarded-For", "[" + six + "]:123"}, six},
		{"by the other header", proxy, []string{"Forwarded", "by=0.0.0.0;for=" + other + ";host=a.example;proto=http"}, other},
		{"which quotes IPv6", proxy, []string{"Forwarded", `by=0.0.0.0;for="[` + six + `]",for=` + proxy}, six},
		{"Cloudflare's header goes before, from Cloudflare", cloudflare, []string{"CF-Connecting-IP", other, "X-Forwarded-For", six}, other},
		{"and is nothing from other proxies", proxy, []string{"CF-Connecting-IP", six, "X-Forwarded-For", other}, other},
		{"Bunny's header is nothing", proxy, []string{"B-Forwarded-For", six, "X-Forwarded-For", other}, other},
		{"a server with a key names its visitor", visitor, key, six},
		{"also behind a proxy", proxy, key, six},
		{"a key for other sites is none", visitor, []string{"Authorization", "Bearer hf_b", "X-Plausible-IP", six}, visitor},
		{"nor is one for reading", visitor, []string{"Authorization", "Bearer hf_r", "X-Plausible-IP", six}, visitor},
		{"nor is one that is not known", visitor, []string{"Authorization", "Bearer hf_x", "X-Plausible-IP", six}, visitor},
		{"what is no address is none", visitor, []string{"Authorization", "Bearer hf_c", "X-Plausible-IP", "home"}, visitor},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := start(t)
			s.do(request{"POST", "/api/event", page(""), c.peer, c.header})
			s.do(request{"POST", "/api/event", page(""), c.want, nil})
			if e := s.sink.Events(); len(e) != 2 || e[0].Visitor != e[1].Visitor {
				t.Error("it is another visitor")
			}
		})
	}
}

func TestVisitors(t *testing.T) {
	cases := []struct {
		name string
		body string
		peer string
		head []string
		same bool
	}{
		{"one address and browser is one visitor", page(""), visitor, nil, true},
		{"on every page", at("/x"), visitor, nil, true},
		{"another address is another", page(""), "203.0.113.10", nil, false},
		{"another browser is another", page(""), visitor, agent("other"), false},
		{"another site has others", `{"d":"b.example","n":"pageview","u":"http://b.example/"}`, visitor, nil, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := start(t)
			s.post(page(""))
			s.do(request{"POST", "/api/event", c.body, c.peer, c.head})
			if e := s.sink.Events(); (e[0].Visitor == e[1].Visitor) != c.same {
				t.Errorf("got %d and %d", e[0].Visitor, e[1].Visitor)
			}
		})
	}
}

func TestRepeatsAreAnsweredLikeTheFirst(t *testing.T) {
	for _, id := range []string{`"id":"abc"`, `"i":"abc"`, `"id":"abc","i":false`} {
		s := start(t)
		body := `{"d":"a.example,roll-up.example","n":"Signup","u":"http://a.example/",` + id + `}`
		first, again := s.post(body), s.post(body)
		if first.Code != 202 || again.Code != 202 || again.Header().Get("Holdfast-Receipt") == "" {
			t.Errorf("%s: got %d and %d", id, first.Code, again.Code)
		}
		if n := len(s.sink.Events()); n != 2 {
			t.Errorf("%s: kept %d events for two sites", id, n)
		}
	}
}

func TestWhatIsNotCountedIsSaid(t *testing.T) {
	s := start(t)
	w := s.post(`{"d":"a.example,b.example,roll-up.example,c.example","n":"pageview","u":"http://a.example/"}`)
	got := []string{w.Header().Get("X-Holdfast-Flag"), w.Header().Get("X-Plausible-Dropped")}
	if diff := cmp.Diff([]string{"foreign-host", "2"}, got); diff != "" || w.Code != 202 {
		t.Error(w.Code, diff)
	}
	w = s.post(page(""), agent("generic crawler")...)
	if got := w.Header().Get("X-Holdfast-Flag"); got != "bot" || w.Header().Get("Holdfast-Receipt") == "" {
		t.Errorf("got flag %q", got)
	}
}

// hints notes what the classifier is told.
type hints struct{ got []collect.Hints }

func (h *hints) Classify(_ *holdfast.Event, in collect.Hints) {
	in.TimeZone = strings.Clone(in.TimeZone)
	h.got = append(h.got, in)
}

func TestHintsAreHandedOn(t *testing.T) {
	cases := []struct {
		name, body string
		header     []string
		zone       string
		prefetch   bool
	}{
		{"a time zone", page(`"z":"Europe/Berlin"`), nil, "Europe/Berlin", false},
		{"none", page(""), nil, "", false},
		{"one too long", page(`"z":"` + strings.Repeat("x", 100) + `"`), nil, "", false},
		{"prefetch", page(""), []string{"Sec-Purpose", "prefetch"}, "", true},
		{"prerender", page(""), []string{"Sec-Purpose", "prefetch;prerender"}, "", true},
		{"preview, by an old name", page(""), []string{"X-Purpose", "preview"}, "", true},
		{"prefetch, by Mozilla's name", page(""), []string{"X-Moz", "prefetch"}, "", true},
		{"another purpose", page(""), []string{"Sec-Purpose", "other"}, "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := &hints{}
			s := start(t, func(_ *beacon.Options, o *collect.Options) { o.Classifier = h })
			s.post(c.body, c.header...)
			if len(h.got) != 1 || h.got[0].TimeZone != c.zone || h.got[0].Prefetch != c.prefetch {
				t.Errorf("got %+v", h.got)
			}
		})
	}
}

func TestOrigins(t *testing.T) {
	s := start(t)
	for _, way := range []request{
		{"POST", "/api/event", page(""), visitor, []string{"Origin", "https://a.example"}},
		{"POST", "/api/event", "nonsense", visitor, []string{"Origin", "https://evil.example"}},
		{"OPTIONS", "/api/event", "", visitor, []string{"Origin", "https://a.example", "Access-Control-Request-Method", "POST"}},
		{"GET", "/pixel.gif", "", visitor, nil},
	} {
		h := s.do(way).Header()
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s %s: got %v", way.method, way.path, h)
		}
	}
	w := s.do(request{"OPTIONS", "/api/event", "", visitor, []string{"Access-Control-Request-Headers", "authorization"}})
	if h := w.Header(); w.Code != 204 || h.Get("Access-Control-Allow-Methods") != "POST" || strings.Contains(strings.ToLower(h.Get("Access-Control-Allow-Headers")), "authorization") {
		t.Errorf("the preflight is answered %d %v", w.Code, h)
	}
	if h := s.post(page(""), "Authorization", "Bearer hf_c").Header(); h.Get("Access-Control-Allow-Origin") != "" {
		t.Error("pages may read what is answered to a key")
	}
}

func TestNetworksAreHeldBack(t *testing.T) {
	limited := func(o *beacon.Options, _ *collect.Options) {
		o.Networks = limit.NewNetworks(0.5, 3, func() time.Time { return noon })
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			s := start(t, limited)
			send := func(body string) *httptest.ResponseRecorder {
				return s.do(request{"POST", "/api/event", body, way.peer, way.header})
			}
			for range 3 {
				if w := send(page("")); w.Code != 202 {
					t.Fatalf("got %d", w.Code)
				}
			}
			w := send(`{"d":"b.example,nobody.example","n":"pageview","u":"http://b.example/"}`)
			if w.Code != 429 || w.Header().Get("Retry-After") != "4" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("got %d %v", w.Code, w.Header())
			}
			send("nonsense")
			send(`{"d":"a.example","n":"pageview"}`)
			s.do(request{"GET", "/pixel.gif?d=b.example&u=http://b.example/", "", way.peer, way.header})
			want := map[collecttest.Refusal]int64{
				{Site: 2, Reason: holdfast.RefusedRate}:      2,
				{Site: 0, Reason: holdfast.RefusedNoSite}:    1,
				{Site: 0, Reason: holdfast.RefusedMalformed}: 1,
				{Site: 1, Reason: holdfast.RefusedMalformed}: 1,
			}
			if diff := cmp.Diff(want, s.books.All()); diff != "" {
				t.Error(diff)
			}
			if w := s.do(request{"POST", "/api/event", page(""), "203.0.114.9", nil}); w.Code != 202 {
				t.Errorf("another network is answered %d", w.Code)
			}
			if w := s.do(request{"POST", "/api/event", page(""), way.peer, append([]string{"Authorization", "Bearer hf_c"}, way.header...)}); w.Code != 202 {
				t.Errorf("a server with a key is answered %d", w.Code)
			}
		})
	}
}

// A list of sites is as many events. Those of the sites that a key is for are
// not counted, and all others are.
func TestWhatCountsForANetwork(t *testing.T) {
	list := func(n int) string {
		var sites []string
		for i := range n {
			sites = append(sites, fmt.Sprintf("none%d.example", i))
		}
		return `{"n":"pageview","u":"http://b.example/","d":"b.example,` + strings.Join(sites, ",") + `"}`
	}
	forA := `{"n":"pageview","u":"http://a.example/","d":"a.example"}`
	forB := `{"n":"pageview","u":"http://b.example/","d":"b.example"}`
	cases := []struct {
		name, body string
		key        string // which is for b.example: hf_b
		left       int    // of a bucket of 21
	}{
		{"one event", forB, "", 20},
		{"no event", "nonsense", "", 20},
		{"an event without its fields", `{"d":"a.example,b.example"}`, "", 19},
		{"a list of twenty", list(19), "", 1},
		{"a list that is too long", list(30), "", 20},
		{"one with a key", forB, "hf_b", 21},
		{"one of another site than the key's", forA, "hf_b", 20},
		{"a list in which is the key's", list(19), "hf_b", 2},
		{"nonsense with a key", "nonsense", "hf_b", 20},
		{"a key for reading", forB, "hf_r", 20},
		{"a key that is not known", forB, "hf_x", 20},
		{"a key for all", `{"n":"pageview","u":"http://b.example/","d":"a.example,b.example"}`, "hf_c", 21},
		{"a body that is too long", strings.Repeat(" ", 1_000_001), "", 20},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, func(o *beacon.Options, _ *collect.Options) {
				o.Networks = limit.NewNetworks(1, 21, func() time.Time { return noon })
			})
			var header []string
			if c.key != "" {
				header = []string{"Authorization", "Bearer " + c.key}
			}
			if w := s.post(c.body, header...); w.Code == 429 {
				t.Fatal("it is held back")
			}
			left := 0
			for ; left < 50 && s.post(forA).Code == 202; left++ {
			}
			if left != c.left {
				t.Errorf("%d more are allowed, want %d", left, c.left)
			}
		})
	}
}

func TestABudgetThatIsUsedUp(t *testing.T) {
	s := start(t, func(_ *beacon.Options, o *collect.Options) { o.SiteBytesPerDay = 100 })
	if w := s.post(page("")); w.Code != 202 {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	w := s.post(page(""))
	if w.Code != 429 || w.Header().Get("Retry-After") != "43200" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	if diff := cmp.Diff(map[collecttest.Refusal]int64{{Site: 1, Reason: holdfast.RefusedRate}: 1}, s.books.All()); diff != "" {
		t.Error(diff)
	}
}

func TestTheStoreCannotKeepAnything(t *testing.T) {
	s := start(t)
	s.sink.Fail(1, fmt.Errorf("append: %w", holdfast.ErrUnavailable))
	w := s.post(page(""))
	if w.Code != 503 || w.Header().Get("Retry-After") != "5" || w.Header().Get("Holdfast-Receipt") != "" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
	w = s.do(request{"GET", "/pixel.gif?d=a.example&u=http://a.example/", "", visitor, nil})
	if w.Code != 503 || w.Header().Get("Retry-After") != "5" || w.Body.Len() != 43 {
		t.Errorf("the pixel is answered %d %v", w.Code, w.Header())
	}
	s.sink.Fail(0, errors.New("out of luck"))
	if w := s.post(page("")); w.Code != 503 {
		t.Errorf("got %d", w.Code)
	}
	if n := s.books.All()[collecttest.Refusal{Site: 1, Reason: holdfast.RefusedUnavailable}]; n != 3 {
		t.Errorf("booked %d", n)
	}
}

func TestASenderWhoLeavesHasSent(t *testing.T) {
	s := start(t)
	r := request{"POST", "/api/event", page(""), visitor, nil}.make()
	ctx, leave := context.WithCancel(t.Context())
	leave()
	s.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
	if n := len(s.sink.Events()); n != 1 || len(s.books.All()) != 0 {
		t.Errorf("kept %d, refused %v", n, s.books.All())
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	s := start(t)
	var wg sync.WaitGroup
	for c := range 8 {
		wg.Go(func() {
			for i := range 100 {
				body := fmt.Sprintf(`{"d":"a.example","n":"c%d","u":"/%d","p":{"i":"%d"},"$":{"amount":%d,"currency":"EUR"}}`, c, i, i, i)
				if i%7 == 0 {
					body += "}" // and what is left of one that is refused spoils no other
				}
				s.post(body)
			}
		})
	}
	wg.Wait()
	seen := map[string]int{}
	for _, e := range s.sink.Events() {
		if path := "/" + e.Props[0].Str; e.Path != path || len(e.Props) != 1 || fmt.Sprint("/", e.Value/100) != path {
			t.Errorf("%s has %v, worth %d", e.Path, e.Props, e.Value)
		}
		seen[e.Name]++
	}
	for name, n := range seen {
		if n != 85 {
			t.Errorf("%s came %d times", name, n)
		}
	}
}

func TestBodies(t *testing.T) {
	long := func(n int) string { return page(`"x":"` + strings.Repeat("x", n-len(page(`"x":""`))) + `"`) }
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"of a million bytes is read", long(1_000_000), 202},
		{"of one more is refused", long(1_000_001), 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t)
			if w := s.post(c.body); w.Code != c.status {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
}

func TestASlowBodyIsGivenUp(t *testing.T) {
	s := start(t, func(o *beacon.Options, _ *collect.Options) { o.BodyTime = 50 * time.Millisecond })
	server := httptest.NewServer(s)
	defer server.Close()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /api/event HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n%s", page(""))
	answer, err := io.ReadAll(conn) // ends as the server hangs up
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") {
		t.Errorf("got %s, %v", answer, err)
	}
	if len(s.sink.Events()) != 0 {
		t.Error("the event of half a body is kept")
	}
}

func TestPixel(t *testing.T) {
	query := func(pairs ...string) string {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v.Encode()
	}
	cases := []struct {
		name, query string
		status      int
		want        []is
	}{
		{"it counts a page view", query("d", "a.example", "u", "https://a.example/x", "r", "https://t.co/"), 202,
			[]is{{"name", "pageview", "path", "/x", "source", "Twitter", "screen", ""}}},
		{"the long names do too", query("domain", "a.example", "url", "https://a.example/x", "referrer", "https://t.co/", "name", "Opened"), 202,
			[]is{{"name", "Opened", "path", "/x", "source", "Twitter"}}},
		{"it has properties and more", query("d", "a.example", "u", "/x#y", "h", "1", "p", `{"a":1}`, "w", "390", "l", "de", "a", "1000", "n", "Opened", "interactive", "false"), 202,
			[]is{{"path", "/x#y", "props", "a=1", "screen", "phone", "language", "de", "age", "1s", "interactive", "false"}}},
		{"an engagement", query("d", "a.example", "u", "/", "n", "engagement", "e", "100", "sd", "50"), 202, []is{{"engaged", "100", "scroll", "50"}}},
		{"without a URL it is refused", query("d", "a.example"), 400, nil},
		{"for a site that is not ours, too", query("d", "c.example", "u", "/"), 400, nil},
		{"and with a query that is none", "d=a.example&u=%zz", 400, nil},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					s := start(t)
					w := s.do(request{"GET", "/pixel.gif?" + c.query, "", way.peer, way.header})
					if w.Code != c.status {
						t.Errorf("got %d", w.Code)
					}
					h := w.Header()
					if !strings.HasPrefix(w.Body.String(), "GIF89a") || w.Body.Len() != 43 || h.Get("Content-Type") != "image/gif" {
						t.Errorf("the picture is %q, %s", w.Body, h.Get("Content-Type"))
					}
					if h.Get("Cache-Control") != "no-store" || (h.Get("Holdfast-Receipt") != "") != (c.status == 202) {
						t.Errorf("got %v", h)
					}
					checkEvents(t, s, kase{status: c.status, want: c.want})
				})
			}
		})
	}
	s := start(t)
	w := s.do(request{"HEAD", "/pixel.gif?d=a.example&u=/", "", visitor, nil})
	if w.Code != http.StatusOK || len(s.sink.Events()) != 0 {
		t.Errorf("HEAD is answered %d, and counted %d times", w.Code, len(s.sink.Events()))
	}
}
