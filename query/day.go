package query

import (
	"context"
	"fmt"

	"holdfast"
	"holdfast/keep/rows"
)

// worker goes through site days, one after the other, and adds up what they
// contribute to each plan.
type worker struct {
	scan   *scan
	tables []*table // by plan
	units  []*unit  // by plan
	day    day
}

func newWorker(s *scan, m *memory) *worker {
	w := &worker{scan: s}
	used := 0
	for _, p := range s.plans {
		w.tables = append(w.tables, newTable(p))
		w.units = append(w.units, newUnit(p, m, &used))
	}
	w.day.init(s, m)
	return w
}

// day is a site day while it is scanned, with what is made of its columns.
// Memory is kept from one day to the next.
//
// The first error of reading stays in err; what is returned after it means
// nothing.
type day struct {
	scan  *scan
	of    *rows.SiteDay
	parts []part
	n     int // rows of all parts
	err   error

	texts   [rows.NumText]partText
	columns []dayColumn // by column of the scan
	truths  []truth     // by condition of the scan
	block   block
	*memory
}

// memory is what a worker needs most of: it is kept from one Ask to the next.
type memory struct {
	visits      visits
	visitors    visitors
	codesBuffer codesBuffer
	intsBuffer  intsBuffer
	propsBuffer propsBuffer
	pairs       []*pairSet
}

// pairSet returns a set that no other unit uses. used counts them.
func (m *memory) pairSet(used *int) *pairSet {
	if *used == len(m.pairs) {
		m.pairs = append(m.pairs, &pairSet{})
	}
	*used++
	return m.pairs[*used-1]
}

// part is the rows of one table. Rows of the day are counted through all parts.
type part struct {
	no    int
	run   *rows.Run
	rows  *rows.Rows
	first int // row of the day
	n     int
}

func (d *day) init(s *scan, m *memory) {
	d.scan, d.memory = s, m
	d.columns = make([]dayColumn, len(s.columns))
	d.truths = make([]truth, len(s.conditions))
	d.block.init(d)
}

func (d *day) begin(of *rows.SiteDay) {
	d.of, d.err, d.n, d.parts = of, nil, 0, d.parts[:0]
	for i := range of.Runs {
		run := &of.Runs[i]
		for j := range run.Rows {
			p := part{no: len(d.parts), run: run, rows: &run.Rows[j], first: d.n, n: run.Rows[j].Len()}
			d.n += p.n
			d.parts = append(d.parts, p)
		}
	}
	for i := range d.texts {
		d.texts[i].part = -1
	}
	for i := range d.columns {
		d.columns[i].begin()
	}
	for i := range d.truths {
		d.truths[i].ready = false
	}
	d.visits.begin()
	d.visitors.ready = false
}

func (d *day) fail(err error) {
	if d.err == nil && err != nil {
		d.err = fmt.Errorf("read day %s: %w", d.of.Day, err)
	}
}

// scanDay adds what a site day contributes to the plans.
func (w *worker) scanDay(ctx context.Context, of *rows.SiteDay) error {
	d := &w.day
	d.begin(of)
	var whole []*unit // of plans whose unit is the day
	for i, u := range w.units {
		if !u.plan.additive && u.plan.touches(of) {
			if u.begin(d, nil); d.err != nil {
				return d.err
			}
			whole = append(whole, w.units[i])
		}
	}
	for i := range d.parts {
		if err := w.scanPart(ctx, &d.parts[i], whole); err != nil {
			return err
		}
	}
	for _, u := range whole {
		if err := w.finish(u); err != nil {
			return err
		}
	}
	return w.tallyRuns(of)
}

// scanPart counts the rows of a part, for the units of the whole day and for
// those of the part.
func (w *worker) scanPart(ctx context.Context, p *part, whole []*unit) error {
	d := &w.day
	var units, own []*unit
	for _, u := range whole {
		if u.plan.within(p.run) {
			units = append(units, u)
		}
	}
	for _, u := range w.units {
		if u.plan.additive && u.plan.within(p.run) && !u.plan.tallies(p.run) {
			u.begin(d, p)
			own = append(own, u)
		}
	}
	units = append(units, own...)
	if len(units) == 0 || p.n == 0 {
		return nil
	}
	d.beginPart(p)
	for _, u := range units {
		u.beginPart(p)
	}
	step := d.scan.tuning.blockRows
	for lo := 0; lo < p.n && d.err == nil; lo += step {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.block.begin(p, lo, min(lo+step, p.n))
		for _, u := range units {
			u.count(&d.block)
		}
	}
	for _, u := range own {
		if err := w.finish(u); err != nil {
			return err
		}
	}
	return d.err
}

// finish adds what a unit counted to its plan's table.
func (w *worker) finish(u *unit) error {
	p := u.partial()
	if w.day.err != nil {
		return w.day.err
	}
	return w.tables[u.plan.index].merge(p)
}

// touches says whether the plan's time has rows of the day.
func (p *plan) touches(of *rows.SiteDay) bool {
	for i := range of.Runs {
		if p.within(&of.Runs[i]) {
			return true
		}
	}
	return false
}

// within says whether rows of the run may be in the plan's time, and are to be
// counted.
func (p *plan) within(run *rows.Run) bool {
	return p.q.Kind != holdfast.Rows && p.overlaps(run)
}

func (p *plan) overlaps(run *rows.Run) bool { return run.Min < p.q.To && run.Max >= p.q.From }

func (d *day) beginPart(p *part) {
	for i := range d.truths {
		c := &d.scan.conditions[i]
		if c.op == judged && d.scan.columns[c.column].from == fromText {
			d.truths[i].ready = false
		}
	}
	d.block.beginPart(p)
}
