package panel

import (
	"time"

	"holdfast"
)

// Range is one of the stretches of time that the public may ask about. All end
// with the site's today.
type Range string

// The ranges.
const (
	Today  Range = "today" // by the hour
	Days7  Range = "7d"    // by the hour
	Days30 Range = "30d"   // by the day
	Months Range = "12mo"  // by the week: 52 of them
)

// Ranges are all of them, the shortest first.
var Ranges = []Range{Today, Days7, Days30, Months}

// RangeOf returns the range that is called so, and Today for all else.
func RangeOf(text string) Range {
	for _, r := range Ranges {
		if text == string(r) {
			return r
		}
	}
	return Today
}

// Window is a range at a moment.
type Window struct {
	From, To holdfast.Millis
	By       holdfast.Dimension // what its buckets are
	// Hour is the last full hour of the site's clock: what happened before it
	// is what earlier times are compared with.
	Hour holdfast.Millis
	// EarlierFrom and EarlierTo are the same hours of the same weekdays as
	// From and Hour, EarlierDays days before.
	EarlierFrom, EarlierTo holdfast.Millis
	EarlierDays            int
}

// window returns r as it is at now for the site.
func window(site *holdfast.Site, r Range, now holdfast.Millis) Window {
	today := site.Day(now)
	first := today
	w := Window{By: holdfast.Hour, EarlierDays: 7}
	switch r {
	case Days7:
		first = today - 6
	case Days30:
		first, w.By, w.EarlierDays = today-29, holdfast.DayBucket, 35
	case Months:
		monday := today - holdfast.Day((today.Weekday()+6)%7)
		first, w.By, w.EarlierDays = monday-51*7, holdfast.Week, 52*7
	}
	w.From, _ = site.Bounds(first)
	_, w.To = site.Bounds(today)
	w.Hour = max(fullHour(now, site.Location(now)), w.From)
	earlierFirst := first - holdfast.Day(w.EarlierDays)
	w.EarlierFrom, _ = site.Bounds(earlierFirst)
	w.EarlierTo = max(earlier(site, w.Hour, w.EarlierDays), w.EarlierFrom)
	return w
}

// fullHour returns the last full hour of the clock in loc.
func fullHour(t holdfast.Millis, loc *time.Location) holdfast.Millis {
	local := t.Time().In(loc)
	return holdfast.MillisOf(local).Add(-time.Duration(local.Minute())*time.Minute -
		time.Duration(local.Second())*time.Second - time.Duration(local.Nanosecond()))
}

// earlier returns the moment at which the site's clock showed the same so many
// days before.
func earlier(site *holdfast.Site, t holdfast.Millis, days int) holdfast.Millis {
	day := site.Day(t)
	then := day - holdfast.Day(days)
	from, to := site.Bounds(then)
	local := t.Time().In(site.Location(t))
	y, m, d := then.Date()
	at := holdfast.MillisOf(time.Date(y, m, d, local.Hour(), local.Minute(), 0, 0, site.Location(from)))
	return min(max(at, from), to)
}
