package collect

import (
	"hash/maphash"
	"sync"

	"holdfast"
)

// Many stands for the values of a column beyond its budget of different ones.
const Many = "(many)"

// budget bounds how many different values the text columns of a site take in
// an hour, so that nobody fills the memory with made-up paths. It keeps a hash
// of each value, and none longer than the hour.
type budget struct {
	perColumn int
	seed      maphash.Seed

	mu   sync.Mutex // guards all below
	hour holdfast.Millis
	seen hashSet
	used map[columnOf]int
}

type columnOf struct {
	site   holdfast.SiteID
	column uint32
}

// allColumns bounds the memory of a budget, over all sites and columns, to so
// many times what one column may take: 32 MB of hashes with the usual 100,000.
const allColumns = 20

func newBudget(perColumn int) *budget {
	return &budget{perColumn: perColumn, seed: maphash.MakeSeed(), used: map[columnOf]int{}}
}

// apply replaces by Many what is beyond the budget in events.
func (g *budget) apply(b *Batch, events []holdfast.Event) {
	if g.perColumn <= 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if hour := b.now / 3_600_000; hour != g.hour {
		g.hour = hour
		g.seen = hashSet{}
		clear(g.used)
	}
	for i := range events {
		e := &events[i]
		if b.siteByID(e.Site).rule.imports {
			continue
		}
		g.chargeLocked(e)
	}
}

// The columns that have a budget. Properties come after them, by key.
const (
	nameColumn = iota
	hostColumn
	pathColumn
	titleColumn
	referrerColumn
	sourceColumn
	utmSourceColumn
	utmMediumColumn
	utmCampaignColumn
	utmTermColumn
	utmContentColumn
	languageColumn
	userAgentColumn
	propKeyColumn
	firstPropColumn
)

func (g *budget) chargeLocked(e *holdfast.Event) {
	if e.Name != holdfast.Pageview && e.Name != holdfast.Engagement {
		g.charge(e.Site, nameColumn, &e.Name)
	}
	g.charge(e.Site, hostColumn, &e.Host)
	g.charge(e.Site, pathColumn, &e.Path)
	g.charge(e.Site, titleColumn, &e.Title)
	g.charge(e.Site, referrerColumn, &e.Referrer)
	g.charge(e.Site, sourceColumn, &e.Source)
	g.charge(e.Site, utmSourceColumn, &e.UTM.Source)
	g.charge(e.Site, utmMediumColumn, &e.UTM.Medium)
	g.charge(e.Site, utmCampaignColumn, &e.UTM.Campaign)
	g.charge(e.Site, utmTermColumn, &e.UTM.Term)
	g.charge(e.Site, utmContentColumn, &e.UTM.Content)
	g.charge(e.Site, languageColumn, &e.Language)
	g.charge(e.Site, userAgentColumn, &e.UserAgent)
	g.chargeProps(e)
}

func (g *budget) chargeProps(e *holdfast.Event) {
	kept := e.Props[:0]
	var many bool
	for _, p := range e.Props {
		if !g.allow(e.Site, propKeyColumn, p.Key) {
			many = true
			continue
		}
		if p.Kind == holdfast.PropString {
			column := firstPropColumn + uint32(maphash.String(g.seed, p.Key))>>8
			g.charge(e.Site, column, &p.Str)
		}
		kept = append(kept, p)
	}
	if many { // "(" sorts before letters, but not before everything
		at := 0
		for at < len(kept) && kept[at].Key < Many {
			at++
		}
		if at == len(kept) || kept[at].Key != Many {
			kept = append(kept, holdfast.Prop{})
			copy(kept[at+1:], kept[at:])
			kept[at] = holdfast.Prop{Key: Many, Kind: holdfast.PropString, Str: Many}
		}
	}
	e.Props = kept
}

func (g *budget) charge(site holdfast.SiteID, column uint32, value *string) {
	if *value != "" && !g.allow(site, column, *value) {
		*value = Many
	}
}

// allow says whether the column may take the value.
func (g *budget) allow(site holdfast.SiteID, column uint32, value string) bool {
	h := maphash.String(g.seed, value) ^ (uint64(site)<<32|uint64(column)+1)*0x9e3779b97f4a7c15
	if g.seen.has(h) {
		return true
	}
	of := columnOf{site, column}
	if g.used[of] >= g.perColumn || g.seen.len >= allColumns*g.perColumn {
		return false
	}
	g.used[of]++
	g.seen.add(h)
	return true
}

// hashSet is a set of hashes, open addressed.
type hashSet struct {
	slots []uint64 // 0: free
	len   int
}

func (s *hashSet) has(h uint64) bool {
	if s.len == 0 {
		return false
	}
	return s.slots[s.find(h)] != 0
}

func (s *hashSet) add(h uint64) {
	if 2*(s.len+1) > len(s.slots) {
		old := s.slots
		s.slots = make([]uint64, max(1024, 2*len(old)))
		for _, h := range old {
			if h != 0 {
				s.slots[s.find(h)] = h
			}
		}
	}
	s.slots[s.find(h)] = max(h, 1)
	s.len++
}

// find returns the slot that holds h, or the free one where it belongs.
func (s *hashSet) find(h uint64) uint64 {
	h = max(h, 1)
	mask := uint64(len(s.slots) - 1)
	i := h & mask
	for s.slots[i] != 0 && s.slots[i] != h {
		i = (i + 1) & mask
	}
	return i
}
