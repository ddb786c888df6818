package panel

import (
	"context"
	"fmt"
	"time"

	"holdfast"
)

// Page is what the public sees of a site.
type Page struct {
	Site  string
	Range Range
	Window
	Location *time.Location
	AsOf     holdfast.AsOf
	Since    holdfast.Millis   // when records begin
	Added    holdfast.Millis   // when the site was: what is earlier was imported
	Coverage holdfast.Coverage // of the window

	Figures Figures // of the window
	// UntilHour and Earlier are of the window until its last full hour, and of
	// the same hours before. Both are nil where they cannot be compared.
	UntilHour, Earlier *Figures

	Names   []string // of the sources the buckets tell apart, the greatest until the last full hour first
	Buckets []Bucket

	Sources, Pages, Countries, Devices List
	Located                            Located

	HasDeals bool // some deal of the site has begun
}

// Figures are totals. What is nil is not known.
type Figures struct {
	Visitors, Views *int64
	ViewsPerVisit   *float64
	BounceRate      *float64
	visits          int64
}

// Bucket is a part of a window.
type Bucket struct {
	From, To holdfast.Millis
	Coverage holdfast.Coverage
	// AtLeast says that the numbers are lower bounds, SoFar that the bucket is
	// not over.
	AtLeast, SoFar bool
	Known          bool // if not, there are no numbers

	Views   int64
	Visits  int64
	Direct  int64
	Sources []int64 // visits, by Page.Names
	Other   int64   // visits from other sources
}

// List is the most frequent values of a column.
type List struct {
	Rows  []Row
	Other int64 // of all values that have no row
	Total int64
}

// Row is a value and its number.
type Row struct {
	Name      string // "": none is known
	N         int64
	Estimated bool // it is of a country that is mostly an estimate
}

// listed is how many rows a List has at most.
const listed = 8

// ask asks for a page.
func (p *Panels) ask(ctx context.Context, site *holdfast.Site, of Range, now holdfast.Millis) (*Page, error) {
	w := window(site, of, now)
	first, err := p.o.Asker.Ask(ctx, referrers(site, w))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, row := range first[0].Rows {
		if name, _ := row[0].(string); len(names) < Named && whole(row[1]) > 0 && holdfast.SeenBySeveral(whole(row[2]), whole(row[3])) {
			names = append(names, name)
		}
	}
	questions := []holdfast.Question{
		figures(site, w.From, w.To),
		course(site, w, names),
		most(site, w, "source", holdfast.Entries),
		most(site, w, "path", holdfast.Views),
		countries(site, w),
		most(site, w, "device", holdfast.Entries),
	}
	compared := w.Hour > w.From && w.EarlierTo > w.EarlierFrom
	if compared {
		questions = append(questions, figures(site, w.From, w.Hour), figures(site, w.EarlierFrom, w.EarlierTo))
	}
	a, err := p.o.Asker.Ask(ctx, questions...)
	if err != nil {
		return nil, err
	}
	page := &Page{
		Site: site.Name, Range: of, Window: w, Location: site.Location(now), AsOf: a[0].AsOf, Added: site.Created, Coverage: a[0].Coverage,
		Figures: figuresOf(&a[0]), Names: names,
	}
	page.Since, _ = p.o.Since(site)
	if page.Buckets, err = bucketsOf(&a[1], site, w, now, len(names)); err != nil {
		return nil, err
	}
	views := whole64(page.Figures.Views)
	page.Sources = listOf(&a[2], page.Figures.visits, "")
	page.Pages = listOf(&a[3], views, "/")
	page.Countries = listOf(&a[4], page.Figures.visits, "")
	page.Located = countriesOf(&a[4], &page.Countries)
	page.Devices = listOf(&a[5], page.Figures.visits, "")
	page.HasDeals = p.o.Deals != nil && len(p.o.Deals.DealsBefore(site.ID, &holdfast.Deal{Starts: now + 1}, 1)) > 0
	if compared && !a[6].Coverage.Spoiled() && !a[7].Coverage.Spoiled() {
		until, earlier := figuresOf(&a[6]), figuresOf(&a[7])
		page.UntilHour, page.Earlier = &until, &earlier
	}
	return page, nil
}

func figuresOf(a *holdfast.Answer) Figures {
	if len(a.Rows) == 0 || !a.Coverage.Known() && whole(a.Rows[0][1]) == 0 {
		return Figures{}
	}
	row := a.Rows[0]
	return Figures{Visitors: pointer[int64](row[0]), Views: pointer[int64](row[1]), ViewsPerVisit: pointer[float64](row[2]), BounceRate: pointer[float64](row[3]), visits: whole(row[4])}
}

func pointer[T int64 | float64](value any) *T {
	if v, ok := value.(T); ok {
		return &v
	}
	return nil
}

// whole returns a count, and 0 where nothing is known.
func whole(value any) int64 {
	n, _ := value.(int64)
	return n
}

func whole64(p *int64) int64 {
	if p == nil {
		return 0
	}
	return *p
}

// bucketsOf reads the course of a window.
func bucketsOf(a *holdfast.Answer, site *holdfast.Site, w Window, now holdfast.Millis, names int) ([]Bucket, error) {
	atLeast := make(map[int]bool, len(a.AtLeast))
	for _, i := range a.AtLeast {
		atLeast[i] = true
	}
	all := make([]Bucket, len(a.Rows))
	for i, row := range a.Rows {
		from, err := startOf(row[0], site, w.By)
		if err != nil {
			return nil, err
		}
		all[i].From = max(from, w.From)
		if i > 0 {
			all[i-1].To = all[i].From
		}
	}
	if len(all) > 0 {
		all[len(all)-1].To = w.To
	}
	for i := range all {
		b, row := &all[i], a.Rows[i]
		b.Coverage = a.Coverage.Within(b.From, b.To)
		b.AtLeast, b.SoFar = atLeast[i], b.From <= now && now < b.To
		if b.Known = row[1] != nil; !b.Known {
			continue
		}
		b.Views, b.Visits, b.Direct = whole(row[1]), whole(row[2]), whole(row[3])
		b.Other = b.Visits - b.Direct
		for j := range names {
			n := whole(row[4+j])
			b.Sources = append(b.Sources, n)
			b.Other -= n
		}
	}
	return all, nil
}

// startOf returns the first moment of the bucket that an answer calls so.
func startOf(name any, site *holdfast.Site, by holdfast.Dimension) (holdfast.Millis, error) {
	text, _ := name.(string)
	switch by {
	case holdfast.Month:
		text += "-01"
	case holdfast.Minute, holdfast.Hour:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return 0, fmt.Errorf("bucket %q: not a moment", text)
		}
		return holdfast.MillisOf(t), nil
	}
	day, err := holdfast.ParseDay(text)
	if err != nil {
		return 0, fmt.Errorf("bucket: %w", err)
	}
	from, _ := site.Bounds(day)
	return from, nil
}

// listOf reads the most frequent names. Only what several visitors have is
// shown, and the site's own name and what has none. Other pages of the site are
// no exception: anyone may send a path.
func listOf(a *holdfast.Answer, total int64, own string) List {
	l := List{Total: total, Other: total}
	for _, row := range a.Rows {
		name, _ := row[0].(string)
		n := whole(row[1])
		if len(l.Rows) == listed || n == 0 {
			break
		}
		if name != "" && name != own && !holdfast.SeenBySeveral(whole(row[2]), whole(row[3])) {
			continue
		}
		l.Rows = append(l.Rows, Row{Name: name, N: n})
		l.Other -= n
	}
	l.Other = max(l.Other, 0)
	return l
}
