package query

import (
	"math"
	"slices"

	"holdfast"
	"holdfast/keep/rows"
)

// block is some consecutive rows of a part, with what is made of them. Each
// column is read, and each condition judged, when first asked for and then
// once for all questions.
type block struct {
	day   *day
	part  *part
	lo, n int // rows lo to lo+n of the part
	first int // row of the day

	times     []int64
	timesIn   intsBuffer
	haveTimes bool
	columns   []blockColumn // by column of the scan
	masks     []blockMask   // by condition of the scan
	props     map[string]*blockProps
	numbers   map[rows.Number]*blockNumbers
}

type blockColumn struct {
	ready    bool
	constant bool   // all rows have one code
	code     uint32 // which
	runs     []span // of time in sorted rows: runs of rows with one code; codes are not set
	codes    rows.Codes
	in       codesBuffer
}

type blockMask struct {
	ready bool
	mask  mask
}

type blockProps struct {
	ready, whole bool
	values       []rows.PropValue // of the block
	part         []rows.PropValue // of all of the part
	in           propsBuffer
	own          []rows.PropValue
}

type blockNumbers struct {
	ready bool
	ints  []int64
	in    intsBuffer
}

// truth says for which codes of a column a condition holds.
type truth struct {
	ready     bool
	all, none bool
	table     []uint8
}

func (b *block) init(d *day) {
	b.day = d
	b.columns = make([]blockColumn, len(d.scan.columns))
	b.masks = make([]blockMask, len(d.scan.conditions))
	b.props = make(map[string]*blockProps)
	b.numbers = make(map[rows.Number]*blockNumbers)
}

func (b *block) beginPart(p *part) {
	b.part = p
	for _, v := range b.props {
		v.whole = false
	}
}

func (b *block) begin(p *part, lo, hi int) {
	b.part, b.lo, b.n, b.first = p, lo, hi-lo, p.first+lo
	b.haveTimes = false
	for i := range b.columns {
		b.columns[i].ready = false
	}
	for i := range b.masks {
		b.masks[i].ready = false
	}
	for _, v := range b.props {
		v.ready = false
	}
	for _, v := range b.numbers {
		v.ready = false
	}
}

// time returns the times of the rows.
func (b *block) time() []int64 {
	if !b.haveTimes {
		var err error
		b.haveTimes = true
		if b.times, err = b.timesIn.read(b.part.rows, rows.Time, b.lo, b.lo+b.n); err != nil {
			b.day.fail(err)
			b.times = make([]int64, b.n)
		}
	}
	return b.times
}

// span returns bounds of the rows' times: close ones if they are sorted and
// read already.
func (b *block) span() (least, greatest holdfast.Millis) {
	if b.part.run.Sorted && b.haveTimes {
		return holdfast.Millis(b.times[0]), holdfast.Millis(b.times[b.n-1])
	}
	return b.part.run.Min, b.part.run.Max
}

// number returns a column of numbers.
func (b *block) number(c rows.Number) []int64 {
	v := b.numbers[c]
	if v == nil {
		v = &blockNumbers{}
		b.numbers[c] = v
	}
	if !v.ready {
		var err error
		v.ready = true
		if v.ints, err = v.in.read(b.part.rows, c, b.lo, b.lo+b.n); err != nil {
			b.day.fail(err)
			v.ints = make([]int64, b.n)
		}
	}
	return v.ints
}

// prop returns the values of a property.
func (b *block) prop(key string) []rows.PropValue {
	v := b.props[key]
	if v == nil {
		v = &blockProps{}
		b.props[key] = v
	}
	if v.ready {
		return v.values
	}
	v.ready = true
	var err error
	if b.part.rows.Select == nil {
		v.values, err = v.in.read(b.part.rows, key, b.lo, b.lo+b.n)
		b.day.fail(err)
		return v.values
	}
	// Selected rows are found among all of their table: once for the part.
	if !v.whole {
		v.whole = true
		v.part, err = b.part.rows.Props(key, 0, b.part.n, nil)
		b.day.fail(err)
	}
	v.own = append(v.own[:0], propsWithin(v.part, b.lo, b.lo+b.n)...)
	v.values = v.own
	for i := range v.values {
		v.values[i].Row -= int32(b.lo)
	}
	return v.values
}

func propsWithin(values []rows.PropValue, lo, hi int) []rows.PropValue {
	at := func(row int) int {
		i, _ := slices.BinarySearchFunc(values, int32(row), func(v rows.PropValue, row int32) int { return int(v.Row - row) })
		return i
	}
	return values[at(lo):at(hi)]
}

// column returns the codes of a column: of the part for text, else of the day.
func (b *block) column(i int) *blockColumn {
	c := &b.columns[i]
	if c.ready {
		return c
	}
	c.ready, c.constant, c.code, c.runs, c.codes = true, false, 0, nil, rows.Codes{}
	d := b.day
	switch of := &d.scan.columns[i]; of.from {
	case fromText:
		text := d.text(of.text, b.part)
		if c.constant = len(text.texts) <= 1; !c.constant {
			c.codes = d.codesIn(text, of.text, b.part, b.lo, b.lo+b.n, &c.in)
		}
	case fromNumber, fromProp:
		from := d.column(i)
		if d.err != nil || len(from.texts) <= 1 {
			c.constant = true
			return c
		}
		c.codes = rows.Codes{U32: from.codes[b.first : b.first+b.n]}
	case fromEnd:
		b.endCodes(c, d.column(i))
	case fromTime:
		b.timeCodes(c, d.column(i), of.buckets)
	}
	return c
}

