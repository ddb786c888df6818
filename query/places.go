package query

import (
	"slices"

	"holdfast"
	"holdfast/keep/rows"
)

// places are the aggs by which an answer about countries says how many of them
// are estimates.
type places struct {
	known     int  // events that have a country
	estimated int  // those of them whose country is an estimate
	unsaid    int  // those of which nobody kept how it is known
	rows      bool // each row is of a country
}

// addPlaces counts estimates if the question is about countries, and does not
// itself tell how they are known.
func (p *plan) addPlaces() error {
	country, by := holdfast.Dimension(rows.Country.String()), holdfast.Dimension(rows.CountryBy.String())
	about := func(d holdfast.Dimension) bool { return slices.Contains(p.q.By, d) || mentions(p.q.Where, d) }
	if p.q.Kind != holdfast.Groups || !about(country) || about(by) {
		return nil
	}
	s := p.scan
	has, err := s.exists(country, p)
	if err != nil {
		return err
	}
	zone, err := s.is(rows.CountryBy, string(holdfast.CountryByZone), p)
	if err != nil {
		return err
	}
	before, err := s.is(rows.CountryBy, "", p)
	if err != nil {
		return err
	}
	p.places = &places{
		known:     p.addAgg(agg{kind: countEvents, where: s.join(allOf, p.keep, has)}),
		estimated: p.addAgg(agg{kind: countEvents, where: s.join(allOf, p.keep, zone)}),
		unsaid:    p.addAgg(agg{kind: countEvents, where: s.join(allOf, p.keep, has, before)}),
		rows:      slices.Contains(p.q.By, country),
	}
	return nil
}

// mostly says whether the country of a group is an estimate in more than half
// of its events.
func (of *places) mostly(states []state, group int) bool {
	if of == nil || !of.rows || group < 0 {
		return false
	}
	return 2*states[of.estimated].(*counts).n[group] > states[of.known].(*counts).n[group]
}

// notes say how many of the countries of all groups are estimates, and of how
// many nobody knows, if there are any.
func (of *places) notes(t *table) (notes []string) {
	if of == nil {
		return nil
	}
	var known, estimated, unsaid int64
	for g := range t.n {
		known += t.states[of.known].(*counts).n[g]
		estimated += t.states[of.estimated].(*counts).n[g]
		unsaid += t.states[of.unsaid].(*counts).n[g]
	}
	if estimated > 0 {
		notes = append(notes, "countries: "+holdfast.Share(estimated, known)+" estimated from time zones")
	}
	if unsaid > 0 {
		notes = append(notes, "countries: "+holdfast.Share(unsaid, known)+" may be estimated")
	}
	return notes
}
