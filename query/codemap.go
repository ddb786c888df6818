package query

import "math/bits"

// codeMap numbers keys from 0, in the order in which they are first seen. It
// is an open hash table, much denser and quicker than a map.
type codeMap struct {
	slots []uint32 // number + 1 of the key there; 0: none
	keys  []uint64 // by number
	shift uint8
}

// reset forgets all keys and keeps the memory.
func (m *codeMap) reset() {
	clear(m.slots)
	m.keys = m.keys[:0]
}

// code returns the number of a key, which it gives it if it has none.
func (m *codeMap) code(key uint64) uint32 {
	if 2*len(m.keys) >= len(m.slots) {
		m.grow()
	}
	mask := uint64(len(m.slots) - 1)
	for i := spread(key) >> m.shift; ; i = (i + 1) & mask {
		switch c := m.slots[i]; {
		case c == 0:
			m.keys = append(m.keys, key)
			m.slots[i] = uint32(len(m.keys))
			return uint32(len(m.keys) - 1)
		case m.keys[c-1] == key:
			return c - 1
		}
	}
}

// find returns the number of a key, if it has one.
func (m *codeMap) find(key uint64) (uint32, bool) {
	if len(m.keys) == 0 {
		return 0, false
	}
	mask := uint64(len(m.slots) - 1)
	for i := spread(key) >> m.shift; ; i = (i + 1) & mask {
		switch c := m.slots[i]; {
		case c == 0:
			return 0, false
		case m.keys[c-1] == key:
			return c - 1, true
		}
	}
}

func (m *codeMap) grow() {
	n := max(64, 2*len(m.slots))
	m.slots = make([]uint32, n)
	m.shift = uint8(64 - bits.TrailingZeros(uint(n)))
	mask := uint64(n - 1)
	for c, key := range m.keys {
		i := spread(key) >> m.shift
		for m.slots[i] != 0 {
			i = (i + 1) & mask
		}
		m.slots[i] = uint32(c + 1)
	}
}

// spread makes near keys far apart; its upper bits are used.
func spread(key uint64) uint64 {
	key ^= key >> 32
	return key * 0x9e3779b97f4a7c15
}

// interner numbers strings from 0, in the order in which they are first seen.
type interner struct {
	codes map[string]uint32
	texts []string
}

func (n *interner) code(s string) uint32 {
	c, ok := n.codes[s]
	if !ok {
		if n.codes == nil {
			n.codes = make(map[string]uint32)
		}
		c = uint32(len(n.texts))
		n.codes[s] = c
		n.texts = append(n.texts, s)
	}
	return c
}
