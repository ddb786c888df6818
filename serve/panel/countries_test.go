package panel_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/serve/panel"
)

// A page knows of how many visits the country is an estimate, and which
// countries are so for the most part; and nothing of events of before.
func TestHowCountriesAreKnown(t *testing.T) {
	w := newWorld(t, func(w *world) {
		visitor := 100
		from := func(country string, by holdfast.CountryBy, visits int) {
			for range visits {
				visitor++
				when := at(t, "2026-07-31T09:00:00+02:00")
				for range 2 { // views, of one visit
					w.more = append(w.more, holdfast.Event{Site: 1, Day: holdfast.DayOf(2026, 7, 31), Time: when, Name: holdfast.Pageview, Path: "/", Scroll: holdfast.NoScroll,
						Visitor: holdfast.HashedVisitor(uint64(visitor) << 8).In(uint64(visitor)), Country: country, CountryBy: by})
					when += 1000
				}
			}
		}
		from("FR", holdfast.CountryByZone, 5)
		from("FR", holdfast.CountryByProxy, 4)
		from("US", holdfast.CountryByZone, 3)
		from("US", holdfast.CountryBySender, 3)
		from("", "", 2)
		for i := range 26 { // more than a page shows, of one visit each
			from(fmt.Sprintf("A%c", 'A'+i), holdfast.CountryByZone, 1)
		}
	})
	got := page(t, w.panels(), panel.Today)
	if diff := cmp.Diff(panel.Located{Visits: 12 + 9 + 6 + 26, Estimated: 5 + 3 + 26, Unsaid: 12}, got.Located); diff != "" {
		t.Error(diff)
	}
	want := []panel.Row{{Name: "DE", N: 12}, {Name: "FR", N: 9, Estimated: true}, {Name: "US", N: 6}, {Name: "", N: 2}}
	if diff := cmp.Diff(want, got.Countries.Rows); diff != "" {
		t.Error(diff)
	}
	for _, l := range []panel.List{got.Sources, got.Pages, got.Devices} {
		for _, r := range l.Rows {
			if r.Estimated {
				t.Errorf("%q is an estimate", r.Name)
			}
		}
	}
}
