package querytest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"holdfast"
	"holdfast/keep/rows"
	"holdfast/query"
)

// Store is sites and their days, in memory.
type Store struct {
	Sites []*holdfast.Site
	Days  []rows.SiteDay // by site and day
	Now   holdfast.Millis
	// Gaps are what is not completely covered. All else that has passed is.
	Gaps []holdfast.Interval
}

var _ query.Store = (*Store)(nil)

// View returns the store itself: it never changes.
func (s *Store) View() (query.View, error) { return view{s}, nil }

type view struct{ s *Store }

func (v view) Site(name string) (*holdfast.Site, bool) {
	i := slices.IndexFunc(v.s.Sites, func(s *holdfast.Site) bool { return s.Name == name })
	if i < 0 {
		return nil, false
	}
	return v.s.Sites[i], true
}

func (v view) Days(site holdfast.SiteID, from, to holdfast.Millis) ([]rows.SiteDay, error) {
	var days []rows.SiteDay
	for _, d := range v.s.Days {
		if d.Site == site && slices.ContainsFunc(d.Runs, func(r rows.Run) bool { return r.Min < to && r.Max >= from }) {
			days = append(days, d)
		}
	}
	return days, nil
}

func (v view) Coverage(_ *holdfast.Site, from, to holdfast.Millis) []holdfast.Interval {
	var all []holdfast.Interval
	at := from
	until := func(end holdfast.Millis, state holdfast.State) {
		if end = min(end, to); at < end {
			all = append(all, holdfast.Interval{From: at, To: end, State: state, Origin: holdfast.Collected})
			at = end
		}
	}
	for _, g := range v.s.Gaps {
		until(min(g.From, v.s.Now), holdfast.Complete)
		if g.From <= at {
			until(g.To, g.State)
		}
	}
	until(v.s.Now, holdfast.Complete)
	until(to, holdfast.Future)
	return all
}

func (v view) AsOf() holdfast.AsOf { return holdfast.AsOf{Time: v.s.Now, Seq: 1} }

func (v view) Close() {}

// One returns the site days of events, each as one sorted and folded run.
func One(events []holdfast.Event) []rows.SiteDay {
	return name(days(events, func(_ key, of []holdfast.Event) []rows.Run { return []rows.Run{sealed(of, false, 0)} }))
}

// Split returns the site days of events, cut into runs of all forms.
func Split(events []holdfast.Event, r *rand.Rand) []rows.SiteDay {
	// Some events of all days are in one table, in the order they came, and
	// their days are selections of it.
	var mixed, rest []holdfast.Event
	for _, e := range shuffled(events, r) {
		if r.IntN(3) == 0 {
			mixed = append(mixed, e)
		} else {
			rest = append(rest, e)
		}
	}
	if r.IntN(2) == 0 {
		mixed, rest = nil, events
	}
	all := days(rest, func(_ key, of []holdfast.Event) []rows.Run { return cut(of, r) })
	return join(name(all), selections(mixed, r.IntN(2) == 0))
}

type key struct {
	site holdfast.SiteID
	day  holdfast.Day
}

func days(events []holdfast.Event, runs func(key, []holdfast.Event) []rows.Run) []rows.SiteDay {
	byDay := make(map[key][]holdfast.Event)
	for _, e := range events {
		k := key{e.Site, e.Day}
		byDay[k] = append(byDay[k], e)
	}
	var all []rows.SiteDay
	for k, of := range byDay {
		all = append(all, rows.SiteDay{Site: k.site, Day: k.day, Runs: runs(k, of)})
	}
	return sortDays(all)
}

func sortDays(all []rows.SiteDay) []rows.SiteDay {
	slices.SortFunc(all, func(a, b rows.SiteDay) int {
		return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Day, b.Day))
	})
	return all
}

// name gives sealed rows their keys, which are good within one store.
func name(days []rows.SiteDay) []rows.SiteDay {
	for _, d := range days {
		for i, run := range d.Runs {
			for j := range run.Rows {
				if run.Folded {
					run.Rows[j].Key = fmt.Sprintf("%d %s %d %d", d.Site, d.Day, i, j)
				}
			}
		}
	}
	return days
}

// join puts days together that are in both.
func join(a, b []rows.SiteDay) []rows.SiteDay {
	for _, d := range b {
		i := slices.IndexFunc(a, func(o rows.SiteDay) bool { return o.Site == d.Site && o.Day == d.Day })
		if i < 0 {
			a = append(a, d)
		} else {
			a[i].Runs = append(a[i].Runs, d.Runs...)
		}
	}
	return sortDays(a)
}

