package panel

import (
	"context"
	"math"
	"slices"

	"holdfast"
	"holdfast/serve/deal"
)

// What a Page is about that is not one of the Ranges: nothing of a request can
// name these.
const (
	OfDeal  Range = "deal"  // the window of a deal
	OfDeals Range = "deals" // the windows of the deals of a list
)

// DealsListed is how many deals a list has at most. All of them are asked about
// at once.
const DealsListed = 30

// Deal is what the public sees of a deal that has begun. Its Page has the
// window's buckets, sources, coverage and views; of who came, see Stats.
type Deal struct {
	Page
	Stats deal.Stats // without names that are too rare
	// Previous and Following are the deals before and after it, if there are
	// any that have begun.
	Previous, Following *holdfast.Deal
}

// Deals is a part of a site's deals that have begun, the latest first. Of its
// Page only what the trust line needs is there.
type Deals struct {
	Page
	Listed []Listed
	Number int  // which part this is, from 1 on
	More   bool // older ones follow
}

// Listed is a deal in a list.
type Listed struct {
	deal.Stats          // without names that are too rare
	Buckets    []Bucket // their views
}

// Deal returns what the public sees of a deal of a public site.
func (p *Panels) Deal(ctx context.Context, name, id string) (*Deal, error) {
	site, err := p.dealsOf(name)
	if err != nil {
		return nil, err
	}
	d, err := p.begun(site, id)
	if err != nil {
		return nil, err
	}
	return recall(ctx, p, key{site: site.ID, of: OfDeal, deal: id}, func(ctx context.Context, now holdfast.Millis) (*Deal, error) {
		return p.askDeal(ctx, site, d, now)
	})
}

// Deals returns a part of the deals of a public site: the first has the latest.
func (p *Panels) Deals(ctx context.Context, name string, number int) (*Deals, error) {
	site, err := p.dealsOf(name)
	if err != nil {
		return nil, err
	}
	last := max(1, (p.o.Deals.NumDeals(site.ID)+DealsListed-1)/DealsListed)
	number = max(1, min(number, last))
	return recall(ctx, p, key{site: site.ID, of: OfDeals, part: number}, func(ctx context.Context, now holdfast.Millis) (*Deals, error) {
		return p.askDeals(ctx, site, number, now)
	})
}

func (p *Panels) dealsOf(name string) (*holdfast.Site, error) {
	site, err := p.Site(name)
	if err == nil && p.o.Deals == nil {
		err = holdfast.ErrNoDeal
	}
	return site, err
}

// begun returns a deal that has begun. What a site has planned is nobody's
// business before.
func (p *Panels) begun(site *holdfast.Site, id string) (holdfast.ScheduledDeal, error) {
	d, ok := p.o.Deals.Deal(site.ID, id)
	if !ok || d.Starts > holdfast.MillisOf(p.o.Now()) {
		return d, holdfast.ErrNoDeal
	}
	return d, nil
}

func (p *Panels) askDeal(ctx context.Context, site *holdfast.Site, d holdfast.ScheduledDeal, now holdfast.Millis) (*Deal, error) {
	asked := deal.Ask(site.Name, d, now)
	shown := &Deal{Page: Page{Site: site.Name, Range: OfDeal, Location: site.Location(d.Starts), Added: site.Created, AsOf: holdfast.AsOf{Time: now}}}
	shown.Since, _ = p.o.Since(site)
	if before, err := p.begun(site, d.Previous); err == nil {
		shown.Previous = &before.Deal
	}
	if after, err := p.begun(site, d.Following); err == nil {
		shown.Following = &after.Deal
	}
	if len(asked.Questions) == 0 { // it begins in this very moment
		shown.Stats = asked.Stats(nil)
		return shown, nil
	}
	answers, err := p.o.Asker.Ask(ctx, asked.Questions...)
	if err != nil {
		return nil, err
	}
	shown.Stats = public(asked.Stats(answers))
	s := &shown.Stats
	shown.From, shown.To, shown.By = s.Deal.Window.From, s.Deal.Window.To, s.Bucket
	var visits int64
	for _, source := range s.Sources {
		visits += source.Visits
		if source.Source != "" && !source.Other && len(shown.Names) < Named {
			shown.Names = append(shown.Names, source.Source)
		}
		if !source.Other && len(shown.Sources.Rows) < listed {
			shown.Sources.Rows = append(shown.Sources.Rows, Row{Name: source.Source, N: source.Visits})
			shown.Sources.Other -= source.Visits
		}
	}
	shown.Sources.Other += visits
	shown.Sources.Total = visits
	// The second time is a moment later: the numbers of all are those of the
	// course, and the figures of the first.
	a, err := p.o.Asker.Ask(ctx, dealCourse(site, &d, shown.Window, shown.Names))
	if err != nil {
		return nil, err
	}
	shown.AsOf, shown.Coverage = s.AsOf, s.Coverage
	shown.Figures = Figures{Visitors: s.Visitors, Views: s.Views}
	shown.Buckets, err = bucketsOf(&a[0], site, shown.Window, now, len(shown.Names))
	return shown, err
}

