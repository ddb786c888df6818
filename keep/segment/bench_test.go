package segment_test

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"holdfast"
	"holdfast/internal/traffic"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

const benchRows = 1 << 19

// columns is a table in memory.
type columns struct {
	dicts [rows.NumText]rows.Dict
	codes [rows.NumText]rows.Codes
	ints  [rows.NumNumber][]int64
	props []holdfast.Prop // of all rows
	ends  []int           // where each row's end
}

var _ rows.Table = (*columns)(nil)

// busyDay is a day of a shop: benchRows events. If settled, its visitors are
// ordinals and its visits are folded, as in files of days that are over.
func busyDay(tb testing.TB, settled bool) *columns {
	tb.Helper()
	site, err := holdfast.NewSite(1, "shop.example.com", "Europe/Berlin", 0)
	if err != nil {
		tb.Fatal(err)
	}
	g, err := traffic.New(traffic.Typical(1, may2026, 2, traffic.Site{Site: site, PerDay: benchRows * 1.1}))
	if err != nil {
		tb.Fatal(err)
	}
	var events []holdfast.Event
	var h traffic.Hit
	for len(events) < benchRows && g.Next(&h) {
		if !h.Repeat {
			events = append(events, g.Event(&h))
		}
	}
	if len(events) < benchRows {
		tb.Fatalf("%d events", len(events))
	}
	slices.SortStableFunc(events, func(a, b holdfast.Event) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Time, b.Time))
	})
	return columnsOf(events, settled)
}

func columnsOf(events []holdfast.Event, settled bool) *columns {
	t := &columns{}
	var known [rows.NumText]map[string]uint32
	for c := range known {
		known[c] = map[string]uint32{}
	}
	type seen struct {
		ordinal, visit int64
		last           holdfast.Millis
		row            int
	}
	visitors := map[holdfast.VisitorID]*seen{}
	visits := int64(0)
	for i := range events {
		e := &events[i]
		for c, v := range [rows.NumText]string{e.Name, e.Host, e.Path, e.Title, e.Referrer, e.Source, e.Channel,
			e.UTM.Source, e.UTM.Medium, e.UTM.Campaign, e.UTM.Term, e.UTM.Content, e.Click, e.Country, string(e.CountryBy), e.Region, e.City,
			e.Language, e.Screen, e.Device, e.Browser, e.OS, e.UserAgent, e.Currency, string(e.Door), string(e.Origin), string(e.Flag)} {
			code, ok := known[c][v]
			if !ok {
				code = uint32(len(t.dicts[c]))
				known[c][v] = code
				t.dicts[c] = append(t.dicts[c], v)
			}
			t.codes[c].Append(code)
		}
		var interactive int64
		if e.Interactive {
			interactive = 1
		}
		numbers := [rows.NumNumber]int64{int64(e.Site), int64(e.Day), int64(e.Time), int64(e.Received - e.Time), int64(e.Visitor),
			int64(e.Visit), int64(e.ID), interactive, int64(e.Engaged), int64(e.Scroll), e.Value, 0, 0}
		if settled {
			v := visitors[e.Visitor]
			if v == nil {
				v = &seen{ordinal: int64(len(visitors) + 1), last: math.MinInt32}
				visitors[e.Visitor] = v
			}
			numbers[rows.Visitor] = v.ordinal
			if e.Flag == holdfast.Counted {
				if e.Time-v.last >= 30*60_000 {
					visits++
					v.visit = visits
					numbers[rows.VisitEnds] = rows.IsEntry
				} else {
					t.ints[rows.VisitEnds][v.row] &^= rows.IsExit
				}
				numbers[rows.VisitNo] = v.visit
				numbers[rows.VisitEnds] |= rows.IsExit
				v.last, v.row = e.Time, i
			}
		}
		for c, v := range numbers {
			t.ints[c] = append(t.ints[c], v)
		}
		t.props = append(t.props, e.Props...)
		t.ends = append(t.ends, len(t.props))
	}
	return t
}

func (t *columns) Len() int                            { return len(t.ints[0]) }
func (t *columns) Dict(c rows.Text) (rows.Dict, error) { return t.dicts[c], nil }

func (t *columns) Codes(c rows.Text, lo, hi int, into *rows.Codes) error {
	*into = t.codes[c].Slice(lo, hi)
	return nil
}

func (t *columns) Ints(c rows.Number, lo, hi int, _ []int64) ([]int64, error) {
	return t.ints[c][lo:hi], nil
}

