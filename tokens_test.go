package holdfast_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/beacon"
	"holdfast/collect/classify"
	"holdfast/collect/client"
	"holdfast/collect/limit"
)

// look has a browser show a page, and returns the visit token that it gets.
func (s *shop) look(ip, page string) (token string) {
	s.t.Helper()
	mux := http.NewServeMux()
	beacon.New(beacon.Options{
		Collector: collect.New(collect.Options{
			Sites: s.store, Salts: s.store, Hasher: s.store, Books: s.store, Classifier: classify.New(), Sink: s.store, Now: s.clock,
		}),
		Books: s.store, Keys: s.store, Receipts: s.store, Networks: limit.NewNetworks(0, 0, s.clock), Proxies: &client.Proxies{},
	}).Routes(mux.Handle)
	r := httptest.NewRequest("POST", "/api/event", strings.NewReader(fmt.Sprintf(`{"n":"pageview","d":%q,"u":"https://%s%s"}`, shopName, shopName, page)))
	r.RemoteAddr = net.JoinHostPort(ip, "4711")
	r.Header.Set("User-Agent", pageOf(ip, page)["user_agent"].(string))
	w := httptest.NewRecorder()
	if mux.ServeHTTP(w, r); w.Code != http.StatusAccepted {
		s.t.Fatalf("the page is answered %d %s", w.Code, w.Body)
	}
	return w.Header().Get("Holdfast-Visit")
}

// boughtBy is a purchase as a server tells of it that has the token.
func boughtBy(token string) hit {
	return hit{"site": shopName, "name": "purchase", "url": "/thanks", "visit_token": token, "value": 100, "currency": "EUR"}
}

// A purchase is part of the visit in which it was made, through stops and power
// cuts, on a day of 25 hours; is of one visitor for all who have tokens of
// another day; and is counted also when nobody can read the token any more.
func TestTheLifeOfAToken(t *testing.T) {
	const zone = "Europe/Berlin"
	first := zoned(t, zone, "2026-10-25 00:30").Add(2 * time.Hour) // half an hour before it is 2 o'clock again
	s := newShop(t, zone, first)
	day := func(d string) asked {
		return asked{period: d + ".." + d, metrics: "visitors,visits,events(name = 'purchase'),sum(value where entry.path = '/deal')"}
	}
	annas, bens := s.look(anna, "/deal"), s.look(ben, "/")
	s.now = s.now.Add(20 * time.Minute)
	s.send(holdfast.ScopeCollect, boughtBy(annas), boughtBy(bens))
	s.want(day("2026-10-25"), "2 2 2 100")
	s.restart()
	s.tend()
	s.now = s.now.Add(29 * time.Minute)
	s.send(holdfast.ScopeCollect, boughtBy(annas))
	if w := s.post(holdfast.ScopeCollect, boughtBy(annas[:50]+strings.Map(func(r rune) rune { return r ^ 1 }, annas[50:]))); w.Code != http.StatusBadRequest {
		t.Errorf("a token with other letters is answered %d %s", w.Code, w.Body)
	}
	s.cut()
	s.want(day("2026-10-25"), "2 2 3 200")

	// After midnight, an order of the day before is known by when it was made,
	// and one that is made then is of a visitor of that day.
	s.now = zoned(t, zone, "2026-10-26 00:10")
	s.look(anna, "/")
	s.send(holdfast.ScopeCollect, boughtBy(annas).at(first.Add(time.Minute)), boughtBy(annas), boughtBy(annas), boughtBy(bens))
	s.want(day("2026-10-25"), "2 2 4 300")
	s.want(day("2026-10-26"), "3 3 3 0") // Anna twice
	s.tendLate()
	s.restart()
	s.now = s.now.Add(5 * time.Minute)
	s.send(holdfast.ScopeCollect, boughtBy(annas))
	s.want(day("2026-10-26"), "3 3 4 0")

	// A second before its salt dies the token is still good, and then it is not.
	s.now = zoned(t, zone, "2026-10-27 23:59").Add(59 * time.Second)
	s.send(holdfast.ScopeCollect, boughtBy(bens).at(first.Add(5*time.Minute)))
	s.want(day("2026-10-25"), "2 2 5 300")
	s.now = s.now.Add(time.Second)
	s.send(holdfast.ScopeCollect, boughtBy(bens), boughtBy(bens), boughtBy(bens).at(first.Add(6*time.Minute)))
	s.want(day("2026-10-28"), "2 2 2 0")
	s.want(day("2026-10-25"), "3 3 6 300")
	s.tendLate()
	s.tendDays()
	s.want(day("2026-10-25"), "3 3 6 300")
	s.want(day("2026-10-26"), "3 3 4 0")
	s.check()
}
