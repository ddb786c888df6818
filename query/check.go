package query

import (
	"fmt"
	"regexp"
	"slices"

	"holdfast"
)

// maxPattern is the length of a regular expression, in bytes.
const maxPattern = 1000

// maxValues is how many values all the lists of a filter may have together.
const maxValues = 10_000

// check says what makes no sense in a question whose site is known, and
// returns the question with all that it left out.
func check(q holdfast.Question) (holdfast.Question, error) {
	if _, _, err := checkRange("to", q.From, q.To); err != nil {
		return q, err
	}
	if q.Kind == "" {
		q.Kind = holdfast.Groups
	}
	switch {
	case q.Limit < 0:
		return q, fieldError("limit", "less than 0")
	case q.Limit > holdfast.MaxLimit:
		return q, fieldError("limit", "more than %d", holdfast.MaxLimit)
	case q.Limit == 0:
		q.Limit = holdfast.DefaultLimit
	}
	if q.Where != nil {
		if err := checkFilter("where", q.Where); err != nil {
			return q, err
		}
	}
	if err := checkBy(q); err != nil {
		return q, err
	}
	switch q.Kind {
	case holdfast.Groups:
		err := checkGroups(&q)
		return q, err
	case holdfast.Rows:
		return q, checkPlain(q)
	case holdfast.Values:
		if len(q.By) != 1 {
			return q, fieldError("by", "a question for values names one dimension")
		}
		return q, checkPlain(q)
	}
	return q, fieldError("kind", "%q is none of groups, rows, values", q.Kind)
}

func fieldError(field, format string, args ...any) error {
	return &holdfast.FieldError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

func checkBy(q holdfast.Question) error {
	most := maxDimensions
	if q.Kind == holdfast.Rows {
		most = maxMetrics
		if len(q.By) == 0 {
			return fieldError("by", "a question for rows names the columns to show")
		}
	}
	if len(q.By) > most {
		return fieldError("by", "more than %d dimensions", most)
	}
	for i, d := range q.By {
		if slices.Contains(q.By[:i], d) {
			return fieldError("by", "%s is named twice", d)
		}
		if q.Kind == holdfast.Rows && (d == timeColumn || d == receivedColumn) {
			continue
		}
		if reason := checkDimension(d); reason != "" {
			return fieldError("by", "%s", reason)
		}
	}
	return nil
}

// checkPlain makes sure of a question that has no metrics of its own.
func checkPlain(q holdfast.Question) error {
	switch {
	case len(q.Metrics) > 0:
		return fieldError("metrics", "a question for %s has none", q.Kind)
	case len(q.Order) > 0:
		return fieldError("order", "a question for %s has its own", q.Kind)
	case q.Other:
		return fieldError("other", "a question for %s has no other row", q.Kind)
	}
	return nil
}

func checkGroups(q *holdfast.Question) error {
	switch {
	case len(q.Metrics) == 0:
		return fieldError("metrics", "is required")
	case len(q.Metrics) > maxMetrics:
		return fieldError("metrics", "more than %d", maxMetrics)
	}
	names := make([]string, 0, len(q.By)+len(q.Metrics))
	for _, d := range q.By {
		names = append(names, string(d))
	}
	for _, m := range q.Metrics {
		if reason := checkFunc(m.Func); reason != "" {
			return fieldError("metrics", "%s", reason)
		}
		if reason := checkOf(m); reason != "" {
			return fieldError("metrics", "%s", reason)
		}
		if m.Where != nil {
			if err := checkFilter("metrics", m.Where); err != nil {
				return err
			}
		}
		if len(m.As) > holdfast.MaxName {
			return fieldError("metrics", "a column's name is longer than %d bytes", holdfast.MaxName)
		}
		name := columnName(m)
		if slices.Contains(names, name) {
			return fieldError("metrics", "two columns are called %s; name one with as", name)
		}
		names = append(names, name)
	}
	q.Order = slices.Clone(q.Order)
	for i := range q.Order {
		o := &q.Order[i]
		if slices.Contains(names, o.Column) {
			continue
		}
		// The same metric, written with other spaces.
		m, err := ParseMetric(o.Column)
		if name := columnName(m); err == nil && slices.Contains(names, name) {
			o.Column = name
			continue
		}
		return fieldError("order", "the answer has no column %q%s", o.Column, nearest(o.Column, names, ""))
	}
	return nil
}

// checkFilter says what is wrong with a filter that may not have been parsed.
func checkFilter(field string, f *holdfast.Filter) error {
	c := filterChecker{field: field}
	return c.check(f, 0)
}

type filterChecker struct {
	field         string
	nodes, values int
}

func (c *filterChecker) check(f *holdfast.Filter, depth int) error {
	c.nodes++
	c.values += len(f.Values)
	switch {
	case depth > 2*maxDepth: // what ParseFilter accepts has an and and a not in each
		return fieldError(c.field, "conditions are nested too deeply")
	case c.nodes > 4*maxNodes:
		return fieldError(c.field, "too many conditions")
	case c.values > maxValues:
		return fieldError(c.field, "more than %d values", maxValues)
	}
	switch f.Op {
	case holdfast.And, holdfast.Or, holdfast.Not:
		return c.joined(f, depth)
	case holdfast.Is, holdfast.IsNot, holdfast.Contains, holdfast.Matches:
		if len(f.Values) != 1 {
			return fieldError(c.field, "%s %s wants one value, not %d", f.Column, f.Op, len(f.Values))
		}
	case holdfast.In:
	case holdfast.Exists:
		if len(f.Values) != 0 {
			return fieldError(c.field, "%s exists wants no value", f.Column)
		}
	default:
		return fieldError(c.field, "there is no operator %q%s", f.Op, nearest(string(f.Op), operators, ""))
	}
	if len(f.Args) > 0 {
		return fieldError(c.field, "%s joins no conditions", f.Op)
	}
	if reason := checkDimension(f.Column); reason != "" {
		return fieldError(c.field, "%s", reason)
	}
	if f.Op == holdfast.Matches {
		if len(f.Values[0]) > maxPattern {
			return fieldError(c.field, "a regular expression is longer than %d bytes", maxPattern)
		}
		if _, err := regexp.Compile(f.Values[0]); err != nil {
			return fieldError(c.field, "%s matches %s: %v", f.Column, quote(f.Values[0]), err)
		}
	}
	return nil
}

var operators = []string{
	string(holdfast.And), string(holdfast.Or), string(holdfast.Not), string(holdfast.Is), string(holdfast.IsNot),
	string(holdfast.Contains), string(holdfast.In), string(holdfast.Matches), string(holdfast.Exists),
}

func (c *filterChecker) joined(f *holdfast.Filter, depth int) error {
	switch {
	case f.Column != "" || len(f.Values) > 0:
		return fieldError(c.field, "%s joins conditions and has no column and no values of its own", f.Op)
	case f.Op == holdfast.Not && len(f.Args) != 1:
		return fieldError(c.field, "not wants one condition, not %d", len(f.Args))
	}
	for i := range f.Args {
		if err := c.check(&f.Args[i], depth+1); err != nil {
			return err
		}
	}
	return nil
}

// mentions says whether the filter speaks of a column.
func mentions(f *holdfast.Filter, d holdfast.Dimension) bool {
	if f == nil {
		return false
	}
	if f.Column == d {
		return true
	}
	for i := range f.Args {
		if mentions(&f.Args[i], d) {
			return true
		}
	}
	return false
}
