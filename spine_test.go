package holdfast_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/fsx/faultfs"
	"holdfast/internal/traffic"
	"holdfast/keep"
	"holdfast/query"

	"github.com/google/go-cmp/cmp"
)

var (
	spineSeed  = flag.Uint64("spine.seed", 0, "run only the case of TestAnyOrderAnyCrash with this seed")
	spineCases = flag.Int("spine.cases", 0, "how many cases of TestAnyOrderAnyCrash of each size to run; 0: what is quick, and with the tag soak many")
)

// The property that everything else rests on: the answers depend on the set of
// events, and on nothing else. Whatever order they come in, however often those
// with ids are repeated, however they are split into batches, parts and
// compactions, and wherever the power fails between and meanwhile, the same
// questions have the same answers, to the byte; the store verifies clean, and
// its books balance.
func TestAnyOrderAnyCrash(t *testing.T) {
	w := newWorld(t)
	want := w.reference(t)
	large, small := spineLarge, spineSmall
	if testing.Short() {
		large, small = 2, 20
	}
	if *spineCases > 0 {
		large, small = *spineCases, *spineCases
	}
	run := func(name string, cases int, events []holdfast.Event, want []string) {
		for i := range cases {
			seed := uint64(i + 1)
			if *spineSeed != 0 && seed != *spineSeed {
				continue
			}
			t.Run(fmt.Sprintf("%s/seed=%d", name, seed), func(t *testing.T) {
				t.Parallel()
				w.run(t, seed, events, want)
			})
		}
	}
	few := w.events[:600]
	run("10000 events", large, w.events, want)
	run("600 events", small, few, w.answersOf(t, few))
}

// world is a set of events, and the questions about them.
type world struct {
	sites     []*holdfast.Site
	events    []holdfast.Event
	questions []holdfast.Question
	begin     time.Time // after the last event
}

func newWorld(t *testing.T) *world {
	t.Helper()
	// Three sites, one with a day of 25 hours, over five days.
	first := holdfast.DayOf(2026, 10, 23)
	w := &world{begin: time.Date(2026, 10, 28, 18, 0, 0, 0, time.UTC)}
	for i, zone := range []string{"Europe/Berlin", "America/New_York", "Asia/Kathmandu"} {
		site, err := holdfast.NewSite(holdfast.SiteID(i+1), fmt.Sprintf("shop%d.example", i+1), zone, 0)
		if err != nil {
			t.Fatal(err)
		}
		w.sites = append(w.sites, site)
	}
	config := traffic.Typical(1, first, 5,
		traffic.Site{Site: w.sites[0], PerDay: 1500}, traffic.Site{Site: w.sites[1], PerDay: 450}, traffic.Site{Site: w.sites[2], PerDay: 100})
	config.IDs, config.Visitors, config.Paths, config.Referrers = 0.8, 0.2, 60, 80
	g, err := traffic.New(config)
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[holdfast.EventID]bool)
	for h := range g.Hits() {
		e := g.Event(h)
		if e.ID != 0 && known[e.ID] {
			continue // the cases make repetitions of their own
		}
		known[e.ID] = true
		if i := len(w.events); i%7 == 0 && i > 0 {
			// Logs have whole seconds, so that many events share a moment.
			e.Time = e.Time / 1000 * 1000
			e.Day = w.sites[e.Site-1].Day(e.Time)
		}
		if e.Visitor.Declared() && len(w.events)%3 == 0 {
			e.Visit = holdfast.VisitID(uint64(e.Visitor)%1000 + 1)
		}
		if w.events = append(w.events, e); len(w.events) == 10_000 {
			break
		}
	}
	// The few must be like the many: take them from everywhere.
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(w.events), func(i, j int) { w.events[i], w.events[j] = w.events[j], w.events[i] })
	w.questions = spineQuestions(t, w.sites, first)
	return w
}

