package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"holdfast"
	"holdfast/keep/rows"
)

// View is a store at one moment. Its methods may be called by many goroutines
// at once.
type View interface {
	// Site returns the site with a name.
	Site(name string) (*holdfast.Site, bool)
	// Days returns the site days that have rows in the time from from to to,
	// ascending. Each is whole: also those of its runs are there that have no
	// rows in that time, because a visit may.
	Days(site holdfast.SiteID, from, to holdfast.Millis) ([]rows.SiteDay, error)
	// Coverage returns what is known of all of that time: intervals that
	// ascend and join up.
	Coverage(site *holdfast.Site, from, to holdfast.Millis) []holdfast.Interval
	AsOf() holdfast.AsOf
	// Close lets go of the store. Nothing that the view gave may be used
	// after it.
	Close()
}

// Store gives views of itself.
type Store interface {
	View() (View, error)
}

// Options bound what a question may cost.
type Options struct {
	// MaxGroups is how many groups a question may have, whatever its limit,
	// and, four times over, how many different values it may count; 0 is 5
	// million.
	MaxGroups int
	// Workers is how many site days are scanned at once; 0 is the number of
	// processors.
	Workers int
	// NamesBytes is how much memory may hold, from one question to the next,
	// which values columns have and under which codes; 0 is 64 MiB.
	NamesBytes int
}

// Engine answers questions about the events of a store.
type Engine struct {
	store  Store
	o      Options
	tuning tuning
	book   *nameBook
	spare  sync.Pool // of *memory
}

var _ holdfast.Asker = (*Engine)(nil)

// New returns an engine that asks a store.
func New(store Store, o Options) *Engine {
	o.MaxGroups = cmp.Or(o.MaxGroups, 5_000_000)
	o.Workers = cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
	o.NamesBytes = cmp.Or(o.NamesBytes, 64<<20)
	return &Engine{
		store: store, o: o, tuning: defaultTuning,
		book:  &nameBook{budget: o.NamesBytes, names: make(map[siteColumn]*names)},
		spare: sync.Pool{New: func() any { return new(memory) }},
	}
}

// Ask answers all questions from one snapshot of the store.
func (e *Engine) Ask(ctx context.Context, questions ...holdfast.Question) ([]holdfast.Answer, error) {
	view, err := e.store.View()
	if err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	defer view.Close()
	defer e.book.trim()
	plans, scans, err := e.plan(view, questions)
	if err != nil {
		return nil, err
	}
	tables := make(map[*plan]*table)
	for _, s := range scans {
		of, err := e.scan(ctx, view, s)
		if err != nil {
			return nil, fmt.Errorf("ask about %s: %w", s.site.Name, err)
		}
		for _, p := range s.plans {
			tables[p] = of[p.index]
		}
	}
	answers := make([]holdfast.Answer, len(plans))
	for i, p := range plans {
		if answers[i], err = e.answer(ctx, view, p, tables[p]); err != nil {
			return nil, fmt.Errorf("ask about %s: %w", p.scan.site.Name, err)
		}
	}
	return answers, nil
}

// Explain returns how questions would be answered, for people and tests.
func (e *Engine) Explain(questions ...holdfast.Question) ([]string, error) {
	view, err := e.store.View()
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	defer view.Close()
	plans, _, err := e.plan(view, questions)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, p := range plans {
		texts = append(texts, p.String())
	}
	return texts, nil
}

// plan makes a plan of each question, and a scan of each site.
func (e *Engine) plan(view View, questions []holdfast.Question) ([]*plan, []*scan, error) {
	var plans []*plan
	var scans []*scan
	for i, q := range questions {
		site, ok := view.Site(q.Site)
		if !ok {
			return nil, nil, fmt.Errorf("ask about %q: %w", q.Site, holdfast.ErrNoSite)
		}
		q, err := check(q)
		if err != nil {
			return nil, nil, ofQuestion(i, len(questions), err)
		}
		at := slices.IndexFunc(scans, func(s *scan) bool { return s.site.ID == site.ID })
		if at < 0 {
			at = len(scans)
			scans = append(scans, &scan{site: site, maxGroups: e.o.MaxGroups, tuning: e.tuning, book: e.book})
		}
		p, err := scans[at].addPlan(q)
		if err != nil {
			return nil, nil, ofQuestion(i, len(questions), err)
		}
		plans = append(plans, p)
	}
	return plans, scans, nil
}

// ofQuestion says which of several questions an error is about.
func ofQuestion(i, n int, err error) error {
	var field *holdfast.FieldError
	if n > 1 && errors.As(err, &field) {
		return &holdfast.FieldError{Field: fmt.Sprintf("questions[%d].%s", i, field.Field), Reason: field.Reason}
	}
	return err
}

// scan goes through all site days that the plans are about and returns what
// there is to each plan.
func (e *Engine) scan(ctx context.Context, view View, s *scan) ([]*table, error) {
	from, to := s.plans[0].q.From, s.plans[0].q.To
	for _, p := range s.plans {
		from, to = min(from, p.q.From), max(to, p.q.To)
	}
	days, err := view.Days(s.site.ID, from, to)
	if err != nil {
		return nil, err
	}
	days = slices.DeleteFunc(slices.Clone(days), func(d rows.SiteDay) bool {
		return !slices.ContainsFunc(s.plans, func(p *plan) bool { return p.touches(&d) })
	})
	return e.scanDays(ctx, s, days)
}

// scanDays shares the days among workers and puts together what they counted.
func (e *Engine) scanDays(ctx context.Context, s *scan, days []rows.SiteDay) ([]*table, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := make([]*worker, max(1, min(e.o.Workers, len(days))))
	var next atomic.Int64
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			m := e.spare.Get().(*memory)
			defer e.spare.Put(m)
			workers[i] = newWorker(s, m)
			for {
				at := int(next.Add(1)) - 1
				if at >= len(days) || ctx.Err() != nil {
					return
				}
				if err := workers[i].scanDay(ctx, &days[at]); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	all := workers[0].tables
	for _, w := range workers[1:] {
		for i, t := range w.tables {
			if err := all[i].merge(&t.partial); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// Snapshots is a function that gives views, as a Store.
type Snapshots func() (View, error)

// View calls the function.
func (f Snapshots) View() (View, error) { return f() }
