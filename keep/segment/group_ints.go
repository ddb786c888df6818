package segment

import (
	"fmt"

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
	switch g.chunks[column].encoding {
	case format.DeltaBinaryPacked:
		var scratch []int64
		return g.pages(column, lo, hi, func(p *dataPage) error {
			return deltaFrom(into[p.out:p.out+p.want], p.body, p.rows, p.skip, narrow, &scratch)
		})
	case format.Plain:
		if narrow {
			break
		}
		return g.pages(column, lo, hi, func(p *dataPage) error {
			return decodeInt64s(into[p.out:p.out+p.want], p.body, p.rows, p.skip)
		})
	}
	return g.damaged(column, g.chunks[column].data, errEncoding)
}

// deltaFrom sets dst to the values of a page from number skip on, which take
// those before to be known.
func deltaFrom(dst []int64, body []byte, count, skip int, narrow bool, scratch *[]int64) error {
	if skip == 0 {
		return decodeDelta(dst, body, count, narrow)
	}
	if *scratch == nil {
		*scratch = make([]int64, pageRows)
	}
	all := (*scratch)[:skip+len(dst)]
	if err := decodeDelta(all, body, count, narrow); err != nil {
		return err
	}
	copy(dst, all[skip:])
	return nil
}

// bits adds bit to the rows for which a column of booleans is true.
func (g *Group) bits(column, lo, hi int, into []int64, bit int64) error {
	if g.chunks[column].encoding != format.Plain {
		return g.damaged(column, g.chunks[column].data, errEncoding)
	}
	return g.pages(column, lo, hi, func(p *dataPage) error {
		return addBools(into[p.out:p.out+p.want], p.body, p.rows, p.skip, bit)
	})
}
