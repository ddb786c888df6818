package segment

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go/format"

	"holdfast/keep/rows"
)

// numbers makes the chunk of a number column.
func (w *Writer) numbers(c rows.Number, values []int64) (chunkOut, error) {
	typ := numberType(c)
	if typ == format.Boolean {
		return w.booleans(values), nil
	}
	narrow := typ == format.Int32
	none, optional := noneOf(c)
	var have []uint8
	rows := len(values)
	if optional {
		values, have = w.present(values, none)
	}
	chunk := w.newChunk(format.Plain)
	if len(values) > 0 {
		low, high := slices.Min(values), slices.Max(values)
		if !fits(c, low, high) {
			return chunk, fmt.Errorf("a value of %d to %d does not fit into 32 bits", low, high)
		}
		chunk.stats.MinValue, chunk.stats.MaxValue = plainInt(low, narrow), plainInt(high, narrow)
		chunk.encoding = w.encodingOf(c, values, narrow, low == high)
	}
	var codes []uint32
	width := 0
	if chunk.encoding == format.RLEDictionary {
		var dict []int64
		dict, codes = w.distinct.rank(values)
		width = w.widthOf(len(dict), codes, true)
		w.intDictPage(&chunk, dict, narrow)
	}
	indexed := isIndexed(c)
	chunk.ascending = indexed && slices.IsSorted(values)
	for page := range pagesOf(rows) {
		lo, hi := pageBounds(page, rows)
		count := hi - lo
		w.body = w.body[:0]
		if optional {
			w.body, count = appendLevels(w.body, have[lo:hi])
		}
		part := values[:count]
		values = values[count:]
		if chunk.encoding == format.RLEDictionary {
			w.body = appendHybrid(append(w.body, byte(width)), codes[:count], width)
			codes = codes[count:]
		} else {
			w.body = appendInts(w.body, part, chunk.encoding, narrow)
		}
		if indexed {
			chunk.lows = append(chunk.lows, plainInt(slices.Min(part), narrow))
			chunk.highs = append(chunk.highs, plainInt(slices.Max(part), narrow))
		}
		w.dataPage(&chunk, w.body, hi-lo, hi-lo-count)
	}
	return chunk, nil
}

// isIndexed says whether a column gets a column index: bounds for each page.
func isIndexed(c rows.Number) bool { return c == rows.Time || c == rows.Site || c == rows.Day }

// fits says whether values from low to high fit into the column.
func fits(c rows.Number, low, high int64) bool {
	switch {
	case c == rows.Site:
		return low >= 0 && high <= math.MaxUint32
	case numberType(c) == format.Int32:
		return low >= math.MinInt32 && high <= math.MaxInt32
	}
	return true
}

// present returns the values that are not none, in memory that is used again,
// and which rows have one.
func (w *Writer) present(values []int64, none int64) ([]int64, []uint8) {
	w.there = slices.Grow(w.there[:0], len(values))
	have := make([]uint8, len(values))
	for i, v := range values {
		if v != none {
			w.there = append(w.there, v)
			have[i] = 1
		}
	}
	return w.there, have
}

func plainInt(v int64, narrow bool) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(v))
	if narrow {
		return b[:4]
	}
	return b
}

func appendInts(dst []byte, values []int64, encoding format.Encoding, narrow bool) []byte {
	switch {
	case encoding == format.DeltaBinaryPacked:
		return appendDelta(dst, values, narrow)
	case narrow:
		return appendInt32s(dst, values)
	}
	return appendInt64s(dst, values)
}

// encodingOf chooses the encoding of a number column: differences, unless
// samples of it take much less room as they are (most are zero: compression
// finds that) or in a dictionary (values are large and come again, as hashes
// of visitors do).
func (w *Writer) encodingOf(c rows.Number, values []int64, narrow, constant bool) format.Encoding {
	switch {
	case constant, c == rows.Site, c == rows.Day, c == rows.Time:
		return format.DeltaBinaryPacked
	case c == rows.ID:
		return format.Plain // they are random
	}
	var delta, plain, sampled, distinct int
	for _, part := range samples(values) {
		sampled += len(part)
		delta += w.framedSize(appendDelta(w.body[:0], part, narrow))
		plain += w.framedSize(appendInts(w.body[:0], part, format.Plain, narrow))
		distinct += w.distinct.count(part)
	}
	best, size := format.DeltaBinaryPacked, delta
	// The more rows, the fewer of their values are new: this guess is high.
	if distinct < sampled/2 {
		dict, codes := w.distinct.rank(values)
		width := w.widthOf(len(dict), codes, true)
		bytes := 8
		if narrow {
			bytes = 4
		}
		bytes *= len(dict) * sampled / len(values) // their part of the dictionary
		for _, part := range samples(codes) {
			bytes += w.framedSize(appendHybrid(w.body[:0], part, width))
		}
		if worthIt(bytes, size) {
			best, size = format.RLEDictionary, bytes
		}
	}
	// As they are they are the slowest to read: a match of eight bytes for every
	// value. Every second question is about visitors.
	worth := worthRarely
	if c == rows.Visitor {
		worth = worthOften
	}
	if plain*100 <= size*worth {
		best = format.Plain
	}
	return best
}

