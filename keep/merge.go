package keep

import (
	"cmp"
	"fmt"
	"slices"

	"holdfast"
	"holdfast/keep/ids"
	"holdfast/keep/record"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
	"holdfast/keep/visit"
)

// A stretch is rows of one site day that lie together in a table, by time.
type stretch struct {
	table int // index of merge.tables
	lo    int
	hi    int
	rows  []uint32 // instead of lo to hi, where the table is not sorted
}

func (s *stretch) len() int {
	if s.rows != nil {
		return len(s.rows)
	}
	return s.hi - s.lo
}

func (s *stretch) row(i int) uint32 {
	if s.rows != nil {
		return s.rows[i]
	}
	return uint32(s.lo + i)
}

func (s *stretch) appendPicks(picks []segment.Pick) []segment.Pick {
	for i := range s.len() {
		picks = append(picks, segment.Pick{Table: uint16(s.table), Row: s.row(i)})
	}
	return picks
}

// A siteDay is all stretches of a site day that go into one file.
type siteDay struct {
	site      holdfast.SiteID
	day       holdfast.Day
	stretches []stretch
	// settle replaces visitors known by a hash by ordinals: the day's salt is
	// dead, and these are all rows of the day.
	settle bool
}

func (d *siteDay) len() int {
	n := 0
	for i := range d.stretches {
		n += d.stretches[i].len()
	}
	return n
}

// A merge writes site days into one file, each with its visits folded.
type merge struct {
	tables []rows.Table
	writer *segment.Writer
	ids    []holdfast.EventID
	read   []*tableColumns // by table; nil: nothing yet

	// The row group being filled.
	picks    []segment.Pick
	fold     segment.Fold
	comparer *visit.Comparer // has read columns of tables: anew for each group
}

// writeFile writes site days, in this order, into a new file of this kind,
// with its file of ids beside it. Both are durable when it returns. Files are
// named by what is in them, so that one with the same rows as another must be
// given another number.
func (s *Store) writeFile(kind segment.Kind, tables []rows.Table, days []siteDay, number uint64) (record.File, error) {
	props, err := topProps(tables, days)
	if err != nil {
		return record.File{}, err
	}
	w, err := segment.Create(s.fs, filesDir, segment.Options{Store: s.stamp.Store, DayStart: s.dayStart, Props: props, Copy: number})
	if err != nil {
		return record.File{}, err
	}
	m := &merge{tables: tables, writer: w, read: make([]*tableColumns, len(tables)), comparer: visit.NewComparer()}
	for i := range days {
		if err := m.add(&days[i]); err != nil {
			w.Abort()
			return record.File{}, fmt.Errorf("site %d, %s: %w", days[i].site, days[i].day, err)
		}
	}
	if err := m.flush(); err != nil {
		w.Abort()
		return record.File{}, err
	}
	f, err := w.Finish(kind)
	if err != nil {
		return record.File{}, err
	}
	if err := ids.WriteFile(s.fs, filesDir, idsOf(f.Name), m.ids); err != nil {
		return record.File{}, err
	}
	return recordFile(f), nil
}

// topProps returns the properties that get columns of their own.
func topProps(tables []rows.Table, days []siteDay) ([]segment.PropColumn, error) {
	var counter segment.PropCounter
	var picks []segment.Pick
	for i := range days {
		for j := range days[i].stretches {
			picks = days[i].stretches[j].appendPicks(picks)
		}
		if len(picks) >= segment.MaxGroupRows || i == len(days)-1 {
			if err := counter.Add(tables, picks); err != nil {
				return nil, err
			}
			picks = picks[:0]
		}
	}
	return counter.Columns(), nil
}

func (s *Store) dayStart(site holdfast.SiteID, day holdfast.Day) holdfast.Millis {
	if st, ok := s.catalog.SiteByID(site); ok {
		from, _ := st.Bounds(day)
		return from
	}
	return holdfast.Millis(day) * 86_400_000
}

