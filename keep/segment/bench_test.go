package segment_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"holdfast"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

const benchRows = 1 << 19

// columns is a table of one site day that looks like a shop's traffic: few
// pages, sources and agents have most of it, and a visitor's rows agree.
type columns struct {
	dicts [rows.NumText]rows.Dict
	codes [rows.NumText]rows.Codes
	ints  [rows.NumNumber][]int64
}

var _ rows.Table = (*columns)(nil)

func traffic(n int, hashed bool) *columns {
	rnd := rand.New(rand.NewPCG(11, 11))
	t := &columns{}
	card := map[rows.Text]int{rows.Name: 4, rows.Host: 2, rows.Path: 8000, rows.Title: 8000, rows.Referrer: 4000,
		rows.Source: 300, rows.Channel: 8, rows.UTMSource: 10, rows.UTMMedium: 6, rows.UTMCampaign: 60, rows.Country: 120,
		rows.Region: 600, rows.City: 4000, rows.Language: 60, rows.Screen: 4, rows.Device: 4, rows.Browser: 25, rows.OS: 12,
		rows.UserAgent: 3000, rows.Flag: 3}
	var zipf [rows.NumText]*rand.Zipf
	for c := range rows.Text(rows.NumText) {
		k := max(card[c], 1)
		zipf[c] = rand.NewZipf(rnd, 1.2, 4, uint64(k-1))
		for i := range k {
			v := fmt.Sprintf("/%s/some-value-of-a-realistic-length-%d", c, rnd.IntN(1<<30))
			switch {
			case c == rows.Name && i == 0:
				v = holdfast.Pageview
			case i == 0:
				v = ""
			case c == rows.UserAgent:
				v = fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.%d.%d Safari/537.36", 90+i%50, rnd.IntN(9000), rnd.IntN(200))
			}
			t.dicts[c] = append(t.dicts[c], v)
		}
		t.codes[c].Resize(n, k)
	}
	for c := range t.ints {
		t.ints[c] = make([]int64, n)
	}
	type visitor struct {
		id   int64
		text [rows.NumText]uint32
	}
	visitors := make([]visitor, n/8+1)
	for i := range visitors {
		v := &visitors[i]
		v.id = int64(i + 1)
		if hashed {
			v.id = int64(holdfast.HashedVisitor(rnd.Uint64()))
		}
		for c := range v.text {
			v.text[c] = uint32(zipf[c].Uint64())
		}
	}
	step := 86_400_000 / float64(n)
	for i := range n {
		// Visitors are active for a while around the time they came.
		at := float64(i)/8 - math.Abs(rnd.NormFloat64())*300
		v := &visitors[min(max(int(at), 0), len(visitors)-1)]
		for c := range rows.Text(rows.NumText) {
			code := v.text[c]
			switch c {
			case rows.Name, rows.Path:
				code = uint32(zipf[c].Uint64())
			case rows.Title:
				code = t.codes[rows.Path].At(i)
			}
			set(&t.codes[c], i, code)
		}
		t.ints[rows.Site][i], t.ints[rows.Day][i] = 1, may2026
		t.ints[rows.Time][i] = int64(may2026*86_400_000) + int64((float64(i)+rnd.Float64())*step)
		t.ints[rows.Lag][i] = 20 + rnd.Int64N(200)
		t.ints[rows.Visitor][i] = v.id
		t.ints[rows.ID][i] = int64(rnd.Uint64())
		t.ints[rows.Scroll][i] = -1
		if rnd.IntN(4) == 0 {
			t.ints[rows.Engaged][i], t.ints[rows.Scroll][i] = rnd.Int64N(60_000), rnd.Int64N(101)
		}
		t.ints[rows.VisitNo][i] = v.id & (1<<17 - 1)
		t.ints[rows.VisitEnds][i] = rnd.Int64N(8) / 6
	}
	slices.Sort(t.ints[rows.Time])
	return t
}

func set(c *rows.Codes, i int, code uint32) {
	switch {
	case c.U8 != nil:
		c.U8[i] = uint8(code)
	case c.U16 != nil:
		c.U16[i] = uint16(code)
	default:
		c.U32[i] = code
	}
}

func (t *columns) Len() int                            { return len(t.ints[0]) }
func (t *columns) Dict(c rows.Text) (rows.Dict, error) { return t.dicts[c], nil }
func (t *columns) PropKeys() ([]string, error)         { return nil, nil }

func (t *columns) Codes(c rows.Text, lo, hi int, into *rows.Codes) error {
	*into = t.codes[c].Slice(lo, hi)
	return nil
}

func (t *columns) Ints(c rows.Number, lo, hi int, _ []int64) ([]int64, error) {
	return t.ints[c][lo:hi], nil
}

func (t *columns) Props(string, int, int, []rows.PropValue) ([]rows.PropValue, error) {
	return nil, nil
}

func allPicks(n int) []segment.Pick {
	picks := make([]segment.Pick, n)
	for i := range picks {
		picks[i].Row = uint32(i)
	}
	return picks
}

func BenchmarkWriteGroup(b *testing.B) {
	table, picks, dir := traffic(benchRows, false), allPicks(benchRows), openDir(b)
	b.ReportAllocs()
	for b.Loop() {
		w, err := segment.Create(dir, ".", segment.Options{DayStart: dayStart})
		if err != nil {
			b.Fatal(err)
		}
		if err := w.WriteGroup([]rows.Table{table}, picks, segment.Fold{}); err != nil {
			b.Fatal(err)
		}
		f, err := w.Finish(segment.Day)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(f.Bytes)/benchRows, "bytes/row")
	}
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func benchFile(b *testing.B, hashed bool) *segment.Reader {
	b.Helper()
	dir := openDir(b)
	return open(b, dir, write(b, dir, []rows.Table{traffic(benchRows, hashed)}, allPicks(benchRows), benchRows))
}

func BenchmarkCodes(b *testing.B) {
	g := benchFile(b, false).Group(0)
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
	for _, hashed := range []bool{false, true} {
		g := benchFile(b, hashed).Group(0)
		for c := range rows.Number(rows.NumNumber) {
			if hashed && c != rows.Visitor {
				continue
			}
			b.Run(fmt.Sprintf("%s/hashed=%v", c, hashed), func(b *testing.B) {
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
	f := write(b, dir, []rows.Table{traffic(benchRows, false)}, allPicks(benchRows), benchRows)
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
	g := benchFile(b, false).Group(0)
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
	r := benchFile(b, false)
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
