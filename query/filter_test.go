package query_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast"
	"holdfast/query"
)

func is(column holdfast.Dimension, value string) holdfast.Filter {
	return holdfast.Filter{Op: holdfast.Is, Column: column, Values: []string{value}}
}

func join(op holdfast.Op, args ...holdfast.Filter) holdfast.Filter {
	return holdfast.Filter{Op: op, Args: args}
}

func TestParseFilter(t *testing.T) {
	a, b, c := is("source", "a"), is("path", "b"), is("country", "c")
	for _, test := range []struct {
		name, text string
		want       holdfast.Filter
		back       string // what it is written as, if not as it was
	}{
		{name: "a comparison", text: "source = 'a'", want: a},
		{name: "is is =", text: "source is 'a'", want: a, back: "source = 'a'"},
		{name: "!= is is not", text: "source is not 'a'", want: holdfast.Filter{Op: holdfast.IsNot, Column: "source", Values: []string{"a"}}, back: "source != 'a'"},
		{name: "a doubled quote is one", text: "source = 'it''s'", want: is("source", "it's")},
		{name: "a value may be empty", text: "source = ''", want: is("source", "")},
		{name: "a number needs no quotes", text: "scroll = 50", want: is("scroll", "50"), back: "scroll = '50'"},
		{name: "not even a negative one", text: "value = -3.5", want: is("value", "-3.5"), back: "value = '-3.5'"},
		{name: "contains", text: "path contains '/admin'", want: holdfast.Filter{Op: holdfast.Contains, Column: "path", Values: []string{"/admin"}}},
		{name: "matches", text: `path matches '^/x\d'`, want: holdfast.Filter{Op: holdfast.Matches, Column: "path", Values: []string{`^/x\d`}}},
		{name: "exists", text: "prop.colour exists", want: holdfast.Filter{Op: holdfast.Exists, Column: "prop.colour"}},
		{name: "in a list", text: "source in ('a','b')", want: holdfast.Filter{Op: holdfast.In, Column: "source", Values: []string{"a", "b"}}, back: "source in ('a', 'b')"},
		{name: "in an empty list", text: "source in ()", want: holdfast.Filter{Op: holdfast.In, Column: "source", Values: []string{}}},
		{name: "not in", text: "source not in ('a')", want: join(holdfast.Not, holdfast.Filter{Op: holdfast.In, Column: "source", Values: []string{"a"}}), back: "not source in ('a')"},
		{name: "not contains", text: "path not contains 'x'", want: join(holdfast.Not, holdfast.Filter{Op: holdfast.Contains, Column: "path", Values: []string{"x"}}), back: "not path contains 'x'"},
		{name: "and binds before or", text: "source = 'a' or path = 'b' and country = 'c'", want: join(holdfast.Or, a, join(holdfast.And, b, c))},
		{name: "parentheses bind before and", text: "(source = 'a' or path = 'b') and country = 'c'", want: join(holdfast.And, join(holdfast.Or, a, b), c)},
		{name: "not binds first", text: "not source = 'a' and path = 'b'", want: join(holdfast.And, join(holdfast.Not, a), b)},
		{name: "not of parentheses", text: "not (source = 'a' and path = 'b')", want: join(holdfast.Not, join(holdfast.And, a, b))},
		{name: "several in a row are one", text: "source = 'a' and path = 'b' and country = 'c'", want: join(holdfast.And, a, b, c)},
		{name: "parentheses keep them apart", text: "source = 'a' and (path = 'b' and country = 'c')", want: join(holdfast.And, a, join(holdfast.And, b, c))},
		{name: "keywords in any case", text: "NOT source = 'a' AND path Contains 'b' Or country EXISTS", want: join(holdfast.Or, join(holdfast.And, join(holdfast.Not, a), holdfast.Filter{Op: holdfast.Contains, Column: "path", Values: []string{"b"}}), holdfast.Filter{Op: holdfast.Exists, Column: "country"}), back: "not source = 'a' and path contains 'b' or country exists"},
		{name: "what always holds", text: "true", want: join(holdfast.And)},
		{name: "what never holds", text: "not (true or false)", want: join(holdfast.Not, join(holdfast.Or, join(holdfast.And), join(holdfast.Or)))},
		{name: "a column of the entry", text: "entry.path = '/'", want: is("entry.path", "/")},
		{name: "a property with a dash", text: "prop.some-key = 'x'", want: is("prop.some-key", "x")},
		{name: "a property with a colon and dots", text: "prop.og:a.b = 'x'", want: is("prop.og:a.b", "x")},
		{name: "a property of other letters", text: "prop.größe = 'x'", want: is("prop.größe", "x")},
		{name: "a property with an odd key", text: `prop."odd ""key"" and" = 'x'`, want: is(`prop.odd "key" and`, "x")},
		{name: "a property called like a keyword", text: "prop.in in ('x')", want: holdfast.Filter{Op: holdfast.In, Column: "prop.in", Values: []string{"x"}}},
		{name: "a property whose key begins with a digit", text: `prop."1st" = 'x'`, want: is("prop.1st", "x")},
		{name: "a bucket of time", text: "hour_of_day in ('9', '10')", want: holdfast.Filter{Op: holdfast.In, Column: "hour_of_day", Values: []string{"9", "10"}}},
		{name: "spaces of all kinds, or none", text: "source='a'\n\tand(path='b')", want: join(holdfast.And, a, b), back: "source = 'a' and path = 'b'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := query.ParseFilter(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			back := test.back
			if back == "" {
				back = test.text
			}
			if text := query.FormatFilter(got); text != back {
				t.Errorf("written as %s, want %s", text, back)
			}
		})
	}
}

