package query

import (
	"math/bits"

	"holdfast/keep/rows"
)

// code is what columns of codes are made of.
type code interface{ uint8 | uint16 | uint32 }

// lookUp sets words to the bits that truth, of 0 and 1, has for the codes.
func lookUp[T code](codes []T, truth []uint8, words []uint64) {
	for w := range words {
		part := codes[w<<6 : min(w<<6+64, len(codes))]
		var word uint64
		for i, c := range part {
			word |= uint64(truth[c]) << (i & 63)
		}
		words[w] = word
	}
}

// lookUpBytes is lookUp for codes of a byte: eight at a time, and without a
// check of bounds, which halves its time.
func lookUpBytes(codes []uint8, truth []uint8, words []uint64) {
	var t [256]uint8
	copy(t[:], truth)
	full := len(codes) / 64
	for w := range full {
		part := (*[64]uint8)(codes[w<<6:])
		var word uint64
		for i := 0; i < 64; i += 8 {
			c := (*[8]uint8)(part[i:])
			b := t[c[0]] | t[c[1]]<<1 | t[c[2]]<<2 | t[c[3]]<<3 | t[c[4]]<<4 | t[c[5]]<<5 | t[c[6]]<<6 | t[c[7]]<<7
			word |= uint64(b) << i
		}
		words[w] = word
	}
	if full < len(words) {
		lookUp(codes[full<<6:], t[:], words[full:])
	}
}

// lookUpCodes is lookUp for codes of any width.
func lookUpCodes(codes *rows.Codes, truth []uint8, words []uint64) {
	switch {
	case codes.U8 != nil:
		lookUpBytes(codes.U8, truth, words)
	case codes.U16 != nil:
		lookUp(codes.U16, truth, words)
	default:
		lookUp(codes.U32, truth, words)
	}
}

// sparse is how many bits of a word are found one by one rather than by
// looking at all 64: about where the two take the same time.
const sparse = 16

// tallyPair counts, for each slot, the rows that a holds for in the lower half
// of into[slot], and those of b in the upper.
func tallyPair[T code](slots []T, a, b *mask, into []uint64) {
	for lo := 0; lo < len(slots); lo += 64 {
		part := slots[lo:min(lo+64, len(slots))]
		wa, wb := a.wordAt(lo>>6, len(part)), b.wordAt(lo>>6, len(part))
		either := wa | wb
		if len(part) < 64 || bits.OnesCount64(either) < sparse {
			for ; either != 0; either &= either - 1 {
				i := bits.TrailingZeros64(either)
				into[part[i&63]] += wa>>(i&63)&1 | wb>>(i&63)&1<<32
			}
			continue
		}
		tally32((*[32]T)(part), uint64(uint32(wa))|wb<<32, into)
		tally32((*[32]T)(part[32:]), wa>>32|wb>>32<<32, into)
	}
}

// tally32 adds, for each of 32 slots, the bit of its row in either half of
// words to the same half of into[slot]. It is written out because that takes
// half the time.
func tally32[T code](slots *[32]T, words uint64, into []uint64) {
	const ones = 1 | 1<<32
	for i := 0; i < 32; i += 8 {
		s, w := (*[8]T)(slots[i:]), words>>i
		into[s[0]] += w & ones
		into[s[1]] += w >> 1 & ones
		into[s[2]] += w >> 2 & ones
		into[s[3]] += w >> 3 & ones
		into[s[4]] += w >> 4 & ones
		into[s[5]] += w >> 5 & ones
		into[s[6]] += w >> 6 & ones
		into[s[7]] += w >> 7 & ones
	}
}

// wordAt returns the mask's word w, of which n rows are there.
func (m *mask) wordAt(w, n int) uint64 {
	switch {
	case m.none:
		return 0
	case m.all:
		return ^uint64(0) >> (64 - n)
	}
	return m.words[w]
}

// tallyPairCodes is tallyPair for slots of any width.
func tallyPairCodes(slots *rows.Codes, a, b *mask, into []uint64) {
	switch {
	case slots.U8 != nil:
		tallyPair(slots.U8, a, b, into)
	case slots.U16 != nil:
		tallyPair(slots.U16, a, b, into)
	default:
		tallyPair(slots.U32, a, b, into)
	}
}

// translate sets into to what table has for the codes, plus base.
func translate[T code](codes []T, table []uint32, base uint32, into []uint32) {
	if table == nil {
		for i, c := range codes {
			into[i] = uint32(c) + base
		}
		return
	}
	for i, c := range codes {
		into[i] = table[c] + base
	}
}

// translateAdd adds what table has for the codes to into.
func translateAdd[T code](codes []T, table []uint32, into []uint32) {
	for i, c := range codes {
		into[i] += table[c]
	}
}

func translateCodes(codes *rows.Codes, table []uint32, base uint32, into []uint32) {
	switch {
	case codes.U8 != nil:
		translate(codes.U8, table, base, into)
	case codes.U16 != nil:
		translate(codes.U16, table, base, into)
	default:
		translate(codes.U32, table, base, into)
	}
}

func translateAddCodes(codes *rows.Codes, table []uint32, into []uint32) {
	switch {
	case codes.U8 != nil:
		translateAdd(codes.U8, table, into)
	case codes.U16 != nil:
		translateAdd(codes.U16, table, into)
	default:
		translateAdd(codes.U32, table, into)
	}
}

// resized returns s with room for n, of unknown content, reusing its memory.
func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/8)
	}
	return s[:n]
}

// zeroed returns s with n zeros, reusing its memory.
func zeroed[T any](s []T, n int) []T {
	s = resized(s, n)
	clear(s)
	return s
}

// lengthened returns s with zeros added up to n.
func lengthened[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	if n <= cap(s) {
		more := s[len(s):n]
		clear(more)
		return s[:n]
	}
	longer := make([]T, n, n+n/2)
	copy(longer, s)
	return longer
}
