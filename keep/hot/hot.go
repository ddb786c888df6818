// Package hot holds the rows that are in the log and not yet in a file, as
// columns of dictionary codes, so that they can be asked about at once.
//
// One goroutine appends; any number read Snapshots meanwhile, without locks: a
// snapshot shares the columns' memory up to its length, which is never written
// again. A table loses nothing that matters with the process: the log has it.
package hot

import (
	"slices"
	"strings"
	"sync"

	"holdfast"
	"holdfast/keep/rows"
)

// Table is the rows accepted since the last cut.
type Table struct {
	mu     sync.RWMutex // guards all below; held for writing by Append alone
	n      int
	text   [rows.NumText]textColumn
	number [rows.NumNumber]ints
	props  map[string]*propColumn
	days   map[siteDay]*dayRows
	bytes  int64
}

type siteDay struct {
	site holdfast.SiteID
	day  holdfast.Day
}

// dayRows are the rows of one site day.
type dayRows struct {
	rows     []uint32
	min, max holdfast.Millis
	sorted   bool
}

type textColumn struct {
	dict  rows.Dict
	index map[string]uint32
	codes rows.Codes
}

type propColumn struct {
	values []rows.PropValue // ascending by row
}

// New returns an empty table.
func New() *Table {
	t := &Table{props: make(map[string]*propColumn), days: make(map[siteDay]*dayRows)}
	for c := range t.text {
		t.text[c] = textColumn{dict: rows.Dict{""}, index: map[string]uint32{"": 0}, codes: rows.Codes{U8: []uint8{}}}
	}
	return t
}

// Append adds events. It copies what it keeps of their strings.
func (t *Table) Append(events []holdfast.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range events {
		t.add(&events[i])
	}
}

func (t *Table) add(e *holdfast.Event) {
	for c, s := range rows.TextsOf(e) {
		t.bytes += t.text[c].add(s)
	}
	for c, v := range rows.NumbersOf(e) {
		t.number[c].add(v)
	}
	for i := range e.Props {
		t.addProp(&e.Props[i])
	}
	key := siteDay{e.Site, e.Day}
	d := t.days[key]
	if d == nil {
		d = &dayRows{min: e.Time, max: e.Time, sorted: true}
		t.days[key] = d
	}
	d.sorted = d.sorted && e.Time >= d.max
	d.min, d.max = min(d.min, e.Time), max(d.max, e.Time)
	d.rows = append(d.rows, uint32(t.n))
	t.n++
	t.bytes += 80 // a row's codes and numbers, as measured
}

func (c *textColumn) add(s string) (grown int64) {
	code, ok := c.index[s]
	if !ok {
		s = strings.Clone(s)
		code = uint32(len(c.dict))
		c.dict = append(c.dict, s)
		c.index[s] = code
		grown = int64(len(s)) + 80
	}
	c.codes.Append(code)
	return grown
}

func (t *Table) addProp(p *holdfast.Prop) {
	col := t.props[p.Key]
	if col == nil {
		col = &propColumn{}
		t.props[strings.Clone(p.Key)] = col
		t.bytes += int64(len(p.Key)) + 80
	}
	col.values = append(col.values, rows.PropValue{
		Row: int32(t.n), Kind: p.Kind, Bool: p.Bool, Int: p.Int, Float: p.Float, Str: strings.Clone(p.Str),
	})
	t.bytes += int64(len(p.Str)) + 56
}

// Len returns the number of rows.
func (t *Table) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.n
}

// Bytes estimates the memory in use.
func (t *Table) Bytes() int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.bytes
}

// Snapshot returns the rows that are there now.
func (t *Table) Snapshot() *Snapshot {
	t.mu.RLock()
	defer t.mu.RUnlock()
	s := &Snapshot{table: t, n: t.n}
	for c := range t.text {
		s.dicts[c] = slices.Clip(t.text[c].dict)
		s.codes[c] = t.text[c].codes.Slice(0, t.n)
	}
	for c := range t.number {
		s.numbers[c] = t.number[c].slice(t.n)
	}
	return s
}

// Has says whether there are rows of a site day.
func (t *Table) Has(site holdfast.SiteID, day holdfast.Day) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.days[siteDay{site, day}] != nil
}
