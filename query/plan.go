package query

import (
	"fmt"
	"slices"
	"strings"

	"holdfast"
	"holdfast/keep/rows"
)

// scan is the questions of one Ask about one site: what they need, once each.
type scan struct {
	site       *holdfast.Site
	columns    []column
	conditions []condition
	plans      []*plan
	maxGroups  int
	tuning     tuning
	book       *nameBook
	pinned     [rows.NumText]*names // the same for all of the scan
}

// plan is how one question is answered.
type plan struct {
	q     holdfast.Question
	cal   calendar
	scan  *scan
	index int // among the scan's plans

	dims    []int // columns, for Groups and Values as in By
	keep    int   // condition: the events that the question is about
	exists  int   // condition: the events that make a group appear
	aggs    []agg
	metrics []metric
	places  *places // nil: the question is not about countries
	// additive says that all numbers of a day are sums, or sets, of those of
	// its parts, so that each part may be counted by itself.
	additive bool
	// byHour says how to count from the tallies of runs, for each agg; nil if
	// it cannot be done.
	byHour []hourly

	// rest makes the plan count one group: all that are not in it.
	rest *topGroups
}

// agg is something that is counted in each group.
type agg struct {
	kind   aggKind
	where  int // condition
	column int // of sum, extremes and distinct
}

type aggKind uint8

const (
	countEvents      aggKind = iota
	countVisitors            // of each site day
	declaredVisitors         // of all days
	peakVisitors             // of the day with most, and their networks
	sumVisits                // visits, bounces, views and durations
	sumNumbers
	extremes // the least and the greatest number
	distinctValues
)

// metric is how a column of the answer comes from the aggs.
type metric struct {
	fn   holdfast.Func
	agg  int
	of   int // the agg that a rate divides by
	unit string
	name string
	// currencies is the agg that has the currencies of the amounts added up,
	// or -1.
	currencies int
}

// hourly is how an agg counts from a tally.
type hourly struct {
	views bool // page views only
	flag  func(string) bool
}

// addPlan plans a question that was checked, for a scan of its site.
func (s *scan) addPlan(q holdfast.Question) (*plan, error) {
	p := &plan{q: q, scan: s, index: len(s.plans)}
	var err error
	if p.cal, err = newCalendar(s.site, q.Zone); err != nil {
		return nil, err
	}
	for _, d := range q.By {
		if q.Kind == holdfast.Rows && (d == timeColumn || d == receivedColumn) {
			p.dims = append(p.dims, -1)
			continue
		}
		c, err := s.columnFor(d, p)
		if err != nil {
			return nil, err
		}
		p.dims = append(p.dims, c)
	}
	if err := p.compile(); err != nil {
		return nil, err
	}
	s.plans = append(s.plans, p)
	return p, nil
}

// aboutFlag says whether the question speaks of flagged events, so that they
// are not left out.
func aboutFlag(q *holdfast.Question) bool {
	return mentions(q.Where, holdfast.Dimension(rows.Flag.String())) || slices.Contains(q.By, holdfast.Dimension(rows.Flag.String()))
}

func metricAboutFlag(m *holdfast.Metric) bool {
	flag := holdfast.Dimension(rows.Flag.String())
	return m.Of == flag || mentions(m.Where, flag)
}

func (p *plan) compile() error {
	s := p.scan
	base := []int{s.during(p)} // whatever the flag
	if p.q.Where != nil {
		where, err := s.filter(p.q.Where, p)
		if err != nil {
			return err
		}
		base = append(base, where)
	}
	counted, err := s.is(rows.Flag, string(holdfast.Counted), p)
	if err != nil {
		return err
	}
	all := s.join(allOf, base...)
	p.keep = all
	if !aboutFlag(&p.q) {
		p.keep = s.join(allOf, append(slices.Clone(base), counted)...)
	}
	metrics := p.q.Metrics
	if p.q.Kind == holdfast.Values {
		if !isBucket(p.q.By[0]) {
			has, err := s.exists(p.q.By[0], p)
			if err != nil {
				return err
			}
			p.keep = s.join(allOf, p.keep, has)
		}
		metrics = []holdfast.Metric{{Func: holdfast.Events}}
	}
	// What makes a group appear comes first.
	p.exists = p.keep
	seen := []int{p.keep}
	for i := range metrics {
		m := &metrics[i]
		if !aboutFlag(&p.q) && metricAboutFlag(m) {
			of, err := p.matching(m, all)
			if err != nil {
				return err
			}
			seen = append(seen, s.join(allOf, of...))
		}
	}
	p.exists = s.join(anyOf, seen...)
	p.addAgg(agg{kind: countEvents, where: p.exists})
	for i := range metrics {
		m := &metrics[i]
		about := p.keep
		if metricAboutFlag(m) {
			about = all
		}
		if err := p.addMetric(m, about); err != nil {
			return err
		}
	}
	if err := p.addPlaces(); err != nil {
		return err
	}
	p.additive = true
	for _, a := range p.aggs {
		switch a.kind {
		case countVisitors, peakVisitors, sumVisits:
			p.additive = false
		}
	}
	p.byHour = p.hourly(metrics)
	return nil
}

