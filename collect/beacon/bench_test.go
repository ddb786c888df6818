package beacon_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast/collect"
	"holdfast/collect/beacon"
	"holdfast/collect/collecttest"
)

// bodies are events like those that a script sends, of n visitors.
func bodies(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	referrers := []string{"null", "null", `"https://www.google.com/"`, `"https://duckduckgo.com/"`, `"https://t.co/x"`, `"https://news.ycombinator.com/item?id=1"`}
	var all []string
	for range n {
		all = append(all, fmt.Sprintf(`{"n":"pageview","u":"https://a.example/item/%d?utm_source=mail&utm_campaign=july","d":"a.example","r":%s,"w":%d,"h":0,"z":"Europe/Berlin","id":"%016x","p":{"stock":%d}}`,
			int(r.ExpFloat64()*200), referrers[r.IntN(len(referrers))], 320+r.IntN(1600), r.Uint64(), r.IntN(100)))
	}
	return all
}

// BenchmarkPost is a request of one event of 230 bytes: read, identified,
// classified and handed on.
func BenchmarkPost(b *testing.B) {
	s := start(b, func(_ *beacon.Options, o *collect.Options) {
		o.Sink, o.NewStringsPerHour = collecttest.Discard{}, 100_000
	})
	all := bodies(1000)
	b.SetBytes(int64(len(all[0])))
	b.ReportAllocs()
	r := request{"POST", "/api/event", "", visitor, []string{"Origin", "https://a.example", "Accept-Language", "de-AT,de;q=0.9"}}.make()
	for i := range b.N {
		r.Body = io.NopCloser(strings.NewReader(all[i%len(all)]))
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != 202 {
			b.Fatal(w.Body)
		}
	}
}

// BenchmarkPixel is the same as a picture.
func BenchmarkPixel(b *testing.B) {
	s := start(b, func(_ *beacon.Options, o *collect.Options) { o.Sink = collecttest.Discard{} })
	b.ReportAllocs()
	r := request{"GET", "/pixel.gif?d=a.example&u=https%3A%2F%2Fa.example%2Fitem%2F1&r=https%3A%2F%2Ft.co%2F", "", visitor, nil}.make()
	for b.Loop() {
		w := httptest.NewRecorder()
		if s.ServeHTTP(w, r); w.Code != 202 {
			b.Fatal(w.Code)
		}
	}
}
