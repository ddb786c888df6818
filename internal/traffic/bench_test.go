package traffic_test

import (
	"fmt"
	"testing"

	"holdfast"
	"holdfast/internal/traffic"
)

// endless is traffic that outlasts a benchmark: 667,000 hits a day, as in 20
// million a month, on as many sites.
func endless(b *testing.B, sites int) *traffic.Generator {
	c := traffic.Typical(1, monday, 10_000)
	zones := []string{"America/Chicago", "Europe/Berlin", "UTC", "Asia/Tokyo"}
	for i := range sites {
		c.Sites = append(c.Sites, site(b, holdfast.SiteID(i+1), fmt.Sprintf("s%d.example.com", i), zones[i%4], 667_000/float64(sites)))
	}
	return generator(b, c)
}

func BenchmarkNext(b *testing.B) {
	for _, sites := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("%d sites", sites), func(b *testing.B) {
			g := endless(b, sites)
			var h traffic.Hit
			b.ReportAllocs()
			for b.Loop() {
				g.Next(&h)
			}
			perSecond(b)
		})
	}
}

func BenchmarkEvent(b *testing.B) {
	g := endless(b, 1)
	var h traffic.Hit
	b.ReportAllocs()
	for b.Loop() {
		g.Next(&h)
		g.Event(&h)
	}
	perSecond(b)
}

func BenchmarkJSON(b *testing.B) {
	g := endless(b, 1)
	var h traffic.Hit
	var line []byte
	b.ReportAllocs()
	for b.Loop() {
		g.Next(&h)
		line = traffic.AppendJSON(line[:0], &h)
	}
	perSecond(b)
}

func BenchmarkArrivals(b *testing.B) {
	a := traffic.NewArrivals(endless(b, 1))
	var h traffic.Hit
	b.ReportAllocs()
	for b.Loop() {
		a.Next(&h)
	}
	perSecond(b)
}

func perSecond(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hits/s")
}
