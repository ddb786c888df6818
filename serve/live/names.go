package live

import "strings"

// name is the number of a text within one window.
type name uint32

// Bounds on the names of a site. A visitor has at most nine; those beyond the
// bounds are told together.
const (
	maxNames     = 1 << 14
	maxNameBytes = 2 << 20
	nameBytes    = 64 // of a name, besides its text
)

// many is what names beyond the bounds are called, here as in the store.
const many = "(many)"

// names numbers texts: 0 is "", 1 is many.
type names struct {
	byText map[string]name
	texts  []string
	bytes  int
	shut   bool // all sites together have as many as there may be
}

func newNames() names {
	return names{byText: map[string]name{"": 0, many: 1}, texts: []string{"", many}}
}

func (n *names) len() int { return len(n.texts) }

func (n *names) text(of name) string { return n.texts[of] }

func (n *names) full() bool {
	return n.shut || len(n.texts) >= maxNames || n.bytes >= maxNameBytes
}

// of returns the number of a text.
func (n *names) of(text string) name {
	if of, ok := n.byText[text]; ok {
		return of
	}
	if n.full() {
		return 1
	}
	text = strings.Clone(text) // it may be a part of something large
	of := name(len(n.texts))
	n.byText[text], n.texts = of, append(n.texts, text)
	n.bytes += len(text) + nameBytes
	return of
}
