package deal

import (
	"context"
	"time"

	"holdfast"
)

// Stats are the statistics of a deal. A number is nil where nothing is known.
type Stats struct {
	Deal     Shown  `json:"deal"`
	Views    *int64 `json:"views"`
	Visitors *int64 `json:"visitors"`
	Visits   *int64 `json:"visits"`
	// AtLeast: so much of the window is not covered that the numbers are lower
	// bounds.
	AtLeast bool `json:"at_least,omitempty"`

	Bucket   holdfast.Dimension `json:"bucket"` // of OverTime
	OverTime []Bucket           `json:"over_time"`
	Sources  []Source           `json:"sources"` // by which visits came, those of the most visitors first
	Busiest  *Busiest           `json:"busiest"` // nil: there were no views
	Goal     *Goal              `json:"goal"`    // nil: the deal has none

	Coverage holdfast.Coverage `json:"coverage"`
	AsOf     holdfast.AsOf     `json:"as_of"`
}

// Bucket is the views of a part of the window.
type Bucket struct {
	At      string `json:"at"` // as in answers: its first moment, or its day
	Views   *int64 `json:"views"`
	AtLeast bool   `json:"at_least,omitempty"`
}

// Source is where visits came from.
type Source struct {
	Source   string `json:"source"` // "": nobody knows, or directly
	Visitors int64  `json:"visitors"`
	Visits   int64  `json:"visits"`
	Other    bool   `json:"other,omitempty"` // all that are not listed

	// Of the site day with most, for whoever judges what the public may see.
	PeakVisitors int64 `json:"-"`
	PeakNetworks int64 `json:"-"`
}

// Busiest is the time with the most views, the first of several.
type Busiest struct {
	Bucket holdfast.Dimension `json:"bucket"` // minute, unless the window is so long that it is more
	At     string             `json:"at"`
	Views  int64              `json:"views"`
}

// Goal says who did what the deal is for.
type Goal struct {
	Name     string `json:"name"`
	Events   int64  `json:"events"`   // of this name, in the window
	Visitors int64  `json:"visitors"` // of the deal, who did it
	// Linked is for how many of the events, 0 to 1, it is known which of the
	// site's visitors did it; nil if there are none.
	Linked *float64 `json:"linked"`
	// DidntBite is the share of the deal's visitors who did not. It is nil if
	// there were none, or if too few events are linked.
	DidntBite *float64 `json:"didnt_bite"`
}

// EnoughLinked is the share of the goal's events of which it must be known
// whose they are: of the rest nobody can say whether a visitor did bite.
const EnoughLinked = 0.9

// topSources is how many sources are listed.
const topSources = 10

// Bucketing of windows: so many bars fit into a picture and can still be told
// apart. Of busy times more can be counted.
var (
	overTime = []span{{3 * time.Hour, holdfast.Minute}, {4 * day, holdfast.Hour}, {180 * day, holdfast.DayBucket}, {4 * 366 * day, holdfast.Week}, {1 << 62, holdfast.Month}}
	busiest  = []span{{60 * day, holdfast.Minute}, {10 * 365 * day, holdfast.Hour}, {1 << 62, holdfast.DayBucket}}
)

const day = 24 * time.Hour

type span struct {
	upTo   time.Duration
	bucket holdfast.Dimension
}

func bucketOf(w holdfast.Window, spans []span) holdfast.Dimension {
	for _, s := range spans {
		if w.To-w.From <= holdfast.Millis(s.upTo/time.Millisecond) {
			return s.bucket
		}
	}
	return holdfast.Month
}

// Asked are the questions for the statistics of a deal.
type Asked struct {
	Questions []holdfast.Question // none: the deal has not begun

	deal   holdfast.ScheduledDeal
	window holdfast.Window
	now    holdfast.Millis
}

