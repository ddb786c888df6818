package pages

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"holdfast"
	"holdfast/serve/panel"
)

//go:embed deals.html
var dealsText string

var dealsTemplate = template.Must(template.New("deals").Parse(dealsText))

// dealsView is what the template of a list of deals shows.
type dealsView struct {
	Site, Note, Style, Home string
	Trust, Zone, Scale      string
	Years                   []year
	Newer, Older            string // where they are; "": there are none
}

type year struct {
	Year  int
	Deals []listed
}

type listed struct {
	Day, More, Title, Link string
	Source, Covered        string
	Direct                 bool // most visits have no source
	Visitors, Noun, Bite   string
	Graph                  template.HTML
}

// deals answers GET /s/{site}/deals. Of the address only the number of the part
// is read.
func (p *Pages) deals(w http.ResponseWriter, r *http.Request) {
	number, _ := strconv.Atoi(r.URL.Query().Get("page"))
	l, err := p.o.Panels.Deals(r.Context(), r.PathValue("site"), number)
	if err != nil {
		refusePage(w, err)
		return
	}
	v := newDealsView(l)
	v.Note = p.o.Note
	write(w, dealsTemplate, v)
}

func newDealsView(l *panel.Deals) *dealsView {
	home := "/s/" + url.PathEscape(l.Site)
	v := &dealsView{Site: l.Site, Style: styleName, Home: home, Trust: trust(&l.Page), Zone: l.Location.String()}
	if l.Number > 1 {
		v.Newer = home + "/deals"
		if l.Number > 2 {
			v.Newer += "?page=" + strconv.Itoa(l.Number-1)
		}
	}
	if l.More {
		v.Older = home + "/deals?page=" + strconv.Itoa(l.Number+1)
	}
	var top float64
	for i := range l.Listed {
		for _, b := range l.Listed[i].Buckets {
			top = max(top, rate(&b))
		}
	}
	if top >= 1 {
		v.Scale = several(int64(top+0.5), "view", "views")
	}
	for i := range l.Listed {
		d := &l.Listed[i]
		starts := d.Deal.Starts.Time().In(l.Location)
		if n := len(v.Years); n == 0 || v.Years[n-1].Year != starts.Year() {
			v.Years = append(v.Years, year{Year: starts.Year()})
		}
		of := &v.Years[len(v.Years)-1].Deals
		*of = append(*of, newListed(l, d, top))
	}
	return v
}

func newListed(l *panel.Deals, d *panel.Listed, top float64) listed {
	starts := d.Deal.Starts.Time().In(l.Location)
	row := listed{
		Day: starts.Format("2 Jan"), More: starts.Format("Mon"), Title: shown(d.Deal.Title), Link: dealLink(l.Site, d.Deal.ID),
		Covered: coveredShortly(d.Coverage, &l.Page, d.AsOf.Time < d.Deal.Window.To), Graph: smallGraph(d, &l.Page, top),
	}
	if starts.Hour() != 0 || starts.Minute() != 0 {
		row.More += starts.Format(" 15:04")
	}
	if s := d.Sources; len(s) > 0 && !s[0].Other && s[0].Visits > 0 {
		row.Direct = s[0].Source == ""
		row.Source = cut(shown(s[0].Source), 40)
	}
	if n := d.Visitors; n != nil {
		if row.Visitors, row.Noun = count(*n), "visitors"; *n == 1 {
			row.Noun = "visitor"
		}
		if d.AtLeast {
			row.Visitors = "≥ " + row.Visitors
		}
	}
	if g := d.Goal; g != nil && g.DidntBite != nil {
		row.Bite = share(*g.DidntBite)
	}
	return row
}

func dealLink(site, id string) string {
	return "/s/" + url.PathEscape(site) + "/deals/" + url.PathEscape(id)
}

// coveredShortly says how much is missing of a deal's time.
func coveredShortly(c holdfast.Coverage, p *panel.Page, soFar bool) string {
	missing, partial, before, known := missingOf(c, p)
	text := "complete"
	switch {
	case !known:
		text = "nothing is known"
	case before > missing:
		text = "records begin within it"
	case missing >= time.Second:
		text = span(missing) + " missing"
	case partial >= time.Second:
		text = span(partial) + " incomplete"
	}
	if soFar {
		text += ", so far"
	}
	return text
}

// missingOf returns of how much time nothing was recorded, of how much not all,
// and how much is before the records, and whether anything is known at all.
func missingOf(c holdfast.Coverage, p *panel.Page) (missing, partial, before time.Duration, known bool) {
	for _, iv := range c.Intervals {
		took := iv.To.Sub(iv.From)
		switch {
		case isGap(&iv, p):
			missing += took
		case iv.State == holdfast.Partial:
			partial += took
		case iv.State == holdfast.Before:
			before += took
		}
	}
	return missing, partial, before, c.Known()
}

// share writes a share in per cent; what is not all is not said to be.
func share(x float64) string {
	per := 100 * x
	switch {
	case per > 99 && per < 100:
		return fmt.Sprintf("%.1f %%", min(per, 99.9))
	case per > 0 && per < 1:
		return fmt.Sprintf("%.1f %%", max(per, 0.1))
	}
	return fmt.Sprintf("%.0f %%", per)
}

func several(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + more
}

// rate returns the views an hour of a bucket, so that buckets of any length
// have a scale in common.
func rate(b *panel.Bucket) float64 {
	if !b.Known || b.To <= b.From {
		return 0
	}
	return float64(b.Views) / b.To.Sub(b.From).Hours()
}

// The measures of a small graph.
const (
	smallHeight = 34
	smallWidth  = 1000
)

// smallGraph draws the views of a deal's window as steps.
func smallGraph(d *panel.Listed, p *panel.Page, top float64) template.HTML {
	w := d.Deal.Window
	x := func(t holdfast.Millis) float64 { return float64(t-w.From) / float64(max(w.To-w.From, 1)) }
	var back, path, zero strings.Builder
	for _, iv := range d.Coverage.Intervals {
		if isGap(&iv, p) && x(iv.To)-x(iv.From) >= 0.004 {
			fmt.Fprintf(&back, `<rect x="%s" width="%s" height="%d" fill="url(#d-hatch)"/>`, percent(100*x(iv.From)), percent(100*(x(iv.To)-x(iv.From))), smallHeight)
		}
	}
	for i := range d.Buckets {
		b := &d.Buckets[i]
		if !b.Known {
			continue
		}
		from, to := number(smallWidth*x(b.From)), number(smallWidth*x(b.To))
		fmt.Fprintf(&zero, "M%s %sH%s", from, number(smallHeight-0.5), to)
		if b.AtLeast {
			fmt.Fprintf(&back, `<rect x="%s" width="%s" height="%d" fill="url(#d-thin)"/>`, percent(100*x(b.From)), percent(100*(x(b.To)-x(b.From))), smallHeight)
		}
		if b.Views > 0 && top > 0 {
			fmt.Fprintf(&path, "M%s %dV%sH%sV%[2]d", from, smallHeight, number(smallHeight*(1-rate(b)/top)), to)
		}
	}
	return template.HTML(fmt.Sprintf(`<svg class="small-graph" width="100%%" height="%d" aria-hidden="true">%s<svg width="100%%" height="%[1]d" viewBox="0 0 %[3]d %[1]d" preserveAspectRatio="none"><path class="bars" d="%[4]s"/><path class="zero" d="%[5]s"/></svg></svg>`,
		smallHeight, back.String(), smallWidth, path.String(), zero.String()))
}
