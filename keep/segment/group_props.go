package segment

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/parquet-go/parquet-go/format"

	"holdfast"
	"holdfast/keep/rows"
)

var errLevels = errors.New("definition levels do not decode")

// pageLevels says which rows of a page of an optional column have a value.
type pageLevels struct {
	have   []uint8 // of the rows wanted: 1 or 0
	values []byte  // the page's values
	all    int     // how many those are
	before int     // how many come before the rows wanted
	wanted int     // how many the rows wanted have
}

// levels reads the definition levels of a page.
func (p *dataPage) levels(s *scratch) (l pageLevels, err error) {
	if len(p.body) < 4 {
		return l, errLevels
	}
	n := binary.LittleEndian.Uint32(p.body)
	if uint64(n) > uint64(len(p.body)-4) {
		return l, errLevels
	}
	if s.levels == nil {
		s.levels = make([]uint8, pageRows)
	}
	levels := s.levels[:p.rows]
	if err := decodeHybrid(levels, p.body[4:4+n], 0, coding[uint8]{width: 1, card: 2, unpack: unpack1}); err != nil {
		return l, err
	}
	one := []byte{1}
	l.have = levels[p.skip : p.skip+p.want]
	l.values = p.body[4+n:]
	l.before = bytes.Count(levels[:p.skip], one)
	l.wanted = bytes.Count(l.have, one)
	l.all = l.before + l.wanted + bytes.Count(levels[p.skip+p.want:], one)
	return l, nil
}

