package segment

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// Parquet's hybrid of run lengths and packed codes. A run is
//
//	uvarint(length << 1)       the code, in as many bytes as its width needs
//	uvarint(groups << 1 | 1)   groups × 8 codes, packed
//
// and the last group is filled up with zeros.

// minRun is the length from which equal codes are stored as their number.
// Shorter runs would cost the reader more time than they save room: the
// compression behind this encoding finds them too.
const minRun = 64

// codeWidth returns the bits of a code into card values. One value has codes
// of one bit, because some readers do not expect codes of none.
func codeWidth(card int) int { return max(1, bits.Len32(uint32(card-1))) }

// appendHybrid appends codes of width bits.
func appendHybrid(dst []byte, codes []uint32, width int) []byte {
	packed := 0 // codes before this one are written
	for at := 0; at < len(codes); {
		end := at + 1
		for end < len(codes) && codes[end] == codes[at] {
			end++
		}
		if end-at >= minRun {
			if at > packed {
				at = min(packed+(at-packed+7)&^7, end) // the run fills the group up
				dst = appendGroups(dst, codes[packed:at], width)
			}
			dst = binary.AppendUvarint(dst, uint64(end-at)<<1)
			for v, n := codes[at], 0; n < width; n += 8 {
				dst = append(dst, byte(v>>n))
			}
			packed = end
		}
		at = end
	}
	if packed < len(codes) {
		dst = appendGroups(dst, codes[packed:], width)
	}
	return dst
}

func appendGroups(dst []byte, codes []uint32, width int) []byte {
	groups := (len(codes) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	end := len(dst) + groups*width
	dst = appendPacked(dst, codes, width)
	for len(dst) < end {
		dst = append(dst, 0)
	}
	return dst
}

var errHybrid = errors.New("codes do not decode")

// decodeHybrid sets dst to the codes of width bits in src, leaving out the
// first skip. It does not look beyond the last code wanted.
func decodeHybrid[T code](dst []T, src []byte, width, skip int, unpack func([]T, []byte)) error {
	for len(dst) > 0 {
		header, n := binary.Uvarint(src)
		if n <= 0 || header>>1 == 0 || header>>1 > maxGroupRows {
			return errHybrid
		}
		src = src[n:]
		count := int(header >> 1)
		if header&1 == 0 {
			size := (width + 7) / 8
			if len(src) < size {
				return errHybrid
			}
			var v uint32
			for i, b := range src[:size] {
				v |= uint32(b) << (8 * i)
			}
			if v>>width != 0 {
				return errHybrid
			}
			src = src[size:]
			if skip >= count {
				skip -= count
				continue
			}
			count = min(count-skip, len(dst))
			skip = 0
			fill(dst[:count], T(v))
			dst = dst[count:]
			continue
		}
		size := count * width
		if len(src) < size {
			return errHybrid
		}
		groups := src[:size]
		src = src[size:]
		if count *= 8; skip >= count {
			skip -= count
			continue
		}
		groups = groups[skip/8*width:]
		count = min(count-skip, len(dst))
		if inside := skip % 8; inside > 0 || count < 8 {
			var eight [8]T
			unpack(eight[:], groups)
			took := copy(dst[:count], eight[inside:])
			groups = groups[width:]
			dst = dst[took:]
			count -= took
		}
		skip = 0
		whole := count &^ 7
		unpack(dst[:whole], groups)
		dst = dst[whole:]
		if count -= whole; count > 0 {
			var eight [8]T
			unpack(eight[:], groups[whole/8*width:])
			copy(dst, eight[:count])
			dst = dst[count:]
		}
	}
	return nil
}

func fill[T any](s []T, v T) {
	for i := range s {
		s[i] = v
	}
}
