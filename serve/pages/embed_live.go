package pages

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"holdfast"
	"holdfast/serve/panel"
)

// halfHour is what a page is about that shows the last half hour, by the
// minute. Nothing of a request can name it.
const halfHour panel.Range = "half hour"

// now is who is there now, in words.
type now struct {
	Here    string // "": nobody knows
	AtLeast bool
}

// embedTime is how long an embedded page waits to know who is there now.
const embedTime = 5 * time.Second

// embedLive is who is there now, and the views of the last half hour.
func (p *Pages) embedLive(r *http.Request) (*embedView, error) {
	site, err := p.o.Panels.Site(r.PathValue("site"))
	if err != nil {
		return nil, err
	}
	second, err := p.second(r.Context(), site.Name, embedTime)
	if err != nil {
		return nil, err
	}
	page := halfHourOf(site, second)
	v := newEmbedView(page)
	v.Title = "Visitors of " + page.Site + " now"
	v.Script, v.Now, v.Summary = embedScriptName, nowOf(second), busiest(page)
	v.Live, v.State = "/api/v1/sites/"+url.PathEscape(page.Site)+"/live", string(page.Coverage.State)
	v.Graph = barsGraph(page, "l", 40)
	return v, nil
}

// second returns what the public may know of a site at this moment, if somebody
// can tell in time.
func (p *Pages) second(ctx context.Context, site string, in time.Duration) (holdfast.Second, error) {
	if p.o.Watcher == nil {
		return holdfast.Second{}, holdfast.ErrUnavailable
	}
	ctx, cancel := context.WithTimeout(ctx, in)
	defer cancel()
	seconds, err := p.o.Watcher.Watch(ctx, site)
	if err != nil {
		return holdfast.Second{}, err
	}
	select {
	case s, ok := <-seconds:
		if !ok {
			return s, holdfast.ErrUnavailable
		}
		return s.Public(), nil
	case <-ctx.Done():
		return holdfast.Second{}, ctx.Err()
	}
}

// nowOf says how many are there.
func nowOf(s holdfast.Second) *now {
	c := s.Coverage.Within(s.At.Add(-lately), s.At)
	if !c.Known() {
		return &now{}
	}
	return &now{Here: count(s.Here), AtLeast: c.Spoiled()}
}

// halfHourOf returns a page of the minutes of the last half hour.
func halfHourOf(site *holdfast.Site, s holdfast.Second) *panel.Page {
	const minute = holdfast.Millis(time.Minute / time.Millisecond)
	to := s.At - s.At%minute + minute
	from := to - minute*holdfast.Millis(len(s.PerMinute))
	page := &panel.Page{
		Site: site.Name, Range: halfHour, Window: panel.Window{From: from, To: to, By: holdfast.Minute},
		Location: site.Location(s.At), AsOf: s.AsOf, Coverage: s.Coverage.Within(from, s.At),
	}
	for i, n := range s.PerMinute {
		b := panel.Bucket{From: from + minute*holdfast.Millis(i), Views: n, SoFar: i == len(s.PerMinute)-1}
		b.To = b.From + minute
		b.Coverage = page.Coverage.Within(b.From, b.To)
		b.Known = b.Coverage.Known() || n > 0
		b.AtLeast = b.Known && b.Coverage.Spoiled()
		page.Buckets = append(page.Buckets, b)
	}
	return page
}
