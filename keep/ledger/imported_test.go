package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/keep/ledger"
	"holdfast/keep/record"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const hour = 60 * minute

// tells enters an import of a log that was written in these stretches, given in
// minutes.
func tells(l *ledger.Ledger, by string, minutes ...int64) {
	l.ApplyEntry(&record.LedgerEntry{Imported: []record.Imported{logOf(by, minutes...)}})
}

func logOf(by string, minutes ...int64) record.Imported {
	im := record.Imported{Site: 1, Source: "access log", By: by, On: 3}
	for at := range slices.Chunk(minutes, 2) {
		im.Written = append(im.Written, holdfast.Stretch{From: holdfast.Millis(at[0]) * minute, To: holdfast.Millis(at[1]) * minute})
	}
	im.Told = []holdfast.Stretch{{From: im.Written[0].From, To: im.Written[len(im.Written)-1].To}}
	return im
}

// words writes intervals with their origin and minutes, whoever the witness is.
func words(intervals []holdfast.Interval) (list []string) {
	var joined []holdfast.Interval
	for _, iv := range intervals {
		if n := len(joined); n > 0 && joined[n-1].State == iv.State && joined[n-1].Origin == iv.Origin {
			joined[n-1].To = iv.To
			continue
		}
		joined = append(joined, iv)
	}
	for _, iv := range joined {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%v-%v %s %s", float64(iv.From)/float64(minute), float64(iv.To)/float64(minute), iv.State, iv.Origin)))
	}
	return list
}