func TestParseFilterSaysWhatIsWrong(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "where: at character 1: want the name of a column, not the end"},
		{"an unknown column", "sorce = 'a'", `where: at character 1: there is no column "sorce"; did you mean source?`},
		{"an unknown column far from any", "colour = 'a'", `where: at character 1: there is no column "colour"`},
		{"an unknown column of the entry", "entry.pth = 'a'", `where: at character 1: there is no column "entry.pth"; did you mean entry.path?`},
		{"the entry of a property", "entry.prop.x = 'a'", `where: at character 1: there is no column "entry.prop.x"`},
		{"no key", "prop. = 'a'", "where: at character 1: prop. needs the key of a property, like prop.colour"},
		{"a value without quotes", "source = Google", `where: at character 10: want a value in single quotes, not "Google"`},
		{"a value in double quotes", `source = "Google"`, `where: at character 10: want a value in single quotes, not "Google"`},
		{"an open quote", "source = 'Google", "where: at character 10: the quote is not closed"},
		{"an open parenthesis", "(source = 'a'", `where: at character 14: want ")", not the end`},
		{"a parenthesis too many", "source = 'a')", `where: at character 13: want and, or, or the end, not ")"`},
		{"no operator", "source 'a'", "where: at character 8: want =, !=, contains, in, matches or exists, not 'a'"},
		{"an operator of elsewhere", "source == 'a'", `where: at character 9: want a value in single quotes, not "="`},
		{"a comparison of size", "value > 3", `where: at character 7: '>' means nothing here`},
		{"no list", "source in 'a'", `where: at character 11: want "(", not 'a'`},
		{"a list that goes on", "source in ('a',)", `where: at character 16: want a value in single quotes, not ")"`},
		{"two in a row", "source = 'a' path = 'b'", `where: at character 14: want and, or, or the end, not "path"`},
		{"characters are counted, not bytes", "prop.größe = 'ö' x", `where: at character 18: want and, or, or the end, not "x"`},
		{"too deep", strings.Repeat("(", 70) + "true", "where: at character 66: more than 64 conditions within each other"},
		{"too many", "true" + strings.Repeat(" or true", 1000), "where: at character 8001: more than 1000 conditions"},
		{"too long", strings.Repeat(" ", 70_000), "where: longer than 65536 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := query.ParseFilter(test.text)
			if err == nil {
				t.Fatalf("read as %s", query.FormatFilter(f))
			}
			if err.Error() != test.want {
				t.Errorf("error is\n%s\nwant\n%s", err, test.want)
			}
			var field *holdfast.FieldError
			if !errors.As(err, &field) || field.Field != "where" {
				t.Errorf("%#v is no error of the field where", err)
			}
		})
	}
}

// randomFilter returns a filter as ParseFilter makes them.
func randomFilter(r *rand.Rand, depth int, in holdfast.Op) holdfast.Filter {
	if depth > 0 {
		switch op := pick(r, holdfast.And, holdfast.Or, holdfast.Not); {
		case op == holdfast.Not:
			return join(op, randomFilter(r, depth-1, op))
		default:
			f := holdfast.Filter{Op: op}
			for range 2 + r.IntN(2) {
				f.Args = append(f.Args, randomFilter(r, r.IntN(depth), op))
			}
			return f
		}
	}
	column := pick[holdfast.Dimension](r, "source", "entry.path", "prop.a-b", `prop.odd "key"`, "prop.", "hour")
	if column == "prop." {
		column += "é'x"
	}
	value := pick(r, "", "a", "it's", "''", "\n", "\xff", "and")
	switch op := pick(r, holdfast.Is, holdfast.IsNot, holdfast.Contains, holdfast.Matches, holdfast.In, holdfast.Exists); op {
	case holdfast.In:
		return holdfast.Filter{Op: op, Column: column, Values: []string{value, "b"}}
	case holdfast.Exists:
		return holdfast.Filter{Op: op, Column: column}
	default:
		return holdfast.Filter{Op: op, Column: column, Values: []string{value}}
	}
}

func TestWrittenFiltersReadBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		want := randomFilter(r, 4, "")
		text := query.FormatFilter(&want)
		got, err := query.ParseFilter(text)
		if err != nil {
			rt.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			rt.Fatalf("%s reads back otherwise:\n%s", text, diff)
		}
	})
}

func FuzzParseFilter(f *testing.F) {
	for _, text := range someFilters {
		f.Add(text)
	}
	f.Add(`prop."odd ""key""" = 'it''s' AND NOT (value in (1, -2.5) or path not matches '^/x')`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := query.ParseFilter(text)
		if err != nil {
			var field *holdfast.FieldError
			if !errors.As(err, &field) {
				t.Fatalf("%v is no error of a field", err)
			}
			return
		}
		written := query.FormatFilter(got)
		again, err := query.ParseFilter(written)
		if err != nil {
			t.Fatalf("%q is written as %q, which cannot be read: %v", text, written, err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Fatalf("%q is written as %q, which is something else:\n%s", text, written, diff)
		}
	})
}
