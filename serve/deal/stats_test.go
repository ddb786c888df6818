package deal_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"holdfast"
	"holdfast/query"
	"holdfast/query/querytest"
	"holdfast/serve/deal"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// failing is what a test and a check of rapid's have in common.
type failing interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// asking asks an engine about events, of a store that knows all until now.
func asking(t failing, site *holdfast.Site, events []holdfast.Event, now holdfast.Millis, gaps ...holdfast.Interval) func(holdfast.ScheduledDeal) deal.Stats {
	t.Helper()
	store := &querytest.Store{Sites: []*holdfast.Site{site}, Days: querytest.One(events), Now: now, Gaps: gaps}
	engine := query.New(store, query.Options{})
	asked := 0
	return func(d holdfast.ScheduledDeal) deal.Stats {
		ask := func(ctx context.Context, q []holdfast.Question) ([]holdfast.Answer, error) {
			asked++
			return engine.Ask(ctx, q...)
		}
		asked = 0
		s, err := deal.StatsOf(context.Background(), ask, site.Name, d, now)
		if err != nil {
			t.Fatal(err)
		}
		if asked > 1 {
			t.Fatalf("asked %d times", asked)
		}
		return s
	}
}

// The statistics are those that a plain count of the events in the window
// gives, whatever the window is and however it is changed.
func TestStatisticsAgreeWithAPlainCount(t *testing.T) {
	site := berlin(t)
	day := holdfast.DayOf(2026, 7, 30)
	from, _ := site.Bounds(day)
	rapid.Check(t, func(t *rapid.T) {
		var events []holdfast.Event
		for range rapid.IntRange(0, 60).Draw(t, "events") {
			at := from + holdfast.Millis(rapid.IntRange(0, 3*86400-1).Draw(t, "second"))*1000
			e := holdfast.Event{
				Site: 1, Time: at, Received: at, Day: site.Day(at), Scroll: holdfast.NoScroll, Interactive: true,
				Name: rapid.SampledFrom([]string{"pageview", "pageview", "pageview", "purchase", "other"}).Draw(t, "name"),
				Path: rapid.SampledFrom([]string{"/", "/mug", "/cart"}).Draw(t, "path"),
				Flag: rapid.SampledFrom([]holdfast.Flag{"", "", "", "bot"}).Draw(t, "flag"),
			}
			if n := rapid.IntRange(0, 9).Draw(t, "visitor"); n > 0 {
				e.Visitor = holdfast.HashedVisitor(uint64(n))
			}
			events = append(events, e)
		}
		now := from + 4*86400_000
		ask := asking(t, site, events, now)
		for range 3 {
			d := holdfast.ScheduledDeal{Deal: holdfast.Deal{ID: "mug", Title: "A mug", Goal: "purchase"}}
			d.Starts = from + holdfast.Millis(rapid.IntRange(0, 3*86400).Draw(t, "starts"))*1000
			if rapid.Bool().Draw(t, "ends") {
				d.Ends = d.Starts + 1 + holdfast.Millis(rapid.IntRange(0, 86400).Draw(t, "lasts"))*1000
			}
			if rapid.Bool().Draw(t, "has pages") {
				d.Paths = []string{"/mug", "/nowhere"}
			}
			checkPlain(t, events, &d, now, ask(d))
		}
	})
}

// who is a visitor of a day.
type who struct {
	day     holdfast.Day
	visitor holdfast.VisitorID
}

func checkPlain(t *rapid.T, events []holdfast.Event, d *holdfast.ScheduledDeal, now holdfast.Millis, got deal.Stats) {
	w := d.Window(now)
	views, goals, named := int64(0), int64(0), int64(0)
	came, bought, viewed, minutes := map[who]bool{}, map[who]bool{}, map[who]bool{}, map[holdfast.Millis]int64{}
	for _, e := range events {
		if e.Flag != "" || e.Time < w.From || e.Time >= w.To {
			continue
		}
		v := who{e.Day, e.Visitor}
		known := e.Visitor != 0
		if e.Name == "purchase" {
			goals++
			if known {
				named++
				bought[v] = true
			}
		}
		if e.Name == "pageview" && known {
			viewed[v] = true
		}
		if len(d.Paths) > 0 && !slices.Contains(d.Paths, e.Path) {
			continue
		}
		if e.Name == "pageview" {
			views++
			minutes[e.Time/60_000]++
		}
		if known {
			came[v] = true
		}
	}
	both := func(a, b map[who]bool) (n int64) {
		for v := range a {
			if b[v] {
				n++
			}
		}
		return n
	}
	if *got.Views != views || *got.Visitors != int64(len(came)) {
		t.Fatalf("%d views and %d visitors, want %d and %d", *got.Views, *got.Visitors, views, len(came))
	}
	sum := int64(0)
	for _, b := range got.OverTime {
		if b.Views != nil { // it has begun
			sum += *b.Views
		}
	}
	if sum != views {
		t.Fatalf("%d views over time, want %d", sum, views)
	}
	most := int64(0)
	for _, n := range minutes {
		most = max(most, n)
	}
	if most == 0 && got.Busiest != nil || most > 0 && (got.Busiest.Views != most || got.Busiest.Bucket != "minute") {
		t.Fatalf("busiest is %+v, want %d views", got.Busiest, most)
	}
	want := deal.Goal{Name: "purchase", Events: goals, Visitors: both(came, bought)}
	linked := 1.0
	if goals > 0 {
		if linked = 0; len(bought) > 0 {
			linked = float64(named) / float64(goals) * float64(both(bought, viewed)) / float64(len(bought))
		}
		want.Linked = &linked
	}
	if linked >= 0.9 && len(came) > 0 {
		share := float64(int64(len(came))-want.Visitors) / float64(len(came))
		want.DidntBite = &share
	}
	if diff := cmp.Diff(&want, got.Goal); diff != "" {
		t.Fatal(diff)
	}
}

