package segment_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

func drawShape(t *rapid.T) shape {
	return shape{
		rows:  rapid.OneOf(rapid.IntRange(1, 50), rapid.IntRange(16380, 16390), rapid.IntRange(1, 50), rapid.IntRange(1, 34_000)).Draw(t, "rows"),
		sites: rapid.IntRange(1, 40).Draw(t, "sites"),
		days:  rapid.IntRange(1, 4).Draw(t, "days"),
		card:  rapid.SampledFrom([]int{1, 2, 3, 200, 255, 256, 257, 5000, 70_000}).Draw(t, "card"),
		run:   rapid.SampledFrom([]int{1, 3, 100, 3000}).Draw(t, "run"),
		props: rapid.SampledFrom([]int{0, 1, 5, len(oddKeys)}).Draw(t, "props"),
	}
}

func TestRowsComeBackAsTheyWentIn(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rnd := rand.New(rand.NewPCG(1, rapid.Uint64().Draw(rt, "seed")))
		all := makeRows(rnd, drawShape(rt))
		tables, picks := deal(rnd, all, rapid.IntRange(1, 4).Draw(rt, "tables"))
		fs := openDir(t)
		group := max(1, rapid.IntRange(len(all)/3, len(all)).Draw(rt, "group"))
		f := write(t, fs, tables, picks, group)
		r := open(t, fs, f)
		defer r.Close()
		for g := range r.Groups() {
			first, n := int(r.FirstRow(g)), r.Group(g).Len()
			sameRows(t, readRows(t, r.Group(g), 0, n), all[first:first+n])
			lo := rnd.IntN(n)
			hi := lo + rnd.IntN(n-lo+1)
			sameRows(t, readRows(t, r.Group(g), lo, hi), all[first+lo:first+hi])
		}
		checkDays(t, r, all)
		if err := r.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		again, err := segment.Describe(t.Context(), fs, ".", f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, again); diff != "" {
			t.Fatalf("described otherwise than written (-written +described):\n%s", diff)
		}
	})
}

// What a table gives may be its own memory, which questions read while it is
// being written into a file, and which is written once more if that fails.
func TestWritingLeavesTheTablesAsTheyWere(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	fs := openDir(t)
	var tables []rows.Table
	var before [][]row
	for _, card := range []int{2, 300, 70_000} { // each could be read into what another gave
		all := makeRows(rnd, shape{rows: 3000, sites: 3, days: 2, card: card, run: 1, props: 3})
		hot, picks := deal(rnd, all, 2)
		sealed := open(t, fs, write(t, fs, hot, picks, len(picks)))
		tables = append(append(tables, hot...), sealed.Group(0))
		before = append(before, hot[0].(*memory).rows, hot[1].(*memory).rows, all)
	}
	var picks []segment.Pick
	for i, table := range tables {
		for row := range table.Len() {
			picks = append(picks, segment.Pick{Table: uint16(i), Row: uint32(row)})
		}
	}
	slices.SortStableFunc(picks, func(a, b segment.Pick) int {
		x, y := before[a.Table][a.Row].Numbers, before[b.Table][b.Row].Numbers
		return slices.Compare(x[rows.Site:rows.Lag], y[rows.Site:rows.Lag]) // site, day, time
	})
	write(t, fs, tables, picks, len(picks))
	for i, table := range tables {
		sameRows(t, readRows(t, table, 0, table.Len()), before[i])
	}
}

func sameRows(tb testing.TB, got, want []row) {
	tb.Helper()
	if len(got) != len(want) {
		tb.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].Text != want[i].Text || got[i].Numbers != want[i].Numbers || !slices.Equal(got[i].Props, want[i].Props) {
			tb.Fatalf("row %d (-want +got):\n%s", i, cmp.Diff(want[i], got[i]))
		}
	}
}

// checkDays compares directory and runs with the rows.
func checkDays(tb testing.TB, r *segment.Reader, all []row) {
	tb.Helper()
	d, err := r.Directory()
	if err != nil {
		tb.Fatal(err)
	}
	at, days := 0, 0
	for at < len(all) {
		first := &all[at].Numbers
		end := at
		for end < len(all) && all[end].Numbers[rows.Site] == first[rows.Site] && all[end].Numbers[rows.Day] == first[rows.Day] {
			end++
		}
		site, day := holdfast.SiteID(first[rows.Site]), holdfast.Day(first[rows.Day])
		run, ok, err := r.Run(site, day)
		if err != nil || !ok {
			tb.Fatalf("run of site %d, day %s: %v, %v", site, day, ok, err)
		}
		var got []row
		for _, part := range run.Rows {
			got = append(got, readRows(tb, part.Table, part.Lo, part.Hi)...)
		}
		sameRows(tb, got, all[at:end])
		if run.Min != holdfast.Millis(first[rows.Time]) || run.Max != holdfast.Millis(all[end-1].Numbers[rows.Time]) || !run.Sorted || run.Folded {
			tb.Errorf("run of site %d, day %s: %+v", site, day, run)
		}
		if diff := cmp.Diff(tallies(all[at:end]), run.Tallies); diff != "" {
			tb.Errorf("tallies of site %d, day %s (-want +got):\n%s", site, day, diff)
		}
		found, err := r.Days(site, run.Max, run.Max+1)
		if err != nil || !slices.ContainsFunc(found, func(s segment.SiteDay) bool { return s.Day == day }) {
			tb.Errorf("days of site %d at %s: %v, %v", site, run.Max, found, err)
		}
		at = end
		days++
	}
	if d.Len() != days {
		tb.Errorf("directory has %d site days, want %d", d.Len(), days)
	}
	if _, ok, err := r.Run(3_000_000, may2026); ok || err != nil {
		tb.Errorf("run of a site that is not there: %v, %v", ok, err)
	}
}

