package catalog_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"holdfast"
	"holdfast/keep/catalog"
	"holdfast/keep/record"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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

// A site's deals are in their order, and know their neighbours, after any
// changes, however often somebody looks in between.
func TestDealsKeepTheirOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	c := catalog.New()
	is := map[string]holdfast.Deal{}
	for range 3000 {
		id := fmt.Sprint(r.IntN(200))
		if r.IntN(3) == 0 {
			delete(is, id)
			c.Apply(record.CatalogChange{DeleteDeal: &record.DealName{Site: 1, ID: id}})
		} else {
			change := put(1, id, holdfast.Millis(r.IntN(50)))
			is[id] = change.PutDeal.Deal
			c.Apply(change)
		}
		if r.IntN(50) > 0 {
			continue
		}
		want := holdfast.Schedule(slices.Collect(maps.Values(is)))
		slices.Reverse(want)
		var got []holdfast.ScheduledDeal
		var place *holdfast.Deal
		for {
			page := c.DealsBefore(1, place, 7)
			if len(page) == 0 {
				break
			}
			got = append(got, page...)
			place = &page[len(page)-1].Deal
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		for _, w := range want {
			if d, ok := c.Deal(1, w.ID); !ok || !cmp.Equal(d, w) {
				t.Fatalf("deal %s: %v", w.ID, cmp.Diff(w, d))
			}
		}
		if n := c.NumDeals(1); n != len(is) {
			t.Fatalf("%d deals, want %d", n, len(is))
		}
	}
}

// BenchmarkPageOfManyDeals lists one page of 300,000 deals, of which one was
// changed since.
func BenchmarkPageOfManyDeals(b *testing.B) {
	c := catalog.New()
	for i := range 300_000 {
		c.Apply(put(1, fmt.Sprint(i), holdfast.Millis(i*7919%300_000)))
	}
	c.DealsBefore(1, nil, 1)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Apply(put(1, fmt.Sprint(i%1000), holdfast.Millis(i)))
		c.DealsBefore(1, &holdfast.Deal{Starts: 150_000}, 100)
	}
}
