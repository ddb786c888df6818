package segment_test

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

// A file from before a column was kept has "" in it, alone and brought together
// with rows that have it.
func TestFilesOfBeforeAColumnWasKept(t *testing.T) {
	folder := filepath.Join("testdata", "v1")
	names, err := filepath.Glob(filepath.Join(folder, "*"+segment.Suffix))
	if err != nil || len(names) != 1 {
		t.Fatalf("samples %v, %v", names, err)
	}
	dir, err := fsx.OpenDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	f, err := segment.Describe(t.Context(), dir, ".", filepath.Base(names[0]))
	if err != nil {
		t.Fatal(err)
	}
	old := open(t, dir, f)
	if _, ok := old.ColumnBytes()[rows.CountryBy.String()]; ok {
		t.Fatal("the sample has the column: it is not from before")
	}
	ways := []holdfast.CountryBy{"", holdfast.CountryBySender, holdfast.CountryByProxy, holdfast.CountryByFile, holdfast.CountryByZone}

	rapid.Check(t, func(rt *rapid.T) {
		rnd := rand.New(rand.NewPCG(15, rapid.Uint64().Draw(rt, "seed")))
		added := makeRows(rnd, shape{rows: rapid.IntRange(1, 60).Draw(rt, "rows"), sites: 3, days: 2, card: 4, run: 2})
		for i := range added {
			added[i].Text[rows.CountryBy] = string(ways[rnd.IntN(len(ways))])
		}
		tables := []rows.Table{newMemory(added)}
		all := [][]row{added}
		for g := range old.Groups() {
			group := old.Group(g)
			read := readRows(t, group, 0, group.Len())
			for i := range read {
				if by := read[i].Text[rows.CountryBy]; by != "" {
					t.Fatalf("row %d of before has %q", i, by)
				}
			}
			tables, all = append(tables, group), append(all, read)
		}
		var picks []segment.Pick
		for i := range tables {
			for row := range all[i] {
				picks = append(picks, segment.Pick{Table: uint16(i), Row: uint32(row)})
			}
		}
		slices.SortStableFunc(picks, func(a, b segment.Pick) int {
			x, y := &all[a.Table][a.Row].Numbers, &all[b.Table][b.Row].Numbers
			return slices.Compare(x[rows.Site:rows.Lag], y[rows.Site:rows.Lag]) // site, day, time
		})
		want := make([]row, len(picks))
		for i, p := range picks {
			want[i] = all[p.Table][p.Row]
		}
		fs := openDir(t)
		merged := open(t, fs, write(t, fs, tables, picks, max(1, len(picks)/2)))
		defer merged.Close()
		var got []row
		for g := range merged.Groups() {
			got = append(got, readRows(t, merged.Group(g), 0, merged.Group(g).Len())...)
		}
		sameRows(t, got, want)
		if err := merged.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