func spineQuestions(t *testing.T, sites []*holdfast.Site, first holdfast.Day) (list []holdfast.Question) {
	t.Helper()
	everything := "views,events,visitors,declared_visitors,peak_visitors,peak_networks,visits,bounce_rate,visit_duration,views_per_visit,entries,exits," +
		"count(prop.plan),sum(value),mean(engaged),min(scroll),max(value),distinct(path)"
	for _, site := range sites {
		from, _ := site.Bounds(first)
		to, _ := site.Bounds(first + 5)
		for _, q := range []struct{ metrics, by, where, order, zone string }{
			{metrics: everything},
			{metrics: everything, by: "day"},
			{metrics: everything, by: "hour"},
			{metrics: "views,visitors", by: "hour", zone: "Asia/Tokyo"},
			{metrics: "visitors,visits,bounce_rate,peak_visitors,peak_networks", by: "source"},
			{metrics: "views,visits,entries,exits", by: "path", order: "-views,path"},
			{metrics: "visits,views", by: "entry.source,entry.path"},
			{metrics: "visits", by: "exit.path", where: "entry.source = 'Google' and not path contains 'deals'"},
			{metrics: "events,visitors,visits", by: "flag"},
			{metrics: "visitors(name = 'purchase'),sum(value where currency = 'EUR')", by: "country,device"},
			{metrics: "visitors,visit_duration", where: "path matches '^/deals' or utm_campaign exists"},
		} {
			question := holdfast.Question{Site: site.Name, From: from, To: to, Zone: q.zone, Limit: 50, Other: q.by != "" && q.by != "day" && q.by != "hour"}
			var err error
			if question.Metrics, err = query.ParseMetrics(q.metrics); err != nil {
				t.Fatal(err)
			}
			if question.By, err = query.ParseDimensions(q.by); err != nil {
				t.Fatal(err)
			}
			if q.where != "" {
				if question.Where, err = query.ParseFilter(q.where); err != nil {
					t.Fatal(err)
				}
			}
			if q.order != "" {
				if question.Order, err = query.ParseOrders(q.order); err != nil {
					t.Fatal(err)
				}
			}
			list = append(list, question)
		}
		list = append(list,
			holdfast.Question{Site: site.Name, From: from + 3600_000*7, To: to - 3600_000*29, Kind: holdfast.Rows, By: []holdfast.Dimension{"time", "name", "path", "country", "prop.plan"}, Limit: 300},
			holdfast.Question{Site: site.Name, From: from, To: to, Kind: holdfast.Values, By: []holdfast.Dimension{"browser"}})
	}
	return list
}

// reference returns the answers of a store that got everything at once, in
// order, and did nothing else.
func (w *world) reference(t *testing.T) []string { return w.answersOf(t, w.events) }

func (w *world) answersOf(t *testing.T, events []holdfast.Event) []string {
	t.Helper()
	c := w.newCase(t, 0)
	inOrder := slices.Clone(events)
	slices.SortStableFunc(inOrder, func(a, b holdfast.Event) int { return int(a.Time - b.Time) })
	c.accept(inOrder)
	answers := c.answers()
	c.check(int64(len(events)))
	return answers
}

// spineCase is a store in the course of a case.
type spineCase struct {
	*world
	t     *testing.T
	r     *rand.Rand
	fs    *faultfs.FS
	store *keep.Store
	now   time.Time
	cuts  int
}

func (w *world) newCase(t *testing.T, seed uint64) *spineCase {
	t.Helper()
	c := &spineCase{world: w, t: t, r: rand.New(rand.NewPCG(seed, 7)), fs: faultfs.New(), now: w.begin}
	// All stores of the test have the same keys.
	if _, err := keep.InitFS(c.fs, c.clock, rand.NewChaCha8([32]byte{1})); err != nil {
		t.Fatal(err)
	}
	c.open()
	for _, s := range w.sites {
		if _, err := c.store.AddSite(t.Context(), s.Name, s.Zones[0].Zone, false); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { c.store.Close() })
	return c
}

