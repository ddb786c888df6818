package pages

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"holdfast"
	"holdfast/serve/panel"
)

//go:embed deal.html
var dealText string

var dealTemplate = template.Must(template.New("deal").Parse(dealText))

// dealView is what the template of a deal shows.
type dealView struct {
	Site, Note, Style, Script, Home string
	Title, Trust, When              string
	Link, LinkText                  string // where it is to be seen; "": nowhere
	Sentence, Covered               string
	Over                            bool // nothing is added any more, but by repair

	Views, Referrals, ReferralsNarrow Graph
	Busiest, ReferralsSummary, Holes  string
	Numbers                           []numbers
	Sources                           table
	Earlier, Later                    *dealRef
	Zone, Files, Goal                 string
}

// dealRef leads to another deal.
type dealRef struct{ Title, Link, When string }

// deal answers GET /s/{site}/deals/{id}.
func (p *Pages) deal(w http.ResponseWriter, r *http.Request) {
	d, err := p.askDeal(r)
	if err != nil {
		refusePage(w, err)
		return
	}
	v := newDealView(d)
	v.Note = p.o.Note
	write(w, dealTemplate, v)
}

func (p *Pages) askDeal(r *http.Request) (*panel.Deal, error) {
	return p.o.Panels.Deal(r.Context(), r.PathValue("site"), r.PathValue("id"))
}

func newDealView(d *panel.Deal) *dealView {
	page, shownDeal := &d.Page, &d.Stats.Deal
	v := &dealView{
		Site: d.Site, Style: styleName, Script: scriptName, Home: "/s/" + url.PathEscape(d.Site),
		Title: shown(shownDeal.Title), Trust: trust(page), When: windowWords(d),
		Sentence: sentence(d), Covered: covered(d), Over: d.AsOf.Time >= shownDeal.Window.To && !shownDeal.Window.Open,
		Views: viewsGraph(page, "v"), Referrals: referralsGraph(page, "r", panel.Named), ReferralsNarrow: referralsGraph(page, "n", 3),
		Busiest: busiestMoment(d), ReferralsSummary: referralsSummary(page), Holes: holes(page),
		Sources: tableOf("sources", "Sources", "visits", &page.Sources, "Direct", colourOf),
		Zone:    d.Location.String(), Files: dealLink(d.Site, shownDeal.ID) + "/",
		Earlier: refOf(d, d.Previous), Later: refOf(d, d.Following),
	}
	v.Link, v.LinkText = linkOf(shownDeal.Link)
	if g := d.Stats.Goal; g != nil && g.DidntBite != nil {
		v.Goal = shown(g.Name)
	}
	for i := range page.Buckets {
		v.Numbers = append(v.Numbers, numbersOf(page, &page.Buckets[i]))
	}
	return v
}

// linkOf returns a link that leads to a page and runs nothing, and what it is
// called; all else is none.
func linkOf(link string) (to, text string) {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", ""
	}
	return u.String(), cut(shown(u.Host), 60)
}

func refOf(d *panel.Deal, other *holdfast.Deal) *dealRef {
	if other == nil {
		return nil
	}
	return &dealRef{shown(other.Title), dealLink(d.Site, other.ID), other.Starts.Time().In(d.Location).Format("2 January 2006")}
}

// windowWords says when a deal is.
func windowWords(d *panel.Deal) string {
	w := d.Stats.Deal.Window
	from, to := w.From.Time().In(d.Location), w.To.Time().In(d.Location)
	const day, minute = "Monday, 2 January 2006", "Monday, 2 January 2006, 15:04"
	last := to.Add(-time.Millisecond)
	wholeDays := isMidnight(from) && isMidnight(to)
	switch {
	case w.Open && isMidnight(from):
		return "since " + from.Format(day)
	case w.Open:
		return "since " + from.Format(minute)
	case wholeDays && from.YearDay() == last.YearDay() && from.Year() == last.Year():
		return from.Format(day)
	case wholeDays:
		return from.Format(day) + " to " + last.Format(day)
	case from.YearDay() == last.YearDay() && from.Year() == last.Year():
		return from.Format(minute) + "–" + to.Format("15:04")
	}
	return from.Format(minute) + " to " + to.Format(minute)
}

func isMidnight(t time.Time) bool { return t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 }

// sentence says what came of a deal.
func sentence(d *panel.Deal) string {
	s := &d.Stats
	w := s.Deal.Window
	end, soFar := w.To, ""
	if d.AsOf.Time < w.To || w.Open {
		end, soFar = min(w.To, d.AsOf.Time), " so far"
	}
	in := "In " + spanWords(d.Location, w.From, end) + soFar
	if s.Visitors == nil {
		return "Nothing is known of who came."
	}
	n := *s.Visitors
	text := "nobody"
	if n > 0 {
		text = several(n, "person", "people")
		if !sameDay(d.Location, w.From, end) {
			text = several(n, "visitor", "visitors")
		}
	}
	if s.AtLeast {
		if text = "at least " + text; n == 0 {
			return in + " nobody is known to have come."
		}
	}
	text = in + " " + text + " came"
	if g := s.Goal; n > 0 && g != nil && g.DidntBite != nil {
		text += " and " + share(*g.DidntBite) + " didn’t bite"
	}
	return text + "."
}

