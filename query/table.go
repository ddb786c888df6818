package query

import (
	"fmt"

	"holdfast"
)

// partial is what a unit of the scan, a site day or a part of one, contributes
// to a question: groups, each with the codes of its dimensions and what was
// counted in it. A group may be in it several times. It does not change once
// it is made.
type partial struct {
	n      int
	dims   []partialDim
	states []state // by agg
}

// partialDim is a dimension of the groups of a partial.
type partialDim struct {
	codes []uint32
	texts []string // by code; nil for buckets of time, whose codes are those of the plan
}

// table is all that a question's units contribute.
type table struct {
	plan *plan
	partial
	names []interner // by dimension
	pairs []codeMap  // of the groups up to dimension i-1, and dimension i
	to    []uint32   // reused
}

func newTable(p *plan) *table {
	t := &table{plan: p}
	for _, a := range p.aggs {
		t.states = append(t.states, newState(a.kind))
	}
	if p.rest == nil {
		t.dims = make([]partialDim, len(p.dims))
		t.names = make([]interner, len(p.dims))
		t.pairs = make([]codeMap, len(p.dims))
	}
	if len(t.dims) == 0 {
		t.addAll()
	}
	return t
}

// addAll makes the one group of a question without dimensions, which is there
// even if no event is.
func (t *table) addAll() {
	empty := partial{n: 1}
	for _, a := range t.plan.aggs {
		empty.states = append(empty.states, newState(a.kind))
	}
	t.n = 1
	for i, s := range t.states {
		s.merge(empty.states[i], nil, 1)
	}
}

// merge adds a partial. It is an error if there are then more groups, or more
// different values, than a question may cost.
func (t *table) merge(p *partial) error {
	if p.n == 0 {
		return nil
	}
	t.to = zeroed(t.to, p.n)
	for d := range t.dims {
		t.mergeDim(d, &p.dims[d])
	}
	if len(t.dims) > 0 {
		t.n = len(t.dims[0].codes)
	}
	if most := t.plan.scan.maxGroups; t.n > most {
		return tooMuch("more than %d groups", most)
	}
	for i, s := range t.states {
		s.merge(p.states[i], t.to, t.n)
		if most := 4 * t.plan.scan.maxGroups; s.size() > most {
			return tooMuch("more than %d different values", most)
		}
	}
	return nil
}

func tooMuch(format string, args ...any) error {
	return &holdfast.FieldError{Field: "by", Reason: fmt.Sprintf(format, args...) + "; ask about less time, or fewer dimensions"}
}

// mergeDim takes t.to from the groups made by the dimensions before d to those
// made by d as well.
func (t *table) mergeDim(d int, from *partialDim) {
	var known []uint32 // own codes + 1, by code of the partial
	if from.texts != nil {
		known = make([]uint32, len(from.texts))
	}
	last := d == len(t.dims)-1
	for i, c := range from.codes {
		if known != nil {
			if known[c] == 0 {
				known[c] = t.names[d].code(from.texts[c]) + 1
			}
			c = known[c] - 1
		}
		before := len(t.pairs[d].keys)
		group := t.pairs[d].code(uint64(t.to[i])<<32 | uint64(c))
		t.to[i] = group
		if last && len(t.pairs[d].keys) > before {
			t.append(group)
		}
	}
	t.dims[d].texts = t.names[d].texts
}

// append gives the new group its codes, which are told by the pairs it is
// made of.
func (t *table) append(group uint32) {
	for d := len(t.dims) - 1; d >= 0; d-- {
		pair := t.pairs[d].keys[group]
		t.dims[d].codes = append(t.dims[d].codes, uint32(pair))
		group = uint32(pair >> 32)
	}
}

// find returns the group with these values, which are texts or, of buckets of
// time, codes.
func (t *table) find(texts []string, codes []uint32) (group uint32, ok bool) {
	for d := range t.dims {
		c := codes[d]
		if t.plan.scan.columns[t.plan.dims[d]].from != fromTime {
			if c, ok = t.names[d].codes[texts[d]]; !ok {
				return 0, false
			}
		}
		if group, ok = t.pairs[d].find(uint64(group)<<32 | uint64(c)); !ok {
			return 0, false
		}
	}
	return group, true
}

// topGroups are the groups that a question shows, which its other row leaves
// out.
type topGroups struct {
	table *table
	top   []bool // by group
}

func (g *topGroups) has(texts []string, codes []uint32) bool {
	group, ok := g.table.find(texts, codes)
	return ok && g.top[group]
}
