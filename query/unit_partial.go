package query

import (
	"math/bits"

	"holdfast"
	"holdfast/keep/rows"
)

// partial returns what the unit counted.
func (u *unit) partial() *partial {
	p := &partial{}
	if u.day.err != nil {
		return p
	}
	present, to := u.present()
	p.n = len(present)
	if u.plan.rest == nil {
		p.dims = u.partialDims(present)
	}
	p.states = make([]state, len(u.plan.aggs))
	for i := range u.counts {
		c := &u.counts[i]
		a, b := &counts{make([]int64, p.n)}, &counts{make([]int64, p.n)}
		for group, slot := range present {
			a.n[group], b.n[group] = int64(uint32(c.n[slot])), int64(c.n[slot]>>32)
		}
		p.states[c.a] = a
		if c.b >= 0 {
			p.states[c.b] = b
		}
	}
	for i := range u.plan.aggs {
		if p.states[i] == nil {
			p.states[i] = u.state(i, present, to)
		}
	}
	return p
}

// present returns the slots that are groups, and for each slot which group
// it is.
func (u *unit) present() (slots []uint32, to []uint32) {
	n := u.counts[0].n
	to = make([]uint32, len(n))
	for slot, v := range n {
		if uint32(v) != 0 {
			to[slot] = uint32(len(slots))
			slots = append(slots, uint32(slot))
		}
	}
	return slots, to
}

func (u *unit) partialDims(present []uint32) []partialDim {
	dims := make([]partialDim, len(u.slots.dims))
	for i := range dims {
		dims[i] = partialDim{codes: make([]uint32, len(present)), texts: u.slots.dims[i].texts}
	}
	var codes []uint32
	planCodes := u.planCodes()
	for group, slot := range present {
		codes = u.slots.codes(slot, codes)
		for i, code := range codes {
			dims[i].codes[group] = planCodes[i](code)
		}
	}
	return dims
}

// planCodes returns, for each dimension, what the plan knows a code of the
// unit as: a bucket of time by its number, a text by the code of its name. All
// others are told by their texts.
func (u *unit) planCodes() []func(uint32) uint32 {
	all := make([]func(uint32) uint32, len(u.slots.dims))
	for i := range all {
		column := u.slots.dims[i].column
		switch of := &u.day.scan.columns[column]; of.from {
		case fromTime:
			c := &u.day.columns[column]
			all[i] = func(code uint32) uint32 { return c.labelOf(of.buckets, code) }
		case fromText, fromEnd:
			names := u.namesOf(column)
			all[i] = func(code uint32) uint32 { return names[code] }
		default:
			all[i] = func(code uint32) uint32 { return code }
		}
	}
	return all
}

// namesOf returns the codes of the names of a column by those of the unit.
func (u *unit) namesOf(column int) []uint32 {
	d := u.day
	if of := &d.scan.columns[column]; of.from == fromText && u.part != nil {
		return d.nameCodes(of.text, u.part)
	}
	return d.namesOf(column)
}

// state returns what an agg counted in the groups.
func (u *unit) state(i int, present, to []uint32) state {
	a, slots := &u.plan.aggs[i], len(to)
	switch a.kind {
	case countVisitors:
		all := u.pairs[i].perSlot(slots)
		s := &counts{make([]int64, len(present))}
		for group, slot := range present {
			s.n[group] = all[slot]
		}
		return s
	case peakVisitors:
		return u.peaks(i, slots, present)
	case sumVisits:
		s := &visitSums{make([]visitSum, len(present))}
		facts := u.day.visitFacts()
		if u.day.err != nil {
			return s
		}
		all := u.pairs[i].sumVisits(slots, facts)
		for group, slot := range present {
			s.of[group] = all[slot]
		}
		return s
	case sumNumbers:
		s := &sums{make([]sum, len(present))}
		for group, slot := range present {
			if int(slot) < len(u.sums[i]) {
				s.of[group] = u.sums[i][slot]
			}
		}
		return s
	case extremes:
		s := &ends{make([]leastGreatest, len(present))}
		for group, slot := range present {
			if int(slot) < len(u.ends[i]) {
				s.of[group] = u.ends[i][slot]
			}
		}
		return s
	case declaredVisitors:
		return u.declared(i, slots, to)
	}
	return u.distinct(i, slots, to)
}

func (v *visitSum) add(o *visitSum) {
	v.visits += o.visits
	v.bounces += o.bounces
	v.views += o.views
	v.millis += o.millis
}

// peaks returns how many visitors the groups have, and in how many networks.
func (u *unit) peaks(i, slots int, present []uint32) state {
	all := u.day.loadVisitors()
	visitors, networks := make([]int64, slots), make([]uint16, slots)
	u.pairs[i].each(slots, func(slot, no uint32) {
		if no > 0 {
			visitors[slot]++
			networks[slot] |= 1 << all.id(no).Network()
		}
	})
	s := &peaks{make([]peak, len(present))}
	for group, slot := range present {
		s.of[group] = peak{visitors[slot], int64(bits.OnesCount16(networks[slot]))}
	}
	return s
}

// declared returns the visitors of the groups whom the site names.
func (u *unit) declared(i, slots int, to []uint32) state {
	s := &distinct{visitors: []uint64{}}
	all := u.day.loadVisitors()
	known := make([]uint32, all.n+1) // code + 1
	u.pairs[i].each(slots, func(slot, no uint32) {
		if no == 0 || !all.id(no).Declared() {
			return
		}
		if known[no] == 0 {
			s.visitors = append(s.visitors, uint64(all.id(no)))
			known[no] = uint32(len(s.visitors))
		}
		s.groups = append(s.groups, to[slot])
		s.values = append(s.values, known[no]-1)
	})
	return s
}

// distinct returns the values of the groups, of which "" is none.
func (u *unit) distinct(i, slots int, to []uint32) state {
	column := u.plan.aggs[i].column
	s := &distinct{}
	add := func(slot, code uint32) {
		s.groups = append(s.groups, to[slot])
		s.values = append(s.values, code)
	}
	if from := u.day.scan.columns[column].from; from == fromText || from == fromEnd {
		names := u.namesOf(column)
		u.pairs[i].each(slots, func(slot, code uint32) {
			if names[code] != noName {
				add(slot, names[code])
			}
		})
		return s
	}
	s.texts = u.day.column(column).texts
	u.pairs[i].each(slots, func(slot, code uint32) {
		if s.texts[code] != "" {
			add(slot, code)
		}
	})
	return s
}

// inTop says whether the group of a slot is among those that the question
// shows.
func (u *unit) inTop(slot uint32) bool {
	codes := u.slots.codes(slot, nil)
	texts := make([]string, len(codes))
	for i, planCode := range u.planCodes() {
		if dim := &u.slots.dims[i]; dim.texts != nil {
			texts[i] = dim.texts[codes[i]]
		}
		codes[i] = planCode(codes[i])
	}
	return u.plan.rest.has(texts, codes)
}

// numberOf returns the number that a property is, if it is one.
func numberOf(p *rows.PropValue) (value, bool) {
	switch p.Kind {
	case holdfast.PropInt:
		return value{i: p.Int}, true
	case holdfast.PropFloat:
		return value{float: true, f: p.Float}, true
	}
	return value{}, false
}
