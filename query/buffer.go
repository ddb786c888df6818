package query

import "holdfast/keep/rows"

// Buffers are memory to read columns into. What a table returns may be its own
// memory instead, which must never be written: so a buffer is kept apart from
// what was read, and is large enough that no table needs to make another.

type codesBuffer struct {
	u8  []uint8
	u16 []uint16
	u32 []uint32
}

// read reads the codes of a column with card values.
func (b *codesBuffer) read(r *rows.Rows, c rows.Text, lo, hi, card int) (rows.Codes, error) {
	var codes rows.Codes
	switch {
	case card <= 1<<8:
		b.u8 = resized(b.u8, hi-lo)
		codes.U8 = b.u8
	case card <= 1<<16:
		b.u16 = resized(b.u16, hi-lo)
		codes.U16 = b.u16
	default:
		b.u32 = resized(b.u32, hi-lo)
		codes.U32 = b.u32
	}
	err := r.Codes(c, lo, hi, &codes)
	return codes, err
}

type intsBuffer struct{ ints []int64 }

func (b *intsBuffer) read(r *rows.Rows, c rows.Number, lo, hi int) ([]int64, error) {
	b.ints = resized(b.ints, hi-lo)
	return r.Ints(c, lo, hi, b.ints)
}

type propsBuffer struct{ values []rows.PropValue }

func (b *propsBuffer) read(r *rows.Rows, key string, lo, hi int) ([]rows.PropValue, error) {
	if cap(b.values) < hi-lo {
		b.values = make([]rows.PropValue, 0, hi-lo)
	}
	return r.Props(key, lo, hi, b.values[:0])
}