func (t *columns) PropKeys() ([]string, error) {
	known := map[string]bool{}
	for i := range t.props {
		known[t.props[i].Key] = true
	}
	return slices.Sorted(maps.Keys(known)), nil
}

func (t *columns) Props(key string, lo, hi int, into []rows.PropValue) ([]rows.PropValue, error) {
	into = into[:0]
	at := 0
	if lo > 0 {
		at = t.ends[lo-1]
	}
	for i := lo; i < hi; i++ {
		for ; at < t.ends[i]; at++ {
			if p := &t.props[at]; p.Key == key {
				into = append(into, rows.PropValue{Row: int32(i - lo), Kind: p.Kind, Str: p.Str, Int: p.Int, Float: p.Float, Bool: p.Bool})
			}
		}
	}
	return into, nil
}

func allPicks(n int) []segment.Pick {
	picks := make([]segment.Pick, n)
	for i := range picks {
		picks[i].Row = uint32(i)
	}
	return picks
}

func BenchmarkWriteGroup(b *testing.B) {
	for _, settled := range []bool{false, true} {
		b.Run(fmt.Sprintf("settled=%v", settled), func(b *testing.B) {
			tables, picks, dir := []rows.Table{busyDay(b, settled)}, allPicks(benchRows), openDir(b)
			var counter segment.PropCounter
			if err := counter.Add(tables, picks); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			var f segment.File
			for b.Loop() {
				w, err := segment.Create(dir, ".", segment.Options{DayStart: dayStart, Props: counter.Columns()})
				if err != nil {
					b.Fatal(err)
				}
				if err := w.WriteGroup(tables, picks, segment.Fold{}); err != nil {
					b.Fatal(err)
				}
				if f, err = w.Finish(segment.Day); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(f.Bytes)/benchRows, "bytes/row")
			b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkSize says what each column of a settled day takes.
func BenchmarkSize(b *testing.B) {
	dir := openDir(b)
	r := open(b, dir, write(b, dir, []rows.Table{busyDay(b, true)}, allPicks(benchRows), benchRows))
	sizes := r.ColumnBytes()
	for b.Loop() {
	}
	b.ReportMetric(0, "ns/op")
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		b.ReportMetric(float64(sizes[name])/benchRows, name+"-B/row")
	}
}

func benchFile(b *testing.B, settled bool) *segment.Reader {
	b.Helper()
	dir := openDir(b)
	return open(b, dir, write(b, dir, []rows.Table{busyDay(b, settled)}, allPicks(benchRows), benchRows))
}

func BenchmarkCodes(b *testing.B) {
	g := benchFile(b, true).Group(0)
	for c := range rows.Text(rows.NumText) {
		b.Run(c.String(), func(b *testing.B) {
			var codes rows.Codes
			b.ReportAllocs()
			for b.Loop() {
				if err := g.Codes(c, 0, benchRows, &codes); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
		})
	}
}

func BenchmarkInts(b *testing.B) {
	for _, settled := range []bool{true, false} {
		g := benchFile(b, settled).Group(0)
		for c := range rows.Number(rows.NumNumber) {
			if !settled && c != rows.Visitor {
				continue
			}
			b.Run(fmt.Sprintf("%s/settled=%v", c, settled), func(b *testing.B) {
				var values []int64
				b.ReportAllocs()
				for b.Loop() {
					var err error
					if values, err = g.Ints(c, 0, benchRows, values); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
			})
		}
	}
}

func BenchmarkDict(b *testing.B) {
	dir := openDir(b)
	f := write(b, dir, []rows.Table{busyDay(b, true)}, allPicks(benchRows), benchRows)
	r, err := segment.Open(dir, ".", f, nil) // keeps nothing
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for _, c := range []rows.Text{rows.Path, rows.UserAgent, rows.Country} {
		b.Run(c.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Group(0).Dict(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFewRows(b *testing.B) {
	g := benchFile(b, true).Group(0)
	var codes rows.Codes
	var values []int64
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		lo := i * 7919 % (benchRows - 100)
		err := g.Codes(rows.Path, lo, lo+100, &codes)
		if err == nil {
			values, err = g.Ints(rows.Time, lo, lo+100, values)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	r := benchFile(b, true)
	cache := segment.NewCache(1 << 20)
	dir := openDir(b)
	f := write(b, dir, []rows.Table{r.Group(0)}, allPicks(benchRows), benchRows/8)
	b.ReportAllocs()
	for b.Loop() {
		r, err := segment.Open(dir, ".", f, cache)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := r.Run(1, may2026); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}
