package catalog_test

import (
	"fmt"
	"testing"

	"holdfast"
	"holdfast/keep/catalog"
	"holdfast/keep/record"

	"github.com/google/go-cmp/cmp"
)

func put(site holdfast.SiteID, id string, starts holdfast.Millis) record.CatalogChange {
	return record.CatalogChange{PutDeal: &record.SiteDeal{Site: site, Deal: holdfast.Deal{ID: id, Starts: starts}}}
}

func ids(deals []*record.SiteDeal) (list []string) {
	for _, d := range deals {
		list = append(list, fmt.Sprint(d.Site, " ", d.ID))
	}
	return list
}

func TestDealsAreThoseOfTheirSiteTheEarliestFirst(t *testing.T) {
	c := catalog.New()
	for _, change := range []record.CatalogChange{
		put(2, "b", 10), put(1, "late", 30), put(1, "early", 20), put(1, "gone", 5), put(2, "a", 10), put(1, "late", 40),
		{DeleteDeal: &record.DealName{Site: 1, ID: "gone"}}, {DeleteDeal: &record.DealName{Site: 3, ID: "never there"}},
	} {
		c.Apply(change)
	}
	for _, c := range []*catalog.Catalog{c, catalog.FromCheckpoint(c.Checkpoint())} {
		for site, want := range map[holdfast.SiteID][]string{1: {"1 early", "1 late"}, 2: {"2 a", "2 b"}, 3: nil} {
			if diff := cmp.Diff(want, ids(c.Deals(site))); diff != "" {
				t.Errorf("site %d: %s", site, diff)
			}
		}
	}
	var all []string
	for _, d := range c.Checkpoint().Deals {
		all = append(all, fmt.Sprint(d.Site, " ", d.ID))
	}
	if diff := cmp.Diff([]string{"1 early", "1 late", "2 a", "2 b"}, all); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkDeals asks for the deals of one site of thousands, as each of its
// pages does.
func BenchmarkDeals(b *testing.B) {
	c := catalog.New()
	for site := range holdfast.SiteID(10_000) {
		for i := range holdfast.Millis(30) {
			c.Apply(put(site+1, fmt.Sprint(i), i))
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Deals(77)
	}
}
