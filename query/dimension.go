package query

import (
	"fmt"
	"slices"
	"strings"

	"holdfast"
	"holdfast/keep/rows"
)

// maxDimensions is how many dimensions a question may group by.
const maxDimensions = 8

// The dimensions that are numbers in the event. As dimensions they are the
// number's text, or "" where the event does not have it.
var numbers = map[holdfast.Dimension]rows.Number{
	"interactive": rows.Interactive,
	"engaged":     rows.Engaged,
	"scroll":      rows.Scroll,
	"value":       rows.Value,
}

// buckets are the dimensions of time, the finest first.
var buckets = []holdfast.Dimension{
	holdfast.Minute, holdfast.Hour, holdfast.DayBucket, holdfast.Week, holdfast.Month, holdfast.Year,
	holdfast.HourOfDay, holdfast.Weekday,
}

// Columns that only rows have.
const (
	timeColumn     holdfast.Dimension = "time"     // when it happened
	receivedColumn holdfast.Dimension = "received" // when it reached the store
)

// visitorColumn can be counted, so that it is known how many events have a
// visitor. Nothing tells who that is.
const visitorColumn holdfast.Dimension = "visitor"

func isBucket(d holdfast.Dimension) bool { return slices.Contains(buckets, d) }

// Dimensions returns the names of all dimensions but the properties, which are
// prop. and a key, and the entries and exits, which are entry. or exit. and
// the name of a column of text.
func Dimensions() []holdfast.Dimension {
	var all []holdfast.Dimension
	for c := range rows.Text(rows.NumText) {
		all = append(all, holdfast.Dimension(c.String()))
	}
	all = append(all, "interactive", "engaged", "scroll", "value")
	return append(all, buckets...)
}

// checkDimension says what is wrong with a dimension, or "".
func checkDimension(d holdfast.Dimension) string {
	if key, ok := strings.CutPrefix(string(d), "prop."); ok {
		switch {
		case key == "":
			return "prop. needs the key of a property, like prop.colour"
		case len(key) > holdfast.MaxPropKey:
			return fmt.Sprintf("a property's key is at most %d bytes", holdfast.MaxPropKey)
		}
		return ""
	}
	if end, column, ok := cutEnd(d); ok {
		if _, ok := rows.TextNamed(column); ok {
			return ""
		}
		return fmt.Sprintf("there is no column %q%s", d, nearest(column, textNames(), end+"."))
	}
	if _, ok := rows.TextNamed(string(d)); ok || isBucket(d) {
		return ""
	}
	if _, ok := numbers[d]; ok {
		return ""
	}
	var names []string
	for _, n := range Dimensions() {
		names = append(names, string(n))
	}
	return fmt.Sprintf("there is no column %q%s", d, nearest(string(d), names, ""))
}

// cutEnd takes entry.path apart.
func cutEnd(d holdfast.Dimension) (end, column string, ok bool) {
	end, column, ok = strings.Cut(string(d), ".")
	return end, column, ok && (end == "entry" || end == "exit")
}

func textNames() []string {
	var names []string
	for c := range rows.Text(rows.NumText) {
		names = append(names, c.String())
	}
	return names
}

// formatDimension writes a dimension as the lexer reads it.
func formatDimension(d holdfast.Dimension) string {
	key, ok := strings.CutPrefix(string(d), "prop.")
	if !ok || plainWord(key) {
		return string(d)
	}
	return "prop." + quoteName(key)
}

func plainWord(s string) bool {
	for i, r := range s {
		if !inWord(r) || i == 0 && !beginsWord(r) {
			return false
		}
	}
	return s != ""
}

// ParseDimensions reads a list of dimensions, such as source,prop.colour. Its
// errors are *holdfast.FieldError of the field "by".
func ParseDimensions(text string) ([]holdfast.Dimension, error) {
	l, err := newLexer("by", text)
	if err != nil {
		return nil, err
	}
	var by []holdfast.Dimension
	for l.tok.kind != end {
		d := holdfast.Dimension(l.tok.text)
		if l.tok.kind == word && (d == timeColumn || d == receivedColumn) {
			l.next()
		} else if d, err = l.column(); err != nil {
			return nil, err
		}
		by = append(by, d)
		if l.tok.kind != end {
			if err := l.expect(","); err != nil {
				return nil, err
			}
			if l.tok.kind == end {
				return nil, l.want("the name of a column")
			}
		}
	}
	return by, nil
}
