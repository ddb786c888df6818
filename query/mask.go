package query

import "math/bits"

// mask says for which rows of a block something holds, a bit for each.
type mask struct {
	all, none bool     // then the words are not set
	words     []uint64 // bits beyond the rows are 0
}

// wordsOf returns how many words n bits take.
func wordsOf(n int) int { return (n + 63) / 64 }

// room returns the mask's words for n rows, of unknown content.
func (m *mask) room(n int) []uint64 {
	m.all, m.none = false, false
	if cap(m.words) < wordsOf(n) {
		m.words = make([]uint64, wordsOf(n))
	}
	m.words = m.words[:wordsOf(n)]
	return m.words
}

func (m *mask) set(all bool) { m.all, m.none = all, !all }

// sum up recognises masks that hold everywhere or nowhere.
func (m *mask) sumUp(n int) {
	or, and := uint64(0), ^uint64(0)
	last := len(m.words) - 1
	for i, w := range m.words {
		or |= w
		if i == last && n%64 != 0 {
			w |= ^uint64(0) << (n % 64)
		}
		and &= w
	}
	m.none, m.all = or == 0, and == ^uint64(0) && n > 0
}

// copyFrom makes m what o is.
func (m *mask) copyFrom(o *mask, n int) {
	if o.all || o.none {
		m.set(o.all)
		return
	}
	copy(m.room(n), o.words)
}

func (m *mask) and(o *mask, n int) {
	switch {
	case m.none || o.all:
	case m.all || o.none:
		m.copyFrom(o, n)
	default:
		for i, w := range o.words {
			m.words[i] &= w
		}
		m.sumUp(n)
	}
}

func (m *mask) or(o *mask, n int) {
	switch {
	case m.all || o.none:
	case m.none || o.all:
		m.copyFrom(o, n)
	default:
		for i, w := range o.words {
			m.words[i] |= w
		}
		m.sumUp(n)
	}
}

func (m *mask) not(o *mask, n int) {
	if o.all || o.none {
		m.set(o.none)
		return
	}
	words := m.room(n)
	for i, w := range o.words {
		words[i] = ^w
	}
	if n%64 != 0 {
		words[len(words)-1] &= 1<<(n%64) - 1
	}
}

// has says whether the mask holds for a row.
func (m *mask) has(row int) bool {
	return m.all || !m.none && m.words[row>>6]>>(row&63)&1 != 0
}

// count returns for how many rows from lo to hi the mask holds.
func (m *mask) count(lo, hi int) int64 {
	switch {
	case lo >= hi || m.none:
		return 0
	case m.all:
		return int64(hi - lo)
	}
	n := 0
	first, last := lo>>6, (hi-1)>>6
	for w := first; w <= last; w++ {
		n += bits.OnesCount64(m.word(w, lo, hi))
	}
	return int64(n)
}

// word returns the bits of a word that are rows from lo to hi.
func (m *mask) word(w, lo, hi int) uint64 {
	word := ^uint64(0)
	if !m.all {
		word = m.words[w]
	}
	if at := lo - w<<6; at > 0 {
		word &= ^uint64(0) << at
	}
	if at := hi - w<<6; at < 64 {
		word &= 1<<at - 1
	}
	return word
}

// each calls f for the rows from lo to hi that the mask holds for, ascending.
func (m *mask) each(lo, hi int, f func(row int)) {
	if lo >= hi || m.none {
		return
	}
	for w := lo >> 6; w <= (hi-1)>>6; w++ {
		for word := m.word(w, lo, hi); word != 0; word &= word - 1 {
			f(w<<6 + bits.TrailingZeros64(word))
		}
	}
}

// setRange makes m hold for rows lo to hi of n, and no others.
func (m *mask) setRange(lo, hi, n int) {
	switch {
	case lo >= hi:
		m.set(false)
		return
	case lo == 0 && hi == n:
		m.set(true)
		return
	}
	words := m.room(n)
	clear(words)
	m.addRange(lo, hi)
}

// addRange makes m, whose words are set, hold for rows lo to hi too.
func (m *mask) addRange(lo, hi int) {
	if lo >= hi {
		return
	}
	first, last := lo>>6, (hi-1)>>6
	head, tail := ^uint64(0)<<(lo&63), ^uint64(0)>>(63-(hi-1)&63)
	if first == last {
		m.words[first] |= head & tail
		return
	}
	m.words[first] |= head
	for w := first + 1; w < last; w++ {
		m.words[w] = ^uint64(0)
	}
	m.words[last] |= tail
}
