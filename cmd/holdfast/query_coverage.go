package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast"
)

// shownIntervals is how many intervals a person is told of at most.
const shownIntervals = 6

// printCoverage says under an answer which time it is about, and for how much
// of it is known what happened.
func printCoverage(cmd *cobra.Command, a *holdfast.Answer, zone string) error {
	loc, err := holdfast.LoadZone(zone)
	if err != nil {
		loc = time.UTC
	}
	var b strings.Builder
	if n := len(a.Coverage.Intervals); n > 0 {
		from, to := a.Coverage.Intervals[0].From, a.Coverage.Intervals[n-1].To
		fmt.Fprintf(&b, "\n%s to %s (%s), as of %s\n", moment(from, loc), moment(to, loc), loc, a.AsOf.Time.Time().In(loc).Format(time.DateTime))
	}
	fmt.Fprintf(&b, "coverage: %s\n", coverage(a.Coverage, loc))
	for _, note := range a.Coverage.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	if len(a.AtLeast) > 0 {
		b.WriteString("note: numbers with ≥ are lower bounds: their time is not completely covered\n")
	}
	if len(a.Estimated) > 0 {
		b.WriteString("note: countries with ~ are mostly estimated\n")
	}
	if a.Truncated && !a.OtherRow {
		b.WriteString("note: there are more rows than the limit\n")
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), b.String())
	return err
}

// coverage says in a line what an answer rests on.
func coverage(c holdfast.Coverage, loc *time.Location) string {
	parts := []string{string(c.State)}
	if c.State != holdfast.Complete && c.State != holdfast.Future {
		parts[0] = fmt.Sprintf("%s of the time", percent(c.Ratio))
	}
	shown, hidden := 0, 0
	for _, iv := range c.Intervals {
		switch {
		case iv.State == holdfast.Complete && iv.Origin != holdfast.Imported, iv.State == holdfast.Future:
		case shown == shownIntervals:
			hidden++
		default:
			shown++
			parts = append(parts, interval(iv, loc))
		}
	}
	if hidden > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", hidden))
	}
	return strings.Join(parts, "; ")
}

// percent never calls 100 % what is not all of it.
func percent(ratio float64) string {
	switch text := fmt.Sprintf("%.1f %%", 100*ratio); {
	case ratio < 1 && text == "100.0 %":
		return "almost all"
	case ratio > 0 && text == "0.0 %":
		return "almost none"
	default:
		return text
	}
}

func interval(iv holdfast.Interval, loc *time.Location) string {
	state := string(iv.State)
	if iv.State == holdfast.Complete {
		state = string(iv.Origin)
	}
	text := fmt.Sprintf("%s %s to %s", state, moment(iv.From, loc), moment(iv.To, loc))
	switch took := iv.To.Sub(iv.From); {
	case took < time.Second:
		text = fmt.Sprintf("%s %s for less than a second", state, moment(iv.From, loc))
	case took < time.Minute:
		text = fmt.Sprintf("%s %s for %s", state, moment(iv.From, loc), took.Round(time.Second))
	}
	if iv.Witness != "" {
		text += " (" + plain(iv.Witness) + ")"
	}
	return text
}

// moment writes a moment to the minute, or to the second if it needs to.
func moment(m holdfast.Millis, loc *time.Location) string {
	t := m.Time().In(loc)
	if t.Second() == 0 && t.Nanosecond() == 0 {
		return t.Format("2006-01-02 15:04")
	}
	return t.Format(time.DateTime)
}