// spanWords writes how long a time on a clock is: a day as its hours, more as
// days.
func spanWords(loc *time.Location, from, to holdfast.Millis) string {
	took := to.Sub(from)
	if took < time.Minute {
		return "less than a minute"
	}
	a, b := from.Time().In(loc), to.Time().In(loc)
	if a.Format("15:04:05") == b.Format("15:04:05") && took > 26*time.Hour {
		return several(int64((took+12*time.Hour)/(24*time.Hour)), "day", "days")
	}
	if took%time.Hour == 0 && took < 48*time.Hour {
		return several(int64(took/time.Hour), "hour", "hours")
	}
	if took >= 30*24*time.Hour {
		return several(int64(took/(24*time.Hour)), "day", "days")
	}
	return span(took.Truncate(time.Minute))
}

func sameDay(loc *time.Location, from, to holdfast.Millis) bool {
	return from.Time().In(loc).Format(time.DateOnly) == to.Add(-time.Millisecond).Time().In(loc).Format(time.DateOnly)
}

// covered says what a deal's numbers rest on.
func covered(d *panel.Deal) string {
	missing, partial, before, known := missingOf(d.Coverage, &d.Page)
	var parts []string
	if before >= time.Second && known {
		parts = append(parts, "Records begin within it: of its first "+span(before)+" nothing is known.")
	}
	if missing >= time.Second && known {
		parts = append(parts, "Of "+span(missing)+" nothing was recorded.")
	}
	if partial >= time.Second {
		parts = append(parts, "Of "+span(partial)+" not all was recorded.")
	}
	switch {
	case !known && before > 0 && missing == 0:
		return "Records begin after it."
	case !known:
		return "Nothing was recorded in its time."
	case len(parts) > 0 && d.Stats.AtLeast:
		return strings.Join(parts, " ") + " Numbers are at least what they say."
	case len(parts) > 0:
		return strings.Join(parts, " ") + " That is less than a tenth of it."
	}
	return "All of its time was recorded."
}

// busiestMoment says when there were most views.
func busiestMoment(d *panel.Deal) string {
	b := d.Stats.Busiest
	if b == nil {
		return "No views are known."
	}
	when := b.At
	if t, err := time.Parse(time.RFC3339, b.At); err == nil {
		layout := "Mon 2 Jan 2006, 15:04"
		if w := d.Stats.Deal.Window; sameDay(d.Location, w.From, w.To) {
			layout = "15:04"
		}
		when = t.In(d.Location).Format(layout)
	} else if t, err := time.Parse(time.DateOnly, b.At); err == nil {
		when = t.Format("2 January 2006")
	}
	text := fmt.Sprintf("Busiest %s: %s, %s.", b.Bucket, when, several(b.Views, "view", "views"))
	if v := d.Stats.Views; v != nil {
		text = several(*v, "view", "views") + " in all. " + text
	}
	return text
}

// dealBucketWords says when a bucket of a deal is.
func dealBucketWords(p *panel.Page, b *panel.Bucket) string {
	from, to := b.From.Time().In(p.Location), b.To.Time().In(p.Location)
	switch p.By {
	case holdfast.Minute:
		return from.Format("15:04")
	case holdfast.Hour:
		if sameDay(p.Location, p.From, p.To) {
			return from.Format("15:04") + "–" + to.Format("15:04")
		}
		return from.Format("Mon 2 Jan 15:04") + "–" + to.Format("15:04")
	case holdfast.Week:
		return "week of " + from.Format("2 Jan 2006")
	case holdfast.Month:
		return from.Format("January 2006")
	}
	return from.Format("Mon 2 Jan")
}

// mostTicks is how many times there is room for on an axis.
const mostTicks = 9

// dealTicks returns the times on the axis of a deal: the finest of these that
// there is room for.
func dealTicks(p *panel.Page) []tick {
	type step struct {
		text string
		at   func(t, before time.Time) bool
	}
	every := func(minutes int) func(t, before time.Time) bool {
		return func(t, _ time.Time) bool { return (t.Hour()*60+t.Minute())%minutes == 0 }
	}
	steps := []step{
		{"15:04", every(1)}, {"15:04", every(5)}, {"15:04", every(15)}, {"15:04", every(30)}, {"15:04", every(180)},
		{"Mon 2", func(t, before time.Time) bool { return t.YearDay() != before.YearDay() }},
		{"2 Jan", func(t, before time.Time) bool { return weekOf(t) != weekOf(before) }},
		{"Jan", func(t, before time.Time) bool { return t.Month() != before.Month() }},
		{"Jan 2006", func(t, before time.Time) bool { return t.Month() != before.Month() && t.Month()%3 == 1 }},
		{"2006", func(t, before time.Time) bool { return t.Year() != before.Year() }},
		{"2006", func(t, before time.Time) bool { return t.Year()/10 != before.Year()/10 }},
	}
	first := map[holdfast.Dimension]int{holdfast.Minute: 0, holdfast.Hour: 4, holdfast.DayBucket: 5, holdfast.Week: 7, holdfast.Month: 8}[p.By]
	var all []tick
	for _, s := range steps[first:] {
		all = nil
		for i, b := range p.Buckets {
			t := b.From.Time().In(p.Location)
			before := b.From.Add(-time.Minute).Time().In(p.Location)
			if i > 0 {
				before = p.Buckets[i-1].From.Time().In(p.Location)
			}
			if s.at(t, before) {
				all = append(all, tick{100 * float64(i) / float64(len(p.Buckets)), t.Format(s.text), len(all)%2 == 1})
			}
		}
		if len(all) <= mostTicks {
			break
		}
	}
	return all
}

func weekOf(t time.Time) int { _, w := t.ISOWeek(); return w }
