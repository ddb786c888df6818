// Package rows is the form in which events are scanned, wherever they lie: as
// columns, text as dictionary codes in narrow integers.
//
// A Table is a set of rows in one place, hot in memory or a row group of a
// sealed file. Rows are those of a table that belong to one site day, a Run
// all of a site day in one place, and a SiteDay all of it in all places.
package rows

import (
	"slices"

	"holdfast"
)

// Table is a set of rows that never changes. All methods may be called by many
// goroutines at once.
//
// What they return may be memory of the table or of into: it is only to be
// read, and only until into is used again.
type Table interface {
	// Len returns the number of rows.
	Len() int
	// Dict returns the values of a text column by code.
	Dict(c Text) (Dict, error)
	// Codes reads the codes of rows lo to hi (exclusive) of a text column.
	Codes(c Text, lo, hi int, into *Codes) error
	// Ints reads rows lo to hi of a number column.
	Ints(c Number, lo, hi int, into []int64) ([]int64, error)
	// PropKeys returns the keys that any row has, ascending.
	PropKeys() ([]string, error)
	// Props reads the values of a property in rows lo to hi, ascending by row,
	// leaving out the rows that do not have it.
	Props(key string, lo, hi int, into []PropValue) ([]PropValue, error)
}

// PropValue is the value of a property in one row.
type PropValue struct {
	Row   int32 // counted from the first row read
	Kind  holdfast.PropKind
	Bool  bool
	Int   int64
	Float float64
	Str   string
}

// Rows are the rows of a table that belong to one site day: a range of it, or,
// where a table is not sorted by site day, a selection.
type Rows struct {
	Table  Table
	Lo, Hi int      // the range, if Select is nil
	Select []uint32 // the selection, ascending
	// Key names the rows for caches: equal keys are equal rows, for ever. It
	// is empty for rows that are still being added to.
	Key string
}

// Len returns the number of rows.
func (r *Rows) Len() int {
	if r.Select != nil {
		return len(r.Select)
	}
	return r.Hi - r.Lo
}

// Dict returns the values of a text column by code.
func (r *Rows) Dict(c Text) (Dict, error) { return r.Table.Dict(c) }

// Codes reads the codes of rows lo to hi, counted within r.
func (r *Rows) Codes(c Text, lo, hi int, into *Codes) error {
	if r.Select == nil {
		return r.Table.Codes(c, r.Lo+lo, r.Lo+hi, into)
	}
	var all Codes
	if err := r.Table.Codes(c, 0, r.Table.Len(), &all); err != nil {
		return err
	}
	into.Gather(&all, r.Select[lo:hi])
	return nil
}

// Ints reads rows lo to hi, counted within r.
func (r *Rows) Ints(c Number, lo, hi int, into []int64) ([]int64, error) {
	if r.Select == nil {
		return r.Table.Ints(c, r.Lo+lo, r.Lo+hi, into)
	}
	if g, ok := r.Table.(Gatherer); ok {
		return g.GatherInts(c, r.Select[lo:hi], into)
	}
	all, err := r.Table.Ints(c, 0, r.Table.Len(), nil)
	if err != nil {
		return nil, err
	}
	return gather(into, all, r.Select[lo:hi]), nil
}

// Props reads the values of a property in rows lo to hi, counted within r.
func (r *Rows) Props(key string, lo, hi int, into []PropValue) ([]PropValue, error) {
	if r.Select == nil {
		return r.Table.Props(key, r.Lo+lo, r.Lo+hi, into)
	}
	all, err := r.Table.Props(key, 0, r.Table.Len(), into)
	if err != nil {
		return nil, err
	}
	// Both are ascending: keep what is selected, under its new number.
	kept, sel := all[:0:0], r.Select[lo:hi]
	for i := range all {
		at, ok := slices.BinarySearch(sel, uint32(all[i].Row))
		if ok {
			v := all[i]
			v.Row = int32(at)
			kept = append(kept, v)
		}
	}
	return kept, nil
}

// Tally counts the events of one hour of a site day that have one flag.
type Tally struct {
	Hour   uint8 // since Run.Begins; the first and the last have what is beyond, too
	Flag   holdfast.Flag
	Views  int64 // page views
	Events int64 // all events, page views included
}

// Run is all of a site day that lies in one place.
type Run struct {
	Rows     []Rows // ascending in time where Sorted
	Min, Max holdfast.Millis
	Sorted   bool // by time, throughout
	// Folded says that VisitNo and VisitEnds are set, as seen from this run
	// alone: they hold for the site day if it has no other run.
	Folded  bool
	Tallies []Tally // by hour and flag; nil if nobody counted
	// Begins is when the site day began, by the rules its zone had when the
	// hours were counted: the world changes them, for past days too.
	Begins holdfast.Millis
}

// Len returns the number of rows.
func (r *Run) Len() int {
	n := 0
	for i := range r.Rows {
		n += r.Rows[i].Len()
	}
	return n
}

// SiteDay is all that is kept of a day of a site.
type SiteDay struct {
	Site holdfast.SiteID
	Day  holdfast.Day
	Runs []Run
}

// Folded says that the visits of the day can be read from its rows.
func (d *SiteDay) Folded() bool { return len(d.Runs) == 1 && d.Runs[0].Folded }

// Prop returns the value as the property with this key.
func (v *PropValue) Prop(key string) holdfast.Prop {
	return holdfast.Prop{Key: key, Kind: v.Kind, Str: v.Str, Int: v.Int, Float: v.Float, Bool: v.Bool}
}