// matching returns the conditions of a metric's own filter, after another.
func (p *plan) matching(m *holdfast.Metric, about int) ([]int, error) {
	if m.Where == nil {
		return []int{about}, nil
	}
	where, err := p.scan.filter(m.Where, p)
	return []int{about, where}, err
}

// conditionOf returns which events a metric counts, of those of a condition.
func (p *plan) conditionOf(m *holdfast.Metric, about int) (int, error) {
	s := p.scan
	parts, err := p.matching(m, about)
	if err != nil {
		return 0, err
	}
	part := -1
	switch m.Func {
	case holdfast.Views:
		part, err = s.is(rows.Name, holdfast.Pageview, p)
	case holdfast.Entries:
		part = s.ending(rows.IsEntry)
	case holdfast.Exits:
		part = s.ending(rows.IsExit)
	case holdfast.Count, holdfast.Distinct:
		part, err = s.exists(m.Of, p)
	case holdfast.Sum, holdfast.Mean, holdfast.Min, holdfast.Max:
		if m.Of == "value" {
			part, err = s.exists(m.Of, p)
		}
	}
	if part >= 0 {
		parts = append(parts, part)
	}
	return s.join(allOf, parts...), err
}

func (p *plan) addMetric(m *holdfast.Metric, about int) error {
	where, err := p.conditionOf(m, about)
	if err != nil {
		return err
	}
	a := agg{where: where}
	mt := metric{fn: m.Func, name: columnName(*m), unit: unitOf(*m), currencies: -1}
	switch m.Func {
	case holdfast.Visitors, holdfast.Conversions, holdfast.ConversionRate:
		a.kind = countVisitors
	case holdfast.DeclaredVisitors:
		a.kind = declaredVisitors
	case holdfast.PeakVisitors, holdfast.PeakNetworks:
		a.kind = peakVisitors
	case holdfast.Visits, holdfast.BounceRate, holdfast.VisitDuration, holdfast.ViewsPerVisit:
		a.kind = sumVisits
	case holdfast.Sum, holdfast.Mean:
		a.kind = sumNumbers
	case holdfast.Min, holdfast.Max:
		a.kind = extremes
	case holdfast.Distinct:
		a.kind = distinctValues
	}
	if a.kind >= sumNumbers {
		if a.column, err = p.scan.columnFor(m.Of, p); err != nil {
			return err
		}
	}
	mt.agg = p.addAgg(a)
	if m.Func == holdfast.ConversionRate {
		of := p.keep
		if about != p.keep {
			of = p.scan.join(anyOf, p.keep, where) // nobody converts who is not among them
		}
		mt.of = p.addAgg(agg{kind: countVisitors, where: of})
	}
	if m.Of == "value" && (a.kind == sumNumbers || a.kind == extremes) {
		c, err := p.scan.columnFor(holdfast.Dimension(rows.Currency.String()), p)
		if err != nil {
			return err
		}
		mt.currencies = p.addAgg(agg{kind: distinctValues, where: where, column: c})
	}
	p.metrics = append(p.metrics, mt)
	return nil
}

// addAgg returns the number of an agg, new or old.
func (p *plan) addAgg(a agg) int {
	for i, o := range p.aggs {
		if o.kind == a.kind && o.where == a.where && o.column == a.column {
			return i
		}
	}
	p.aggs = append(p.aggs, a)
	return len(p.aggs) - 1
}

// ofVisitors says whether the agg is made from the pairs of a group and a
// visitor.
func (a *agg) ofVisitors() bool {
	return a.kind == countVisitors || a.kind == declaredVisitors || a.kind == peakVisitors
}

// pairsOf returns the first agg that is made from the same pairs as agg i.
func (p *plan) pairsOf(i int) int {
	a := &p.aggs[i]
	for j := range p.aggs[:i] {
		if o := &p.aggs[j]; a.ofVisitors() && o.ofVisitors() && o.where == a.where {
			return j
		}
	}
	return i
}

