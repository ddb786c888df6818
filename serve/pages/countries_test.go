package pages_test

import (
	"strings"
	"testing"

	"holdfast/serve/panel"
)

// The table of countries says what is estimated, and nothing if nothing is.
func TestEstimatedCountries(t *testing.T) {
	const mark, general = `aria-label="mostly estimated">~</span> <bdi>`, "countries may be estimated"
	for _, c := range []struct {
		name    string
		located panel.Located
		fr      bool // mostly estimated
		want    []string
		not     []string
	}{
		{"none is", panel.Located{Visits: 300}, false, nil, []string{"estimated", "~"}},
		{"some are", panel.Located{Visits: 300, Estimated: 36}, false, []string{"12 % estimated from time zones."}, []string{"~", general}},
		{"one country is mostly", panel.Located{Visits: 300, Estimated: 1}, true, []string{"Less than 1 % estimated from time zones, those with ~ mostly.", mark + "France<"}, []string{mark + "Germany<", general}},
		{"all are", panel.Located{Visits: 300, Estimated: 300}, true, []string{"All estimated from time zones.", mark + "France<"}, []string{general}},
		{"of some nobody knows", panel.Located{Visits: 300, Estimated: 36, Unsaid: 1}, false, []string{"12 % estimated", general}, []string{"~"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := typical()
			p.Located = c.located
			p.Countries = panel.List{Rows: []panel.Row{{Name: "DE", N: 200}, {Name: "FR", N: 100, Estimated: c.fr}, {Name: "", N: 60}}, Total: 360}
			text := get(serve(p), "/s/shop.example").Body.String()
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("the page does not say %s", want)
				}
			}
			for _, not := range c.not {
				if strings.Contains(text, not) {
					t.Errorf("the page says %s", not)
				}
			}
		})
	}
}