func TestImportsTellOfTheTimeOfTheirLog(t *testing.T) {
	const now = 1000 * minute
	for _, c := range []struct {
		name string
		life func(l *ledger.Ledger)
		want []string
	}{
		{"from the first line to the last it is complete", func(l *ledger.Ledger) {
			tells(l, "", 70, 190)
		}, []string{"0-70 before", "70-190 complete imported", "190-600 before", "600-1000 down"}},
		{"an hour without a line is partial", func(l *ledger.Ledger) {
			tells(l, "", 70, 110, 310, 340)
		}, []string{"0-70 before", "70-120 complete imported", "120-300 partial imported", "300-340 complete imported", "340-600 before", "600-1000 down"}},
		{"a silence that no whole hour lies in is none", func(l *ledger.Ledger) {
			tells(l, "", 61, 62, 178, 179)
		}, []string{"0-61 before", "61-179 complete imported", "179-600 before", "600-1000 down"}},
		{"two logs of which one begins soon after the other are one", func(l *ledger.Ledger) {
			tells(l, "", 70, 110)
			tells(l, "", 310, 340)
		}, []string{"0-70 before", "70-120 complete imported", "120-300 partial imported", "300-340 complete imported", "340-600 before", "600-1000 down"}},
		{"a time that another log fills is complete", func(l *ledger.Ledger) {
			tells(l, "", 70, 110, 310, 340)
			tells(l, "", 109, 311)
		}, []string{"0-70 before", "70-340 complete imported", "340-600 before", "600-1000 down"}},
		{"of what the store saw itself its own records stay", func(l *ledger.Ledger) {
			beat(l, record.Started, 650*minute)
			alive(l, 650*minute, 700*minute)
			tells(l, "", 550, 680)
		}, []string{"0-550 before", "550-650 complete imported", "650-700 complete collected", "700-1000 down"}},
		{"a store that ran before the site was added had no records of it", func(l *ledger.Ledger) {
			beat(l, record.Started, 0)
			alive(l, 0, 700*minute)
			tells(l, "", 70, 190, 590, 610)
		}, []string{"0-70 before", "70-240 complete imported", "240-540 partial imported", "540-600 complete imported", "600-700 complete collected", "700-1000 down"}},
		{"a hole in its own records is filled as far as the log was written then", func(l *ledger.Ledger) {
			beat(l, record.Started, 610*minute)
			alive(l, 610*minute, 650*minute)
			beat(l, record.Started, 900*minute)
			alive(l, 900*minute, 1000*minute)
			tells(l, "", 500, 700, 880, 950)
		}, []string{
			"0-500 before", "500-610 complete imported", "610-650 complete collected",
			"650-700 partial reconstructed", "700-880 down", "880-900 partial reconstructed", "900-1000 complete collected",
		}},
		{"a hole in which the log is silent too stays one", func(l *ledger.Ledger) {
			beat(l, record.Started, 600*minute)
			alive(l, 600*minute, 671*minute)
			beat(l, record.Started, 768*minute)
			alive(l, 768*minute, 1000*minute)
			tells(l, "", 610, 670, 769, 800)
		}, []string{"0-600 before", "600-671 complete collected", "671-768 down", "768-1000 complete collected"}},
		{"what was refused stays refused, and what is damaged damaged", func(l *ledger.Ledger) {
			beat(l, record.Started, 600*minute, record.Tally{Site: 1, Reason: holdfast.RefusedRate, Minute: 620, Events: 1})
			alive(l, 600*minute, 1000*minute)
			l.ApplyEntry(&record.LedgerEntry{Damage: &record.Damage{From: 700 * minute, To: 710 * minute, First: 1, Last: 2}})
			tells(l, "", 600, 900)
		}, []string{
			"0-600 before", "600-620 complete collected", "620-621 partial collected", "621-700 complete collected",
			"700-710 unreadable collected", "710-1000 complete collected",
		}},
		{"another site's log tells nothing", func(l *ledger.Ledger) {
			im := logOf("", 70, 190)
			im.Site = 2
			l.ApplyEntry(&record.LedgerEntry{Imported: []record.Imported{im}})
		}, []string{"0-600 before", "600-1000 down"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := ledger.New()
			c.life(l)
			for _, l := range []*ledger.Ledger{l, ledger.FromCheckpoint(l.Checkpoint())} {
				if diff := cmp.Diff(c.want, words(l.Coverage(siteAdded(t, 600*minute), 0, now, now, true))); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestAnImportLongAgoIsNotJoinedToAnother(t *testing.T) {
	l := ledger.New()
	tells(l, "", 0, 60)
	tells(l, "", 60+24*60+1, 60+24*60+30)
	site := siteAdded(t, 10_000*minute)
	if diff := cmp.Diff([]string{"0-60 complete imported", "60-1501 before", "1501-1530 complete imported", "1530-1600 before"}, words(l.Coverage(site, 0, 1600*minute, 20_000*minute, true))); diff != "" {
		t.Error(diff)
	}
	tells(l, "", 30, 60, 60+24*60+5, 60+24*60+6) // one log tells of the time between
	if got := words(l.Coverage(site, 0, 1600*minute, 20_000*minute, true)); got[1] != "60-1500 partial imported" {
		t.Errorf("%q", got)
	}
}

func TestNothingIsKnownBehindWhereALogWasCut(t *testing.T) {
	l := ledger.New()
	enter(l, cutAt(entries("", []holdfast.Millis{0, 50 * minute, 100 * minute, 150 * minute, 200 * minute, 250 * minute}, nil), 30*minute, 90*minute)...)
	site := siteAdded(t, 10_000*minute)
	tells(l, "", 95, 96)
	want := []string{"0-30 before", "30-90 complete imported", "90-95 before", "95-96 complete imported", "96-300 before"}
	for _, l := range []*ledger.Ledger{l, ledger.FromCheckpoint(l.Checkpoint())} {
		if diff := cmp.Diff(want, words(l.Coverage(site, 0, 300*minute, 20_000*minute, true))); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTheWitnessOfAnImportIsWhoWasFirst(t *testing.T) {
	l := ledger.New()
	tells(l, "alice", 60, 120)
	tells(l, "bob", 60, 180)
	site := siteAdded(t, 1000*minute)
	var got []string
	for _, iv := range l.Coverage(site, 0, 200*minute, 2000*minute, true) {
		got = append(got, iv.Witness)
	}
	want := []string{"site added 1970-01-01 17:40 CET", "access log, imported 1970-01-04 by alice", "access log, imported 1970-01-04 by bob", "site added 1970-01-01 17:40 CET"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRecordsBeginWithTheFirstImportedMoment(t *testing.T) {
	l := ledger.New()
	site := siteAdded(t, 600*minute)
	if since, how := l.Since(site); since != site.Created || how != holdfast.Collected {
		t.Errorf("without an import they begin %v, %s", since, how)
	}
	if _, ok := l.Imported(site); ok {
		t.Error("something was imported")
	}
	tells(l, "", 700, 800)
	if since, how := l.Since(site); since != site.Created || how != holdfast.Collected {
		t.Errorf("with an import of later they begin %v, %s", since, how)
	}
	tells(l, "", 70, 80)
	if since, how := l.Since(site); since != 70*minute || how != holdfast.Imported {
		t.Errorf("with an import of earlier they begin %v, %s", since, how)
	}
	want := holdfast.ImportedTime{Site: "shop.example", Source: "access log", Stretch: holdfast.Stretch{From: 70 * minute, To: 800 * minute}}
	if got, ok := l.Imported(site); !ok || got != want {
		t.Errorf("imported is %+v", got)
	}
}

// lines draws when a log has lines.
func lines(t *rapid.T, name string, most int) []holdfast.Millis {
	var all []holdfast.Millis
	at := holdfast.Millis(rapid.Int64Range(0, 3000).Draw(t, name+" begins")) * minute
	for range rapid.IntRange(1, most).Draw(t, name+" lines") {
		all = append(all, at)
		at += holdfast.Millis(rapid.SampledFrom([]int64{1, 20, 59, 60, 61, 119, 120, 300, 2000}).Draw(t, name+" pause"))*minute + holdfast.Millis(rapid.Int64Range(-1, 1).Draw(t, name+" nearly"))
	}
	return all
}

// stretchesOf is when a log with these lines was written.
func stretchesOf(lines []holdfast.Millis) (list []holdfast.Stretch) {
	for _, at := range lines {
		if n := len(list); n > 0 && at < list[n-1].To+hour {
			list[n-1].To = at + 1
			continue
		}
		list = append(list, holdfast.Stretch{From: at, To: at + 1})
	}
	return list
}

// cutAt leaves of entries what is from from to to.
func cutAt(list []record.Imported, from, to holdfast.Millis) (parts []record.Imported) {
	for _, im := range list {
		part := record.Imported{Site: im.Site, Source: im.Source, By: im.By}
		for _, s := range im.Written {
			if s.From, s.To = max(s.From, from), min(s.To, to); s.From < s.To {
				part.Written = append(part.Written, s)
			}
		}
		if n := len(part.Written); n > 0 {
			part.Told = []holdfast.Stretch{{From: part.Written[0].From, To: part.Written[n-1].To}}
			if im.Told[0].From < from {
				part.Cut = append(part.Cut, from)
			}
			if im.Told[0].To > to {
				part.Cut = append(part.Cut, to)
			}
			parts = append(parts, part)
		}
	}
	return parts
}

// entries returns what importing a log enters: a part after each of these
// numbers of lines, each touching the one before.
func entries(by string, lines []holdfast.Millis, cuts []int) (list []record.Imported) {
	all, last := stretchesOf(lines), 0
	for _, cut := range append(slices.Sorted(slices.Values(cuts)), len(lines)) {
		if cut == 0 {
			continue
		}
		im := record.Imported{Site: 1, Source: "access log", By: by}
		from, to := lines[last], lines[cut-1]+1
		for _, s := range all {
			if s.From, s.To = max(s.From, from), min(s.To, to); s.From < s.To {
				im.Written = append(im.Written, s)
			}
		}
		im.Told = []holdfast.Stretch{{From: im.Written[0].From, To: im.Written[len(im.Written)-1].To}}
		list, last = append(list, im), cut-1
	}
	return list
}

func enter(l *ledger.Ledger, list ...record.Imported) {
	for i := range list {
		l.ApplyEntry(&record.LedgerEntry{Imported: list[i : i+1]})
	}
}

// Whatever the order of imports, however often one is repeated and wherever it
// is interrupted before it is done in the end, the same is covered. What each
// hour is follows from its lines alone.
func TestCoverageOfImportsIsThatOfTheirLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		site := siteAdded(t, holdfast.Millis(rapid.Int64Range(0, 6000).Draw(t, "added"))*minute)
		const now, end = 20_000 * minute, 20_000 * minute
		life := func(l *ledger.Ledger) *ledger.Ledger {
			for _, from := range []holdfast.Millis{4000, 4300, 7000} {
				beat(l, record.Started, from*minute)
				for at := from * minute; at < (from+200)*minute; at += 20 * second {
					beat(l, record.Alive, at)
				}
				beat(l, record.Stopped, (from+200)*minute)
			}
			return l
		}
		logs := make([][]holdfast.Millis, rapid.IntRange(1, 3).Draw(t, "logs"))
		for i := range logs {
			logs[i] = lines(t, fmt.Sprint("log ", i), 20)
		}
		coverage := func(l *ledger.Ledger) []string { return words(l.Coverage(site, 0, end, now, false)) }

		want := life(ledger.New())
		for i, log := range logs {
			enter(want, entries(fmt.Sprint(i), log, nil)...)
		}
		got := life(ledger.New())
		for range rapid.IntRange(0, 6).Draw(t, "tries") {
			i := rapid.IntRange(0, len(logs)-1).Draw(t, "log")
			cuts := rapid.SliceOfN(rapid.IntRange(0, len(logs[i])), 0, 4).Draw(t, "batches")
			parts := entries(fmt.Sprint(i), logs[i], cuts)
			if rapid.Bool().Draw(t, "a part of it only") {
				from := holdfast.Millis(rapid.Int64Range(0, 4000).Draw(t, "from"))
				parts = cutAt(parts, from*minute, (from+holdfast.Millis(rapid.Int64Range(1, 4000).Draw(t, "length")))*minute)
			}
			enter(got, parts[:rapid.IntRange(0, len(parts)).Draw(t, "durable")]...)
			if rapid.Bool().Draw(t, "opened again") {
				got = ledger.FromCheckpoint(got.Checkpoint())
			}
		}
		for _, i := range rapid.Permutation(seq(len(logs))).Draw(t, "order") {
			enter(got, entries(fmt.Sprint(i), logs[i], nil)...)
		}
		if diff := cmp.Diff(coverage(want), coverage(got)); diff != "" {
			t.Fatalf("%s\nof the lines %v", diff, logs)
		}
		for i, log := range logs {
			for _, im := range entries(fmt.Sprint(i), log, nil) {
				if !got.Tells(&im) {
					t.Fatalf("it does not know %+v", im)
				}
			}
			enter(got, entries("again", log, nil)...)
		}
		if diff := cmp.Diff(coverage(want), coverage(got)); diff != "" {
			t.Fatalf("done again it adds %s", diff)
		}

		// The same, hour by hour: an hour before the records in which some log has
		// a line is not partial, and one with none is not complete.
		for _, iv := range got.Coverage(site, 0, end, now, false) {
			for at := (iv.From + hour - 1) / hour * hour; at+hour <= iv.To && iv.Origin == holdfast.Imported; at += hour {
				has := slices.ContainsFunc(slices.Concat(logs...), func(line holdfast.Millis) bool { return at <= line && line < at+hour })
				if has != (iv.State == holdfast.Complete) {
					t.Fatalf("the hour from minute %d is %s", at/minute, iv.State)
				}
			}
		}
		whole := holdfast.Coverage{Intervals: got.Coverage(site, 0, end, now, false)}
		a := holdfast.Millis(rapid.Int64Range(0, int64(end-1)).Draw(t, "from"))
		b := holdfast.Millis(rapid.Int64Range(int64(a+1), int64(end)).Draw(t, "to"))
		if diff := cmp.Diff(words(whole.Within(a, b).Intervals), words(got.Coverage(site, a, b, now, false))); diff != "" {
			t.Fatalf("from %d to %d: %s", a, b, diff)
		}
	})
}

func seq(n int) (list []int) {
	for i := range n {
		list = append(list, i)
	}
	return list
}

// A site that somebody imports the log of every day for ten years, and which
// nobody visits at night.
func TestCoverageIsQuickHoweverMuchWasImported(t *testing.T) {
	const days = 3650
	l := ledger.New()
	for day := range int64(days) {
		im := logOf("", day*1440+400, day*1440+700, day*1440+800, day*1440+1300)
		im.On = holdfast.Day(day)
		enter(l, im)
	}
	site := siteAdded(t, days*24*hour)
	began := time.Now()
	for range 100 {
		l.Coverage(site, (days-1)*24*hour, days*24*hour, days*24*hour, true)
	}
	if n := len(l.Coverage(site, 0, days*24*hour, days*24*hour, true)); n < 2*days {
		t.Errorf("it has %d intervals", n)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}
