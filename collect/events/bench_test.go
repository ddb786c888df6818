package events_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
	"holdfast/collect/client"
	"holdfast/collect/collecttest"
	"holdfast/collect/events"
	"holdfast/collect/limit"
)

var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.6 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (X11; Linux x86_64; rv:%[1]d.0) Gecko/20100101 Firefox/%[1]d.0",
}

var referrers = []string{"", "", "https://www.google.com/", "https://duckduckgo.com/", "https://t.co/x", "https://news.ycombinator.com/item?id=1", "https://a.example/"}

// batch is n events like those of a shop's server.
func batch(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"site":"a.example","name":"pageview","url":"https://a.example/item/%d?utm_source=mail&utm_campaign=july","referrer":%q,"title":"Item","time":%d,"id":"%016x","ip":"203.0.%d.%d","user_agent":%q,"country":"DE","language":"de","screen":1440,"props":{"stock":%d}}`+"\n",
			int(r.ExpFloat64()*200), referrers[r.IntN(len(referrers))], noon.UnixMilli()-int64(n-i), r.Uint64(), r.IntN(40), r.IntN(256),
			fmt.Sprintf(agents[r.IntN(len(agents))], 140+r.IntN(8)), r.IntN(100))
	}
	return b.String()
}

func benchDoor(b *testing.B) *events.Door {
	now := func() time.Time { return noon }
	books := &collecttest.Books{}
	return events.New(events.Options{
		Collector: collect.New(collect.Options{
			Sites: collecttest.NewSites(b, "Europe/Berlin", "a.example"), Salts: &collecttest.Salts{}, Hasher: collecttest.Hasher{},
			Books: books, Classifier: classify.New(), Sink: collecttest.Discard{}, Now: now, NewStringsPerHour: 100_000,
		}),
		Books: books, Receipts: collecttest.Sealer{}, Proxies: &client.Proxies{}, Networks: limit.NewNetworks(50, 200, now),
		Keys: collecttest.Keys{"hf_c": {Scopes: []holdfast.Scope{holdfast.ScopeCollect}}},
	})
}

func post(b *testing.B, door *events.Door, body string) {
	req := httptest.NewRequest("POST", "/api/v1/events", strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer hf_c")
	w := httptest.NewRecorder()
	if door.ServeHTTP(w, req); w.Code != http.StatusAccepted {
		b.Fatal(w.Body)
	}
}

// BenchmarkBatch is a request of 20,000 events of 430 bytes, read, identified
// and classified; an operation is an event.
func BenchmarkBatch(b *testing.B) {
	const n = 20_000
	body := batch(n)
	array := "[" + strings.ReplaceAll(strings.TrimSuffix(body, "\n"), "\n", ",") + "]"
	for name, body := range map[string]string{"ndjson": body, "array": array} {
		b.Run(name, func(b *testing.B) {
			door := benchDoor(b)
			b.ReportAllocs()
			b.SetBytes(int64(len(body) / n))
			b.ResetTimer()
			for i := 0; i < b.N; i += n {
				post(b, door, body)
			}
		})
	}
}

// BenchmarkSingle is a request of one event.
func BenchmarkSingle(b *testing.B) {
	door, body := benchDoor(b), batch(1)
	b.ReportAllocs()
	for range b.N {
		post(b, door, body)
	}
}
