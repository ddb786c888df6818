package traffic

import (
	"strconv"

	"holdfast"
)

// advance makes the hit of a visit's step at t, and returns when the next step
// is to come.
func (g *Generator) advance(v *visit, t holdfast.Millis, day holdfast.Day, h *Hit) (next holdfast.Millis) {
	g.fill(h, v, t)
	switch v.step {
	case views:
		h.Name = holdfast.Pageview
		v.looked, v.leaves = t, t+g.dwell()
		switch {
		case v.missing:
			v.step = misses
			return t + holdfast.Millis(g.between(40, 200))
		case g.chance(g.c.Custom):
			v.step = does
			return t + 200 + holdfast.Millis(g.Float64()*float64(v.leaves-t-300))
		}
		return g.leave(v, day)
	case misses:
		h.Name = "404"
		h.text("path", v.page.path)
		return g.leave(v, day)
	case does:
		g.deed(h)
		return g.leave(v, day)
	case engages:
		h.Name = holdfast.Engagement
		h.Engaged = int32(float64(min(t-v.looked, 10*60_000)) * (0.3 + 0.7*g.Float64()))
		h.Scroll = int8(min(100, 15+g.Int64N(100)))
		return g.turn(v, t, day)
	case fills:
		h.Name, h.Interactive = "add_to_cart", true
		h.text("product", v.page.path)
		h.number("quantity", 1+g.Int64N(3))
		v.from, v.page, v.step = v.page, checkout, checksOut
		return t + holdfast.Millis(g.between(2_000, 30_000))
	case checksOut:
		h.Name = holdfast.Pageview
		v.from, v.page, v.step = v.page, thanks, isThanked
		return t + holdfast.Millis(g.between(20_000, 180_000))
	case isThanked:
		h.Name = holdfast.Pageview
		v.step = buys
		return t + holdfast.Millis(g.between(50, 900))
	case buys:
		g.purchase(h, v)
		v.step = ends
	case crawls:
		return g.crawl(h, v, t)
	}
	return 0
}

// leave goes on when the page was looked at for long enough.
func (g *Generator) leave(v *visit, day holdfast.Day) holdfast.Millis {
	if g.chance(g.c.Engagement) {
		v.step = engages
		return v.leaves
	}
	return g.turn(v, v.leaves, day)
}

// turn goes on to the next page, if there is one.
func (g *Generator) turn(v *visit, t holdfast.Millis, day holdfast.Day) holdfast.Millis {
	v.viewsLeft--
	switch {
	case v.viewsLeft > 0:
		g.next(v, day)
		v.step = views
		return t + holdfast.Millis(g.between(60, 1500))
	case v.buys:
		v.step = fills
		if v.missing {
			v.page = g.deals.on(v.site, day)
		}
		return t + holdfast.Millis(g.between(500, 5_000))
	}
	v.step = ends
	return 0
}

// crawl fetches a page.
func (g *Generator) crawl(h *Hit, v *visit, t holdfast.Millis) holdfast.Millis {
	h.Name = holdfast.Pageview
	p := g.pages[g.IntN(len(g.pages))] // all alike
	if g.chance(0.02) {
		p = g.missing[g.IntN(len(g.missing))]
	}
	h.Path, h.Title = p.path, p.title
	if v.viewsLeft--; v.viewsLeft == 0 {
		v.step = ends
	}
	return t + holdfast.Millis(g.between(200, 5_000))
}

// fill sets what all hits of a page have.
func (g *Generator) fill(h *Hit, v *visit, t holdfast.Millis) {
	site := &g.c.Sites[v.site]
	*h = Hit{
		Site: int(v.site), Host: site.Name, Time: t, Arrival: g.arrival(v, t),
		IP: v.ip, UserAgent: v.agent, Country: v.country.code,
		Scroll: holdfast.NoScroll, Props: h.Props[:0], client: v.client, who: v.who, person: v.number,
	}
	if v.step == crawls {
		h.arrived = &g.ways[0] // directly
		return
	}
	h.Path, h.Title, h.Query = v.page.path, v.page.title, v.query
	h.Screen, h.Visitor, h.Member, h.arrived = v.screen, v.visitor, v.member, v.arrived
	h.Language, h.language = v.country.language, v.country.lower
	if v.english {
		h.Language, h.language = "en-US", "en-us"
	}
	if v.arrived != nil {
		h.Referrer = v.arrived.referrer
	} else if v.from != nil {
		h.From = v.from.path
	}
	if g.chance(g.c.IDs) {
		h.ID = g.Uint64() | 1
	}
}

// arrival says when a hit comes in.
func (g *Generator) arrival(v *visit, t holdfast.Millis) holdfast.Millis {
	if v.offline > t {
		return v.offline + holdfast.Millis(g.between(10, 3_000))
	}
	return t + holdfast.Millis(min(g.logNormal(70, 0.8), 30_000)) + 1
}

// deed makes something a visitor did.
func (g *Generator) deed(h *Hit) {
	h.Interactive = true
	switch at := g.Float64(); {
	case at < 0.40:
		h.Name = "outbound"
		h.text("host", g.small[g.bySmall.pick(g.Uint64())].source)
	case at < 0.65:
		h.Name = "search"
		h.text("query", nouns[g.byNoun.pick(g.Uint64())])
		h.number("results", g.Int64N(60))
	case at < 0.80:
		h.Name, h.Interactive = "video", false
		h.truth("muted", g.chance(0.8))
		h.float("seconds", float64(g.Int64N(900))/10)
	case at < 0.92:
		h.Name = "vote"
		h.truth("meh", g.chance(0.5))
	default:
		h.Name = "signup"
		h.truth("newsletter", g.chance(0.6))
		h.text("plan", [...]string{"free", "vip", "vip-yearly"}[g.byPlan.pick(g.Uint64())])
	}
}

// purchase makes one. Prices end as prices do.
func (g *Generator) purchase(h *Hit, v *visit) {
	h.Name, h.Interactive = "purchase", true
	items := 1 + int64(g.geometric(0.25))
	price := int64(min(max(g.logNormal(29, 0.8), 3), 2_000))*100 - 1
	if v.country.currency == "JPY" {
		price = price / 100 * 150
	}
	h.Value, h.Currency = price*items, v.country.currency
	if g.chance(0.2) {
		h.float("discount", float64(g.between(1, 60))/100)
	}
	h.truth("first", v.number > firstPerson && g.chance(0.6))
	h.number("items", items)
	h.text("order", "A"+strconv.FormatUint(g.Uint64()>>24|1<<39, 36))
}

// Props are added in the order of their keys.

func (h *Hit) text(key, value string) {
	h.Props = append(h.Props, holdfast.Prop{Key: key, Kind: holdfast.PropString, Str: value})
}

func (h *Hit) number(key string, value int64) {
	h.Props = append(h.Props, holdfast.Prop{Key: key, Kind: holdfast.PropInt, Int: value})
}

func (h *Hit) float(key string, value float64) {
	h.Props = append(h.Props, holdfast.Prop{Key: key, Kind: holdfast.PropFloat, Float: value})
}

func (h *Hit) truth(key string, value bool) {
	h.Props = append(h.Props, holdfast.Prop{Key: key, Kind: holdfast.PropBool, Bool: value})
}
