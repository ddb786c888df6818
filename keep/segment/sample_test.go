package segment_test

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

var update = flag.Bool("update", false, "write the sample of the present version anew")

// plainRow is a row as the samples spell it out, without what is empty.
type plainRow struct {
	Text    map[string]string
	Numbers map[string]int64
	Props   []holdfast.Prop `json:",omitempty"`
}

func plainRows(all []row) []plainRow {
	out := make([]plainRow, len(all))
	for i := range all {
		out[i] = plainRow{Text: map[string]string{}, Numbers: map[string]int64{}, Props: all[i].Props}
		for c, v := range all[i].Text {
			if v != "" {
				out[i].Text[rows.Text(c).String()] = v
			}
		}
		for c, v := range all[i].Numbers {
			if v != 0 {
				out[i].Numbers[rows.Number(c).String()] = v
			}
		}
	}
	return out
}

// Files of every released version open, for ever. testdata/v1 has a file as
// version 1 wrote it, and what is in it.
func TestFilesOfEveryVersionOpen(t *testing.T) {
	for _, version := range []string{"v1"} {
		t.Run(version, func(t *testing.T) {
			folder := filepath.Join("testdata", version)
			if *update {
				writeSample(t, folder)
			}
			dir, err := fsx.OpenDir(folder)
			if err != nil {
				t.Fatal(err)
			}
			defer dir.Close()
			names, err := filepath.Glob(filepath.Join(folder, "*"+segment.Suffix))
			if err != nil || len(names) != 1 {
				t.Fatalf("samples %v, %v", names, err)
			}
			f, err := segment.Describe(t.Context(), dir, ".", filepath.Base(names[0]))
			if err != nil {
				t.Fatal(err)
			}
			r := open(t, dir, f)
			var all []row
			for i := range r.Groups() {
				all = append(all, readRows(t, r.Group(i), 0, r.Group(i).Len())...)
			}
			b, err := os.ReadFile(filepath.Join(folder, "rows.json"))
			if err != nil {
				t.Fatal(err)
			}
			var want []plainRow
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, plainRows(all)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			checkDays(t, r, all)
		})
	}
}

func writeSample(tb testing.TB, folder string) {
	tb.Helper()
	old, err := filepath.Glob(filepath.Join(folder, "*"+segment.Suffix))
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			tb.Fatal(err)
		}
	}
	dir, err := fsx.OpenDir(folder)
	if err != nil {
		tb.Fatal(err)
	}
	defer dir.Close()
	rnd := rand.New(rand.NewPCG(14, 14))
	all := makeRows(rnd, shape{rows: 24, sites: 3, days: 2, card: 4, run: 2, props: 8})
	tables, picks := deal(rnd, all, 2)
	write(tb, dir, tables, picks, 15)
	b, err := json.MarshalIndent(plainRows(all), "", "\t")
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "rows.json"), append(b, '\n'), 0o644); err != nil {
		tb.Fatal(err)
	}
}
