package accesslog

import (
	"math"
	"strconv"
	"strings"
	"time"

	"holdfast"
)

// clock reads the times of lines. Neighbouring lines mostly have one second.
type clock struct {
	text string
	at   holdfast.Millis
}

// plain reads a time like 31/Jul/2026:18:30:00 +0200, of which s has the
// length.
func (c *clock) plain(s string) (holdfast.Millis, bool) {
	if s == c.text {
		return c.at, true
	}
	t, err := time.Parse("02/Jan/2006:15:04:05 -0700", s)
	if err != nil {
		return 0, false
	}
	c.text, c.at = strings.Clone(s), holdfast.MillisOf(t)
	return c.at, true
}

// written reads a time that is a number since 1970, of seconds, milliseconds
// or nanoseconds, or a text with a zone.
func (c *clock) written(s string) (holdfast.Millis, bool) {
	if t, ok := epoch(s); ok {
		return t, true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "02/Jan/2006:15:04:05 -0700", time.RFC1123Z} {
		if t, err := time.Parse(layout, s); err == nil {
			return holdfast.MillisOf(t), true
		}
	}
	return 0, false
}

// The year 1973 in milliseconds is the year 5138 in seconds; the same holds
// between milliseconds and nanoseconds.
const (
	leastMillis = 1e11
	leastNanos  = 1e17
)

// epoch reads a number since 1970, cut to the millisecond.
func epoch(s string) (holdfast.Millis, bool) {
	whole, part, _ := strings.Cut(s, ".")
	if !isNumber(whole) || part != "" && strings.Trim(part, "0123456789") != "" {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || !(f >= 0 && f < leastMillis) {
			return 0, false
		}
		return holdfast.Millis(math.Floor(f * 1000)), true
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	switch {
	case err != nil:
		return 0, false
	case n >= leastNanos:
		return holdfast.Millis(n / 1e6), true
	case n >= leastMillis:
		return holdfast.Millis(n), true
	}
	ms, err := strconv.Atoi((part + "000")[:3])
	return holdfast.Millis(n*1000 + int64(ms)), err == nil
}
