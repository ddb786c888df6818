package segment_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

// row is a row with all its columns.
type row struct {
	Text    [rows.NumText]string
	Numbers [rows.NumNumber]int64
	Props   []holdfast.Prop // by key
}

// memory is a table in memory, with codes in no order and values that no row
// has, which gives its own memory of codes and wide numbers, as hot tables do.
type memory struct {
	dicts [rows.NumText]rows.Dict
	codes [rows.NumText]rows.Codes
	wide  [rows.NumNumber][]int64 // Time, Visitor, ID
	rows  []row
}

var _ rows.Table = (*memory)(nil)

func newMemory(all []row) *memory {
	m := &memory{rows: all}
	for _, c := range []rows.Number{rows.Time, rows.Visitor, rows.ID} {
		for i := range all {
			m.wide[c] = append(m.wide[c], all[i].Numbers[c])
		}
	}
	for c := range m.dicts {
		m.dicts[c] = rows.Dict{"value that no row has"}
		known := map[string]uint32{}
		for i := range all {
			v := all[i].Text[c]
			code, ok := known[v]
			if !ok {
				code = uint32(len(m.dicts[c]))
				known[v] = code
				m.dicts[c] = append(m.dicts[c], v)
			}
			m.codes[c].Append(code)
		}
	}
	return m
}

func (m *memory) Len() int                            { return len(m.rows) }
func (m *memory) Dict(c rows.Text) (rows.Dict, error) { return m.dicts[c], nil }

func (m *memory) Codes(c rows.Text, lo, hi int, into *rows.Codes) error {
	*into = m.codes[c].Slice(lo, hi)
	return nil
}

func (m *memory) Ints(c rows.Number, lo, hi int, into []int64) ([]int64, error) {
	if m.wide[c] != nil {
		return m.wide[c][lo:hi:hi], nil
	}
	into = into[:0]
	for i := lo; i < hi; i++ {
		into = append(into, m.rows[i].Numbers[c])
	}
	return into, nil
}

