package live_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// BenchmarkSentToSeen sends an event every 10 ms while 1,000 watch, and reports
// how long it takes from sending one until a watcher has read a message that it
// is in. Server, sender and watchers share the machine. Run it with
// -benchtime 2000x: an event is an iteration, and its visitor is gone after five
// minutes.
func BenchmarkSentToSeen(b *testing.B) {
	const watchers, every, longest = 1000, 10 * time.Millisecond, 10_000 // ms
	s := newSetup(b)
	s.live.Every = time.Second
	s.start(b)
	var streams []*stream
	for range watchers {
		w := s.watch(b, "pub.example")
		w.second(b)
		streams = append(streams, w)
	}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex // guards all below
		after [longest + 1]int64
	)
	began := time.Now()
	sent := func(i int) time.Time { return began.Add(time.Duration(i) * every) }
	for _, w := range streams {
		wg.Go(func() {
			var own [longest + 1]int32
			for seen := 0; seen < b.N; {
				m, err := w.next()
				if err != nil {
					b.Error(err)
					return
				}
				for here := visitors(m.data); seen < here; seen++ {
					own[min(time.Since(sent(seen)).Milliseconds(), longest)]++
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for ms, n := range own {
				after[ms] += int64(n)
			}
		})
	}
	for i := range b.N {
		time.Sleep(time.Until(sent(i)))
		s.visit(b, "pub.example", "/deal", "https://google.com/", i, "")
	}
	wg.Wait()
	quantile := func(q float64) float64 {
		left := q * float64(b.N*watchers)
		for ms, n := range after {
			if left -= float64(n); left <= 0 {
				return float64(ms)
			}
		}
		return longest
	}
	b.ReportMetric(quantile(0.5), "p50-ms")
	b.ReportMetric(quantile(0.99), "p99-ms")
	b.ReportMetric(quantile(1), "max-ms")
}

// visitors reads how many are here.
func visitors(message string) int {
	_, rest, _ := strings.Cut(message, `"here":`)
	digits, _, _ := strings.Cut(rest, ",")
	n, _ := strconv.Atoi(digits)
	return n
}

// BenchmarkMessage makes the message of a site with many visitors.
func BenchmarkMessage(b *testing.B) {
	w := busyWindow(60_000)
	b.ReportAllocs()
	for b.Loop() {
		w.Tell(windowNow)
	}
}

// BenchmarkEvent takes in the event of one of many visitors.
func BenchmarkEvent(b *testing.B) {
	w, e, i := busyWindow(60_000), busyEvent(0), 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		e.Visitor = busyEvent(i % 60_000).Visitor
		w.Add(&e, windowNow)
	}
}
