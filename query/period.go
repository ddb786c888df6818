package query

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"holdfast"
)

// maxYears bounds the time a question may ask about.
const maxYears = 100

// The moments a question may speak of: those that RFC 3339 can write.
var (
	earliest = holdfast.MillisOf(time.Date(1, 1, 3, 0, 0, 0, 0, time.UTC))
	latest   = holdfast.MillisOf(time.Date(9999, 12, 29, 0, 0, 0, 0, time.UTC))
)

var relative = regexp.MustCompile(`^([0-9]{1,6})(d|mo)$`)

// ParsePeriod reads a period of a site and returns its first moment and the
// first after it:
//
//	today, yesterday           a day
//	7d, 30d                    that many days, the last of them today
//	month, year, 12mo          this month, this year, the last 12 months
//	2026, 2026-07, 2026-07-31  a year, a month, a day
//	2026-07-01..2026-07-31     from one to the other, both included
//
// Days are the site's, or those of zone if it is not "". What today is in, it
// is wholly in: the rest of it has not happened yet, and the answer's coverage
// says so. Errors are *holdfast.FieldError of the fields "period" and "zone".
func ParsePeriod(text string, site *holdfast.Site, zone string, now holdfast.Millis) (from, to holdfast.Millis, err error) {
	cal, err := newCalendar(site, zone)
	if err != nil {
		return 0, 0, err
	}
	if first, last, ok := strings.Cut(text, ".."); ok {
		return parseRange("period", first, last, cal)
	}
	first, last, ok := days(text, cal.day(now))
	if !ok {
		return 0, 0, &holdfast.FieldError{Field: "period", Reason: fmt.Sprintf(
			"%q is none of today, yesterday, 7d, 12mo, month, year, 2026, 2026-07, 2026-07-31, 2026-07-01..2026-07-31", text)}
	}
	return checkRange("period", cal.start(first), cal.start(last))
}

// ParseRange reads the two ends of a range: each a day, or a moment as RFC
// 3339. A day as its end is included; a moment is the first after it. Errors
// are *holdfast.FieldError of the fields "from", "to" and "zone".
func ParseRange(first, last string, site *holdfast.Site, zone string) (from, to holdfast.Millis, err error) {
	cal, err := newCalendar(site, zone)
	if err != nil {
		return 0, 0, err
	}
	return parseRange("", first, last, cal)
}

func parseRange(field, first, last string, cal calendar) (from, to holdfast.Millis, err error) {
	name := func(own string) string {
		if field != "" {
			return field
		}
		return own
	}
	if from, err = parseMoment(name("from"), first, cal, 0); err != nil {
		return 0, 0, err
	}
	if to, err = parseMoment(name("to"), last, cal, 1); err != nil {
		return 0, 0, err
	}
	return checkRange(name("to"), from, to)
}

// parseMoment reads a moment, or a day, of which it returns the start of the
// one that many days later.
func parseMoment(field, text string, cal calendar, later holdfast.Day) (holdfast.Millis, error) {
	if d, err := holdfast.ParseDay(text); err == nil {
		return cal.start(d + later), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, &holdfast.FieldError{Field: field, Reason: fmt.Sprintf("%q is neither a day like 2026-07-31 nor a moment like 2026-07-31T18:30:00+02:00", text)}
	}
	return holdfast.MillisOf(t), nil
}

// checkRange makes sure of what all questions' ranges must be.
func checkRange(field string, from, to holdfast.Millis) (holdfast.Millis, holdfast.Millis, error) {
	reason := ""
	switch {
	case to <= from:
		reason = "the range ends before it begins, or is empty"
	case from < earliest || to > latest:
		reason = "beyond the years 1 to 9999"
	case to.Time().AddDate(-maxYears, 0, 0).After(from.Time()):
		reason = fmt.Sprintf("more than %d years", maxYears)
	default:
		return from, to, nil
	}
	return 0, 0, &holdfast.FieldError{Field: field, Reason: reason}
}

// days returns the first day of a period and the first after it.
func days(text string, today holdfast.Day) (first, last holdfast.Day, ok bool) {
	year, month, _ := today.Date()
	switch text {
	case "today":
		return today, today + 1, true
	case "yesterday":
		return today - 1, today, true
	case "month":
		return holdfast.DayOf(year, month, 1), holdfast.DayOf(year, month+1, 1), true
	case "year":
		return holdfast.DayOf(year, 1, 1), holdfast.DayOf(year+1, 1, 1), true
	}
	if m := relative.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		switch {
		case n == 0:
			return 0, 0, false
		case m[2] == "d":
			return today - holdfast.Day(n) + 1, today + 1, true
		}
		return holdfast.DayOf(year, month-time.Month(n)+1, 1), holdfast.DayOf(year, month+1, 1), true
	}
	for layout, after := range map[string][3]int{"2006": {1, 0, 0}, "2006-01": {0, 1, 0}, time.DateOnly: {0, 0, 1}} {
		if t, err := time.Parse(layout, text); err == nil {
			next := t.AddDate(after[0], after[1], after[2])
			return holdfast.DayOf(t.Date()), holdfast.DayOf(next.Date()), true
		}
	}
	return 0, 0, false
}
