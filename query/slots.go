package query

import (
	"math/bits"

	"holdfast/keep/rows"
)

// slots give each group of a unit a small number, made of the codes of its
// dimensions.
//
// If the dimensions have few values together, a slot is the codes written as
// digits of one number: the dense way, in which a slot may be no group. Else
// the slots are numbered as they are seen. Then the dimensions are cut into
// chunks of which each makes a number of at most 31 bits, and a slot stands for the
// slot of the chunks before and the number of its own.
type slots struct {
	dims   []slotDim
	n      int // slots so far
	dense  bool
	chunks []slotChunk

	at    placing
	spans []span
	vary  []*slotDim

	// Memory for a block: the numbers of a chunk, and the slots of the chunks
	// up to one, for odd and even ones.
	numbers []uint32
	before  [2][]uint32

	top []uint8 // of a plan for the rest, by slot: 0 not known yet, 1 in the top, 2 not
}

type slotDim struct {
	column int
	card   int
	texts  []string // by code, where the plan does not know the codes
	ofDay  bool     // codes are of the day, else of the part
	stride uint32   // within its chunk
	// digit is the code's share in the number of the chunk, by the code of the
	// part; nil if it is the code.
	digit  []uint32
	tables []uint32 // memory of digit
	remap  []uint32 // code of the unit by that of the part; nil if it is the same
}

type slotChunk struct {
	from, to int // dimensions
	seen     codeMap
}

// placing says in which slot each row of a block is: by spans of rows, or row
// by row.
type placing struct {
	spans []span // ascending and joining up; nil: codes has it
	codes rows.Codes
}

type span struct {
	lo, hi int
	slot   uint32
}

// slotsPerRow is how many slots a row is worth: going through that many empty
// ones takes about as long as numbering it.
const slotsPerRow = 8

// begin chooses a way for a unit of that many rows.
func (s *slots) begin(n int, t *tuning) {
	for i := range s.chunks {
		s.chunks[i].seen.reset()
	}
	s.chunks = s.chunks[:0]
	s.top = s.top[:0]
	product, chunk := uint64(1), slotChunk{}
	for i := range s.dims {
		card := uint64(max(s.dims[i].card, 1))
		if hi, lo := bits.Mul64(product, card); hi != 0 || lo > t.chunkSlots {
			s.addChunk(chunk)
			product, chunk = 1, slotChunk{from: i, to: i}
		}
		s.dims[i].stride = uint32(product)
		product *= card
		chunk.to = i + 1
	}
	s.addChunk(chunk)
	most := uint64(t.denseSlots)
	if most > 0 {
		most = max(most, slotsPerRow*uint64(n))
	}
	s.dense = len(s.chunks) == 1 && (len(s.dims) <= 1 || product <= most)
	s.n = 0
	if s.dense {
		s.n = int(product)
	}
}

// addChunk adds a chunk, in the memory of an earlier one.
func (s *slots) addChunk(c slotChunk) {
	n := len(s.chunks)
	if n < cap(s.chunks) {
		s.chunks = s.chunks[:n+1]
		s.chunks[n].from, s.chunks[n].to = c.from, c.to
		s.chunks[n].seen.reset()
		return
	}
	s.chunks = append(s.chunks, c)
}

// beginPart makes the digits of a part's codes. A stride of 1 and codes that
// are those of the unit need none.
func (d *slotDim) beginPart(remap []uint32) {
	d.remap, d.digit = remap, remap
	if d.stride == 1 {
		return
	}
	n := len(remap)
	if remap == nil {
		n = d.card
	}
	d.tables = resized(d.tables, n)
	d.digit = d.tables
	for code := range d.digit {
		unit := uint32(code)
		if remap != nil {
			unit = remap[code]
		}
		d.digit[code] = unit * d.stride
	}
}

func (d *slotDim) digitOf(code uint32) uint32 {
	if d.digit == nil {
		return code
	}
	return d.digit[code]
}

// place finds the slots of the rows of a block that m holds for; of others it
// may say anything.
func (s *slots) place(b *block, m *mask) *placing {
	if s.dense {
		s.placeChunk(b, &s.chunks[0])
		return &s.at
	}
	var before, into []uint32
	for i := range s.chunks {
		c := &s.chunks[i]
		s.placeChunk(b, c)
		s.before[i%2] = zeroed(s.before[i%2], b.n)
		into = s.before[i%2]
		next := s.at.inOrder()
		m.each(0, b.n, func(row int) {
			key := uint64(next(row))
			if before != nil {
				key |= uint64(before[row]) << 32
			}
			into[row] = c.seen.code(key)
		})
		before = into
	}
	s.n = len(s.chunks[len(s.chunks)-1].seen.keys)
	s.at = placing{codes: rows.Codes{U32: into}}
	return &s.at
}

