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
	props  *propColumns
}

// propColumns are the properties of a table, and where those of each row are:
// keys are many where somebody makes them up, and a row has few.
type propColumns struct {
	keys   []string
	values [][]rows.PropValue // by key
	first  []uint32           // of each row, where its own begin in own
	own    []propPlace
}

type propPlace struct{ key, at uint32 }

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
	if cols.props == nil {
		var err error
		cols.props, err = readProps(t)
		c.fail(err)
	}
	if c.Err != nil {
		return nil
	}
	p := cols.props
	var props []holdfast.Prop
	for _, place := range p.own[p.first[i]:p.first[i+1]] {
		props = append(props, p.values[place.key][place.at].Prop(p.keys[place.key]))
	}
	return props
}

// readProps reads all properties of a table.
func readProps(t rows.Table) (*propColumns, error) {
	keys, err := t.PropKeys()
	if err != nil {
		return nil, err
	}
	p := &propColumns{keys: slices.Clone(keys), first: make([]uint32, t.Len()+1)}
	n := 0
	for _, key := range p.keys {
		values, err := t.Props(key, 0, t.Len(), nil)
		if err != nil {
			return nil, err
		}
		p.values = append(p.values, values)
		n += len(values)
		for i := range values {
			p.first[values[i].Row+1]++
		}
	}
	for i := range t.Len() {
		p.first[i+1] += p.first[i]
	}
	p.own = make([]propPlace, n)
	next := slices.Clone(p.first)
	for k, values := range p.values {
		for i := range values {
			row := values[i].Row
			p.own[next[row]] = propPlace{uint32(k), uint32(i)}
			next[row]++
		}
	}
	return p, nil
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
