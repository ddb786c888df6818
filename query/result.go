package query

import (
	"cmp"
	"container/heap"
	"slices"
	"strings"

	"holdfast"
)

// result is the rows that an answer may show: the groups that were counted
// and, for a question by one bucket of time, the buckets without events too.
type result struct {
	plan   *plan
	table  *table
	cover  holdfast.Coverage
	groups []int    // by row: of the table, or -1
	codes  []uint32 // by row: of the bucket, if there are rows that are no group

	// Of the finest bucket of time that the question is by.
	timeDim int                 // -1: none
	covers  []holdfast.Coverage // by code

	texts [][]string // by dimension, by code
	keys  []sortKey
}

func newResult(p *plan, t *table, cover holdfast.Coverage) *result {
	r := &result{plan: p, table: t, cover: cover, timeDim: -1, texts: make([][]string, len(p.dims))}
	for d, c := range p.dims {
		switch of := &p.scan.columns[c]; of.from {
		case fromText, fromEnd:
			r.texts[d] = p.scan.names(of.text).all()
		default:
			r.texts[d] = t.dims[d].texts
		}
	}
	for i := len(buckets) - 1; i >= 0; i-- { // the finest last
		if d := slices.Index(p.q.By, buckets[i]); d >= 0 {
			r.timeDim = d
		}
	}
	if r.timeDim >= 0 {
		r.covers = p.scan.columns[p.dims[r.timeDim]].buckets.covers(cover, p.q.From, p.q.To)
	}
	if len(p.dims) == 1 && r.timeDim == 0 && p.q.Kind == holdfast.Groups {
		r.fill()
		return r
	}
	r.groups = make([]int, t.n)
	for i := range r.groups {
		r.groups[i] = i
	}
	return r
}

// fill makes a row of each bucket of the question's time.
func (r *result) fill() {
	group := make(map[uint32]int)
	for g, code := range r.table.dims[0].codes {
		group[code] = g
	}
	cycle := r.plan.scan.columns[r.plan.dims[0]].buckets.value != nil
	for code, cover := range r.covers {
		if cycle && len(cover.Intervals) == 0 {
			continue // an hour of the day that the time does not have
		}
		g, ok := group[uint32(code)]
		if !ok {
			g = -1
		}
		r.groups = append(r.groups, g)
		r.codes = append(r.codes, uint32(code))
	}
}

// code returns the code of a dimension in a row.
func (r *result) code(row, dim int) uint32 {
	if r.codes != nil {
		return r.codes[row]
	}
	return r.table.dims[dim].codes[r.groups[row]]
}

// dimension returns the value of a dimension in a row.
func (r *result) dimension(row, dim int) any {
	code := r.code(row, dim)
	if b := r.plan.scan.columns[r.plan.dims[dim]].buckets; b != nil {
		return b.label(code)
	}
	return r.texts[dim][code]
}

// coverOf returns the coverage of the time that a row is about.
func (r *result) coverOf(row int) *holdfast.Coverage {
	if r.timeDim < 0 {
		return &r.cover
	}
	return &r.covers[r.code(row, r.timeDim)]
}

// unknown says that a row has neither events nor coverage.
func (r *result) unknown(row int) bool {
	if g := r.groups[row]; g >= 0 && r.table.states[0].(*counts).n[g] > 0 {
		return false
	}
	return !r.coverOf(row).Known()
}

// metric returns the value of a metric in a row.
func (r *result) metric(row int, m *metric) cell {
	if r.unknown(row) {
		return cell{}
	}
	return m.value(r.table.states, r.groups[row])
}

// addRow adds a row to the answer.
func (r *result) addRow(a *holdfast.Answer, row int) {
	cells := make([]any, 0, len(a.Columns))
	for d := range r.plan.dims {
		cells = append(cells, r.dimension(row, d))
	}
	for i := range r.plan.metrics {
		cells = append(cells, r.metric(row, &r.plan.metrics[i]).any())
	}
	if !r.unknown(row) && r.coverOf(row).Spoiled() {
		a.AtLeast = append(a.AtLeast, len(a.Rows))
	}
	if r.plan.places.mostly(r.table.states, r.groups[row]) {
		a.Estimated = append(a.Estimated, len(a.Rows))
	}
	a.Rows = append(a.Rows, cells)
}

// sortKey sorts rows by one column.
type sortKey struct {
	desc  bool
	cells []cell // of a metric, by row
	dim   int    // if cells is nil
}