// samples returns two pages of values, or what there is.
func samples[T any](values []T) [][]T {
	if len(values) <= 2*pageRows {
		return [][]T{values}
	}
	a, b := len(values)/4, len(values)*3/4
	return [][]T{values[a:][:min(pageRows, b-a)], values[b:][:min(pageRows, len(values)-b)]}
}

// widthOf chooses the bits of codes: as few as they need, or, where
// decompressing them at each reading is affordable and samples of it take
// less room, whole bytes.
func (w *Writer) widthOf(card int, codes []uint32, affordable bool) int {
	packed, aligned := codeWidth(card), alignedWidth(card)
	if len(codes) == 0 || !affordable || aligned == 0 || aligned == packed {
		return packed
	}
	var small, large int
	for _, part := range samples(codes) {
		small += w.framedSize(appendHybrid(w.body[:0], part, packed))
		large += w.framedSize(appendHybrid(w.body[:0], part, aligned))
	}
	if worthIt(large, small) {
		return aligned
	}
	return packed
}

func (w *Writer) framedSize(body []byte) int {
	w.body = body
	w.compress.framed = w.compress.frame(w.compress.framed[:0], body, w.compress.fast, worthRarely)
	return len(w.compress.framed)
}

func (w *Writer) intDictPage(chunk *chunkOut, dict []int64, narrow bool) {
	w.body = appendInts(w.body[:0], dict, format.Plain, narrow)
	w.dictionaryPage(chunk, w.body, len(dict))
}

// booleans makes the chunk of a column that is true where values are not zero.
func (w *Writer) booleans(values []int64) chunkOut {
	chunk := w.newChunk(format.Plain)
	low, high := byte(1), byte(0)
	for _, v := range values {
		if v != 0 {
			high = 1
		} else {
			low = 0
		}
	}
	chunk.stats.MinValue, chunk.stats.MaxValue = []byte{low}, []byte{high}
	for page := range pagesOf(len(values)) {
		lo, hi := pageBounds(page, len(values))
		w.body = appendBools(w.body[:0], values[lo:hi])
		w.dataPage(&chunk, w.body, hi-lo, 0)
	}
	return chunk
}

// distinctInts finds the distinct values among numbers, with memory that is
// used again: a hash table with linear probing, at most half full.
type distinctInts struct {
	slots []uint32 // 1 + index into found; 0: free
	found []int64
	codes []uint32 // of rank
}

// count returns how many distinct values there are.
func (d *distinctInts) count(values []int64) int {
	d.begin(len(values))
	for _, v := range values {
		d.find(v)
	}
	return len(d.found)
}

// rank returns the distinct values, ascending, and the rank of each value. The
// ranks are good until the next call.
func (d *distinctInts) rank(values []int64) ([]int64, []uint32) {
	d.begin(len(values))
	d.codes = d.codes[:0]
	for _, v := range values {
		d.codes = append(d.codes, d.find(v))
	}
	dict := slices.Clone(d.found)
	slices.Sort(dict)
	rank := make([]uint32, len(dict))
	for i, v := range dict {
		rank[d.find(v)] = uint32(i)
	}
	for i, code := range d.codes {
		d.codes[i] = rank[code]
	}
	return dict, d.codes
}

func (d *distinctInts) begin(n int) {
	size := 16
	for size < 2*n {
		size *= 2
	}
	if cap(d.slots) < size {
		d.slots = make([]uint32, size)
	}
	d.slots = d.slots[:size]
	clear(d.slots)
	d.found = d.found[:0]
}

// find returns the number of v, in the order of first appearance.
func (d *distinctInts) find(v int64) uint32 {
	mask := uint64(len(d.slots) - 1)
	for at := uint64(v) * 0x9e3779b97f4a7c15 >> 20 & mask; ; at = (at + 1) & mask {
		switch n := d.slots[at]; {
		case n == 0:
			d.found = append(d.found, v)
			d.slots[at] = uint32(len(d.found))
			return uint32(len(d.found) - 1)
		case d.found[n-1] == v:
			return n - 1
		}
	}
}
