package classify_test

import (
	"net/netip"
	"testing"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
)

// registry knows who runs one network.
type registry string

func (r registry) Organisation(addr netip.Addr) string {
	if netip.MustParsePrefix("198.51.100.0/24").Contains(addr) {
		return string(r)
	}
	return ""
}

// Names as the files have them: of those in whose networks there are machines,
// and of others.
func TestNetworksOfHosters(t *testing.T) {
	hosts := func(name string) bool {
		c := classify.New()
		c.Networks = registry(name)
		e := holdfast.Event{UserAgent: chrome}
		c.Classify(&e, collect.Hints{Address: netip.MustParseAddr("198.51.100.7")})
		return e.Flag == holdfast.FlagDatacentre
	}
	for _, name := range []string{
		"AMAZON-02", "Amazon.com, Inc.", "MICROSOFT-CORP-MSN-AS-BLOCK", "GOOGLE-CLOUD-PLATFORM", "DIGITALOCEAN-ASN", "Hetzner Online GmbH", "OVH SAS",
		"Akamai Connected Cloud", "Oracle Cloud", "Example Data Center Ltd", "EXAMPLEHOSTING",
	} {
		if !hosts(name) {
			t.Errorf("%s is not known for hosting", name)
		}
	}
	for _, name := range []string{
		"", "Deutsche Telekom AG", "COMCAST-7922", "Vodafone GmbH", "Orange S.A.", "China Mobile Communications Group Co., Ltd.", "GOOGLE",
		"Cloudflare, Inc.", "CLOUDFLARENET", "FASTLY", "Akamai International B.V.", "Database Users Centre",
	} {
		if hosts(name) {
			t.Errorf("%s is taken for a hoster", name)
		}
	}
}

func TestWhoIsFlaggedAsOfADataCentre(t *testing.T) {
	c := classify.New()
	c.Networks = registry("Example Cloud")
	for _, k := range []struct {
		name, userAgent, addr string
		flag                  holdfast.Flag
	}{
		{"who says to be a browser", chrome, "198.51.100.7", holdfast.FlagDatacentre},
		{"who says nothing", "", "198.51.100.7", holdfast.FlagDatacentre},
		{"who says to be a bot is one", "Googlebot/2.1", "198.51.100.7", holdfast.FlagBot},
		{"who comes from elsewhere", chrome, "203.0.113.7", holdfast.Counted},
		{"whose address is not known", chrome, "", holdfast.Counted},
	} {
		t.Run(k.name, func(t *testing.T) {
			addr, _ := netip.ParseAddr(k.addr)
			e := holdfast.Event{UserAgent: k.userAgent}
			c.Classify(&e, collect.Hints{Address: addr})
			if e.Flag != k.flag {
				t.Errorf("got %q", e.Flag)
			}
		})
	}
}
