package beacon

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"holdfast"
)

// FuzzDecoder feeds the decoder anything, as a body and as a query: it does not
// panic, lets nothing through beyond its bounds, and is not left in a state
// that spoils the next message.
func FuzzDecoder(f *testing.F) {
	const event = `{"d":"a.example,b.example","n":"x","u":"https://a.example/#y","h":1,"p":{"a":1,"b":"\u00e4"},"$":"{\"amount\":1.5,\"currency\":\"EUR\"}","id":"1"}`
	for _, seed := range []string{
		event, "", "[]", "{}", event + event, `{"n":404,"u":[],"d":{}}`, `{"props":"{\"a\":{\"b\":[1]},\"c\":1"}`, "{\"n\":\"\xff\",\"u\":\"\\ud800\"}",
		`{"n":"engagement","sd":"1e9","e":-1.5,"a":1e400,"w":"00x","l":"de-","i":"` + strings.Repeat("x", 70) + `"}`,
		"d=a.example&u=/&p=%7B%22a%22:1%7D&i=true&a=1", strings.Repeat(`{"p":`, 100),
		`{"$":{"amount":"Inf","currency":"JPY"},"d":",,,"}`, `{"p":{"":1,"a":"","a":2,"a":null},"p":{"b":true}}`,
	} {
		f.Add([]byte(seed))
	}
	w := &work{}
	d := New(Options{})
	f.Fuzz(func(t *testing.T, text []byte) {
		w.decoder.body(&w.message, text)
		check(t, &w.message, len(text))
		clean(d, w)
		if values, err := url.ParseQuery(string(text)); err == nil {
			w.decoder.query(&w.message, values)
			check(t, &w.message, len(text)+len(holdfast.Pageview))
			clean(d, w)
		}
		w.decoder.body(&w.message, []byte(event))
		m := &w.message
		if len(m.wrong) > 0 || len(m.domains) != 2 || m.Name != "x" || m.Fragment != "y" || len(m.Props) != 2 || m.Value != 150 || m.ID != "1" {
			t.Fatalf("the next message is read as %+v", m)
		}
		clean(d, w)
	})
}

func clean(d *Door, w *work) {
	d.giveBack(w)
	d.work.Get()
}

func check(t *testing.T, m *message, size int) {
	t.Helper()
	if len(m.wrong) > 0 {
		if m.reason == "" {
			t.Fatalf("%v is refused for no reason", m.wrong)
		}
		return
	}
	if len(m.domains) == 0 || len(m.domains) > maxDomains || m.URL == "" || m.Name == "" {
		t.Fatalf("let through: %+v", m)
	}
	if len(m.Name) > holdfast.MaxName || len(m.URL) > holdfast.MaxURL || len(m.Props) > holdfast.MaxProps || len(m.Screen) > 5 {
		t.Fatalf("beyond its bounds: %+v", m)
	}
	for _, p := range m.Props {
		if len(p.Key) > holdfast.MaxPropKey || len(p.Str) > holdfast.MaxPropValue || p.Key == "" {
			t.Fatalf("property beyond its bounds: %+v", p)
		}
	}
	if utf8.ValidString(m.URL) && len(m.URL)+len(m.Name)+len(m.Referrer) > 3*size {
		t.Fatal("more came out than went in")
	}
}