// placeChunk sets s.at to the numbers of a chunk's dimensions.
func (s *slots) placeChunk(b *block, c *slotChunk) {
	s.at = placing{}
	var base uint32
	s.vary = s.vary[:0]
	times := true
	for i := c.from; i < c.to; i++ {
		dim := &s.dims[i]
		col := b.column(dim.column)
		if col.constant {
			base += dim.digitOf(col.code)
			continue
		}
		s.vary = append(s.vary, dim)
		times = times && col.runs != nil
	}
	switch {
	case len(s.vary) == 0:
		s.spans = append(s.spans[:0], span{0, b.n, base})
		s.at.spans = s.spans
	case times:
		s.placeSorted(b, base)
	case len(s.vary) == 1 && base == 0 && s.vary[0].digit == nil:
		s.at.codes = *b.codes(s.vary[0].column)
	default:
		s.numbers = resized(s.numbers, b.n)
		translateCodes(b.codes(s.vary[0].column), s.vary[0].digit, base, s.numbers)
		for _, dim := range s.vary[1:] {
			addDigits(b.codes(dim.column), dim.digit, s.numbers)
		}
		s.at.codes = rows.Codes{U32: s.numbers}
	}
}

func addDigits(codes *rows.Codes, digit []uint32, into []uint32) {
	if digit != nil {
		translateAddCodes(codes, digit, into)
		return
	}
	for i := range into {
		into[i] += codes.At(i)
	}
}

// placeSorted puts together the runs of rows that buckets of time are made of.
func (s *slots) placeSorted(b *block, base uint32) {
	s.spans = append(s.spans[:0], span{0, b.n, base})
	for _, dim := range s.vary {
		runs := b.column(dim.column).runs
		var cut []span
		for _, sp := range s.spans {
			for _, run := range runs {
				if lo, hi := max(sp.lo, run.lo), min(sp.hi, run.hi); lo < hi {
					cut = append(cut, span{lo, hi, sp.slot + dim.digitOf(run.slot)})
				}
			}
		}
		s.spans = cut
	}
	s.at.spans = s.spans
}

// codes returns the unit's codes of the dimensions of a slot.
func (s *slots) codes(slot uint32, into []uint32) []uint32 {
	into = resized(into, len(s.dims))
	for i := len(s.chunks) - 1; i >= 0; i-- {
		c := &s.chunks[i]
		if s.dense {
			s.digits(c, slot, into)
			break // there is one
		}
		key := c.seen.keys[slot]
		s.digits(c, uint32(key), into)
		slot = uint32(key >> 32)
	}
	return into
}

func (s *slots) digits(c *slotChunk, number uint32, into []uint32) {
	for i := c.to - 1; i >= c.from; i-- {
		into[i] = number / s.dims[i].stride
		number %= s.dims[i].stride
	}
}

// inTop says whether the group of a slot is among those shown.
func (s *slots) inTop(slot uint32, u *unit) bool {
	s.top = lengthened(s.top, max(s.n, int(slot)+1))
	if s.top[slot] == 0 {
		s.top[slot] = 2
		if u.inTop(slot) {
			s.top[slot] = 1
		}
	}
	return s.top[slot] == 1
}

// each calls f for the rows that m holds for.
func (p *placing) each(m *mask, f func(row int, slot uint32)) {
	if p.spans == nil {
		m.each(0, p.codes.Len(), func(row int) { f(row, p.codes.At(row)) })
		return
	}
	for _, s := range p.spans {
		m.each(s.lo, s.hi, func(row int) { f(row, s.slot) })
	}
}

// inOrder returns a function of the slot of a row that is to be called for
// ascending rows.
func (p *placing) inOrder() func(row int) uint32 {
	if p.spans == nil {
		return func(row int) uint32 { return p.codes.At(row) }
	}
	at := 0
	return func(row int) uint32 {
		for p.spans[at].hi <= row {
			at++
		}
		return p.spans[at].slot
	}
}
