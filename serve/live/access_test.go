package live_test

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func TestTheJSONIsForCachesAndForAllPages(t *testing.T) {
	s := newSetup(t)
	s.start(t)
	a := s.ask(t, "pub.example/live.json")
	h := a.header
	if a.status != 200 || h.Get("Cache-Control") != "public, max-age=1" || h.Get("Access-Control-Allow-Origin") != "*" ||
		h.Get("Vary") != "Authorization" || h.Get("Content-Type") != "application/json" {
		t.Errorf("%d %v", a.status, h)
	}
	b := s.ask(t, "pub.example/live.json", "Authorization", "Bearer "+s.keys[holdfast.ScopeRead])
	if b.status != 200 || b.header.Get("Cache-Control") != "private, no-cache" || b.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("with a key: %d %v", b.status, b.header)
	}
	w := s.watch(t, "pub.example")
	if h := w.res.Header; h.Get("Content-Type") != "text/event-stream" || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("the stream: %v", h)
	}
}

func TestOnlyPublicSitesAreShownWithoutAKey(t *testing.T) {
	s := newSetup(t)
	s.start(t)
	key := "Authorization"
	read, send := "Bearer "+s.keys[holdfast.ScopeRead], "Bearer "+s.keys[holdfast.ScopeImport]
	for _, end := range []string{"live", "live.json"} {
		private, none := s.ask(t, "priv.example/"+end), s.ask(t, "none.example/"+end)
		none.body = strings.Replace(none.body, "none.example", "priv.example", 1)
		for _, a := range []*answered{&private, &none} {
			a.header.Del("Date")
			a.header.Del("Content-Length") // of names that are not as long
		}
		if private.status != 404 || fmt.Sprint(private) != fmt.Sprint(none) {
			t.Errorf("private: %+v\nnone: %+v", private, none)
		}
	}
	for _, c := range []struct {
		name, path, key string
		status          int
	}{
		{"a key for reading, and a private site", "priv.example/live.json", read, 200},
		{"and no site", "none.example/live.json", read, 404},
		{"a key for sending", "pub.example/live.json", send, 403},
		{"a key for sending, and a stream", "pub.example/live", send, 403},
		{"an unknown key", "pub.example/live.json", "Bearer hf_x", 401},
		{"no key at all", "pub.example/live", "Basic eDp5", 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			if a := s.ask(t, c.path, key, c.key); a.status != c.status {
				t.Errorf("got %d %s, want %d", a.status, a.body, c.status)
			}
		})
	}
	if w := s.watch(t, "priv.example", key+": "+read); w.res.StatusCode != 200 {
		t.Errorf("a private stream with a key: %s", w.res.Status)
	}
}

func TestNamesOfFewVisitorsAreNotPublic(t *testing.T) {
	s := newSetup(t)
	s.start(t)
	for i := range 3 {
		s.visit(t, "pub.example", "/deal", "https://google.com/", i, "")
	}
	for range 9 {
		s.visit(t, "pub.example", "/buy-my-pills", "https://pills.example/", 7, "")
	}
	a := s.ask(t, "pub.example/live.json")
	if strings.Contains(a.body, "pills") || len(a.Pages) != 1 || len(a.Sources) != 1 || a.Here != 4 || strings.Contains(a.body, "witness") {
		t.Errorf("the public is shown %s", a.body)
	}
	b := s.ask(t, "pub.example/live.json", "Authorization", "Bearer "+s.keys[holdfast.ScopeRead])
	if len(b.Pages) != 2 || len(b.Sources) != 2 || !strings.Contains(b.body, "witness") {
		t.Errorf("its owner is shown %s", b.body)
	}
}

func TestASiteThatIsNoLongerPublicEndsItsStreams(t *testing.T) {
	s := newSetup(t)
	s.start(t)
	public, private := s.watch(t, "pub.example"), s.watch(t, "pub.example", "Authorization: Bearer "+s.keys[holdfast.ScopeRead])
	public.second(t)
	if _, err := s.store.SetPublic(t.Context(), "pub.example", false); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := public.next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	private.second(t)
	if err := s.store.RevokeKey(t.Context(), holdfast.TokenID(s.keys[holdfast.ScopeRead])); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := private.next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestStreamsAreCapped(t *testing.T) {
	s := newSetup(t)
	s.live.Streams, s.live.NetworkStreams = 3, 2
	s.start(t)
	from := func(addr string) *stream { return s.watch(t, "pub.example", "X-Forwarded-For: "+addr) }
	refused := func(w *stream, why string) {
		t.Helper()
		body, _ := io.ReadAll(w.res.Body)
		if w.res.StatusCode != 503 || w.res.Header.Get("Retry-After") == "" || !strings.Contains(string(body), "live.json") || !strings.Contains(string(body), why) {
			t.Errorf("got %s %v %s", w.res.Status, w.res.Header, body)
		}
	}
	first := from("192.0.2.1")
	from("192.0.2.2").second(t)
	refused(from("192.0.2.3"), "of this network")
	from("198.51.100.1").second(t)
	refused(from("203.0.113.1"), "too many streams are open")
	if a := s.ask(t, "pub.example/live.json"); a.status != 200 {
		t.Errorf("live.json is refused: %s", a.body)
	}
	first.conn.Close()
	for range 100 {
		if from("203.0.113.1").res.StatusCode == 200 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("who left keeps the place")
}
