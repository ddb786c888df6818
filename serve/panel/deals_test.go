package panel_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/serve/panel"
)

// planned are the deals of a site.
type planned []holdfast.ScheduledDeal

func (p planned) Deal(site holdfast.SiteID, id string) (holdfast.ScheduledDeal, bool) {
	for _, d := range p {
		if site == 1 && d.ID == id {
			return d, true
		}
	}
	return holdfast.ScheduledDeal{}, false
}

func (p planned) DealsBefore(_ holdfast.SiteID, place *holdfast.Deal, limit int) (found []holdfast.ScheduledDeal) {
	for i := len(p) - 1; i >= 0 && len(found) < limit; i-- {
		if place == nil || p[i].Compare(place) < 0 {
			found = append(found, p[i])
		}
	}
	return found
}

func (p planned) NumDeals(holdfast.SiteID) int { return len(p) }

// withDeals has a deal each day of July 2026 and one tomorrow.
func (w *world) withDeals(t *testing.T, change ...func(*holdfast.Deal)) *panel.Panels {
	t.Helper()
	var deals []holdfast.Deal
	for day := range 31 {
		from, _ := w.store.Sites[0].Bounds(holdfast.DayOf(2026, 7, 1) + holdfast.Day(day))
		deals = append(deals, holdfast.Deal{ID: fmt.Sprintf("d%02d", day+1), Title: "A deal", Starts: from, Goal: "purchase"})
	}
	deals = append(deals, holdfast.Deal{ID: "surprise", Title: "A surprise", Starts: at(t, "2026-08-01T00:00:00+02:00")})
	for _, c := range change {
		c(&deals[30])
	}
	return w.panels(func(o *panel.Options) { o.Deals = planned(holdfast.Schedule(deals)) })
}

func TestDeal(t *testing.T) {
	w := newWorld(t)
	got, err := w.withDeals(t).Deal(t.Context(), "shop.example", "d31")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Google"}, got.Names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if v := got.Stats.Visitors; v == nil || *v != 7 {
		t.Errorf("visitors are %v", v)
	}
	var views, visits int64
	for _, b := range got.Buckets {
		views, visits = views+b.Views, visits+b.Visits
	}
	if views != *got.Stats.Views || visits != got.Sources.Total {
		t.Errorf("the buckets have %d views of %d, %d visits of %d", views, *got.Stats.Views, visits, got.Sources.Total)
	}
	want := panel.List{Rows: []panel.Row{{Name: "Google", N: 10}, {Name: "", N: 1}}, Other: 1, Total: 12}
	if diff := cmp.Diff(want, got.Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if got.Previous == nil || got.Previous.ID != "d30" || got.Following != nil {
		t.Errorf("beside it are %v and %v: what has not begun is not shown", got.Previous, got.Following)
	}
}

func TestADealOfSomePages(t *testing.T) {
	w := newWorld(t)
	got, err := w.withDeals(t, func(d *holdfast.Deal) { d.Paths = []string{"/sale"} }).Deal(t.Context(), "shop.example", "d31")
	if err != nil {
		t.Fatal(err)
	}
	var visits, google int64
	for _, b := range got.Buckets {
		if b.Known {
			visits, google = visits+b.Visits, google+b.Sources[0]
		}
	}
	// There are five visits at 8, and five at 9.
	if visits != 10 || google != 10 || *got.Stats.Visitors != 5 {
		t.Errorf("%d visits, %d from Google, %d visitors", visits, google, *got.Stats.Visitors)
	}
}

func TestDealsAreAskedForAtOnce(t *testing.T) {
	w := newWorld(t)
	p := w.withDeals(t)
	first, err := p.Deals(t.Context(), "shop.example", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Listed) != panel.DealsListed || !first.More || first.Listed[0].Deal.ID != "d31" {
		t.Errorf("the first part has %d deals, the latest is %s", len(first.Listed), first.Listed[0].Deal.ID)
	}
	if n := len(w.asked); n != panel.DealsListed*5 {
		t.Errorf("%d questions", n)
	}
	for _, s := range first.Listed[0].Sources {
		if s.Source == "only.one.example" {
			t.Error("a source of one visitor has a name")
		}
	}
	second, err := p.Deals(t.Context(), "shop.example", 1<<60)
	if err != nil {
		t.Fatal(err)
	}
	if len(second.Listed) != 1 || second.More || second.Listed[0].Deal.ID != "d01" || second.Number != 2 {
		t.Errorf("the last part is %+v", second)
	}
	asked := len(w.asked)
	if _, err := p.Deals(t.Context(), "shop.example", 1); err != nil || len(w.asked) != asked {
		t.Errorf("it is asked for again: %v", err)
	}
}

func TestWhichDealsThereAreNot(t *testing.T) {
	w := newWorld(t)
	p := w.withDeals(t)
	for _, id := range []string{"surprise", "nothing", "", "../d31", "D31"} {
		if _, err := p.Deal(t.Context(), "shop.example", id); !errors.Is(err, holdfast.ErrNoDeal) {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, site := range []string{"private.example", "nobody.example"} {
		if _, err := p.Deal(t.Context(), site, "d31"); !errors.Is(err, holdfast.ErrNoSite) {
			t.Errorf("%s: %v", site, err)
		}
		if _, err := p.Deals(t.Context(), site, 1); !errors.Is(err, holdfast.ErrNoSite) {
			t.Errorf("%s: %v", site, err)
		}
	}
	if len(w.asked) > 0 {
		t.Errorf("%d questions were asked about them", len(w.asked))
	}
}
