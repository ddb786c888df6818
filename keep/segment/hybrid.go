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

// alignedWidth returns the bits of a code that is made to fill bytes, so that
// compression finds codes that are frequent; 0: there is no such width.
func alignedWidth(card int) int {
	switch {
	case card <= 1<<8:
		return 8
	case card <= 1<<16:
		return 16
	}
	return 0
}

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

var (
	errHybrid = errors.New("codes do not decode")
	errCode   = errors.New("a code is none of the dictionary's")
)

// coding is how codes into a dictionary of card values are packed.
type coding[T code] struct {
	width int
	card  int
	// unpack sets dst, a multiple of eight, and says whether all are below card.
	unpack func(dst []T, src []byte, card int) bool
}

// decodeHybrid sets dst to the codes in src, leaving out the first skip. It
// does not look beyond the last code wanted.
func decodeHybrid[T code](dst []T, src []byte, skip int, c coding[T]) error {
	for len(dst) > 0 {
		header, n := binary.Uvarint(src)
		count := header >> 1
		if n <= 0 || count == 0 || count > maxGroupRows {
			return errHybrid
		}
		var took, used int
		var err error
		if header&1 == 0 {
			took, used, err = c.run(dst, src[n:], skip, int(count))
		} else {
			count *= 8
			took, used, err = c.groups(dst, src[n:], skip, int(count))
		}
		if err != nil {
			return err
		}
		skip = max(skip-int(count), 0)
		dst, src = dst[took:], src[n+used:]
	}
	return nil
}

// run sets dst to what is behind the first skip of count equal codes.
func (c *coding[T]) run(dst []T, src []byte, skip, count int) (took, used int, err error) {
	used = (c.width + 7) / 8
	if len(src) < used {
		return 0, 0, errHybrid
	}
	v := 0
	for i, b := range src[:used] {
		v |= int(b) << (8 * i)
	}
	if v >= c.card {
		return 0, 0, errCode
	}
	took = min(max(count-skip, 0), len(dst))
	fill(dst[:took], T(v))
	return took, used, nil
}

// groups sets dst to what is behind the first skip of count packed codes.
func (c *coding[T]) groups(dst []T, src []byte, skip, count int) (took, used int, err error) {
	used = count / 8 * c.width
	if len(src) < used {
		return 0, 0, errHybrid
	}
	took = min(max(count-skip, 0), len(dst))
	if took == 0 {
		return 0, used, nil
	}
	dst, src = dst[:took], src[skip/8*c.width:used]
	var eight [8]T
	ok := true
	if inside := skip % 8; inside > 0 { // the group that begins before the first wanted
		ok = c.unpack(eight[:], src, c.card)
		src = src[c.width:]
		dst = dst[copy(dst, eight[inside:]):]
	}
	whole := len(dst) &^ 7
	ok = c.unpack(dst[:whole], src, c.card) && ok
	if whole < len(dst) { // the group that ends behind the last
		ok = c.unpack(eight[:], src[whole/8*c.width:], c.card) && ok
		copy(dst[whole:], eight[:])
	}
	if !ok {
		return 0, 0, errCode
	}
	return took, used, nil
}

// fill sets all of s to v.
func fill[T any](s []T, v T) {
	if len(s) == 0 {
		return
	}
	s[0] = v
	for n := 1; n < len(s); n *= 2 {
		copy(s[n:], s[:n])
	}
}
