package main

import (
	"context"
	"fmt"
	"time"

	"holdfast"
)

// show prints answers about the last 7 days.
func (d *demo) show(ctx context.Context, b *backend) error {
	began := time.Now()
	now := holdfast.MillisOf(began)
	var questions []holdfast.Question
	for _, text := range []string{
		"views, visitors, bounce_rate by day for 7d",
		"views, visitors by source where source exists for 7d limit 6",
		"views, visitors by path for 7d limit 6",
	} {
		q, err := d.question(text, now)
		if err != nil {
			return err
		}
		questions = append(questions, q)
	}
	answers, err := b.asker.Ask(ctx, questions...)
	if err != nil {
		return err
	}
	took := time.Since(began)
	if wantsJSON(d.cmd) {
		return printJSON(d.cmd, answers)
	}
	if err := d.showDays(&answers[0]); err != nil {
		return err
	}
	for i, title := range []string{"top sources of these days", "top pages"} {
		if err := d.showTop(title, &answers[i+1]); err != nil {
			return err
		}
	}
	say(d.cmd, "three answers from %s in %s", counted(b.store.Status().Rows, "event"), took.Round(100*time.Microsecond))
	return nil
}

func (d *demo) question(text string, now holdfast.Millis) (holdfast.Question, error) {
	parameters, err := splitQuestion(text)
	if err != nil {
		return holdfast.Question{}, err
	}
	return questions{}.Question(d.past.site, parameters, now)
}

// showDays prints a line for each day, with what it rests on.
func (d *demo) showDays(a *holdfast.Answer) error {
	atLeast := map[int]bool{}
	for _, i := range a.AtLeast {
		atLeast[i] = true
	}
	t := &table{head: []string{demoSite, "VIEWS", "VISITORS", "BOUNCE RATE", "COVERAGE"}, right: []bool{false, true, true, true}}
	for i, row := range a.Rows {
		text := fmt.Sprint(row[0])
		day, err := holdfast.ParseDay(text)
		if err != nil {
			return err
		}
		from, to := d.past.site.Bounds(day)
		cells := []string{text + " " + day.Weekday().String()[:3]}
		for j, value := range row[1:] {
			cells = append(cells, cell(a.Columns[j+1], value, atLeast[i], false))
		}
		t.add(append(cells, d.coverageOf(a.Coverage.Within(from, to)))...)
	}
	fmt.Fprintln(d.cmd.OutOrStdout())
	return printTable(d.cmd, t)
}

// coverageOf says what is missing of a day, and why.
func (d *demo) coverageOf(c holdfast.Coverage) string {
	var missing time.Duration
	var longest holdfast.Interval
	var future bool
	for _, iv := range c.Intervals {
		switch iv.State {
		case holdfast.Complete:
		case holdfast.Future:
			future = true
		default:
			missing += iv.To.Sub(iv.From)
			if iv.To-iv.From > longest.To-longest.From {
				longest = iv
			}
		}
	}
	loc := d.past.site.Location(longest.From)
	text := "complete"
	switch {
	case missing >= time.Minute:
		text = fmt.Sprintf("%s: %s from %s to %s", percent(c.Ratio), longest.State,
			longest.From.Time().In(loc).Format("15:04"), longest.To.Time().In(loc).Format("15:04"))
	case missing > 0:
		text = fmt.Sprintf("all but %s: %s", max(missing.Round(time.Millisecond), time.Millisecond), longest.State)
	}
	if future {
		text += ", so far"
	}
	return text
}

func (d *demo) showTop(title string, a *holdfast.Answer) error {
	t := &table{right: []bool{false, true, true}, head: []string{title, "VIEWS", "VISITORS"}}
	for _, row := range a.Rows {
		cells := make([]string, len(row))
		for j, value := range row {
			cells[j] = cell(a.Columns[j], value, a.Coverage.Spoiled(), false)
		}
		t.add(cells...)
	}
	fmt.Fprintln(d.cmd.OutOrStdout())
	return printTable(d.cmd, t)
}
