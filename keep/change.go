package keep

import (
	"context"
	"fmt"
	"slices"

	"holdfast"
	"holdfast/keep/record"
	"holdfast/keep/wal"
)

// change records a change of the catalog. Callers hold s.changing, so that
// what they decided from the catalog still holds.
func (s *Store) change(ctx context.Context, c *record.CatalogChange) error {
	return s.changes(ctx, wal.Record{Type: wal.CatalogChange, Payload: c.Append(nil), Attached: c})
}

// changes records several changes, all or nothing.
func (s *Store) changes(ctx context.Context, records ...wal.Record) error {
	if err := s.checkOpen(ctx); err != nil || len(records) == 0 {
		return err
	}
	if _, err := s.log.Append(ctx, records...); err != nil {
		return fmt.Errorf("record a change of the catalog: %w", err)
	}
	return nil
}

// AddSite adds a site whose days are counted in zone.
func (s *Store) AddSite(ctx context.Context, name, zone string, public bool) (*holdfast.Site, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	if _, ok := s.catalog.Site(name); ok {
		return nil, &holdfast.FieldError{Field: "site", Reason: fmt.Sprintf("%s is there already", name)}
	}
	site, err := holdfast.NewSite(s.catalog.LastSite()+1, name, zone, s.now())
	if err != nil {
		return nil, err
	}
	site.Public = public
	return site, s.change(ctx, &record.CatalogChange{PutSite: site})
}

// SetZone counts the site's days in another zone from its next midnight on.
func (s *Store) SetZone(ctx context.Context, name, zone string) (*holdfast.Site, error) {
	return s.changeSite(ctx, name, func(site *holdfast.Site) (err error) {
		site.Zones, err = site.Rezone(zone, s.now())
		return err
	})
}

// SetPublic shows a site's public page, or hides it.
func (s *Store) SetPublic(ctx context.Context, name string, public bool) (*holdfast.Site, error) {
	return s.changeSite(ctx, name, func(site *holdfast.Site) error {
		site.Public = public
		return nil
	})
}

// SetHosts says which other hosts' events are the site's own.
func (s *Store) SetHosts(ctx context.Context, name string, hosts []string) (*holdfast.Site, error) {
	for _, h := range hosts {
		if err := holdfast.CheckSiteName(h); err != nil && h != "*" {
			return nil, &holdfast.FieldError{Field: "hosts", Reason: fmt.Sprintf("%q is neither a host name nor *", h)}
		}
	}
	return s.changeSite(ctx, name, func(site *holdfast.Site) error {
		site.Hosts = hosts
		return nil
	})
}

func (s *Store) changeSite(ctx context.Context, name string, change func(*holdfast.Site) error) (*holdfast.Site, error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	old, ok := s.catalog.Site(name)
	if !ok {
		return nil, fmt.Errorf("site %q: %w", name, holdfast.ErrNoSite)
	}
	site := *old
	if err := change(&site); err != nil {
		return nil, err
	}
	if err := site.Load(); err != nil {
		return nil, err
	}
	return &site, s.change(ctx, &record.CatalogChange{PutSite: &site})
}

// AddKey makes a key for these sites, or for all if none are named, and
// returns its token, which is kept nowhere.
func (s *Store) AddKey(ctx context.Context, scopes []holdfast.Scope, sites []string, label string) (token string, key holdfast.Key, err error) {
	s.changing.Lock()
	defer s.changing.Unlock()
	if len(scopes) == 0 {
		return "", key, &holdfast.FieldError{Field: "scope", Reason: "is required"}
	}
	key = holdfast.Key{Scopes: scopes, Label: label, Created: s.now()}
	for _, name := range sites {
		site, ok := s.catalog.Site(name)
		if !ok {
			return "", key, fmt.Errorf("site %q: %w", name, holdfast.ErrNoSite)
		}
		key.Sites = append(key.Sites, site.ID)
	}
	token, key.ID, key.Hash = holdfast.NewToken()
	return token, key, s.change(ctx, &record.CatalogChange{PutKey: &key})
}

// RevokeKey makes a key useless.
func (s *Store) RevokeKey(ctx context.Context, id string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if !slices.ContainsFunc(s.catalog.Keys(), func(k *holdfast.Key) bool { return k.ID == id }) {
		return &holdfast.FieldError{Field: "key", Reason: fmt.Sprintf("there is no key %q", id)}
	}
	return s.change(ctx, &record.CatalogChange{RevokeKey: id})
}
