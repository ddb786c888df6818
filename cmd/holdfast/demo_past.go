package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
	"holdfast/internal/fsx"
	"holdfast/internal/traffic"
	"holdfast/keep"
)

// The demo's site, and the hole in what is known of it: on that many days ago
// the server was down from one time of day to another.
const (
	demoSite = "shop.example"
	demoZone = "Europe/Berlin"
	demoSeed = 1

	holeDaysAgo = 3
	holeFrom    = 13 * time.Hour
	holeTo      = 16*time.Hour + 40*time.Minute
)

// past is traffic that is made up, and a clock that runs through the days in
// which it arrives.
type past struct {
	disk     *fsx.Dir
	clock    time.Time
	key      string // the owner's
	site     *holdfast.Site
	deals    []holdfast.Deal // still to be announced
	arrivals *traffic.Arrivals
	hit      traffic.Hit // the next to arrive, if there is more
	more     bool
	sent     int64
}

// step is how far the clock goes at once: a store that is alive has a record
// at least every 30 seconds.
const step = 29 * time.Second

// tendEvery is how often the store is tended meanwhile.
const tendEvery = 6 * time.Hour

// announced is how long before it begins a deal is known to the store, at least.
// It is not shown before.
const announced = 24 * time.Hour

// daysToCome is how long the traffic can go on.
const daysToCome = 400

// makePast makes a store in dir, and lets the days since then go by in it.
func makePast(ctx context.Context, dir string, days, perDay int) (*past, error) {
	disk, err := fsx.OpenDir(dir)
	if err != nil {
		return nil, err
	}
	defer disk.Close()
	loc, err := holdfast.LoadZone(demoZone)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	y, m, d := now.In(loc).Date()
	p := &past{disk: disk, clock: time.Date(y, m, d-days, 0, 0, 0, 0, loc)}
	if _, err := keep.InitFS(p.lax(), p.now, rand.Reader); err != nil {
		return nil, err
	}
	hole := time.Date(y, m, d-holeDaysAgo, 0, 0, 0, 0, loc)
	if err := p.live(ctx, func() time.Time { return hole.Add(holeFrom) }, func(s *keep.Store) error {
		return p.found(ctx, s, holdfast.DayOf(y, m, d-days), days+daysToCome, perDay)
	}); err != nil {
		return nil, err
	}
	p.miss(hole.Add(holeTo))
	return p, p.live(ctx, time.Now, nil) // which goes on meanwhile
}

// lax is a disk that promises nothing: if the power fails the demo is made
// again. Syncing each of the days' hundred thousand records would take
// minutes.
func (p *past) lax() fsx.FS { return laxDisk{p.disk} }

func (p *past) now() time.Time { return p.clock }

// found adds the site to a new store and begins its traffic.
func (p *past) found(ctx context.Context, s *keep.Store, from holdfast.Day, days, perDay int) (err error) {
	if p.site, err = s.AddSite(ctx, demoSite, demoZone, true); err != nil {
		return err
	}
	if p.key, _, err = s.AddKey(ctx, []holdfast.Scope{holdfast.ScopeOwn}, nil, "owner"); err != nil {
		return err
	}
	g, err := traffic.New(traffic.Typical(demoSeed, from, days, traffic.Site{Site: p.site, PerDay: float64(perDay)}))
	if err != nil {
		return err
	}
	p.deals = g.Deals(0) // one every midnight
	if err := p.announce(ctx, s); err != nil {
		return err
	}
	p.arrivals = traffic.NewArrivals(g)
	p.more = p.arrivals.Next(&p.hit)
	return nil
}

// announce tells the store of the deals of the next days.
func (p *past) announce(ctx context.Context, s *keep.Store) error {
	known := holdfast.MillisOf(p.clock.Add(announced + tendEvery))
	n := 0
	for n < len(p.deals) && p.deals[n].Starts <= known {
		n++
	}
	if n == 0 {
		return nil
	}
	if _, err := s.PutDeals(ctx, demoSite, p.deals[:n]); err != nil {
		return err
	}
	p.deals = p.deals[n:]
	return nil
}

