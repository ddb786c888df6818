package query

import (
	"cmp"
	"context"
	"math"
	"slices"

	"holdfast"
	"holdfast/keep/rows"
)

// rowTime is how moments are written in rows.
const rowTime = "2006-01-02T15:04:05.000Z07:00"

// foundRow is an event that an answer of rows may show.
type foundRow struct {
	time  int64
	row   int // of the day
	cells []any
}

// rowMoment is the row of a day, and its time.
type rowMoment struct {
	time int64
	row  int
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

// findRows returns the newest rows of the day, at most n. Those of one moment
// are sorted by what is shown of them, as far as that tells them apart.
func (d *day) findRows(ctx context.Context, p *plan, n int) (found []foundRow) {
	newest := d.newestRows(ctx, p, n)
	// A sender that dates nothing sends thousands of events of one moment: they
	// are read and sorted as many at a time as may be shown.
	for some := range slices.Chunk(newest, max(n, rowsAtOnce)) {
		if d.err != nil || ctx.Err() != nil {
			return nil
		}
		first := len(found)
		for _, m := range some {
			found = append(found, foundRow{time: m.time, row: m.row})
		}
		d.fillRows(ctx, p, found[first:])
		slices.SortFunc(found, func(a, b foundRow) int {
			return cmp.Or(cmp.Compare(b.time, a.time), slices.CompareFunc(a.cells, b.cells, compareCells))
		})
		found = found[:min(n, len(found))]
	}
	return found
}

// rowsAtOnce is how many rows are read at a time, if fewer are to be shown.
const rowsAtOnce = 4096

// newestRows returns the n newest rows of the day, and all that are of the same
// moment as the last of them, in the order of the day.
func (d *day) newestRows(ctx context.Context, p *plan, n int) (newest []rowMoment) {
	floor := int64(math.MinInt64) // of rows before it there are n newer ones
	room := 2 * max(n, rowsAtOnce)
	var times []int64
	raise := func() {
		times = times[:0]
		for _, m := range newest {
			times = append(times, m.time)
		}
		slices.Sort(times)
		floor = times[len(times)-n]
		newest = slices.DeleteFunc(newest, func(m rowMoment) bool { return m.time < floor })
		room = max(room, 2*len(newest))
	}
	d.rowBlocks(ctx, p, func(b *block) {
		of := b.time()
		b.mask(p.keep).each(0, b.n, func(row int) {
			if t := of[row]; t >= floor {
				newest = append(newest, rowMoment{t, b.first + row})
			}
		})
		if len(newest) > room {
			raise()
		}
	})
	if len(newest) > n {
		raise()
	}
	return newest
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
