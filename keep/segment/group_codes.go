package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"github.com/parquet-go/parquet-go/format"

	"holdfast/keep/rows"
)

// Codes reads the codes of rows lo to hi of a text column.
func (g *Group) Codes(c rows.Text, lo, hi int, into *rows.Codes) error {
	if int(c) >= rows.NumText {
		return fmt.Errorf("read %s: no column %s", g.r.name, c)
	}
	column := g.r.texts[c]
	if g.chunks[column].encoding != format.RLEDictionary {
		return g.damaged(column, g.chunks[column].data, errEncoding)
	}
	card := g.chunks[column].distinct
	into.Resize(max(hi-lo, 0), card)
	return g.pages(column, lo, hi, func(p *dataPage) error {
		part := into.Slice(p.out, p.out+p.want)
		return decodeCodes(&part, p.body, card, p.skip)
	})
}

var (
	errEncoding = errors.New("encoding is not one of this column's")
	errCode     = errors.New("code beyond the dictionary")
)

// decodeCodes sets into to the codes of a page from number skip on.
func decodeCodes(into *rows.Codes, body []byte, card, skip int) error {
	width := codeWidth(card)
	if len(body) == 0 || int(body[0]) != width {
		return errHybrid
	}
	var err error
	beyond := false
	switch {
	case into.U8 != nil:
		err = decodeHybrid(into.U8, body[1:], width, skip, unpackers8[width])
		beyond = card != 1<<width && anyBeyond8(into.U8, card)
	case into.U16 != nil:
		err = decodeHybrid(into.U16, body[1:], width, skip, unpackers16[width])
		beyond = card != 1<<width && anyBeyond16(into.U16, card)
	default:
		err = decodeHybrid(into.U32, body[1:], width, skip, unpackers32[width])
		beyond = card != 1<<width && anyBeyond(into.U32, card)
	}
	if err == nil && beyond {
		err = errCode
	}
	return err
}

func anyBeyond[T code](codes []T, card int) bool {
	var top T
	for _, c := range codes {
		top = max(top, c)
	}
	return int(top) >= card
}

// anyBeyond8 looks at eight codes at once: in lanes of sixteen bits, what is to
// be added to card for it to need a ninth bit makes larger codes need it too.
func anyBeyond8(codes []uint8, card int) bool {
	const lanes = 0x0001_0001_0001_0001
	n := len(codes) &^ 7
	add := uint64(1<<8-card) * lanes
	var over uint64
	if n > 0 {
		for _, x := range unsafe.Slice((*[8]byte)(unsafe.Pointer(unsafe.SliceData(codes))), n/8) {
			v := binary.NativeEndian.Uint64(x[:])
			over |= (v&(0xff*lanes) + add) | (v>>8&(0xff*lanes) + add)
		}
	}
	return over&(0x100*lanes) != 0 || anyBeyond(codes[n:], card)
}

// anyBeyond16 does the same for four codes at once, in lanes of 32 bits.
func anyBeyond16(codes []uint16, card int) bool {
	const lanes = 0x0000_0001_0000_0001
	n := len(codes) &^ 3
	add := uint64(1<<16-card) * lanes
	var over uint64
	if n > 0 {
		for _, x := range unsafe.Slice((*[8]byte)(unsafe.Pointer(unsafe.SliceData(codes))), n/4) {
			v := binary.NativeEndian.Uint64(x[:])
			over |= (v&(0xffff*lanes) + add) | (v>>16&(0xffff*lanes) + add)
		}
	}
	return over&(0x10000*lanes) != 0 || anyBeyond(codes[n:], card)
}
