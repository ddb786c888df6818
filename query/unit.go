package query

// unit counts, for one plan, what the whole of a site day or one part of it
// contributes. A unit is used for one after the other.
type unit struct {
	plan  *plan
	day   *day
	part  *part // nil: all of the day
	slots slots

	counts []pairOfCounts // for the aggs of kind countEvents, two by two
	pairs  []*pairSet     // by agg: of visitors, visits and values; that of an agg before may be used
	remaps [][]uint32     // by agg: codes of distinct values in the part; nil: as they are
	sums   [][]sum        // by agg
	ends   [][]leastGreatest

	values []uint32 // of a block; reused
	kept   mask     // of a block, of a plan for the rest; reused
	and    []mask   // by agg; reused
}

// pairOfCounts counts the rows of two aggs at once: those of a in the lower
// half of each number, those of b in the upper.
type pairOfCounts struct {
	a, b int // aggs; b is -1 if there is none
	n    []uint64
}

func newUnit(p *plan, m *memory, used *int) *unit {
	u := &unit{
		plan:  p,
		pairs: make([]*pairSet, len(p.aggs)), remaps: make([][]uint32, len(p.aggs)),
		sums: make([][]sum, len(p.aggs)), ends: make([][]leastGreatest, len(p.aggs)),
		and: make([]mask, len(p.aggs)),
	}
	u.slots.dims = make([]slotDim, len(p.dims))
	for i, a := range p.aggs {
		switch j := p.pairsOf(i); {
		case j < i:
			u.pairs[i] = u.pairs[j]
		case a.ofVisitors() || a.kind == sumVisits || a.kind == distinctValues:
			u.pairs[i] = m.pairSet(used)
		}
		if a.kind != countEvents {
			continue
		}
		if n := len(u.counts); n > 0 && u.counts[n-1].b < 0 {
			u.counts[n-1].b = i
		} else {
			u.counts = append(u.counts, pairOfCounts{a: i, b: -1})
		}
	}
	return u
}

// begin makes the unit count all of the day, or, if p is not nil, one part.
func (u *unit) begin(d *day, p *part) {
	u.day, u.part = d, p
	for i, c := range u.plan.dims {
		dim := &u.slots.dims[i]
		*dim = slotDim{column: c, tables: dim.tables}
		if d.scan.columns[c].from == fromText && p != nil {
			dim.card = len(d.text(d.scan.columns[c].text, p).texts)
		} else {
			dim.card = d.card(c)
			dim.ofDay = true
			if from := d.scan.columns[c].from; from == fromNumber || from == fromProp {
				dim.texts = d.columns[c].texts
			}
		}
	}
	n := d.n
	if p != nil {
		n = p.n
	}
	u.slots.begin(n, &d.scan.tuning)
	room := u.slots.n
	if u.plan.rest != nil {
		room = 1
	}
	for i := range u.counts {
		u.counts[i].n = zeroed(u.counts[i].n, room)
	}
	for i, a := range u.plan.aggs {
		if u.plan.pairsOf(i) < i {
			continue
		}
		switch a.kind {
		case countEvents:
		case sumNumbers:
			u.sums[i] = zeroed(u.sums[i], room)
		case extremes:
			u.ends[i] = zeroed(u.ends[i], room)
		default:
			u.pairs[i].begin(room, u.slots.dense || u.plan.rest != nil, u.valuesOf(&a, p), &d.scan.tuning)
		}
	}
}

// valuesOf returns how many different values an agg's pairs may have.
func (u *unit) valuesOf(a *agg, p *part) int {
	d := u.day
	switch a.kind {
	case countVisitors, declaredVisitors, peakVisitors:
		return d.loadVisitors().n + 1
	case sumVisits:
		return d.loadVisits().n + 1
	}
	if of := &d.scan.columns[a.column]; of.from == fromText && p != nil {
		return len(d.text(of.text, p).texts)
	}
	return d.card(a.column)
}

// beginPart makes the unit ready for the blocks of a part.
func (u *unit) beginPart(p *part) {
	d := u.day
	for i := range u.slots.dims {
		dim := &u.slots.dims[i]
		var remap []uint32
		if dim.ofDay && d.scan.columns[dim.column].from == fromText {
			remap = d.columns[dim.column].remap[p.no]
		}
		dim.beginPart(remap)
	}
	for i, a := range u.plan.aggs {
		u.remaps[i] = nil
		if a.kind == distinctValues && !u.plan.additive && d.scan.columns[a.column].from == fromText {
			u.remaps[i] = d.column(a.column).remap[p.no]
		}
	}
}

