package holdfast_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast"
)

// Events that say who knows their country come into a store that is full of
// events which do not, into its old days and its new ones, and both stay what
// they are through all the forms that rows take.
func TestWhoSaysTheCountryInAStoreOfBefore(t *testing.T) {
	ways := []holdfast.CountryBy{holdfast.CountryBySender, holdfast.CountryByProxy, holdfast.CountryByFile, holdfast.CountryByZone}
	for _, seed := range []uint64{1, 2, 3} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, seed))
			s := openSample(t, "v1")
			site, _ := s.store.Site(shopName)
			before := asked{period: "2026-05-29..2026-06-06", metrics: "events", by: "country,country_by"}
			s.want(before, "  86")

			want := map[string]int{" ": 86}
			for range 2 + rnd.IntN(3) {
				var events []holdfast.Event
				for range 1 + rnd.IntN(40) {
					when := holdfast.MillisOf(sampleTime.Add(-time.Duration(rnd.Int64N(int64(7 * 24 * time.Hour)))))
					when -= when % 60_000 // so that many happen at one moment
					e := holdfast.Event{
						Site: site.ID, Day: site.Day(when), Time: when, Received: holdfast.MillisOf(s.now), Name: holdfast.Pageview, Host: shopName, Path: "/lamp",
						Visitor: holdfast.HashedVisitor(rnd.Uint64N(5)), Scroll: holdfast.NoScroll, Door: holdfast.DoorBeacon, Origin: holdfast.Collected,
					}
					if rnd.IntN(4) > 0 {
						e.Country, e.CountryBy = []string{"DE", "FR"}[rnd.IntN(2)], ways[rnd.IntN(len(ways))]
					}
					want[e.Country+" "+string(e.CountryBy)]++
					events = append(events, e)
				}
				_, err := s.store.Accept(t.Context(), events)
				s.must(err)
				if rnd.IntN(2) == 0 {
					s.must(s.store.SealNow(t.Context()))
				}
			}
			got := map[string]int{}
			for _, row := range s.ask(before) {
				at := strings.LastIndex(row, " ")
				var n int
				fmt.Sscan(row[at+1:], &n)
				got[row[:at]] = n
			}
			if !maps.Equal(got, want) {
				t.Errorf("the store says %v, not %v", got, want)
			}
			questions := []asked{before}
			for _, by := range slices.Concat(ways, []holdfast.CountryBy{""}) {
				questions = append(questions, asked{period: before.period, metrics: "events,visitors,visits", by: "day,country", where: fmt.Sprintf("country_by = '%s'", by)})
			}
			s.live(questions...)
		})
	}
}
