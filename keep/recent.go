package keep

import (
	"context"
	"fmt"

	"holdfast"
	"holdfast/keep/rows"
)

// recentRows is how many rows are read at once.
const recentRows = 1 << 13

// Recent calls fn for each event of the site from from on, in no order. The
// event is good until fn returns, and has only its times, name, path, source,
// visitor and flag.
func (v *View) Recent(ctx context.Context, site holdfast.SiteID, from holdfast.Millis, fn func(*holdfast.Event)) error {
	// Events may be dated ahead by as much as doors let them.
	days, err := v.Days(site, from, max(from, v.asOf.Time)+24*3600_000)
	if err != nil {
		return fmt.Errorf("read recent events: %w", err)
	}
	r := recent{from: from, fn: fn, event: holdfast.Event{Site: site}}
	for _, day := range days {
		r.event.Day = day.Day
		for i := range day.Runs {
			if day.Runs[i].Max < from {
				continue
			}
			if err := r.run(ctx, &day.Runs[i]); err != nil {
				return fmt.Errorf("read recent events: %w", err)
			}
		}
	}
	return nil
}

// recent reads rows, and the memory it does it with.
type recent struct {
	from  holdfast.Millis
	fn    func(*holdfast.Event)
	event holdfast.Event

	time, lag, visitor []int64
	texts              [len(recentTexts)][]string
}

// recentTexts are the columns that are read, in the order of recent.texts.
var recentTexts = [...]rows.Text{rows.Name, rows.Path, rows.Source, rows.Flag}

// run reads a run, the last rows first: where it is sorted by time, the first
// that are too old end it.
func (r *recent) run(ctx context.Context, run *rows.Run) error {
	for i := len(run.Rows) - 1; i >= 0; i-- {
		part := &run.Rows[i]
		for hi := part.Len(); hi > 0; hi -= min(hi, recentRows) {
			if err := ctx.Err(); err != nil {
				return err
			}
			older, err := r.rows(part, max(0, hi-recentRows), hi)
			if err != nil {
				return err
			}
			if older && run.Sorted {
				return nil
			}
		}
	}
	return nil
}

// rows reads rows lo to hi, and says whether the first is too old.
func (r *recent) rows(part *rows.Rows, lo, hi int) (older bool, err error) {
	if r.time, err = part.Ints(rows.Time, lo, hi, r.time); err != nil {
		return false, err
	}
	older = holdfast.Millis(r.time[0]) < r.from
	any := false
	for _, t := range r.time {
		any = any || holdfast.Millis(t) >= r.from
	}
	if !any {
		return older, nil
	}
	if r.lag, err = part.Ints(rows.Lag, lo, hi, r.lag); err != nil {
		return false, err
	}
	if r.visitor, err = part.Ints(rows.Visitor, lo, hi, r.visitor); err != nil {
		return false, err
	}
	for i, c := range recentTexts {
		if err := r.text(part, c, lo, hi, &r.texts[i]); err != nil {
			return false, err
		}
	}
	r.tell()
	return older, nil
}

// text reads a column of text.
func (r *recent) text(part *rows.Rows, c rows.Text, lo, hi int, into *[]string) error {
	dict, err := part.Dict(c)
	if err != nil {
		return err
	}
	var codes rows.Codes // never reused: it may be the table's own memory
	if err := part.Codes(c, lo, hi, &codes); err != nil {
		return err
	}
	*into = (*into)[:0]
	for i := range hi - lo {
		*into = append(*into, dict[codes.At(i)])
	}
	return nil
}

// tell calls fn for what was read.
func (r *recent) tell() {
	e := &r.event
	for i, t := range r.time {
		if e.Time = holdfast.Millis(t); e.Time < r.from {
			continue
		}
		e.Received, e.Visitor = e.Time+holdfast.Millis(r.lag[i]), holdfast.VisitorID(r.visitor[i])
		e.Name, e.Path, e.Source, e.Flag = r.texts[0][i], r.texts[1][i], r.texts[2][i], holdfast.Flag(r.texts[3][i])
		r.fn(e)
	}
}

// Coverage says what the store knows of the site from from to to, as of now.
func (s *Store) Coverage(site *holdfast.Site, from, to holdfast.Millis) []holdfast.Interval {
	return s.ledger.Coverage(site, from, to, s.now(), !s.o.Aside)
}
