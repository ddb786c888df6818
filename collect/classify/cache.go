package classify

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// cache remembers what was read of a text. Each text has one slot, which the
// next text of that slot takes over: so it is bounded, needs no lock, and
// keeps what comes often.
type cache[T any] struct {
	seed  maphash.Seed
	read  func(text string) T
	slots [1 << 12]atomic.Pointer[cached[T]]
}

type cached[T any] struct {
	text  string
	value T
}

func (c *cache[T]) get(text string) *T {
	slot := &c.slots[maphash.String(c.seed, text)%uint64(len(c.slots))]
	if hit := slot.Load(); hit != nil && hit.text == text {
		return &hit.value
	}
	text = strings.Clone(text)
	fresh := &cached[T]{text: text, value: c.read(text)}
	slot.Store(fresh)
	return &fresh.value
}
