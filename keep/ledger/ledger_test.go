package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast"
	"holdfast/keep/ledger"
	"holdfast/keep/record"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const second, minute = holdfast.Millis(1000), holdfast.Millis(60_000)

func beat(l *ledger.Ledger, kind record.BeatKind, at holdfast.Millis, tallies ...record.Tally) {
	l.ApplyBeat(&record.Beat{Clock: at, Kind: kind, Tallies: tallies})
}

// siteAdded returns a site that was added at a moment.
func siteAdded(tb interface {
	Helper()
	Fatal(...any)
}, at holdfast.Millis) *holdfast.Site {
	tb.Helper()
	site, err := holdfast.NewSite(1, "shop.example", "Europe/Berlin", at)
	if err != nil {
		tb.Fatal(err)
	}
	return site
}

// alive beats every ten seconds from from to to.
func alive(l *ledger.Ledger, from, to holdfast.Millis) {
	for t := from; t <= to; t += 10 * second {
		beat(l, record.Alive, t)
	}
}

func TestCoverageSaysWhenTheStoreWasAlive(t *testing.T) {
	site := siteAdded(t, 1*minute)
	for _, c := range []struct {
		name string
		life func(l *ledger.Ledger)
		want []string
	}{
		{"nothing is known of a store without records", func(l *ledger.Ledger) {}, []string{
			"before 0-1", "down 1-10", "future 10-20",
		}},
		{"a store that runs is complete until now", func(l *ledger.Ledger) {
			beat(l, record.Started, 2*minute)
			alive(l, 2*minute, 10*minute-5*second)
		}, []string{"before 0-1", "down 1-2", "complete 2-10", "future 10-20"}},
		{"a store that runs and can no longer write its log is down", func(l *ledger.Ledger) {
			beat(l, record.Started, 1*minute)
			alive(l, 1*minute, 3*minute)
		}, []string{"before 0-1", "complete 1-3", "down 3-10", "future 10-20"}},
		{"a silence longer than three beats is down", func(l *ledger.Ledger) {
			beat(l, record.Started, 1*minute)
			alive(l, 1*minute, 3*minute)
			alive(l, 5*minute, 10*minute)
		}, []string{"before 0-1", "complete 1-3", "down 3-5", "complete 5-10", "future 10-20"}},
		{"a restart is down however short it was", func(l *ledger.Ledger) {
			beat(l, record.Started, 1*minute)
			alive(l, 1*minute, 3*minute)
			beat(l, record.Started, 3*minute+6*second)
			alive(l, 4*minute-50*second, 10*minute)
		}, []string{"before 0-1", "complete 1-3", "down 3-3.1", "complete 3.1-10", "future 10-20"}},
		{"events alone do not say that a stopped store was alive", func(l *ledger.Ledger) {
			beat(l, record.Started, 1*minute)
			alive(l, 1*minute, 3*minute)
			beat(l, record.Stopped, 3*minute)
			l.ApplyBatch(3*minute+10*second, &record.Batch{Events: []holdfast.Event{{Site: 1}}})
			beat(l, record.Started, 9*minute)
			alive(l, 9*minute, 10*minute)
		}, []string{"before 0-1", "complete 1-3", "down 3-9", "complete 9-10", "future 10-20"}},
		{"a clock that was ahead for a moment spoils nothing before and after", func(l *ledger.Ledger) {
			beat(l, record.Started, 1*minute)
			alive(l, 1*minute, 3*minute)
			beat(l, record.Alive, 500*minute)
			alive(l, 3*minute+12*second, 10*minute)
		}, []string{"before 0-1", "complete 1-3", "down 3-3.2", "complete 3.2-10", "future 10-20"}},
		{"a clock that was behind for a moment, too", func(l *ledger.Ledger) {
			beat(l, record.Started, 2*minute)
			alive(l, 2*minute, 3*minute)
			beat(l, record.Alive, -500*minute)
			alive(l, 3*minute+12*second, 10*minute)
		}, []string{"before 0-1", "down 1-2", "complete 2-3", "down 3-3.2", "complete 3.2-10", "future 10-20"}},
		{"the time of records that can no longer be read is unreadable", func(l *ledger.Ledger) {
			beat(l, record.Started, 1*minute)
			alive(l, 1*minute, 3*minute)
			alive(l, 5*minute, 10*minute)
			d := record.Damage{From: 2 * minute, To: 5 * minute, First: 8, Last: 12}
			l.ApplyEntry(&record.LedgerEntry{Damage: &d})
			l.ApplyEntry(&record.LedgerEntry{Damage: &d}) // by the next who reads them
		}, []string{"before 0-1", "complete 1-2", "unreadable 2-5", "complete 5-10", "future 10-20"}},
		{"a minute in which good events may have been refused is partial", func(l *ledger.Ledger) {
			beat(l, record.Started, 1*minute)
			alive(l, 1*minute, 10*minute)
			beat(l, record.Alive, 10*minute,
				record.Tally{Site: 1, Reason: holdfast.RefusedRate, Minute: 5, Events: 3},
				record.Tally{Site: 2, Reason: holdfast.RefusedRate, Minute: 6, Events: 3},
				record.Tally{Site: 1, Reason: holdfast.RefusedMalformed, Minute: 7, Events: 3})
		}, []string{"before 0-1", "complete 1-5", "partial 5-6 3", "complete 6-10", "future 10-20"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := ledger.New()
			c.life(l)
			for _, l := range []*ledger.Ledger{l, ledger.FromCheckpoint(l.Checkpoint())} {
				if diff := cmp.Diff(c.want, inMinutes(l.Coverage(site, 0, 20*minute, 10*minute, true))); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// Somebody who sends too much for a month makes a partial minute of each. That
// may not make questions slow: nothing is recorded while the ledger is read.
func TestCoverageIsQuickHoweverManyMinutesAreSpoiled(t *testing.T) {
	const n = 50_000
	site := siteAdded(t, 0)
	l := ledger.New()
	var tallies []record.Tally
	for m := range int64(n) {
		tallies = append(tallies, record.Tally{Site: holdfast.SiteID(m % 4 / 2), Reason: holdfast.RefusedRate, Minute: 2 * m, Events: 1})
	}
	beat(l, record.Started, 0, tallies...)
	alive(l, 0, 2*n*minute)
	for _, l := range []*ledger.Ledger{l, ledger.FromCheckpoint(l.Checkpoint())} {
		begin := time.Now()
		list := l.Coverage(site, 0, 2*n*minute, 2*n*minute, true)
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
		if len(list) != 2*n {
			t.Errorf("%d intervals, not %d", len(list), 2*n)
		}
		if list := inMinutes(l.Coverage(site, n*minute, (n+3)*minute, 2*n*minute, true)); len(list) != 3 || list[0] != fmt.Sprintf("partial %d-%d 1", n, n+1) {
			t.Errorf("from minute %d on: %q", n, list)
		}
	}
}

func inMinutes(intervals []holdfast.Interval) (list []string) {
	for _, iv := range intervals {
		s := fmt.Sprintf("%s %v-%v", iv.State, float64(iv.From)/float64(minute), float64(iv.To)/float64(minute))
		if iv.Events > 0 {
			s += fmt.Sprint(" ", iv.Events)
		}
		list = append(list, s)
	}
	return list
}

func TestCoverageJoinsUpAndAPartIsThePartOfTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := ledger.New()
		now := holdfast.Millis(0)
		for range rapid.IntRange(0, 40).Draw(t, "records") {
			now += holdfast.Millis(rapid.Int64Range(0, 90_000).Draw(t, "pause"))
			kind := record.BeatKind(rapid.IntRange(0, 2).Draw(t, "kind"))
			beat(l, kind, now, record.Tally{Site: 1, Reason: holdfast.RefusedRate, Minute: rapid.Int64Range(0, 60).Draw(t, "minute"), Events: 1})
		}
		site := siteAdded(t, holdfast.Millis(rapid.Int64Range(0, 3600_000).Draw(t, "created")))
		moment := rapid.Int64Range(-600_000, 4_000_000)
		a, b := holdfast.Millis(moment.Draw(t, "from")), holdfast.Millis(moment.Draw(t, "to"))
		from, to := min(a, b), max(a, b)+1
		whole := holdfast.Coverage{Intervals: l.Coverage(site, -700_000, 5_000_000, now, true)}
		got := l.Coverage(site, from, to, now, true)
		at := from
		for _, iv := range got {
			if iv.From != at || iv.To <= iv.From {
				t.Fatalf("intervals do not join up at %d: %+v", at, got)
			}
			at = iv.To
		}
		if at != to {
			t.Fatalf("intervals end at %d, not %d", at, to)
		}
		states := func(list []holdfast.Interval) (s []string) {
			for _, iv := range list {
				s = append(s, fmt.Sprint(iv.State, iv.From, iv.To))
			}
			return s
		}
		if diff := cmp.Diff(states(whole.Within(from, to).Intervals), states(got)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestBooksBalanceAndSurviveACheckpoint(t *testing.T) {
	l := ledger.New()
	l.ApplyBatch(5, &record.Batch{
		Events:  []holdfast.Event{{Site: 1}, {Site: 1, Flag: holdfast.FlagBot}, {Site: 2}},
		Tallies: []record.Tally{{Site: 1, Reason: record.Duplicate, Events: 4}, {Site: 1, Reason: holdfast.RefusedTime, Events: 2}},
	})
	want := holdfast.Account{
		Received: 8, Counted: 1, Flagged: map[holdfast.Flag]int64{holdfast.FlagBot: 1}, Duplicate: 4,
		Refused: map[holdfast.Reason]int64{holdfast.RefusedTime: 2},
	}
	for _, l := range []*ledger.Ledger{l, ledger.FromCheckpoint(l.Checkpoint())} {
		got := l.Account(1)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if d := got.Difference(); d != 0 {
			t.Errorf("the books are off by %d", d)
		}
	}
}

func TestFilesTakeThePlaceOfOthersAllAtOnce(t *testing.T) {
	l := ledger.New()
	l.ApplyEntry(&record.LedgerEntry{Files: &record.Files{Add: []record.File{{Name: "a"}, {Name: "b"}}, SealedTo: 7}})
	l.ApplyEntry(&record.LedgerEntry{Files: &record.Files{Add: []record.File{{Name: "c"}}, Remove: []string{"a", "b"}}})
	var names []string
	for _, f := range l.Files() {
		names = append(names, f.Name)
	}
	if diff := cmp.Diff([]string{"c"}, names); diff != "" || l.SealedTo() != 7 {
		t.Errorf("%s sealed to %d", diff, l.SealedTo())
	}
}
