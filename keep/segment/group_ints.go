package segment

import (
	"fmt"
	"sync"

	"github.com/parquet-go/parquet-go/format"

	"holdfast/keep/rows"
)

// Ints reads rows lo to hi of a number column.
func (g *Group) Ints(c rows.Number, lo, hi int, into []int64) ([]int64, error) {
	if int(c) >= rows.NumNumber {
		return nil, fmt.Errorf("read %s: no column %s", g.r.name, c)
	}
	if err := g.checkRange(lo, hi); err != nil {
		return nil, err
	}
	if cap(into) < hi-lo {
		into = make([]int64, hi-lo)
	}
	into = into[:hi-lo]
	column := g.r.numbers[c]
	switch c {
	case rows.Interactive:
		clear(into)
		return into, g.bits(column, lo, hi, into, 1)
	case rows.VisitEnds:
		clear(into)
		if err := g.bits(column, lo, hi, into, rows.IsEntry); err != nil {
			return nil, err
		}
		return into, g.bits(g.r.exit, lo, hi, into, rows.IsExit)
	}
	none, _ := noneOf(c)
	switch m := &g.chunks[column]; {
	case m.constant(): // there is nothing to read
		fill(into, m.low)
	case m.nulls == int64(g.rows):
		fill(into, none)
	default:
		if err := g.decodeInts(column, lo, hi, into, none); err != nil {
			return nil, err
		}
	}
	if c == rows.Site {
		for i, v := range into {
			into[i] = int64(uint32(v))
		}
	}
	return into, nil
}

// decodeInts sets into to rows lo to hi of a column of integers, and to none
// where they have none.
func (g *Group) decodeInts(column, lo, hi int, into []int64, none int64) error {
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	decode, err := g.intDecoder(column, s)
	if err != nil {
		return err
	}
	optional := g.r.footer.columns[column].optional
	return g.pages(column, lo, hi, func(p *dataPage) error {
		dst := into[p.out : p.out+p.want]
		if !optional {
			return decode(dst, p.body, p.rows, p.skip)
		}
		l, err := p.levels(s)
		if err != nil {
			return err
		}
		if l.wanted == 0 {
			fill(dst, none)
			return nil
		}
		if s.values == nil {
			s.values = make([]int64, pageRows+1)
		}
		if err := decode(s.values[:l.wanted], l.values, l.all, l.before); err != nil {
			return err
		}
		spread(dst, s.values[:l.wanted+1], l.have, none)
		return nil
	})
}

// spread sets dst to the next of values where have is 1, else to none. There
// is one more value than is used.
func spread(dst, values []int64, have []uint8, none int64) {
	next := 0
	for i, h := range have {
		mask := -int64(h)
		dst[i] = values[next]&mask | none&^mask
		next += int(h)
	}
}

// An intDecoder sets dst to values from number skip on of a page of count.
type intDecoder func(dst []int64, body []byte, count, skip int) error

func (g *Group) intDecoder(column int, s *scratch) (intDecoder, error) {
	m := &g.chunks[column]
	narrow := g.r.footer.columns[column].typ == format.Int32
	switch {
	case m.encoding == format.DeltaBinaryPacked:
		return func(dst []int64, body []byte, count, skip int) error {
			return s.delta(dst, body, count, skip, narrow)
		}, nil
	case m.encoding == format.Plain && narrow:
		return decodeInt32s, nil
	case m.encoding == format.Plain:
		return decodeInt64s, nil
	case m.encoding == format.RLEDictionary:
		dict, err := g.intDict(column)
		return func(dst []int64, body []byte, count, skip int) error {
			s.codes.Resize(len(dst), len(dict))
			if err := decodeCodes(&s.codes, body, len(dict), skip); err != nil {
				return err
			}
			lookUp(dst, &s.codes, dict)
			return nil
		}, err
	}
	return nil, g.damaged(column, m.data, errEncoding)
}

// scratch is memory for a page while it is decoded.
type scratch struct {
	levels []uint8
	values []int64 // those that are there
	sums   []int64 // of differences, from the page's first
	codes  rows.Codes
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// delta sets dst to the values of a page from number skip on, which take those
// before to be known.
func (s *scratch) delta(dst []int64, body []byte, count, skip int, narrow bool) error {
	if skip == 0 {
		return decodeDelta(dst, body, count, narrow)
	}
	if s.sums == nil {
		s.sums = make([]int64, pageRows)
	}
	if skip+len(dst) > count {
		return errDelta
	}
	all := s.sums[:skip+len(dst)]
	if err := decodeDelta(all, body, count, narrow); err != nil {
		return err
	}
	copy(dst, all[skip:])
	return nil
}

// intDict returns the dictionary of a column of numbers.
func (g *Group) intDict(column int) ([]int64, error) {
	key := cacheKey{g.r, g.number, column}
	if v, ok := g.r.cache.lookup(key); ok {
		return v.([]int64), nil
	}
	h, body, err := g.dictPage(column)
	if err != nil {
		return nil, err
	}
	decode := decodeInt64s
	if g.r.footer.columns[column].typ == format.Int32 {
		decode = decodeInt32s
	}
	values := make([]int64, h.values)
	if err := decode(values, body, h.values, 0); err != nil {
		return nil, g.damaged(column, g.chunks[column].dictionary, err)
	}
	g.r.cache.keep(key, values, 8*len(values))
	return values, nil
}

func lookUp(dst []int64, codes *rows.Codes, dict []int64) {
	switch {
	case codes.U8 != nil:
		for i, c := range codes.U8[:len(dst)] {
			dst[i] = dict[c]
		}
	case codes.U16 != nil:
		for i, c := range codes.U16[:len(dst)] {
			dst[i] = dict[c]
		}
	default:
		for i, c := range codes.U32[:len(dst)] {
			dst[i] = dict[c]
		}
	}
}

// bits adds bit to the rows for which a column of booleans is true.
func (g *Group) bits(column, lo, hi int, into []int64, bit int64) error {
	m := &g.chunks[column]
	if m.constant() {
		if m.low != 0 {
			for i := range into {
				into[i] |= bit
			}
		}
		return g.checkRange(lo, hi)
	}
	return g.decodeBits(column, lo, hi, into, bit)
}

func (g *Group) decodeBits(column, lo, hi int, into []int64, bit int64) error {
	m := &g.chunks[column]
	if m.encoding != format.Plain {
		return g.damaged(column, m.data, errEncoding)
	}
	return g.pages(column, lo, hi, func(p *dataPage) error {
		return addBools(into[p.out:p.out+p.want], p.body, p.rows, p.skip, bit)
	})
}