// count counts the rows of a block.
func (u *unit) count(b *block) {
	aggs := u.plan.aggs
	exists := b.mask(aggs[0].where)
	if exists.none || b.day.err != nil {
		return
	}
	at := u.slots.place(b, exists)
	if u.slots.n > u.plan.scan.maxGroups && !u.slots.dense {
		b.day.err = tooMuch("more than %d groups in a day", u.plan.scan.maxGroups)
		return
	}
	where := func(i int) *mask { return b.mask(aggs[i].where) }
	if u.plan.rest != nil {
		u.keepRest(b, at)
		at = &placing{spans: []span{{0, b.n, 0}}}
		where = func(i int) *mask {
			m := &u.and[i]
			m.copyFrom(b.mask(aggs[i].where), b.n)
			m.and(&u.kept, b.n)
			return m
		}
	}
	for i := range u.counts {
		u.countPair(&u.counts[i], at, where)
	}
	for i := range aggs {
		a := &aggs[i]
		if a.kind == countEvents || u.plan.pairsOf(i) < i {
			continue
		}
		m := where(i)
		if m.none {
			continue
		}
		switch a.kind {
		case countVisitors, declaredVisitors, peakVisitors:
			u.pairs[i].add(at, m, b.day.loadVisitors().no[b.first:b.first+b.n])
		case sumVisits:
			u.pairs[i].add(at, m, b.day.loadVisits().no[b.first:b.first+b.n])
		case distinctValues:
			u.pairs[i].add(at, m, u.codes(b, a.column, u.remaps[i]))
		case sumNumbers:
			u.sums[i] = lengthened(u.sums[i], u.room())
			u.numbers(b, a.column, at, m, func(slot uint32, v value) {
				if v.float {
					u.sums[i][slot].addFloat(v.f)
				} else {
					u.sums[i][slot].addInt(v.i)
				}
			})
		case extremes:
			u.ends[i] = lengthened(u.ends[i], u.room())
			u.numbers(b, a.column, at, m, func(slot uint32, v value) { u.ends[i][slot].add(v) })
		}
	}
}

// room is how many slots there are to count in.
func (u *unit) room() int {
	if u.plan.rest != nil {
		return 1
	}
	return u.slots.n
}

func (u *unit) countPair(c *pairOfCounts, at *placing, where func(int) *mask) {
	c.n = lengthened(c.n, u.room())
	a, b := where(c.a), &nowhere
	if c.b >= 0 {
		b = where(c.b)
	}
	if a.none && b.none {
		return
	}
	if at.spans == nil {
		tallyPairCodes(&at.codes, a, b, c.n)
		return
	}
	for _, s := range at.spans {
		c.n[s.slot] += uint64(a.count(s.lo, s.hi)) | uint64(b.count(s.lo, s.hi))<<32
	}
}

var nowhere = mask{none: true}

// codes returns the codes of a column's values in the unit.
func (u *unit) codes(b *block, column int, remap []uint32) []uint32 {
	c := b.column(column)
	if !c.constant {
		codes := b.codes(column)
		if remap == nil && codes.U32 != nil {
			return codes.U32
		}
		u.values = resized(u.values, b.n)
		translateCodes(codes, remap, 0, u.values)
		return u.values
	}
	u.values = resized(u.values, b.n)
	code := c.code
	if remap != nil {
		code = remap[code]
	}
	for i := range u.values {
		u.values[i] = code
	}
	return u.values
}

// numbers calls f with the slot and number of each row that m holds for and
// that has a number in the column.
func (u *unit) numbers(b *block, column int, at *placing, m *mask, f func(slot uint32, v value)) {
	switch of := &u.day.scan.columns[column]; of.from {
	case fromNumber:
		ints := b.number(of.number)
		at.each(m, func(row int, slot uint32) {
			if hasNumber(of.number, ints[row]) {
				f(slot, value{i: ints[row]})
			}
		})
	case fromProp:
		next := at.inOrder()
		for _, p := range b.prop(of.key) {
			if v, ok := numberOf(&p); ok && m.has(int(p.Row)) {
				f(next(int(p.Row)), v)
			}
		}
	}
}

// keepRest sets u.kept to the rows whose group is not among those shown.
func (u *unit) keepRest(b *block, at *placing) {
	if at.spans != nil {
		words := u.kept.room(b.n)
		clear(words)
		for _, s := range at.spans {
			if !u.slots.inTop(s.slot, u) {
				u.kept.addRange(s.lo, s.hi)
			}
		}
	} else {
		words := u.kept.room(b.n)
		clear(words)
		b.mask(u.plan.aggs[0].where).each(0, b.n, func(row int) {
			if !u.slots.inTop(at.codes.At(row), u) {
				words[row>>6] |= 1 << (row & 63)
			}
		})
	}
	u.kept.sumUp(b.n)
}
