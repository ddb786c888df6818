package query

import (
	"cmp"
	"context"
	"slices"

	"holdfast"
	"holdfast/keep/rows"
	"holdfast/keep/visit"
)

// rowTime is how moments are written in rows.
const rowTime = "2006-01-02T15:04:05.000Z07:00"

// foundRow is an event that an answer of rows may show.
type foundRow struct {
	time  int64
	row   int // of the day
	cells []any
}

// answerRows adds the newest events that a question is about. The days are
// looked through from the last to the first, no further than is needed.
func (e *Engine) answerRows(ctx context.Context, view View, p *plan, a *holdfast.Answer) error {
	days, err := view.Days(p.scan.site.ID, p.q.From, p.q.To)
	if err != nil {
		return err
	}
	m := e.spare.Get().(*memory)
	defer e.spare.Put(m)
	d := &newWorker(p.scan, m).day
	want := p.q.Limit + 1 // one more, to know whether there are more
	for i := len(days) - 1; i >= 0 && len(a.Rows) < want; i-- {
		d.begin(&days[i])
		found := d.findRows(ctx, p, want-len(a.Rows))
		if d.err == nil {
			d.err = ctx.Err()
		}
		if d.err != nil {
			return d.err
		}
		for _, f := range found {
			a.Rows = append(a.Rows, f.cells)
		}
	}
	if a.Truncated = len(a.Rows) == want; a.Truncated {
		a.Rows = a.Rows[:p.q.Limit]
	}
	return nil
}

// findRows returns the newest rows of the day, at most n.
func (d *day) findRows(ctx context.Context, p *plan, n int) []foundRow {
	var found []foundRow
	d.rowBlocks(ctx, p, func(b *block) {
		times := b.time()
		b.mask(p.keep).each(0, b.n, func(row int) {
			found = append(found, foundRow{time: times[row], row: b.first + row})
		})
	})
	// All of the last moment that is shown, so that what is shown of it does
	// not depend on where it lies.
	if len(found) > n {
		slices.SortFunc(found, func(a, b foundRow) int { return cmp.Compare(b.time, a.time) })
		oldest := found[n-1].time
		found = found[:n+countWhile(found[n:], func(f foundRow) bool { return f.time == oldest })]
	}
	slices.SortFunc(found, func(a, b foundRow) int { return cmp.Compare(a.row, b.row) })
	d.fillRows(ctx, p, found)
	c := visit.NewComparer()
	slices.SortFunc(found, func(a, b foundRow) int {
		if a.time != b.time {
			return cmp.Compare(b.time, a.time)
		}
		ta, ra := d.tableRow(a.row)
		tb, rb := d.tableRow(b.row)
		return cmp.Or(c.Compare(ta, ra, tb, rb), slices.CompareFunc(a.cells, b.cells, compareCells))
	})
	d.fail(c.Err)
	return found[:min(n, len(found))]
}

func countWhile[T any](s []T, holds func(T) bool) int {
	n := 0
	for n < len(s) && holds(s[n]) {
		n++
	}
	return n
}

func compareCells(a, b any) int {
	if x, ok := a.(int64); ok {
		return cmp.Compare(x, b.(int64))
	}
	return cmp.Compare(a.(string), b.(string))
}

// rowBlocks calls f for the blocks of the day in which rows of the plan may be.
func (d *day) rowBlocks(ctx context.Context, p *plan, f func(b *block)) {
	step := d.scan.tuning.blockRows
	for i := range d.parts {
		part := &d.parts[i]
		if part.n == 0 || !p.overlaps(part.run) {
			continue
		}
		d.beginPart(part)
		for lo := 0; lo < part.n && d.err == nil && ctx.Err() == nil; lo += step {
			d.block.begin(part, lo, min(lo+step, part.n))
			f(&d.block)
		}
	}
}

// fillRows reads the columns of rows that ascend.
func (d *day) fillRows(ctx context.Context, p *plan, found []foundRow) {
	at := 0
	d.rowBlocks(ctx, p, func(b *block) {
		here := found[at:]
		here = here[:countWhile(here, func(f foundRow) bool { return f.row < b.first+b.n })]
		if at += len(here); len(here) == 0 {
			return
		}
		for i := range here {
			here[i].cells = make([]any, len(p.dims))
		}
		for i, c := range p.dims {
			value := b.shown(p, p.q.By[i], c)
			for j := range here {
				here[j].cells[i] = value(here[j].row - b.first)
			}
		}
	})
}

// shown returns a column as a function of the row.
func (b *block) shown(p *plan, name holdfast.Dimension, c int) func(row int) any {
	moment := func(t int64) any { return p.cal.local(holdfast.Millis(t)).Format(rowTime) }
	switch name {
	case timeColumn:
		times := b.time()
		return func(row int) any { return moment(times[row]) }
	case receivedColumn:
		times, lags := b.time(), b.number(rows.Lag)
		return func(row int) any { return moment(times[row] + lags[row]) }
	}
	col := b.column(c)
	code := func(int) uint32 { return col.code }
	if !col.constant {
		codes := b.codes(c)
		code = func(row int) uint32 { return codes.At(row) }
	}
	d := b.day
	if buckets := d.scan.columns[c].buckets; buckets != nil {
		of := d.column(c)
		return func(row int) any { return buckets.label(of.labelOf(buckets, code(row))) }
	}
	texts := d.textsOf(c, b.part)
	return func(row int) any {
		if len(texts) == 0 {
			return ""
		}
		return texts[code(row)]
	}
}