// PropKeys returns the keys that any row has, ascending.
func (g *Group) PropKeys() ([]string, error) {
	key := cacheKey{g.r, g.number, cachePropKeys}
	if v, ok := g.r.cache.lookup(key); ok {
		return v.([]string), nil
	}
	var keys []string
	size := 0
	add := func(k string) {
		keys = append(keys, k)
		size += 16 + len(k)
	}
	for k, places := range g.r.props {
		if slices.ContainsFunc(places, func(p propPlace) bool { return g.chunks[p.column].nulls < int64(g.rows) }) {
			add(k)
		}
	}
	if g.hasRest() {
		dict, err := g.dict(g.r.rest)
		if err != nil {
			return nil, err
		}
		seen := map[string]bool{}
		for _, text := range dict {
			props, err := parseProps(text)
			if err != nil {
				return nil, g.damaged(g.r.rest, g.chunks[g.r.rest].dictionary, err)
			}
			for i := range props {
				if k := props[i].Key; !seen[k] {
					seen[k] = true
					add(k)
				}
			}
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	g.r.cache.keep(key, keys, size)
	return keys, nil
}

// hasRest says whether any row has properties that have no column.
func (g *Group) hasRest() bool {
	return g.r.rest >= 0 && g.chunks[g.r.rest].nulls < int64(g.rows)
}

// Props reads the values of a property in rows lo to hi.
func (g *Group) Props(key string, lo, hi int, into []rows.PropValue) ([]rows.PropValue, error) {
	into = into[:0]
	parts := 0
	for _, place := range g.r.props[key] {
		before := len(into)
		var err error
		if into, err = g.propColumn(place, lo, hi, into); err != nil {
			return nil, err
		}
		if len(into) > before {
			parts++
		}
	}
	if g.hasRest() {
		before := len(into)
		one := func(p *holdfast.Prop) bool { return p.Key == key }
		err := g.restProps(lo, hi, one, func(row int, p *holdfast.Prop) { into = append(into, propValue(row, p)) })
		if err != nil {
			return nil, err
		}
		if len(into) > before {
			parts++
		}
	}
	if parts > 1 {
		slices.SortFunc(into, func(a, b rows.PropValue) int { return cmp.Compare(a.Row, b.Row) })
	}
	return into, nil
}

func propValue(row int, p *holdfast.Prop) rows.PropValue {
	return rows.PropValue{Row: int32(row), Kind: p.Kind, Str: p.Str, Int: p.Int, Float: p.Float, Bool: p.Bool}
}

// EachProp calls each for every property of rows lo to hi, in no order but
// ascending by row for each key and kind.
func (g *Group) EachProp(lo, hi int, each func(key string, v *rows.PropValue)) error {
	var values []rows.PropValue
	for key, places := range g.r.props {
		for _, place := range places {
			var err error
			if values, err = g.propColumn(place, lo, hi, values[:0]); err != nil {
				return err
			}
			for i := range values {
				each(key, &values[i])
			}
		}
	}
	if !g.hasRest() {
		return nil
	}
	return g.restProps(lo, hi, func(*holdfast.Prop) bool { return true }, func(row int, p *holdfast.Prop) {
		v := propValue(row, p)
		each(p.Key, &v)
	})
}

// propColumn appends what rows lo to hi have in a property's column.
func (g *Group) propColumn(place propPlace, lo, hi int, into []rows.PropValue) ([]rows.PropValue, error) {
	m := &g.chunks[place.column]
	if m.nulls == int64(g.rows) {
		return into, nil
	}
	want := format.Plain
	switch place.kind {
	case holdfast.PropString:
		want = format.RLEDictionary
	case holdfast.PropInt:
		want = format.DeltaBinaryPacked
	}
	if m.encoding != want {
		return nil, g.damaged(place.column, m.data, errEncoding)
	}
	if place.kind == holdfast.PropString {
		dict, err := g.dict(place.column)
		if err != nil {
			return nil, err
		}
		err = g.optionalCodes(place.column, lo, hi, func(row int, code uint32) {
			into = append(into, rows.PropValue{Row: int32(row), Kind: holdfast.PropString, Str: dict[code]})
		})
		return into, err
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	var ints []int64
	var floats []float64
	err := g.pages(place.column, lo, hi, func(p *dataPage) error {
		l, err := p.levels(s)
		if err != nil {
			return err
		}
		first := len(into)
		for i, h := range l.have {
			if h == 1 {
				into = append(into, rows.PropValue{Row: int32(p.out + i), Kind: place.kind})
			}
		}
		part := into[first:]
		switch place.kind {
		case holdfast.PropInt:
			ints = slices.Grow(ints[:0], l.wanted)[:l.wanted]
			err = s.delta(ints, l.values, l.all, l.before, false)
			for i, v := range ints {
				part[i].Int = v
			}
		case holdfast.PropFloat:
			floats = slices.Grow(floats[:0], l.wanted)[:l.wanted]
			err = decodeFloats(floats, l.values, l.all, l.before)
			for i, v := range floats {
				part[i].Float = v
			}
		default:
			ints = slices.Grow(ints[:0], l.wanted)[:l.wanted]
			clear(ints)
			err = addBools(ints, l.values, l.all, l.before, 1)
			for i, v := range ints {
				part[i].Bool = v != 0
			}
		}
		return err
	})
	return into, err
}

// optionalCodes calls each for the rows of lo to hi that have a value in an
// optional column of text.
func (g *Group) optionalCodes(column, lo, hi int, each func(row int, code uint32)) error {
	card := g.chunks[column].distinct
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	return g.pages(column, lo, hi, func(p *dataPage) error {
		l, err := p.levels(s)
		if err != nil || l.wanted == 0 {
			return err
		}
		s.codes.Resize(l.wanted, card)
		if err := decodeCodes(&s.codes, l.values, card, l.before); err != nil {
			return err
		}
		n := 0
		for i, h := range l.have {
			if h == 1 {
				each(p.out+i, s.codes.At(n))
				n++
			}
		}
		return nil
	})
}

// restProps calls each for those properties without a column, in rows lo to hi,
// that are wanted.
func (g *Group) restProps(lo, hi int, want func(*holdfast.Prop) bool, each func(row int, p *holdfast.Prop)) error {
	column := g.r.rest
	if g.chunks[column].encoding != format.RLEDictionary {
		return g.damaged(column, g.chunks[column].data, errEncoding)
	}
	dict, err := g.dict(column)
	if err != nil {
		return err
	}
	var bad error
	parsed := make([][]holdfast.Prop, len(dict)) // what is wanted, not nil
	err = g.optionalCodes(column, lo, hi, func(row int, code uint32) {
		props := parsed[code]
		if props == nil {
			all, err := parseProps(dict[code])
			if err != nil {
				bad = err
			}
			props = all[:0]
			for i := range all {
				if want(&all[i]) {
					props = append(props, all[i])
				}
			}
			if props == nil {
				props = []holdfast.Prop{}
			}
			parsed[code] = props
		}
		for i := range props {
			each(row, &props[i])
		}
	})
	if err == nil && bad != nil {
		err = g.damaged(column, g.chunks[column].dictionary, bad)
	}
	return err
}
