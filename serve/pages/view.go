package pages

import (
	"fmt"
	"net/url"
	"strings"

	"holdfast/serve/panel"
)

// view is what the template of a page shows.
type view struct {
	Site, Note, Here string
	Style, Script    string
	Ranges           []rangeLink
	Range            panel.Range
	Trust            string
	Figures          []figure
	Compared         string

	Views, Referrals, ReferralsNarrow Graph
	Busiest, ReferralsSummary, Holes  string
	Numbers                           []numbers
	Tables                            []table
	Zone                              string
	Files                             string // what addresses of the graphs begin with
	Query                             string // and end with
	Guessed                           bool   // some countries may be estimates, and nobody knows which
	Deals                             string // where the deals are; "": there are none
	Live                              string // where the numbers of the moment are; "" if nowhere
}

type rangeLink struct {
	Name, Link string
	Current    bool
}

// figure is one of the four numbers.
type figure struct {
	Name, Value string
	AtLeast     bool
	Change      string // against earlier, in per cent; "" if it is not known
}

// numbers are those of a bucket, for who does not see the graph.
type numbers struct{ When, Views, Visits, Note string }

// table is a list of names, each with a bar.
type table struct {
	ID, Title, Of string
	Rows          []row
	Note          string // "": there is nothing to say
}

type row struct {
	Name, Value string
	Width       string // of its bar; "": it has none
	Class       string // of its colour
	Mark        string // what ~ before the name means; "": it has none
}

func newView(p *panel.Page) *view {
	v := &view{
		Site: p.Site, Style: styleName, Script: scriptName, Range: p.Range,
		Trust: trust(p), Figures: figuresOf(p), Compared: compared(p),
		Views: viewsGraph(p, "v"), Referrals: referralsGraph(p, "r", panel.Named), ReferralsNarrow: referralsGraph(p, "n", 3),
		Busiest: busiest(p), ReferralsSummary: referralsSummary(p), Holes: holes(p), Zone: p.Location.String(),
		Files: "/s/" + url.PathEscape(p.Site) + "/",
	}
	if p.HasDeals {
		v.Deals = v.Files + "deals"
	}
	for _, r := range panel.Ranges {
		link := rangeLink{map[panel.Range]string{panel.Today: "Today", panel.Days7: "7 days", panel.Days30: "30 days", panel.Months: "12 months"}[r],
			"/s/" + url.PathEscape(p.Site), r == p.Range}
		if r != panel.Today {
			link.Link += "?range=" + string(r)
		}
		v.Ranges = append(v.Ranges, link)
	}
	if p.Range != panel.Today {
		v.Query = "?range=" + string(p.Range)
	}
	for i := range p.Buckets {
		v.Numbers = append(v.Numbers, numbersOf(p, &p.Buckets[i]))
	}
	v.Tables = []table{
		tableOf("sources", "Sources", "visits", &p.Sources, "Direct", colourOf),
		tableOf("pages", "Pages", "views", &p.Pages, "", nil),
		tableOf("countries", "Countries", "visits", &p.Countries, "Unknown", nil),
		tableOf("devices", "Devices", "visits", &p.Devices, "Unknown", nil),
	}
	v.Guessed = p.Located.Unsaid > 0
	nameCountries(&v.Tables[2], p)
	for i := range v.Tables[3].Rows {
		v.Tables[3].Rows[i].Name = capital(v.Tables[3].Rows[i].Name)
	}
	return v
}

// colourOf returns the class of a source's colour in its table, as in the graph.
func colourOf(source string) string {
	if source == "" {
		return "direct"
	}
	return colour(source)
}

func figuresOf(p *panel.Page) []figure {
	spoiled := strings.HasSuffix(completeness(p), "at least")
	whole := func(name string, of func(*panel.Figures) *int64) figure {
		f := figure{Name: name, Value: "–"}
		if n := of(&p.Figures); n != nil {
			f.Value, f.AtLeast = count(*n), spoiled
		}
		if p.Earlier != nil && of(p.UntilHour) != nil && of(p.Earlier) != nil {
			f.Change = change(float64(*of(p.UntilHour)), float64(*of(p.Earlier)))
		}
		return f
	}
	ratio := func(name string, of func(*panel.Figures) *float64, write func(float64) string, change func(now, then float64) string) figure {
		f := figure{Name: name, Value: "–"}
		if x := of(&p.Figures); x != nil {
			f.Value = write(*x)
		}
		if p.Earlier != nil && of(p.UntilHour) != nil && of(p.Earlier) != nil {
			f.Change = change(*of(p.UntilHour), *of(p.Earlier))
		}
		return f
	}
	return []figure{
		whole("Visitors", func(f *panel.Figures) *int64 { return f.Visitors }),
		whole("Views", func(f *panel.Figures) *int64 { return f.Views }),
		ratio("Views per visit", func(f *panel.Figures) *float64 { return f.ViewsPerVisit }, func(x float64) string { return fmt.Sprintf("%.1f", x) }, change),
		ratio("Bounce rate", func(f *panel.Figures) *float64 { return f.BounceRate }, func(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) }, points),
	}
}

func numbersOf(p *panel.Page, b *panel.Bucket) numbers {
	n := numbers{When: bucketWords(p, b), Views: count(b.Views), Visits: count(b.Visits)}
	switch {
	case !b.Known:
		n.Views, n.Visits, n.Note = "–", "–", stateWord(b.Coverage.State)
		if b.SoFar {
			n.Note = "nothing is known yet"
		}
	case b.AtLeast && b.SoFar:
		n.Note = "at least, so far"
	case b.AtLeast:
		n.Note = "at least"
	case b.SoFar:
		n.Note = "so far"
	}
	return n
}

func tableOf(id, title, of string, l *panel.List, nameless string, class func(string) string) table {
	t := table{ID: id, Title: title, Of: of}
	var most int64
	for _, r := range l.Rows {
		most = max(most, r.N)
	}
	add := func(name string, n int64, class string) {
		t.Rows = append(t.Rows, row{Name: name, Value: count(n), Width: percent(100 * float64(n) / float64(max(most, 1))), Class: class})
	}
	for _, r := range l.Rows {
		name, c := shown(r.Name), "plain"
		if class != nil {
			c = class(r.Name)
		}
		if r.Name == "" {
			name = nameless
		}
		add(name, r.N, c)
	}
	if l.Other > 0 {
		t.Rows = append(t.Rows, row{Name: "others", Value: count(l.Other)})
	}
	return t
}

func capital(s string) string {
	if s == "tv" {
		return "TV"
	}
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// referralsSummary says where most visits come from.
func referralsSummary(p *panel.Page) string {
	if p.Sources.Total == 0 || len(p.Sources.Rows) == 0 {
		return "No visits are known."
	}
	first := p.Sources.Rows[0]
	name := "from " + shown(first.Name)
	if first.Name == "" {
		name = "direct"
	}
	return fmt.Sprintf("Most: %s visits %s, %.0f %% of all.", count(first.N), name, 100*float64(first.N)/float64(p.Sources.Total))
}
