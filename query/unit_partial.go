package query

import (
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
	for group, slot := range present {
		codes = u.slots.codes(slot, codes)
		for i, code := range codes {
			dims[i].codes[group] = u.planCode(i, code)
		}
	}
	return dims
}

// planCode returns the code that the plan knows of a bucket of time; other
// codes are told by their texts.
func (u *unit) planCode(dim int, code uint32) uint32 {
	column := u.slots.dims[dim].column
	if of := &u.day.scan.columns[column]; of.from == fromTime {
		return u.day.columns[column].labelOf(of.buckets, code)
	}
	return code
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
	case sumVisits:
		s := &visitSums{make([]visitSum, len(present))}
		sums := u.day.sumVisitsUp()
		if u.day.err != nil {
			return s
		}
		u.pairs[i].each(slots, func(slot, visit uint32) {
			if visit > 0 {
				s.of[to[slot]].add(&sums[visit])
			}
		})
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
	a := &u.plan.aggs[i]
	s := &distinct{texts: u.textsOf(a.column)}
	u.pairs[i].each(slots, func(slot, code uint32) {
		if s.texts[code] != "" {
			s.groups = append(s.groups, to[slot])
			s.values = append(s.values, code)
		}
	})
	return s
}

// textsOf returns the texts of a column's codes in the unit.
func (u *unit) textsOf(column int) []string {
	d := u.day
	if of := &d.scan.columns[column]; of.from == fromText && u.part != nil {
		return d.textOf(of.text, u.part)
	}
	return d.column(column).texts
}

// inTop says whether the group of a slot is among those that the question
// shows.
func (u *unit) inTop(slot uint32) bool {
	codes := u.slots.codes(slot, nil)
	texts := make([]string, len(codes))
	for i, code := range codes {
		if dim := &u.slots.dims[i]; dim.texts != nil {
			texts[i] = dim.texts[code]
		}
		codes[i] = u.planCode(i, code)
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
