package holdfast_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/traffic"
	"holdfast/keep"
	"holdfast/query"

	gocmp "github.com/google/go-cmp/cmp"
)

// A store of very many small sites is as good as one of a few large ones: its
// files are few, its events small, its answers right. Days pass as they do on
// a server: events come in, are sealed, and find their lasting form, salts die,
// a month is over. What it takes is logged; only what does not depend on the
// machine is judged.
func TestManySmallSites(t *testing.T) {
	sites := manySites
	if testing.Short() {
		sites /= 10 // so few events in a file take a little more
	}
	v := newVillage(t, sites)
	begin := time.Now()
	v.live()
	t.Logf("%d sites, %d days: %d events kept in %.1f s: tending took %.1f s, accepting %.1f s, salts %.1f s", sites, manyDays, v.kept(),
		time.Since(begin).Seconds(), v.took["tend"].Seconds(), v.took["accept"].Seconds(), v.took["salts"].Seconds())
	v.must(v.store.Close())
	v.checkSize()
	v.reopen()
	v.checkAnswers()
	v.checkBooks()
}

// The bars. An event takes so many bytes in files, its id included. Of days
// there is one file each until their month is over, and then a few; of parts
// sixteen of like size, and those too large to be merged.
const (
	manyBytes = 40
	manyFiles = 35 + 16 + 4
)

// village is a store of many small sites.
type village struct {
	t     *testing.T
	dir   string
	store *keep.Store
	now   time.Time
	took  map[string]time.Duration

	sites    []traffic.Site
	arrivals *traffic.Arrivals
	traffic  *traffic.Generator
	first    holdfast.Day

	salted map[holdfast.Day]map[holdfast.SiteID]bool
	sent   []plainAccount                       // by site
	sample map[holdfast.SiteID][]holdfast.Event // all events of some sites
	most   int                                  // files at any time
	peak   uint64                               // bytes of the heap, at any time
}

// plainAccount is what a site's books should be.
type plainAccount struct{ received, repeated, counted int64 }

func newVillage(t *testing.T, sites int) *village {
	t.Helper()
	// July ends, and is merged, before the time does.
	last := holdfast.DayOf(2026, 8, 6)
	v := &village{
		t: t, dir: filepath.Join(t.TempDir(), "store"), first: last - manyDays + 1, took: make(map[string]time.Duration),
		salted: make(map[holdfast.Day]map[holdfast.SiteID]bool), sent: make([]plainAccount, sites+1),
		sample: make(map[holdfast.SiteID][]holdfast.Event),
	}
	v.now = (v.first - 1).Midnight(time.UTC).Time()
	_, err := keep.Init(v.dir, v.clock)
	v.must(err)
	v.open()
	begin := time.Now()
	zones := []string{"America/Chicago", "Europe/Berlin", "UTC", "Asia/Kolkata"}
	for i := range sites {
		site, err := v.store.AddSite(t.Context(), fmt.Sprintf("s%d.example.com", i), zones[i%len(zones)], false)
		v.must(err)
		v.sites = append(v.sites, traffic.Site{Site: site, PerDay: manyPerDay})
		if i%(sites/20) == 7 {
			v.sample[site.ID] = []holdfast.Event{}
		}
	}
	t.Logf("added %d sites in %.1f s", sites, time.Since(begin).Seconds())
	config := traffic.Typical(1, v.first, manyDays, v.sites...)
	config.Paths, config.Referrers = 100, 1000
	v.traffic, err = traffic.New(config)
	v.must(err)
	v.arrivals = traffic.NewArrivals(v.traffic)
	return v
}

func (v *village) clock() time.Time { return v.now }

func (v *village) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v *village) open() {
	v.t.Helper()
	store, err := keep.Open(v.dir, keep.Options{Now: v.clock, ByHand: true})
	v.must(err)
	v.store = store
	v.t.Cleanup(func() { store.Close() })
}

// live lets the days pass.
func (v *village) live() {
	v.t.Helper()
	var h traffic.Hit
	more := v.arrivals.Next(&h)
	for more {
		v.now = v.now.Add(manySitesStep)
		batch := make([]holdfast.Event, 0, 1000)
		for more && h.Arrival < holdfast.MillisOf(v.now) {
			batch = append(batch, v.event(&h))
			if more = v.arrivals.Next(&h); len(batch) == cap(batch) {
				v.accept(batch)
				batch = batch[:0]
			}
		}
		v.accept(batch)
		v.tend()
	}
}

