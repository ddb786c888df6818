package segment

import (
	"encoding/binary"
	"hash/crc32"
)

// Reseal makes the checksums of a file right again, as far as they are found,
// so that a fuzzer gets past them.
func Reseal(b []byte) []byte {
	b = append([]byte(nil), b...)
	tail := len(b) - 4 - len(magic)
	if tail < len(magic) {
		return b
	}
	size := int(binary.LittleEndian.Uint32(b[tail:]))
	if size < 0 || size > tail-len(magic) {
		return b
	}
	f := b[tail-size : tail]
	at, err := footerCRC(f)
	if err != nil {
		return b
	}
	copy(f[at:], footerSum(f, at))
	c := &cursor{b: f}
	out := &footer{metadata: map[string]string{}}
	c.file(out)
	for _, g := range out.groups {
		for _, m := range g.chunks {
			if m.dictionary > 0 {
				resealPages(b, m.dictionary, m.data)
			}
			resealPages(b, m.data, m.end)
		}
	}
	return b
}

func resealPages(b []byte, from, to int64) {
	for from >= 0 && from < to && to <= int64(len(b)) {
		c := cursor{b: b[from:to]}
		h := c.pageHeader()
		head := int(to-from) - len(c.b)
		if c.bad || h.compressed < 0 || h.compressed > len(c.b) {
			return
		}
		// The checksum is a zigzag varint of five bytes, if it was one of
		// many bits; else it stays wrong.
		sum := int32(crc32.ChecksumIEEE(c.b[:h.compressed]))
		old := binary.AppendVarint(nil, int64(int32(h.crc)))
		now := binary.AppendVarint(nil, int64(sum))
		if len(old) == len(now) {
			for i := 0; i+len(old) <= head; i++ {
				if string(b[int(from)+i:int(from)+i+len(old)]) == string(old) {
					copy(b[int(from)+i:], now)
					break
				}
			}
		}
		from += int64(head + h.compressed)
	}
}

// ColumnBytes returns what each column takes in the file.
func (r *Reader) ColumnBytes() map[string]int64 {
	sizes := map[string]int64{}
	for _, g := range r.footer.groups {
		for i, m := range g.chunks {
			start := m.data
			if m.dictionary > 0 {
				start = m.dictionary
			}
			sizes[r.footer.columns[i].name] += m.end - start
		}
	}
	return sizes
}