// dealCourse asks for views and visits in each bucket of a deal's window, and
// for how many of the visits each of the names is the source of. Visits count
// where they have their entry; of a deal with pages of its own, wherever they
// are on one of these.
func dealCourse(site *holdfast.Site, d *holdfast.ScheduledDeal, w Window, names []string) holdfast.Question {
	q := course(site, w, names)
	q.Limit = holdfast.MaxLimit
	if len(d.Paths) == 0 {
		return q
	}
	q.Where = &holdfast.Filter{Op: holdfast.In, Column: "path", Values: d.Paths}
	for i := range q.Metrics[1:] {
		m := &q.Metrics[1+i]
		m.Func = holdfast.Visits
		if m.Where != nil {
			m.Where.Column = "entry.source"
		}
	}
	return q
}

func (p *Panels) askDeals(ctx context.Context, site *holdfast.Site, number int, now holdfast.Millis) (*Deals, error) {
	l := &Deals{Page: Page{Site: site.Name, Range: OfDeals, Location: site.Location(now), Added: site.Created, AsOf: holdfast.AsOf{Time: now}}, Number: number}
	l.Since, _ = p.o.Since(site)
	found := p.o.Deals.DealsBefore(site.ID, &holdfast.Deal{Starts: now + 1}, number*DealsListed+1)
	found = found[min(len(found), (number-1)*DealsListed):]
	if l.More = len(found) > DealsListed; l.More {
		found = found[:DealsListed]
	}
	asked := make([]*deal.Asked, len(found))
	var questions []holdfast.Question
	for i, d := range found {
		asked[i] = deal.Ask(site.Name, d, now)
		questions = append(questions, asked[i].Questions...)
	}
	var answers []holdfast.Answer
	if len(questions) > 0 {
		var err error
		if answers, err = p.o.Asker.Ask(ctx, questions...); err != nil {
			return nil, err
		}
		l.AsOf = answers[0].AsOf
	}
	var known []holdfast.Interval
	for _, a := range asked {
		n := len(a.Questions)
		s := public(a.Stats(answers[:n]))
		answers = answers[n:]
		known = append(known, s.Coverage.Intervals...)
		buckets, err := viewsOf(&s, site, now)
		if err != nil {
			return nil, err
		}
		l.Listed = append(l.Listed, Listed{s, buckets})
	}
	l.Coverage = holdfast.NewCoverage(union(known))
	return l, nil
}

// viewsOf returns the views of a deal as buckets.
func viewsOf(s *deal.Stats, site *holdfast.Site, now holdfast.Millis) ([]Bucket, error) {
	a := holdfast.Answer{Coverage: s.Coverage}
	for i, b := range s.OverTime {
		row := []any{b.At, nil, nil, nil}
		if b.Views != nil {
			row[1] = *b.Views
		}
		if b.AtLeast {
			a.AtLeast = append(a.AtLeast, i)
		}
		a.Rows = append(a.Rows, row)
	}
	w := s.Deal.Window
	return bucketsOf(&a, site, Window{From: w.From, To: w.To, By: s.Bucket}, now, 0)
}

// union returns intervals, which may overlap, as they follow one another.
func union(all []holdfast.Interval) []holdfast.Interval {
	slices.SortStableFunc(all, func(a, b holdfast.Interval) int { return int(max(-1, min(1, a.From-b.From))) })
	var joined []holdfast.Interval
	end := holdfast.Millis(math.MinInt64)
	for _, iv := range all {
		if iv.From = max(iv.From, end); iv.From < iv.To {
			joined, end = append(joined, iv), iv.To
		}
	}
	return joined
}

// public takes from a deal's statistics the names that were not seen by several,
// and counts their visits with the others.
func public(s deal.Stats) deal.Stats {
	var kept []deal.Source
	other := deal.Source{Other: true}
	for _, source := range s.Sources {
		if source.Other || source.Source != "" && !holdfast.SeenBySeveral(source.PeakVisitors, source.PeakNetworks) {
			other.Visits += source.Visits
			other.Visitors += source.Visitors
			continue
		}
		kept = append(kept, source)
	}
	if other.Visits > 0 {
		kept = append(kept, other)
	}
	s.Sources = kept
	return s
}
