package segment

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/format"

	"holdfast"
	"holdfast/keep/rows"
)

// MaxPropKeys is how many properties of a file get columns.
const MaxPropKeys = 64

// propLister is a table that gives all properties of rows lo to hi in one pass,
// for each key and kind ascending by row. Others are asked key by key.
type propLister interface {
	EachProp(lo, hi int, each func(key string, v *rows.PropValue)) error
}

var _ propLister = (*Group)(nil)

// eachProp calls each for every property of the rows picked; row counts within
// the table.
func (in *input) eachProp(each func(table, row int, key string, v *rows.PropValue)) error {
	for t, table := range in.tables {
		lo, hi := in.lo[t], in.hi[t]
		if lo >= hi {
			continue
		}
		if l, ok := table.(propLister); ok {
			err := l.EachProp(lo, hi, func(key string, v *rows.PropValue) { each(t, lo+int(v.Row), key, v) })
			if err != nil {
				return fmt.Errorf("properties: %w", err)
			}
			continue
		}
		keys, err := table.PropKeys()
		if err != nil {
			return fmt.Errorf("properties: %w", err)
		}
		var values []rows.PropValue
		for _, key := range keys {
			if values, err = table.Props(key, lo, hi, values[:0]); err != nil {
				return fmt.Errorf("property %q: %w", key, err)
			}
			for i := range values {
				each(t, lo+int(values[i].Row), key, &values[i])
			}
		}
	}
	return nil
}

// places says where among the picks each row of a table is; -1: not picked.
func (in *input) places() [][]int32 {
	places := make([][]int32, len(in.tables))
	for t := range places {
		if in.lo[t] < in.hi[t] {
			places[t] = make([]int32, in.hi[t]-in.lo[t])
			fill(places[t], -1)
		}
	}
	for i, p := range in.picks {
		places[p.Table][int(p.Row)-in.lo[p.Table]] = int32(i)
	}
	return places
}

// PropCounter finds the properties that are to be columns of a file: those that
// most of its rows have.
type PropCounter struct {
	rows map[PropColumn]int
}

// Add counts the properties of rows that will be in the file.
func (c *PropCounter) Add(tables []rows.Table, picks []Pick) error {
	if c.rows == nil {
		c.rows = map[PropColumn]int{}
	}
	in, err := newInput(tables, picks, new(gathering))
	if err != nil {
		return err
	}
	places := in.places()
	return in.eachProp(func(table, row int, key string, v *rows.PropValue) {
		if places[table][row-in.lo[table]] >= 0 {
			c.rows[PropColumn{key, v.Kind}]++
		}
	})
}

// Columns returns the columns of the MaxPropKeys most frequent keys. Of keys
// that differ only in case the most frequent is among them: to some readers
// the others' columns would have the same name.
func (c *PropCounter) Columns() []PropColumn {
	byKey := map[string]int{}
	for p, n := range c.rows {
		byKey[p.Key] += n
	}
	keys := make([]string, 0, len(byKey))
	for k := range byKey {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(byKey[b], byKey[a]), cmp.Compare(a, b)) })
	folded := map[string]bool{}
	var columns []PropColumn
	for _, k := range keys {
		if f := strings.ToLower(k); !folded[f] {
			folded[f] = true
			for kind := holdfast.PropString; kind <= holdfast.PropBool; kind++ {
				if c.rows[PropColumn{k, kind}] > 0 {
					columns = append(columns, PropColumn{k, kind})
				}
			}
		}
		if len(folded) == MaxPropKeys {
			break
		}
	}
	return columns
}

// propChunk gathers a property column.
type propChunk struct {
	at     []int32 // picks, ascending for each table
	values []rows.PropValue
}

