package segment

import "encoding/binary"

// cursor reads Thrift's compact protocol. It is used instead of a decoder by
// reflection because it allocates nothing that the bytes do not pay for, and
// because page headers are read millions of times.
//
// The first thing that does not decode sets bad; all reads then return zero.
type cursor struct {
	b   []byte // what is left
	bad bool
}

// Types of the compact protocol.
const (
	thriftStop   = 0
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12

	thriftMaxDepth = 16
)

func (c *cursor) fail() { c.b, c.bad = nil, true }

func (c *cursor) byte() byte {
	if len(c.b) == 0 {
		c.fail()
		return 0
	}
	v := c.b[0]
	c.b = c.b[1:]
	return v
}

func (c *cursor) uvarint() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.fail()
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *cursor) int() int64 {
	v := c.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (c *cursor) bytes() []byte {
	n := c.uvarint()
	if n > uint64(len(c.b)) {
		c.fail()
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

// field reads the header of the next field of a struct. At the end, and once
// something was bad, ok is false.
func (c *cursor) field(last *int16) (typ byte, ok bool) {
	b := c.byte()
	if b == thriftStop {
		return 0, false
	}
	if b>>4 != 0 {
		*last += int16(b >> 4)
	} else {
		*last = int16(c.int())
	}
	return b & 15, !c.bad
}

// list reads the header of a list. Every element takes a byte at least, so a
// list that is longer than what is left is bad.
func (c *cursor) list() (n int, typ byte) {
	b := c.byte()
	size := uint64(b >> 4)
	if size == 15 {
		size = c.uvarint()
	}
	if size > uint64(len(c.b)) {
		c.fail()
		return 0, 0
	}
	return int(size), b & 15
}

// listOf reads the header of a list that must have elements of typ.
func (c *cursor) listOf(typ byte) int {
	n, t := c.list()
	if n > 0 && t != typ {
		c.fail()
		return 0
	}
	return n
}

// skip passes over a value of a field.
func (c *cursor) skip(typ byte) { c.skipDeep(typ, 0) }

func (c *cursor) skipDeep(typ byte, depth int) {
	if depth > thriftMaxDepth {
		c.fail()
	}
	switch typ {
	case thriftTrue, thriftFalse:
	case thriftByte:
		c.byte()
	case thriftI16, thriftI32, thriftI64:
		c.uvarint()
	case thriftDouble:
		if len(c.b) < 8 {
			c.fail()
			return
		}
		c.b = c.b[8:]
	case thriftBinary:
		c.bytes()
	case thriftList, thriftSet:
		n, t := c.list()
		for ; n > 0 && !c.bad; n-- {
			c.skipElement(t, depth+1)
		}
	case thriftMap:
		n := c.uvarint()
		if n == 0 {
			return
		}
		types := c.byte()
		for ; n > 0 && !c.bad; n-- {
			c.skipElement(types>>4, depth+1)
			c.skipElement(types&15, depth+1)
		}
	case thriftStruct:
		var last int16
		for {
			t, ok := c.field(&last)
			if !ok {
				return
			}
			c.skipDeep(t, depth+1)
		}
	default:
		c.fail()
	}
}

// skipElement passes over an element of a list, set or map, where a boolean
// takes a byte of its own.
func (c *cursor) skipElement(typ byte, depth int) {
	if typ == thriftTrue || typ == thriftFalse {
		c.byte()
		return
	}
	c.skipDeep(typ, depth)
}
