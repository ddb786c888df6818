package pages_test

import (
	"context"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/serve/deal"
	"holdfast/serve/pages"
	"holdfast/serve/panel"
)

// dealOf is a page's day as a deal's: the one of a mug, between two others.
func dealOf(p *panel.Page) *panel.Deal {
	d := &panel.Deal{
		Page: *p, Stats: statsOf(p, "mug", "A blue mug"),
		Previous:  &holdfast.Deal{ID: "lamp", Title: "A lamp", Starts: p.From - 24*hour},
		Following: &holdfast.Deal{ID: "chair", Title: "A chair", Starts: p.To},
	}
	d.Range = panel.OfDeal
	return d
}

func statsOf(p *panel.Page, id, title string) deal.Stats {
	share := 0.9412
	s := deal.Stats{
		Deal: deal.Shown{ID: id, Title: title, Starts: p.From, Goal: "purchase", Link: "https://shop.example/deals/mug",
			Window: holdfast.Window{From: p.From, To: p.To}},
		Views: p.Figures.Views, Visitors: p.Figures.Visitors, AtLeast: p.Coverage.Spoiled(), Bucket: holdfast.Hour,
		Busiest: &deal.Busiest{Bucket: holdfast.Minute, At: "2026-07-31T08:31:00Z", Views: 31},
		Goal:    &deal.Goal{Name: "purchase", DidntBite: &share}, Coverage: p.Coverage, AsOf: p.AsOf,
	}
	for _, r := range p.Sources.Rows {
		s.Sources = append(s.Sources, deal.Source{Source: r.Name, Visits: r.N, Visitors: r.N})
	}
	return s
}

func dealsOf(p *panel.Page) *panel.Deals {
	l := &panel.Deals{Page: *p, Number: 2, More: true}
	l.Range = panel.OfDeals
	day := panel.Listed{Stats: statsOf(p, "mug", "A blue mug"), Buckets: p.Buckets}
	nobody := panel.Listed{Stats: deal.Stats{
		Deal: deal.Shown{ID: "lost", Title: "Before records began", Window: holdfast.Window{From: p.From - 400*24*hour, To: p.From - 399*24*hour}, Starts: p.From - 400*24*hour},
	}}
	nobody.Coverage = holdfast.NewCoverage([]holdfast.Interval{{From: p.From - 400*24*hour, To: p.From - 399*24*hour, State: holdfast.Before}})
	l.Listed = []panel.Listed{day, nobody}
	return l
}

func TestDealSentences(t *testing.T) {
	over := typical()
	over.AsOf.Time = over.To
	over.Coverage = holdfast.NewCoverage([]holdfast.Interval{{From: over.From, To: over.To, State: holdfast.Complete}})
	n := int64(8412)
	over.Figures.Visitors = &n
	unknown := typical()
	unknown.Figures = panel.Figures{}
	cases := []struct {
		name string
		page *panel.Page
		want []string
	}{
		{"a deal that is over", over, []string{"In 24 hours 8,412 people came and 94 % didn’t bite.", "All of its time was recorded.", `data-still="yes"`}},
		{"a deal that goes on, with a hole", broken(), []string{"In 14 h 2 min so far at least ", "Of 2 h 20 min nothing was recorded.", "Records begin within it"}},
		{"a deal of which nothing is known", unknown, []string{"Nothing is known of who came."}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			body := get(serve(c.page), "/s/shop.example/deals/mug").Body.String()
			for _, want := range c.want {
				if !strings.Contains(body, want) {
					t.Errorf("no %q", want)
				}
			}
		})
	}
}

func TestUnknownDealsAreNotThere(t *testing.T) {
	h := serve(typical())
	for _, path := range []string{"", "/views.json", "/referrals.json"} {
		unknown := get(h, "/s/shop.example/deals/nothing"+path)
		private := get(h, "/s/private.example/deals/mug"+path)
		if unknown.Code != 404 || unknown.Body.String() != private.Body.String() || cmp.Diff(unknown.Header(), private.Header()) != "" {
			t.Errorf("%s: %d %s", path, unknown.Code, unknown.Body)
		}
	}
}

// dealt is Panels whose deal is that one.
type dealt struct {
	one
	deal *panel.Deal
}

func (d dealt) Deal(context.Context, string, string) (*panel.Deal, error) { return d.deal, nil }

func (d dealt) Deals(context.Context, string, int) (*panel.Deals, error) {
	l := dealsOf(&d.deal.Page)
	l.Range = panel.OfDeals
	l.Listed = []panel.Listed{{Stats: d.deal.Stats, Buckets: d.deal.Buckets}}
	return l, nil
}

func withDeal(d *panel.Deal) func(*pages.Options) {
	return func(o *pages.Options) { o.Panels = dealt{one{&d.Page}, d} }
}

// called gives a deal that title, link and goal.
func called(d *panel.Deal, text string) *panel.Deal {
	goal := *d.Stats.Goal
	goal.Name = text
	d.Stats.Deal.Title, d.Stats.Deal.Link, d.Stats.Goal = text, text, &goal
	d.Previous = &holdfast.Deal{ID: "lamp", Title: text, Starts: d.From}
	return d
}

func TestHostileDeals(t *testing.T) {
	for _, text := range append([]string{"java\nscript:alert(1)", "data:text/html,x", "//evil.example", "https:javascript", " https://x"}, hostile...) {
		p := with(text)
		h, plain := called(dealOf(p), text), called(dealOf(with("plain")), "plain")
		tags := elementsOf(t, get(serve(p, withDeal(h)), "/s/shop.example/deals/mug").Body)
		want := elementsOf(t, get(serve(p, withDeal(plain)), "/s/shop.example/deals/mug").Body)
		if text != "" {
			if diff := cmp.Diff(namesIn(want), namesIn(tags)); diff != "" {
				t.Errorf("%q changes the page's elements (-want +got):\n%s", text, diff)
			}
		}
		list := namesIn(elementsOf(t, get(serve(p, withDeal(h)), "/s/shop.example/deals").Body))
		if want := namesIn(elementsOf(t, get(serve(p, withDeal(plain)), "/s/shop.example/deals").Body)); text != "" && cmp.Diff(want, list) != "" {
			t.Errorf("%q changes the list's elements: %s", text, cmp.Diff(want, list))
		}
		for _, e := range tags {
			for _, a := range e.Attr {
				if a.Name.Local == "href" && strings.Contains(a.Value, ":") && a.Value != "data:," {
					t.Errorf("%q makes a link to %s", text, a.Value)
				}
			}
		}
	}
}

func TestLinksOfDeals(t *testing.T) {
	body := get(serve(typical()), "/s/shop.example/deals/mug").Body.String()
	if want := `<a href="https://shop.example/deals/mug" rel="noopener nofollow">shop.example</a>`; !strings.Contains(body, want) {
		t.Errorf("no %s", want)
	}
}

func namesIn(all []xml.StartElement) []string {
	var names []string
	for _, e := range all {
		names = append(names, e.Name.Local)
	}
	return names
}
