package query

import (
	"math"

	"holdfast"
	"holdfast/keep/rows"
)

const hour holdfast.Millis = 3600_000

// tallies says whether what a run contributes to the plan can be read from
// its tallies: each of their hours must lie in one bucket of each dimension,
// and wholly within the plan's time or outside of it.
func (p *plan) tallies(run *rows.Run) bool {
	if p.byHour == nil || run.Tallies == nil {
		return false
	}
	for i := range run.Tallies {
		from, to := hourOf(run, &run.Tallies[i])
		if from >= to || from < p.q.From && to > p.q.From || from < p.q.To && to > p.q.To {
			return false
		}
		if to <= p.q.From || from >= p.q.To {
			continue
		}
		for _, c := range p.dims {
			if b := p.scan.columns[c].buckets; b != nil && b.find(from) != b.find(to-1) {
				return false
			}
		}
	}
	return true
}

// hourOf returns the first moment in which events of a tally may be, and the
// first after them.
func hourOf(run *rows.Run, t *rows.Tally) (from, to holdfast.Millis) {
	from = run.Begins + holdfast.Millis(t.Hour)*hour
	to = from + hour
	switch t.Hour {
	case 0:
		from = min(from, run.Min)
	case math.MaxUint8:
		to = max(to, run.Max+1)
	}
	return max(from, run.Min), min(to, run.Max+1)
}

// tallyRuns adds what the runs of a day contribute that need no scan.
func (w *worker) tallyRuns(of *rows.SiteDay) error {
	for _, p := range w.scan.plans {
		for i := range of.Runs {
			run := &of.Runs[i]
			if p.rest != nil || !p.within(run) || !p.tallies(run) {
				continue
			}
			if err := w.tables[p.index].merge(p.tally(run)); err != nil {
				return err
			}
		}
	}
	return nil
}

// tally returns what the tallies of a run contribute.
func (p *plan) tally(run *rows.Run) *partial {
	out := &partial{dims: make([]partialDim, len(p.dims)), states: make([]state, len(p.aggs))}
	columns := make([]counts, len(p.aggs))
	names := p.scan.names(rows.Flag)
	for i := range run.Tallies {
		t := &run.Tallies[i]
		from, to := hourOf(run, t)
		if to <= p.q.From || from >= p.q.To || t.Events == 0 || !p.byHour[0].flag(string(t.Flag)) {
			continue
		}
		for d, c := range p.dims {
			if b := p.scan.columns[c].buckets; b != nil {
				out.dims[d].codes = append(out.dims[d].codes, b.code(b.find(from)))
				continue
			}
			out.dims[d].codes = append(out.dims[d].codes, names.codesOf("", []string{string(t.Flag)})...)
		}
		for a, how := range p.byHour {
			n := int64(0)
			switch {
			case !how.flag(string(t.Flag)):
			case how.views:
				n = t.Views
			default:
				n = t.Events
			}
			columns[a].n = append(columns[a].n, n)
		}
		out.n++
	}
	for a := range columns {
		out.states[a] = &columns[a]
	}
	return out
}
