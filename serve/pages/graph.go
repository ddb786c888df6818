package pages

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"
	"time"

	"holdfast"
	"holdfast/serve/panel"
)

// A graph is two drawings side by side: the plot, as wide as there is room, and
// the margin at its right edge with what its heights mean. Both are as high as
// each other. In the plot horizontal places are per cent and vertical ones
// pixels, so that it stretches and its texts do not; only what has no text is
// in a drawing within that is stretched.

// The heights of a graph from its top: room for what stands above the highest
// value, the values, and the axis.
const (
	headroom = 16
	axis     = 20
)

// fewBuckets is up to how many buckets there is room to set off one from
// another, and roomyBuckets up to how many there is room to write above one.
const (
	fewBuckets   = 60
	roomyBuckets = 31
)

// unit is the width of a bucket in the drawing that is stretched.
const unit = 10

// Graph is a drawing of a page's buckets.
type Graph struct {
	Plot, Margin template.HTML
	Height       int
}

// drawing draws a plot.
type drawing struct {
	strings.Builder
	page   *panel.Page
	id     string // what its patterns are called after
	height int    // of the values
	top    int64  // the value at the top
}

func draw(page *panel.Page, id string, height int, top int64) *drawing {
	d := &drawing{page: page, id: id, height: height, top: scaleTop(top)}
	for _, p := range []struct {
		class       string
		size, angle int
	}{{"hatch", 6, 45}, {"thin", 6, 45}, {"over", 6, 45}} {
		fmt.Fprintf(d, `<pattern id="%s-%s" width="%d" height="%[3]d" patternUnits="userSpaceOnUse" patternTransform="rotate(%d)"><path class="%[2]s" d="M0 0V%[3]d"/></pattern>`,
			id, p.class, p.size, p.angle)
	}
	return d
}

// foot is where zero is.
func (d *drawing) foot() int { return headroom + d.height }

// y returns the height at which a value is.
func (d *drawing) y(v int64) string {
	return number(float64(headroom) + float64(d.height)*(1-float64(v)/float64(d.top)))
}

// x returns where a moment is, in per cent.
func (d *drawing) x(t holdfast.Millis) float64 {
	n := len(d.page.Buckets)
	for i, b := range d.page.Buckets {
		if t < b.To {
			return 100 * (float64(i) + float64(max(t, b.From)-b.From)/float64(b.To-b.From)) / float64(n)
		}
	}
	return 100
}

// number writes a coordinate, short.
func number(f float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(f, 'f', 2, 64), "0"), ".")
}

func percent(f float64) string { return number(f) + "%" }

// grid draws the lines of the scale, and says in the margin what they are.
func (d *drawing) grid(margin *strings.Builder) {
	for _, v := range []int64{d.top, d.top / 2} {
		if v == 0 || d.top%2 == 1 && v != d.top {
			continue
		}
		fmt.Fprintf(d, `<line class="grid" x2="100%%" y1="%s" y2="%[1]s"/>`, d.y(v))
		if margin != nil {
			fmt.Fprintf(margin, `<text x="8" y="%s" dy="4">%s</text>`, d.y(v), count(v))
		}
	}
}

// ground draws what is behind the values: the times of which something is
// missing, by pattern, and where the records begin.
func (d *drawing) ground() {
	for _, b := range d.page.Buckets {
		if b.AtLeast && b.Known {
			d.band(b.From, b.To, "thin")
		}
	}
	for _, iv := range d.page.Coverage.Intervals {
		from, to := d.x(iv.From), d.x(iv.To)
		switch {
		case iv.State == holdfast.Before && !isGap(&iv, d.page):
			if to > 0 && to < 100 {
				d.flag(to)
			}
		case !isGap(&iv, d.page) || to-from < 0.2:
		default:
			d.band(iv.From, iv.To, "hatch")
			for _, x := range []float64{from, to} {
				fmt.Fprintf(d, `<line class="edge" x1="%s" x2="%[1]s" y1="%d" y2="%d"/>`, percent(x), headroom, d.foot())
			}
		}
	}
}

func (d *drawing) band(from, to holdfast.Millis, pattern string) {
	x := d.x(from)
	fmt.Fprintf(d, `<rect x="%s" y="%d" width="%s" height="%d" fill="url(#%s-%s)"/>`, percent(x), headroom, percent(d.x(to)-x), d.height, d.id, pattern)
}

// flag marks where the records begin.
func (d *drawing) flag(x float64) {
	anchor, dx := "start", 12
	if x > 70 {
		anchor, dx = "end", -4
	}
	fmt.Fprintf(d, `<svg x="%s" y="%d" overflow="visible"><path class="pole" d="M0.5 0V%d"/><path class="flag" d="M0 0H9L6 3.5L9 7H0Z"/><text x="%d" y="8" text-anchor="%s">records begin</text></svg>`,
		percent(x), headroom-8, d.height+8, dx, anchor)
}

