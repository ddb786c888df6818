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
	n := max(hi-lo, 0)
	if cap(into) < n {
		into = make([]int64, n)
	}
	into = into[:n]
	switch c {
	case rows.Interactive:
		clear(into)
		return into, g.bits(g.r.numbers[c], lo, hi, into, 1)
	case rows.VisitEnds:
		clear(into)
		if err := g.bits(g.r.numbers[c], lo, hi, into, rows.IsEntry); err != nil {
			return nil, err
		}
		return into, g.bits(g.r.exit, lo, hi, into, rows.IsExit)
	}
	column := g.r.numbers[c]
	if err := g.ints(column, lo, hi, into, numberType(c) == format.Int32); err != nil {
		return nil, err
	}
	if c == rows.Site {
		for i, v := range into {
			into[i] = int64(uint32(v))
		}
	}
	return into, nil
}

func (g *Group) ints(column, lo, hi int, into []int64, narrow bool) error {
	m := &g.chunks[column]
	if m.constant() { // there is nothing to read
		fill(into, m.low)
		return g.checkRange(lo, hi)
	}
	return g.decodeInts(column, lo, hi, into, narrow)
}

func (g *Group) decodeInts(column, lo, hi int, into []int64, narrow bool) error {
	m := &g.chunks[column]
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	switch {
	case m.encoding == format.DeltaBinaryPacked:
		return g.pages(column, lo, hi, func(p *dataPage) error {
			return s.delta(into[p.out:p.out+p.want], p.body, p.rows, p.skip, narrow)
		})
	case m.encoding == format.Plain && narrow:
		return g.pages(column, lo, hi, func(p *dataPage) error {
			return decodeInt32s(into[p.out:p.out+p.want], p.body, p.rows, p.skip)
		})
	case m.encoding == format.Plain:
		return g.pages(column, lo, hi, func(p *dataPage) error {
			return decodeInt64s(into[p.out:p.out+p.want], p.body, p.rows, p.skip)
		})
	case m.encoding == format.RLEDictionary:
		dict, err := g.intDict(column, narrow)
		if err != nil {
			return err
		}
		return g.pages(column, lo, hi, func(p *dataPage) error {
			s.codes.Resize(p.want, len(dict))
			if err := decodeCodes(&s.codes, p.body, len(dict), p.skip); err != nil {
				return err
			}
			lookUp(into[p.out:p.out+p.want], &s.codes, dict)
			return nil
		})
	}
	return g.damaged(column, m.data, errEncoding)
}

// scratch is memory for a page while it is decoded.
type scratch struct {
	ints  []int64
	codes rows.Codes
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// delta sets dst to the values of a page from number skip on, which take those
// before to be known.
func (s *scratch) delta(dst []int64, body []byte, count, skip int, narrow bool) error {
	if skip == 0 {
		return decodeDelta(dst, body, count, narrow)
	}
	if s.ints == nil {
		s.ints = make([]int64, pageRows)
	}
	if skip+len(dst) > count {
		return errDelta
	}
	all := s.ints[:skip+len(dst)]
	if err := decodeDelta(all, body, count, narrow); err != nil {
		return err
	}
	copy(dst, all[skip:])
	return nil
}

// intDict returns the dictionary of a column of numbers.
func (g *Group) intDict(column int, narrow bool) ([]int64, error) {
	key := cacheKey{g.r, g.number, column}
	if v, ok := g.r.cache.lookup(key); ok {
		return v.([]int64), nil
	}
	h, body, err := g.dictPage(column)
	if err != nil {
		return nil, err
	}
	decode := decodeInt64s
	if narrow {
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
