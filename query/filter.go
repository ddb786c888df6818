package query

import (
	"fmt"
	"strings"

	"holdfast"
)

// ParseFilter reads the written form of a filter, such as
//
//	source = 'Google' and not path contains '/admin'
//
// Its errors are *holdfast.FieldError of the field "where".
func ParseFilter(text string) (*holdfast.Filter, error) {
	l, err := newLexer("where", text)
	if err != nil {
		return nil, err
	}
	f, err := l.filter()
	if err != nil {
		return nil, err
	}
	if l.tok.kind != end {
		return nil, l.want("and, or, or the end")
	}
	return f, nil
}

// FormatFilter writes a filter so that ParseFilter reads it. Filters that
// judge alike may be written differently.
func FormatFilter(f *holdfast.Filter) string {
	var b strings.Builder
	formatFilter(&b, f, 0)
	return b.String()
}

// filter reads a filter up to where it can go no further.
func (l *lexer) filter() (*holdfast.Filter, error) {
	p := filterParser{lexer: l}
	f, err := p.or(0)
	return &f, err
}

// filterParser reads, from what binds weakest to what binds strongest: or,
// and, not, a comparison.
type filterParser struct {
	*lexer
	nodes int
}

func (p *filterParser) or(depth int) (holdfast.Filter, error) {
	return p.joined(holdfast.Or, depth, p.and)
}

func (p *filterParser) and(depth int) (holdfast.Filter, error) {
	return p.joined(holdfast.And, depth, p.not)
}

// joined reads one or more parts with the operator between them.
func (p *filterParser) joined(op holdfast.Op, depth int, part func(int) (holdfast.Filter, error)) (holdfast.Filter, error) {
	first, err := part(depth)
	if err != nil || p.tok.kind != word {
		return first, err
	}
	args := []holdfast.Filter{first}
	for p.take(string(op)) {
		next, err := part(depth)
		if err != nil {
			return next, err
		}
		args = append(args, next)
	}
	if len(args) == 1 {
		return first, nil
	}
	return holdfast.Filter{Op: op, Args: args}, nil
}

func (p *filterParser) not(depth int) (f holdfast.Filter, err error) {
	if depth > maxDepth {
		return f, p.errorf(p.tok.pos, "more than %d conditions within each other", maxDepth)
	}
	if p.nodes++; p.nodes > maxNodes {
		return f, p.errorf(p.tok.pos, "more than %d conditions", maxNodes)
	}
	switch {
	case p.take("not"):
		f, err = p.not(depth + 1)
		return negated(f), err
	case p.take("("):
		if f, err = p.or(depth + 1); err != nil {
			return f, err
		}
		return f, p.expect(")")
	case p.take("true"):
		return holdfast.Filter{Op: holdfast.And}, nil
	case p.take("false"):
		return holdfast.Filter{Op: holdfast.Or}, nil
	}
	return p.comparison()
}

func negated(f holdfast.Filter) holdfast.Filter {
	return holdfast.Filter{Op: holdfast.Not, Args: []holdfast.Filter{f}}
}

func (p *filterParser) comparison() (f holdfast.Filter, err error) {
	if f.Column, err = p.column(); err != nil {
		return f, err
	}
	not := false
	switch {
	case p.take("="):
		f.Op = holdfast.Is
	case p.take("!="):
		f.Op = holdfast.IsNot
	case p.take("exists"):
		f.Op = holdfast.Exists
		return f, nil
	case p.take("is"):
		f.Op = holdfast.Is
		if p.take("not") {
			f.Op = holdfast.IsNot
		}
	default:
		not = p.take("not")
		switch {
		case p.take("contains"):
			f.Op = holdfast.Contains
		case p.take("matches"):
			f.Op = holdfast.Matches
		case p.take("in"):
			f.Op = holdfast.In
		default:
			return f, p.want("=, !=, contains, in, matches or exists")
		}
	}
	if f.Op == holdfast.In {
		f.Values, err = p.list()
	} else {
		f.Values = []string{""}
		f.Values[0], err = p.value()
	}
	if not {
		f = negated(f)
	}
	return f, err
}

func (p *filterParser) list() ([]string, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	values := []string{}
	if p.take(")") {
		return values, nil
	}
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if !p.take(",") {
			return values, p.expect(")")
		}
	}
}

func (p *filterParser) value() (string, error) {
	if p.tok.kind != quoted && p.tok.kind != digits {
		return "", p.want("a value in single quotes")
	}
	v := p.tok.text
	p.next()
	return v, nil
}

// column reads the name of a dimension.
func (l *lexer) column() (holdfast.Dimension, error) {
	if l.tok.kind != word {
		return "", l.want("the name of a column")
	}
	d := holdfast.Dimension(l.tok.text)
	if reason := checkDimension(d); reason != "" {
		return "", l.errorf(l.tok.pos, "%s", reason)
	}
	l.next()
	return d, nil
}

// How strongly what is around a condition binds.
const (
	loose = iota
	inOr
	inAnd
	inNot
)

func formatFilter(b *strings.Builder, f *holdfast.Filter, around int) {
	switch f.Op {
	case holdfast.And:
		formatJoined(b, f, " and ", "true", inAnd, around)
	case holdfast.Or:
		formatJoined(b, f, " or ", "false", inOr, around)
	case holdfast.Not:
		b.WriteString("not ")
		for i := range f.Args {
			formatFilter(b, &f.Args[i], inNot)
		}
	case holdfast.Exists:
		fmt.Fprintf(b, "%s exists", formatDimension(f.Column))
	case holdfast.In:
		fmt.Fprintf(b, "%s in (", formatDimension(f.Column))
		for i, v := range f.Values {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quote(v))
		}
		b.WriteString(")")
	default:
		op := string(f.Op)
		switch f.Op {
		case holdfast.Is:
			op = "="
		case holdfast.IsNot:
			op = "!="
		}
		fmt.Fprintf(b, "%s %s", formatDimension(f.Column), op)
		for _, v := range f.Values {
			b.WriteString(" " + quote(v))
		}
	}
}

func formatJoined(b *strings.Builder, f *holdfast.Filter, between, none string, binds, around int) {
	switch len(f.Args) {
	case 0:
		b.WriteString(none)
		return
	case 1:
		formatFilter(b, &f.Args[0], around)
		return
	}
	if binds <= around {
		b.WriteString("(")
		defer b.WriteString(")")
	}
	for i := range f.Args {
		if i > 0 {
			b.WriteString(between)
		}
		formatFilter(b, &f.Args[i], binds)
	}
}
