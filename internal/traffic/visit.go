package traffic

import (
	"strconv"

	"holdfast"
)

// visit is one that goes on: what is known of it, and what comes next.
type visit struct {
	person
	site      int32
	agent     string
	who       uint64
	visitor   string
	member    string
	offline   holdfast.Millis // hits before then arrive then; 0: at once
	arrived   *arrived        // nil once the first page was left
	query     string          // of the first page
	page      *page
	from      *page // the page before; nil on the first
	step      step
	viewsLeft int
	buys      bool
	missing   bool            // the page is not there
	leaves    holdfast.Millis // the page
	looked    holdfast.Millis // since when
}

// step is what a visit does next.
type step uint8

const (
	views step = iota
	misses
	does
	engages
	fills // the cart
	checksOut
	isThanked
	buys
	crawls
	ends
)

// begin makes a visit of a person that begins at t.
func (g *Generator) begin(v *visit, site int32, day holdfast.Day, t holdfast.Millis, rush bool) {
	*v = visit{site: site, person: g.person(site, g.somebody(site, rush)), step: views}
	v.arrived = g.way(site, day, rush)
	client := v.inApp(v.arrived.app)
	if client != v.client && g.chance(0.3) {
		client = v.client // opened in the browser after all
	}
	v.client = client
	v.identify(g, day)
	v.query = v.arrived.query
	if v.arrived.click != "" {
		v.query = g.clickID(v.query, v.arrived.click)
	}
	if g.chance(g.c.Late) {
		// Long enough to be noticed, and not longer than a door takes it for.
		v.offline = t + holdfast.Millis(min(max(g.logNormal(float64(2*hour), 1.2), float64(hour/12)), float64(47*hour)))
	}
	v.viewsLeft = 1
	if !g.chance(bounces) {
		v.viewsLeft = min(2+g.geometric(goesOn), maxViews)
		v.buys = g.chance(g.c.Purchases / (1 - bounces))
	}
	v.page = g.landing(v, day)
	v.missing = g.chance(g.c.Missing)
	if v.missing {
		v.page = g.missing[g.byMissing.pick(g.Uint64())]
	}
}

// identify says who somebody is to the outside.
func (v *visit) identify(g *Generator, day holdfast.Day) {
	v.agent = g.agents.agent(v.client, day, mix(v.number, 5))
	v.who = mix(mix(g.c.Seed^uint64(v.site)<<44, v.number), uint64(len(v.agent)))
	switch r := unit(mix(v.number, 6)); {
	case r < g.c.Members:
		v.member = "m" + strconv.FormatUint(v.number, 36)
	case r < g.c.Members+g.c.Visitors:
		v.visitor = "v" + strconv.FormatUint(mix(v.number, 7), 36)
	}
}

// beginCrawl makes a visit of a program.
func (g *Generator) beginCrawl(v *visit, site int32, day holdfast.Day) {
	*v = visit{site: site, person: g.crawler(), step: crawls, viewsLeft: 1 + g.geometric(botGoesOn)}
	v.agent = g.agents.agent(v.client, day, v.number)
	v.who = mix(g.c.Seed, v.number)
}

// way chooses how somebody comes.
func (g *Generator) way(site int32, day holdfast.Day, rush bool) *arrived {
	pick := &g.byWay
	if rush {
		pick = &g.byRush
	}
	switch i := pick.pick(g.Uint64()); {
	case i < len(g.ways):
		return &g.ways[i]
	case i == len(g.ways):
		return &g.small[g.bySmall.pick(g.Uint64())]
	}
	letters := g.newsletter(day)
	return &letters[min(g.geometric(0.5), len(letters)-1)]
}

// clickID adds the click id that an advertiser's link has.
func (g *Generator) clickID(query, kind string) string {
	b := make([]byte, 0, len(query)+len(kind)+34)
	b = append(b, query...)
	if query != "" {
		b = append(b, '&')
	}
	b = append(append(b, kind...), "=IwZ"...)
	for range 2 {
		b = strconv.AppendUint(b, g.Uint64()|1<<63, 36)
	}
	return string(b)
}

// landing chooses the first page.
func (g *Generator) landing(v *visit, day holdfast.Day) *page {
	switch v.arrived.to {
	case toHome:
		if g.chance(0.6) {
			return home
		}
		return g.deals.on(v.site, day)
	case toDeal:
		if g.chance(0.85) {
			return g.deals.on(v.site, day)
		}
	case toOld:
		if g.chance(0.4) {
			return g.oldDeal(v.site, day)
		}
	}
	return g.anyPage()
}

func (g *Generator) anyPage() *page { return g.pages[g.byPage.pick(g.Uint64())] }

func (g *Generator) oldDeal(site int32, day holdfast.Day) *page {
	return g.deals.on(site, day-1-holdfast.Day(min(g.logNormal(6, 1.5), 700)))
}

// next chooses the page after the first.
func (g *Generator) next(v *visit, day holdfast.Day) {
	v.from, v.arrived, v.query = v.page, nil, ""
	v.missing = g.chance(g.c.Missing)
	switch at := g.Float64(); {
	case v.missing:
		v.page = g.missing[g.byMissing.pick(g.Uint64())]
	case at < 0.30:
		v.page = g.deals.on(v.site, day)
	case at < 0.42:
		v.page = home
	case at < 0.50:
		v.page = g.oldDeal(v.site, day)
	default:
		v.page = g.anyPage()
	}
}

// dwell is how long somebody looks at a page, in ms. One in sixty leaves it
// open and comes back.
func (g *Generator) dwell() holdfast.Millis {
	if g.chance(1.0 / 60) {
		return 20*60_000 + holdfast.Millis(g.Uint64N(60*60_000))
	}
	return 700 + holdfast.Millis(min(g.logNormal(32_000, 1.1), 15*60_000))
}
