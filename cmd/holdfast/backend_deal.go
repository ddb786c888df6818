package main

import (
	"context"
	"errors"
	"fmt"

	"holdfast"
	"holdfast/serve/control"
	"holdfast/serve/deal"
)

// site returns the site with this name.
func (b *backend) site(name string) (*holdfast.Site, error) {
	site, ok := b.store.Site(name)
	if !ok {
		return nil, fmt.Errorf("site %q: %w", name, holdfast.ErrNoSite)
	}
	return site, nil
}

func (b *backend) Deals(_ context.Context, site, before string, limit int) (deal.Page, error) {
	st, err := b.site(site)
	if err != nil {
		return deal.Page{}, err
	}
	return deal.PageOf(b.store, st, before, limit, holdfast.MillisOf(b.now()))
}

// shownDeal returns a deal as it is now.
func (b *backend) shownDeal(site *holdfast.Site, id string) (deal.Shown, error) {
	d, err := deal.Find(b.store, site, id)
	if err != nil {
		return deal.Shown{}, err
	}
	return deal.Of(&d, holdfast.MillisOf(b.now())), nil
}

func (b *backend) AddDeal(ctx context.Context, site string, w deal.Written) (deal.Shown, error) {
	st, err := b.site(site)
	if err != nil {
		return deal.Shown{}, err
	}
	d, err := w.Read(st)
	if err != nil {
		return deal.Shown{}, err
	}
	if err := b.store.AddDeal(ctx, site, d); err != nil {
		return deal.Shown{}, err
	}
	return b.shownDeal(st, d.ID)
}

func (b *backend) ChangeDeal(ctx context.Context, site, id string, c deal.Change) (deal.Shown, error) {
	st, err := b.site(site)
	if err != nil {
		return deal.Shown{}, err
	}
	if _, err := b.store.ChangeDeal(ctx, site, id, func(d *holdfast.Deal) error { return c.Apply(st, d) }); err != nil {
		return deal.Shown{}, err
	}
	return b.shownDeal(st, id)
}

func (b *backend) DeleteDeal(ctx context.Context, site, id string) error {
	return b.store.DeleteDeal(ctx, site, id)
}

func (b *backend) PutDeals(ctx context.Context, site string, p control.Put) ([]control.PutDeal, error) {
	st, err := b.site(site)
	if err != nil {
		return nil, err
	}
	put := make([]control.PutDeal, len(p.Deals))
	var good []holdfast.Deal
	var at []int // in the list
	for i := range p.Deals {
		d, err := p.Deals[i].Read(st)
		var field *holdfast.FieldError
		switch {
		case err == nil:
			good, at = append(good, d), append(at, i)
		case errors.As(err, &field):
			put[i] = control.PutDeal{Field: field.Field, Error: field.Reason}
		default:
			return nil, err
		}
	}
	if p.Try {
		for i := range good {
			put[at[i]] = b.tryDeal(st, &good[i])
		}
		return put, nil
	}
	changes, err := b.store.PutDeals(ctx, site, good)
	for i, change := range changes {
		put[at[i]].Change = change
	}
	return put, err
}

// tryDeal says what putting a deal would change.
func (b *backend) tryDeal(site *holdfast.Site, d *holdfast.Deal) control.PutDeal {
	put := control.PutDeal{Change: holdfast.DealAdded, Starts: d.Starts, Ends: d.Ends}
	if old, ok := b.store.Catalog().BareDeal(site.ID, d.ID); ok {
		put.Change, put.Changes = holdfast.DealUnchanged, deal.Differences(&old, d)
		if len(put.Changes) > 0 {
			put.Change = holdfast.DealChanged
		}
	}
	return put
}

func (b *backend) DealStats(ctx context.Context, site, id string) (deal.Stats, error) {
	st, err := b.site(site)
	if err != nil {
		return deal.Stats{}, err
	}
	d, err := deal.Find(b.store, st, id)
	if err != nil {
		return deal.Stats{}, err
	}
	ask := func(ctx context.Context, q []holdfast.Question) ([]holdfast.Answer, error) {
		return b.asker.Ask(ctx, q...)
	}
	return deal.StatsOf(ctx, ask, st.Name, d, holdfast.MillisOf(b.now()))
}
