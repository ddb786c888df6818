package classify

import (
	_ "embed"
	"net/netip"
	"strings"
	"sync"

	"holdfast"
	"holdfast/collect"
)

// Places knows where addresses are. It is asked by many goroutines at once.
type Places interface {
	// Place returns what is known of addr, and keeps nothing of it.
	Place(addr netip.Addr) Place
}

// Place is where an address is. What is not known is "".
type Place struct {
	Country string // ISO 3166-1 alpha-2
	Region  string // ISO 3166-2
	City    string
}

// locate says where the event comes from, and who says so: as it says already,
// since who sent it or a trusted proxy knows; or else by its address; or else,
// which is an estimate, by the time zone of the browser.
func (c *Classifier) locate(e *holdfast.Event, in *collect.Hints) {
	if c.Places != nil && in.Address.IsValid() {
		p := c.Places.Place(in.Address)
		if p.Country != "" && (e.Country == "" || e.Country == p.Country) {
			if e.Country == "" {
				e.Country, e.CountryBy = p.Country, holdfast.CountryByFile
			}
			e.Region, e.City = p.Region, p.City
		}
	}
	if e.Country == "" && in.TimeZone != "" {
		if e.Country = zones()[in.TimeZone]; e.Country != "" {
			e.CountryBy = holdfast.CountryByZone
		}
	}
}

// zoneText says itself where it is from.
//
//go:embed zones.txt
var zoneText string

// zones is the country of each time zone. A zone that several countries share
// has the name of a city in one of them; the others have names of their own for
// it, which browsers know, too.
var zones = sync.OnceValue(func() map[string]string {
	countries := make(map[string]string, 600)
	for line := range strings.Lines(zoneText) {
		country, names, _ := strings.Cut(strings.TrimSpace(line), " ")
		if country == "#" {
			continue
		}
		for name := range strings.FieldsSeq(names) {
			countries[name] = country
		}
	}
	return countries
})
