package main

import (
	"context"
	"fmt"

	"holdfast"
	"holdfast/collect/accesslog"
	"holdfast/keep"
	"holdfast/serve/control"
)

func (b *backend) Import(ctx context.Context, i control.Import) (control.Imported, error) {
	hits := make([]accesslog.Hit, len(i.Hits))
	for at := range i.Hits {
		hits[at] = accesslog.Hit(i.Hits[at])
	}
	if i.Try {
		return b.try(ctx, hits, i.Show)
	}
	taken, err := b.intake.Take(ctx, hits, i.From)
	if err != nil {
		return control.Imported{}, err
	}
	done := control.Imported{Counted: taken.Counted, Flagged: taken.Flagged, Duplicate: taken.Duplicate, Refused: refusedHits(taken.Refused)}
	if b.server != nil {
		return done, nil
	}
	// Nobody else seals what comes in.
	return done, b.store.Tend(ctx)
}

func (b *backend) try(ctx context.Context, hits []accesslog.Hit, show int) (control.Imported, error) {
	events, refused, err := b.intake.Try(ctx, hits)
	if err != nil {
		return control.Imported{}, err
	}
	known, err := b.store.Known(ctx, events)
	if err != nil {
		return control.Imported{}, err
	}
	done := control.Imported{Flagged: map[holdfast.Flag]int64{}, Refused: refusedHits(refused)}
	for i := range events {
		switch flag := events[i].Flag; {
		case known[i]:
			done.Duplicate++
		case flag != holdfast.Counted:
			done.Flagged[flag]++
		default:
			done.Counted++
		}
		if i < show {
			seen := control.SeenOf(&events[i], b.siteName(events[i].Site))
			seen.Known = known[i]
			done.Seen = append(done.Seen, seen)
		}
	}
	return done, nil
}

func refusedHits(refused []accesslog.Refusal) []control.RefusedHit {
	var list []control.RefusedHit
	for _, r := range refused {
		list = append(list, control.RefusedHit(r))
	}
	return list
}

// siteName returns the name of a site, or "" if none has the number.
func (b *backend) siteName(id holdfast.SiteID) string {
	if site, ok := b.store.Catalog().SiteByID(id); ok {
		return site.Name
	}
	return ""
}

func (b *backend) Tail(ctx context.Context, t control.Tail, fn func(control.Seen) error) error {
	if b.server == nil {
		return control.ErrNotRunning
	}
	var only holdfast.SiteID
	if t.Site != "" {
		site, ok := b.store.Site(t.Site)
		if !ok {
			return fmt.Errorf("site %q: %w", t.Site, holdfast.ErrNoSite)
		}
		only = site.ID
	}
	after := b.store.Last()
	if err := fn(control.Seen{}); err != nil {
		return err
	}
	return b.store.Follow(ctx, after, func(e keep.Entry) error {
		return b.showEntry(e, t.Refused, only, fn)
	})
}

// showEntry shows what an entry says of one site, or of all (0).
func (b *backend) showEntry(e keep.Entry, refused bool, only holdfast.SiteID, fn func(control.Seen) error) (err error) {
	if e.Missed != nil {
		return fn(control.Seen{Missed: e.Missed.Error()})
	}
	if refused {
		for _, t := range e.Refused {
			if err == nil && (only == 0 || t.Site == only) {
				err = fn(control.Seen{Time: holdfast.Millis(t.Minute * 60_000), Site: b.siteName(t.Site), Refused: t.Reason, Events: t.Events})
			}
		}
		return err
	}
	for i := range e.Events {
		if ev := &e.Events[i]; err == nil && (only == 0 || ev.Site == only) {
			err = fn(control.SeenOf(ev, b.siteName(ev.Site)))
		}
	}
	return err
}
