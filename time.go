package holdfast

import (
	"fmt"
	"time"
)

// Millis is a moment: milliseconds since 1970-01-01 00:00 UTC, leap seconds
// not counted. It is the resolution in which events are kept.
type Millis int64

// MillisOf returns t cut to the millisecond.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time returns m in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// Add returns m moved by d, cut to the millisecond.
func (m Millis) Add(d time.Duration) Millis { return m + Millis(d/time.Millisecond) }

// Sub returns the time from n to m.
func (m Millis) Sub(n Millis) time.Duration { return time.Duration(m-n) * time.Millisecond }

// String returns m as RFC 3339 with milliseconds, in UTC.
func (m Millis) String() string { return m.Time().Format("2006-01-02T15:04:05.000Z") }

// Day is a date of a site's calendar, as days since 1970-01-01. It says which
// site day is meant, not when that began: ask Site.Bounds.
type Day int32

// DayOf returns the day with the given date. Month and day may be out of
// range and are normalised as by time.Date.
func DayOf(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads a date written as 2026-07-31.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("day %q: want YYYY-MM-DD", s)
	}
	return Day(t.Unix() / 86400), nil
}

// Date returns the year, month and day of d.
func (d Day) Date() (int, time.Month, int) { return d.utc().Date() }

// Weekday returns the day of the week of d.
func (d Day) Weekday() time.Weekday { return d.utc().Weekday() }

// String returns d as 2026-07-31.
func (d Day) String() string { return d.utc().Format(time.DateOnly) }

func (d Day) utc() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Midnight returns the first moment of d in loc: the earliest from which on
// the local date is d or later. Where clocks skip midnight the day begins at
// the first moment after the skip; where a date was skipped altogether the
// day is empty and begins where the next one does.
func (d Day) Midnight(loc *time.Location) Millis {
	y, m, dd := d.Date()
	guess := time.Date(y, m, dd, 0, 0, 0, 0, loc).UnixMilli()
	if localDay(guess, loc) >= d && localDay(guess-1, loc) < d && localDay(guess-int64(time.Hour/time.Millisecond), loc) < d {
		return Millis(guess)
	}
	// An unusual midnight: the clocks change there. No zone was ever more
	// than a day away from UTC, and within two hours of the change the local
	// date moves on once, for good.
	low, high := guess-26*3600_000, guess+26*3600_000
	for high-low > 1 {
		mid := low + (high-low)/2
		if localDay(mid, loc) >= d {
			high = mid
		} else {
			low = mid
		}
	}
	return Millis(high)
}

func localDay(ms int64, loc *time.Location) Day {
	t := time.UnixMilli(ms).In(loc)
	_, offset := t.Zone()
	return Day(floorDiv(ms+int64(offset)*1000, 86400_000))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
