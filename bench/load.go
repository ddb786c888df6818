package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/internal/traffic"
	"holdfast/keep"
)

// The traffic that is loaded. It lies in the past, so that a server that opens
// the store finds everything settled.
const (
	siteName  = "shop.example"
	siteZone  = "Europe/Berlin"
	seed      = 1
	firstDate = "2026-01-01"
)

// loaded is what is known of a loaded store.
type loaded struct {
	Events int           // as asked for
	Days   int           //
	Rows   int64         // in the store
	Took   time.Duration //
	Key    string        // the owner's
	Site   string
	From   holdfast.Millis // of the days
	To     holdfast.Millis
	Now    holdfast.Millis // when everything is settled
	Deal   deal
	Files  []string // sealed, with their paths
}

// deal is one deal's page, and its window.
type deal struct {
	Path     string
	From, To holdfast.Millis
}

func (s *settings) store() string      { return filepath.Join(s.dir, "holdfast") }
func (s *settings) loadedFile() string { return filepath.Join(s.dir, "holdfast.json") }

// load fills all three.
func load(ctx context.Context, s *settings, _ *report) error {
	if _, err := s.loaded(); errors.Is(err, fs.ErrNotExist) {
		if err := loadHoldfast(ctx, s); err != nil {
			return fmt.Errorf("holdfast: %w", err)
		}
	} else if err != nil {
		return err
	} else {
		say("holdfast is loaded already")
	}
	if err := loadDuckDB(ctx, s); err != nil {
		return fmt.Errorf("duckdb: %w", err)
	}
	if !s.clickhouse {
		return nil
	}
	if err := loadClickHouse(ctx, s); err != nil {
		return fmt.Errorf("clickhouse: %w", err)
	}
	return nil
}

// loaded returns what was loaded, if it is what this run is about.
func (s *settings) loaded() (*loaded, error) {
	var l loaded
	if err := readJSON(s.loadedFile(), &l); err != nil {
		return nil, fmt.Errorf("find loaded events: %w", err)
	}
	if l.Events != s.events || l.Days != s.days {
		return nil, fmt.Errorf("%s holds %d events of %d days; name another -dir, or remove it", s.dir, l.Events, l.Days)
	}
	return &l, nil
}

// loadHoldfast makes the store. Until it is whole there is no loadedFile.
func loadHoldfast(ctx context.Context, s *settings) error {
	if err := os.RemoveAll(s.store()); err != nil {
		return err
	}
	began := time.Now()
	l, err := makeStore(ctx, s.store(), s.events, s.days)
	if err != nil {
		return err
	}
	l.Took = time.Since(began)
	say("loaded %s events into holdfast in %s, %s a second, sealed and compacted",
		counted(l.Rows), l.Took.Round(time.Second), counted(int64(float64(l.Rows)/l.Took.Seconds())))
	return writeJSON(s.loadedFile(), l)
}

// makeStore makes a store of about so many events over some days. They go the
// way of all events, in the order in which they arrive, by a clock that runs
// through the days; the store is tended meanwhile, and at the end has settled.
//
// Nothing is synced: a store that a crash spoils is made again.
func makeStore(ctx context.Context, dir string, events, days int, more ...traffic.Site) (*loaded, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	disk, err := fsx.OpenDir(dir)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	first, err := holdfast.ParseDay(firstDate)
	if err != nil {
		return nil, err
	}
	f := &filler{}
	loc, err := holdfast.LoadZone(siteZone)
	if err != nil {
		return nil, err
	}
	f.clock.Store(int64(first.Midnight(loc)) - 14*3_600_000) // before the day begins anywhere
	if _, err := keep.InitFS(laxDisk{disk}, f.now, rand.Reader); err != nil {
		return nil, err
	}
	f.store, err = keep.OpenFS(laxDisk{disk}, keep.Options{Now: f.now, ByHand: true, SealAge: 24 * time.Hour})
	if err != nil {
		return nil, err
	}
	l, err := f.fill(ctx, first, events, days, more)
	return l, errors.Join(err, f.store.Close())
}

// filler fills a store.
type filler struct {
	clock atomic.Int64 // ms
	store *keep.Store
}

func (f *filler) now() time.Time { return holdfast.Millis(f.clock.Load()).Time() }

