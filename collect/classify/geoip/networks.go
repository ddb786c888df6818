package geoip

import (
	"errors"
	"log/slog"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"

	"holdfast/collect/classify"
)

// Networks is a file that knows whose networks addresses are in: of autonomous
// systems, in the fields that MaxMind's and DB-IP's files have.
type Networks struct{ file }

var _ classify.Networks = (*Networks)(nil)

// organisation is the field with the name of who runs a network.
const organisation = "autonomous_system_organization"

// errNoOrganisations is of a file about something else, places for one.
var errNoOrganisations = errors.New("it knows of no address whose network it is in")

// OpenNetworks reads a file of networks.
func OpenNetworks(name string, log *slog.Logger) (*Networks, error) {
	f := &Networks{file{name: name, about: "networks", knows: hasOrganisation, none: errNoOrganisations, log: log}}
	return f, f.load()
}

func hasOrganisation(of maxminddb.Result) (bool, error) {
	var name string
	err := of.DecodePath(&name, organisation)
	return name != "", err
}

// Organisation returns who runs the network of addr, or "". Of damage nothing is
// known.
func (f *Networks) Organisation(addr netip.Addr) (name string) {
	result := f.read.Load().Lookup(addr.Unmap().WithZone(""))
	if !result.Found() || result.DecodePath(&name, organisation) != nil {
		return ""
	}
	return name
}
