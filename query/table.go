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
	// texts are the values by code. They are nil where codes are the same in
	// all partials: those of buckets of time, and of the column's names.
	texts []string
}

// table is all that a question's units contribute.
type table struct {
	plan *plan
	partial
	texts []interner // by dimension: codes of the table, where partials have texts
	// pairs number the pairs of a group of the dimensions before and a code of
	// dimension d; the first dimension has only codes. If there is but one
	// dimension, single has the group + 1 of each code.
	pairs  []codeMap
	single []uint32
	to     []uint32 // reused
}

func newTable(p *plan) *table {
	t := &table{plan: p}
	for _, a := range p.aggs {
		t.states = append(t.states, newState(a.kind))
	}
	if p.rest == nil {
		t.dims = make([]partialDim, len(p.dims))
		t.texts = make([]interner, len(p.dims))
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
	t.n = 1
	for i, a := range t.plan.aggs {
		t.states[i].merge(newState(a.kind), nil, 1)
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
	codes := from.codes
	if from.texts != nil {
		codes = t.ownCodes(d, from)
		t.dims[d].texts = t.texts[d].texts
	}
	switch {
	case len(t.dims) == 1:
		for i, c := range codes {
			t.single = lengthened(t.single, int(c)+1)
			if t.single[c] == 0 {
				t.dims[0].codes = append(t.dims[0].codes, c)
				t.n++
				t.single[c] = uint32(t.n)
			}
			t.to[i] = t.single[c] - 1
		}
	case d == 0:
		copy(t.to, codes)
	default:
		pairs := &t.pairs[d]
		for i, c := range codes {
			t.to[i] = pairs.code(uint64(t.to[i])<<32 | uint64(c))
		}
		if d == len(t.dims)-1 {
			for ; t.n < len(pairs.keys); t.n++ {
				t.append(uint32(t.n))
			}
		}
	}
}

// ownCodes returns the table's codes of texts.
func (t *table) ownCodes(d int, from *partialDim) []uint32 {
	known := make([]uint32, len(from.texts)) // code + 1
	codes := make([]uint32, len(from.codes))
	for i, c := range from.codes {
		if known[c] == 0 {
			known[c] = t.texts[d].code(from.texts[c]) + 1
		}
		codes[i] = known[c] - 1
	}
	return codes
}

// append gives a new group its codes, which are told by the pairs it is made
// of.
func (t *table) append(group uint32) {
	for d := len(t.dims) - 1; d > 0; d-- {
		pair := t.pairs[d].keys[group]
		t.dims[d].codes = append(t.dims[d].codes, uint32(pair))
		group = uint32(pair >> 32)
	}
	t.dims[0].codes = append(t.dims[0].codes, group)
}

// find returns the group with these values: texts where partials have texts,
// else codes.
func (t *table) find(texts []string, codes []uint32) (group uint32, ok bool) {
	for d := range t.dims {
		c := codes[d]
		if t.dims[d].texts != nil {
			if c, ok = t.texts[d].codes[texts[d]]; !ok {
				return 0, false
			}
		}
		switch {
		case len(t.dims) == 1:
			if int(c) >= len(t.single) || t.single[c] == 0 {
				return 0, false
			}
			return t.single[c] - 1, true
		case d == 0:
			group = c
		default:
			if group, ok = t.pairs[d].find(uint64(group)<<32 | uint64(c)); !ok {
				return 0, false
			}
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
