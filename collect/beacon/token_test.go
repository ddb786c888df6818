package beacon_test

import (
	"slices"
	"strings"
	"testing"

	"holdfast"
)

// A page of any origin reads the token of its visitor in the answer. Somebody
// else who sends with it is that visitor, and gets none.
func TestTokens(t *testing.T) {
	const server = "192.0.2.80"
	s := start(t)
	w := s.post(`{"d":"nowhere.example,a.example,b.example","n":"pageview","u":"http://a.example/"}`, "Origin", "https://a.example")
	token := w.Header().Get("Holdfast-Visit")
	if exposed := strings.Split(w.Header().Get("Access-Control-Expose-Headers"), ", "); len(token) != 52 || !slices.Contains(exposed, "Holdfast-Visit") {
		t.Fatalf("the token is %q; pages may read %q", token, exposed)
	}
	bought := func(token string) string { return page(`"name":"bought","vt":` + token) }
	cases := []struct {
		name  string
		q     request
		of    int  // the event of the same visitor; -1: another
		token bool // in the answer
	}{
		{"a server that has it", request{"POST", "/api/event", bought(`"` + token + `"`), server, nil}, 0, false},
		{"one that sends a picture", request{"GET", "/pixel.gif?d=a.example&u=http://a.example/&n=bought&vt=" + token, "", server, nil}, 0, false},
		{"one without it", request{"POST", "/api/event", bought(`null`), server, nil}, -1, true},
		{"one that has half of it", request{"POST", "/api/event", bought(`"` + token[:20] + `"`), server, nil}, 4, true},
		{"one that has it as a number", request{"POST", "/api/event", bought(`7`), server, nil}, 4, true},
		{"one that sends it for another site", request{"POST", "/api/event", `{"d":"b.example","n":"bought","u":"/","vt":"` + token + `"}`, server, nil}, -1, true},
		{"a picture gets none", request{"GET", "/pixel.gif?d=a.example&u=http://a.example/", "", visitor, nil}, 0, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := s.do(c.q)
			all := s.sink.Events()
			if w.Code != 202 {
				t.Fatalf("it is answered %d %s", w.Code, w.Body)
			}
			last := len(all) - 1
			same := slices.IndexFunc(all[:last], func(e holdfast.Event) bool { return e.Site == all[last].Site && e.Visitor == all[last].Visitor })
			if same != c.of {
				t.Errorf("it is the visitor of event %d, want %d", same, c.of)
			}
			if got := w.Header().Get("Holdfast-Visit"); (got != "") != c.token {
				t.Errorf("the token in the answer is %q", got)
			}
		})
	}
	if w := s.post(page(`"n":""`)); w.Code != 400 || w.Header().Get("Holdfast-Visit") != "" {
		t.Errorf("what is refused is answered %d, with token %q", w.Code, w.Header().Get("Holdfast-Visit"))
	}
}
