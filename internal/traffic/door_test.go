package traffic_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
	"holdfast/collect/client"
	"holdfast/collect/collecttest"
	"holdfast/collect/events"
	"holdfast/collect/limit"
	"holdfast/internal/traffic"
)

type ownersKey struct{}

func (ownersKey) Key(string) (holdfast.Key, bool) {
	return holdfast.Key{Scopes: []holdfast.Scope{holdfast.ScopeOwn}}, true
}

type seal struct{}

func (seal) Seal(r holdfast.Receipt) string { return fmt.Sprint(r) }

// collected returns what the door for programs makes of lines.
func collected(t *testing.T, c traffic.Config, lines []byte) []holdfast.Event {
	t.Helper()
	sites := collecttest.Sites{}
	for _, s := range c.Sites {
		sites[s.Name] = s.Site
	}
	// After all of them, within the time in which they are not imports.
	now := func() time.Time { return (c.From + holdfast.Day(c.Days) + 1).Midnight(time.UTC).Time() }
	sink, books := &collecttest.Sink{}, &collecttest.Books{}
	door := events.New(events.Options{
		Collector: collect.New(collect.Options{Sites: sites, Salts: &collecttest.Salts{}, Hasher: collecttest.Hasher{},
			Books: books, Classifier: classify.New(), Sink: sink, Now: now}),
		Books: books, Keys: ownersKey{}, Receipts: seal{}, Networks: limit.NewNetworks(50, 200, now), Proxies: &client.Proxies{},
	})
	r := httptest.NewRequest(http.MethodPost, "/api/v1/events", bytes.NewReader(lines))
	r.Header.Set("Authorization", "Bearer hf_owner")
	w := httptest.NewRecorder()
	door.ServeHTTP(w, r)
	if w.Code != http.StatusAccepted {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if refused := books.All(); len(refused) > 0 {
		t.Fatalf("refused: %v: %s", refused, w.Body)
	}
	return sink.Events()
}

// TestTheDoorMakesTheSameEvents sends hits through the door, and compares with
// what Event says would become of them.
func TestTheDoorMakesTheSameEvents(t *testing.T) {
	c := traffic.Typical(5, monday, 1, site(t, 1, "www.shop.example.com", "America/Chicago", 15_000))
	c.Members = 0.1
	g := generator(t, c)
	var want []holdfast.Event
	var lines []byte
	var h traffic.Hit
	for g.Next(&h) {
		if !h.Repeat {
			want = append(want, g.Event(&h))
			lines = append(traffic.AppendJSON(lines, &h), '\n')
		}
	}
	got := collected(t, c, lines)
	if len(got) != len(want) {
		t.Fatalf("%d events of %d hits", len(got), len(want))
	}

	judged := map[string]int{}
	visitors, taken := map[holdfast.VisitorID]holdfast.VisitorID{}, map[holdfast.VisitorID]bool{}
	otherVisitor := 0
	for i := range want {
		w, e := &want[i], &got[i]
		for name, pair := range map[string][2]string{
			"source": {w.Source, e.Source}, "channel": {w.Channel, e.Channel}, "device": {w.Device, e.Device},
			"browser": {w.Browser, e.Browser}, "os": {w.OS, e.OS}, "flag": {string(w.Flag), string(e.Flag)},
		} {
			if pair[0] != pair[1] {
				if judged[name]++; judged[name] < 4 {
					t.Logf("%s: Event says %q, the door %q, of %s %s", name, pair[0], pair[1], w.UserAgent, w.Referrer)
				}
			}
		}
		if v, ok := visitors[w.Visitor]; ok && v != e.Visitor || !ok && taken[e.Visitor] {
			otherVisitor++
		}
		visitors[w.Visitor], taken[e.Visitor] = e.Visitor, true
		if diff := cmp.Diff(w, e, cmpopts.IgnoreFields(holdfast.Event{},
			"Received", "Region", "City", "Visitor", "ID", "Source", "Channel", "Device", "Browser", "OS", "Flag")); diff != "" {
			t.Fatal(diff)
		}
	}
	// How things are classified is package classify's to say, so a few may
	// differ.
	for name, n := range judged {
		if n*50 > len(want) {
			t.Errorf("%s differs in %d of %d events", name, n, len(want))
		}
	}
	if otherVisitor*100 > len(want) {
		t.Errorf("visitors are told apart otherwise in %d of %d events", otherVisitor, len(want))
	}
}
