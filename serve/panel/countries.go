package panel

import "holdfast"

// Located is how the countries of visits are known.
type Located struct {
	Visits    int64 // those that have a country
	Estimated int64 // of which it is an estimate
	Unsaid    int64 // of which nobody kept how it is known
}

// mostCountries is more than there are codes of two letters, so that every
// visit is in a row of the answer.
const mostCountries = 1000

// countries asks for the countries of visits, and how they are known.
func countries(site *holdfast.Site, w Window) holdfast.Question {
	q := most(site, w, "country", holdfast.Entries)
	q.Limit = mostCountries
	known := func(as string, by holdfast.CountryBy) holdfast.Metric {
		return holdfast.Metric{Func: holdfast.Entries, As: as, Where: &holdfast.Filter{Op: holdfast.Is, Column: "country_by", Values: []string{string(by)}}}
	}
	q.Metrics = append(q.Metrics, known("estimated", holdfast.CountryByZone), known("unsaid", ""))
	return q
}

// countriesOf reads how the countries are known, and marks those in l that are
// estimates in more than half of their visits.
func countriesOf(a *holdfast.Answer, l *List) (all Located) {
	mostly := map[string]bool{}
	for _, row := range a.Rows {
		name, _ := row[0].(string)
		if name == "" {
			continue
		}
		visits, estimated := whole(row[1]), whole(row[4])
		all.Visits += visits
		all.Estimated += estimated
		all.Unsaid += whole(row[5])
		mostly[name] = 2*estimated > visits
	}
	for i := range l.Rows {
		l.Rows[i].Estimated = mostly[l.Rows[i].Name]
	}
	return all
}
