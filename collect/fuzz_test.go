package collect_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"holdfast"
	"holdfast/collect"
)

// FuzzURLs gives a batch any URL and referrer: what becomes an event is within
// its bounds, is UTF-8, and has a host and a path.
func FuzzURLs(f *testing.F) {
	f.Add("https://www.shop.example.com/%C3%A4?utm_source=%ff&ref=x#y", "https://t.co/")
	f.Add("/a%2", "android-app://x.y")
	f.Add("x://[::1]:8/", "http://a.b:x@c.d:1/#")
	f.Add("https://\xff/\xff", "https://a.b/\xff")
	s := newSetup(f)
	f.Fuzz(func(t *testing.T, url, referrer string) {
		b := s.Batch(collectKey)
		defer b.Close()
		in := page(func(in *collect.Input) { in.URL, in.Referrer, in.Name = url, referrer, "fuzz" })
		if b.Add(&in) != nil {
			return
		}
		if _, err := b.Accept(t.Context()); err != nil {
			t.Fatal(err)
		}
		events := s.sink.Events()
		e := events[len(events)-1]
		if !strings.HasPrefix(e.Path, "/") || e.Host == "" || e.Host != strings.ToLower(e.Host) {
			t.Errorf("%q is at %q %q", url, e.Host, e.Path)
		}
		if len(e.Path) > 3*holdfast.MaxURL || len(e.Referrer) > 3*holdfast.MaxURL {
			t.Errorf("path of %d, referrer of %d bytes", len(e.Path), len(e.Referrer))
		}
		for _, text := range []string{e.Host, e.Path, e.Referrer, e.Source, e.UTM.Source} {
			if !utf8.ValidString(text) {
				t.Errorf("%q is not UTF-8", text)
			}
		}
	})
}

// FuzzTokens changes a visit token in any way: it then names nobody, and nothing
// is made for it.
func FuzzTokens(f *testing.F) {
	f.Add(uint8(0), uint8(0), "")
	f.Add(uint8(51), uint8(1), "A")
	f.Add(uint8(0), uint8(3), "AAAA")
	f.Add(uint8(20), uint8(99), "\r\n")
	f.Add(uint8(0), uint8(99), strings.Repeat("_", 52))
	s := newSetup(f)
	visitor, token := s.view(f, from("203.0.113.7", chrome))
	asked := s.salts.Asked()
	f.Fuzz(func(t *testing.T, at, cut uint8, letters string) {
		from := min(int(at), len(token))
		text := token[:from] + letters + token[min(from+int(cut), len(token)):]
		b := s.Batch(collectKey)
		defer b.Close()
		in := bought(text)
		err := b.Add(&in)
		if good := text == token || text == ""; (err == nil) != good {
			t.Fatalf("%q for %q: %v", text, token, err)
		}
		if _, err := b.Accept(t.Context()); err != nil {
			t.Fatal(err)
		}
		if events := s.sink.Events(); text == token && events[len(events)-1].Visitor != visitor {
			t.Error("it is another visitor's")
		}
		if s.salts.Asked() != asked {
			t.Error("it has a salt made")
		}
	})
}
