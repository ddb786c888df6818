package geoip_test

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter/mmdbtype"

	"holdfast/collect/classify/geoip"
)

func TestNetworks(t *testing.T) {
	name := filepath.Join(t.TempDir(), "asn.mmdb")
	write(t, name, map[string]mmdbtype.Map{
		"192.0.2.0/24":   {"autonomous_system_number": mmdbtype.Uint32(64500), "autonomous_system_organization": mmdbtype.String("Example Cloud")},
		"2001:db8::/32":  {"autonomous_system_organization": mmdbtype.String("Example Lines")},
		"203.0.113.0/24": {"autonomous_system_number": mmdbtype.Uint32(64501)},
	})
	f, err := geoip.OpenNetworks(name, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]string{"192.0.2.1": "Example Cloud", "::ffff:192.0.2.1": "Example Cloud", "2001:db8::7": "Example Lines", "203.0.113.1": "", "10.0.0.1": ""} {
		if got := f.Organisation(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is in a network of %q, not %q", addr, got, want)
		}
	}
	write(t, name, map[string]mmdbtype.Map{"192.0.2.0/24": country("FR")})
	if _, err := geoip.OpenNetworks(name, slog.New(slog.DiscardHandler)); err == nil || !strings.HasSuffix(err.Error(), "asn.mmdb: it knows of no address whose network it is in") {
		t.Errorf("of a file of places: %v", err)
	}
}

func BenchmarkOrganisation(b *testing.B) {
	name := filepath.Join(b.TempDir(), "asn.mmdb")
	write(b, name, map[string]mmdbtype.Map{"192.0.2.0/24": {"autonomous_system_number": mmdbtype.Uint32(64500), "autonomous_system_organization": mmdbtype.String("Example Cloud")}})
	f, err := geoip.OpenNetworks(name, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	addr := netip.MustParseAddr("192.0.2.1")
	b.ReportAllocs()
	for b.Loop() {
		f.Organisation(addr)
	}
}
