package query

import (
	"fmt"
	"slices"
	"strings"

	"holdfast"
)

// maxMetrics is how many metrics one question may have.
const maxMetrics = 32

// Functions without a column, and functions of one.
var (
	plainFuncs = []holdfast.Func{
		holdfast.Views, holdfast.Events, holdfast.Visitors, holdfast.DeclaredVisitors,
		holdfast.PeakVisitors, holdfast.PeakNetworks, holdfast.Visits,
		holdfast.BounceRate, holdfast.VisitDuration, holdfast.ViewsPerVisit, holdfast.Entries, holdfast.Exits,
		holdfast.Conversions, holdfast.ConversionRate,
	}
	columnFuncs = []holdfast.Func{
		holdfast.Count, holdfast.Sum, holdfast.Mean, holdfast.Min, holdfast.Max, holdfast.Distinct,
	}
)

// ParseMetrics reads a list of metrics, such as
//
//	views, visitors(name = 'purchase') as buyers, sum(value where source = 'Google')
//
// Its errors are *holdfast.FieldError of the field "metrics".
func ParseMetrics(text string) ([]holdfast.Metric, error) {
	l, err := newLexer("metrics", text)
	if err != nil {
		return nil, err
	}
	var metrics []holdfast.Metric
	for {
		m, err := l.metric()
		if err != nil {
			return nil, err
		}
		metrics = append(metrics, m)
		if l.tok.kind == end {
			return metrics, nil
		}
		if err := l.expect(","); err != nil {
			return nil, err
		}
	}
}

// ParseMetric reads one metric.
func ParseMetric(text string) (holdfast.Metric, error) {
	metrics, err := ParseMetrics(text)
	if err != nil {
		return holdfast.Metric{}, err
	}
	if len(metrics) > 1 {
		return holdfast.Metric{}, &holdfast.FieldError{Field: "metrics", Reason: "want one metric, not several"}
	}
	return metrics[0], nil
}

// FormatMetric writes a metric so that ParseMetric reads it.
func FormatMetric(m holdfast.Metric) string {
	text := formatExpression(m)
	if m.As == "" {
		return text
	}
	if plainWord(m.As) {
		return text + " as " + m.As
	}
	return text + " as " + quoteName(m.As)
}

// formatExpression writes a metric without its name: sum(value where …).
func formatExpression(m holdfast.Metric) string {
	var inner []string
	if m.Of != "" {
		inner = append(inner, formatDimension(m.Of))
	}
	if m.Where != nil {
		if m.Of != "" {
			inner = append(inner, "where")
		}
		inner = append(inner, FormatFilter(m.Where))
	}
	if len(inner) == 0 {
		return string(m.Func)
	}
	return fmt.Sprintf("%s(%s)", m.Func, strings.Join(inner, " "))
}

// columnName is what the metric's column is called in the answer.
func columnName(m holdfast.Metric) string {
	if m.As != "" {
		return m.As
	}
	return formatExpression(m)
}

func (l *lexer) metric() (m holdfast.Metric, err error) {
	if l.tok.kind != word {
		return m, l.want("the name of a metric")
	}
	m.Func = holdfast.Func(l.tok.text)
	if reason := checkFunc(m.Func); reason != "" {
		return m, l.errorf(l.tok.pos, "%s", reason)
	}
	ofColumn := slices.Contains(columnFuncs, m.Func)
	start := l.tok.pos
	l.next()
	if l.take("(") {
		if ofColumn {
			if m.Func == holdfast.Count && l.take(string(visitorColumn)) {
				m.Of = visitorColumn
			} else if m.Of, err = l.column(); err != nil {
				return m, err
			}
		}
		if l.take("where") || (!ofColumn && !(l.tok.kind == symbol && l.tok.text == ")")) {
			if m.Where, err = l.filter(); err != nil {
				return m, err
			}
		}
		if err := l.expect(")"); err != nil {
			return m, err
		}
	}
	if reason := checkOf(m); reason != "" {
		return m, l.errorf(start, "%s", reason)
	}
	if l.take("as") {
		if l.tok.kind != word && l.tok.kind != named || l.tok.text == "" {
			return m, l.want("a name for the column")
		}
		m.As = l.tok.text
		l.next()
	}
	return m, nil
}

// checkFunc says what is wrong with the name of a function, or "".
func checkFunc(f holdfast.Func) string {
	var names []string
	for _, known := range slices.Concat(plainFuncs, columnFuncs) {
		if f == known {
			return ""
		}
		names = append(names, string(known))
	}
	return fmt.Sprintf("there is no metric %q%s", f, nearest(string(f), names, ""))
}

// checkOf says what is wrong with the column of a metric, or "".
func checkOf(m holdfast.Metric) string {
	if !slices.Contains(columnFuncs, m.Func) {
		if m.Of != "" {
			return fmt.Sprintf("%s has no column; write %s(where …) for a condition", m.Func, m.Func)
		}
		if m.Where == nil && (m.Func == holdfast.Conversions || m.Func == holdfast.ConversionRate) {
			return fmt.Sprintf("%s needs a condition, like %s(name = 'purchase')", m.Func, m.Func)
		}
		return ""
	}
	if m.Of == "" {
		return fmt.Sprintf("%s needs a column, like %s(value)", m.Func, m.Func)
	}
	if m.Func == holdfast.Count && m.Of == visitorColumn {
		return ""
	}
	if reason := checkDimension(m.Of); reason != "" {
		return reason
	}
	if isBucket(m.Of) {
		return fmt.Sprintf("%s of %s: a bucket of time is not a column of the event", m.Func, m.Of)
	}
	if m.Func != holdfast.Count && m.Func != holdfast.Distinct && !isNumeric(m.Of) {
		return fmt.Sprintf("%s of %s: there are no numbers in it; count and distinct take any column", m.Func, m.Of)
	}
	return ""
}

// isNumeric says whether a column may hold numbers.
func isNumeric(d holdfast.Dimension) bool {
	return d == "value" || d == "engaged" || d == "scroll" || strings.HasPrefix(string(d), "prop.")
}

// unitOf returns the unit of a metric's numbers.
func unitOf(m holdfast.Metric) string {
	switch m.Func {
	case holdfast.BounceRate, holdfast.ConversionRate:
		return "ratio"
	case holdfast.VisitDuration:
		return "s"
	case holdfast.Sum, holdfast.Mean, holdfast.Min, holdfast.Max:
		switch m.Of {
		case "value":
			return "minor units"
		case "engaged":
			return "ms"
		case "scroll":
			return "%"
		}
	}
	return ""
}
