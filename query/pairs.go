package query

import "math/bits"

// pairSet is the different pairs of a slot and a small number, such as a
// visitor of the day.
//
// Where slots and values are few enough it is a table of bits. Else each value
// has room for a few slots, which is enough for nearly all: most visitors come
// from one source, and most visits see a handful of paths. Pairs beyond that
// are kept as they come, put in order of their values by counting when all are
// there, and then looked through value by value, each slot remembering the
// last it had.
type pairSet struct {
	values int
	dense  bool

	stride int // words of a slot in bits
	bits   []uint64

	few  [][fewSlots]uint32 // by value: slot + 1; 0: free
	more []uint64           // value and slot of all other pairs; some repeatedly

	seen, starts, sorted []uint32 // reused
}

const fewSlots = 7

// begin empties the set, for numbers below values. If slots may still grow
// there is no table of bits.
func (s *pairSet) begin(slots int, fixed bool, values int, t *tuning) {
	s.values = values
	s.stride = wordsOf(values)
	s.dense = fixed && uint64(slots)*uint64(values) <= t.pairBits
	if s.dense {
		s.bits = zeroed(s.bits, slots*s.stride)
		return
	}
	s.few = zeroed(s.few, values)
	s.more = s.more[:0]
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
	if !s.dense {
		m.each(sp.lo, sp.hi, func(row int) { s.put(values[row], sp.slot) })
		return
	}
	into := s.bits[int(sp.slot)*s.stride:][:s.stride]
	for w := sp.lo >> 6; w <= (sp.hi-1)>>6; w++ {
		word := m.word(w, sp.lo, sp.hi)
		if bits.OnesCount64(word) > 2*sparse {
			for _, v := range values[w<<6 : min(w<<6+64, len(values))] {
				into[v>>6] |= word & 1 << (v & 63)
				word >>= 1
			}
			continue
		}
		for ; word != 0; word &= word - 1 {
			v := values[w<<6+bits.TrailingZeros64(word)]
			into[v>>6] |= 1 << (v & 63)
		}
	}
}

func addPairs[T code](s *pairSet, slots []T, m *mask, values []uint32) {
	for w := range wordsOf(len(slots)) {
		word := m.wordAt(w, min(64, len(slots)-w<<6))
		if !s.dense {
			for ; word != 0; word &= word - 1 {
				row := w<<6 + bits.TrailingZeros64(word)
				s.put(values[row], uint32(slots[row]))
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

// put adds a pair to a set without bits.
func (s *pairSet) put(value, slot uint32) {
	few := &s.few[value]
	for i, had := range few {
		if had == slot+1 {
			return
		}
		if had == 0 {
			few[i] = slot + 1
			return
		}
	}
	s.more = append(s.more, uint64(value)<<32|uint64(slot))
}

// each calls f for each pair once.
func (s *pairSet) each(slots int, f func(slot, value uint32)) {
	if !s.dense {
		s.eachFew(f)
		s.eachMore(slots, f)
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

func (s *pairSet) eachFew(f func(slot, value uint32)) {
	for value := range s.few {
		for _, had := range s.few[value] {
			if had == 0 {
				break
			}
			f(had-1, uint32(value))
		}
	}
}

func (s *pairSet) eachMore(slots int, f func(slot, value uint32)) {
	if len(s.more) == 0 {
		return
	}
	// The slots, in order of their values.
	s.starts = zeroed(s.starts, s.values+1)
	for _, p := range s.more {
		s.starts[p>>32+1]++
	}
	for v := range s.values {
		s.starts[v+1] += s.starts[v]
	}
	s.sorted = resized(s.sorted, len(s.more))
	for _, p := range s.more {
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

// sumVisits returns the visits of each slot, if values are visits.
func (s *pairSet) sumVisits(slots int, facts []visitFacts) []visitSum {
	sums := make([]visitSum, slots)
	add := func(slot, visit uint32) {
		if visit > 0 {
			one := facts[visit].sum()
			sums[slot].add(&one)
		}
	}
	if s.dense {
		s.each(slots, add)
		return sums
	}
	for visit := 1; visit < len(s.few); visit++ {
		few := &s.few[visit]
		if few[0] == 0 {
			continue
		}
		one := facts[visit].sum()
		for _, had := range few {
			if had == 0 {
				break
			}
			sums[had-1].add(&one)
		}
	}
	s.eachMore(slots, add)
	return sums
}

// perSlot returns how many values above 0 each slot has.
func (s *pairSet) perSlot(slots int) []int64 {
	n := make([]int64, slots)
	if !s.dense {
		for value := 1; value < len(s.few); value++ {
			for _, had := range s.few[value] {
				if had == 0 {
					break
				}
				n[had-1]++
			}
		}
		s.eachMore(slots, func(slot, value uint32) {
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