// event is the hit as it reaches the store, entered in the plain books. The
// generator gives all sites the same pages: these are the site's own.
func (v *village) event(h *traffic.Hit) holdfast.Event {
	e := v.traffic.Event(h)
	if strings.Count(e.Path, "/") > 1 {
		e.Path = fmt.Sprintf("%s-%d", e.Path, e.Site)
		e.Title = fmt.Sprintf("%s | Shop %d", e.Title, e.Site)
	}
	account := &v.sent[e.Site]
	account.received++
	switch {
	case h.Repeat:
		account.repeated++
	case e.Flag == holdfast.Counted:
		account.counted++
	}
	if list, ok := v.sample[e.Site]; ok && !h.Repeat {
		v.sample[e.Site] = append(list, e)
	}
	return e
}

func (v *village) accept(batch []holdfast.Event) {
	v.t.Helper()
	v.salt(batch)
	defer v.time("accept", time.Now())
	_, err := v.store.Accept(v.t.Context(), batch)
	v.must(err)
}

func (v *village) time(what string, since time.Time) { v.took[what] += time.Since(since) }

// salt asks for the salts of the events' days, as many doors do at once.
func (v *village) salt(batch []holdfast.Event) {
	v.t.Helper()
	defer v.time("salts", time.Now())
	var doors sync.WaitGroup
	for i := range batch {
		site, day := batch[i].Site, batch[i].Day
		if v.salted[day] == nil {
			v.salted[day] = make(map[holdfast.SiteID]bool)
			delete(v.salted, day-5)
		}
		if v.salted[day][site] {
			continue
		}
		v.salted[day][site] = true
		doors.Go(func() {
			_, ends := v.sites[site-1].Bounds(day)
			if _, alive, err := v.store.Salt(site, day, ends); err != nil || !alive {
				v.t.Errorf("the salt of site %d, %s: alive is %v, error %v", site, day, alive, err)
			}
		})
	}
	doors.Wait()
}

// tend does what a running store does by itself.
func (v *village) tend() {
	v.t.Helper()
	defer v.time("tend", time.Now())
	v.must(v.store.Beat(v.t.Context()))
	v.must(v.store.Tend(v.t.Context()))
	v.most = max(v.most, len(v.store.Files()))
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	v.peak = max(v.peak, m.HeapInuse)
}

func (v *village) kept() (n int64) {
	for _, a := range v.sent {
		n += a.received - a.repeated
	}
	return n
}

// checkSize checks what the closed store takes on disk.
func (v *village) checkSize() {
	v.t.Helper()
	size, files := make(map[string]int64), make(map[string]int)
	v.must(filepath.WalkDir(v.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		kind, _, _ := strings.Cut(strings.TrimPrefix(path, v.dir+"/"), "/")
		if kind == "files" {
			kind = filepath.Ext(path)
		}
		size[kind] += info.Size()
		files[kind]++
		return err
	}))
	total := int64(0)
	for kind, bytes := range size {
		total += bytes
		v.t.Logf("%-12s %4d files %12d bytes %8.2f an event", kind, files[kind], bytes, float64(bytes)/float64(v.kept()))
	}
	sealed := float64(size[".parquet"]+size[".ids"]) / float64(v.kept())
	v.t.Logf("%.1f bytes an event in files, %.1f in the store; at most %d files at once, %d MB of heap", sealed, float64(total)/float64(v.kept()), v.most, v.peak>>20)
	if sealed > manyBytes && !testing.Short() {
		v.t.Errorf("an event takes %.1f bytes in files, more than %d", sealed, manyBytes)
	}
	if v.most > manyFiles {
		v.t.Errorf("there were %d files, more than %d", v.most, manyFiles)
	}
}

// reopen opens the store and says what that takes.
func (v *village) reopen() {
	v.t.Helper()
	v.arrivals, v.traffic, v.salted = nil, nil, nil
	before := heap()
	begin := time.Now()
	v.open()
	took := time.Since(begin)
	v.t.Logf("opened in %d ms, with %d files open and %d MB of heap", took.Milliseconds(), openFiles(), (heap()-before)>>20)
	v.must(v.store.Tend(v.t.Context()))
	v.t.Logf("tended: %d files open, %d MB of heap", openFiles(), (heap()-before)>>20)
	v.must(v.store.Close())
	v.open()
}

// heap returns the bytes of the heap that are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// openFiles returns how many files the process has open, if that is known.
func openFiles() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}