// add appends a site day's rows, by time and canonical order.
func (m *merge) add(d *siteDay) error {
	if err := m.readDay(d); err != nil {
		return err
	}
	picks, err := m.order(d)
	if err != nil {
		return err
	}
	visitors, no, ends := m.foldVisits(d, picks)
	m.collectIDs(picks)
	for len(picks) > 0 {
		n := min(len(picks), segment.MaxGroupRows-len(m.picks))
		m.picks = append(m.picks, picks[:n]...)
		m.fold.VisitNo = append(m.fold.VisitNo, no[:n]...)
		m.fold.VisitEnds = append(m.fold.VisitEnds, ends[:n]...)
		m.fold.Visitor = append(m.fold.Visitor, visitors[:n]...)
		picks, no, ends, visitors = picks[n:], no[n:], ends[n:], visitors[n:]
		if len(m.picks) == segment.MaxGroupRows {
			if err := m.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *merge) flush() error {
	if len(m.picks) == 0 {
		return nil
	}
	err := m.writer.WriteGroup(m.tables, m.picks, m.fold)
	m.picks, m.comparer = m.picks[:0], visit.NewComparer()
	m.fold.VisitNo, m.fold.VisitEnds, m.fold.Visitor = m.fold.VisitNo[:0], m.fold.VisitEnds[:0], m.fold.Visitor[:0]
	return err
}

// order returns the rows of a site day in the order in which they shall lie.
// Each stretch is in that order already.
func (m *merge) order(d *siteDay) ([]segment.Pick, error) {
	picks := make([]segment.Pick, 0, d.len())
	if len(d.stretches) == 1 {
		return d.stretches[0].appendPicks(picks), nil
	}
	type timed struct {
		time int64
		pick segment.Pick
	}
	all := make([]timed, 0, d.len())
	for i := range d.stretches {
		st := &d.stretches[i]
		cols := m.read[st.table]
		for j := range st.len() {
			row := st.row(j)
			all = append(all, timed{cols.times[row-cols.base], segment.Pick{Table: uint16(st.table), Row: row}})
		}
	}
	compare := func(a, b timed) int {
		if a.time != b.time {
			return cmp.Compare(a.time, b.time)
		}
		return m.comparer.Compare(m.tables[a.pick.Table], int(a.pick.Row), m.tables[b.pick.Table], int(b.pick.Row))
	}
	if !slices.IsSortedFunc(all, compare) {
		slices.SortFunc(all, compare)
	}
	for i := range all {
		picks = append(picks, all[i].pick)
	}
	return picks, m.comparer.Err
}

// foldVisits returns, for each pick, its visitor as it is to be kept, the
// number of its visit, and which ends of it it is.
func (m *merge) foldVisits(d *siteDay, picks []segment.Pick) (visitors []int64, no []int32, ends []uint8) {
	visitors, no, ends = make([]int64, len(picks)), make([]int32, len(picks)), make([]uint8, len(picks))
	counted := make([]visit.Event, 0, len(picks))
	given := ordinals{of: make(map[int64]int64)}
	for i, p := range picks {
		e, isCounted := m.read[p.Table].event(p.Row)
		visitors[i] = e.Visitor
		if d.settle && e.Visitor != 0 && !holdfast.VisitorID(e.Visitor).Declared() {
			visitors[i] = given.to(e.Visitor)
		}
		if isCounted {
			e.Ref = uint64(i)
			counted = append(counted, e)
		}
	}
	countedNo, countedEnds := visit.Fold(counted)
	for i := range counted {
		no[counted[i].Ref], ends[counted[i].Ref] = countedNo[i], countedEnds[i]
	}
	return visitors, no, ends
}

// ordinals number the visitors of a site day in the order of their appearance,
// those of each network by themselves. So an ordinal says which network its
// visitor was in, as the hash did, and yet there are hardly any gaps.
type ordinals struct {
	of   map[int64]int64 // by hash
	last [holdfast.Networks]int64
}

func (o *ordinals) to(visitor int64) int64 {
	if o.of[visitor] == 0 {
		network := holdfast.VisitorID(visitor).Network()
		o.last[network]++
		o.of[visitor] = int64(holdfast.VisitorID(o.last[network] * holdfast.Networks).In(uint64(network)))
	}
	return o.of[visitor]
}

func (m *merge) collectIDs(picks []segment.Pick) {
	for _, p := range picks {
		cols := m.read[p.Table]
		if id := cols.ids[p.Row-cols.base]; id != 0 {
			m.ids = append(m.ids, holdfast.EventID(id))
		}
	}
}

// tableColumns are the columns that a merge looks at itself, of some rows of a
// table that lie together.
type tableColumns struct {
	base                           uint32 // the row that the columns begin with
	times, visitors, declared, ids []int64
	acted                          []int64
	names, flags                   rows.Codes
	view, engagement, counted      int64 // codes; -1: not in the dictionary
}

// aheadRows is how many rows are read at once where fewer are asked for: a
// page. The small site days of a file lie one behind the other, a hundred in a
// page, which is decoded once for all of them.
const aheadRows = segment.PageRows

// readDay sees to it that the columns of all of a site day's rows are there.
func (m *merge) readDay(d *siteDay) error {
	for i := range d.stretches {
		st := &d.stretches[i]
		table := m.tables[st.table]
		lo, hi := st.lo, st.hi
		if st.rows != nil {
			lo, hi = 0, table.Len() // they are all over the table
		}
		for _, other := range d.stretches[:i] {
			if other.table == st.table {
				lo, hi = min(lo, other.lo), max(hi, other.hi)
			}
		}
		cols := m.read[st.table]
		if cols == nil {
			cols = &tableColumns{}
			m.read[st.table] = cols
		}
		if lo >= int(cols.base) && hi <= int(cols.base)+len(cols.times) {
			continue
		}
		end := (hi + aheadRows - 1) / aheadRows * aheadRows
		if err := cols.fill(table, lo, min(end, table.Len())); err != nil {
			return err
		}
	}
	return nil
}

// fill reads rows lo to hi of a table.
func (c *tableColumns) fill(t rows.Table, lo, hi int) error {
	c.base = uint32(lo)
	for _, col := range []struct {
		number rows.Number
		into   *[]int64
	}{{rows.Time, &c.times}, {rows.Visitor, &c.visitors}, {rows.Visit, &c.declared}, {rows.Interactive, &c.acted}, {rows.ID, &c.ids}} {
		ints, err := t.Ints(col.number, lo, hi, *col.into)
		if err != nil {
			return err
		}
		*col.into = ints
	}
	names, err := t.Dict(rows.Name)
	if err != nil {
		return err
	}
	flags, err := t.Dict(rows.Flag)
	if err != nil {
		return err
	}
	c.view = int64(slices.Index(names, holdfast.Pageview))
	c.engagement = int64(slices.Index(names, holdfast.Engagement))
	c.counted = int64(slices.Index(flags, string(holdfast.Counted)))
	if err := t.Codes(rows.Name, lo, hi, &c.names); err != nil {
		return err
	}
	return t.Codes(rows.Flag, lo, hi, &c.flags)
}

// event returns what matters to its visit of a row, and whether it counts.
func (c *tableColumns) event(row uint32) (visit.Event, bool) {
	i := int(row - c.base)
	name := int64(c.names.At(i))
	return visit.Event{
		Time: c.times[i], Visitor: c.visitors[i], Declared: c.declared[i],
		View:  name == c.view,
		Acted: c.acted[i] != 0 && name != c.view && name != c.engagement,
	}, int64(c.flags.At(i)) == c.counted
}
