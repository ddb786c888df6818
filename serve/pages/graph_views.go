package pages

import (
	"fmt"
	"strings"

	"holdfast/serve/panel"
)

// viewsHeight is that of the values of the graph of views.
const viewsHeight = 128

// viewsGraph draws the views of each bucket as bars.
func viewsGraph(p *panel.Page, id string) Graph { return barsGraph(p, id, viewsHeight) }

// barsGraph draws them with a height.
func barsGraph(p *panel.Page, id string, height int) Graph {
	var most int64
	for _, b := range p.Buckets {
		most = max(most, b.Views)
	}
	d := draw(p, id, height, most)
	var margin strings.Builder
	d.grid(&margin)
	d.ground()
	d.stretched()
	d.zero()
	for _, kind := range []struct {
		class string
		is    func(*panel.Bucket) bool
	}{
		{"bars", func(b *panel.Bucket) bool { return !b.AtLeast && !b.SoFar }},
		{"bars at-least", func(b *panel.Bucket) bool { return b.AtLeast && !b.SoFar }},
		{"bars so-far", func(b *panel.Bucket) bool { return b.SoFar }},
	} {
		var path strings.Builder
		for i := range p.Buckets {
			b := &p.Buckets[i]
			if b.Known && b.Views > 0 && kind.is(b) {
				fmt.Fprintf(&path, "M%d %dV%sh%dV%[2]d", i*unit+1, d.foot(), d.y(b.Views), unit-2)
			}
		}
		if path.Len() > 0 {
			fmt.Fprintf(d, `<path class="%s" d="%s"/>`, kind.class, path.String())
		}
	}
	d.WriteString(`</svg>`)
	d.labels()
	d.soFar(func(b *panel.Bucket) int64 { return b.Views })
	d.axis()
	return Graph{d.plot("Views " + rangeWords(p.Range) + ". " + busiest(p)), d.margin(margin.String()), d.total()}
}

// busiest says which bucket has most views.
func busiest(p *panel.Page) string {
	best := -1
	for i, b := range p.Buckets {
		if b.Known && b.Views > 0 && (best < 0 || b.Views > p.Buckets[best].Views) {
			best = i
		}
	}
	if best < 0 {
		return "No views are known."
	}
	b := &p.Buckets[best]
	return fmt.Sprintf("Most: %s views, %s.", count(b.Views), bucketWords(p, b))
}
