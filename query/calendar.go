package query

import (
	"math"
	"sort"
	"time"

	"holdfast"
)

// calendar says where days and hours begin.
type calendar struct {
	site *holdfast.Site
	loc  *time.Location // nil: the site's own zones
}

// newCalendar returns the calendar of a zone; "" is the site's own.
func newCalendar(site *holdfast.Site, zone string) (calendar, error) {
	if zone == "" || len(site.Zones) == 1 && site.Zones[0].Zone == zone {
		return calendar{site: site}, nil
	}
	loc, err := holdfast.LoadZone(zone)
	return calendar{site, loc}, err
}

// name returns the calendar's name in plans.
func (c calendar) name() string {
	if c.loc == nil {
		return "site"
	}
	return c.loc.String()
}

// start returns the first moment of a day.
func (c calendar) start(d holdfast.Day) holdfast.Millis {
	if c.loc == nil {
		from, _ := c.site.Bounds(d)
		return from
	}
	return d.Midnight(c.loc)
}

// day returns the day that t falls in.
func (c calendar) day(t holdfast.Millis) holdfast.Day {
	if c.loc == nil {
		return c.site.Day(t)
	}
	d := holdfast.DayOf(t.Time().In(c.loc).Date())
	for t < c.start(d) { // where clocks go back over midnight a date is twice
		d--
	}
	for t >= c.start(d+1) {
		d++
	}
	return d
}

// local returns t as clocks there show it.
func (c calendar) local(t holdfast.Millis) time.Time {
	if c.loc == nil {
		return t.Time().In(c.site.Location(t))
	}
	return t.Time().In(c.loc)
}

// steady returns the stretch around t in which clocks neither change nor the
// site its zone.
func (c calendar) steady(t holdfast.Millis) (from, to holdfast.Millis) {
	from, to = math.MinInt64, math.MaxInt64
	if begins, ends := c.local(t).ZoneBounds(); true {
		if !begins.IsZero() {
			from = holdfast.MillisOf(begins)
		}
		if !ends.IsZero() {
			to = holdfast.MillisOf(ends)
		}
	}
	if c.loc != nil {
		return from, to
	}
	zones := c.site.Zones
	i := sort.Search(len(zones), func(i int) bool { return zones[i].From > t }) // the next zone
	if i < len(zones) {
		to = min(to, zones[i].From)
	}
	if i > 0 {
		from = max(from, zones[i-1].From)
	}
	return from, to
}
