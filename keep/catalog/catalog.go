// Package catalog knows the sites, keys and deals of a store. It is a fold of
// the log: the same changes in the same order give the same catalog, and the
// catalog changes by nothing else.
package catalog

import (
	"cmp"
	"crypto/subtle"
	"maps"
	"slices"
	"sync"

	"holdfast"
	"holdfast/keep/record"
)

// Catalog is what the changes so far have made. All methods may be called by
// many goroutines at once. What they return is shared and must not be changed.
type Catalog struct {
	mu       sync.RWMutex // guards all below
	sites    map[holdfast.SiteID]*holdfast.Site
	byName   map[string]*holdfast.Site
	keys     map[string]*holdfast.Key
	deals    map[holdfast.SiteID]*deals
	lastSite holdfast.SiteID
}

// New returns an empty catalog.
func New() *Catalog { return FromCheckpoint(record.Catalog{}) }

// FromCheckpoint returns the catalog that the checkpoint holds.
func FromCheckpoint(cp record.Catalog) *Catalog {
	c := &Catalog{
		sites: make(map[holdfast.SiteID]*holdfast.Site), byName: make(map[string]*holdfast.Site),
		keys: make(map[string]*holdfast.Key), deals: make(map[holdfast.SiteID]*deals),
		lastSite: cp.LastSite,
	}
	for _, s := range cp.Sites {
		c.Apply(record.CatalogChange{PutSite: s})
	}
	for _, k := range cp.Keys {
		c.Apply(record.CatalogChange{PutKey: k})
	}
	for _, d := range cp.Deals {
		c.Apply(record.CatalogChange{PutDeal: d})
	}
	return c
}

// Apply makes one change, which is in the log.
func (c *Catalog) Apply(change record.CatalogChange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case change.PutSite != nil:
		s := change.PutSite
		if old := c.sites[s.ID]; old != nil {
			delete(c.byName, old.Name)
		}
		c.sites[s.ID], c.byName[s.Name] = s, s
		c.lastSite = max(c.lastSite, s.ID)
	case change.PutKey != nil:
		c.keys[change.PutKey.ID] = change.PutKey
	case change.RevokeKey != "":
		delete(c.keys, change.RevokeKey)
	case change.PutDeal != nil:
		d := change.PutDeal
		if c.deals[d.Site] == nil {
			c.deals[d.Site] = &deals{byID: make(map[string]*record.SiteDeal)}
		}
		c.deals[d.Site].put(d)
	case change.DeleteDeal != nil:
		if of := c.deals[change.DeleteDeal.Site]; of != nil {
			of.delete(change.DeleteDeal.ID)
		}
	}
}

// Checkpoint returns what FromCheckpoint needs, in a fixed order.
func (c *Catalog) Checkpoint() record.Catalog {
	c.mu.RLock()
	defer c.mu.RUnlock()
	cp := record.Catalog{LastSite: c.lastSite}
	for _, id := range slices.Sorted(maps.Keys(c.sites)) {
		cp.Sites = append(cp.Sites, c.sites[id])
	}
	for _, id := range slices.Sorted(maps.Keys(c.keys)) {
		cp.Keys = append(cp.Keys, c.keys[id])
	}
	for _, site := range slices.Sorted(maps.Keys(c.deals)) {
		for _, id := range slices.Sorted(maps.Keys(c.deals[site].byID)) {
			cp.Deals = append(cp.Deals, c.deals[site].byID[id])
		}
	}
	return cp
}

// Site returns the site with this name.
func (c *Catalog) Site(name string) (*holdfast.Site, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s, ok := c.byName[name]
	return s, ok
}

// SiteByID returns the site with this number.
func (c *Catalog) SiteByID(id holdfast.SiteID) (*holdfast.Site, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	s, ok := c.sites[id]
	return s, ok
}

// Sites returns all sites by name.
func (c *Catalog) Sites() []*holdfast.Site {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.SortedFunc(maps.Values(c.sites), func(a, b *holdfast.Site) int { return cmp.Compare(a.Name, b.Name) })
}

// LastSite returns the highest number that was ever given to a site.
func (c *Catalog) LastSite() holdfast.SiteID {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.lastSite
}

// Key returns the key with this token.
func (c *Catalog) Key(token string) (holdfast.Key, bool) {
	c.mu.RLock()
	k := c.keys[holdfast.TokenID(token)]
	c.mu.RUnlock()
	if k == nil {
		return holdfast.Key{}, false
	}
	hash := holdfast.HashToken(token)
	if subtle.ConstantTimeCompare(hash[:], k.Hash[:]) != 1 {
		return holdfast.Key{}, false
	}
	return *k, true
}

// Keys returns all keys, the oldest first.
func (c *Catalog) Keys() []*holdfast.Key {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.SortedFunc(maps.Values(c.keys), func(a, b *holdfast.Key) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.ID, b.ID))
	})
}