func (c *spineCase) clock() time.Time { return c.now }

func (c *spineCase) open() {
	c.t.Helper()
	var random io.Reader = rand.NewChaCha8([32]byte{byte(c.r.Uint32())})
	store, err := keep.OpenFS(c.fs, keep.Options{
		Now: c.clock, Random: random, ByHand: true, LogBytes: 256 << 10, DayRows: 700, SealRows: 2000,
	})
	if err != nil {
		c.t.Fatalf("open after %d power cuts: %v", c.cuts, err)
	}
	c.store = store
}

// cut turns the power off, if it is not off yet, and on again.
func (c *spineCase) cut() {
	c.t.Helper()
	c.fs.Inject(func(faultfs.Op) error { return faultfs.ErrPowerOff })
	c.store.Close()
	c.fs = c.fs.Crash(c.r)
	c.cuts++
	c.open()
}

// accept gives events to the store, which must take them.
func (c *spineCase) accept(events []holdfast.Event) {
	c.t.Helper()
	if _, err := c.store.Accept(context.Background(), slices.Clone(events)); err != nil {
		c.t.Fatalf("accept: %v", err)
	}
}

// run brings the events into a store, in the way that the seed says.
func (w *world) run(t *testing.T, seed uint64, events []holdfast.Event, want []string) {
	c := w.newCase(t, seed)
	c.saltDays()
	sends := c.sends(events)
	largest := []int{1, 20, 200, 2000}[c.r.IntN(4)] * (1 + len(events)/2000)
	for len(sends) > 0 {
		n := min(len(sends), 1+c.r.IntN(largest))
		c.send(sends[:n])
		sends = sends[n:]
		c.something()
	}
	c.compare(want)
	c.check(int64(len(events)))
	// Everything into its last form.
	for range 3 {
		c.now = c.now.Add(time.Duration(20+c.r.IntN(30)) * time.Hour)
		c.must(c.store.SealNow(t.Context()))
		c.must(c.store.Tend(t.Context()))
	}
	c.compare(want)
	c.cut()
	c.compare(want)
	c.check(int64(len(events)))
}

// sends returns the events in any order, some of those with ids several times.
func (c *spineCase) sends(events []holdfast.Event) []holdfast.Event {
	sends := slices.Clone(events)
	repeats := c.r.Float64() / 2
	for _, e := range events {
		for e.ID != 0 && c.r.Float64() < repeats {
			e.Received += holdfast.Millis(c.r.IntN(100_000))
			sends = append(sends, e)
		}
	}
	switch c.r.IntN(3) {
	case 0: // any order
		c.r.Shuffle(len(sends), func(i, j int) { sends[i], sends[j] = sends[j], sends[i] })
	case 1: // nearly in order, as in life
		slices.SortStableFunc(sends, func(a, b holdfast.Event) int { return int(a.Time - b.Time) })
		for range len(sends) / 20 {
			i, j := c.r.IntN(len(sends)), c.r.IntN(len(sends))
			sends[i], sends[j] = sends[j], sends[i]
		}
	case 2: // backwards
		slices.SortStableFunc(sends, func(a, b holdfast.Event) int { return int(b.Time - a.Time) })
	}
	return sends
}

// send gives a batch to the store. Sometimes the power fails meanwhile; then
// the client does not know what became of it, and sends it again. Events
// without ids would be counted twice by that, which nobody promised to avoid:
// they are sent when nothing fails.
func (c *spineCase) send(batch []holdfast.Event) {
	c.t.Helper()
	if c.r.IntN(6) > 0 {
		c.accept(batch)
		return
	}
	var withID, without []holdfast.Event
	for _, e := range batch {
		if e.ID != 0 {
			withID = append(withID, e)
		} else {
			without = append(without, e)
		}
	}
	c.fs.Inject(faultfs.PowerOffAt(c.fs.Ops() + 1 + c.r.IntN(12)))
	if len(withID) > 0 {
		_, err := c.store.Accept(context.Background(), slices.Clone(withID))
		c.excuse(err)
	}
	c.cut()
	if len(withID) > 0 {
		c.accept(withID)
	}
	if len(without) > 0 {
		c.accept(without)
	}
}