func (b *block) endCodes(c *blockColumn, from *dayColumn) {
	if b.day.err != nil || len(from.texts) <= 1 {
		c.constant = true
		return
	}
	c.in.u32 = resized(c.in.u32, b.n)
	for i, no := range b.day.visits.no[b.first : b.first+b.n] {
		c.in.u32[i] = from.ofVisit[no]
	}
	c.codes = rows.Codes{U32: c.in.u32}
}

// timeCodes finds the bucket of each row. Rows outside of the question's time
// get one of its ends.
func (b *block) timeCodes(c *blockColumn, from *dayColumn, buckets *bucketing) {
	codeOf := func(bucket int) uint32 {
		if buckets.value != nil {
			return uint32(buckets.value[bucket])
		}
		return uint32(bucket - from.firstBucket)
	}
	one := func() bool {
		least, greatest := b.span()
		bucket := buckets.clamp(least)
		c.constant = bucket == buckets.clamp(greatest)
		c.code = codeOf(bucket)
		return c.constant
	}
	if one() {
		return
	}
	times := b.time()
	if b.part.run.Sorted {
		if !one() {
			c.runs = b.timeRuns(times, buckets, codeOf)
		}
		return
	}
	c.in.u32 = resized(c.in.u32, b.n)
	bucket := buckets.clamp(holdfast.Millis(times[0]))
	begins, ends := buckets.open(bucket)
	code := codeOf(bucket)
	for i, t := range times {
		if t < begins || t >= ends {
			bucket = buckets.near(holdfast.Millis(t), bucket)
			begins, ends = buckets.open(bucket)
			code = codeOf(bucket)
		}
		c.in.u32[i] = code
	}
	c.codes = rows.Codes{U32: c.in.u32}
}

// timeRuns finds the runs of rows within one bucket, of sorted rows.
func (b *block) timeRuns(times []int64, buckets *bucketing, codeOf func(int) uint32) []span {
	var runs []span
	bucket := buckets.clamp(holdfast.Millis(times[0]))
	for lo := 0; lo < len(times); {
		_, ends := buckets.open(bucket)
		n, _ := slices.BinarySearch(times[lo:], ends)
		if ends == math.MaxInt64 {
			n = len(times) - lo
		}
		runs = append(runs, span{lo, lo + n, codeOf(bucket)})
		if lo += n; lo < len(times) {
			bucket = buckets.near(holdfast.Millis(times[lo]), bucket)
		}
	}
	return runs
}

// codes returns the codes of a column that is not constant, row by row.
func (b *block) codes(i int) *rows.Codes {
	c := b.column(i)
	if c.runs != nil && c.codes.U32 == nil {
		c.in.u32 = resized(c.in.u32, b.n)
		for _, run := range c.runs {
			for row := run.lo; row < run.hi; row++ {
				c.in.u32[row] = run.slot
			}
		}
		c.codes.U32 = c.in.u32
	}
	return &c.codes
}

// truth returns for which codes a condition on a column holds.
func (b *block) truth(i int) *truth {
	t := &b.day.truths[i]
	if t.ready {
		return t
	}
	t.ready = true
	c := &b.day.scan.conditions[i]
	t.table = truthOf(b.day.textsOf(c.column, b.part), c.holds)
	t.all, t.none = !slices.Contains(t.table, 0), !slices.Contains(t.table, 1)
	return t
}

// mask returns for which rows a condition holds. It must not be changed.
func (b *block) mask(i int) *mask {
	bm := &b.masks[i]
	m := &bm.mask
	if bm.ready {
		return m
	}
	bm.ready = true
	switch c := &b.day.scan.conditions[i]; c.op {
	case judged:
		b.judge(m, i, c)
	case during:
		b.during(m, c)
	case ending:
		b.ending(m, c)
	case visited:
		b.visited(m)
	case noneOf:
		m.not(b.mask(c.args[0]), b.n)
	case allOf:
		m.set(true)
		for _, arg := range c.args {
			if m.and(b.mask(arg), b.n); m.none {
				break
			}
		}
	case anyOf:
		m.set(false)
		for _, arg := range c.args {
			if m.or(b.mask(arg), b.n); m.all {
				break
			}
		}
	}
	return m
}

func (b *block) judge(m *mask, i int, c *condition) {
	t := b.truth(i)
	if t.all || t.none {
		m.set(t.all)
		return
	}
	codes := b.column(c.column)
	if codes.constant {
		m.set(t.table[codes.code] != 0)
		return
	}
	lookUpCodes(b.codes(c.column), t.table, m.room(b.n))
	m.sumUp(b.n)
}

func (b *block) during(m *mask, c *condition) {
	least, greatest := b.part.run.Min, b.part.run.Max
	if c.from <= least && greatest < c.to {
		m.set(true)
		return
	}
	times := b.time()
	if b.part.run.Sorted {
		lo, _ := slices.BinarySearch(times, int64(c.from))
		hi, _ := slices.BinarySearch(times, int64(c.to))
		m.setRange(lo, hi, b.n)
		return
	}
	words := m.room(b.n)
	clear(words)
	for i, t := range times {
		if t >= int64(c.from) && t < int64(c.to) {
			words[i>>6] |= 1 << (i & 63)
		}
	}
	m.sumUp(b.n)
}

func (b *block) ending(m *mask, c *condition) {
	v := b.day.loadEnds()
	words := m.room(b.n)
	clear(words)
	if b.day.err == nil {
		for i, ends := range v.ends[b.first : b.first+b.n] {
			if ends&c.ends != 0 {
				words[i>>6] |= 1 << (i & 63)
			}
		}
	}
	m.sumUp(b.n)
}

func (b *block) visited(m *mask) {
	words := m.room(b.n)
	clear(words)
	for i, visitor := range b.number(rows.Visitor) {
		if visitor != 0 {
			words[i>>6] |= 1 << (i & 63)
		}
	}
	m.sumUp(b.n)
}
