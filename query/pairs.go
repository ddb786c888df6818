package query

import (
	"math/bits"
)

// pairSet is the different pairs of a slot and a small number, such as a
// visitor of the day.
//
// Where slots and values are few enough it is a table of bits. Else the pairs
// are kept as they come, put in order of their values by counting, and then
// looked through value by value, each slot remembering the last it had: a few
// steps for each pair, however many slots there are.
type pairSet struct {
	values int
	stride int // words of a slot in bits
	bits   []uint64
	all    []uint64 // value and slot of each pair; nil: bits has them
	seen   []uint32 // by slot, reused
	starts []uint32 // by value, reused
	sorted []uint32 // reused
	listed bool     // pairs are in all
}

// begin empties the set, for numbers below values. If slots may still grow
// there is no table of bits.
func (s *pairSet) begin(slots int, fixed bool, values int, t *tuning) {
	s.values = values
	s.stride = wordsOf(values)
	s.listed = !fixed || uint64(slots)*uint64(values) > t.pairBits
	s.all = s.all[:0]
	if !s.listed {
		s.bits = zeroed(s.bits, slots*s.stride)
	}
}

// add adds the pairs of the rows that m holds for.
func (s *pairSet) add(at *placing, m *mask, values []uint32) {
	if at.spans != nil {
		for _, sp := range at.spans {
			s.addSpan(sp, m, values)
		}
		return
	}
	switch {
	case at.codes.U8 != nil:
		addPairs(s, at.codes.U8, m, values)
	case at.codes.U16 != nil:
		addPairs(s, at.codes.U16, m, values)
	default:
		addPairs(s, at.codes.U32, m, values)
	}
}

func (s *pairSet) addSpan(sp span, m *mask, values []uint32) {
	if sp.lo >= sp.hi || m.none {
		return
	}
	if s.listed {
		m.each(sp.lo, sp.hi, func(row int) { s.all = append(s.all, uint64(values[row])<<32|uint64(sp.slot)) })
		return
	}
	into := s.bits[int(sp.slot)*s.stride:][:s.stride]
	for w := sp.lo >> 6; w <= (sp.hi-1)>>6; w++ {
		for word := m.word(w, sp.lo, sp.hi); word != 0; word &= word - 1 {
			v := values[w<<6+bits.TrailingZeros64(word)]
			into[v>>6] |= 1 << (v & 63)
		}
	}
}

func addPairs[T code](s *pairSet, slots []T, m *mask, values []uint32) {
	for w := range wordsOf(len(slots)) {
		word := m.wordAt(w, min(64, len(slots)-w<<6))
		if s.listed {
			for ; word != 0; word &= word - 1 {
				row := w<<6 + bits.TrailingZeros64(word)
				s.all = append(s.all, uint64(values[row])<<32|uint64(slots[row]))
			}
			continue
		}
		for ; word != 0; word &= word - 1 {
			row := w<<6 + bits.TrailingZeros64(word)
			v := values[row]
			s.bits[int(slots[row])*s.stride+int(v>>6)] |= 1 << (v & 63)
		}
	}
}

// each calls f for each pair once; those of a slot, or those of a value, come
// together.
func (s *pairSet) each(slots int, f func(slot, value uint32)) {
	if s.listed {
		s.eachListed(slots, f)
		return
	}
	for slot := range slots {
		for w, word := range s.bits[slot*s.stride:][:s.stride] {
			for ; word != 0; word &= word - 1 {
				f(uint32(slot), uint32(w<<6+bits.TrailingZeros64(word)))
			}
		}
	}
}

func (s *pairSet) eachListed(slots int, f func(slot, value uint32)) {
	// The slots, in order of their values.
	s.starts = zeroed(s.starts, s.values+1)
	for _, p := range s.all {
		s.starts[p>>32+1]++
	}
	for v := range s.values {
		s.starts[v+1] += s.starts[v]
	}
	s.sorted = resized(s.sorted, len(s.all))
	for _, p := range s.all {
		v := p >> 32
		s.sorted[s.starts[v]] = uint32(p)
		s.starts[v]++
	}
	// Now starts[v] is where v ends.
	s.seen = zeroed(s.seen, slots)
	from := uint32(0)
	for v := range uint32(s.values) {
		for _, slot := range s.sorted[from:s.starts[v]] {
			if s.seen[slot] != v+1 {
				s.seen[slot] = v + 1
				f(slot, v)
			}
		}
		from = s.starts[v]
	}
}

// perSlot returns how many values above 0 each slot has.
func (s *pairSet) perSlot(slots int) []int64 {
	n := make([]int64, slots)
	if s.listed {
		s.eachListed(slots, func(slot, value uint32) {
			if value > 0 {
				n[slot]++
			}
		})
		return n
	}
	for slot := range n {
		row := s.bits[slot*s.stride:][:s.stride]
		count := 0
		for _, w := range row {
			count += bits.OnesCount64(w)
		}
		n[slot] = int64(count) - int64(row[0]&1)
	}
	return n
}
