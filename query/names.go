package query

import (
	"strings"
	"sync"

	"holdfast"
	"holdfast/keep/rows"
)

// names gives each value of a site's text column one code, in whatever table
// it is. Codes are given for good, so that what is known of a table that never
// changes needs to be found out once only.
type names struct {
	mu    sync.RWMutex // guards all below
	codes map[string]uint32
	texts []string            // by code; only added to
	known map[string][]uint32 // codes of the values of rows, by their key
	bytes int
}

func newNames() *names {
	n := &names{codes: make(map[string]uint32), known: make(map[string][]uint32)}
	n.codesOf("", []string{""})
	return n
}

// noName is the code of "".
const noName = 0

// all returns the texts of all codes given so far.
func (n *names) all() []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.texts
}

// codesOf returns the codes of texts. Where key is not "" they are those of
// the rows with this key, and are remembered.
func (n *names) codesOf(key string, texts []string) []uint32 {
	n.mu.RLock()
	codes := n.known[key]
	if codes != nil {
		n.mu.RUnlock()
		return codes
	}
	codes = make([]uint32, len(texts))
	missing := 0
	for i, s := range texts {
		c, ok := n.codes[s]
		if !ok {
			c = ^uint32(0)
			missing++
		}
		codes[i] = c
	}
	n.mu.RUnlock()
	if missing == 0 && key == "" {
		return codes
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, c := range codes {
		if c == ^uint32(0) {
			codes[i] = n.addLocked(texts[i])
		}
	}
	if key != "" {
		n.known[key] = codes
		n.bytes += 4*len(codes) + len(key) + 64
	}
	return codes
}

func (n *names) addLocked(s string) uint32 {
	c, ok := n.codes[s]
	if !ok {
		s = strings.Clone(s) // not all of its table's values
		c = uint32(len(n.texts))
		n.codes[s] = c
		n.texts = append(n.texts, s)
		n.bytes += len(s) + 64 // with its place in the map
	}
	return c
}

// siteColumn is a text column of a site.
type siteColumn struct {
	site holdfast.SiteID
	text rows.Text
}

// nameBook is the names of all columns that were asked about, within a budget:
// when they are more, they are forgotten, and found out anew.
type nameBook struct {
	budget int
	mu     sync.Mutex // guards all below
	names  map[siteColumn]*names
}

// of returns the names of a column. They stay good, whatever is forgotten.
func (b *nameBook) of(c siteColumn) *names {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.names[c]
	if n == nil {
		n = newNames()
		b.names[c] = n
	}
	return n
}

// trim forgets names until the rest is within the budget, those of the largest
// columns first.
func (b *nameBook) trim() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		total, most := 0, 0
		var largest siteColumn
		for c, n := range b.names {
			n.mu.RLock()
			bytes := n.bytes
			n.mu.RUnlock()
			total += bytes
			if bytes > most {
				largest, most = c, bytes
			}
		}
		if total <= b.budget {
			return
		}
		delete(b.names, largest)
	}
}
