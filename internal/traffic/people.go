package traffic

import (
	"encoding/binary"
	"math"
	"net/netip"

	"holdfast"
)

// person is somebody who visits a site. Everything about one follows from the
// number, so that nobody has to be remembered.
type person struct {
	number  uint64
	country *country
	client  *client
	ip      netip.Addr
	english bool // reads English, wherever that is
	screen  string
}

// Numbers begin high, so that there is a past for people to return from.
// Regulars have numbers of their own below.
const firstPerson = 1 << 40

// somebody chooses who visits a site.
func (g *Generator) somebody(site int32, rush bool) uint64 {
	perDay := g.c.Sites[site].PerDay * (1 - g.c.Bots) / g.visitHits * (1 - g.c.Returning)
	at := g.Float64()
	if rush {
		at /= 3 // regulars and readers of the newsletter know when it starts
	}
	switch at /= max(g.c.Returning, 1e-9); {
	case at < 0.40: // a regular, one of as many as come anew in 18 hours
		return g.Uint64N(uint64(perDay*0.75) + 1)
	case at < 0.56: // again on the same day
		return g.newest[site] - g.Uint64N(uint64(perDay/2)+1)
	case at < 1: // days ago, or weeks
		days := 0.5 + math.Min(g.logNormal(3, 1.2), 365)
		return g.newest[site] - uint64(perDay*days)
	}
	g.newest[site]++
	return g.newest[site]
}

// person describes one.
func (g *Generator) person(site int32, number uint64) person {
	r := mix(g.c.Seed^uint64(site)<<44, number)
	p := person{number: number, country: &g.countries[g.byCountry.pick(mix(r, 1))]}
	rich := 0
	if p.country.iPhones {
		rich = 1
	}
	p.client = &browsers[g.byBrowser[rich].pick(mix(r, 2))]
	r = mix(r, 3)
	p.english = r%100 < 15
	p.screen = screenOf(p.client.device, r>>8)
	p.ip = address(r>>16, r>>56%100 < 40)
	return p
}

// address makes one of two kinds.
func address(random uint64, six bool) netip.Addr {
	if !six {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], uint32(random)|0xf0000000)
		return netip.AddrFrom4(a)
	}
	a := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	binary.BigEndian.PutUint32(a[4:], uint32(random))
	binary.BigEndian.PutUint64(a[8:], mix(random, 4))
	return netip.AddrFrom16(a)
}

func screenOf(device string, random uint64) string {
	switch device {
	case "phone", "tablet":
		return device
	case "desktop":
		if random%100 < 45 {
			return "laptop"
		}
	}
	return "desktop"
}

// inApp returns the client in which somebody follows a link of an app.
func (p *person) inApp(app string) *client {
	pair, ok := apps[app]
	switch {
	case !ok || p.client.device != "phone":
		return p.client
	case p.client.os == "iOS":
		return pair[1]
	}
	return pair[0]
}

// crawler makes a visitor of a program. Each has some addresses.
func (g *Generator) crawler() person {
	i := g.byCrawler.pick(g.Uint64())
	number := uint64(i)<<8 | g.Uint64N(40)
	r := mix(g.c.Seed, number)
	return person{number: number, country: &g.countries[0], client: &crawlers[i], ip: address(r, r>>60 == 0)}
}

// hour is one in ms.
const hour = holdfast.Millis(3_600_000)
