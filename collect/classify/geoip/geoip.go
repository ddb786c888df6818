// Package geoip knows where addresses are, and whose network they are in, from
// files in the MaxMind DB format (.mmdb) that the operator has got from
// somebody.
//
// A file is read into memory as a whole: it is not mapped, since a file that
// is cut short while it is used would then end the program. Follow takes a file
// that was replaced; one that cannot be read changes nothing. No address is
// kept.
package geoip

import (
	"errors"
	"log/slog"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"

	"holdfast/collect/classify"
)

// File is a file that knows where addresses are.
type File struct{ file }

var _ classify.Places = (*File)(nil)

// errNoCountries is of a file about something else, networks for one.
var errNoCountries = errors.New("it knows no country of any address")

// Open reads a file of places.
func Open(name string, log *slog.Logger) (*File, error) {
	f := &File{file{name: name, about: "places", knows: hasCountry, none: errNoCountries, log: log}}
	return f, f.load()
}

func hasCountry(of maxminddb.Result) (bool, error) {
	var country string
	err := of.DecodePath(&country, "country", "iso_code")
	return country != "", err
}

// record is what is read of what such files hold of an address.
type record struct {
	Country struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	Subdivisions []struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"subdivisions"`
	City struct {
		Names struct {
			English string `maxminddb:"en"`
		} `maxminddb:"names"`
	} `maxminddb:"city"`
}

// Place returns what the file says of addr. Of damage nothing is known.
func (f *File) Place(addr netip.Addr) (p classify.Place) {
	var r record
	result := f.read.Load().Lookup(addr.Unmap().WithZone(""))
	if !result.Found() || result.Decode(&r) != nil || !isCode(r.Country.Code, 2, 2) {
		return p
	}
	p.Country, p.City = r.Country.Code, r.City.Names.English
	if len(r.Subdivisions) > 0 && isCode(r.Subdivisions[0].Code, 1, 3) {
		p.Region = p.Country + "-" + r.Subdivisions[0].Code
	}
	return p
}

// isCode says whether code is capitals and digits, as in ISO 3166.
func isCode(code string, least, most int) bool {
	for i := range len(code) {
		if c := code[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return least <= len(code) && len(code) <= most
}