func (m *memory) PropKeys() ([]string, error) {
	var keys []string
	for i := range m.rows {
		for _, p := range m.rows[i].Props {
			keys = append(keys, p.Key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

func (m *memory) Props(key string, lo, hi int, into []rows.PropValue) ([]rows.PropValue, error) {
	into = into[:0]
	for i := lo; i < hi; i++ {
		for _, p := range m.rows[i].Props {
			if p.Key == key {
				into = append(into, rows.PropValue{Row: int32(i - lo), Kind: p.Kind, Str: p.Str, Int: p.Int, Float: p.Float, Bool: p.Bool})
			}
		}
	}
	return into, nil
}

// readRows reads rows lo to hi of a table, with all columns.
func readRows(tb testing.TB, t rows.Table, lo, hi int) []row {
	tb.Helper()
	all := make([]row, hi-lo)
	for c := range rows.Text(rows.NumText) {
		dict, err := t.Dict(c)
		if err != nil {
			tb.Fatal(err)
		}
		var codes rows.Codes
		if err := t.Codes(c, lo, hi, &codes); err != nil {
			tb.Fatal(err)
		}
		if codes.Len() != hi-lo {
			tb.Fatalf("column %s: %d codes for %d rows", c, codes.Len(), hi-lo)
		}
		for i := range all {
			all[i].Text[c] = dict[codes.At(i)]
		}
	}
	for c := range rows.Number(rows.NumNumber) {
		values, err := t.Ints(c, lo, hi, nil)
		if err != nil {
			tb.Fatal(err)
		}
		for i, v := range values {
			all[i].Numbers[c] = v
		}
	}
	keys, err := t.PropKeys()
	if err != nil {
		tb.Fatal(err)
	}
	if !slices.IsSorted(keys) {
		tb.Fatalf("keys %q are not ascending", keys)
	}
	for _, key := range keys {
		values, err := t.Props(key, lo, hi, nil)
		if err != nil {
			tb.Fatal(err)
		}
		for _, v := range values {
			all[v.Row].Props = append(all[v.Row].Props, holdfast.Prop{Key: key, Kind: v.Kind, Str: v.Str, Int: v.Int, Float: v.Float, Bool: v.Bool})
		}
	}
	return all
}

// oddKeys are property keys that a careless format would take for each other.
var oddKeys = []string{"", "k", "k.int", "k.float", "k.bool", "K", "k%2Eint", "%", "prop.k", "ключ", "a b", "\x00", "\"\\", "k.int.int", "s"}

func oddProp(rnd *rand.Rand, key string) holdfast.Prop {
	p := holdfast.Prop{Key: key, Kind: holdfast.PropKind(1 + rnd.IntN(4))}
	switch p.Kind {
	case holdfast.PropString:
		p.Str = []string{"", "x", "1", "1.0", "true", "null", "\"q\"\\\n\t\x00", "ünï", "</script>", "{}"}[rnd.IntN(10)]
	case holdfast.PropInt:
		p.Int = []int64{0, 1, -1, 1<<53 + 1, math.MaxInt64, math.MinInt64, rnd.Int64N(1000)}[rnd.IntN(7)]
	case holdfast.PropFloat:
		p.Float = []float64{0, 1, -2.5, 1e300, 5e-324, 1 << 53, rnd.Float64()}[rnd.IntN(7)]
	case holdfast.PropBool:
		p.Bool = rnd.IntN(2) == 0
	}
	return p
}

// shape says what random rows look like.
type shape struct {
	rows, sites, days int
	card              int // distinct values of most text columns
	run               int // how long values stay the same
	props             int // at most, a row
}

const may2026 = 20574 // 2026-05-01

func dayStart(site holdfast.SiteID, day holdfast.Day) holdfast.Millis {
	return holdfast.Millis(int64(day)*86_400_000 - int64(site%5)*3_600_000)
}

// makeRows returns random rows sorted by site, day and time.
func makeRows(rnd *rand.Rand, s shape) []row {
	all := make([]row, s.rows)
	for i := range all {
		r := &all[i]
		site := holdfast.SiteID(1 + rnd.IntN(s.sites))
		if site == 2 {
			site = math.MaxUint32
		}
		day := holdfast.Day(may2026 + rnd.IntN(s.days))
		n := &r.Numbers
		n[rows.Site], n[rows.Day] = int64(site), int64(day)
		n[rows.Time] = int64(dayStart(site, day)) + rnd.Int64N(86_400_000)
		n[rows.Lag] = rnd.Int64N(1000) - 500
		n[rows.Visitor] = []int64{0, rnd.Int64N(100), int64(holdfast.HashedVisitor(rnd.Uint64())), int64(holdfast.DeclaredVisitor(rnd.Uint64N(50)))}[rnd.IntN(4)]
		n[rows.Visit] = []int64{0, 0, rnd.Int64()}[rnd.IntN(3)]
		n[rows.ID] = int64(rnd.Uint64()) * rnd.Int64N(int64(s.days)+1)
		n[rows.Interactive] = rnd.Int64N(2)
		n[rows.Engaged] = rnd.Int64N(math.MaxInt32) * rnd.Int64N(2)
		n[rows.Scroll] = rnd.Int64N(102) - 1
		n[rows.Value] = []int64{0, 999, math.MinInt64, math.MaxInt64}[rnd.IntN(4)]
		n[rows.VisitNo] = rnd.Int64N(1000) * rnd.Int64N(2)
		n[rows.VisitEnds] = rnd.Int64N(4)
	}
	slices.SortStableFunc(all, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.Numbers[rows.Site], b.Numbers[rows.Site]), cmp.Compare(a.Numbers[rows.Day], b.Numbers[rows.Day]),
			cmp.Compare(a.Numbers[rows.Time], b.Numbers[rows.Time]))
	})
	var text [rows.NumText]string
	for i := range all {
		r := &all[i]
		for c := range text {
			if i == 0 || rnd.IntN(s.run) == 0 {
				text[c] = fmt.Sprintf("%s %d", rows.Text(c), rnd.IntN(s.card))
				if rnd.IntN(4) == 0 {
					text[c] = ""
				}
			}
			r.Text[c] = text[c]
		}
		r.Text[rows.Name] = []string{holdfast.Pageview, holdfast.Engagement, "signup"}[rnd.IntN(3)]
		r.Text[rows.Flag] = string(holdfast.Flags()[rnd.IntN(2)])
		r.Text[rows.Origin] = "collected"
		if s.props > 0 {
			for _, key := range oddKeys[:1+rnd.IntN(s.props)] {
				if rnd.IntN(3) == 0 {
					r.Props = append(r.Props, oddProp(rnd, key))
				}
			}
			slices.SortFunc(r.Props, func(a, b holdfast.Prop) int { return cmp.Compare(a.Key, b.Key) })
		}
	}
	return all
}

// deal spreads rows over several tables, as they might have come, and returns
// the picks that bring them back into order.
func deal(rnd *rand.Rand, all []row, tables int) ([]rows.Table, []segment.Pick) {
	parts := make([][]row, tables)
	picks := make([]segment.Pick, len(all))
	for _, i := range rnd.Perm(len(all)) {
		t := rnd.IntN(tables)
		picks[i] = segment.Pick{Table: uint16(t), Row: uint32(len(parts[t]))}
		parts[t] = append(parts[t], all[i])
	}
	out := make([]rows.Table, tables)
	for t := range parts {
		out[t] = newMemory(parts[t])
	}
	return out, picks
}

func openDir(tb testing.TB) fsx.FS {
	tb.Helper()
	dir, err := fsx.OpenDir(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { dir.Close() })
	return dir
}

// write writes rows, in row groups of the given sizes, as a part.
func write(tb testing.TB, fs fsx.FS, tables []rows.Table, picks []segment.Pick, group int) segment.File {
	tb.Helper()
	var counter segment.PropCounter
	if err := counter.Add(tables, picks); err != nil {
		tb.Fatal(err)
	}
	w, err := segment.Create(fs, ".", segment.Options{Store: [16]byte{1, 2, 3}, DayStart: dayStart, Props: counter.Columns()})
	if err != nil {
		tb.Fatal(err)
	}
	defer w.Abort()
	for part := range slices.Chunk(picks, group) {
		if err := w.WriteGroup(tables, part, segment.Fold{}); err != nil {
			tb.Fatal(err)
		}
	}
	f, err := w.Finish(segment.Part)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// open opens a file; when the test ends the whole file is checked.
func open(tb testing.TB, fs fsx.FS, f segment.File) *segment.Reader {
	tb.Helper()
	r, err := segment.Open(fs, ".", f, segment.NewCache(64<<20))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close() })
	return r
}
