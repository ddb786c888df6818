package segment

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// Parquet's DELTA_BINARY_PACKED:
//
//	uvarint 128   values in a block
//	uvarint 4     miniblocks in a block
//	uvarint n     values in the page
//	varint        the first value
//	blocks of     varint: the smallest difference
//	              4 bytes: the width of each miniblock
//	              4 × 32 differences, less the smallest, packed
//
// Differences wrap around. The last block has no more miniblocks than it needs,
// and its last miniblock is filled up with zeros.
const (
	deltaBlock = 128
	deltaMini  = 32
	deltaMinis = deltaBlock / deltaMini
)

// appendDelta appends values. If narrow, the column is INT32, and differences
// wrap around at 32 bits.
func appendDelta(dst []byte, values []int64, narrow bool) []byte {
	dst = binary.AppendUvarint(dst, deltaBlock)
	dst = binary.AppendUvarint(dst, deltaMinis)
	dst = binary.AppendUvarint(dst, uint64(len(values)))
	if len(values) == 0 {
		return append(dst, 0)
	}
	dst = binary.AppendVarint(dst, wrap(values[0], narrow))
	var deltas [deltaBlock]int64
	var packed [deltaMini]uint64
	for last, rest := values[0], values[1:]; len(rest) > 0; {
		n := min(len(rest), deltaBlock)
		low := wrap(rest[0]-last, narrow)
		for i, v := range rest[:n] {
			d := wrap(v-last, narrow)
			deltas[i], last = d, v
			low = min(low, d)
		}
		rest = rest[n:]
		dst = binary.AppendVarint(dst, low)
		widths := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		for at := 0; at < n; at += deltaMini {
			var all uint64
			clear(packed[:])
			for i, d := range deltas[at:min(at+deltaMini, n)] {
				packed[i] = uint64(d - low)
				if narrow {
					packed[i] &= 1<<32 - 1
				}
				all |= packed[i]
			}
			w := bits.Len64(all)
			dst[widths+at/deltaMini] = byte(w)
			dst = appendPacked(dst, packed[:], w)
		}
	}
	return dst
}

func wrap(v int64, narrow bool) int64 {
	if narrow {
		return int64(int32(v))
	}
	return v
}

var errDelta = errors.New("differences do not decode")

// decodeDelta sets dst to the first values in src, which must hold count.
func decodeDelta(dst []int64, src []byte, count int, narrow bool) error {
	var head [3]uint64
	for i := range head {
		v, n := binary.Uvarint(src)
		if n <= 0 {
			return errDelta
		}
		head[i], src = v, src[n:]
	}
	if head != [3]uint64{deltaBlock, deltaMinis, uint64(count)} || len(dst) > count {
		return errDelta
	}
	last, n := binary.Varint(src)
	if n <= 0 {
		return errDelta
	}
	src = src[n:]
	if len(dst) == 0 {
		return nil
	}
	dst[0] = last
	for out := dst[1:]; len(out) > 0; {
		low, n := binary.Varint(src)
		if n <= 0 || len(src) < n+deltaMinis {
			return errDelta
		}
		widths := src[n : n+deltaMinis]
		src = src[n+deltaMinis:]
		for _, w := range widths {
			k := min(len(out), deltaMini)
			if k == 0 {
				break
			}
			size := deltaMini / 8 * int(w)
			if w > 64 || len(src) < size {
				return errDelta
			}
			if len(src) >= size+8 {
				last = addUp(out[:k], src, int(w), low, last)
			} else {
				var room [deltaMini*8 + 8]byte
				copy(room[:], src[:size])
				last = addUp(out[:k], room[:], int(w), low, last)
			}
			out, src = out[k:], src[size:]
		}
	}
	if narrow {
		for i, v := range dst {
			dst[i] = int64(int32(v))
		}
	}
	return nil
}

// addUp sets out, at most a miniblock, to the sums of last and the differences
// that lie in src with width w, and returns the last. Each difference is cut
// from the eight bytes it begins in, so there must be as many behind them.
func addUp(out []int64, src []byte, w int, low, last int64) int64 {
	if w == 0 {
		for i := range out {
			last += low
			out[i] = last
		}
		return last
	}
	// The shifts below say & 63 where that changes nothing, because it spares
	// the processor looking whether they are wider than a word.
	width := uint(w)
	mask := uint64(1)<<width - 1
	at := uint(0) // bits before the next difference
	switch {
	case w > 56: // it may lie in nine bytes
		for i := range out {
			s := src[at>>3:]
			x := binary.LittleEndian.Uint64(s)>>(at&7) | uint64(s[8])<<(64-at&7)
			last += low + int64(x&mask)
			out[i] = last
			at += width
		}
		return last
	case w <= 14: // eight bytes have four of them
		two, three := width*2&63, width*3&63
		for len(out) >= 4 {
			x := binary.LittleEndian.Uint64(src[at>>3:]) >> (at & 7)
			o := (*[4]int64)(out)
			a := last + (low + int64(x&mask))
			b := a + (low + int64(x>>(width&63)&mask))
			c := b + (low + int64(x>>two&mask))
			last = c + (low + int64(x>>three&mask))
			o[0], o[1], o[2], o[3] = a, b, c, last
			out = out[4:]
			at += 4 * width
		}
	case w <= 28: // eight bytes have two
		for len(out) >= 2 {
			x := binary.LittleEndian.Uint64(src[at>>3:]) >> (at & 7)
			o := (*[2]int64)(out)
			a := last + (low + int64(x&mask))
			last = a + (low + int64(x>>(width&63)&mask))
			o[0], o[1] = a, last
			out = out[2:]
			at += 2 * width
		}
	}
	for i := range out {
		x := binary.LittleEndian.Uint64(src[at>>3:]) >> (at & 7)
		last += low + int64(x&mask)
		out[i] = last
		at += width
	}
	return last
}
