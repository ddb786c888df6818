package classify_test

import (
	"net/netip"
	"testing"
	"time"
	_ "time/tzdata" // what zones there are, wherever the test runs

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
)

// atlas knows one network.
type atlas struct{}

func (atlas) Place(addr netip.Addr) (p classify.Place) {
	if netip.MustParsePrefix("198.51.100.0/24").Contains(addr) {
		p = classify.Place{Country: "GB", Region: "GB-ENG", City: "Boxford"}
	}
	return p
}

func TestPlaces(t *testing.T) {
	known, unknown := netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("203.0.113.9")
	cases := []struct {
		name  string
		said  string
		addr  netip.Addr
		zone  string
		place classify.Place
		by    holdfast.CountryBy
	}{
		{"nothing is known", "", netip.Addr{}, "", classify.Place{}, ""},
		{"the address is known", "", known, "Europe/Berlin", classify.Place{Country: "GB", Region: "GB-ENG", City: "Boxford"}, "file"},
		{"the sender knows the country, and the address where in it", "GB", known, "", classify.Place{Country: "GB", Region: "GB-ENG", City: "Boxford"}, "sender"},
		{"the sender knows better than the address", "FR", known, "Europe/Berlin", classify.Place{Country: "FR"}, "sender"},
		{"the address is not known, but the time zone", "", unknown, "Europe/Berlin", classify.Place{Country: "DE"}, "zone"},
		{"a zone by the name it had", "", netip.Addr{}, "Asia/Calcutta", classify.Place{Country: "IN"}, "zone"},
		{"a zone of a small country", "", netip.Addr{}, "Europe/Vaduz", classify.Place{Country: "LI"}, "zone"},
		{"a zone without a country", "", netip.Addr{}, "Etc/UTC", classify.Place{}, ""},
		{"a zone of many countries", "", netip.Addr{}, "CET", classify.Place{}, ""},
		{"no zone", "", netip.Addr{}, "Europe/Atlantis", classify.Place{}, ""},
	}
	c := classify.New()
	c.Places = atlas{}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			e := holdfast.Event{Country: k.said}
			if k.said != "" {
				e.CountryBy = holdfast.CountryBySender
			}
			c.Classify(&e, collect.Hints{Address: k.addr, TimeZone: k.zone})
			if got := (classify.Place{Country: e.Country, Region: e.Region, City: e.City}); got != k.place {
				t.Errorf("got %+v, want %+v", got, k.place)
			}
			if e.CountryBy != k.by {
				t.Errorf("it is by %q, not %q", e.CountryBy, k.by)
			}
		})
	}
}

// Every zone of the list is one, and has the name of a country.
func TestZonesAreZones(t *testing.T) {
	zones := classify.Zones()
	if len(zones) < 500 {
		t.Fatalf("there are only %d zones", len(zones))
	}
	for zone, country := range zones {
		if _, err := time.LoadLocation(zone); err != nil {
			t.Errorf("%s: %v", zone, err)
		}
		if len(country) != 2 {
			t.Errorf("%s is in %q", zone, country)
		}
	}
}