// something happens in the life of a store, or nothing.
func (c *spineCase) something() {
	c.t.Helper()
	ctx := c.t.Context()
	switch c.r.IntN(12) {
	case 0:
		c.must(c.store.SealNow(ctx))
	case 1:
		c.pass(time.Duration(c.r.IntN(300)) * time.Minute)
		c.must(c.store.Tend(ctx))
	case 2: // a stop and a start
		c.must(c.store.Close())
		c.open()
	case 3: // a power cut
		c.cut()
	case 4: // a power cut while something is done
		c.fs.Inject(faultfs.PowerOffAt(c.fs.Ops() + 1 + c.r.IntN(80)))
		c.pass(time.Duration(c.r.IntN(1000)) * time.Minute)
		c.excuse(c.store.SealNow(ctx))
		c.excuse(c.store.Tend(ctx))
		c.cut()
	case 5:
		c.must(c.store.Beat(ctx))
	}
}

// saltDays makes the salts of all days: events with a visitor's hash come only
// while they live.
func (c *spineCase) saltDays() {
	c.t.Helper()
	for _, e := range c.events {
		_, ends := c.sites[e.Site-1].Bounds(e.Day)
		_, _, err := c.store.Salt(e.Site, e.Day, ends)
		c.must(err)
	}
}

// pass lets time go by, but not so much that salts die.
func (c *spineCase) pass(d time.Duration) {
	if c.now.Add(d).Sub(c.begin) < 44*time.Hour {
		c.now = c.now.Add(d)
	}
}

func (c *spineCase) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// excuse lets errors pass that come of the power being off.
func (c *spineCase) excuse(err error) {
	c.t.Helper()
	if err != nil && !errors.Is(err, faultfs.ErrPowerOff) && !errors.Is(err, holdfast.ErrUnavailable) {
		c.t.Fatalf("while the power went off: %v", err)
	}
}

func (c *spineCase) answers() []string {
	c.t.Helper()
	engine := query.New(storeViews{c.store}, query.Options{})
	answers, err := engine.Ask(c.t.Context(), c.questions...)
	c.must(err)
	texts := make([]string, len(answers))
	for i, a := range answers {
		b, err := json.Marshal(map[string]any{"columns": a.Columns, "rows": a.Rows, "other": a.OtherRow, "truncated": a.Truncated})
		c.must(err)
		texts[i] = string(b)
	}
	return texts
}

func (c *spineCase) compare(want []string) {
	c.t.Helper()
	for i, got := range c.answers() {
		if got != want[i] {
			c.t.Fatalf("after %d power cuts, question %+v is answered otherwise: %s", c.cuts, c.questions[i], cmp.Diff(want[i], got))
		}
	}
}

func (c *spineCase) check(kept int64) {
	c.t.Helper()
	report, err := c.store.Verify(context.Background())
	c.must(err)
	if len(report.Problems) > 0 {
		c.t.Fatalf("verify finds %q", report.Problems)
	}
	accounts, err := c.store.Audit(context.Background())
	c.must(err)
	var rows int64
	for name, a := range accounts {
		if d := a.Difference(); d != 0 {
			c.t.Errorf("the books of %s are off by %d: %+v", name, d, a)
		}
		rows += a.Counted
		for _, n := range a.Flagged {
			rows += n
		}
	}
	if rows != kept {
		c.t.Errorf("the store has %d events of %d", rows, kept)
	}
}

// storeViews is a store as the query engine wants it.
type storeViews struct{ *keep.Store }

func (s storeViews) View() (query.View, error) { return s.Store.View(), nil }
