package live_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast"
	"holdfast/serve/live"
)

const windowNow = holdfast.Millis(1785499200_500)

// drawn returns some events of the last hours and the next minutes.
func drawn(t *rapid.T) []holdfast.Event {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) holdfast.Event {
		at := windowNow.Add(-time.Duration(rapid.SampledFrom([]int{0, 1, 30, 59, 60, 61, 299, 300, 301, 1799, 1800, 3599, 3600, 9000, -1, -300}).Draw(t, "age")) * time.Second)
		e := holdfast.Event{Site: 1, Time: at, Received: min(at, windowNow).Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "lag")) * time.Millisecond), Name: rapid.SampledFrom([]string{"pageview", "pageview", "engagement", "buy"}).Draw(t, "name"),
			Path: rapid.SampledFrom([]string{"/", "/a", "/b"}).Draw(t, "path"), Source: rapid.SampledFrom([]string{"", "", "Google", "Bing"}).Draw(t, "source"),
			Flag: rapid.SampledFrom([]holdfast.Flag{"", "", "", "bot"}).Draw(t, "flag")}
		if n := rapid.IntRange(0, 6).Draw(t, "visitor"); n > 0 {
			e.Visitor = holdfast.HashedVisitor(uint64(n) * 1234567)
		}
		return e
	}), 0, 60).Draw(t, "events")
}

// plain counts again, in the plainest way.
func plain(events []holdfast.Event) holdfast.Second {
	now := int64(windowNow / 1000)
	s := holdfast.Second{PerSecond: make([]int64, 60), PerMinute: make([]int64, 30)}
	type known struct {
		last, sourceAt int64
		source         string
		pages          map[string]int64
	}
	all := map[holdfast.VisitorID]*known{}
	for _, e := range events {
		at := min(int64(min(e.Time, e.Received)/1000), now)
		if e.Flag != "" || at <= now-3600 {
			continue
		}
		if e.Name == "pageview" && at > now-60 {
			s.Views++
			s.PerSecond[59-(now-at)]++
		}
		if e.Name == "pageview" && at/60 > now/60-30 {
			s.PerMinute[29-(now/60-at/60)]++
		}
		if e.Visitor == 0 {
			continue
		}
		v := all[e.Visitor]
		if v == nil {
			v = &known{pages: map[string]int64{}}
			all[e.Visitor] = v
		}
		v.last = max(v.last, at)
		if e.Source != "" && (at > v.sourceAt || at == v.sourceAt && (v.source == "" || e.Source < v.source)) {
			v.source, v.sourceAt = e.Source, at
		}
		if e.Name == "pageview" {
			v.pages[e.Path] = max(v.pages[e.Path], at)
		}
	}
	sources, pages := map[string][]holdfast.VisitorID{}, map[string][]holdfast.VisitorID{}
	for id, v := range all {
		if v.last > now-300 {
			s.Here++
		}
		if v.last > now-1800 {
			sources[v.source] = append(sources[v.source], id)
		}
		for path, at := range v.pages {
			if at > now-1800 {
				pages[path] = append(pages[path], id)
			}
		}
	}
	s.Sources, s.Pages = ordered(sources), ordered(pages)
	return s
}

func ordered(visitors map[string][]holdfast.VisitorID) []holdfast.Seen {
	list := []holdfast.Seen{}
	for name, ids := range visitors {
		networks := map[holdfast.VisitorID]bool{}
		for _, id := range ids {
			networks[id%16] = true
		}
		list = append(list, holdfast.Seen{Name: name, Visitors: int64(len(ids)), Networks: int64(len(networks))})
	}
	slices.SortFunc(list, func(a, b holdfast.Seen) int {
		return cmp.Or(cmp.Compare(b.Visitors, a.Visitors), cmp.Compare(a.Name, b.Name))
	})
	return list
}

func TestAWindowIsWhatAPlainCountSaysInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawn(t)
		want := plain(events)
		for range 2 {
			w := live.NewWindow()
			for i := range events {
				w.Add(&events[i], windowNow)
				if i%7 == 0 {
					w.Tend(windowNow)
				}
			}
			if diff := gocmp.Diff(want, w.Tell(windowNow)); diff != "" {
				t.Fatal(diff)
			}
			events = rapid.Permutation(events).Draw(t, "order")
		}
	})
}

