package visit

import (
	"cmp"
	"slices"
	"strings"

	"holdfast"
	"holdfast/keep/rows"
)

// told are the number columns that tell two events of one moment apart, after
// the text columns. The visitor is not among them: its number changes when the
// day's salt dies. Nor are the receipt's time and the declared visit, which a
// repetition may change.
var told = []rows.Number{rows.Interactive, rows.Engaged, rows.Scroll, rows.Value, rows.ID}

// Comparer puts rows of the same moment in an order that depends on nothing
// but what the events are. Events it finds equal are interchangeable in every
// answer.
//
// It reads the columns it needs whole, and keeps them: make one for each sort.
// The first error ends comparing, and is kept in Err.
type Comparer struct {
	Err    error
	tables map[rows.Table]*columns
}

type columns struct {
	text   [rows.NumText]*textColumn
	number [rows.NumNumber][]int64
	props  [][]rows.PropValue // by key
	keys   []string
}

type textColumn struct {
	dict  rows.Dict
	codes rows.Codes
}

// NewComparer returns a Comparer that has read nothing yet.
func NewComparer() *Comparer { return &Comparer{tables: make(map[rows.Table]*columns)} }

// Compare compares row i of a with row j of b.
func (c *Comparer) Compare(a rows.Table, i int, b rows.Table, j int) int {
	if c.Err != nil || (a == b && i == j) {
		return 0
	}
	ca, cb := c.of(a), c.of(b)
	for t := range rows.Text(rows.NumText) {
		x, y := c.text(a, ca, t, i), c.text(b, cb, t, j)
		if r := strings.Compare(x, y); r != 0 {
			return r
		}
	}
	for _, n := range told {
		x, y := c.number(a, ca, n, i), c.number(b, cb, n, j)
		if r := cmp.Compare(x, y); r != 0 {
			return r
		}
	}
	return slices.CompareFunc(c.propsOf(a, ca, i), c.propsOf(b, cb, j), compareProps)
}

func (c *Comparer) of(t rows.Table) *columns {
	if c.tables[t] == nil {
		c.tables[t] = &columns{}
	}
	return c.tables[t]
}

func (c *Comparer) text(t rows.Table, cols *columns, col rows.Text, i int) string {
	tc := cols.text[col]
	if tc == nil {
		tc = &textColumn{}
		cols.text[col] = tc
		var err error
		if tc.dict, err = t.Dict(col); err == nil {
			err = t.Codes(col, 0, t.Len(), &tc.codes)
		}
		c.fail(err)
	}
	if c.Err != nil {
		return ""
	}
	return tc.dict[tc.codes.At(i)]
}

func (c *Comparer) number(t rows.Table, cols *columns, col rows.Number, i int) int64 {
	if cols.number[col] == nil {
		ints, err := t.Ints(col, 0, t.Len(), nil)
		c.fail(err)
		cols.number[col] = ints
	}
	if c.Err != nil {
		return 0
	}
	return cols.number[col][i]
}

func (c *Comparer) propsOf(t rows.Table, cols *columns, i int) []holdfast.Prop {
	if cols.keys == nil {
		keys, err := t.PropKeys()
		c.fail(err)
		cols.keys = append([]string{}, keys...)
		for _, key := range keys {
			values, err := t.Props(key, 0, t.Len(), nil)
			c.fail(err)
			cols.props = append(cols.props, values)
		}
	}
	var props []holdfast.Prop
	for k, values := range cols.props {
		at, ok := slices.BinarySearchFunc(values, int32(i), func(v rows.PropValue, row int32) int { return cmp.Compare(v.Row, row) })
		if ok {
			props = append(props, values[at].Prop(cols.keys[k]))
		}
	}
	return props
}

func (c *Comparer) fail(err error) {
	if c.Err == nil {
		c.Err = err
	}
}

func compareProps(a, b holdfast.Prop) int {
	return cmp.Or(
		strings.Compare(a.Key, b.Key), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Str, b.Str),
		cmp.Compare(a.Int, b.Int), cmp.Compare(a.Float, b.Float), compareBool(a.Bool, b.Bool),
	)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
