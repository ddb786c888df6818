package query_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/query"
)

func TestParseMetrics(t *testing.T) {
	purchase := is("name", "purchase")
	for _, test := range []struct {
		name, text string
		want       []holdfast.Metric
		back       string
	}{
		{"one", "views", []holdfast.Metric{{Func: holdfast.Views}}, "views"},
		{"several", "views, visitors", []holdfast.Metric{{Func: holdfast.Views}, {Func: holdfast.Visitors}}, "views"},
		{"of a column", "sum(value)", []holdfast.Metric{{Func: holdfast.Sum, Of: "value"}}, "sum(value)"},
		{"of a property", `mean(prop."odd key")`, []holdfast.Metric{{Func: holdfast.Mean, Of: "prop.odd key"}}, `mean(prop."odd key")`},
		{"of some events", "visitors(name = 'purchase')", []holdfast.Metric{{Func: holdfast.Visitors, Where: &purchase}}, "visitors(name = 'purchase')"},
		{"of some events, with where", "visitors(where name = 'purchase')", []holdfast.Metric{{Func: holdfast.Visitors, Where: &purchase}}, "visitors(name = 'purchase')"},
		{"of a column of some events", "sum(value where name = 'purchase')", []holdfast.Metric{{Func: holdfast.Sum, Of: "value", Where: &purchase}}, "sum(value where name = 'purchase')"},
		{"with a name", "views as seen", []holdfast.Metric{{Func: holdfast.Views, As: "seen"}}, "views as seen"},
		{"with an odd name", `views as "page views"`, []holdfast.Metric{{Func: holdfast.Views, As: "page views"}}, `views as "page views"`},
		{"with nothing in parentheses", "views()", []holdfast.Metric{{Func: holdfast.Views}}, "views"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := query.ParseMetrics(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if back := query.FormatMetric(got[0]); back != test.back {
				t.Errorf("written as %s, want %s", back, test.back)
			}
		})
	}
}

func TestParseMetricsSaysWhatIsWrong(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "metrics: at character 1: want the name of a metric, not the end"},
		{"an unknown one", "vews", `metrics: at character 1: there is no metric "vews"; did you mean views?`},
		{"one from elsewhere", "pageviews", `metrics: at character 1: there is no metric "pageviews"`},
		{"no column", "views,sum", "metrics: at character 7: sum needs a column, like sum(value)"},
		{"a column of text", "sum(path)", "metrics: at character 1: sum of path: there are no numbers in it; count and distinct take any column"},
		{"a bucket of time", "distinct(hour)", "metrics: at character 1: distinct of hour: a bucket of time is not a column of the event"},
		{"a conversion that is none", "conversion_rate", `metrics: at character 1: conversion_rate needs a condition, like conversion_rate(name = 'purchase')`},
		{"who the visitor is", "distinct(visitor)", `metrics: at character 10: there is no column "visitor"`},
		{"an unknown column", "count(prp.x)", `metrics: at character 7: there is no column "prp.x"`},
		{"a column too many", "views(path)", "metrics: at character 11: want =, !=, contains, in, matches or exists, not \")\""},
		{"a comma at the end", "views,", "metrics: at character 7: want the name of a metric, not the end"},
		{"no name", "views as", "metrics: at character 9: want a name for the column, not the end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := query.ParseMetrics(test.text)
			var field *holdfast.FieldError
			if !errors.As(err, &field) || err.Error() != test.want {
				t.Errorf("error is\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}

func TestParseOrders(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []holdfast.Order
		back       string
	}{
		{"ascending", "path", []holdfast.Order{{Column: "path"}}, "path"},
		{"descending", "-views, path", []holdfast.Order{{Column: "views", Desc: true}, {Column: "path"}}, "-views,path"},
		{"by a metric as it is written", "-sum(value where path in ('a','b')),path", []holdfast.Order{{Column: "sum(value where path in ('a','b'))", Desc: true}, {Column: "path"}}, "-sum(value where path in ('a','b')),path"},
		{"by an odd name", `-"page, views"`, []holdfast.Order{{Column: "page, views", Desc: true}}, `-"page, views"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := query.ParseOrders(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if back := query.FormatOrders(got); back != test.back {
				t.Errorf("written as %s, want %s", back, test.back)
			}
		})
	}
	for _, text := range []string{"", "-", "a,,b", "a,", "'", "(,"} {
		if got, err := query.ParseOrders(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestParseDimensions(t *testing.T) {
	got, err := query.ParseDimensions(`time, entry.path,prop."a b"`)
	if diff := cmp.Diff([]holdfast.Dimension{"time", "entry.path", "prop.a b"}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, text := range []string{"pth", "path,", ",", "path path", "'path'"} {
		if got, err := query.ParseDimensions(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}