// checkAnswers compares answers about some sites with plain counts.
func (v *village) checkAnswers() {
	v.t.Helper()
	engine := query.New(storeViews{v.store}, query.Options{})
	var cold, warm []time.Duration
	for id, events := range v.sample {
		site := v.sites[id-1]
		from, _ := site.Bounds(v.first)
		_, to := site.Bounds(v.first + manyDays - 1)
		byDay := v.question(site.Name, from, to, "views,events,visitors,visits", "day")
		byPath := v.question(site.Name, from, to, "views,events", "path")
		begin := time.Now()
		answers, err := engine.Ask(v.t.Context(), byDay)
		v.must(err)
		cold = append(cold, time.Since(begin))
		begin = time.Now()
		more, err := engine.Ask(v.t.Context(), byDay, byPath)
		v.must(err)
		warm = append(warm, time.Since(begin))
		if diff := gocmp.Diff(answers[0].Rows, more[0].Rows); diff != "" {
			v.t.Errorf("%s: asked again, the answer is another: %s", site.Name, diff)
		}
		plain := newPlainSite(site.Site, events)
		for _, row := range answers[0].Rows {
			day := row[0].(string)
			if diff := gocmp.Diff(plain.days[day].row(day), row); diff != "" {
				v.t.Errorf("%s on %s: %s", site.Name, day, diff)
			}
		}
		if len(answers[0].Rows) != manyDays {
			v.t.Errorf("%s has %d days", site.Name, len(answers[0].Rows))
		}
		if len(more[1].Rows) != len(plain.paths) {
			v.t.Errorf("%s has %d pages, not %d", site.Name, len(more[1].Rows), len(plain.paths))
		}
		for _, row := range more[1].Rows {
			path := row[0].(string)
			if diff := gocmp.Diff(plain.paths[path].row(path)[:3], row); diff != "" {
				v.t.Errorf("%s%s: %s", site.Name, path, diff)
			}
		}
	}
	for name, list := range map[string][]time.Duration{"not asked before": cold, "asked again, and by page": warm} {
		slices.Sort(list)
		v.t.Logf("a site's days, %s: median %v, slowest %v", name, list[len(list)/2], list[len(list)-1])
	}
}

func (v *village) question(site string, from, to holdfast.Millis, metrics, by string) holdfast.Question {
	v.t.Helper()
	q := holdfast.Question{Site: site, From: from, To: to, Limit: holdfast.MaxLimit}
	var err error
	q.Metrics, err = query.ParseMetrics(metrics)
	v.must(err)
	q.By, err = query.ParseDimensions(by)
	v.must(err)
	return q
}

// plainSite counts a site's events one by one.
type plainSite struct {
	days, paths map[string]*plainCounts
}

type plainCounts struct {
	views, events, visitors, visits int64
}

func (c *plainCounts) row(key string) []any {
	if c == nil {
		return []any{key, nil, nil, nil, nil} // the clock leaps: nobody was there to see that nobody came
	}
	return []any{key, c.views, c.events, c.visitors, c.visits}
}

func newPlainSite(site *holdfast.Site, events []holdfast.Event) *plainSite {
	p := &plainSite{days: make(map[string]*plainCounts), paths: make(map[string]*plainCounts)}
	slices.SortFunc(events, func(a, b holdfast.Event) int { return cmp.Compare(a.Time, b.Time) })
	type visitor struct {
		day holdfast.Day
		id  holdfast.VisitorID
	}
	last := make(map[visitor]holdfast.Millis)
	for _, e := range events {
		if e.Flag != holdfast.Counted {
			continue
		}
		day := plainOf(p.days, e.Day.String())
		for _, c := range []*plainCounts{day, plainOf(p.paths, e.Path)} {
			c.events++
			if e.Name == holdfast.Pageview {
				c.views++
			}
		}
		who := visitor{e.Day, e.Visitor}
		before, seen := last[who]
		if !seen {
			day.visitors++
		}
		if !seen || e.Time-before >= 30*60*1000 {
			day.visits++
		}
		last[who] = e.Time
	}
	return p
}

func plainOf(m map[string]*plainCounts, key string) *plainCounts {
	if m[key] == nil {
		m[key] = &plainCounts{}
	}
	return m[key]
}

// checkBooks checks all of the store, and every site's books.
func (v *village) checkBooks() {
	v.t.Helper()
	begin := time.Now()
	report, err := v.store.Verify(context.Background())
	v.must(err)
	if len(report.Problems) > 0 {
		v.t.Errorf("verify finds %q", report.Problems)
	}
	v.t.Logf("verified in %.1f s", time.Since(begin).Seconds())
	begin = time.Now()
	accounts, err := v.store.Audit(context.Background())
	v.must(err)
	v.t.Logf("audited in %.1f s", time.Since(begin).Seconds())
	for _, site := range v.sites {
		got, want := accounts[site.Name], v.sent[site.ID]
		if got.Received != want.received || got.Duplicate != want.repeated || got.Counted != want.counted || got.Difference() != 0 {
			v.t.Errorf("the books of %s are %+v, not %+v", site.Name, got, want)
		}
	}
}
