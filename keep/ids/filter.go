package ids

import "math/bits"

// filter is a Bloom filter in blocks of one cache line: it may say of an id
// that is not in the file that it may be, one time in eighty, and never the
// reverse. Its blocks are in the order of the ids, so that it is built from a
// sorted file, and asked with sorted ids, front to back.
type filter struct {
	lines []filterLine
}

type filterLine [8]uint64

const (
	filterBitsPerID = 10
	filterProbes    = 6 // of 9 bits each
	lineBits        = 512
)

// filterBytes returns how much memory a filter for count ids takes.
func filterBytes(count int64) int64 {
	return (count*filterBitsPerID + lineBits - 1) / lineBits * (lineBits / 8)
}

func newFilter(count int64) *filter {
	return &filter{lines: make([]filterLine, filterBytes(count)/(lineBits/8))}
}

func (f *filter) add(id uint64) {
	line := f.line(id)
	for h, i := mix(id), 0; i < filterProbes; h, i = h>>9, i+1 {
		line[h>>6&7] |= 1 << (h & 63)
	}
}

func (f *filter) mayHave(id uint64) bool {
	line := f.line(id)
	for h, i := mix(id), 0; i < filterProbes; h, i = h>>9, i+1 {
		if line[h>>6&7]&(1<<(h&63)) == 0 {
			return false
		}
	}
	return true
}

func (f *filter) line(id uint64) *filterLine {
	at, _ := bits.Mul64(id, uint64(len(f.lines)))
	return &f.lines[at]
}

// mix makes bits that say nothing about where id is among all ids, which is
// what chose its line.
func mix(id uint64) uint64 {
	h := id * 0x9e3779b97f4a7c15
	return (h ^ h>>32) * 0xd6e8feb86659fd93 >> 8
}
