package query_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast"
	"holdfast/query"
	"holdfast/query/querytest"
)

// plain answers questions in the plainest possible way: event by event, from
// a list. It shares no code with the engine but the forms of text.
type plain struct {
	site   *holdfast.Site
	events []plainEvent
}

type plainEvent struct {
	*holdfast.Event
	visit *plainVisit
	entry bool
	exit  bool
}

type plainVisit struct {
	events []*plainEvent
	entry  *plainEvent
	exit   *plainEvent
	bounce bool
	views  int
	millis int64
}

func newPlain(site *holdfast.Site, events []holdfast.Event) *plain {
	p := &plain{site: site}
	events = querytest.Sorted(slices.DeleteFunc(slices.Clone(events), func(e holdfast.Event) bool { return e.Site != site.ID }))
	for i := range events {
		p.events = append(p.events, plainEvent{Event: &events[i]})
	}
	p.fold()
	return p
}

func (p *plain) fold() {
	current := make(map[string]*plainVisit)
	var all []*plainVisit
	for i := range p.events {
		e := &p.events[i]
		var who string
		switch {
		case e.Flag != "":
			continue
		case e.Visit != 0:
			who = fmt.Sprint(e.Day, " declared ", e.Visit)
		case e.Visitor != 0:
			who = fmt.Sprint(e.Day, " visitor ", e.Visitor)
		default:
			continue
		}
		v := current[who]
		if v == nil || e.Visit == 0 && e.Time-v.events[len(v.events)-1].Time >= 30*60*1000 {
			v = &plainVisit{}
			current[who] = v
			all = append(all, v)
		}
		v.events = append(v.events, e)
		e.visit = v
	}
	for _, v := range all {
		v.finish()
	}
}

func (v *plainVisit) finish() {
	acted := false
	first, last := v.events[0], v.events[len(v.events)-1]
	for _, e := range v.events {
		if e.Name == "pageview" {
			if v.entry == nil {
				v.entry = e
			}
			v.exit = e
			v.views++
		} else if e.Name != "engagement" && e.Interactive {
			acted = true
		}
	}
	if v.entry == nil {
		v.entry, v.exit = first, last
	}
	v.entry.entry, v.exit.exit = true, true
	v.millis = int64(last.Time - first.Time)
	v.bounce = v.views == 1 && !acted
}

// value returns what an event has in a dimension.
func (p *plain) value(e *plainEvent, d holdfast.Dimension, zone string) string {
	name := string(d)
	if key, ok := strings.CutPrefix(name, "prop."); ok {
		for _, prop := range e.Props {
			if prop.Key == key {
				return plainProp(prop)
			}
		}
		return ""
	}
	if of, ok := strings.CutPrefix(name, "entry."); ok {
		if e.visit == nil {
			return ""
		}
		return p.value(e.visit.entry, holdfast.Dimension(of), zone)
	}
	if of, ok := strings.CutPrefix(name, "exit."); ok {
		if e.visit == nil {
			return ""
		}
		return p.value(e.visit.exit, holdfast.Dimension(of), zone)
	}
	switch name {
	case "name":
		return e.Name
	case "path":
		return e.Path
	case "source":
		return e.Source
	case "country":
		return e.Country
	case "country_by":
		return string(e.CountryBy)
	case "utm_campaign":
		return e.UTM.Campaign
	case "currency":
		return e.Currency
	case "flag":
		return string(e.Flag)
	case "interactive":
		return fmt.Sprint(e.Interactive)
	case "engaged":
		if e.Engaged == 0 {
			return ""
		}
		return fmt.Sprint(e.Engaged)
	case "scroll":
		if e.Scroll == holdfast.NoScroll {
			return ""
		}
		return fmt.Sprint(e.Scroll)
	case "value":
		if e.Currency == "" {
			return ""
		}
		return fmt.Sprint(e.Value)
	}
	return p.bucket(e.Time, name, zone)
}

func plainProp(prop holdfast.Prop) string {
	switch prop.Kind {
	case holdfast.PropInt:
		return fmt.Sprint(prop.Int)
	case holdfast.PropFloat:
		return strconv.FormatFloat(prop.Float, 'f', -1, 64)
	case holdfast.PropBool:
		return fmt.Sprint(prop.Bool)
	}
	return prop.Str
}

