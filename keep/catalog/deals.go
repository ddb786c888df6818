package catalog

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"holdfast"
	"holdfast/keep/record"
)

// deals are the deals of a site. The catalog's lock guards them.
type deals struct {
	byID map[string]*record.SiteDeal
	// sorted are all of them in their order, or nil while nobody asks: many
	// changes are then sorted once.
	sorted  []*record.SiteDeal
	changed int // since sorted was made or used to answer
}

// maxUnread is after how many changes that nobody looked at the order is let
// go of. Keeping it moves up to all deals for each change.
const maxUnread = 32

func (o *deals) put(d *record.SiteDeal) {
	o.delete(d.ID)
	o.byID[d.ID] = d
	if o.sorted != nil {
		i, _ := slices.BinarySearchFunc(o.sorted, d, compare)
		o.sorted = slices.Insert(o.sorted, i, d)
	}
}

func (o *deals) delete(id string) {
	if o.changed++; o.changed > maxUnread {
		o.sorted = nil
	}
	old := o.byID[id]
	if old == nil {
		return
	}
	delete(o.byID, id)
	if o.sorted != nil {
		i, _ := slices.BinarySearchFunc(o.sorted, old, compare)
		o.sorted = slices.Delete(o.sorted, i, i+1)
	}
}

// list returns all deals in their order. It is good while the lock is held.
func (o *deals) list() []*record.SiteDeal {
	if o.changed = 0; o.sorted == nil {
		o.sorted = make([]*record.SiteDeal, 0, len(o.byID))
		for _, d := range o.byID {
			o.sorted = append(o.sorted, d)
		}
		slices.SortFunc(o.sorted, compare)
	}
	return o.sorted
}

func compare(a, b *record.SiteDeal) int {
	return cmp.Or(cmp.Compare(a.Starts, b.Starts), strings.Compare(a.ID, b.ID))
}

// scheduled returns the deal at i of a list with its place in it.
func scheduled(list []*record.SiteDeal, i int) holdfast.ScheduledDeal {
	d := holdfast.ScheduledDeal{Deal: list[i].Deal}
	later := i + sort.Search(len(list)-i, func(n int) bool { return list[i+n].Starts > d.Starts })
	if later < len(list) {
		d.Next = list[later].Starts
	}
	if i > 0 {
		d.Previous = list[i-1].ID
	}
	if i+1 < len(list) {
		d.Following = list[i+1].ID
	}
	return d
}

// Deal returns a site's deal with this id.
func (c *Catalog) Deal(site holdfast.SiteID, id string) (holdfast.ScheduledDeal, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	of := c.deals[site]
	if of == nil || of.byID[id] == nil {
		return holdfast.ScheduledDeal{}, false
	}
	list := of.list()
	i, _ := slices.BinarySearchFunc(list, of.byID[id], compare)
	return scheduled(list, i), true
}

// BareDeal returns a site's deal with this id, without its place, for which all
// of them may have to be sorted.
func (c *Catalog) BareDeal(site holdfast.SiteID, id string) (holdfast.Deal, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if of := c.deals[site]; of != nil && of.byID[id] != nil {
		return of.byID[id].Deal, true
	}
	return holdfast.Deal{}, false
}

// DealsBefore returns those of a site's deals that come before a place in their
// order, the nearest first, and at most limit. The place is a deal's start and
// id, whether there is such a deal or not; nil is the end, behind all deals.
func (c *Catalog) DealsBefore(site holdfast.SiteID, place *holdfast.Deal, limit int) []holdfast.ScheduledDeal {
	c.mu.Lock()
	defer c.mu.Unlock()
	of := c.deals[site]
	if of == nil {
		return nil
	}
	list := of.list()
	end := len(list)
	if place != nil {
		end, _ = slices.BinarySearchFunc(list, &record.SiteDeal{Deal: *place}, compare)
	}
	found := make([]holdfast.ScheduledDeal, 0, max(0, min(limit, end)))
	for i := end - 1; i >= 0 && len(found) < limit; i-- {
		found = append(found, scheduled(list, i))
	}
	return found
}

// NumDeals returns how many deals a site has.
func (c *Catalog) NumDeals(site holdfast.SiteID) int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if of := c.deals[site]; of != nil {
		return len(of.byID)
	}
	return 0
}

// Deals returns a site's deals, the earliest first.
func (c *Catalog) Deals(site holdfast.SiteID) []*record.SiteDeal {
	c.mu.Lock()
	defer c.mu.Unlock()
	if of := c.deals[site]; of != nil {
		return slices.Clone(of.list())
	}
	return nil
}
