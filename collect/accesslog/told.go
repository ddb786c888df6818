package accesslog

import (
	"math"
	"slices"
	"sort"
	"time"

	"holdfast"
)

// Source is what logs are called where it is said what was imported.
const Source = "access log"

// silence is holdfast.LogSilence.
const silence = holdfast.Millis(holdfast.LogSilence / time.Millisecond)

// Lines are believed about when their log was written from 1990 on, when there
// was no web, and as far ahead as page views are.
const (
	firstTold holdfast.Millis = 631_152_000_000
	toldAhead                 = 10 * time.Minute
)

// telling finds out of which time a log tells: when it was written, which any
// line shows that has a time, whatever is in it and whosever it is; and from
// when to when it has lines of a site. It needs memory for each silence of an
// hour and for each site.
type telling struct {
	written []holdfast.Stretch // ascending; silence or more apart
	sites   map[string]*toldSite
	fresh   []string // sites with lines since they were last told
}

// toldSite is from when to when a log has lines of a site: those that are told,
// and those that are not yet.
type toldSite struct {
	told, fresh holdfast.Stretch // the zero value: none
}

// saw enters a line of a site, or of none that is known ("").
func (g *telling) saw(site string, t holdfast.Millis) {
	if last := len(g.written) - 1; last >= 0 && t >= g.written[last].From && t < g.written[last].To+silence {
		g.written[last].To = max(g.written[last].To, t+1)
	} else {
		g.written = withMoment(g.written, t)
	}
	if site == "" {
		return
	}
	s := g.sites[site]
	if s == nil {
		if g.sites == nil {
			g.sites = make(map[string]*toldSite)
		}
		s = &toldSite{}
		g.sites[site] = s
	}
	if s.fresh == (holdfast.Stretch{}) {
		s.fresh = holdfast.Stretch{From: t, To: t + 1}
		g.fresh = append(g.fresh, site)
		return
	}
	s.fresh.From, s.fresh.To = min(s.fresh.From, t), max(s.fresh.To, t+1)
}

// withMoment adds a moment to stretches, and takes together those that are then
// less than silence apart.
func withMoment(all []holdfast.Stretch, t holdfast.Millis) []holdfast.Stretch {
	i := sort.Search(len(all), func(i int) bool { return all[i].To+silence > t })
	if i == len(all) || t+1+silence <= all[i].From {
		return slices.Insert(all, i, holdfast.Stretch{From: t, To: t + 1})
	}
	s := &all[i]
	s.From, s.To = min(s.From, t), max(s.To, t+1)
	if i+1 < len(all) && all[i+1].From < s.To+silence {
		s.To = all[i+1].To
		return slices.Delete(all, i+1, i+2)
	}
	return all
}

// tell adds to list what was not told yet of the time from from to to, which may
// be left open (0). What is told of a site always touches what was told of it
// before: all of it is one log.
func (g *telling) tell(list []holdfast.Told, from, to holdfast.Millis) []holdfast.Told {
	if to == 0 {
		to = math.MaxInt64
	}
	for _, name := range g.fresh {
		s := g.sites[name]
		of := s.fresh
		if s.told != (holdfast.Stretch{}) {
			of.From, of.To = min(of.From, s.told.To-1), max(of.To, s.told.From+1)
			s.told = holdfast.Stretch{From: min(s.told.From, of.From), To: max(s.told.To, of.To)}
		} else {
			s.told = s.fresh
		}
		s.fresh = holdfast.Stretch{}
		told := holdfast.Told{Site: name, Written: within(g.written, max(of.From, from), min(of.To, to))}
		if of.From < from {
			told.Cut = append(told.Cut, from)
		}
		if of.To > to {
			told.Cut = append(told.Cut, to)
		}
		if len(told.Written) > 0 {
			list = append(list, told)
		}
	}
	g.fresh = g.fresh[:0]
	return list
}

// within returns the parts of stretches between from and to.
func within(all []holdfast.Stretch, from, to holdfast.Millis) []holdfast.Stretch {
	lo := sort.Search(len(all), func(i int) bool { return all[i].To > from })
	var list []holdfast.Stretch
	for _, s := range all[lo:] {
		if s.From >= to {
			break
		}
		list = append(list, holdfast.Stretch{From: max(s.From, from), To: min(s.To, to)})
	}
	return list
}