// hourly returns how to count from tallies, which know only hours and flags.
func (p *plan) hourly(metrics []holdfast.Metric) []hourly {
	flag := holdfast.Dimension(rows.Flag.String())
	onlyFlag := func(f *holdfast.Filter) bool {
		if f == nil {
			return true
		}
		d, ok := columnOf(f)
		return ok && d == flag
	}
	if p.q.Kind != holdfast.Groups || p.exists != p.keep || !onlyFlag(p.q.Where) {
		return nil
	}
	for _, d := range p.q.By {
		if d != flag && !isBucket(d) {
			return nil
		}
	}
	for _, m := range metrics {
		if m.Func != holdfast.Views && m.Func != holdfast.Events || !onlyFlag(m.Where) {
			return nil
		}
	}
	s := p.scan
	how := make([]hourly, len(p.aggs))
	for i, a := range p.aggs {
		how[i] = s.hourlyOf(a.where)
	}
	return how
}

// hourlyOf returns a condition on time, name and flag as one on flags. That it
// is made of nothing else its caller made sure of.
func (s *scan) hourlyOf(i int) hourly {
	c := &s.conditions[i]
	switch c.op {
	case judged:
		if s.columns[c.column].name == rows.Name.String() {
			return hourly{true, func(string) bool { return true }}
		}
		return hourly{false, c.holds}
	case during:
		return hourly{false, func(string) bool { return true }}
	case noneOf:
		inner := s.hourlyOf(c.args[0])
		return hourly{false, func(f string) bool { return !inner.flag(f) }}
	}
	all := c.op == allOf
	h := hourly{}
	var parts []func(string) bool
	for _, arg := range c.args {
		part := s.hourlyOf(arg)
		h.views = h.views || all && part.views
		parts = append(parts, part.flag)
	}
	h.flag = func(f string) bool {
		for _, part := range parts {
			if part(f) != all {
				return !all
			}
		}
		return all
	}
	return h
}

// String returns the plan as text: equal texts of questions about the same
// site are answered alike from the same rows.
func (p *plan) String() string {
	var b strings.Builder
	s := p.scan
	fmt.Fprintf(&b, "%s of site %d from %s to %s in %s\n", p.q.Kind, s.site.ID, p.q.From, p.q.To, p.cal.name())
	for i, d := range p.q.By {
		if c := p.dims[i]; c < 0 {
			fmt.Fprintf(&b, "by    %s\n", d)
		} else {
			fmt.Fprintf(&b, "by    %s, %s\n", d, s.columns[c].source())
		}
	}
	fmt.Fprintf(&b, "keep  %s\n", s.conditions[p.keep].text)
	if p.exists != p.keep {
		fmt.Fprintf(&b, "group %s\n", s.conditions[p.exists].text)
	}
	for i, a := range p.aggs {
		fmt.Fprintf(&b, "agg %d %s", i, aggNames[a.kind])
		if a.kind >= sumNumbers {
			fmt.Fprintf(&b, " %s", s.columns[a.column].name)
		}
		if a.where != p.keep {
			fmt.Fprintf(&b, " where %s", p.beyond(a.where))
		}
		b.WriteString("\n")
	}
	for _, m := range p.metrics {
		fmt.Fprintf(&b, "%s = %s of %d", m.name, m.fn, m.agg)
		if m.fn == holdfast.ConversionRate {
			fmt.Fprintf(&b, " and %d", m.of)
		}
		b.WriteString("\n")
	}
	if len(p.q.Order) > 0 {
		fmt.Fprintf(&b, "order %s\n", FormatOrders(p.q.Order))
	}
	fmt.Fprintf(&b, "limit %d", p.q.Limit)
	if p.q.Other {
		b.WriteString(", then the others")
	}
	unit := "day"
	if p.additive {
		unit = "part"
	}
	fmt.Fprintf(&b, "\nunit  %s", unit)
	if p.byHour != nil {
		b.WriteString(", or the hours of its tallies")
	}
	b.WriteString("\n")
	return b.String()
}

// beyond returns the text of a condition without what the plan keeps anyway.
func (p *plan) beyond(i int) string {
	s := p.scan
	c := &s.conditions[i]
	if c.op != allOf || !slices.Contains(c.args, p.keep) {
		return c.text
	}
	texts := []string{"kept"}
	for _, arg := range c.args {
		if arg != p.keep {
			texts = append(texts, s.conditions[arg].text)
		}
	}
	slices.Sort(texts[1:])
	return strings.Join(texts, " and ")
}

var aggNames = [...]string{"events", "visitors", "declared", "peak visitors", "visits", "sum", "extremes", "distinct"}

func (c *column) source() string {
	switch c.from {
	case fromText:
		return "codes"
	case fromNumber, fromProp:
		return "values"
	case fromEnd:
		return "codes of visits"
	}
	return "times"
}
