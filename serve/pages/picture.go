package pages

import (
	"fmt"
	"html"
	"strings"

	"holdfast"
	"holdfast/serve/panel"
)

// The measures of a picture.
const (
	pictureWidth = 800
	marginWidth  = 124
	pictureHead  = 34
	pictureFoot  = 26
	edge         = 16
)

func viewsPicture(p *panel.Page) []byte {
	return picture(p, "Views", viewsGraph(p, "v"))
}

func referralsPicture(p *panel.Page) []byte {
	return picture(p, "Visits by where they came from", referralsGraph(p, "r", panel.Named))
}

// picture makes a file of a graph, with what it shows above it and what it
// rests on under it.
func picture(p *panel.Page, title string, g Graph) []byte {
	var b strings.Builder
	width, height := pictureWidth+2*edge, pictureHead+g.Height+pictureFoot+8
	line := trust(p)
	if words := holes(p); words != "" {
		line += " · " + words
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="graph-file" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d">`, width, height)
	fmt.Fprintf(&b, `<title>%s</title><style>%s</style><rect class="ground" width="100%%" height="100%%"/>`,
		html.EscapeString(fmt.Sprintf("%s, %s, %s. %s", title, p.Site, rangeWords(p.Range), line)), graphStyle)
	fmt.Fprintf(&b, `<text class="title" x="%d" y="24">%s · %s</text>`, edge, html.EscapeString(title), html.EscapeString(p.Site))
	fmt.Fprintf(&b, `<svg x="%d" y="%d" width="%d" height="%d">%s</svg>`, edge, pictureHead, pictureWidth-marginWidth, g.Height, g.Plot)
	fmt.Fprintf(&b, `<svg x="%d" y="%d" width="%d" height="%d">%s</svg>`, edge+pictureWidth-marginWidth, pictureHead, marginWidth, g.Height, g.Margin)
	fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text></svg>`+"\n", edge, pictureHead+g.Height+18, html.EscapeString(cut(line, 150)))
	return []byte(b.String())
}

// head is what the numbers of all graphs begin with.
type head struct {
	Site     string            `json:"site"`
	Range    panel.Range       `json:"range"`
	From     holdfast.Millis   `json:"from"`
	To       holdfast.Millis   `json:"to"`
	Zone     string            `json:"zone"`
	AsOf     holdfast.Millis   `json:"as_of"`
	Since    holdfast.Millis   `json:"since"`
	Coverage holdfast.Coverage `json:"coverage"`
}

func headOf(p *panel.Page) head {
	c := p.Coverage
	c.Intervals = nil
	for _, iv := range p.Coverage.Intervals {
		iv.Witness, iv.Events = "", 0 // what the operator knows
		c.Intervals = append(c.Intervals, iv)
	}
	return head{p.Site, p.Range, p.From, p.To, p.Location.String(), p.AsOf.Time, p.Since, c}
}

// times are what the numbers of a bucket begin with.
type times struct {
	From    holdfast.Millis `json:"from"`
	To      holdfast.Millis `json:"to"`
	When    string          `json:"when"`
	AtLeast bool            `json:"at_least,omitempty"`
	SoFar   bool            `json:"so_far,omitempty"`
	State   holdfast.State  `json:"state"`
}

func timesOf(p *panel.Page, b *panel.Bucket) times {
	return times{b.From, b.To, bucketWords(p, b), b.AtLeast, b.SoFar, b.Coverage.State}
}

type viewsBucket struct {
	times
	Views *int64 `json:"views"` // null: nothing is known
}

func viewsData(p *panel.Page) any {
	data := struct {
		head
		Buckets []viewsBucket `json:"buckets"`
	}{headOf(p), nil}
	for i := range p.Buckets {
		b := &p.Buckets[i]
		of := viewsBucket{times: timesOf(p, b)}
		if b.Known {
			of.Views = &b.Views
		}
		data.Buckets = append(data.Buckets, of)
	}
	return data
}

type referralsBucket struct {
	times
	Visits *int64 `json:"visits"` // null: nothing is known. Else the sum of those below
	// Layers are the visits of each of the sources above.
	Layers []int64 `json:"layers,omitempty"`
}

func referralsData(p *panel.Page) any {
	data := struct {
		head
		Sources []string          `json:"sources"` // the first is Direct, the last all others
		Buckets []referralsBucket `json:"buckets"`
	}{head: headOf(p)}
	all := layers(p, panel.Named)
	for _, l := range all {
		data.Sources = append(data.Sources, shown(l.name))
	}
	for i := range p.Buckets {
		b := &p.Buckets[i]
		of := referralsBucket{times: timesOf(p, b)}
		if b.Known {
			of.Visits = &b.Visits
			for _, l := range all {
				of.Layers = append(of.Layers, l.of(b))
			}
		}
		data.Buckets = append(data.Buckets, of)
	}
	return data
}
