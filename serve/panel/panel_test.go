package panel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/query"
	"holdfast/query/querytest"
	"holdfast/serve/fault"
	"holdfast/serve/panel"
)

// world is a store with a public and a private site, and notes what it is asked.
type world struct {
	store  querytest.Store
	engine *query.Engine
	hold   chan struct{}    // if set, every Ask waits for it
	more   []holdfast.Event // beside its own

	mu    sync.Mutex // guards asked
	asked []holdfast.Question
}

func (w *world) Site(name string) (*holdfast.Site, bool) {
	for _, s := range w.store.Sites {
		if s.Name == name {
			return s, true
		}
	}
	return nil, false
}

func (w *world) Ask(ctx context.Context, questions ...holdfast.Question) ([]holdfast.Answer, error) {
	w.mu.Lock()
	w.asked = append(w.asked, questions...)
	w.mu.Unlock()
	if w.hold != nil {
		select {
		case <-w.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return w.engine.Ask(ctx, questions...)
}

func (w *world) now() time.Time { return w.store.Now.Time() }

func at(t *testing.T, text string) holdfast.Millis {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return holdfast.MillisOf(when)
}

// newWorld has, on 2026-07-31 in Berlin until 14:02:07, a view an hour by each
// of five visitors who came from Google at 8, one who came from a site that
// nobody else did, and a hole from 10:00 to 12:00.
func newWorld(t *testing.T, change ...func(*world)) *world {
	t.Helper()
	w := &world{}
	w.store.Now = at(t, "2026-07-31T14:02:07+02:00")
	for i, name := range []string{"shop.example", "private.example"} {
		site, err := holdfast.NewSite(holdfast.SiteID(i+1), name, "Europe/Berlin", at(t, "2026-07-04T00:00:00+02:00"))
		if err != nil {
			t.Fatal(err)
		}
		site.Public = i == 0
		w.store.Sites = append(w.store.Sites, site)
	}
	w.store.Gaps = []holdfast.Interval{{From: at(t, "2026-07-31T10:00:00+02:00"), To: at(t, "2026-07-31T12:00:00+02:00"), State: holdfast.Down}}
	site := w.store.Sites[0]
	var events []holdfast.Event
	view := func(visitor int, when holdfast.Millis, path, source string) {
		e := holdfast.Event{Site: 1, Day: site.Day(when), Time: when, Received: when, Name: holdfast.Pageview, Host: site.Name, Path: path,
			Source: source, Visitor: holdfast.HashedVisitor(uint64(visitor)), Scroll: holdfast.NoScroll, Country: "DE", Device: "phone", Door: holdfast.DoorBeacon}
		events = append(events, e)
	}
	for v := range 5 {
		for h := range 2 {
			view(v, at(t, fmt.Sprintf("2026-07-31T%02d:0%d:00+02:00", 8+h, v)), "/sale", "Google")
		}
	}
	view(7, at(t, "2026-07-31T13:30:00+02:00"), "/secret-of-one", "only.one.example")
	view(8, at(t, "2026-07-31T13:31:00+02:00"), "/", "")
	for _, c := range change {
		c(w)
	}
	w.store.Days = querytest.One(append(events, w.more...))
	w.engine = query.New(&w.store, query.Options{})
	return w
}

func (w *world) panels(change ...func(*panel.Options)) *panel.Panels {
	o := panel.Options{Sites: w, Asker: w, Now: w.now}
	for _, c := range change {
		c(&o)
	}
	return panel.New(o)
}

func page(t *testing.T, p *panel.Panels, of panel.Range) *panel.Page {
	t.Helper()
	got, err := p.Page(t.Context(), "shop.example", of)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Whoever wants a name on somebody's page sends events with it, from one place
// with many browsers, or on many days.
func TestOnePersonPutsNoNameOnAPage(t *testing.T) {
	views := func(source string, days, browsers int, network func(day, browser int) uint64) (all []holdfast.Event) {
		for d := range days {
			when := at(t, "2026-07-31T09:00:00+02:00") - holdfast.Millis(d)*24*3600e3
			for b := range browsers {
				all = append(all, holdfast.Event{Site: 1, Day: holdfast.DayOf(2026, 7, 31) - holdfast.Day(d), Time: when, Name: holdfast.Pageview,
					Path: "/" + source, Source: source, Visitor: holdfast.HashedVisitor(uint64(100+b) << 8).In(network(d, b)), Scroll: holdfast.NoScroll})
			}
		}
		return all
	}
	for _, c := range []struct {
		name  string
		more  []holdfast.Event
		shown bool
	}{
		{"one place with many browsers", views("x", 1, 50, func(_, _ int) uint64 { return 3 }), false},
		{"one place on many days", views("x", 7, 50, func(day, _ int) uint64 { return uint64(day) }), false},
		{"another network every day", views("x", 7, 1, func(day, _ int) uint64 { return uint64(day) }), false},
		{"two visitors of two networks", views("x", 7, 2, func(_, browser int) uint64 { return uint64(browser) }), false},
		{"three visitors of two networks, on one day", views("x", 1, 3, func(_, browser int) uint64 { return uint64(browser % 2) }), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := page(t, newWorld(t, func(w *world) { w.more = c.more }).panels(), panel.Days7)
			if slices.Contains(got.Names, "x") != c.shown {
				t.Errorf("the graph names %q", got.Names)
			}
			for list, name := range map[*panel.List]string{&got.Sources: "x", &got.Pages: "/x"} {
				if slices.ContainsFunc(list.Rows, func(r panel.Row) bool { return r.Name == name }) != c.shown {
					t.Errorf("listed are %v", list.Rows)
				}
			}
		})
	}
}

func TestPage(t *testing.T) {
	got := page(t, newWorld(t).panels(), panel.Today)
	if *got.Figures.Views != 12 || *got.Figures.Visitors != 7 || got.Since != at(t, "2026-07-04T00:00:00+02:00") {
		t.Errorf("figures %+v, since %s", got.Figures, got.Since)
	}
	if diff := cmp.Diff([]string{"Google"}, got.Names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if len(got.Buckets) != 24 {
		t.Fatalf("%d buckets", len(got.Buckets))
	}
	for hour, b := range got.Buckets {
		if known := hour < 10 || hour >= 12 && hour <= 14; b.Known != known {
			t.Errorf("%d:00 known: %v", hour, b.Known)
		}
		if b.SoFar != (hour == 14) {
			t.Errorf("%d:00 so far: %v", hour, b.SoFar)
		}
		sum := b.Direct + b.Other
		for _, n := range b.Sources {
			sum += n
		}
		if sum != b.Visits {
			t.Errorf("%d:00: %d of %d visits are told apart", hour, sum, b.Visits)
		}
	}
	if b := got.Buckets[13]; b.Direct != 1 || b.Other != 1 || b.Views != 2 {
		t.Errorf("13:00: %+v", b)
	}
}

func TestNamesOfFewAreNotShown(t *testing.T) {
	got := page(t, newWorld(t).panels(), panel.Today)
	if diff := cmp.Diff(panel.List{Rows: []panel.Row{{Name: "/sale", N: 10}, {Name: "/", N: 1}}, Other: 1, Total: 12}, got.Pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	if text := fmt.Sprintf("%+v", got); strings.Contains(text, "secret") || strings.Contains(text, "only.one") {
		t.Errorf("a name of one visitor is in the page")
	}
}

func TestOnlyPublicSitesHavePages(t *testing.T) {
	w := newWorld(t)
	p := w.panels()
	_, private := p.Page(t.Context(), "private.example", panel.Today)
	_, unknown := p.Page(t.Context(), "unknown.example", panel.Today)
	if !errors.Is(private, holdfast.ErrNoSite) || private.Error() != unknown.Error() {
		t.Errorf("private: %v, unknown: %v", private, unknown)
	}
	if len(w.asked) != 0 {
		t.Error("the store was asked about them")
	}
	page(t, p, panel.Today)
	w.store.Sites[0].Public = false
	if _, err := p.Page(t.Context(), "shop.example", panel.Today); !errors.Is(err, holdfast.ErrNoSite) {
		t.Errorf("once it is private what is remembered is given: %v", err)
	}
}

// Nothing but the site, one of four ranges and the clock is in a question.
func TestWhatIsAskedIsFixed(t *testing.T) {
	var plain, hostile []holdfast.Question
	for into, text := range map[*[]holdfast.Question]string{&plain: "today", &hostile: "2000d&where=flag!=''&by=user_agent"} {
		w := newWorld(t)
		page(t, w.panels(), panel.RangeOf(text))
		*into = w.asked
	}
	if diff := cmp.Diff(plain, hostile); diff != "" {
		t.Errorf("a hostile range changes what is asked (-plain +hostile):\n%s", diff)
	}
	columns := map[holdfast.Dimension]bool{"source": true, "path": true, "country": true, "device": true, holdfast.Hour: true, holdfast.DayBucket: true, holdfast.Week: true}
	for _, r := range panel.Ranges {
		w := newWorld(t)
		page(t, w.panels(), r)
		for _, q := range w.asked {
			if q.From.Time().Minute() != 0 || q.To.Time().Minute() != 0 || q.Kind != "" {
				t.Errorf("%s: %s to %s, kind %q", r, q.From, q.To, q.Kind)
			}
			for _, by := range q.By {
				if !columns[by] {
					t.Errorf("%s: by %s", r, by)
				}
			}
		}
	}
}

func TestManyAskOnce(t *testing.T) {
	w := newWorld(t)
	p := w.panels()
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if _, err := p.Page(t.Context(), "shop.example", panel.Today); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	asked := len(w.asked)
	w.store.Now = w.store.Now.Add(2 * time.Second)
	page(t, p, panel.Today)
	if len(w.asked) != 2*asked {
		t.Errorf("50 at once and one later: asked %d and then %d questions", asked, len(w.asked)-asked)
	}
}

func TestTooManyAreSentAway(t *testing.T) {
	w := newWorld(t)
	w.hold = make(chan struct{})
	p := w.panels(func(o *panel.Options) { o.Slots, o.Wait = 1, 20*time.Millisecond })
	done := make(chan error)
	go func() { _, err := p.Page(t.Context(), "shop.example", panel.Today); done <- err }()
	for w.askedOnce() == 0 {
		time.Sleep(time.Millisecond)
	}
	for _, r := range []panel.Range{panel.Today, panel.Days7} {
		_, err := p.Page(t.Context(), "shop.example", r)
		var f *fault.Fault
		if !errors.As(err, &f) || f.Status != 503 || f.Retry == 0 {
			t.Errorf("%s: %v", r, err)
		}
	}
	close(w.hold)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func (w *world) askedOnce() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.asked)
}

func TestTheCallerMayLeave(t *testing.T) {
	w := newWorld(t)
	w.hold = make(chan struct{})
	p := w.panels()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := p.Page(ctx, "shop.example", panel.Today); done <- err }()
	for w.askedOnce() == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	close(w.hold)
	if err := <-done; err != nil {
		t.Errorf("what others wait for was not asked to the end: %v", err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	w := newWorld(t)
	p := w.panels(func(o *panel.Options) { o.Pages = 2 })
	for _, r := range panel.Ranges {
		page(t, p, r)
	}
	n := len(w.asked)
	page(t, p, panel.Months)
	if len(w.asked) != n {
		t.Error("the last page was forgotten first")
	}
	page(t, p, panel.Today)
	if len(w.asked) == n {
		t.Error("four pages are remembered, and two may be")
	}
}

func TestRangesAgainstTheSameHours(t *testing.T) {
	cases := []struct {
		name                           string
		of                             panel.Range
		now                            string
		from, to, hour, earlier, until string
		buckets                        int
	}{
		{"today is compared with a week ago", panel.Today, "2026-07-31T14:02:07+02:00",
			"2026-07-31T00:00", "2026-08-01T00:00", "2026-07-31T14:00", "2026-07-24T00:00", "2026-07-24T14:00", 24},
		{"a day of 25 hours is compared by the clock", panel.Today, "2026-10-25T12:30:00+01:00",
			"2026-10-25T00:00", "2026-10-26T00:00", "2026-10-25T12:00", "2026-10-18T00:00", "2026-10-18T12:00", 25},
		{"seven days", panel.Days7, "2026-07-31T14:02:07+02:00",
			"2026-07-25T00:00", "2026-08-01T00:00", "2026-07-31T14:00", "2026-07-18T00:00", "2026-07-24T14:00", 168},
		{"thirty days are compared with the same weekdays", panel.Days30, "2026-07-31T14:02:07+02:00",
			"2026-07-02T00:00", "2026-08-01T00:00", "2026-07-31T14:00", "2026-05-28T00:00", "2026-06-26T14:00", 30},
		{"a year is 52 weeks", panel.Months, "2026-07-31T14:02:07+02:00",
			"2025-08-04T00:00", "2026-08-01T00:00", "2026-07-31T14:00", "2024-08-05T00:00", "2025-08-01T14:00", 52},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(w *world) { w.store.Now = at(t, c.now) })
			got := page(t, w.panels(), c.of)
			clock := func(m holdfast.Millis) string { return m.Time().In(got.Location).Format("2006-01-02T15:04") }
			want := []string{c.from, c.to, c.hour, c.earlier, c.until}
			if diff := cmp.Diff(want, []string{clock(got.From), clock(got.To), clock(got.Hour), clock(got.EarlierFrom), clock(got.EarlierTo)}); diff != "" {
				t.Errorf("from, to, hour, earlier, until (-want +got):\n%s", diff)
			}
			if len(got.Buckets) != c.buckets {
				t.Errorf("%d buckets", len(got.Buckets))
			}
			end := got.From
			for _, b := range got.Buckets {
				if b.From != end {
					t.Errorf("a bucket begins at %s, after one that ends at %s", b.From, end)
				}
				end = b.To
			}
			if end != got.To {
				t.Errorf("the last ends at %s", end)
			}
		})
	}
}