// order returns the rows in the order in which they are shown; of those beyond
// the limit only that they are there.
func (r *result) order() []int {
	r.keys = r.sortKeys()
	rows := make([]int, len(r.groups))
	for i := range rows {
		rows[i] = i
	}
	if limit := r.plan.q.Limit; len(rows) > 4*limit {
		bringFirst(rows, limit, r.compare)
		slices.SortFunc(rows[:limit], r.compare)
		return rows
	}
	slices.SortFunc(rows, r.compare)
	return rows
}

// bringFirst moves the first n of rows, in some order, to the front.
func bringFirst(rows []int, n int, compare func(a, b int) int) {
	h := &lastFirst{rows[:n], compare}
	heap.Init(h)
	for i := n; i < len(rows); i++ {
		if compare(rows[i], rows[0]) < 0 {
			rows[0], rows[i] = rows[i], rows[0]
			heap.Fix(h, 0)
		}
	}
}

// lastFirst is a heap with the last of its rows on top.
type lastFirst struct {
	rows    []int
	compare func(a, b int) int
}

func (h *lastFirst) Len() int           { return len(h.rows) }
func (h *lastFirst) Less(i, j int) bool { return h.compare(h.rows[i], h.rows[j]) > 0 }
func (h *lastFirst) Swap(i, j int)      { h.rows[i], h.rows[j] = h.rows[j], h.rows[i] }
func (h *lastFirst) Push(any)           {}
func (h *lastFirst) Pop() any           { return nil }

func (r *result) sortKeys() []sortKey {
	p := r.plan
	var keys []sortKey
	orders := p.q.Order
	if p.q.Kind == holdfast.Values {
		orders = []holdfast.Order{{Column: p.metrics[0].name, Desc: true}}
	}
	for _, o := range orders {
		if d := slices.Index(p.q.By, holdfast.Dimension(o.Column)); d >= 0 {
			keys = append(keys, sortKey{desc: o.Desc, dim: d})
			continue
		}
		i := slices.IndexFunc(p.metrics, func(m metric) bool { return m.name == o.Column })
		keys = append(keys, r.metricKey(i, o.Desc))
	}
	if len(orders) == 0 {
		for d, name := range p.q.By {
			if isBucket(name) {
				keys = append(keys, sortKey{dim: d})
			}
		}
		keys = append(keys, r.metricKey(0, true))
	}
	for d := range p.dims {
		keys = append(keys, sortKey{dim: d})
	}
	return keys
}

func (r *result) metricKey(i int, desc bool) sortKey {
	k := sortKey{desc: desc, cells: make([]cell, len(r.groups))}
	for row := range k.cells {
		k.cells[row] = r.metric(row, &r.plan.metrics[i])
	}
	return k
}

// compare orders two rows. What is not known comes last, either way.
func (r *result) compare(a, b int) int {
	for i := range r.keys {
		k := &r.keys[i]
		var c int
		switch {
		case k.cells == nil:
			c = r.compareDim(a, b, k.dim)
		case !k.cells[a].known || !k.cells[b].known:
			if k.cells[a].known != k.cells[b].known {
				if k.cells[a].known {
					return -1
				}
				return 1
			}
		default:
			c = k.cells[a].compare(k.cells[b].value)
		}
		if k.desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func (r *result) compareDim(a, b, dim int) int {
	ca, cb := r.code(a, dim), r.code(b, dim)
	if ca == cb {
		return 0
	}
	if r.plan.scan.columns[r.plan.dims[dim]].buckets != nil {
		return cmp.Compare(ca, cb)
	}
	texts := r.texts[dim]
	return strings.Compare(texts[ca], texts[cb])
}

// covers returns the coverage of each value of the dimension within from to
// to, in one pass. Values that this time does not have cover nothing.
func (b *bucketing) covers(c holdfast.Coverage, from, to holdfast.Millis) []holdfast.Coverage {
	parts := make([][]holdfast.Interval, b.labels())
	next := 0
	for i := range b.starts {
		begins, ends := b.bounds(i)
		begins, ends = max(begins, from), min(ends, to)
		code := b.code(i)
		for next < len(c.Intervals) && c.Intervals[next].To <= begins {
			next++
		}
		for at := next; at < len(c.Intervals) && c.Intervals[at].From < ends; at++ {
			iv := c.Intervals[at]
			iv.From, iv.To = max(iv.From, begins), min(iv.To, ends)
			parts[code] = append(parts[code], iv)
		}
	}
	covers := make([]holdfast.Coverage, len(parts))
	for i, part := range parts {
		covers[i] = holdfast.NewCoverage(part)
	}
	return covers
}
