package pages

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"holdfast"
	"holdfast/serve/panel"
)

// isHole says whether nothing is known of a time in this state.
func isHole(s holdfast.State) bool {
	switch s {
	case holdfast.Down, holdfast.Lost, holdfast.Unreadable, holdfast.Unreachable:
		return true
	}
	return false
}

// isGap says whether nothing is known of an interval within the records of a
// page: nobody saw it, or it lies between what was imported.
func isGap(iv *holdfast.Interval, p *panel.Page) bool {
	return isHole(iv.State) || iv.State == holdfast.Before && p.Since < p.Added && iv.From >= p.Since
}

// gapWord is stateWord of gaps.
func gapWord(s holdfast.State) string {
	if s == holdfast.Before {
		return "no records"
	}
	return stateWord(s)
}

// stateWord says what a state is to somebody who does not know the words.
func stateWord(s holdfast.State) string {
	switch s {
	case holdfast.Unreadable:
		return "damaged"
	case holdfast.Partial:
		return "incomplete"
	case holdfast.Quiet:
		return "unusually quiet"
	}
	return string(s)
}

// clockFormat is how moments of a day are written.
const clockFormat = "15:04:05"

// trust is the line that says what a page rests on: in the same words and place
// everywhere.
func trust(p *panel.Page) string {
	return fmt.Sprintf("as of %s · %s · %s", p.AsOf.Time.Time().In(p.Location).Format(clockFormat), sinceWords(p), completeness(p))
}

// sinceWords says when records begin, and which of them others made.
func sinceWords(p *panel.Page) string {
	const day = "2 January 2006"
	since, added := p.Since.Time().In(p.Location).Format(day), p.Added.Time().In(p.Location).Format(day)
	switch {
	case p.Since >= p.Added:
		return "since " + since
	case since == added:
		return "since " + since + ", imported at first"
	}
	return "since " + since + ", imported before " + added
}

// completeness says how much is missing of the page's time.
func completeness(p *panel.Page) string {
	var missing, partial, quiet time.Duration
	known := false
	for _, iv := range p.Coverage.Intervals {
		took := iv.To.Sub(iv.From)
		switch {
		case isGap(&iv, p):
			missing += took
		case iv.State == holdfast.Partial:
			partial += took
		case iv.State == holdfast.Quiet:
			quiet += took
		}
		known = known || iv.State == holdfast.Complete
	}
	of := rangeWords(p.Range)
	var parts []string
	if missing >= time.Second {
		parts = append(parts, span(missing)+" missing "+of)
	}
	if partial >= time.Second {
		parts = append(parts, span(partial)+" incomplete "+of)
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", ") + ", figures are at least"
	case quiet > 0:
		return span(quiet) + " unusually quiet " + of
	case !known:
		return "nothing is known " + of
	}
	return "complete"
}

