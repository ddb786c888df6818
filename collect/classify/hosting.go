package classify

import (
	"net/netip"
	"slices"
	"strings"
)

// Networks knows whose networks addresses are in. It is asked by many
// goroutines at once.
type Networks interface {
	// Organisation returns who runs the network of addr, as its registry calls
	// it, or "". It keeps nothing of addr.
	Organisation(addr netip.Addr) string
}

// hosters are words in the names of those whose networks have machines in them
// and nobody who reads pages, in lower case: what they do, and what the larger
// ones are called that do not say so.
//
// Those are not among them in whose networks people's requests come out, too:
// Cloudflare, Fastly and Akamai (Apple's Private Relay, WARP), and companies
// that let lines to homes besides machines.
var hosters = []string{
	"hosting", "webhosting", "hoster", "host", "vps", "server", "servers", "cloud", "clouds", "datacenter", "datacenters", "datacentre", "datacentres", "rechenzentrum", "colo", "colocation", "dedicated",
	"amazon", "aws", "azure", "microsoft", "digitalocean", "ovh", "ovhcloud", "hetzner", "linode", "vultr", "choopa", "scaleway", "contabo", "leaseweb", "alibaba", "aliyun", "tencent", "ucloud",
	"softlayer", "rackspace", "equinix", "upcloud", "kamatera", "hostinger", "hostwinds", "hostgator", "godaddy", "namecheap", "dreamhost", "bluehost", "ionos", "strato", "netcup", "selectel", "timeweb", "beget",
	"m247", "datacamp", "quadranet", "psychz", "colocrossing", "hivelocity", "gcore", "worldstream", "serverius", "nforce", "zenlayer", "stackpath", "heroku", "exoscale", "infomaniak", "gandi",
}

// isHoster says whether a network of this name is of hosting: one of its words is
// one of hosters or ends in "hosting", or it has a data center in two.
func isHoster(organisation string) bool {
	words := strings.FieldsFunc(strings.ToLower(organisation), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
	for i, w := range words {
		if slices.Contains(hosters, w) || strings.HasSuffix(w, "hosting") || w == "data" && i+1 < len(words) && strings.HasPrefix(words[i+1], "cent") {
			return true
		}
	}
	return false
}

// isHosted says whether the event comes from a network of hosting.
func (c *Classifier) isHosted(addr netip.Addr) bool {
	if c.Networks == nil || !addr.IsValid() {
		return false
	}
	name := c.Networks.Organisation(addr)
	return name != "" && *c.organisations.get(name)
}
