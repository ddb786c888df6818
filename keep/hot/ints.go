package hot

import "math"

// ints are integers in the narrowest type that held all of them so far.
// Exactly one slice is in use. Widening makes new memory, so that copies of an
// earlier ints stay valid.
type ints struct {
	i8  []int8
	i16 []int16
	i32 []int32
	i64 []int64
}

func (c *ints) add(v int64) {
	for {
		switch {
		case c.i64 != nil:
			c.i64 = append(c.i64, v)
			return
		case c.i32 != nil:
			if v == int64(int32(v)) {
				c.i32 = append(c.i32, int32(v))
				return
			}
			c.i64, c.i32 = widen[int64](c.i32), nil
		case c.i16 != nil:
			if v == int64(int16(v)) {
				c.i16 = append(c.i16, int16(v))
				return
			}
			c.i32, c.i16 = widen[int32](c.i16), nil
		default:
			if v >= math.MinInt8 && v <= math.MaxInt8 {
				c.i8 = append(c.i8, int8(v))
				return
			}
			c.i16, c.i8 = widen[int16](c.i8), nil
		}
	}
}

func widen[W, N int8 | int16 | int32 | int64](narrow []N) []W {
	wide := make([]W, len(narrow), 2*len(narrow)+16)
	for i, v := range narrow {
		wide[i] = W(v)
	}
	return wide
}

// slice returns the first n, sharing their memory.
func (c *ints) slice(n int) ints {
	switch {
	case c.i64 != nil:
		return ints{i64: c.i64[:n:n]}
	case c.i32 != nil:
		return ints{i32: c.i32[:n:n]}
	case c.i16 != nil:
		return ints{i16: c.i16[:n:n]}
	}
	return ints{i8: c.i8[:n:n]}
}

// read returns rows lo to hi.
func (c *ints) read(lo, hi int, into []int64) []int64 {
	switch {
	case c.i64 != nil:
		return c.i64[lo:hi:hi]
	case c.i32 != nil:
		return copyInts(into, c.i32[lo:hi])
	case c.i16 != nil:
		return copyInts(into, c.i16[lo:hi])
	}
	return copyInts(into, c.i8[lo:hi])
}

func copyInts[N int8 | int16 | int32 | int64](into []int64, from []N) []int64 {
	into = sized(into, len(from))
	for i, v := range from {
		into[i] = int64(v)
	}
	return into
}

// gather returns the given rows.
func (c *ints) gather(sel []uint32, into []int64) []int64 {
	switch {
	case c.i64 != nil:
		return gatherInts(into, c.i64, sel)
	case c.i32 != nil:
		return gatherInts(into, c.i32, sel)
	case c.i16 != nil:
		return gatherInts(into, c.i16, sel)
	}
	return gatherInts(into, c.i8, sel)
}

func gatherInts[N int8 | int16 | int32 | int64](into []int64, from []N, sel []uint32) []int64 {
	into = sized(into, len(sel))
	for i, row := range sel {
		into[i] = int64(from[row])
	}
	return into
}

func sized(into []int64, n int) []int64 {
	if cap(into) < n {
		return make([]int64, n)
	}
	return into[:n]
}
