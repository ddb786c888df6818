package segment

import "encoding/binary"

//go:generate go run genunpack.go

// code is an integer that holds a code.
type code interface{ uint8 | uint16 | uint32 }

// unpackSlowly sets dst, a multiple of eight, to codes of width bits, and says
// whether all are below card. It needs no bytes behind those it unpacks.
func unpackSlowly[T code](dst []T, src []byte, width, card int) bool {
	var acc uint64
	have := 0
	ok := true
	for i := range dst {
		for have < width {
			acc |= uint64(src[0]) << have
			src = src[1:]
			have += 8
		}
		v := acc & (1<<width - 1)
		ok = ok && v < uint64(card)
		dst[i] = T(v)
		acc >>= width
		have -= width
	}
	return ok
}

// appendPacked appends values of width bits each, least significant bit first,
// and zero bits up to the next whole byte.
func appendPacked[T uint32 | uint64](dst []byte, values []T, width int) []byte {
	var acc uint64
	have := 0
	for _, v := range values {
		acc |= uint64(v) << have
		if have += width; have >= 64 {
			dst = binary.LittleEndian.AppendUint64(dst, acc)
			have -= 64
			acc = uint64(v) >> (width - have)
		}
	}
	for ; have > 0; have -= 8 {
		dst = append(dst, byte(acc))
		acc >>= 8
	}
	return dst
}
