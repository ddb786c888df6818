package keep

import (
	"context"
	"fmt"
	"slices"

	"holdfast"
	"holdfast/keep/record"
	"holdfast/keep/wal"
)

// dealsAtOnce is how many deals are recorded with one sync.
const dealsAtOnce = 1000

// AddDeal adds a deal to a site that has none of its id.
func (s *Store) AddDeal(ctx context.Context, site string, d holdfast.Deal) error {
	return s.withSite(site, func(st *holdfast.Site) error {
		if _, ok := s.catalog.BareDeal(st.ID, d.ID); ok {
			return &holdfast.FieldError{Field: "id", Reason: fmt.Sprintf("%s is there already", d.ID)}
		}
		_, err := s.putDeals(ctx, st, []holdfast.Deal{d})
		return err
	})
}

// PutDeal adds a deal to a site, or replaces the one with its id.
func (s *Store) PutDeal(ctx context.Context, site string, d holdfast.Deal) error {
	_, err := s.PutDeals(ctx, site, []holdfast.Deal{d})
	return err
}

// PutDeals adds deals to a site, or replaces those with their ids, and says of
// each what that changed. If one is not good, nothing is done. After any other
// error those before it may be there: they may be put again.
func (s *Store) PutDeals(ctx context.Context, site string, deals []holdfast.Deal) (changes []holdfast.DealChange, err error) {
	err = s.withSite(site, func(st *holdfast.Site) error {
		changes, err = s.putDeals(ctx, st, deals)
		return err
	})
	return changes, err
}

func (s *Store) putDeals(ctx context.Context, site *holdfast.Site, deals []holdfast.Deal) ([]holdfast.DealChange, error) {
	for i := range deals {
		if err := deals[i].Check(); err != nil {
			return nil, err
		}
	}
	changes := make([]holdfast.DealChange, 0, len(deals))
	for some := range slices.Chunk(deals, dealsAtOnce) {
		var records []wal.Record
		put := map[string]*holdfast.Deal{} // by this very call, which the catalog does not know yet
		for i := range some {
			d := &some[i]
			old := put[d.ID]
			if known, ok := s.catalog.BareDeal(site.ID, d.ID); ok && old == nil {
				old = &known
			}
			put[d.ID] = d
			switch {
			case old == nil:
				changes = append(changes, holdfast.DealAdded)
			case old.Equal(d):
				changes = append(changes, holdfast.DealUnchanged)
				continue
			default:
				changes = append(changes, holdfast.DealChanged)
			}
			c := &record.CatalogChange{PutDeal: &record.SiteDeal{Site: site.ID, Deal: *d}}
			records = append(records, wal.Record{Type: wal.CatalogChange, Payload: c.Append(nil), Attached: c})
		}
		if err := s.changes(ctx, records...); err != nil {
			return nil, err
		}
	}
	return changes, nil
}

// ChangeDeal changes a deal of a site, and returns what it is then.
func (s *Store) ChangeDeal(ctx context.Context, site, id string, change func(*holdfast.Deal) error) (d holdfast.Deal, err error) {
	err = s.withSite(site, func(st *holdfast.Site) error {
		var ok bool
		if d, ok = s.catalog.BareDeal(st.ID, id); !ok {
			return fmt.Errorf("deal %q of %s: %w", id, site, holdfast.ErrNoDeal)
		}
		if err := change(&d); err != nil {
			return err
		}
		_, err := s.putDeals(ctx, st, []holdfast.Deal{d})
		return err
	})
	return d, err
}

// DeleteDeal removes a deal; its events stay.
func (s *Store) DeleteDeal(ctx context.Context, site, id string) error {
	return s.withSite(site, func(st *holdfast.Site) error {
		if _, ok := s.catalog.BareDeal(st.ID, id); !ok {
			return fmt.Errorf("deal %q of %s: %w", id, site, holdfast.ErrNoDeal)
		}
		return s.change(ctx, &record.CatalogChange{DeleteDeal: &record.DealName{Site: st.ID, ID: id}})
	})
}

// withSite decides and records a change that belongs to a site.
func (s *Store) withSite(name string, change func(*holdfast.Site) error) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	site, ok := s.catalog.Site(name)
	if !ok {
		return fmt.Errorf("site %q: %w", name, holdfast.ErrNoSite)
	}
	return change(site)
}

// Deal returns a site's deal with this id.
func (s *Store) Deal(site holdfast.SiteID, id string) (holdfast.ScheduledDeal, bool) {
	return s.catalog.Deal(site, id)
}

// DealsBefore returns those of a site's deals that come before a place in their
// order, the nearest first, and at most limit; nil is the end.
func (s *Store) DealsBefore(site holdfast.SiteID, place *holdfast.Deal, limit int) []holdfast.ScheduledDeal {
	return s.catalog.DealsBefore(site, place, limit)
}

// NumDeals returns how many deals a site has.
func (s *Store) NumDeals(site holdfast.SiteID) int { return s.catalog.NumDeals(site) }
