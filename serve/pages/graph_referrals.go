package pages

import (
	"fmt"
	"hash/fnv"
	"html"
	"strings"

	"holdfast/serve/panel"
)

// referralsHeight is that of the values of the graph of referrals.
const referralsHeight = 168

// layer is the visits of one source in each bucket.
type layer struct {
	name, class string
	of          func(*panel.Bucket) int64
}

// layers returns the layers of a page from the bottom to the top: direct
// visits, so many named sources, and the others.
func layers(p *panel.Page, named int) []layer {
	all := []layer{{"Direct", "direct", func(b *panel.Bucket) int64 { return b.Direct }}}
	named = min(named, len(p.Names))
	for i, name := range p.Names[:named] {
		all = append(all, layer{name, colour(name), func(b *panel.Bucket) int64 { return b.Sources[i] }})
	}
	return append(all, layer{"other", "other", func(b *panel.Bucket) int64 {
		n := b.Other
		for _, more := range b.Sources[named:] {
			n += more
		}
		return n
	}})
}

// referralsGraph draws the visits of each bucket by where they came from, as
// steps on top of each other.
func referralsGraph(p *panel.Page, id string, named int) Graph {
	var most int64
	for _, b := range p.Buckets {
		most = max(most, b.Visits)
	}
	d := draw(p, id, referralsHeight, most)
	all := layers(p, named)
	d.grid(nil)
	d.ground()
	d.stretched()
	kind := "layer"
	if len(p.Buckets) > fewBuckets {
		kind = "layer fine"
	}
	below := make([]int64, len(p.Buckets))
	var shown []placed
	for i, l := range all {
		path := d.steps(below, l.of)
		if path == "" {
			continue
		}
		fmt.Fprintf(d, `<path class="%s %s" data-layer="%d" d="%s"/>`, kind, l.class, i, path)
		shown = append(shown, placed{l, d.middle(below, l.of)})
	}
	d.zero()
	for i, b := range p.Buckets {
		if b.SoFar && b.Known {
			fmt.Fprintf(d, `<path class="veil" d="M%d %dV%sh%dV%[2]d"/>`, i*unit, d.foot(), d.y(b.Visits), unit)
		}
	}
	d.WriteString(`</svg>`)
	for _, b := range p.Buckets {
		if b.AtLeast && b.Known {
			d.band(b.From, b.To, "over")
		}
	}
	d.labels()
	d.soFar(func(b *panel.Bucket) int64 { return b.Visits })
	d.axis()
	return Graph{d.plot("Visits by where they came from, " + rangeWords(p.Range) + ". " + namesOf(all)), d.margin(d.names(shown)), d.total()}
}

// steps returns the outline of a layer on top of what is below, which it is
// added to. It is empty if the layer is.
func (d *drawing) steps(below []int64, of func(*panel.Bucket) int64) string {
	var path strings.Builder
	var sum int64
	d.runs(func(lo, hi int) {
		fmt.Fprintf(&path, "M%d %s", lo*unit, d.y(below[lo]))
		for i := lo; i < hi; i++ {
			n := of(&d.page.Buckets[i])
			sum += n
			fmt.Fprintf(&path, "V%sH%d", d.y(below[i]+n), (i+1)*unit)
		}
		for i := hi - 1; i >= lo; i-- {
			fmt.Fprintf(&path, "V%sH%d", d.y(below[i]), i*unit)
			below[i] += of(&d.page.Buckets[i])
		}
		path.WriteString("Z")
	})
	if sum == 0 {
		return ""
	}
	return path.String()
}

// placed is a layer, and the height that its name belongs to.
type placed struct {
	layer
	y float64
}

// middle returns the height of the middle of a layer in the last bucket that is
// over; below already has it.
func (d *drawing) middle(below []int64, of func(*panel.Bucket) int64) float64 {
	for i := len(d.page.Buckets) - 1; i >= 0; i-- {
		if b := &d.page.Buckets[i]; b.Known && !b.SoFar {
			v := float64(below[i]) - float64(of(b))/2
			return headroom + float64(d.height)*(1-v/float64(d.top))
		}
	}
	return float64(d.foot())
}

// nameHeight is the least distance of two names.
const nameHeight = 15

// names writes the names at the right edge, each as near to its layer as the
// others let it.
func (d *drawing) names(all []placed) string {
	low := float64(d.foot() - 4)
	for i := range all {
		all[i].y = min(all[i].y, low)
		low = all[i].y - nameHeight
	}
	high := 6.0
	for i := len(all) - 1; i >= 0; i-- {
		all[i].y = max(all[i].y, high)
		high = all[i].y + nameHeight
	}
	var text strings.Builder
	for _, l := range all {
		fmt.Fprintf(&text, `<g><rect class="%s" x="8" y="%s" width="8" height="8"/><text class="name" x="21" y="%s">%s</text></g>`,
			l.class, number(l.y-4), number(l.y+4), html.EscapeString(cut(shown(l.name), 15)))
	}
	return text.String()
}

func namesOf(all []layer) string {
	var names []string
	for _, l := range all {
		names = append(names, shown(l.name))
	}
	return "From the bottom: " + strings.Join(names, ", ") + "."
}

// colours is how many colours there are for sources.
const colours = 24

// pinned are colours of sources that are often seen together.
var pinned = map[string]int{
	"Google": 0, "DuckDuckGo": 1, "Bing": 2, "Reddit": 3, "Instagram": 4, "Yahoo!": 5, "Facebook": 6, "YouTube": 7,
	"Hacker News": 8, "WhatsApp": 9, "Twitch": 10, "LinkedIn": 11, "X": 12, "Twitter": 12, "Ecosia": 14, "ChatGPT": 13, "newsletter": 16, "Newsletter": 16,
	"GitHub": 19, "Pinterest": 15, "Bluesky": 18, "Mastodon": 22, "Telegram": 23,
}

// colour returns the class of the colour of a source, which is its for ever.
func colour(source string) string {
	i, ok := pinned[source]
	if !ok {
		h := fnv.New32a()
		h.Write([]byte(source))
		i = int(h.Sum32() % colours)
	}
	return fmt.Sprintf("s%d", i)
}
