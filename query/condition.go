package query

import (
	"fmt"
	"slices"
	"strings"

	"holdfast"
	"holdfast/keep/rows"
)

// column is where the values of a dimension come from. All questions of a scan
// share its columns.
type column struct {
	name    string
	from    source
	text    rows.Text   // of fromText and fromEnd
	number  rows.Number // of fromNumber
	key     string      // of fromProp
	ends    uint8       // of fromEnd: rows.IsEntry or rows.IsExit
	buckets *bucketing  // of fromTime
}

type source uint8

const (
	fromText   source = iota // a column of text: codes of a dictionary
	fromNumber               // a column of numbers, as text
	fromProp                 // a property, as text
	fromEnd                  // a column of text of the visit's entry or exit
	fromTime                 // a bucket of time
)

// condition is a node of a filter, over all columns. All questions of a scan
// share its conditions, and each is judged once for a block of rows.
type condition struct {
	op       conditionOp
	args     []int             // of conditions that come before this
	column   int               // of judged
	holds    func(string) bool // of judged
	from, to holdfast.Millis   // of during
	ends     uint8             // of ending
	text     string            // as plans show it
}

type conditionOp uint8

const (
	judged  conditionOp = iota // holds for the value of one column
	during                     // happened between from and to
	ending                     // is the entry or exit of its visit
	visited                    // has a visitor
	allOf
	anyOf
	noneOf
)

// addColumn returns the number of a column, new or old.
func (s *scan) addColumn(c column) int {
	for i := range s.columns {
		if s.columns[i].name == c.name {
			return i
		}
	}
	if c.from == fromText || c.from == fromEnd {
		s.names(c.text)
	}
	s.columns = append(s.columns, c)
	return len(s.columns) - 1
}

// names returns the names of a text column. The first time it must be called
// by one goroutine alone, as it is while questions are planned.
func (s *scan) names(c rows.Text) *names {
	if s.pinned[c] == nil {
		s.pinned[c] = s.book.of(siteColumn{s.site.ID, c})
	}
	return s.pinned[c]
}

// columnFor returns the number of the column of a dimension.
func (s *scan) columnFor(d holdfast.Dimension, p *plan) (int, error) {
	c := column{name: string(d)}
	if isBucket(d) {
		c.name = fmt.Sprintf("%s %s %d %d", d, p.cal.name(), p.q.From, p.q.To)
		for i := range s.columns {
			if s.columns[i].name == c.name {
				return i, nil
			}
		}
		var err error
		c.from = fromTime
		c.buckets, err = newBucketing(d, p.cal, p.q.From, p.q.To)
		return s.addColumn(c), err
	}
	if key, ok := strings.CutPrefix(string(d), "prop."); ok {
		c.from, c.key = fromProp, key
	} else if end, name, ok := cutEnd(d); ok {
		c.from, c.ends = fromEnd, rows.IsEntry
		if end == "exit" {
			c.ends = rows.IsExit
		}
		c.text, _ = rows.TextNamed(name)
	} else if n, ok := numbers[d]; ok {
		c.from, c.number = fromNumber, n
	} else {
		c.from = fromText
		c.text, _ = rows.TextNamed(string(d))
	}
	return s.addColumn(c), nil
}

// addCondition returns the number of a condition, new or old.
func (s *scan) addCondition(c condition) int {
	for i := range s.conditions {
		o := &s.conditions[i]
		if o.op == c.op && o.column == c.column && o.text == c.text && o.from == c.from && o.to == c.to && slices.Equal(o.args, c.args) {
			return i
		}
	}
	s.conditions = append(s.conditions, c)
	return len(s.conditions) - 1
}

// join returns the condition that all or any of the parts hold.
func (s *scan) join(op conditionOp, parts ...int) int {
	slices.Sort(parts)
	parts = slices.Compact(parts)
	if len(parts) == 1 && op != noneOf {
		return parts[0]
	}
	var texts []string
	for _, i := range parts {
		texts = append(texts, s.conditions[i].text)
	}
	slices.Sort(texts)
	c := condition{op: op, args: parts}
	switch {
	case op == noneOf:
		c.text = "not " + texts[0]
	case op == allOf && len(parts) == 0:
		c.text = "true"
	case op == anyOf && len(parts) == 0:
		c.text = "false"
	case op == allOf:
		c.text = "(" + strings.Join(texts, " and ") + ")"
	default:
		c.text = "(" + strings.Join(texts, " or ") + ")"
	}
	return s.addCondition(c)
}

// during returns the condition that an event happened in the question's time.
func (s *scan) during(p *plan) int {
	return s.addCondition(condition{op: during, from: p.q.From, to: p.q.To, text: "in time"})
}

// ending returns the condition that an event is its visit's entry or exit.
func (s *scan) ending(ends uint8) int {
	text := "is entry"
	if ends == rows.IsExit {
		text = "is exit"
	}
	return s.addCondition(condition{op: ending, ends: ends, text: text})
}

// is returns the condition that a column has a value.
func (s *scan) is(column rows.Text, value string, p *plan) (int, error) {
	return s.filter(&holdfast.Filter{
		Op: holdfast.Is, Column: holdfast.Dimension(column.String()), Values: []string{value},
	}, p)
}

// exists returns the condition that an event has a column.
func (s *scan) exists(d holdfast.Dimension, p *plan) (int, error) {
	if d == visitorColumn {
		return s.addCondition(condition{op: visited, text: "has visitor"}), nil
	}
	if d == "value" {
		d = holdfast.Dimension(rows.Currency.String()) // which every value has
	}
	return s.filter(&holdfast.Filter{Op: holdfast.Exists, Column: d}, p)
}

// filter returns the condition that a filter holds. What speaks of one column
// only is one condition, however it is put together.
func (s *scan) filter(f *holdfast.Filter, p *plan) (int, error) {
	c := canonical(f)
	return s.filterOf(&c, p)
}

func (s *scan) filterOf(f *holdfast.Filter, p *plan) (int, error) {
	if d, ok := columnOf(f); ok {
		col, err := s.columnFor(d, p)
		text := FormatFilter(f)
		if f.Op == holdfast.And || f.Op == holdfast.Or {
			text = "(" + text + ")"
		}
		return s.addCondition(condition{op: judged, column: col, holds: judge(f), text: text}), err
	}
	if f.Op == holdfast.Not {
		inner, err := s.filterOf(&f.Args[0], p)
		return s.join(noneOf, inner), err
	}
	op := allOf
	if f.Op == holdfast.Or {
		op = anyOf
	}
	// Parts that speak of the same column are judged together.
	together := make(map[string]*holdfast.Filter)
	var parts []int
	for i := range f.Args {
		arg := &f.Args[i]
		if d, ok := columnOf(arg); ok {
			if together[string(d)] == nil {
				together[string(d)] = &holdfast.Filter{Op: f.Op}
			}
			together[string(d)].Args = append(together[string(d)].Args, *arg)
			continue
		}
		part, err := s.filterOf(arg, p)
		if err != nil {
			return 0, err
		}
		parts = append(parts, part)
	}
	for _, d := range sortedKeys(together) {
		one := canonical(together[d])
		part, err := s.filterOf(&one, p)
		if err != nil {
			return 0, err
		}
		parts = append(parts, part)
	}
	return s.join(op, parts...), nil
}
