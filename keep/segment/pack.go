package segment

import "encoding/binary"

//go:generate go run genunpack.go

// code is an integer that holds a code.
type code interface{ uint8 | uint16 | uint32 }

// unpackSlowly sets dst, as far as groups of eight go, to codes of width bits.
// It needs no bytes behind those it unpacks.
func unpackSlowly[T code](dst []T, src []byte, width int) {
	var acc uint64
	have := 0
	for i := range dst[:len(dst)&^7] {
		for have < width {
			acc |= uint64(src[0]) << have
			src = src[1:]
			have += 8
		}
		dst[i] = T(acc & (1<<width - 1))
		acc >>= width
		have -= width
	}
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