// cut makes runs of the events of one day.
func cut(of []holdfast.Event, r *rand.Rand) []rows.Run {
	var runs []rows.Run
	of = shuffled(of, r)
	for len(of) > 0 {
		n := len(of)
		if r.IntN(2) == 0 {
			n = 1 + r.IntN(len(of))
		}
		if r.IntN(3) == 0 {
			runs = append(runs, unsorted(of[:n], r.IntN(2) == 0))
		} else {
			runs = append(runs, sealed(of[:n], r.IntN(2) == 0, r.IntN(4)))
		}
		of = of[n:]
	}
	return runs
}

// sealed makes a sorted and folded run with tallies, of one table or several.
func sealed(of []holdfast.Event, lends bool, cuts int) rows.Run {
	of = Sorted(of)
	whole := NewTable(of, lends)
	whole.fold(of)
	run := rows.Run{Min: of[0].Time, Max: of[len(of)-1].Time, Sorted: true, Folded: true}
	size := len(of)/(cuts+1) + 1
	for lo := 0; lo < len(of); lo += size {
		hi := min(lo+size, len(of))
		if cuts == 0 {
			run.Rows = append(run.Rows, rows.Rows{Table: whole, Lo: lo, Hi: hi})
			continue
		}
		// With rows of others before and after.
		pad := of[:min(3, len(of))]
		t := NewTable(slices.Concat(pad, of[lo:hi], pad), lends)
		for c := range t.numbers {
			copy(t.numbers[c][len(pad):], whole.numbers[c][lo:hi])
		}
		run.Rows = append(run.Rows, rows.Rows{Table: t, Lo: len(pad), Hi: len(pad) + hi - lo})
	}
	return run
}

// WithTallies counts the hours of all sorted runs.
func WithTallies(days []rows.SiteDay, site *holdfast.Site) { WithTalliesOf(days, site, 0) }

// WithTalliesOf counts them as they were by rules by which days began so much
// later.
func WithTalliesOf(days []rows.SiteDay, site *holdfast.Site, later holdfast.Millis) {
	for i := range days {
		begins, _ := site.Bounds(days[i].Day)
		for j := range days[i].Runs {
			if run := &days[i].Runs[j]; run.Sorted {
				run.Begins = begins + later
				run.Tallies = tally(run)
			}
		}
	}
}

func tally(run *rows.Run) []rows.Tally {
	tallies := []rows.Tally{}
	for _, part := range run.Rows {
		t := part.Table.(*Table)
		for row := range part.Len() {
			at := part.Lo + row
			if part.Select != nil {
				at = int(part.Select[row])
			}
			hour := uint8(max(0, (holdfast.Millis(t.numbers[rows.Time][at])-run.Begins)/3600_000))
			flag := holdfast.Flag(t.dicts[rows.Flag][t.codes[rows.Flag].At(at)])
			i := slices.IndexFunc(tallies, func(o rows.Tally) bool { return o.Hour == hour && o.Flag == flag })
			if i < 0 {
				i = len(tallies)
				tallies = append(tallies, rows.Tally{Hour: hour, Flag: flag})
			}
			tallies[i].Events++
			if t.dicts[rows.Name][t.codes[rows.Name].At(at)] == holdfast.Pageview {
				tallies[i].Views++
			}
		}
	}
	return tallies
}

// unsorted makes a run that nobody sorted, folded or counted.
func unsorted(of []holdfast.Event, lends bool) rows.Run {
	run := rows.Run{Rows: []rows.Rows{{Table: NewTable(of, lends), Hi: len(of)}}, Min: of[0].Time, Max: of[0].Time}
	for _, e := range of {
		run.Min, run.Max = min(run.Min, e.Time), max(run.Max, e.Time)
	}
	return run
}

// selections makes one table of events and a selection of it for each day.
func selections(events []holdfast.Event, lends bool) []rows.SiteDay {
	t := NewTable(events, lends)
	at := make(map[key][]uint32)
	for i, e := range events {
		k := key{e.Site, e.Day}
		at[k] = append(at[k], uint32(i))
	}
	return days(events, func(k key, of []holdfast.Event) []rows.Run {
		run := unsorted(of, false)
		run.Rows = []rows.Rows{{Table: t, Select: at[k]}}
		return []rows.Run{run}
	})
}
