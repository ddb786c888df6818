package hot

import (
	"cmp"
	"maps"
	"slices"
	"sort"

	"holdfast"
	"holdfast/keep/rows"
	"holdfast/keep/visit"
)

// Snapshot is a table as it was at one moment.
type Snapshot struct {
	table   *Table
	n       int
	dicts   [rows.NumText]rows.Dict
	codes   [rows.NumText]rows.Codes
	numbers [rows.NumNumber]ints
}

var _ rows.Table = (*Snapshot)(nil)
var _ rows.Gatherer = (*Snapshot)(nil)

// Len returns the number of rows.
func (s *Snapshot) Len() int { return s.n }

// Dict returns the values of a text column by code.
func (s *Snapshot) Dict(c rows.Text) (rows.Dict, error) { return s.dicts[c], nil }

// Codes returns the table's own memory.
func (s *Snapshot) Codes(c rows.Text, lo, hi int, into *rows.Codes) error {
	*into = s.codes[c].Slice(lo, hi)
	return nil
}

// Ints reads rows lo to hi of a number column.
func (s *Snapshot) Ints(c rows.Number, lo, hi int, into []int64) ([]int64, error) {
	return s.numbers[c].read(lo, hi, into), nil
}

// GatherInts reads the given rows of a number column.
func (s *Snapshot) GatherInts(c rows.Number, sel []uint32, into []int64) ([]int64, error) {
	return s.numbers[c].gather(sel, into), nil
}

// PropKeys returns the keys that any row has, ascending.
func (s *Snapshot) PropKeys() ([]string, error) {
	s.table.mu.RLock()
	defer s.table.mu.RUnlock()
	var keys []string
	for key, col := range s.table.props {
		if int(col.values[0].Row) < s.n {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// Props reads the values of a property in rows lo to hi.
func (s *Snapshot) Props(key string, lo, hi int, into []rows.PropValue) ([]rows.PropValue, error) {
	s.table.mu.RLock()
	var all []rows.PropValue
	if col := s.table.props[key]; col != nil {
		all = col.values
	}
	s.table.mu.RUnlock()
	from, _ := slices.BinarySearchFunc(all, int32(lo), compareRow)
	to, _ := slices.BinarySearchFunc(all, int32(hi), compareRow)
	into = append(into[:0], all[from:to]...)
	for i := range into {
		into[i].Row -= int32(lo)
	}
	return into, nil
}

func compareRow(v rows.PropValue, row int32) int { return cmp.Compare(v.Row, row) }

// A DayRun is a Run and the day it belongs to.
type DayRun struct {
	Site holdfast.SiteID
	Day  holdfast.Day
	rows.Run
}

// Days returns the rows of a site from day first to day last, by day.
func (s *Snapshot) Days(site holdfast.SiteID, first, last holdfast.Day) []DayRun {
	s.table.mu.RLock()
	defer s.table.mu.RUnlock()
	var runs []DayRun
	for key, d := range s.table.days {
		if key.site == site && key.day >= first && key.day <= last {
			if sel := s.within(d.rows); len(sel) > 0 {
				runs = append(runs, DayRun{site, key.day, rows.Run{
					Rows: []rows.Rows{{Table: s, Select: sel}},
					Min:  d.min, Max: d.max, Sorted: d.sorted,
				}})
			}
		}
	}
	slices.SortFunc(runs, func(a, b DayRun) int { return cmp.Compare(a.Day, b.Day) })
	return runs
}

// within returns the part of rows that is in the snapshot.
func (s *Snapshot) within(all []uint32) []uint32 {
	n := sort.Search(len(all), func(i int) bool { return int(all[i]) >= s.n })
	return all[:n:n]
}

// Sorted are the rows of one site day, by time and, within a moment, in the
// canonical order.
type Sorted struct {
	Site holdfast.SiteID
	Day  holdfast.Day
	Rows []uint32
}

// Sorted returns all rows, by day, then site.
func (s *Snapshot) Sorted() ([]Sorted, error) {
	s.table.mu.RLock()
	keys := slices.Collect(maps.Keys(s.table.days))
	all := make([]Sorted, 0, len(keys))
	for _, key := range keys {
		if sel := s.within(s.table.days[key].rows); len(sel) > 0 {
			all = append(all, Sorted{key.site, key.day, slices.Clone(sel)})
		}
	}
	s.table.mu.RUnlock()
	slices.SortFunc(all, func(a, b Sorted) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Site, b.Site)) })

	times := s.numbers[rows.Time].read(0, s.n, nil)
	c := visit.NewComparer()
	for i := range all {
		slices.SortFunc(all[i].Rows, func(a, b uint32) int {
			if times[a] != times[b] {
				return cmp.Compare(times[a], times[b])
			}
			return c.Compare(s, int(a), s, int(b))
		})
	}
	return all, c.Err
}

// CountFlags counts rows by site and flag.
func (s *Snapshot) CountFlags(count func(site holdfast.SiteID, flag holdfast.Flag, n int64)) {
	sites := s.numbers[rows.Site].read(0, s.n, nil)
	for i, site := range sites {
		count(holdfast.SiteID(site), holdfast.Flag(s.dicts[rows.Flag][s.codes[rows.Flag].At(i)]), 1)
	}
}
