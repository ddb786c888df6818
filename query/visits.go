package query

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"holdfast"
	"holdfast/keep/rows"
	"holdfast/keep/visit"
)

// visits are the visits of a site day.
type visits struct {
	ready bool
	no    []uint32 // by row of the day; 0: none
	n     int      // the greatest number

	haveEnds bool
	ends     []uint8 // by row of the day: rows.IsEntry, rows.IsExit

	summed bool
	facts  []visitFacts // by number
}

// visitFacts is what a visit is: all of it, whatever is asked about.
type visitFacts struct {
	from, to int64 // times of its first and last event
	views    int32
	acted    bool // it has a custom event that is something the visitor did
}

// sum returns the visit as one.
func (f *visitFacts) sum() visitSum {
	s := visitSum{visits: 1, views: int64(f.views), millis: f.to - f.from}
	if f.views == 1 && !f.acted {
		s.bounces = 1
	}
	return s
}

func (v *visits) begin() { v.ready, v.summed, v.haveEnds = false, false, false }

// loadVisits returns the visits of the day: as its rows say, or folded anew if
// they lie in several places that know nothing of each other.
func (d *day) loadVisits() *visits {
	v := &d.visits
	if v.ready || d.err != nil {
		return v
	}
	v.ready = true
	v.no, v.n = resized(v.no, d.n), 0
	if d.of.Folded() {
		d.readVisits(v)
	} else {
		d.foldVisits(v)
	}
	return v
}

// loadEnds returns the visits of the day with their entries and exits. Their
// numbers are there only if loadVisits was called as well.
func (d *day) loadEnds() *visits {
	v := &d.visits
	if v.haveEnds || d.err != nil {
		return v
	}
	if !d.of.Folded() {
		return d.loadVisits() // which finds both
	}
	v.haveEnds = true
	v.ends = resized(v.ends, d.n)
	d.blocks(func(p *part, lo, hi int) {
		ends := v.ends[p.first+lo:]
		for i, e := range d.ints(p, rows.VisitEnds, lo, hi) {
			ends[i] = uint8(e)
		}
	})
	return v
}

func (d *day) readVisits(v *visits) {
	d.blocks(func(p *part, lo, hi int) {
		ints := d.ints(p, rows.VisitNo, lo, hi)
		no := v.no[p.first+lo:][:len(ints)]
		var most uint64
		for i, n := range ints {
			no[i] = uint32(n)
			most = max(most, uint64(n))
		}
		if most > uint64(d.n) {
			d.fail(fmt.Errorf("visit %d in a day of %d rows", int64(most), d.n))
			return
		}
		v.n = max(v.n, int(most))
	})
}

func (d *day) foldVisits(v *visits) {
	events := d.gatherEvents()
	c := visit.NewComparer()
	visit.Sort(events, func(a, b uint64) int {
		ta, ra := d.tableRow(int(a))
		tb, rb := d.tableRow(int(b))
		return c.Compare(ta, ra, tb, rb)
	})
	d.fail(c.Err)
	clear(v.no)
	v.haveEnds, v.ends = true, zeroed(v.ends, d.n)
	no, ends := visit.Fold(events)
	for i := range events {
		at := events[i].Ref
		v.no[at], v.ends[at] = uint32(no[i]), ends[i]
		v.n = max(v.n, int(no[i]))
	}
}

// gatherEvents returns what matters to visits of all counted rows.
func (d *day) gatherEvents() []visit.Event {
	var counted, views, customs []uint8
	use := make([]bool, d.n)
	d.textBlocks(rows.Flag, func(p *part, lo, hi int, texts []string, codes *rows.Codes) {
		if lo == 0 {
			counted = truthOf(texts, func(s string) bool { return s == string(holdfast.Counted) })
		}
		for i := range hi - lo {
			use[p.first+lo+i] = counted[codes.At(i)] != 0
		}
	})
	var times, visitors, declared, acted intsBuffer
	events := make([]visit.Event, 0, d.n)
	d.textBlocks(rows.Name, func(p *part, lo, hi int, texts []string, codes *rows.Codes) {
		if lo == 0 {
			views, customs = nameTruths(texts)
		}
		read := func(b *intsBuffer, c rows.Number) []int64 {
			ints, err := b.read(p.rows, c, lo, hi)
			d.fail(err)
			return ints
		}
		times, visitors := read(&times, rows.Time), read(&visitors, rows.Visitor)
		declared, acted := read(&declared, rows.Visit), read(&acted, rows.Interactive)
		if d.err != nil {
			return
		}
		for i := range hi - lo {
			row := p.first + lo + i
			if !use[row] || visitors[i] == 0 && declared[i] == 0 {
				continue
			}
			name := codes.At(i)
			events = append(events, visit.Event{
				Time: times[i], Visitor: visitors[i], Declared: declared[i],
				View: views[name] != 0, Acted: acted[i] != 0 && customs[name] != 0,
				Ref: uint64(row),
			})
		}
	})
	return events
}

