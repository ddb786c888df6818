package keep_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"holdfast"
	"holdfast/keep"
)

func benchStore(b *testing.B) *keep.Store {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "store")
	if _, err := keep.Init(dir, time.Now); err != nil {
		b.Fatal(err)
	}
	s, err := keep.Open(dir, keep.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	if _, err := s.AddSite(b.Context(), "shop.example", "UTC", false); err != nil {
		b.Fatal(err)
	}
	return s
}

// page is an event with the columns that a browser's usually has.
func page(i int, withID bool) holdfast.Event {
	now := holdfast.MillisOf(time.Now())
	e := holdfast.Event{
		Site: 1, Day: holdfast.Day(now / 86_400_000), Time: now, Received: now, Name: holdfast.Pageview,
		Host: "shop.example", Path: fmt.Sprintf("/products/%d", i%5000), Title: fmt.Sprintf("Product %d", i%5000),
		Referrer: fmt.Sprintf("https://www.example-%d.com/", i%300), Source: fmt.Sprintf("example-%d.com", i%300), Channel: "Referral",
		Country: "DE", Language: "de", Screen: "desktop", Device: "desktop", Browser: "Chrome", OS: "Windows",
		UserAgent: fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", i%40),
		Visitor:   holdfast.HashedVisitor(uint64(i) * 0x9e3779b97f4a7c15 >> 3), Scroll: holdfast.NoScroll, Door: holdfast.DoorBeacon, Origin: holdfast.Collected,
	}
	if withID {
		e.ID = holdfast.EventID(uint64(i+1) * 0x9e3779b97f4a7c15)
	}
	return e
}

// BenchmarkAccept measures what is acknowledged, durable and ready to be asked
// about: one event a call from many callers, and batches of a thousand.
func BenchmarkAccept(b *testing.B) {
	for _, ids := range []bool{false, true} {
		for _, callers := range []int{1, 64, 512} {
			b.Run(fmt.Sprintf("single/callers=%d/ids=%v", callers, ids), func(b *testing.B) {
				s := benchStore(b)
				var next atomic.Int64
				b.SetParallelism(max(1, callers/2)) // of two processors
				b.ReportAllocs()
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if _, err := s.Accept(b.Context(), []holdfast.Event{page(int(next.Add(1)), ids)}); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			})
		}
		b.Run(fmt.Sprintf("batch=1000/ids=%v", ids), func(b *testing.B) {
			s := benchStore(b)
			batch := make([]holdfast.Event, 1000)
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for i := range batch {
					n++
					batch[i] = page(n, ids)
				}
				b.StartTimer()
				if _, err := s.Accept(b.Context(), slices.Clone(batch)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
