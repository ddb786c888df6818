package query

import (
	"regexp"
	"slices"
	"strings"

	"holdfast"
)

// canonical returns a filter that judges as f does and is the same for filters
// that differ only in the order, repetition and nesting of their parts.
func canonical(f *holdfast.Filter) holdfast.Filter {
	switch f.Op {
	case holdfast.Not:
		inner := canonical(&f.Args[0])
		if inner.Op == holdfast.Not {
			return inner.Args[0]
		}
		return negated(inner)
	case holdfast.And, holdfast.Or:
		return canonicalJoin(f)
	case holdfast.In:
		values := slices.Clone(f.Values)
		slices.Sort(values)
		values = slices.Compact(values)
		switch len(values) {
		case 0:
			return holdfast.Filter{Op: holdfast.Or}
		case 1:
			return holdfast.Filter{Op: holdfast.Is, Column: f.Column, Values: values}
		}
		return holdfast.Filter{Op: holdfast.In, Column: f.Column, Values: values}
	case holdfast.IsNot:
		return negated(holdfast.Filter{Op: holdfast.Is, Column: f.Column, Values: f.Values})
	}
	return *f
}

func canonicalJoin(f *holdfast.Filter) holdfast.Filter {
	joined := holdfast.Filter{Op: f.Op}
	for i := range f.Args {
		arg := canonical(&f.Args[i])
		if arg.Op == f.Op {
			joined.Args = append(joined.Args, arg.Args...)
		} else {
			joined.Args = append(joined.Args, arg)
		}
	}
	texts := make(map[string]holdfast.Filter, len(joined.Args))
	for _, arg := range joined.Args {
		texts[FormatFilter(&arg)] = arg
	}
	joined.Args = joined.Args[:0]
	for _, text := range sortedKeys(texts) {
		joined.Args = append(joined.Args, texts[text])
	}
	if len(joined.Args) == 1 {
		return joined.Args[0]
	}
	return joined
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// columnOf returns the one column that a filter speaks of, or ok false if
// there are several or none.
func columnOf(f *holdfast.Filter) (d holdfast.Dimension, ok bool) {
	if f.Column != "" {
		return f.Column, true
	}
	for i := range f.Args {
		c, one := columnOf(&f.Args[i])
		if !one || d != "" && c != d {
			return "", false
		}
		d = c
	}
	return d, d != ""
}

// judge returns f as a function of the value of its one column.
func judge(f *holdfast.Filter) func(string) bool {
	var value string
	if len(f.Values) > 0 {
		value = f.Values[0]
	}
	switch f.Op {
	case holdfast.Is:
		return func(s string) bool { return s == value }
	case holdfast.IsNot:
		return func(s string) bool { return s != value }
	case holdfast.Contains:
		return func(s string) bool { return strings.Contains(s, value) }
	case holdfast.Matches:
		return regexp.MustCompile(value).MatchString // compiled before, when checked
	case holdfast.In:
		set := make(map[string]bool, len(f.Values))
		for _, v := range f.Values {
			set[v] = true
		}
		return func(s string) bool { return set[s] }
	case holdfast.Not:
		inner := judge(&f.Args[0])
		return func(s string) bool { return !inner(s) }
	case holdfast.And, holdfast.Or:
		all := f.Op == holdfast.And
		var parts []func(string) bool
		for i := range f.Args {
			parts = append(parts, judge(&f.Args[i]))
		}
		return func(s string) bool {
			for _, part := range parts {
				if part(s) != all {
					return !all
				}
			}
			return all
		}
	}
	return func(s string) bool { return s != "" } // exists
}
