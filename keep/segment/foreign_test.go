package segment_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"holdfast"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

// An independent reader must find the same values, knowing nothing of us.
func TestParquetGoReadsTheSameValues(t *testing.T) {
	for name, s := range map[string]shape{
		"several pages":       {rows: 40_000, sites: 5, days: 2, card: 3000, run: 2, props: 6},
		"constant columns":    {rows: 20_000, sites: 1, days: 1, card: 1, run: 100_000},
		"odd property keys":   {rows: 2000, sites: 2, days: 1, card: 300, run: 1, props: len(oddKeys)},
		"long runs":           {rows: 33_000, sites: 1, days: 1, card: 257, run: 300, props: 2},
		"one row":             {rows: 1, sites: 1, days: 1, card: 1, run: 1, props: 1},
		"dictionary of 70000": {rows: 80_000, sites: 1, days: 1, card: 1 << 30, run: 1},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() {
				s.rows = (s.rows + 7) / 8
			}
			rnd := rand.New(rand.NewPCG(7, 7))
			all := makeRows(rnd, s)
			tables, picks := deal(rnd, all, 2)
			fs := openDir(t)
			f := write(t, fs, tables, picks, 70_000)
			in, err := os.Open(fs.Path(f.Name))
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			file, err := parquet.OpenFile(in, f.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			if len(file.OffsetIndexes()) == 0 || len(file.ColumnIndexes()) == 0 {
				t.Error("no page indexes")
			}
			var names []string
			for _, c := range file.Root().Columns() {
				names = append(names, c.Name())
			}
			at := 0
			for _, g := range file.RowGroups() {
				for column, chunk := range g.ColumnChunks() {
					if names[column] == "props" {
						continue // see TestRarePropertiesAreJSON
					}
					checkColumn(t, names[column], chunk, all[at:at+int(g.NumRows())])
				}
				at += int(g.NumRows())
			}
			if at != len(all) {
				t.Errorf("%d rows, want %d", at, len(all))
			}
		})
	}
}

func checkColumn(t *testing.T, name string, chunk parquet.ColumnChunk, want []row) {
	t.Helper()
	pages := chunk.Pages()
	defer pages.Close()
	at := 0
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("column %s: %v", name, err)
		}
		values := make([]parquet.Value, page.NumValues())
		if n, err := page.Values().ReadValues(values); n != len(values) || err != nil && err != io.EOF {
			t.Fatalf("column %s: %d values of %d: %v", name, n, len(values), err)
		}
		for _, v := range values {
			if len(want) < 30_000 || at%5 == 0 {
				if got, want := foreign(v), wanted(name, &want[at]); got != want {
					t.Fatalf("column %s, row %d: %s, want %s", name, at, got, want)
				}
			}
			at++
		}
		parquet.Release(page)
	}
	if at != len(want) {
		t.Fatalf("column %s: %d values, want %d", name, at, len(want))
	}
}

func foreign(v parquet.Value) string {
	switch {
	case v.IsNull():
		return "null"
	case v.Kind() == parquet.ByteArray:
		return strconv.Quote(string(v.ByteArray()))
	case v.Kind() == parquet.Int32:
		return fmt.Sprint(v.Int32())
	case v.Kind() == parquet.Int64:
		return fmt.Sprint(v.Int64())
	}
	return v.String()
}

// nulls are the values that are NULL in files.
var nulls = map[rows.Number]int64{rows.Visit: 0, rows.ID: 0, rows.Engaged: 0, rows.Scroll: -1, rows.VisitNo: 0}

// wanted says what foreign should say of a column of a row.
func wanted(name string, r *row) string {
	n := &r.Numbers
	switch name {
	case "site":
		return fmt.Sprint(int32(n[rows.Site]))
	case "interactive":
		return fmt.Sprint(n[rows.Interactive] == 1)
	case "visit_entry":
		return fmt.Sprint(n[rows.VisitEnds]&rows.IsEntry != 0)
	case "visit_exit":
		return fmt.Sprint(n[rows.VisitEnds]&rows.IsExit != 0)
	}
	if key, ok := strings.CutPrefix(name, "prop."); ok {
		key, suffix, _ := strings.Cut(key, ".")
		for _, p := range r.Props {
			if escaped(p.Key) == key {
				switch {
				case suffix == "" && p.Kind == holdfast.PropString:
					return strconv.Quote(p.Str)
				case suffix == "int" && p.Kind == holdfast.PropInt:
					return fmt.Sprint(p.Int)
				case suffix == "float" && p.Kind == holdfast.PropFloat:
					return parquet.ValueOf(p.Float).String()
				case suffix == "bool" && p.Kind == holdfast.PropBool:
					return fmt.Sprint(p.Bool)
				}
			}
		}
		return "null"
	}
	if c, ok := rows.TextNamed(name); ok {
		return strconv.Quote(r.Text[c])
	}
	for c := range rows.Number(rows.NumNumber) {
		if c.String() == name {
			if none, ok := nulls[c]; ok && n[c] == none {
				return "null"
			}
			return fmt.Sprint(n[c])
		}
	}
	return "no such column"
}

func escaped(key string) string {
	var b strings.Builder
	for _, c := range []byte(key) {
		if strings.ContainsRune("._-%\"\\ ", rune(c)) && c != '_' && c != '-' || c < 0x20 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Properties beyond the columns are JSON that any parser reads.
func TestRarePropertiesAreJSON(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	all := makeRows(rnd, shape{rows: 3000, sites: 1, days: 1, card: 2, run: 1})
	for i := range all {
		r := &all[i]
		r.Props = append(r.Props, holdfast.Prop{Key: "always", Kind: holdfast.PropBool, Bool: true})
		for k := range 100 {
			if rnd.IntN(50) == 0 {
				r.Props = append(r.Props, oddProp(rnd, fmt.Sprintf("rare%03d", k)))
			}
		}
	}
	tables, picks := deal(rnd, all, 1)
	fs := openDir(t)
	r := open(t, fs, write(t, fs, tables, picks, 3000))
	sameRows(t, readRows(t, r.Group(0), 0, 3000), all)
	if err := r.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	in, err := os.Open(fs.Path(r.File().Name))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	file, err := parquet.OpenFile(in, r.File().Bytes)
	if err != nil {
		t.Fatal(err)
	}
	columns := file.Root().Columns()
	found := 0
	keys := map[string]bool{}
	pages := file.RowGroups()[0].ColumnChunks()[len(columns)-1].Pages()
	defer pages.Close()
	page, err := pages.ReadPage()
	if err != nil {
		t.Fatal(err)
	}
	values := make([]parquet.Value, page.NumValues())
	page.Values().ReadValues(values)
	for _, v := range values {
		if v.IsNull() {
			continue
		}
		var props map[string]any
		if err := json.Unmarshal(v.ByteArray(), &props); err != nil {
			t.Fatalf("%s: %v", v.ByteArray(), err)
		}
		found += len(props)
	}
	for _, c := range columns {
		if key, ok := strings.CutPrefix(c.Name(), "prop."); ok {
			key, _, _ = strings.Cut(key, ".")
			keys[key] = true
		}
	}
	if len(keys) != segment.MaxPropKeys || !keys["always"] || found == 0 {
		t.Errorf("%d keys have columns and %d values are JSON", len(keys), found)
	}
}
