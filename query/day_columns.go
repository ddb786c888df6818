package query

import (
	"math"
	"slices"
	"strconv"

	"holdfast"
	"holdfast/keep/rows"
)

// dayColumn is a column of the scan in one site day.
//
// The codes of text are those of each part's own dictionary, until somebody
// asks for codes that are the same in all of the day. All other columns have
// codes of the day alone, made from the rows when first asked for.
type dayColumn struct {
	ready bool
	texts []string // by code of the day

	// Of text, and of entries and exits: the codes of their names by those of
	// the day, if asked for; and, reused, the day's codes + 1 by those.
	names  []uint32
	byName []uint32

	remap   [][]uint32 // of text: the day's code by the part's, by part; nil: they are the same
	codes   []uint32   // of numbers and properties, by row of the day
	ofVisit []uint32   // of entries and exits, by visit

	// Of buckets of time: those that the day has, and whether codes are values
	// of a cycle rather than buckets counted from the first.
	firstBucket, lastBucket int
}

func (c *dayColumn) begin() {
	if c.ready && c.byName != nil {
		for _, name := range c.names {
			c.byName[name] = 0
		}
	}
	c.ready, c.texts, c.names = false, nil, nil
}

// column makes a column ready, with codes of the day.
func (d *day) column(i int) *dayColumn {
	c := &d.columns[i]
	if c.ready || d.err != nil {
		return c
	}
	c.ready = true
	switch of := &d.scan.columns[i]; of.from {
	case fromText:
		d.shareText(c, of)
	case fromNumber:
		d.readNumber(c, of)
	case fromProp:
		d.readProp(c, of)
	case fromEnd:
		d.readEnds(c, of)
	case fromTime:
		d.findBuckets(c, of)
	}
	return c
}

// card returns how many codes a column has in the day.
func (d *day) card(i int) int {
	c := d.column(i)
	if of := &d.scan.columns[i]; of.from == fromTime {
		if of.buckets.value != nil {
			return of.buckets.labels()
		}
		return c.lastBucket - c.firstBucket + 1
	}
	return len(c.texts)
}

// shareText gives each value of a text column one code in all parts.
func (d *day) shareText(c *dayColumn, of *column) {
	c.remap = resized(c.remap, len(d.parts))
	clear(c.remap)
	if len(d.parts) == 1 {
		c.texts = d.text(of.text, &d.parts[0]).texts
		return
	}
	for i := range d.parts {
		names := d.nameCodes(of.text, &d.parts[i])
		if d.err != nil {
			return
		}
		codes := make([]uint32, len(names))
		for j, name := range names {
			codes[j] = c.dayCode(name)
			if int(codes[j]) == len(c.texts) {
				c.texts = append(c.texts, d.text(of.text, &d.parts[i]).texts[j])
			}
		}
		c.remap[i] = codes
	}
}

// dayCode returns the day's code of a name.
func (c *dayColumn) dayCode(name uint32) uint32 {
	c.byName = lengthened(c.byName, int(name)+1)
	if c.byName[name] == 0 {
		c.names = append(c.names, name)
		c.byName[name] = uint32(len(c.names))
	}
	return c.byName[name] - 1
}

// namesOf returns the codes of the names of a column of text, or of entries or
// exits, by those of the day.
func (d *day) namesOf(i int) []uint32 {
	c := d.column(i)
	if c.names == nil && d.err == nil { // all is in one part
		return d.nameCodes(d.scan.columns[i].text, &d.parts[0])
	}
	return c.names
}

// dayBlocks calls f for blocks of all rows of the day.
func (d *day) blocks(f func(p *part, lo, hi int)) {
	step := d.scan.tuning.blockRows
	for i := range d.parts {
		p := &d.parts[i]
		for lo := 0; lo < p.n && d.err == nil; lo += step {
			f(p, lo, min(lo+step, p.n))
		}
	}
}

// textBlocks calls f for blocks of all rows of the day with the codes of a text
// column, and for each part with its values.
func (d *day) textBlocks(c rows.Text, f func(p *part, lo, hi int, texts []string, codes *rows.Codes)) {
	var text *partText
	d.blocks(func(p *part, lo, hi int) {
		if lo == 0 {
			text = d.text(c, p)
		}
		codes := d.codesIn(text, c, p, lo, hi, &d.codesBuffer)
		if d.err == nil {
			f(p, lo, hi, text.texts, &codes)
		}
	})
}

// propBlocks calls f for blocks of all rows of the day with the values of a
// property.
func (d *day) propBlocks(key string, f func(p *part, lo int, values []rows.PropValue)) {
	for i := range d.parts {
		p, step := &d.parts[i], d.scan.tuning.blockRows
		if p.rows.Select != nil {
			step = p.n // which are found among all rows of their table: once
		}
		for lo := 0; lo < p.n && d.err == nil; lo += step {
			values, err := d.propsBuffer.read(p.rows, key, lo, min(lo+step, p.n))
			if err != nil {
				d.fail(err)
				return
			}
			f(p, lo, values)
		}
	}
}

// ints reads a column of numbers, of which it returns zeros after an error.
func (d *day) ints(p *part, c rows.Number, lo, hi int) []int64 {
	ints, err := d.intsBuffer.read(p.rows, c, lo, hi)
	if err != nil {
		d.fail(err)
		return make([]int64, hi-lo)
	}
	return ints
}

func (d *day) readNumber(c *dayColumn, of *column) {
	var numbers codeMap
	c.codes = resized(c.codes, d.n)
	d.blocks(func(p *part, lo, hi int) {
		into := c.codes[p.first+lo:]
		for i, v := range d.ints(p, of.number, lo, hi) {
			into[i] = numbers.code(uint64(v))
		}
	})
	c.texts = make([]string, len(numbers.keys))
	for code, v := range numbers.keys {
		c.texts[code] = numberText(of.number, int64(v))
	}
	if of.number == rows.Value {
		d.blankValues(c)
	}
}

