package segment

import (
	"encoding/binary"
	"errors"
	"math"
	"unsafe"

	"holdfast/keep/rows"
)

// Parquet's PLAIN encoding of each type.

var errPlain = errors.New("page has another length than its values")

func appendInt64s(dst []byte, values []int64) []byte {
	for _, v := range values {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(v))
	}
	return dst
}

// decodeInt64s sets dst to values from number skip on.
func decodeInt64s(dst []int64, src []byte, count, skip int) error {
	if len(src) != count*8 || skip+len(dst) > count {
		return errPlain
	}
	src = src[skip*8:]
	for i := range dst {
		dst[i] = int64(binary.LittleEndian.Uint64(src[i*8:]))
	}
	return nil
}

func appendInt32s(dst []byte, values []int64) []byte {
	for _, v := range values {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(v))
	}
	return dst
}

func decodeInt32s(dst []int64, src []byte, count, skip int) error {
	if len(src) != count*4 || skip+len(dst) > count {
		return errPlain
	}
	src = src[skip*4:]
	for i := range dst {
		dst[i] = int64(int32(binary.LittleEndian.Uint32(src[i*4:])))
	}
	return nil
}

func appendFloats(dst []byte, values []float64) []byte {
	for _, v := range values {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
	}
	return dst
}

func decodeFloats(dst []float64, src []byte, count, skip int) error {
	if len(src) != count*8 || skip+len(dst) > count {
		return errPlain
	}
	src = src[skip*8:]
	for i := range dst {
		dst[i] = math.Float64frombits(binary.LittleEndian.Uint64(src[i*8:]))
	}
	return nil
}

// appendBools appends a bit for each value, set where it is not zero.
func appendBools[T int64 | uint8](dst []byte, values []T) []byte {
	for len(values) > 0 {
		n := min(8, len(values))
		var b byte
		for i, v := range values[:n] {
			if v != 0 {
				b |= 1 << i
			}
		}
		dst = append(dst, b)
		values = values[n:]
	}
	return dst
}

// addBools adds bit to those of dst whose value in src, from number skip on, is
// true.
func addBools(dst []int64, src []byte, count, skip int, bit int64) error {
	if len(src) != (count+7)/8 || skip+len(dst) > count {
		return errPlain
	}
	at := skip
	for ; len(dst) > 0 && at&7 != 0; at++ {
		dst[0] |= -int64(src[at>>3]>>(at&7)&1) & bit
		dst = dst[1:]
	}
	src = src[at>>3:]
	for len(dst) >= 8 {
		if b := int64(src[0]); b != 0 {
			d := (*[8]int64)(dst)
			d[0] |= -(b & 1) & bit
			d[1] |= -(b >> 1 & 1) & bit
			d[2] |= -(b >> 2 & 1) & bit
			d[3] |= -(b >> 3 & 1) & bit
			d[4] |= -(b >> 4 & 1) & bit
			d[5] |= -(b >> 5 & 1) & bit
			d[6] |= -(b >> 6 & 1) & bit
			d[7] |= -(b >> 7 & 1) & bit
		}
		dst, src = dst[8:], src[1:]
	}
	for i := range dst {
		dst[i] |= -int64(src[0]>>i&1) & bit
	}
	return nil
}

// appendText appends values, each behind its length in four bytes.
func appendText(dst []byte, values []string) []byte {
	for _, v := range values {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
		dst = append(dst, v...)
	}
	return dst
}

// decodeText returns the values in src as parts of it: src must not change any
// more.
func decodeText(src []byte, count int) (rows.Dict, error) {
	if len(src) < count*4 {
		return nil, errPlain
	}
	all := unsafe.String(unsafe.SliceData(src), len(src))
	values := make(rows.Dict, count)
	for i := range values {
		if len(src) < 4 {
			return nil, errPlain
		}
		n := int(binary.LittleEndian.Uint32(src))
		if n > len(src)-4 {
			return nil, errPlain
		}
		values[i] = all[len(all)-len(src)+4:][:n]
		src = src[4+n:]
	}
	if len(src) != 0 {
		return nil, errPlain
	}
	return values, nil
}