// Ask returns the questions for the statistics of a deal of a site at now.
func Ask(site string, d holdfast.ScheduledDeal, now holdfast.Millis) *Asked {
	a := &Asked{deal: d, window: d.Window(now), now: now}
	if a.window.From >= now || a.window.From >= a.window.To {
		return a
	}
	pages := pagesOf(&d)
	ask := func(q holdfast.Question) {
		q.Site, q.From, q.To = site, a.window.From, a.window.To
		a.Questions = append(a.Questions, q)
	}
	metrics := func(funcs ...holdfast.Func) (list []holdfast.Metric) {
		for _, f := range funcs {
			list = append(list, holdfast.Metric{Func: f})
		}
		return list
	}
	ask(holdfast.Question{Where: pages, Metrics: metrics(holdfast.Views, holdfast.Visitors, holdfast.Visits)})
	ask(holdfast.Question{Where: pages, Metrics: metrics(holdfast.Views), By: by(bucketOf(a.window, overTime)), Limit: holdfast.MaxLimit})
	// Where a visit came from is what its entry says: on later pages the
	// referrer is the site itself.
	ask(holdfast.Question{Where: pages, Metrics: metrics(holdfast.Visitors, holdfast.Visits, holdfast.PeakVisitors, holdfast.PeakNetworks), By: by("entry.source"), Limit: topSources, Other: true})
	ask(holdfast.Question{Where: pages, Metrics: metrics(holdfast.Views), By: by(bucketOf(a.window, busiest)), Limit: 1,
		Order: []holdfast.Order{{Column: string(holdfast.Views), Desc: true}}})
	if d.Goal != "" {
		ask(goalQuestion(pages, d.Goal))
	}
	return a
}

func by(d holdfast.Dimension) []holdfast.Dimension { return []holdfast.Dimension{d} }

// pagesOf returns the condition that an event is on a page of the deal, or nil
// if all are.
func pagesOf(d *holdfast.ScheduledDeal) *holdfast.Filter {
	if len(d.Paths) == 0 {
		return nil
	}
	return &holdfast.Filter{Op: holdfast.In, Column: "path", Values: d.Paths}
}

// goalQuestion asks who bit. The goal may be reached on any page: a cart is
// rarely on the page of a deal. How many are in two sets of visitors follows
// from how many are in each and how many in either.
func goalQuestion(pages *holdfast.Filter, goal string) holdfast.Question {
	named := func(name string) *holdfast.Filter {
		return &holdfast.Filter{Op: holdfast.Is, Column: "name", Values: []string{name}}
	}
	or := func(a, b *holdfast.Filter) *holdfast.Filter {
		if a == nil {
			return nil
		}
		return &holdfast.Filter{Op: holdfast.Or, Args: []holdfast.Filter{*a, *b}}
	}
	did, viewed := named(goal), named(holdfast.Pageview)
	return holdfast.Question{Metrics: []holdfast.Metric{
		{Func: holdfast.Events, Where: did, As: "did"},
		{Func: holdfast.Count, Of: "visitor", Where: did, As: "by somebody"},
		{Func: holdfast.Visitors, Where: did, As: "who did"},
		{Func: holdfast.Visitors, Where: viewed, As: "who viewed"},
		{Func: holdfast.Visitors, Where: or(viewed, did), As: "who did or viewed"},
		{Func: holdfast.Visitors, Where: pages, As: "of the deal"},
		{Func: holdfast.Visitors, Where: or(pages, did), As: "who did or of the deal"},
	}}
}

