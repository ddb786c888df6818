package query

// tuning is how a scan goes about its work. It makes no difference to answers:
// tests vary it to see that.
type tuning struct {
	// blockRows is how many rows are gone through at a time: few enough for
	// what is decoded of them to stay in the processor's cache.
	blockRows int
	// denseSlots is how many slots may be there without being groups, if the
	// rows are not more: their numbers stay in the cache.
	denseSlots int
	// chunkSlots is the greatest product of dimensions that are one number.
	chunkSlots uint64
	// pairBits is the size of the largest table of bits for pairs of a slot
	// and a value: 4 MiB, about what the cores of a small machine have of
	// cache.
	pairBits uint64
}

// defaultTuning was found by measurement; half or double of each is about as
// good.
var defaultTuning = tuning{blockRows: 1 << 15, denseSlots: 1 << 16, chunkSlots: 1 << 31, pairBits: 1 << 25}
