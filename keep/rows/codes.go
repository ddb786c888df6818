package rows

// Dict holds the values of a text column by code. No value is in it twice.
type Dict []string

// Codes are the codes of a text column, in the narrowest integers that hold
// all codes of its dictionary. Exactly one slice is not nil.
type Codes struct {
	U8  []uint8
	U16 []uint16
	U32 []uint32
}

// Len returns the number of rows.
func (c *Codes) Len() int { return len(c.U8) + len(c.U16) + len(c.U32) }

// At returns the code of row i.
func (c *Codes) At(i int) uint32 {
	switch {
	case c.U8 != nil:
		return uint32(c.U8[i])
	case c.U16 != nil:
		return uint32(c.U16[i])
	}
	return c.U32[i]
}

// Slice returns rows lo to hi, sharing their memory.
func (c *Codes) Slice(lo, hi int) Codes {
	switch {
	case c.U8 != nil:
		return Codes{U8: c.U8[lo:hi]}
	case c.U16 != nil:
		return Codes{U16: c.U16[lo:hi]}
	}
	return Codes{U32: c.U32[lo:hi]}
}

// Append adds a code. The caller's dictionary may grow without bound: the
// codes are widened when a code asks for it, into new memory, so that whoever
// holds an earlier copy of c is not disturbed.
func (c *Codes) Append(code uint32) {
	switch {
	case c.U32 != nil:
		c.U32 = append(c.U32, code)
	case c.U16 != nil:
		if code > 0xffff {
			c.U32, c.U16 = widen[uint32](c.U16), nil
			c.U32 = append(c.U32, code)
			return
		}
		c.U16 = append(c.U16, uint16(code))
	default:
		switch {
		case code > 0xffff:
			c.U32, c.U8 = widen[uint32](c.U8), nil
			c.U32 = append(c.U32, code)
		case code > 0xff:
			c.U16, c.U8 = widen[uint16](c.U8), nil
			c.U16 = append(c.U16, uint16(code))
		default:
			c.U8 = append(c.U8, uint8(code))
		}
	}
}

func widen[W, N uint8 | uint16 | uint32](narrow []N) []W {
	wide := make([]W, len(narrow), 2*len(narrow)+16)
	for i, v := range narrow {
		wide[i] = W(v)
	}
	return wide
}

// Resize makes c n rows of a dictionary with card values, all of unknown
// code, reusing its memory.
func (c *Codes) Resize(n, card int) {
	switch {
	case card <= 1<<8:
		*c = Codes{U8: grow(c.U8, n)}
	case card <= 1<<16:
		*c = Codes{U16: grow(c.U16, n)}
	default:
		*c = Codes{U32: grow(c.U32, n)}
	}
}

// Gather sets c to the codes of rows sel of from.
func (c *Codes) Gather(from *Codes, sel []uint32) {
	switch {
	case from.U8 != nil:
		*c = Codes{U8: gather(c.U8, from.U8, sel)}
	case from.U16 != nil:
		*c = Codes{U16: gather(c.U16, from.U16, sel)}
	default:
		*c = Codes{U32: gather(c.U32, from.U32, sel)}
	}
}

func gather[T any](into, from []T, sel []uint32) []T {
	into = grow(into, len(sel))
	for i, r := range sel {
		into[i] = from[r]
	}
	return into
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n || s == nil {
		return make([]T, n)
	}
	return s[:n]
}