// props makes the chunks of the property columns and of the rest.
func (w *Writer) props(in *input) ([]chunkOut, error) {
	columns := make([]propChunk, len(w.options.Props))
	number := make(map[PropColumn]int, len(columns))
	for i, p := range w.options.Props {
		number[p] = i
	}
	type restProp struct {
		at   int32
		prop holdfast.Prop
	}
	var rest []restProp
	places := in.places()
	var bad error
	err := in.eachProp(func(table, row int, key string, v *rows.PropValue) {
		at := places[table][row-in.lo[table]]
		if at < 0 {
			return
		}
		if v.Kind < holdfast.PropString || v.Kind > holdfast.PropBool ||
			v.Kind == holdfast.PropFloat && (math.IsNaN(v.Float) || math.IsInf(v.Float, 0)) {
			bad = fmt.Errorf("property %q has a value of no kind", key)
			return
		}
		key = validText(key)
		value := *v
		value.Str = validText(v.Str)
		if i, ok := number[PropColumn{key, v.Kind}]; ok {
			columns[i].at = append(columns[i].at, at)
			columns[i].values = append(columns[i].values, value)
			return
		}
		rest = append(rest, restProp{at, holdfast.Prop{Key: key, Kind: v.Kind, Str: value.Str,
			Int: v.Int, Float: v.Float, Bool: v.Bool}})
	})
	if err = cmp.Or(err, bad); err != nil {
		return nil, err
	}
	chunks := make([]chunkOut, 0, len(columns)+1)
	for i, p := range w.options.Props {
		chunk, err := w.propColumn(p.Kind, &columns[i], len(in.picks))
		if err != nil {
			return nil, fmt.Errorf("property %q: %w", p.Key, err)
		}
		chunks = append(chunks, chunk)
	}
	slices.SortStableFunc(rest, func(a, b restProp) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.prop.Key, b.prop.Key))
	})
	have := make([]uint8, len(in.picks))
	var texts []string
	var text []byte
	var props []holdfast.Prop
	for i := 0; i < len(rest); {
		at := rest[i].at
		for props = props[:0]; i < len(rest) && rest[i].at == at; i++ {
			props = append(props, rest[i].prop)
		}
		text = appendProps(text[:0], props)
		texts = append(texts, string(text))
		have[at] = 1
	}
	dict, codes := rankStrings(texts)
	chunk, err := w.text(dict, codes, have, len(in.picks), true)
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", propRest, err)
	}
	return append(chunks, chunk), nil
}

// propColumn makes the chunk of a property's values of one kind in n rows.
func (w *Writer) propColumn(kind holdfast.PropKind, c *propChunk, n int) (chunkOut, error) {
	// The values in the order of the picks.
	have := make([]uint8, n)
	w.where = slices.Grow(w.where[:0], n)[:n] // only read where have is 1
	where := w.where
	for i, at := range c.at {
		have[at], where[at] = 1, int32(i)
	}
	values := make([]rows.PropValue, 0, len(c.values))
	for at, h := range have {
		if h == 1 {
			values = append(values, c.values[where[at]])
		}
	}
	if kind == holdfast.PropString {
		texts := make([]string, len(values))
		for i := range values {
			texts[i] = values[i].Str
		}
		dict, codes := rankStrings(texts)
		return w.text(dict, codes, have, n, true)
	}
	encoding := format.Plain
	if kind == holdfast.PropInt {
		encoding = format.DeltaBinaryPacked
	}
	chunk := w.newChunk(encoding)
	var ints []int64
	var floats []float64
	for page := range pagesOf(n) {
		lo, hi := pageBounds(page, n)
		var count int
		w.body, count = appendLevels(w.body[:0], have[lo:hi])
		ints, floats = ints[:0], floats[:0]
		for _, v := range values[:count] {
			switch kind {
			case holdfast.PropInt:
				ints = append(ints, v.Int)
			case holdfast.PropFloat:
				floats = append(floats, v.Float)
			case holdfast.PropBool:
				var b int64
				if v.Bool {
					b = 1
				}
				ints = append(ints, b)
			}
		}
		values = values[count:]
		switch kind {
		case holdfast.PropInt:
			w.body = appendDelta(w.body, ints, false)
		case holdfast.PropFloat:
			w.body = appendFloats(w.body, floats)
		case holdfast.PropBool:
			w.body = appendBools(w.body, ints)
		}
		w.dataPage(&chunk, w.body, hi-lo, hi-lo-count)
	}
	return chunk, nil
}

func propType(kind holdfast.PropKind) format.Type {
	switch kind {
	case holdfast.PropInt:
		return format.Int64
	case holdfast.PropFloat:
		return format.Double
	case holdfast.PropBool:
		return format.Boolean
	}
	return format.ByteArray
}
