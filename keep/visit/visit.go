// Package visit folds the events of a site day into visits, and puts events of
// the same moment in an order.
//
// A visit is a pure function of the set of a day's events: neither the order
// in which they arrived nor the files they lie in makes a difference. It
// promises nothing about flagged events; the caller leaves them out.
package visit

import (
	"cmp"
	"slices"
	"time"

	"holdfast"
	"holdfast/keep/rows"
)

// Pause is how long a visitor does nothing before the visit has ended: an
// event this much later begins another. Thirty minutes is what the field's
// tools agree on.
const Pause = 30 * time.Minute

// Event is what of an event matters to its visit.
type Event struct {
	Time     int64
	Visitor  int64 // 0: nobody
	Declared int64 // the visit's declared id, or 0
	View     bool  // a page view
	Acted    bool  // a custom event that is something the visitor did
	Ref      uint64
}

// EventOf returns what matters to its visit of an event.
func EventOf(e *holdfast.Event, ref uint64) Event {
	return Event{
		Time: int64(e.Time), Visitor: int64(e.Visitor), Declared: int64(e.Visit), Ref: ref,
		View:  e.Name == holdfast.Pageview,
		Acted: e.Interactive && e.Name != holdfast.Pageview && e.Name != holdfast.Engagement,
	}
}

// open is the visit a visitor, or a declared id, is in.
type open struct {
	no          int32
	last        int64 // time of its latest event
	first       int   // its first event
	entry, exit int   // its first and last page view; -1: none yet
	latest      int   // its last event
}

// Fold numbers the visits of one site day's counted events from 1, in order of
// their first events, and says which events are a visit's entry and exit
// (rows.IsEntry, rows.IsExit). Events in no visit have number 0.
//
// events must ascend by Time, and those of one moment by Compare, of the rows
// they stand for: Sort sees to it.
func Fold(events []Event) (no []int32, ends []uint8) {
	f := folder{
		events: events, no: make([]int32, len(events)), ends: make([]uint8, len(events)),
		byVisitor: make(map[int64]*open), byID: make(map[int64]*open),
	}
	for i := range events {
		f.add(i)
	}
	for _, v := range f.byVisitor {
		f.close(v)
	}
	for _, v := range f.byID {
		f.close(v)
	}
	return f.no, f.ends
}

type folder struct {
	events    []Event
	no        []int32
	ends      []uint8
	byVisitor map[int64]*open
	byID      map[int64]*open // declared visits last as long as their day
	visits    int32
}

func (f *folder) add(i int) {
	e := &f.events[i]
	in, key, pause := f.byVisitor, e.Visitor, Pause.Milliseconds()
	if e.Declared != 0 {
		in, key, pause = f.byID, e.Declared, int64(1)<<62
	}
	if key == 0 {
		return
	}
	v := in[key]
	switch {
	case v == nil:
		v = &open{}
		in[key] = v
		f.begin(v, i)
	case e.Time-v.last >= pause:
		f.close(v)
		f.begin(v, i)
	}
	f.no[i] = v.no
	v.last, v.latest = e.Time, i
	if e.View {
		if v.entry < 0 {
			v.entry = i
		}
		v.exit = i
	}
}

func (f *folder) begin(v *open, i int) {
	f.visits++
	*v = open{no: f.visits, first: i, entry: -1, exit: -1}
}

func (f *folder) close(v *open) {
	entry, exit := v.entry, v.exit
	if entry < 0 {
		entry, exit = v.first, v.latest
	}
	f.ends[entry] |= rows.IsEntry
	f.ends[exit] |= rows.IsExit
}

// Sort puts events in the order Fold wants. compare tells the rows of two Refs
// apart, as Compare does, and is called for events of one moment only.
func Sort(events []Event, compare func(a, b uint64) int) {
	byTime := func(a, b Event) int {
		if a.Time != b.Time {
			return cmp.Compare(a.Time, b.Time)
		}
		return compare(a.Ref, b.Ref)
	}
	if !slices.IsSortedFunc(events, byTime) {
		slices.SortFunc(events, byTime)
	}
}
