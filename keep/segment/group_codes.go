package segment

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/format"

	"holdfast/keep/rows"
)

// Codes reads the codes of rows lo to hi of a text column.
func (g *Group) Codes(c rows.Text, lo, hi int, into *rows.Codes) error {
	if int(c) >= rows.NumText {
		return fmt.Errorf("read %s: no column %s", g.r.name, c)
	}
	column := g.r.texts[c]
	if err := g.checkRange(lo, hi); err != nil {
		return err
	}
	if column < 0 || g.chunks[column].encoding == format.RLEDictionary && g.chunks[column].distinct == 1 {
		into.Resize(hi-lo, 1) // zero in every row: there is nothing to read
		clear(into.U8)
		return nil
	}
	return g.decodeCodes(column, lo, hi, into)
}

func (g *Group) decodeCodes(column, lo, hi int, into *rows.Codes) error {
	m := &g.chunks[column]
	if m.encoding != format.RLEDictionary {
		return g.damaged(column, m.data, errEncoding)
	}
	card := m.distinct
	into.Resize(hi-lo, card)
	return g.pages(column, lo, hi, func(p *dataPage) error {
		part := into.Slice(p.out, p.out+p.want)
		return decodeCodes(&part, p.body, card, p.skip)
	})
}

var errEncoding = errors.New("encoding is not one of this column's")

// decodeCodes sets into to the codes of a page from number skip on.
func decodeCodes(into *rows.Codes, body []byte, card, skip int) error {
	if len(body) == 0 {
		return errHybrid
	}
	width := int(body[0])
	if width != codeWidth(card) && width != alignedWidth(card) {
		return errHybrid
	}
	switch body = body[1:]; {
	case into.U8 != nil:
		return decodeHybrid(into.U8, body, skip, coding[uint8]{width, card, unpackers8[width]})
	case into.U16 != nil:
		return decodeHybrid(into.U16, body, skip, coding[uint16]{width, card, unpackers16[width]})
	}
	return decodeHybrid(into.U32, body, skip, coding[uint32]{width, card, unpackers32[width]})
}