// labels writes into the hatched bands what they are, where there is room.
func (d *drawing) labels() {
	for _, iv := range d.page.Coverage.Intervals {
		from, to := d.x(iv.From), d.x(iv.To)
		if !isGap(&iv, d.page) || to-from < 7 {
			continue
		}
		fmt.Fprintf(d, `<text class="band" x="%s" y="%d" text-anchor="middle">%s</text>`, percent((from+to)/2), headroom+d.height/2, gapWord(iv.State))
	}
}

// zero draws the line of nothing, under buckets of which something is known
// only.
func (d *drawing) zero() {
	var path strings.Builder
	d.runs(func(lo, hi int) { fmt.Fprintf(&path, "M%d %dH%d", lo*unit, d.foot(), hi*unit) })
	fmt.Fprintf(d, `<path class="zero" d="%s"/>`, path.String())
}

// runs calls fn for each run of buckets that have numbers, with the first and
// the one after the last.
func (d *drawing) runs(fn func(lo, hi int)) {
	all := d.page.Buckets
	for lo := 0; lo < len(all); lo++ {
		if !all[lo].Known {
			continue
		}
		hi := lo
		for hi < len(all) && all[hi].Known {
			hi++
		}
		fn(lo, hi)
		lo = hi
	}
}

// axis writes the times under the plot.
func (d *drawing) axis() {
	for _, t := range ticks(d.page) {
		class := ""
		if t.minor {
			class = ` class="minor"`
		}
		fmt.Fprintf(d, `<g%s><line class="tick" x1="%s" x2="%[2]s" y1="%d" y2="%d"/>`, class, percent(t.x), d.foot()+1, d.foot()+6)
		if t.x < 95 {
			fmt.Fprintf(d, `<text x="%s" dx="3" y="%d">%s</text>`, percent(t.x), d.foot()+15, html.EscapeString(t.text))
		}
		d.WriteString(`</g>`)
	}
}

// soFar says above the bucket that is not over that it is not.
func (d *drawing) soFar(height func(*panel.Bucket) int64) {
	for i := range d.page.Buckets {
		b := &d.page.Buckets[i]
		if !b.SoFar || !b.Known || len(d.page.Buckets) > roomyBuckets {
			continue
		}
		x, anchor := (d.x(b.From)+d.x(b.To))/2, "middle"
		if x > 92 {
			x, anchor = 100, "end"
		} else if x < 8 {
			x, anchor = 0, "start"
		}
		fmt.Fprintf(d, `<text class="band moment" x="%s" y="%s" dy="-5" text-anchor="%s">so far</text>`, percent(x), d.y(height(b)), anchor)
	}
}

// stretched begins a drawing that is stretched to the plot.
func (d *drawing) stretched() {
	fmt.Fprintf(d, `<svg width="100%%" height="%d" viewBox="0 0 %d %[1]d" preserveAspectRatio="none">`, d.foot()+1, max(1, len(d.page.Buckets))*unit)
}

// total returns the height of the whole.
func (d *drawing) total() int { return d.foot() + axis }

// plot returns what was drawn.
func (d *drawing) plot(label string) template.HTML {
	return template.HTML(fmt.Sprintf(`<svg class="plot" width="100%%" height="%d" role="img" aria-label="%s">%s</svg>`, d.total(), html.EscapeString(label), d.String()))
}

func (d *drawing) margin(content string) template.HTML {
	return template.HTML(fmt.Sprintf(`<svg class="margin" width="100%%" height="%d" aria-hidden="true">%s</svg>`, d.total(), content))
}

// scaleTop returns a round number that is not less than the greatest value.
func scaleTop(most int64) int64 {
	for power := int64(1); power < 1e17; power *= 10 {
		for _, tenths := range []int64{10, 12, 16, 20, 24, 30, 40, 50, 60, 80} {
			if top := tenths * power / 10; tenths*power%10 == 0 && top >= most && top > 1 {
				return top
			}
		}
	}
	return max(most, 2)
}

// tick is a time on the axis.
type tick struct {
	x     float64
	text  string
	minor bool // left out where there is little room
}

// ticks returns the times on the axis of a page.
func ticks(p *panel.Page) []tick {
	if p.Range == panel.OfDeal {
		return dealTicks(p)
	}
	var all []tick
	for i, b := range p.Buckets {
		t := b.From.Time().In(p.Location)
		x := 100 * float64(i) / float64(len(p.Buckets))
		switch p.Range {
		case halfHour:
			if t.Minute()%10 == 0 {
				all = append(all, tick{x, t.Format("15:04"), false})
			}
		case panel.Today:
			if t.Hour()%3 == 0 && t.Minute() == 0 {
				all = append(all, tick{x, t.Format("15:04"), t.Hour()%6 != 0})
			}
		case panel.Days7:
			if t.Hour() == 0 && t.Minute() == 0 {
				all = append(all, tick{x, t.Format("Mon 2"), len(all)%2 == 1})
			}
		case panel.Days30:
			if t.Weekday() == time.Monday {
				all = append(all, tick{x, t.Format("2 Jan"), len(all)%2 == 1})
			}
		case panel.Months:
			if first := b.To.Add(-time.Minute).Time().In(p.Location); first.Day() <= 7 {
				all = append(all, tick{x, first.Format("Jan"), first.Month()%3 != 1})
			}
		}
	}
	return all
}