// holes says in words what the patterns of the graphs mean: the longest times
// of which something is missing.
func holes(p *panel.Page) string {
	const most = 4
	var parts []string
	rest := 0
	for _, iv := range p.Coverage.Intervals {
		took := iv.To.Sub(iv.From)
		if !isGap(&iv, p) || took < time.Second || took < time.Minute && p.Range != panel.Today {
			continue
		}
		if len(parts) == most {
			rest++
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %s", gapWord(iv.State), between(p, iv.From, iv.To)))
	}
	text := ""
	if len(parts) > 0 {
		text = "Hatched: " + strings.Join(parts, "; ")
		if rest > 0 {
			text += fmt.Sprintf("; and %d more", rest)
		}
		text += "."
	}
	atLeast, soFar := false, false
	for _, b := range p.Buckets {
		atLeast = atLeast || b.AtLeast && b.Known
		soFar = soFar || b.SoFar && b.Known
	}
	if atLeast {
		text += " On light hatching: at least."
	}
	if soFar {
		text += " Pale: so far."
	}
	return strings.TrimSpace(text)
}

// between writes a stretch of time as short as it can.
func between(p *panel.Page, from, to holdfast.Millis) string {
	a, b := from.Time().In(p.Location), to.Time().In(p.Location)
	clock := "15:04"
	if to-from < 120_000 {
		clock = "15:04:05"
	}
	if a.Format(time.DateOnly) == b.Add(-time.Millisecond).Format(time.DateOnly) {
		if p.Range == panel.Today {
			return a.Format(clock) + "–" + b.Format(clock)
		}
		return a.Format("Mon 2 Jan "+clock) + "–" + b.Format(clock)
	}
	return a.Format("Mon 2 Jan 15:04") + " – " + b.Format("Mon 2 Jan 15:04")
}

// rangeWords names a range within a sentence.
func rangeWords(r panel.Range) string {
	switch r {
	case panel.Days7:
		return "in these 7 days"
	case panel.Days30:
		return "in these 30 days"
	case panel.Months:
		return "in these 12 months"
	case panel.OfDeal:
		return "in its window"
	case panel.OfDeals:
		return "in these deals"
	case halfHour:
		return "in this half hour"
	}
	return "today"
}

// bucketWords says when a bucket is.
func bucketWords(p *panel.Page, b *panel.Bucket) string {
	from := b.From.Time().In(p.Location)
	switch p.Range {
	case halfHour:
		return from.Format("15:04")
	case panel.Today:
		return from.Format("15:04") + "–" + b.To.Time().In(p.Location).Format("15:04")
	case panel.Days7:
		return from.Format("Mon 2 Jan 15:04") + "–" + b.To.Time().In(p.Location).Format("15:04")
	case panel.Months:
		return "week of " + from.Format("2 Jan")
	case panel.OfDeal:
		return dealBucketWords(p, b)
	}
	return from.Format("Mon 2 Jan")
}

// compared says what the figures are compared with, or why they are not.
func compared(p *panel.Page) string {
	from, to := p.EarlierFrom.Time().In(p.Location), p.EarlierTo.Time().In(p.Location)
	switch {
	case p.Earlier == nil && p.EarlierFrom < p.Since:
		return "No comparison: records do not go back that far."
	case p.Earlier == nil && p.Hour <= p.From:
		return ""
	case p.Earlier == nil:
		return "No comparison: too much is missing."
	case p.Range == panel.Today:
		return fmt.Sprintf("Until %s, against %s until %s.", p.Hour.Time().In(p.Location).Format("15:04"), from.Format("Monday 2 January"), to.Format("15:04"))
	}
	before := map[int]string{7: "a week", 35: "five weeks", 52 * 7: "52 weeks"}[p.EarlierDays]
	return fmt.Sprintf("Until %s, against the same days and hours %s earlier.", p.Hour.Time().In(p.Location).Format("15:04"), before)
}

// span writes a duration with its two greatest units.
func span(d time.Duration) string {
	units := []struct {
		name string
		of   time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		if d < u.of {
			continue
		}
		text := fmt.Sprintf("%d %s", d/u.of, u.name)
		if i+1 < len(units) && d%u.of >= units[i+1].of {
			text += fmt.Sprintf(" %d %s", d%u.of/units[i+1].of, units[i+1].name)
		}
		return text
	}
	return "0 s"
}

// count writes a whole number in groups of three digits.
func count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// change says by how much a number grew.
func change(now, then float64) string {
	switch {
	case then == 0 && now == 0:
		return "±0 %"
	case then == 0:
		return ""
	}
	per := math.Round(100 * (now - then) / then)
	switch {
	case per > 999:
		return "× " + strconv.FormatFloat(now/then, 'f', 0, 64)
	case per > 0:
		return fmt.Sprintf("+%.0f %%", per)
	case per < 0:
		return fmt.Sprintf("−%.0f %%", -per)
	}
	return "±0 %"
}

// points says by how many percentage points a share grew.
func points(now, then float64) string {
	switch d := math.Round(100 * (now - then)); {
	case d > 0:
		return fmt.Sprintf("+%.0f points", d)
	case d < 0:
		return fmt.Sprintf("−%.0f points", -d)
	}
	return "±0 points"
}

// shown returns a name as it may be shown: without what cannot be seen, or
// changes how what is around it is read.
func shown(name string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '\uFFFD'
		}
		return r
	}, name)
}

// cut shortens a name to so many characters.
func cut(name string, most int) string {
	runes := []rune(name)
	if len(runes) <= most {
		return name
	}
	return string(runes[:most-1]) + "…"
}
