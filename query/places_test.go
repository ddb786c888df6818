package query_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"holdfast"
)

// estimates says which rows are mostly of estimated countries, and how many of
// all countries are estimates, counted event by event.
func (p *plain) estimates(q holdfast.Question, a *holdfast.Answer) (rows []int, notes []string) {
	about := func(d holdfast.Dimension) bool { return slices.Contains(q.By, d) || plainMentions(q.Where, d) }
	if !about("country") || about("country_by") {
		return nil, nil
	}
	rowOf := map[string]int{}
	for i, row := range a.Rows {
		if a.OtherRow && i == len(a.Rows)-1 {
			continue
		}
		var parts []string
		for _, v := range row[:len(q.By)] {
			parts = append(parts, fmt.Sprint(v))
		}
		rowOf[strings.Join(parts, glue)] = i
	}
	known, zoned := make([]int64, len(a.Rows)+1), make([]int64, len(a.Rows)+1)
	var allKnown, allZoned, allUnsaid int64
	for _, e := range p.matching(&q, nil) {
		if e.Country == "" {
			continue
		}
		i, ok := rowOf[p.group(&q, e)]
		if !ok {
			i = len(a.Rows) // it is in no row
			if a.OtherRow {
				i--
			}
		}
		known[i]++
		allKnown++
		switch e.CountryBy {
		case "":
			allUnsaid++
		case holdfast.CountryByZone:
			zoned[i]++
			allZoned++
		}
	}
	for i := range a.Rows {
		if slices.Contains(q.By, "country") && 2*zoned[i] > known[i] {
			rows = append(rows, i)
		}
	}
	if allZoned > 0 {
		notes = append(notes, "countries: "+holdfast.Share(allZoned, allKnown)+" estimated from time zones")
	}
	if allUnsaid > 0 {
		notes = append(notes, "countries: "+holdfast.Share(allUnsaid, allKnown)+" may be estimated")
	}
	return rows, notes
}

// differentEstimates says how an answer marks estimates otherwise than p does.
func (p *plain) differentEstimates(q holdfast.Question, a *holdfast.Answer) string {
	rows, notes := p.estimates(q, a)
	var said []string
	for _, n := range a.Coverage.Notes {
		if strings.HasPrefix(n, "countries: ") {
			said = append(said, n)
		}
	}
	return cmp.Diff(rows, a.Estimated) + cmp.Diff(notes, said)
}