func (p *plain) bucket(t holdfast.Millis, name, zone string) string {
	day, local := p.site.Day(t), t.Time().In(p.site.Location(t))
	if zone != "" {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			panic(err)
		}
		local = t.Time().In(loc)
		day = holdfast.DayOf(local.Date())
	}
	switch name {
	case "minute":
		return local.Format("2006-01-02T15:04:00Z07:00")
	case "hour":
		return local.Format("2006-01-02T15:00:00Z07:00")
	case "day":
		return day.String()
	case "week":
		for day.Weekday() != time.Monday {
			day--
		}
		return day.String()
	case "month":
		return day.String()[:7]
	case "year":
		return day.String()[:4]
	case "hour_of_day":
		return fmt.Sprint(local.Hour())
	case "weekday":
		n := int(day.Weekday())
		if n == 0 {
			n = 7
		}
		return fmt.Sprint(n)
	}
	panic("no dimension " + name)
}

func isTime(d holdfast.Dimension) bool {
	switch d {
	case "minute", "hour", "day", "week", "month", "year", "hour_of_day", "weekday":
		return true
	}
	return false
}

func (p *plain) holds(f *holdfast.Filter, e *plainEvent, zone string) bool {
	if f == nil {
		return true
	}
	switch f.Op {
	case holdfast.And:
		for i := range f.Args {
			if !p.holds(&f.Args[i], e, zone) {
				return false
			}
		}
		return true
	case holdfast.Or:
		for i := range f.Args {
			if p.holds(&f.Args[i], e, zone) {
				return true
			}
		}
		return false
	case holdfast.Not:
		return !p.holds(&f.Args[0], e, zone)
	}
	v := p.value(e, f.Column, zone)
	switch f.Op {
	case holdfast.Is:
		return v == f.Values[0]
	case holdfast.IsNot:
		return v != f.Values[0]
	case holdfast.Contains:
		return strings.Contains(v, f.Values[0])
	case holdfast.Matches:
		return regexp.MustCompile(f.Values[0]).MatchString(v)
	case holdfast.In:
		return slices.Contains(f.Values, v)
	case holdfast.Exists:
		return v != ""
	}
	panic("no operator " + f.Op)
}

func plainMentions(f *holdfast.Filter, d holdfast.Dimension) bool {
	return f != nil && (f.Column == d || slices.ContainsFunc(f.Args, func(a holdfast.Filter) bool { return plainMentions(&a, d) }))
}

// matching returns the events that a metric, or, if it is nil, the question
// itself is about.
func (p *plain) matching(q *holdfast.Question, m *holdfast.Metric) []*plainEvent {
	flagged := plainMentions(q.Where, "flag") || slices.Contains(q.By, "flag")
	var where *holdfast.Filter
	if m != nil {
		where = m.Where
		flagged = flagged || plainMentions(m.Where, "flag") || m.Of == "flag"
	}
	var all []*plainEvent
	for i := range p.events {
		e := &p.events[i]
		if e.Time >= q.From && e.Time < q.To && (flagged || e.Flag == "") && p.holds(q.Where, e, q.Zone) && p.holds(where, e, q.Zone) {
			all = append(all, e)
		}
	}
	return all
}

const glue = "\x00"

func (p *plain) group(q *holdfast.Question, e *plainEvent) string {
	var parts []string
	for _, d := range q.By {
		parts = append(parts, p.value(e, d, q.Zone))
	}
	return strings.Join(parts, glue)
}

// answer returns the rows of the answer to a question for groups.
func (p *plain) answer(q holdfast.Question) (rows [][]any, truncated bool) {
	groups := map[string]int{} // and their order in time
	if len(q.By) == 0 {
		groups[""] = 0
	}
	if len(q.By) == 1 && isTime(q.By[0]) {
		step := holdfast.Millis(15 * 60 * 1000)
		if q.By[0] == "minute" {
			step = 60 * 1000
		}
		for t := q.From; t < q.To; t += step {
			p.addGroup(groups, p.bucket(t, string(q.By[0]), q.Zone))
		}
		p.addGroup(groups, p.bucket(q.To-1, string(q.By[0]), q.Zone))
	}
	for _, e := range p.matching(&q, nil) {
		p.addGroup(groups, p.group(&q, e))
	}
	for _, m := range q.Metrics {
		for _, e := range p.matching(&q, &m) {
			p.addGroup(groups, p.group(&q, e))
		}
	}
	var names []string
	for g := range groups {
		names = append(names, g)
	}
	table := make(map[string][]any)
	for _, g := range names {
		for _, m := range q.Metrics {
			table[g] = append(table[g], p.metric(&q, &m, func(e *plainEvent) bool { return p.group(&q, e) == g }))
		}
	}
	slices.SortFunc(names, func(a, b string) int { return p.compare(&q, table, a, b) })
	for i, g := range names {
		if i == q.Limit {
			break
		}
		var row []any
		for j, d := range q.By {
			row = append(row, plainLabel(d, strings.Split(g, glue)[j]))
		}
		rows = append(rows, append(row, table[g]...))
	}
	if len(names) > q.Limit {
		shown := names[:q.Limit]
		if q.Other {
			row := make([]any, len(q.By))
			for _, m := range q.Metrics {
				row = append(row, p.metric(&q, &m, func(e *plainEvent) bool { return !slices.Contains(shown, p.group(&q, e)) }))
			}
			rows = append(rows, row)
		}
		return rows, true
	}
	return rows, false
}

