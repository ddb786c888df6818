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
	whole  map[int]*tableVisits // of tables that are not sorted, by index

	// The row group being filled.
	picks    []segment.Pick
	fold     segment.Fold
	comparer *visit.Comparer // has read columns of tables: anew for each group
}

// writeFile writes site days, in this order, into a new file of this kind,
// with its file of ids beside it. Both are durable when it returns.
func (s *Store) writeFile(kind segment.Kind, tables []rows.Table, days []siteDay) (record.File, error) {
	props, err := topProps(tables, days)
	if err != nil {
		return record.File{}, err
	}
	w, err := segment.Create(s.fs, filesDir, segment.Options{Store: s.stamp.Store, DayStart: s.dayStart, Props: props})
	if err != nil {
		return record.File{}, err
	}
	m := &merge{tables: tables, writer: w, whole: make(map[int]*tableVisits), comparer: visit.NewComparer()}
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
	picks, err := m.order(d)
	if err != nil {
		return err
	}
	visitors, no, ends, err := m.foldVisits(d, picks)
	if err != nil {
		return err
	}
	if err := m.collectIDs(d); err != nil {
		return err
	}
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
		times, err := m.ints(rows.Time, st)
		if err != nil {
			return nil, err
		}
		for j, t := range times {
			all = append(all, timed{t, segment.Pick{Table: uint16(st.table), Row: st.row(j)}})
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
func (m *merge) foldVisits(d *siteDay, picks []segment.Pick) (visitors []int64, no []int32, ends []uint8, err error) {
	cols, err := m.visitColumns(d)
	if err != nil {
		return nil, nil, nil, err
	}
	visitors, no, ends = make([]int64, len(picks)), make([]int32, len(picks)), make([]uint8, len(picks))
	counted := make([]visit.Event, 0, len(picks))
	ordinals := make(map[int64]int64)
	for i, p := range picks {
		e, isCounted := cols.event(p)
		visitors[i] = e.Visitor
		if d.settle && e.Visitor != 0 && !holdfast.VisitorID(e.Visitor).Declared() {
			if ordinals[e.Visitor] == 0 {
				ordinals[e.Visitor] = int64(len(ordinals) + 1)
			}
			visitors[i] = ordinals[e.Visitor]
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
	return visitors, no, ends, nil
}

// visitColumns are the columns that visits are folded from, by table.
type visitColumns map[uint16]*tableVisits

type tableVisits struct {
	base                      uint32 // the row that the columns begin with
	times, visitors, declared []int64
	acted                     []int64
	names, flags              rows.Codes
	view, engagement, counted int64 // codes; -1: not in the dictionary
}

func (m *merge) visitColumns(d *siteDay) (visitColumns, error) {
	cols := make(visitColumns)
	for i := range d.stretches {
		tv, err := m.tableVisits(&d.stretches[i], cols[uint16(d.stretches[i].table)])
		if err != nil {
			return nil, err
		}
		cols[uint16(d.stretches[i].table)] = tv
	}
	return cols, nil
}

// tableVisits reads the columns for a stretch, and for what else of its site
// day lies in the same table.
func (m *merge) tableVisits(st *stretch, same *tableVisits) (*tableVisits, error) {
	table := m.tables[st.table]
	if st.rows == nil {
		lo, hi := st.lo, st.hi
		if same != nil {
			lo, hi = min(lo, int(same.base)), max(hi, int(same.base)+len(same.times))
		}
		return readVisits(table, lo, hi)
	}
	// The rows of a site day are all over the table: read it once for all.
	if m.whole[st.table] == nil {
		tv, err := readVisits(table, 0, table.Len())
		if err != nil {
			return nil, err
		}
		m.whole[st.table] = tv
	}
	return m.whole[st.table], nil
}

func readVisits(t rows.Table, lo, hi int) (*tableVisits, error) {
	tv := &tableVisits{base: uint32(lo)}
	for _, c := range []struct {
		col  rows.Number
		into *[]int64
	}{{rows.Time, &tv.times}, {rows.Visitor, &tv.visitors}, {rows.Visit, &tv.declared}, {rows.Interactive, &tv.acted}} {
		ints, err := t.Ints(c.col, lo, hi, nil)
		if err != nil {
			return nil, err
		}
		*c.into = ints
	}
	names, err := t.Dict(rows.Name)
	if err != nil {
		return nil, err
	}
	flags, err := t.Dict(rows.Flag)
	if err != nil {
		return nil, err
	}
	tv.view = int64(slices.Index(names, holdfast.Pageview))
	tv.engagement = int64(slices.Index(names, holdfast.Engagement))
	tv.counted = int64(slices.Index(flags, string(holdfast.Counted)))
	if err := t.Codes(rows.Name, lo, hi, &tv.names); err != nil {
		return nil, err
	}
	return tv, t.Codes(rows.Flag, lo, hi, &tv.flags)
}

// event returns what matters to its visit of a row, and whether it counts.
func (c visitColumns) event(p segment.Pick) (visit.Event, bool) {
	tv := c[p.Table]
	i := int(p.Row - tv.base)
	name := int64(tv.names.At(i))
	return visit.Event{
		Time: tv.times[i], Visitor: tv.visitors[i], Declared: tv.declared[i],
		View:  name == tv.view,
		Acted: tv.acted[i] != 0 && name != tv.view && name != tv.engagement,
	}, int64(tv.flags.At(i)) == tv.counted
}

func (m *merge) collectIDs(d *siteDay) error {
	for i := range d.stretches {
		col, err := m.ints(rows.ID, &d.stretches[i])
		if err != nil {
			return err
		}
		for _, id := range col {
			if id != 0 {
				m.ids = append(m.ids, holdfast.EventID(id))
			}
		}
	}
	return nil
}

// ints reads a number column of a stretch.
func (m *merge) ints(c rows.Number, st *stretch) ([]int64, error) {
	r := rows.Rows{Table: m.tables[st.table], Lo: st.lo, Hi: st.hi, Select: st.rows}
	return r.Ints(c, 0, r.Len(), nil)
}