// live opens the store, lets time go by until end, and closes it.
func (p *past) live(ctx context.Context, end func() time.Time, first func(*keep.Store) error) (err error) {
	s, err := keep.OpenFS(p.lax(), keep.Options{
		Now: p.now, ByHand: true, SealAge: 24 * time.Hour, DayRows: 5000, LogBytes: 8 << 20,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if first != nil {
		if err := first(s); err != nil {
			return err
		}
	}
	door := p.door(s, p.now)
	tended := p.clock
	for left := step + 1; left > step; {
		left = end().Sub(p.clock)
		p.clock = p.clock.Add(min(step, left))
		if err := door.passTo(ctx, p, holdfast.MillisOf(p.clock)); err != nil {
			return err
		}
		if p.clock.Sub(tended) >= tendEvery {
			tended = p.clock
			if err := errors.Join(s.Tend(ctx), p.announce(ctx, s)); err != nil {
				return err
			}
		}
	}
	return nil
}

// miss lets time go by while no server runs: who comes is not noticed.
func (p *past) miss(end time.Time) {
	for p.clock = end; p.more && p.hit.Arrival <= holdfast.MillisOf(end); {
		p.more = p.arrivals.Next(&p.hit)
	}
}

// demoDoor is the way of made-up traffic into a store.
type demoDoor struct {
	store     *keep.Store
	collector *collect.Collector
	terms     collect.Terms
}

func (p *past) door(s *keep.Store, now func() time.Time) *demoDoor {
	return &demoDoor{
		store: s,
		collector: collect.New(collect.Options{
			Sites: s, Salts: s, Hasher: s, Books: s, Classifier: classify.New(), Sink: s, Now: now,
			NewStringsPerHour: defaults.limits.newStringsPerHour,
		}),
		terms: collect.Terms{Door: holdfast.DoorAPI, Key: &holdfast.Key{Scopes: []holdfast.Scope{holdfast.ScopeCollect}}},
	}
}

// passTo hands on what arrives until a moment, or says that nothing did.
func (d *demoDoor) passTo(ctx context.Context, p *past, until holdfast.Millis) error {
	if !p.more || p.hit.Arrival > until {
		return d.store.Beat(ctx)
	}
	batch := d.collector.Batch(d.terms)
	defer batch.Close()
	for p.more && p.hit.Arrival <= until {
		if err := d.add(batch, p); err != nil {
			return err
		}
	}
	receipt, err := batch.Accept(ctx)
	if err == nil && receipt.Count == 0 { // all were repeats: nothing in the log says that we live
		err = d.store.Beat(ctx)
	}
	return err
}

func (d *demoDoor) add(batch *collect.Batch, p *past) error {
	in := inputOf(&p.hit)
	if err := batch.Add(&in); err != nil {
		return fmt.Errorf("hit at %s: %w", p.hit.Time, err)
	}
	p.sent++
	p.more = p.arrivals.Next(&p.hit)
	return nil
}

// inputOf returns a hit as the API's door would read it.
func inputOf(h *traffic.Hit) collect.Input {
	in := collect.Input{
		Site: h.Host, Name: h.Name, URL: h.URL(), Referrer: h.FullReferrer(), Title: h.Title,
		Time: h.Time, ID: h.IDText(), Address: h.IP, UserAgent: h.UserAgent, Visitor: h.Visitor, Member: h.Member,
		Country: h.Country, CountryBy: holdfast.CountryBySender, Language: h.Language, Screen: h.Screen, Props: h.Props, Sent: collect.SentTime,
	}
	switch h.Name {
	case holdfast.Pageview:
	case holdfast.Engagement:
		in.Engaged, in.Sent = int64(h.Engaged), in.Sent|collect.SentEngaged
		if h.Scroll != holdfast.NoScroll {
			in.Scroll, in.Sent = int64(h.Scroll), in.Sent|collect.SentScroll
		}
	default:
		in.Interactive, in.Sent = h.Interactive, in.Sent|collect.SentInteractive
	}
	if h.Currency != "" {
		in.Value, in.Currency, in.Sent = h.Value, h.Currency, in.Sent|collect.SentValue
	}
	return in
}