func (p *plain) addGroup(groups map[string]int, g string) {
	if _, ok := groups[g]; !ok {
		groups[g] = len(groups)
	}
}

func plainLabel(d holdfast.Dimension, v string) any {
	if d == "hour_of_day" || d == "weekday" {
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	}
	return v
}

func (p *plain) compare(q *holdfast.Question, table map[string][]any, a, b string) int {
	orders := q.Order
	if len(orders) == 0 {
		for _, d := range q.By {
			if isTime(d) {
				orders = append(orders, holdfast.Order{Column: string(d)})
			}
		}
		orders = append(orders, holdfast.Order{Column: plainName(q.Metrics[0]), Desc: true})
	}
	for _, d := range q.By {
		orders = append(orders, holdfast.Order{Column: string(d)})
	}
	for _, o := range orders {
		c := 0
		if i := slices.Index(q.By, holdfast.Dimension(o.Column)); i >= 0 {
			c = comparePlainDim(q.By[i], strings.Split(a, glue)[i], strings.Split(b, glue)[i])
		} else {
			j := slices.IndexFunc(q.Metrics, func(m holdfast.Metric) bool { return plainName(m) == o.Column })
			x, y := table[a][j], table[b][j]
			if x == nil || y == nil {
				switch {
				case x != nil:
					return -1
				case y != nil:
					return 1
				}
				continue
			}
			c = rat(x).Cmp(rat(y))
		}
		if o.Desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func comparePlainDim(d holdfast.Dimension, a, b string) int {
	switch d {
	case "hour_of_day", "weekday":
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return cmp.Compare(x, y)
	case "hour", "minute":
		x, _ := time.Parse(time.RFC3339, a)
		y, _ := time.Parse(time.RFC3339, b)
		return x.Compare(y)
	}
	return strings.Compare(a, b)
}

func plainName(m holdfast.Metric) string {
	if m.As != "" {
		return m.As
	}
	return query.FormatMetric(m)
}

func rat(v any) *big.Rat {
	switch v := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(v)
	case float64:
		return new(big.Rat).SetFloat64(v)
	}
	panic(fmt.Sprintf("%T is no number", v))
}

// metric recomputes a metric over the events of a group.
func (p *plain) metric(q *holdfast.Question, m *holdfast.Metric, in func(*plainEvent) bool) any {
	var events []*plainEvent
	for _, e := range p.matching(q, m) {
		if in(e) {
			events = append(events, e)
		}
	}
	byDay, networks := map[holdfast.Day]map[holdfast.VisitorID]bool{}, map[holdfast.Day]map[holdfast.VisitorID]bool{}
	visitors, declared, visits, values := map[string]bool{}, map[holdfast.VisitorID]bool{}, map[*plainVisit]bool{}, map[string]bool{}
	var views, entries, exits, have, seen int64
	var numbers []any
	for _, e := range events {
		if e.Name == "pageview" {
			views++
		}
		if e.Visitor != 0 {
			seen++
			visitors[fmt.Sprint(e.Day, e.Visitor)] = true
			if byDay[e.Day] == nil {
				byDay[e.Day], networks[e.Day] = map[holdfast.VisitorID]bool{}, map[holdfast.VisitorID]bool{}
			}
			byDay[e.Day][e.Visitor], networks[e.Day][e.Visitor%16] = true, true
		}
		if e.Visitor.Declared() {
			declared[e.Visitor] = true
		}
		if e.visit != nil {
			visits[e.visit] = true
		}
		if e.entry {
			entries++
		}
		if e.exit {
			exits++
		}
		if m.Of != "" && m.Of != "visitor" {
			if v := p.value(e, m.Of, q.Zone); v != "" {
				have++
				values[v] = true
			}
			if n, ok := plainNumber(e, m.Of); ok {
				numbers = append(numbers, n)
			}
		}
	}
	var bounces, ofViews int
	var millis int64
	for v := range visits {
		if v.bounce {
			bounces++
		}
		ofViews += v.views
		millis += v.millis
	}
	per := func(n float64) any {
		if len(visits) == 0 {
			return nil
		}
		return n / float64(len(visits))
	}
	switch m.Func {
	case "views":
		return views
	case "events":
		return int64(len(events))
	case "visitors":
		return int64(len(visitors))
	case "declared_visitors":
		return int64(len(declared))
	case "peak_visitors":
		return mostOf(byDay)
	case "peak_networks":
		return mostOf(networks)
	case "visits":
		return int64(len(visits))
	case "bounce_rate":
		return per(float64(bounces))
	case "visit_duration":
		return per(float64(millis) / 1000)
	case "views_per_visit":
		return per(float64(ofViews))
	case "entries":
		return entries
	case "exits":
		return exits
	case "conversions":
		return int64(len(visitors))
	case "conversion_rate":
		all := maps.Clone(visitors)
		for _, e := range p.matching(q, nil) {
			if in(e) && e.Visitor != 0 {
				all[fmt.Sprint(e.Day, e.Visitor)] = true
			}
		}
		if len(all) == 0 {
			return nil
		}
		return float64(len(visitors)) / float64(len(all))
	case "count":
		if m.Of == "visitor" {
			return seen
		}
		return have
	case "distinct":
		return int64(len(values))
	}
	return plainNumbers(m.Func, numbers)
}

// mostOf returns the size of the largest set.
func mostOf(days map[holdfast.Day]map[holdfast.VisitorID]bool) int64 {
	most := 0
	for _, set := range days {
		most = max(most, len(set))
	}
	return int64(most)
}

func plainNumber(e *plainEvent, d holdfast.Dimension) (any, bool) {
	switch d {
	case "value":
		return e.Value, e.Currency != ""
	case "engaged":
		return int64(e.Engaged), e.Engaged != 0
	case "scroll":
		return int64(e.Scroll), e.Scroll != holdfast.NoScroll
	}
	for _, prop := range e.Props {
		if "prop."+prop.Key == string(d) {
			switch prop.Kind {
			case holdfast.PropInt:
				return prop.Int, true
			case holdfast.PropFloat:
				return prop.Float, true
			}
		}
	}
	return nil, false
}

func plainNumbers(f holdfast.Func, numbers []any) any {
	total, whole := new(big.Rat), true
	var least, greatest any
	for _, n := range numbers {
		total.Add(total, rat(n))
		_, isInt := n.(int64)
		whole = whole && isInt
		better := func(than any, sign int) bool {
			if than == nil {
				return true
			}
			c := rat(n).Cmp(rat(than)) * sign
			return c < 0 || c == 0 && isInt
		}
		if better(least, 1) {
			least = n
		}
		if better(greatest, -1) {
			greatest = n
		}
	}
	sum, _ := total.Float64()
	switch f {
	case "min":
		return least
	case "max":
		return greatest
	case "mean":
		if len(numbers) == 0 {
			return nil
		}
		return sum / float64(len(numbers))
	}
	if whole && total.Num().IsInt64() {
		return total.Num().Int64()
	}
	return sum
}

// rows returns the rows of the answer to a question for rows: no columns of
// what equal events may differ in.
func (p *plain) rows(q holdfast.Question) (rows [][]any) {
	type dated struct {
		time  holdfast.Millis
		cells []any
	}
	var all []dated
	for _, e := range p.matching(&q, nil) {
		var row []any
		for _, d := range q.By {
			if d == "time" {
				row = append(row, e.Time.Time().In(p.site.Location(e.Time)).Format("2006-01-02T15:04:05.000Z07:00"))
			} else {
				row = append(row, plainLabel(d, p.value(e, d, q.Zone)))
			}
		}
		all = append(all, dated{e.Time, row})
	}
	slices.SortFunc(all, func(a, b dated) int {
		return cmp.Or(cmp.Compare(b.time, a.time), slices.CompareFunc(a.cells, b.cells, func(x, y any) int {
			if n, ok := x.(int64); ok {
				return cmp.Compare(n, y.(int64))
			}
			return cmp.Compare(x.(string), y.(string))
		}))
	})
	for _, row := range all[:min(len(all), q.Limit)] {
		rows = append(rows, row.cells)
	}
	return rows
}

// values returns the rows of the answer to a question for values.
func (p *plain) values(q holdfast.Question) (rows [][]any) {
	n := make(map[string]int64)
	for _, e := range p.matching(&q, nil) {
		if v := p.value(e, q.By[0], q.Zone); v != "" {
			n[v]++
		}
	}
	var names []string
	for v := range n {
		names = append(names, v)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(n[b], n[a]), comparePlainDim(q.By[0], a, b))
	})
	for _, v := range names[:min(len(names), q.Limit)] {
		rows = append(rows, []any{plainLabel(q.By[0], v), n[v]})
	}
	return rows
}
