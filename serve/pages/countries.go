package pages

import (
	_ "embed"
	"strings"

	"holdfast"
	"holdfast/serve/panel"
)

// nameCountries gives countries their names, and says which are estimates.
func nameCountries(t *table, p *panel.Page) {
	marked := false
	for i := range p.Countries.Rows {
		r := &t.Rows[i]
		if name := countries[r.Name]; name != "" {
			r.Name = name
		}
		if p.Countries.Rows[i].Estimated {
			r.Mark, marked = "mostly estimated", true
		}
	}
	if n := p.Located.Estimated; n > 0 {
		t.Note = capital(holdfast.Share(n, p.Located.Visits)) + " estimated from time zones"
		if marked && n < p.Located.Visits {
			t.Note += ", those with ~ mostly"
		}
		t.Note += "."
	}
}

//go:embed countries.tab
var countriesText string

// countries are the names of countries by their codes in ISO 3166, as in the
// file iso3166.tab of the public-domain time zone database.
var countries = func() map[string]string {
	names := make(map[string]string)
	for line := range strings.Lines(countriesText) {
		if code, name, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			names[code] = name
		}
	}
	return names
}()
