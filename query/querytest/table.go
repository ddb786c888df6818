// Package querytest keeps events in memory in all the forms that questions
// must be answered from alike, for tests and benchmarks of package query.
//
// It promises to be plain, not quick: it makes columns of events as they are
// given, and does nothing else.
package querytest

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"holdfast"
	"holdfast/keep/rows"
	"holdfast/keep/visit"
)

// Table is events as rows.
type Table struct {
	events  []holdfast.Event
	n       int
	dicts   [rows.NumText]rows.Dict
	codes   [rows.NumText]rows.Codes
	numbers [rows.NumNumber][]int64
	props   map[string][]rows.PropValue
	keys    []string
	// lends makes the table return its own memory, not copies: both are
	// allowed.
	lends bool
}

var _ rows.Table = (*Table)(nil)

// NewTable returns events as rows, in this order.
func NewTable(events []holdfast.Event, lends bool) *Table {
	t := &Table{events: events, n: len(events), props: make(map[string][]rows.PropValue), lends: lends}
	var known [rows.NumText]map[string]uint32
	for i := range events {
		e := &events[i]
		for c, s := range rows.TextsOf(e) {
			if known[c] == nil {
				known[c] = make(map[string]uint32)
			}
			code, ok := known[c][s]
			if !ok {
				code = uint32(len(t.dicts[c]))
				known[c][s] = code
				t.dicts[c] = append(t.dicts[c], s)
			}
			t.codes[c].Append(code)
		}
		for c, n := range rows.NumbersOf(e) {
			t.numbers[c] = append(t.numbers[c], n)
		}
		for _, p := range e.Props {
			if t.props[p.Key] == nil {
				t.keys = append(t.keys, p.Key)
			}
			t.props[p.Key] = append(t.props[p.Key], rows.PropValue{
				Row: int32(i), Kind: p.Kind, Bool: p.Bool, Int: p.Int, Float: p.Float, Str: p.Str,
			})
		}
	}
	slices.Sort(t.keys)
	return t
}

// Len returns the number of rows.
func (t *Table) Len() int { return t.n }

// Dict returns the values of a text column by code.
func (t *Table) Dict(c rows.Text) (rows.Dict, error) { return t.dicts[c], nil }

// Codes reads the codes of rows lo to hi of a text column.
func (t *Table) Codes(c rows.Text, lo, hi int, into *rows.Codes) error {
	part := t.codes[c].Slice(lo, hi)
	if t.lends {
		*into = part
		return nil
	}
	into.Resize(hi-lo, len(t.dicts[c]))
	copy(into.U8, part.U8)
	copy(into.U16, part.U16)
	copy(into.U32, part.U32)
	return nil
}

// Ints reads rows lo to hi of a number column.
func (t *Table) Ints(c rows.Number, lo, hi int, into []int64) ([]int64, error) {
	if t.lends {
		return t.numbers[c][lo:hi], nil
	}
	return append(into[:0], t.numbers[c][lo:hi]...), nil
}

// PropKeys returns the keys that any row has.
func (t *Table) PropKeys() ([]string, error) { return t.keys, nil }

// Props reads the values of a property in rows lo to hi.
func (t *Table) Props(key string, lo, hi int, into []rows.PropValue) ([]rows.PropValue, error) {
	all := t.props[key]
	at := func(row int) int {
		i, _ := slices.BinarySearchFunc(all, int32(row), func(v rows.PropValue, row int32) int { return cmp.Compare(v.Row, row) })
		return i
	}
	if part := all[at(lo):at(hi)]; t.lends && lo == 0 {
		return part, nil
	}
	into = append(into[:0], all[at(lo):at(hi)]...)
	for i := range into {
		into[i].Row -= int32(lo)
	}
	return into, nil
}

// Sorted returns events by time and, within a moment, in the canonical order.
func Sorted(events []holdfast.Event) []holdfast.Event {
	t := NewTable(events, true)
	c := visit.NewComparer()
	order := make([]int, len(events))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(events[a].Time, events[b].Time), c.Compare(t, a, t, b))
	})
	sorted := make([]holdfast.Event, len(events))
	for i, at := range order {
		sorted[i] = events[at]
	}
	return sorted
}

// fold sets the visits of rows that are sorted.
func (t *Table) fold(events []holdfast.Event) {
	var in []visit.Event
	for i := range events {
		if events[i].Flag == holdfast.Counted {
			in = append(in, visit.EventOf(&events[i], uint64(i)))
		}
	}
	no, ends := visit.Fold(in)
	for i, e := range in {
		t.numbers[rows.VisitNo][e.Ref], t.numbers[rows.VisitEnds][e.Ref] = int64(no[i]), int64(ends[i])
	}
}

// shuffled returns events in any order.
func shuffled(events []holdfast.Event, r *rand.Rand) []holdfast.Event {
	events = slices.Clone(events)
	r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	return events
}

// EventsOf returns the events that days of this package hold, in any order.
func EventsOf(days []rows.SiteDay) []holdfast.Event {
	var events []holdfast.Event
	for _, d := range days {
		for _, run := range d.Runs {
			for _, part := range run.Rows {
				t := part.Table.(*Table)
				for i := range part.Len() {
					at := part.Lo + i
					if part.Select != nil {
						at = int(part.Select[i])
					}
					events = append(events, t.events[at])
				}
			}
		}
	}
	return events
}
