package salts

import (
	"cmp"
	"slices"

	"holdfast"
)

// days is a set of days, as ascending spans that do not touch. A site that
// has visitors every day needs one span for all of its life.
type days []span

type span struct{ first, last holdfast.Day }

// at returns the index of the first span that ends on day or later.
func (d days) at(day holdfast.Day) int {
	i, _ := slices.BinarySearchFunc(d, day, func(s span, day holdfast.Day) int { return cmp.Compare(s.last, day) })
	return i
}

func (d days) has(day holdfast.Day) bool {
	i := d.at(day)
	return i < len(d) && d[i].first <= day
}

func (d days) add(day holdfast.Day) days { return d.addSpan(span{day, day}) }

// addSpan returns d with the days of s, in new memory where it changed.
func (d days) addSpan(s span) days {
	// Those it overlaps or touches become part of it. In 64 bits, because days
	// from a damaged file may be the last there are.
	from := 0
	for from < len(d) && int64(d[from].last)+1 < int64(s.first) {
		from++
	}
	to := from
	for to < len(d) && int64(d[to].first)-1 <= int64(s.last) {
		s.first, s.last = min(s.first, d[to].first), max(s.last, d[to].last)
		to++
	}
	return slices.Concat(d[:from], days{s}, d[to:])
}

func compareSiteDays(a, b SiteDay) int {
	return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Day, b.Day))
}
