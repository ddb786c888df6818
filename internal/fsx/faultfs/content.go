package faultfs

import "slices"

// sectorBytes is what a disk writes whole or not at all.
const sectorBytes = 512

// sector is a piece of a file. Once a file has it, it does not change any
// more: files, what was made durable of them and what a crash leaves share it.
type sector [sectorBytes]byte

var zeros = new(sector)

// content is the bytes of a file. Behind its size the last sector is zero.
type content struct {
	size    int64
	sectors []*sector
}

func (c *content) clone() content { return content{c.size, slices.Clone(c.sectors)} }

// resize cuts bytes off, or adds zeros.
func (c *content) resize(size int64) {
	n := int((size + sectorBytes - 1) / sectorBytes)
	for len(c.sectors) < n {
		c.sectors = append(c.sectors, zeros)
	}
	c.sectors = c.sectors[:n]
	c.size = size
	if n > 0 {
		c.put(int64(n-1), c.sectors[n-1])
	}
}

func (c *content) readAt(b []byte, off int64) (n int) {
	b = b[:max(0, min(int64(len(b)), c.size-off))]
	for n < len(b) {
		at := off + int64(n)
		n += copy(b[n:], c.sectors[at/sectorBytes][at%sectorBytes:])
	}
	return n
}

// write replaces bytes, all of them before the end.
func (c *content) write(b []byte, off int64) {
	for len(b) > 0 {
		s, at := off/sectorBytes, off%sectorBytes
		v := *c.sectors[s]
		n := copy(v[at:], b)
		if c.sectors[s] = zeros; v != *zeros { // files are filled with zeros by the million
			c.sectors[s] = &v
		}
		b, off = b[n:], off+int64(n)
	}
}

// put makes v the sector s, as far as the content reaches.
func (c *content) put(s int64, v *sector) {
	over := (s+1)*sectorBytes - c.size
	switch {
	case over >= sectorBytes:
		return
	case over > 0 && v != zeros:
		cut := *v
		clear(cut[sectorBytes-over:])
		v = &cut
	}
	c.sectors[s] = v
}
