package collect

import (
	"hash/maphash"
	"strings"
	"unicode/utf8"
)

// interner gives equal strings one memory, as long as they come often enough:
// each new string takes the slot of an older one. So it is bounded, never
// needs clearing, and a view of a door's buffer becomes a string that may be
// kept without an allocation where it was seen lately.
type interner struct {
	seed  maphash.Seed
	slots [1 << 12]string
}

// maxInterned is the longest string that is worth a slot.
const maxInterned = 256

// keep returns s as a string of its own memory, in valid UTF-8.
func (in *interner) keep(s string) string {
	if s == "" {
		return ""
	}
	if len(s) > maxInterned {
		return own(s)
	}
	slot := &in.slots[maphash.String(in.seed, s)%uint64(len(in.slots))]
	if *slot == s {
		return *slot
	}
	kept := own(s)
	*slot = kept
	return kept
}

func own(s string) string {
	if !utf8.ValidString(s) {
		return strings.ToValidUTF8(s, "?")
	}
	return strings.Clone(s)
}

// cut returns the longest beginning of s of at most n bytes that ends between
// characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
