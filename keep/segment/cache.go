package segment

import (
	"container/list"
	"sync"

	"github.com/klauspost/compress/zstd"

	"holdfast/internal/fsx"
)

// Cache is what readers share: dictionaries and parts of directories that were
// decoded lately, the files that were read lately, held open, and the memory of
// a decompressor. All methods may be called
// by many goroutines at once.
type Cache struct {
	budget  int
	zstd    *zstd.Decoder
	handles fsx.Handles

	mu    sync.Mutex
	used  int                        // bytes
	byKey map[cacheKey]*list.Element // of cacheEntry
	order *list.List                 // latest use first
}

type cacheKey struct {
	r    *Reader
	item int // group or block
	what int // column, or one of:
}

const (
	cacheDays     = -1 // a block of the directory
	cachePropKeys = -2
)

type cacheEntry struct {
	key   cacheKey
	value any
	bytes int
}

// NewCache returns a cache that keeps at most bytes.
func NewCache(bytes int) *Cache {
	dec, err := newDecompressor()
	if err != nil {
		panic(err) // the options are constants
	}
	return &Cache{budget: bytes, zstd: dec, byKey: map[cacheKey]*list.Element{}, order: list.New()}
}

func (c *Cache) lookup(key cacheKey) (any, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return e.Value.(cacheEntry).value, true
}

// keep adds a value of that many bytes, at the cost of those not used longest.
func (c *Cache) keep(key cacheKey, value any, bytes int) {
	if bytes > c.budget/4 {
		return // it would leave no room for anything else
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byKey[key]; ok {
		return
	}
	c.byKey[key] = c.order.PushFront(cacheEntry{key, value, bytes})
	for c.used += bytes; c.used > c.budget; {
		c.dropLocked(c.order.Back())
	}
}

// forget drops all that came from a reader.
func (c *Cache) forget(r *Reader) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for e := c.order.Front(); e != nil; {
		next := e.Next()
		if e.Value.(cacheEntry).key.r == r {
			c.dropLocked(e)
		}
		e = next
	}
}

func (c *Cache) dropLocked(e *list.Element) {
	entry := c.order.Remove(e).(cacheEntry)
	delete(c.byKey, entry.key)
	c.used -= entry.bytes
}