// step is how far the clock goes at once: a store that is alive has a record
// at least every 30 seconds.
const step = 29_000

func (f *filler) fill(ctx context.Context, first holdfast.Day, events, days int, more []traffic.Site) (*loaded, error) {
	site, err := f.store.AddSite(ctx, siteName, siteZone, false)
	if err != nil {
		return nil, err
	}
	l := &loaded{Events: events, Days: days, Site: siteName}
	if l.Key, _, err = f.store.AddKey(ctx, []holdfast.Scope{holdfast.ScopeOwn}, nil, "owner"); err != nil {
		return nil, err
	}
	sites := []traffic.Site{{Site: site, PerDay: float64(events) / float64(days)}}
	for _, m := range more {
		if m.Site, err = f.store.AddSite(ctx, m.Name, m.Zones[0].Zone, false); err != nil {
			return nil, err
		}
		sites = append(sites, m)
	}
	g, err := traffic.New(traffic.Typical(seed, first, days, sites...))
	if err != nil {
		return nil, err
	}
	l.From, _ = site.Bounds(first)
	_, l.To = site.Bounds(first + holdfast.Day(days) - 1)
	deals := g.Deals(0)
	d := deals[len(deals)/2]
	l.Deal = deal{Path: "/deals/" + d.ID, From: d.Starts, To: d.Ends}
	if err := f.pour(ctx, g); err != nil {
		return nil, err
	}
	if err := f.settle(ctx); err != nil {
		return nil, err
	}
	l.Now = holdfast.Millis(f.clock.Load())
	for _, file := range f.store.Files() {
		l.Rows += file.Rows
		l.Files = append(l.Files, f.store.Path("files/"+file.Name))
	}
	return l, nil
}

// arrived are the events of one step.
type arrived struct {
	events []holdfast.Event
	until  int64
}

// pour has all traffic arrive.
func (f *filler) pour(ctx context.Context, g *traffic.Generator) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	steps := make(chan arrived, 64)
	go f.generate(ctx, g, steps)
	poured, tended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(tended)
		f.tend(ctx, poured, cancel)
	}()
	defer func() {
		close(poured)
		<-tended
	}()
	for s := range steps {
		f.clock.Store(s.until)
		if err := f.accept(ctx, s.events); err != nil {
			return errors.Join(err, context.Cause(ctx))
		}
	}
	return context.Cause(ctx)
}

func (f *filler) accept(ctx context.Context, events []holdfast.Event) error {
	if len(events) == 0 {
		return f.store.Beat(ctx)
	}
	for {
		_, err := f.store.Accept(ctx, append([]holdfast.Event(nil), events...))
		if !errors.Is(err, holdfast.ErrUnavailable) {
			return err
		}
		// It seals more slowly than this comes.
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// generate makes the traffic beside the store's work.
func (f *filler) generate(ctx context.Context, g *traffic.Generator, steps chan<- arrived) {
	defer close(steps)
	a := traffic.NewArrivals(g)
	next := arrived{until: f.clock.Load() + step}
	send := func() bool {
		select {
		case steps <- next:
			next = arrived{events: make([]holdfast.Event, 0, len(next.events)*5/4), until: next.until + step}
			return true
		case <-ctx.Done():
			return false
		}
	}
	var h traffic.Hit
	for a.Next(&h) {
		for int64(h.Arrival) > next.until {
			if !send() {
				return
			}
		}
		next.events = append(next.events, g.Event(&h))
	}
	send()
}

// tend seals and compacts meanwhile, as a server does.
func (f *filler) tend(ctx context.Context, poured <-chan struct{}, fail context.CancelCauseFunc) {
	for {
		if err := f.store.Tend(ctx); err != nil {
			fail(err)
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-poured:
			return
		case <-ctx.Done():
			return
		}
	}
}

// settle lets days go by until nothing is left to do.
func (f *filler) settle(ctx context.Context) error {
	if err := f.store.SealNow(ctx); err != nil {
		return err
	}
	for range 8 * 24 {
		f.clock.Add(time.Hour.Milliseconds())
		if err := f.store.Beat(ctx); err != nil {
			return err
		}
		if err := f.store.Tend(ctx); err != nil {
			return err
		}
	}
	return nil
}

func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func writeJSON(file string, from any) error {
	text, err := json.MarshalIndent(from, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}
