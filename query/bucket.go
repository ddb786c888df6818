package query

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"time"

	"holdfast"
)

// Bounds on the buckets a question may cut its time into.
const (
	maxBuckets = holdfast.MaxLimit
	// Those of hour_of_day and weekday are not in the answer one by one, so
	// that their bound is the hours in maxYears.
	maxCycle = maxYears*366*24 + maxYears*4
)

// bucketing cuts a question's time into the buckets of one dimension.
type bucketing struct {
	dim    holdfast.Dimension
	cal    calendar
	starts []holdfast.Millis // of the buckets, ascending; the first may be before the question's time
	end    holdfast.Millis   // of the last
	// value is what each bucket is called: an index into the labels. It is nil
	// where each has its own.
	value []uint8
}

// newBucketing returns the buckets of from to to.
func newBucketing(dim holdfast.Dimension, cal calendar, from, to holdfast.Millis) (*bucketing, error) {
	b := &bucketing{dim: dim, cal: cal}
	var err error
	switch dim {
	case holdfast.Minute:
		err = b.steps(from, to, time.Minute, maxBuckets)
	case holdfast.Hour:
		err = b.steps(from, to, time.Hour, maxBuckets)
	case holdfast.HourOfDay:
		err = b.steps(from, to, time.Hour, maxCycle)
	default:
		b.days(from, to)
	}
	if err != nil {
		return nil, err
	}
	switch dim {
	case holdfast.HourOfDay:
		b.value = make([]uint8, len(b.starts))
		for i, at := range b.starts {
			b.value[i] = uint8(cal.local(at).Hour())
		}
	case holdfast.Weekday:
		b.value = make([]uint8, len(b.starts))
		for i, at := range b.starts {
			b.value[i] = uint8((cal.day(at).Weekday() + 6) % 7)
		}
	}
	return b, nil
}

// steps cuts at full hours or minutes of the clock, and where clocks change in
// the middle of one.
func (b *bucketing) steps(from, to holdfast.Millis, every time.Duration, most int) error {
	step := holdfast.Millis(every / time.Millisecond)
	if int64(to-from)/int64(step) > int64(most) {
		return &holdfast.FieldError{Field: "by", Reason: fmt.Sprintf("more than %d buckets by %s; ask about less time, or for longer buckets", most, b.dim)}
	}
	at := from
	for at < to {
		steadyFrom, steadyTo := b.cal.steady(at)
		_, seconds := b.cal.local(at).Zone()
		offset := holdfast.Millis(seconds) * 1000
		full := at - mod(at+offset, step) // the full hour at or before
		for ; full < min(to, steadyTo); full += step {
			b.starts = append(b.starts, max(full, steadyFrom))
		}
		at = min(full, steadyTo)
		b.end = at
	}
	return nil
}

func mod(a, b holdfast.Millis) holdfast.Millis {
	if m := a % b; m >= 0 {
		return m
	}
	return a%b + b
}

// days cuts where a day begins, or the first of several.
func (b *bucketing) days(from, to holdfast.Millis) {
	d := b.first(b.cal.day(from))
	for {
		start := b.cal.start(d)
		if n := len(b.starts); n > 0 && b.starts[n-1] == start {
			b.starts = b.starts[:n-1] // a date that never was
		}
		if start >= to && len(b.starts) > 0 {
			b.end = start
			return
		}
		b.starts = append(b.starts, start)
		d = b.next(d)
	}
}

// first returns the day on which the bucket of d begins.
func (b *bucketing) first(d holdfast.Day) holdfast.Day {
	year, month, _ := d.Date()
	switch b.dim {
	case holdfast.Week:
		return d - holdfast.Day((d.Weekday()+6)%7)
	case holdfast.Month:
		return holdfast.DayOf(year, month, 1)
	case holdfast.Year:
		return holdfast.DayOf(year, 1, 1)
	}
	return d
}

// next returns the day on which the bucket after the one that begins on d
// begins.
func (b *bucketing) next(d holdfast.Day) holdfast.Day {
	year, month, _ := d.Date()
	switch b.dim {
	case holdfast.Week:
		return d + 7
	case holdfast.Month:
		return holdfast.DayOf(year, month+1, 1)
	case holdfast.Year:
		return holdfast.DayOf(year+1, 1, 1)
	}
	return d + 1
}

// find returns the bucket that t lies in.
func (b *bucketing) find(t holdfast.Millis) int {
	return sort.Search(len(b.starts), func(i int) bool { return b.starts[i] > t }) - 1
}

// bounds returns the first moment of a bucket and the first after it.
func (b *bucketing) bounds(i int) (from, to holdfast.Millis) {
	if i+1 == len(b.starts) {
		return b.starts[i], b.end
	}
	return b.starts[i], b.starts[i+1]
}

// labels returns how many different values the dimension has.
func (b *bucketing) labels() int {
	switch b.dim {
	case holdfast.HourOfDay:
		return 24
	case holdfast.Weekday:
		return 7
	}
	return len(b.starts)
}

// label returns the value with this code as it is in an answer.
func (b *bucketing) label(code uint32) any {
	switch b.dim {
	case holdfast.HourOfDay:
		return int64(code)
	case holdfast.Weekday:
		return int64(code) + 1
	}
	return b.text(code)
}

// text returns the value with this code as it is compared in filters.
func (b *bucketing) text(code uint32) string {
	switch b.dim {
	case holdfast.HourOfDay:
		return strconv.Itoa(int(code))
	case holdfast.Weekday:
		return strconv.Itoa(int(code) + 1)
	case holdfast.Minute, holdfast.Hour:
		return b.cal.local(b.starts[code]).Format(time.RFC3339)
	}
	d := b.cal.day(b.starts[code])
	switch b.dim {
	case holdfast.Month:
		return d.String()[:len("2026-07")]
	case holdfast.Year:
		return d.String()[:len("2026")]
	}
	return b.first(d).String()
}

// code returns the value of a bucket.
func (b *bucketing) code(bucket int) uint32 {
	if b.value != nil {
		return uint32(b.value[bucket])
	}
	return uint32(bucket)
}

// open returns the bounds of a bucket, without bounds before the first and
// after the last.
func (b *bucketing) open(i int) (from, to int64) {
	from, to = math.MinInt64, math.MaxInt64
	if i > 0 {
		from = int64(b.starts[i])
	}
	if i+1 < len(b.starts) {
		to = int64(b.starts[i+1])
	}
	return from, to
}

// near returns the bucket that t lies in, or the nearest, and is quick if it
// is the one after the given.
func (b *bucketing) near(t holdfast.Millis, i int) int {
	if from, to := b.open(min(i+1, len(b.starts)-1)); int64(t) >= from && int64(t) < to {
		return min(i+1, len(b.starts)-1)
	}
	return b.clamp(t)
}
