//go:build unix

package query_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast"
	"holdfast/query"
	"holdfast/query/querytest"
)

// million is a month of a site with 2 M events, sealed, with names about as
// frequent as on real sites.
var million = sync.OnceValue(func() *querytest.Store {
	r := rand.New(rand.NewPCG(1, 2))
	site, err := holdfast.NewSite(1, "shop1.example.com", "Europe/Berlin", 0)
	if err != nil {
		panic(err)
	}
	const days, perDay = 10, 200_000
	first, _ := holdfast.ParseDay("2026-07-01")
	zipf := func(n uint64) *rand.Zipf { return rand.NewZipf(r, 1.1, 3, n-1) }
	paths, sources, countries, campaigns := zipf(10_000), zipf(600), zipf(80), zipf(40)
	store := &querytest.Store{Sites: []*holdfast.Site{site}}
	for day := first; day < first+days; day++ {
		from, to := site.Bounds(day)
		events := make([]holdfast.Event, perDay)
		var visit holdfast.Event // what the events of one visit have in common
		for i := range events {
			if i%5 == 0 {
				visit = holdfast.Event{
					Site: 1, Day: day, Time: from + holdfast.Millis(r.Int64N(int64(to-from-hour))), Name: holdfast.Pageview, Scroll: holdfast.NoScroll,
					Source: fmt.Sprint("source", sources.Uint64()), Country: fmt.Sprint(countries.Uint64()),
					UTM: holdfast.UTM{Campaign: fmt.Sprint(campaigns.Uint64())}, Visitor: holdfast.VisitorID(1 + r.IntN(perDay/6)),
				}
			}
			e := &events[i]
			*e = visit
			e.Time += holdfast.Millis(i%5) * holdfast.Millis(r.Int64N(60_000))
			e.Path = fmt.Sprintf("/article/%d/some-title", paths.Uint64())
			switch r.IntN(20) {
			case 0, 1, 2, 3, 4:
				e.Name, e.Engaged = holdfast.Engagement, int32(r.IntN(60_000))
			case 5:
				e.Name, e.Value, e.Currency = "purchase", int64(r.IntN(10_000)), "EUR"
				e.Props = []holdfast.Prop{{Key: "price", Kind: holdfast.PropFloat, Float: float64(r.IntN(10_000)) / 100}}
			case 6:
				e.Flag = holdfast.FlagBot
			}
		}
		store.Days = append(store.Days, querytest.One(events)...)
		store.Now = to
	}
	querytest.WithTallies(store.Days, site)
	return store
})

// processorTime is what this process used of all processors: it tells more than
// the clock where the machine has other things to do.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkAsk(b *testing.B) {
	store := million()
	from, _ := store.Sites[0].Bounds(store.Days[0].Day)
	for _, bench := range []struct {
		name, metrics, where string
		by                   []holdfast.Dimension
	}{
		{"views by hour, from tallies", "views", "", []holdfast.Dimension{"hour"}},
		{"views by hour of a source", "views", "source = 'source3'", []holdfast.Dimension{"hour"}},
		{"views by source", "views", "", []holdfast.Dimension{"source"}},
		{"views by path", "views", "", []holdfast.Dimension{"path"}},
		{"views by path and country", "views", "", []holdfast.Dimension{"path", "country"}},
		{"views by path, source and country", "views", "", []holdfast.Dimension{"path", "source", "country"}},
		{"visitors by day", "visitors", "", []holdfast.Dimension{"day"}},
		{"visitors by hour", "visitors", "", []holdfast.Dimension{"hour"}},
		{"visitors by source", "visitors", "", []holdfast.Dimension{"source"}},
		{"visitors by path", "visitors", "", []holdfast.Dimension{"path"}},
		{"visitors of a path by day", "visitors", "path = '/article/7/some-title'", []holdfast.Dimension{"day"}},
		{"visits by entry source", "visits,bounce_rate,visit_duration", "", []holdfast.Dimension{"entry.source"}},
		{"visits by source", "visits,bounce_rate,visit_duration", "", []holdfast.Dimension{"source"}},
		{"entries by path", "entries", "", []holdfast.Dimension{"path"}},
		{"revenue by campaign", "sum(value),mean(prop.price)", "", []holdfast.Dimension{"utm_campaign"}},
		{"distinct paths", "distinct(path)", "", nil},
	} {
		b.Run(bench.name, func(b *testing.B) {
			q := holdfast.Question{Site: store.Sites[0].Name, From: from, To: store.Now, By: bench.by, Metrics: metrics(b, bench.metrics), Limit: 10}
			if bench.where != "" {
				q.Where = filter(b, bench.where)
			}
			engine := query.New(store, query.Options{})
			ask(b, engine, q) // once, to learn the names
			n := 0
			for _, d := range store.Days {
				n += d.Runs[0].Len()
			}
			b.ReportAllocs()
			before := processorTime(b)
			for b.Loop() {
				ask(b, engine, q)
			}
			b.ReportMetric(float64(processorTime(b)-before)/float64(b.N)/float64(n), "cpu-ns/event")
		})
	}
}