// Stats makes the statistics of the answers to the questions.
func (a *Asked) Stats(answers []holdfast.Answer) Stats {
	s := Stats{Deal: Of(&a.deal, a.now), Bucket: bucketOf(a.window, overTime), OverTime: []Bucket{}, Sources: []Source{}}
	if len(answers) != len(a.Questions) || len(answers) == 0 {
		s.AsOf.Time = a.now
		ahead := []holdfast.Interval{}
		if w := a.window; w.From < w.To {
			ahead = append(ahead, holdfast.Interval{From: w.From, To: w.To, State: holdfast.Future})
		}
		s.Coverage = holdfast.NewCoverage(ahead)
		if a.deal.Goal != "" {
			s.Goal = &Goal{Name: a.deal.Goal}
		}
		return s
	}
	all := &answers[0]
	s.Coverage, s.AsOf, s.AtLeast = all.Coverage, all.AsOf, len(all.AtLeast) > 0
	s.Views, s.Visitors, s.Visits = whole(all, 0, 0), whole(all, 0, 1), whole(all, 0, 2)
	s.readOverTime(&answers[1])
	s.readSources(&answers[2])
	s.readBusiest(&answers[3], bucketOf(a.window, busiest))
	if a.deal.Goal != "" {
		s.readGoal(&answers[4], a.deal.Goal)
	}
	return s
}

func (s *Stats) readOverTime(a *holdfast.Answer) {
	for i := range a.Rows {
		s.OverTime = append(s.OverTime, Bucket{At: text(a, i, 0), Views: whole(a, i, 1)})
	}
	for _, i := range a.AtLeast {
		s.OverTime[i].AtLeast = true
	}
}

func (s *Stats) readSources(a *holdfast.Answer) {
	for i := range a.Rows {
		s.Sources = append(s.Sources, Source{
			Source: text(a, i, 0), Visitors: number(a, i, 1), Visits: number(a, i, 2), Other: a.OtherRow && i == len(a.Rows)-1,
			PeakVisitors: number(a, i, 3), PeakNetworks: number(a, i, 4),
		})
	}
}

func (s *Stats) readBusiest(a *holdfast.Answer, bucket holdfast.Dimension) {
	if len(a.Rows) > 0 && number(a, 0, 1) > 0 {
		s.Busiest = &Busiest{Bucket: bucket, At: text(a, 0, 0), Views: number(a, 0, 1)}
	}
}

func (s *Stats) readGoal(a *holdfast.Answer, name string) {
	did, bySomebody, who := number(a, 0, 0), number(a, 0, 1), number(a, 0, 2)
	alsoViewed := who + number(a, 0, 3) - number(a, 0, 4)
	ofDeal := number(a, 0, 5)
	g := &Goal{Name: name, Events: did, Visitors: who + ofDeal - number(a, 0, 6)}
	s.Goal = g
	linked := 1.0
	if did > 0 {
		// A visitor who is only seen reaching the goal is not one of those who
		// came: the sender calls him otherwise than the pages do.
		if linked = 0; who > 0 {
			linked = float64(bySomebody) / float64(did) * float64(alsoViewed) / float64(who)
		}
		g.Linked = &linked
	}
	if ofDeal > 0 && linked >= EnoughLinked {
		share := float64(ofDeal-g.Visitors) / float64(ofDeal)
		g.DidntBite = &share
	}
}

// whole returns a number of an answer, counted from its metrics or dimensions
// on, or nil if it is not known.
func whole(a *holdfast.Answer, row, column int) *int64 {
	if row < len(a.Rows) && column < len(a.Rows[row]) {
		if n, ok := a.Rows[row][column].(int64); ok {
			return &n
		}
	}
	return nil
}

func number(a *holdfast.Answer, row, column int) int64 {
	if n := whole(a, row, column); n != nil {
		return *n
	}
	return 0
}

func text(a *holdfast.Answer, row, column int) string {
	if row < len(a.Rows) && column < len(a.Rows[row]) {
		s, _ := a.Rows[row][column].(string)
		return s
	}
	return ""
}

// StatsOf asks for the statistics of a deal of a site at now.
func StatsOf(ctx context.Context, ask func(context.Context, []holdfast.Question) ([]holdfast.Answer, error), site string, d holdfast.ScheduledDeal, now holdfast.Millis) (Stats, error) {
	a := Ask(site, d, now)
	if len(a.Questions) == 0 {
		return a.Stats(nil), nil
	}
	answers, err := ask(ctx, a.Questions)
	if err != nil {
		return Stats{}, err
	}
	return a.Stats(answers), nil
}
