package traffic

import (
	"iter"
	"slices"

	"holdfast"
)

// Generator makes hits in the order of their times. It is for one goroutine.
// Its memory is that of the visits going on and of the user agents there ever
// were; it does not grow with the hits.
type Generator struct {
	dice
	c         Config
	visitHits float64 // of people, on average

	groups  []*group
	groupOf []*group // by site
	newest  []uint64 // person, by site

	pages, missing            []*page
	ways, small               []arrived
	countries                 []country
	byPage, byMissing         alias
	byWay, byRush, bySmall    alias
	byCountry                 alias
	byBrowser                 [2]alias
	byCrawler, byNoun, byPlan alias
	deals                     *deals
	agents                    agents
	letters                   map[holdfast.Day][]arrived // of the last days

	minute holdfast.Millis // up to which visits have begun
	end    holdfast.Millis
	queue  queue
	visits []visit
	free   []int32
	repeat Hit // to be given once more
}

// New returns the traffic of a Config. A Config that makes no sense is an
// error.
func New(c Config) (*Generator, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	g := &Generator{
		dice: newDice(c.Seed, 0), c: c, visitHits: c.hitsPerVisit(),
		groups: groups(&c), groupOf: make([]*group, len(c.Sites)), newest: make([]uint64, len(c.Sites)),
		pages: pages(c.Seed, c.Paths), missing: missing(c.Seed, 500),
		ways: ways(), small: smallSites(c.Seed, c.Referrers),
		deals: &deals{seed: c.Seed}, agents: agents{}, letters: map[holdfast.Day][]arrived{},
	}
	for i := range g.newest {
		g.newest[i] = firstPerson
	}
	g.minute = g.groups[0].from
	for _, gr := range g.groups {
		g.minute, g.end = min(g.minute, gr.from), max(g.end, gr.to)
		for _, site := range gr.sites {
			g.groupOf[site] = gr
		}
	}
	g.weigh()
	return g, nil
}

// weigh sets how often each thing is picked.
func (g *Generator) weigh() {
	var weights []float64
	g.countries, weights = countries()
	g.byCountry = newAlias(weights)
	var calm, rush []float64
	for _, w := range g.ways {
		calm, rush = append(calm, w.weight), append(rush, w.rush)
	}
	g.byWay = newAlias(append(calm, smallWeight, newsletterWeight))
	g.byRush = newAlias(append(rush, smallRush, newsletterRush))
	g.bySmall = newAlias(zipf(len(g.small)))
	g.byPage = newAlias(zipf(len(g.pages)))
	g.byMissing = newAlias(zipf(len(g.missing)))
	g.byNoun = newAlias(zipf(len(nouns)))
	g.byPlan = newAlias([]float64{80, 15, 5})
	for rich := range g.byBrowser {
		g.byBrowser[rich] = newAlias(weightsOf(browsers, rich))
	}
	g.byCrawler = newAlias(weightsOf(crawlers, 0))
}

func weightsOf(clients []client, rich int) (weights []float64) {
	for i := range clients {
		weights = append(weights, clients[i].weight[rich])
	}
	return weights
}

// Next makes the next hit, or returns false after the last. What h held before
// is overwritten, and the memory of its Props used again.
func (g *Generator) Next(h *Hit) bool {
	if g.repeat.Repeat {
		props := append(h.Props[:0], g.repeat.Props...)
		*h = g.repeat
		h.Props, g.repeat.Repeat = props, false
		return true
	}
	for {
		for len(g.queue) == 0 || g.queue[0].at >= int64(g.minute) {
			if g.minute >= g.end {
				return false
			}
			g.beginVisits()
		}
		d := g.queue.pop()
		v := &g.visits[d.slot]
		t := holdfast.Millis(d.at)
		gr := g.groupOf[v.site]
		if t >= gr.to {
			g.free = append(g.free, d.slot) // it goes on after our time
			continue
		}
		next := g.advance(v, t, g.dayOf(int(v.site), t), h)
		if v.step == ends {
			g.free = append(g.free, d.slot)
		} else {
			g.queue.push(due{int64(next), d.slot})
		}
		if h.ID != 0 && g.chance(g.c.Repeats) {
			g.sendAgain(h)
		}
		return true
	}
}

// Hits gives all hits that Next has still to make. The Hit is the same one
// every time; it is good until the next.
func (g *Generator) Hits() iter.Seq[*Hit] {
	return func(yield func(*Hit) bool) {
		var h Hit
		for g.Next(&h) && yield(&h) {
		}
	}
}

// sendAgain has a hit come a second time: at once, or from an outbox.
func (g *Generator) sendAgain(h *Hit) {
	g.repeat = *h
	g.repeat.Props = slices.Clone(h.Props)
	g.repeat.Repeat = true
	wait := holdfast.Millis(g.between(20, 5_000))
	if g.chance(0.3) {
		wait = holdfast.Millis(min(g.logNormal(float64(hour), 1.5), float64(46*hour)))
	}
	g.repeat.Arrival = min(g.repeat.Arrival+wait, max(g.repeat.Time+48*hour, g.repeat.Arrival))
}

// beginVisits begins all visits of the next minute.
func (g *Generator) beginVisits() {
	t := g.minute
	g.minute += 60_000
	for _, gr := range g.groups {
		if t < gr.from || t >= gr.to {
			continue
		}
		minute := gr.enter(&g.c, t)
		calmVisits := gr.people * gr.busyness * (1 - g.c.Rush) * calm(minute)
		rushVisits := gr.people * gr.busyness * g.c.Rush * rush(minute)
		for range g.poisson(calmVisits) {
			site, at, slot := g.start(gr, t)
			g.begin(&g.visits[slot], site, gr.day, at, false)
		}
		for range g.poisson(rushVisits) {
			site, at, slot := g.start(gr, t)
			g.begin(&g.visits[slot], site, gr.day, at, true)
		}
		for range g.poisson(gr.bots / dayMinutes) {
			site, _, slot := g.start(gr, t)
			g.beginCrawl(&g.visits[slot], site, gr.day)
		}
	}
}

// start finds a place for a visit of a group that begins within the minute.
func (g *Generator) start(gr *group, minute holdfast.Millis) (site int32, at holdfast.Millis, slot int32) {
	site = gr.sites[gr.pick.pick(g.Uint64())]
	at = minute + holdfast.Millis(g.Uint64N(60_000))
	if n := len(g.free); n > 0 {
		slot = g.free[n-1]
		g.free = g.free[:n-1]
	} else {
		slot = int32(len(g.visits))
		g.visits = append(g.visits, visit{})
	}
	g.queue.push(due{int64(at), slot})
	return site, at, slot
}

// newsletter returns the ways of a day's newsletter.
func (g *Generator) newsletter(day holdfast.Day) []arrived {
	list, ok := g.letters[day]
	if !ok {
		// Visits hold on to their way, so older ones may go.
		for old := range g.letters {
			if old < day-3 {
				delete(g.letters, old)
			}
		}
		list = newsletter("daily-" + day.String())
		g.letters[day] = list
	}
	return list
}
