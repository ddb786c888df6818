package query

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"holdfast"
)

// answer makes the answer to a question from what was counted.
func (e *Engine) answer(ctx context.Context, view View, p *plan, t *table) (holdfast.Answer, error) {
	a := holdfast.Answer{
		Columns:  p.answerColumns(),
		Rows:     [][]any{},
		Coverage: holdfast.NewCoverage(view.Coverage(p.scan.site, p.q.From, p.q.To)),
		AsOf:     view.AsOf(),
	}
	if p.q.Kind == holdfast.Rows {
		return a, e.answerRows(ctx, view, p, &a)
	}
	r := newResult(p, t, a.Coverage)
	order := r.order()
	a.Truncated = len(order) > p.q.Limit
	shown := order[:min(len(order), p.q.Limit)]
	for _, i := range shown {
		r.addRow(&a, i)
	}
	if a.Truncated && p.q.Other {
		rest, err := e.rest(ctx, view, r, shown)
		if err != nil {
			return a, err
		}
		a.OtherRow = true
		row := make([]any, len(p.dims), len(a.Columns))
		for _, m := range p.metrics {
			row = append(row, m.value(rest, 0).any())
		}
		if a.Coverage.Spoiled() {
			a.AtLeast = append(a.AtLeast, len(a.Rows))
		}
		if p.places.mostly(rest, 0) {
			a.Estimated = append(a.Estimated, len(a.Rows))
		}
		a.Rows = append(a.Rows, row)
	}
	a.Coverage.Notes = append(a.Coverage.Notes, p.notes(t)...)
	return a, nil
}

func (p *plan) answerColumns() []holdfast.Column {
	var columns []holdfast.Column
	for _, d := range p.q.By {
		columns = append(columns, holdfast.Column{Name: string(d), Role: holdfast.RoleDimension})
	}
	for _, m := range p.metrics {
		columns = append(columns, holdfast.Column{Name: m.name, Role: holdfast.RoleMetric, Unit: m.unit})
	}
	return columns
}

// notes returns what a reader of the numbers must know.
func (p *plan) notes(t *table) []string {
	var notes []string
	site := p.scan.site
	for _, a := range p.aggs {
		if a.kind == countVisitors && site.Day(p.q.From) != site.Day(p.q.To-1) {
			notes = append(notes, "visitors are counted per day")
			break
		}
	}
	for _, m := range p.metrics {
		if m.currencies < 0 {
			continue
		}
		d := t.states[m.currencies].(*distinct)
		if t.n > 0 && slices.Max(d.perGroup(t.n)) > 1 {
			names := p.valuesOf(d, p.aggs[m.currencies].column)
			notes = append(notes, fmt.Sprintf("%s takes amounts of several currencies together: %s", m.name, strings.Join(names, ", ")))
		}
	}
	return append(notes, p.places.notes(t)...)
}

// valuesOf returns the values of a text column that some group has.
func (p *plan) valuesOf(d *distinct, column int) []string {
	texts := p.scan.names(p.scan.columns[column].text).all()
	has := make(map[string]bool)
	for _, code := range d.values {
		has[texts[code]] = true
	}
	return sortedKeys(has)
}

// rest counts, as one group, all groups but those shown.
func (e *Engine) rest(ctx context.Context, view View, r *result, shown []int) ([]state, error) {
	p, t := r.plan, r.table
	if p.additive {
		to := make([]uint32, t.n)
		for _, i := range shown {
			if g := r.groups[i]; g >= 0 {
				to[g] = 1
			}
		}
		var states []state
		for i, a := range p.aggs {
			s := newState(a.kind)
			s.merge(t.states[i], to, 2)
			states = append(states, s)
		}
		return states, nil
	}
	// Visitors and visits of several groups may be the same: count again.
	top := &topGroups{table: t, top: make([]bool, t.n)}
	for _, i := range shown {
		if g := r.groups[i]; g >= 0 {
			top.top[g] = true
		}
	}
	again, s := *p, *p.scan
	again.scan, again.index, again.rest, again.byHour = &s, 0, top, nil
	s.plans = []*plan{&again}
	tables, err := e.scan(ctx, view, &s)
	if err != nil {
		return nil, err
	}
	return tables[0].states, nil
}