func tallies(day []row) []rows.Tally {
	type key struct {
		hour uint8
		flag holdfast.Flag
	}
	count := map[key]*rows.Tally{}
	var order []key
	for i := range day {
		n := &day[i].Numbers
		start := int64(dayStart(holdfast.SiteID(n[rows.Site]), holdfast.Day(n[rows.Day])))
		k := key{uint8((n[rows.Time] - start) / 3_600_000), holdfast.Flag(day[i].Text[rows.Flag])}
		t, ok := count[k]
		if !ok {
			t = &rows.Tally{Hour: k.hour, Flag: k.flag}
			count[k] = t
			order = append(order, k)
		}
		t.Events++
		if day[i].Text[rows.Name] == holdfast.Pageview {
			t.Views++
		}
	}
	slices.SortFunc(order, func(a, b key) int {
		if a.hour != b.hour {
			return int(a.hour) - int(b.hour)
		}
		return cmpFlag(a.flag, b.flag)
	})
	var out []rows.Tally
	for _, k := range order {
		out = append(out, *count[k])
	}
	return out
}

func cmpFlag(a, b holdfast.Flag) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestFilesAreCompactedFromOtherFiles(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 2))
	all := makeRows(rnd, shape{rows: 30_000, sites: 3, days: 3, card: 300, run: 2, props: len(oddKeys)})
	fs := openDir(t)
	// Odd and even rows lie in two files, each of several groups.
	var tables []rows.Table
	picks := make([]segment.Pick, len(all))
	for half := range 2 {
		var part []row
		for i := half; i < len(all); i += 2 {
			picks[i] = segment.Pick{Table: uint16(len(tables) + len(part)/7000), Row: uint32(len(part) % 7000)}
			part = append(part, all[i])
		}
		m, order := deal(rnd, part, 1)
		r := open(t, fs, write(t, fs, m, order, 7000))
		for g := range r.Groups() {
			tables = append(tables, r.Group(g))
		}
	}
	r := open(t, fs, write(t, fs, tables, picks, 20_000))
	var got []row
	for g := range r.Groups() {
		got = append(got, readRows(t, r.Group(g), 0, r.Group(g).Len())...)
	}
	sameRows(t, got, all)
	if err := r.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFoldReplacesVisitsAndVisitors(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	all := makeRows(rnd, shape{rows: 1000, sites: 1, days: 1, card: 5, run: 1})
	tables, picks := deal(rnd, all, 2)
	fold := segment.Fold{VisitNo: make([]int32, 1000), VisitEnds: make([]uint8, 1000), Visitor: make([]int64, 1000)}
	for i := range all {
		fold.VisitNo[i], fold.VisitEnds[i], fold.Visitor[i] = int32(i), uint8(i%4), int64(i+1)
		all[i].Numbers[rows.VisitNo], all[i].Numbers[rows.VisitEnds], all[i].Numbers[rows.Visitor] = int64(i), int64(i%4), int64(i+1)
	}
	fs := openDir(t)
	w, err := segment.Create(fs, ".", segment.Options{DayStart: dayStart})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteGroup(tables, picks, fold); err != nil {
		t.Fatal(err)
	}
	f, err := w.Finish(segment.Day)
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, fs, f)
	sameRows(t, readRows(t, r.Group(0), 0, 1000), all)
	run, ok, err := r.Run(1, may2026)
	if !ok || err != nil || !run.Folded {
		t.Errorf("run = %+v, %v, %v; want it folded", run, ok, err)
	}
	if f.Hashed || f.Site != 1 || f.Kind != segment.Day {
		t.Errorf("file = %+v", f)
	}
	if err := r.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWriterRefusesRowsOutOfOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	tables, picks := deal(rnd, makeRows(rnd, shape{rows: 100, sites: 1, days: 2, card: 5, run: 1}), 1)
	slices.Reverse(picks)
	fs := openDir(t)
	w, err := segment.Create(fs, ".", segment.Options{DayStart: dayStart})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteGroup(tables, picks, segment.Fold{}); err == nil {
		t.Error("rows in reverse were taken")
	}
	if _, err := w.Finish(segment.Part); err == nil {
		t.Error("a spoilt file was finished")
	}
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	if left, err := fs.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestFinishedFilesAreReadOnlyAndNamedByContent(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	tables, picks := deal(rnd, makeRows(rnd, shape{rows: 10, sites: 1, days: 1, card: 5, run: 1}), 1)
	fs := openDir(t)
	f := write(t, fs, tables, picks, 10)
	if again := write(t, fs, tables, picks, 10); again != f {
		t.Errorf("the same rows made %v, then %v", f, again)
	}
	info, err := fs.Stat(f.Name)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o400 || info.Size() != f.Bytes {
		t.Errorf("mode %v, %d bytes; want 0400, %d", info.Mode(), info.Size(), f.Bytes)
	}
	if !segment.IsFileName(f.Name) || f.Name[:16] != "part-2026-05-01-" {
		t.Errorf("name %s", f.Name)
	}
}