// numberText returns the value of a column of numbers as text, "" where it
// says that the event has none.
func numberText(n rows.Number, v int64) string {
	switch {
	case n == rows.Interactive:
		return strconv.FormatBool(v != 0)
	case !hasNumber(n, v):
		return ""
	}
	return strconv.FormatInt(v, 10)
}

// hasNumber says whether an event with this number in a column has it at all.
// Of the value only the currency tells.
func hasNumber(n rows.Number, v int64) bool {
	switch n {
	case rows.Engaged:
		return v != 0
	case rows.Scroll:
		return v != int64(holdfast.NoScroll)
	}
	return true
}

// blankValues gives the value "" to events without a currency: they have none.
func (d *day) blankValues(c *dayColumn) {
	none := uint32(len(c.texts))
	c.texts = append(c.texts, "")
	var truth []uint8
	d.textBlocks(rows.Currency, func(p *part, lo, hi int, texts []string, codes *rows.Codes) {
		if lo == 0 {
			truth = truthOf(texts, func(s string) bool { return s == "" })
		}
		into := c.codes[p.first+lo:]
		for i := range hi - lo {
			if truth[codes.At(i)] != 0 {
				into[i] = none
			}
		}
	})
}

// truthOf returns 1 for the values that a condition holds for, and 0 for
// others.
func truthOf(texts []string, holds func(string) bool) []uint8 {
	truth := make([]uint8, len(texts))
	for i, s := range texts {
		if holds(s) {
			truth[i] = 1
		}
	}
	return truth
}

func (d *day) readProp(c *dayColumn, of *column) {
	names := interner{codes: map[string]uint32{"": 0}, texts: []string{""}}
	c.codes = zeroed(c.codes, d.n)
	var ints, floats codeMap
	var intCodes, floatCodes []uint32
	d.propBlocks(of.key, func(p *part, lo int, values []rows.PropValue) {
		into := c.codes[p.first+lo:]
		for i := range values {
			v := &values[i]
			var code uint32
			switch v.Kind {
			case holdfast.PropInt:
				n := ints.code(uint64(v.Int))
				if int(n) == len(intCodes) {
					intCodes = append(intCodes, names.code(propText(v)))
				}
				code = intCodes[n]
			case holdfast.PropFloat:
				n := floats.code(math.Float64bits(v.Float))
				if int(n) == len(floatCodes) {
					floatCodes = append(floatCodes, names.code(propText(v)))
				}
				code = floatCodes[n]
			default:
				code = names.code(propText(v))
			}
			into[v.Row] = code
		}
	})
	c.texts = names.texts
}

// propText returns the value of a property as text: numbers in as few digits
// as tell them apart, as JSON has them.
func propText(v *rows.PropValue) string {
	switch v.Kind {
	case holdfast.PropInt:
		return strconv.FormatInt(v.Int, 10)
	case holdfast.PropFloat:
		return floatText(v.Float)
	case holdfast.PropBool:
		return strconv.FormatBool(v.Bool)
	}
	return v.Str
}

func floatText(f float64) string {
	if f == 0 {
		return "0"
	}
	if a := math.Abs(f); a < 1e-6 || a >= 1e21 {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// readEnds finds the value that each visit's entry or exit has.
func (d *day) readEnds(c *dayColumn, of *column) {
	v := d.loadVisits()
	d.loadEnds()
	c.dayCode(noName)
	c.texts = append(c.texts, "")
	c.ofVisit = zeroed(c.ofVisit, v.n+1)
	var names []uint32
	d.textBlocks(of.text, func(p *part, lo, hi int, texts []string, codes *rows.Codes) {
		if lo == 0 {
			names = d.nameCodes(of.text, p)
		}
		for row, ends := range v.ends[p.first+lo : p.first+hi] {
			if ends&of.ends == 0 {
				continue
			}
			text := codes.At(row)
			code := c.dayCode(names[text])
			if int(code) == len(c.texts) {
				c.texts = append(c.texts, texts[text])
			}
			c.ofVisit[v.no[p.first+lo+row]] = code
		}
	})
	c.ofVisit[0] = 0
}

// findBuckets finds the buckets that the day's rows may be in.
func (d *day) findBuckets(c *dayColumn, of *column) {
	least, greatest := holdfast.Millis(math.MaxInt64), holdfast.Millis(math.MinInt64)
	for i := range d.of.Runs {
		least, greatest = min(least, d.of.Runs[i].Min), max(greatest, d.of.Runs[i].Max)
	}
	c.firstBucket, c.lastBucket = of.buckets.clamp(least), of.buckets.clamp(greatest)
}

// clamp returns the bucket that t lies in, or the nearest.
func (b *bucketing) clamp(t holdfast.Millis) int {
	return max(0, min(b.find(t), len(b.starts)-1))
}

// textsOf returns the texts of a column's codes: of the day, or, for text, of
// a part.
func (d *day) textsOf(i int, p *part) []string {
	switch of := &d.scan.columns[i]; of.from {
	case fromText:
		return d.text(of.text, p).texts
	case fromTime:
		c := d.column(i)
		texts := make([]string, d.card(i))
		for code := range texts {
			texts[code] = of.buckets.text(c.labelOf(of.buckets, uint32(code)))
		}
		return texts
	}
	return slices.Clip(d.column(i).texts)
}

// labelOf returns the plan's code of a bucket of time by the day's.
func (c *dayColumn) labelOf(b *bucketing, code uint32) uint32 {
	if b.value != nil {
		return code
	}
	return code + uint32(c.firstBucket)
}