func TestWhatIsOverIsForgotten(t *testing.T) {
	w := live.NewWindow()
	for i := range 1000 {
		w.Add(&holdfast.Event{Time: windowNow, Received: windowNow, Name: "pageview", Path: fmt.Sprint("/", i), Visitor: holdfast.HashedVisitor(uint64(i))}, windowNow)
	}
	for _, c := range []struct {
		after             time.Duration
		here, views, page int64
	}{{0, 1000, 1000, 1}, {59 * time.Second, 1000, 1000, 1}, {60 * time.Second, 1000, 0, 1}, {299 * time.Second, 1000, 0, 1}, {300 * time.Second, 0, 0, 1}, {30 * time.Minute, 0, 0, 0}} {
		s := w.Tell(windowNow.Add(c.after))
		if s.Here != c.here || s.Views != c.views || len(s.Pages) != int(c.page)*10 {
			t.Errorf("after %s: %d here, %d views, %d pages", c.after, s.Here, s.Views, len(s.Pages))
		}
	}
	w.Tend(windowNow.Add(time.Hour))
	if visitors, _ := w.Size(); visitors != 0 {
		t.Errorf("%d visitors are remembered after an hour", visitors)
	}
}

func TestAClockThatWasAheadStopsNoCounting(t *testing.T) {
	w := live.NewWindow()
	view := func(at holdfast.Millis) {
		w.Add(&holdfast.Event{Time: at, Received: at, Name: "pageview", Path: "/", Visitor: holdfast.HashedVisitor(7)}, at)
	}
	for i := range 120 {
		view(windowNow.Add(time.Hour + time.Duration(i)*time.Second))
	}
	for i := range 60 {
		view(windowNow.Add(time.Duration(i-59) * time.Second))
	}
	if s := w.Tell(windowNow); s.Views != 60 {
		t.Errorf("%d views in the last minute, want 60", s.Views)
	}
}

func TestWhateverComesAWindowIsBounded(t *testing.T) {
	const visitors = 400_000
	w, r := live.NewWindow(), rand.New(rand.NewPCG(1, 2))
	for i := range visitors {
		e := holdfast.Event{Time: windowNow, Received: windowNow, Name: "pageview", Path: "/deal", Source: "Google", Visitor: holdfast.HashedVisitor(r.Uint64())}
		if i%2 == 0 {
			e.Path, e.Source = fmt.Sprintf("/%d/%s", i, strings.Repeat("x", r.IntN(1900))), fmt.Sprint("s", i)
		}
		w.Add(&e, windowNow)
	}
	if v, n := w.Size(); v > live.MaxVisitors || n > live.MaxNames {
		t.Errorf("it remembers %d visitors and %d names", v, n)
	}
	s := w.Tell(windowNow)
	near := func(what string, got, want int64) {
		if got < want*98/100 || got > want*102/100 {
			t.Errorf("%s: got %d, want about %d", what, got, want)
		}
	}
	near("here", s.Here, visitors)
	if !s.Estimated || s.Views != visitors {
		t.Errorf("estimated: %v, views: %d", s.Estimated, s.Views)
	}
	for _, of := range []struct {
		what  string
		names []holdfast.Seen
		name  string
	}{{"pages", s.Pages, "/deal"}, {"sources", s.Sources, "Google"}} {
		at := slices.IndexFunc(of.names, func(n holdfast.Seen) bool { return n.Name == of.name })
		if at < 0 {
			t.Fatalf("%s: %v", of.what, of.names)
		}
		near(of.what, of.names[at].Visitors, visitors/2)
	}
	// Names that nobody has any more make room.
	w.Tend(windowNow.Add(time.Hour))
	if _, n := w.Size(); n > 2 {
		t.Errorf("it remembers %d names", n)
	}
}

func TestAVisitorIsFollowedOnItsLastPagesOnly(t *testing.T) {
	w := live.NewWindow()
	for i := range 50 {
		at := windowNow.Add(time.Duration(i-50) * time.Second)
		w.Add(&holdfast.Event{Time: at, Received: at, Name: "pageview", Path: fmt.Sprintf("/%02d", i), Visitor: holdfast.HashedVisitor(7)}, at)
	}
	s := w.Tell(windowNow)
	if len(s.Pages) != 8 || s.Pages[0].Name != "/42" || s.Views != 50 || s.Here != 1 {
		t.Errorf("got %+v", s)
	}
}

// busyEvent is of the visitor with this number.
func busyEvent(visitor int) holdfast.Event {
	return holdfast.Event{Time: windowNow, Received: windowNow, Name: "pageview", Path: fmt.Sprint("/", visitor%500), Source: fmt.Sprint("s", visitor%50),
		Visitor: holdfast.HashedVisitor(uint64(visitor+1) * 0x9e3779b97f4a7c15)}
}

func busyWindow(visitors int) *live.Window {
	w := live.NewWindow()
	for i := range visitors {
		e := busyEvent(i)
		w.Add(&e, windowNow)
	}
	return w
}
