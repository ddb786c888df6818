package query

import (
	"strings"

	"holdfast"
)

// ParseOrders reads a list of columns to sort by, such as -views,path: a minus
// makes the greatest come first. A column is a dimension, a metric's name, or
// a metric as it is written. Its errors are *holdfast.FieldError of the field
// "order".
func ParseOrders(text string) ([]holdfast.Order, error) {
	l, err := newLexer("order", text)
	if err != nil {
		return nil, err
	}
	var orders []holdfast.Order
	for {
		o := holdfast.Order{Desc: l.take("-")}
		if o.Column, err = l.anything(); err != nil {
			return nil, err
		}
		orders = append(orders, o)
		if l.tok.kind == end {
			return orders, nil
		}
		if err := l.expect(","); err != nil {
			return nil, err
		}
	}
}

// anything reads the text up to the next comma outside parentheses; a name in
// double quotes stands for what is in them.
func (l *lexer) anything() (string, error) {
	start, stop, depth := l.tok, l.tok.pos, 0
	for l.tok.kind != end && l.tok.kind != bad {
		if l.tok.kind == symbol {
			switch l.tok.text {
			case "(":
				depth++
			case ")":
				depth--
			}
			if depth == 0 && l.tok.text == "," {
				return l.cut(start, stop)
			}
		}
		stop = l.tok.end
		l.next()
	}
	if depth > 0 {
		return "", l.want(`")"`)
	}
	return l.cut(start, stop)
}

// cut returns the text from a token up to stop.
func (l *lexer) cut(start token, stop int) (string, error) {
	if stop == start.pos {
		return "", l.want("the name of a column")
	}
	if l.err != nil {
		return "", l.err
	}
	if start.kind == named && stop == start.end {
		return start.text, nil
	}
	return strings.TrimSpace(l.text[start.pos:stop]), nil
}

// FormatOrders writes orders so that ParseOrders reads them.
func FormatOrders(orders []holdfast.Order) string {
	var parts []string
	for _, o := range orders {
		column := o.Column
		if m, err := ParseMetric(column); (err != nil || m.As != "") && !plainWord(column) {
			column = quoteName(column)
		}
		if o.Desc {
			column = "-" + column
		}
		parts = append(parts, column)
	}
	return strings.Join(parts, ",")
}
