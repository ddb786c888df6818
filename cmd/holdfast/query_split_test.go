package main

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuestionsAreTakenApart(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       url.Values
	}{
		{"metrics alone", "views, visitors", url.Values{"metrics": {"views, visitors"}}},
		{"all parts, in any order", "views limit 3 by path for 7d tz Europe/Berlin with other order -views", url.Values{
			"metrics": {"views"}, "limit": {"3"}, "by": {"path"}, "period": {"7d"}, "tz": {"Europe/Berlin"}, "other": {"true"}, "order": {"-views"},
		}},
		{"by after order belongs to it", "views by path order by -views", url.Values{"metrics": {"views"}, "by": {"path"}, "order": {"-views"}}},
		{"a day", "views on 2026-07-31", url.Values{"metrics": {"views"}, "period": {"2026-07-31"}}},
		{"a range", "views from 2026-07-01T00:00:00+02:00 to 2026-07-31", url.Values{
			"metrics": {"views"}, "from": {"2026-07-01T00:00:00+02:00"}, "to": {"2026-07-31"},
		}},
		{"double quotes are good for values", `views where country = "DE" and path != "it's"`, url.Values{
			"metrics": {"views"}, "where": {"country = 'DE' and path != 'it''s'"},
		}},
		{"and stay where they name something", `sum(prop."for you" where name = "x") as "by hand" by prop."where"`, url.Values{
			"metrics": {`sum(prop."for you" where name = 'x') as "by hand"`}, "by": {`prop."where"`},
		}},
		{"words in quotes and parentheses are not looked at", "views(where path = 'by limit') where source in ('for', 'to')", url.Values{
			"metrics": {"views(where path = 'by limit')"}, "where": {"source in ('for', 'to')"},
		}},
		{"doubled quotes do not end a text", "views where title = 'it''s by' by path", url.Values{
			"metrics": {"views"}, "where": {"title = 'it''s by'"}, "by": {"path"},
		}},
		{"a quote that is not closed is left to the parser", "views where title = 'x", url.Values{"metrics": {"views"}, "where": {"title = 'x"}}},
		{"nothing", "", url.Values{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := splitQuestion(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestQuestionsThatCannotBeTakenApart(t *testing.T) {
	for text, want := range map[string]string{
		"views by path by source": "by is given twice",
		"views by":                "by: nothing follows it",
		"views by for 7d":         "by: nothing follows it",
		"views for 7d on 1d":      "period is given twice",
		"views with sugar":        `with sugar: only "with other" is known`,
	} {
		if _, err := splitQuestion(text); err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

func FuzzSplitQuestion(f *testing.F) {
	f.Add(`views, visitors by source where country = "DE" for 7d`)
	f.Add("views order by -views limit 3 with other")
	f.Add(`"('`)
	f.Fuzz(func(t *testing.T, text string) {
		parameters, err := splitQuestion(text)
		if err != nil {
			return
		}
		for name, values := range parameters {
			if len(values) != 1 || values[0] == "" {
				t.Errorf("%q has %q as %s", text, values, name)
			}
		}
	})
}