func TestSourcesAreThoseOfTheVisits(t *testing.T) {
	site := berlin(t)
	from, to := site.Bounds(holdfast.DayOf(2026, 7, 30))
	var events []holdfast.Event
	for i := range 14 {
		for visitor := range i + 1 {
			for page := range 2 {
				e := holdfast.Event{Site: 1, Day: site.Day(from), Time: from + holdfast.Millis(page)*1000, Name: "pageview", Path: "/", Scroll: holdfast.NoScroll,
					Visitor: holdfast.HashedVisitor(uint64(100*i + visitor + 1))}
				if page == 0 {
					e.Source = fmt.Sprintf("source %02d", i)
				}
				events = append(events, e)
			}
		}
	}
	s := asking(t, site, events, to)(holdfast.ScheduledDeal{Deal: holdfast.Deal{ID: "mug", Starts: from, Ends: to}})
	if len(s.Sources) != 11 || s.Sources[0] != (deal.Source{Source: "source 13", Visitors: 14, Visits: 14, PeakVisitors: 14, PeakNetworks: 14}) || s.Sources[10] != (deal.Source{Visitors: 10, Visits: 10, Other: true, PeakVisitors: 10, PeakNetworks: 10}) {
		t.Errorf("%+v", s.Sources)
	}
}

func TestStatisticsSayWhatIsNotKnown(t *testing.T) {
	site := berlin(t)
	from, to := site.Bounds(holdfast.DayOf(2026, 7, 30))
	now := from + 12*3600_000
	event := holdfast.Event{Site: 1, Day: site.Day(from), Time: from + 1, Name: "pageview", Path: "/", Scroll: holdfast.NoScroll, Visitor: 5}
	ask := asking(t, site, []holdfast.Event{event}, now, holdfast.Interval{From: from + 6*3600_000, To: from + 8*3600_000, State: holdfast.Down})
	s := ask(holdfast.ScheduledDeal{Deal: holdfast.Deal{ID: "mug", Starts: from, Ends: to}})
	if *s.Views != 1 || !s.AtLeast || s.Coverage.State != holdfast.Down || s.Bucket != holdfast.Hour || s.AsOf.Time != now {
		t.Errorf("%+v", s)
	}
	for hour, b := range s.OverTime {
		known := hour < 6 || hour >= 8 && hour < 12
		if (b.Views != nil) != known {
			t.Errorf("hour %d: %v", hour, b)
		}
	}
	ahead := ask(holdfast.ScheduledDeal{Deal: holdfast.Deal{ID: "mug", Starts: to, Goal: "purchase"}})
	if ahead.Views != nil || ahead.Visitors != nil || ahead.Goal.DidntBite != nil || ahead.Coverage.State != holdfast.Future || !ahead.Deal.Window.Open {
		t.Errorf("a deal ahead: %+v", ahead)
	}
	nobody := ask(holdfast.ScheduledDeal{Deal: holdfast.Deal{ID: "mug", Starts: from + 3600_000, Ends: from + 2*3600_000, Goal: "purchase"}})
	if *nobody.Views != 0 || nobody.Busiest != nil || nobody.Goal.DidntBite != nil || nobody.AtLeast {
		t.Errorf("a deal that nobody came to: %+v", nobody)
	}
}

func TestBucketsSuitTheWindow(t *testing.T) {
	site := berlin(t)
	from := holdfast.MillisOf(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC))
	ask := asking(t, site, nil, from+30*366*86400_000)
	for _, test := range []struct {
		lasts time.Duration
		want  holdfast.Dimension
		most  int
	}{
		{time.Hour, holdfast.Minute, 60}, {24 * time.Hour, holdfast.Hour, 25}, {72 * time.Hour, holdfast.Hour, 73}, {30 * 24 * time.Hour, holdfast.DayBucket, 32},
		{365 * 24 * time.Hour, holdfast.Week, 54}, {20 * 365 * 24 * time.Hour, holdfast.Month, 242},
	} {
		s := ask(holdfast.ScheduledDeal{Deal: holdfast.Deal{ID: "mug", Starts: from, Ends: from.Add(test.lasts)}})
		if s.Bucket != test.want || len(s.OverTime) > test.most || len(s.OverTime) == 0 {
			t.Errorf("%v: %d buckets of a %s", test.lasts, len(s.OverTime), s.Bucket)
		}
	}
}