// nameTruths says which names are page views, and which are custom.
func nameTruths(texts []string) (views, customs []uint8) {
	return truthOf(texts, func(s string) bool { return s == holdfast.Pageview }), truthOf(texts, isCustom)
}

func isCustom(name string) bool { return name != holdfast.Pageview && name != holdfast.Engagement }

// tableRow returns the table, and the row of it, that a row of the day is.
func (d *day) tableRow(row int) (rows.Table, int) {
	i := sort.Search(len(d.parts), func(i int) bool { return d.parts[i].first > row }) - 1
	p := &d.parts[i]
	row -= p.first
	if p.rows.Select != nil {
		return p.rows.Table, int(p.rows.Select[row])
	}
	return p.rows.Table, p.rows.Lo + row
}

// Kinds of names.
const (
	viewName   = 1
	customName = 2
)

// visitFacts returns the facts of the day's visits.
func (d *day) visitFacts() []visitFacts {
	v := d.loadVisits()
	if v.summed || d.err != nil {
		return v.facts
	}
	v.summed = true
	v.facts = resized(v.facts, v.n+1)
	for i := range v.facts {
		v.facts[i] = visitFacts{from: math.MaxInt64, to: math.MinInt64}
	}
	var kinds []uint8
	var acted intsBuffer
	none := make([]int64, d.scan.tuning.blockRows)
	d.textBlocks(rows.Name, func(p *part, lo, hi int, texts []string, codes *rows.Codes) {
		if lo == 0 {
			views, customs := nameTruths(texts)
			kinds = resized(kinds, len(texts))
			for i := range kinds {
				kinds[i] = views[i]*viewName | customs[i]*customName
			}
		}
		times := d.ints(p, rows.Time, lo, hi)
		acts := none
		if slices.Contains(kinds, customName) {
			var err error
			acts, err = acted.read(p.rows, rows.Interactive, lo, hi)
			d.fail(err)
		}
		if d.err != nil {
			return
		}
		no := v.no[p.first+lo : p.first+hi]
		switch {
		case codes.U8 != nil:
			addFacts(v.facts, no, times, codes.U8, kinds, acts)
		case codes.U16 != nil:
			addFacts(v.facts, no, times, codes.U16, kinds, acts)
		default:
			addFacts(v.facts, no, times, codes.U32, kinds, acts)
		}
	})
	return v.facts
}

func addFacts[T code](facts []visitFacts, no []uint32, times []int64, names []T, kinds []uint8, acted []int64) {
	times, names, acted = times[:len(no)], names[:len(no)], acted[:len(no)]
	for i, n := range no {
		f := &facts[n]
		t, kind := times[i], kinds[names[i]]
		f.from, f.to = min(f.from, t), max(f.to, t)
		f.views += int32(kind & viewName)
		if acted[i] != 0 && kind == customName {
			f.acted = true
		}
	}
}

// visitors are the visitors of a site day, numbered closely from 1.
type visitors struct {
	ready bool
	no    []uint32 // by row of the day; 0: nobody
	n     int      // the greatest number
	ids   codeMap  // of those that are not ordinals
	shift uint32   // ids are numbered from here on
}

// loadVisitors numbers the visitors of the day. Ordinals keep their number,
// hashes get one after them.
func (d *day) loadVisitors() *visitors {
	v := &d.visitors
	if v.ready || d.err != nil {
		return v
	}
	v.ready = true
	v.no = resized(v.no, d.n)
	v.ids.reset()
	most := uint32(2*d.n + 16*holdfast.Networks) // greater ordinals are treated as hashes
	var ordinals uint32
	d.blocks(func(p *part, lo, hi int) {
		ints := d.ints(p, rows.Visitor, lo, hi)
		into := v.no[p.first+lo:][:len(ints)]
		for i, id := range ints {
			if uint64(id) <= uint64(most) {
				into[i] = uint32(id)
				ordinals = max(ordinals, uint32(id))
				continue
			}
			into[i] = most + 1 + v.ids.code(uint64(id))
		}
	})
	v.shift = ordinals + 1
	v.n = int(ordinals) + len(v.ids.keys)
	if back := most - ordinals; back > 0 && len(v.ids.keys) > 0 {
		for i, no := range v.no {
			if no > most {
				v.no[i] = no - back
			}
		}
	}
	return v
}

// id returns the visitor with a number.
func (v *visitors) id(no uint32) holdfast.VisitorID {
	if no < v.shift {
		return holdfast.VisitorID(no)
	}
	return holdfast.VisitorID(v.ids.keys[no-v.shift])
}
