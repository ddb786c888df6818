package keep_test

import (
	"errors"
	"fmt"
	"testing"

	"holdfast"

	"github.com/google/go-cmp/cmp"
)

func mug(id string, starts holdfast.Millis) holdfast.Deal {
	return holdfast.Deal{ID: id, Title: "A mug", Starts: starts, Goal: "purchase", Paths: []string{"/mug"}}
}

// What was put is there after reopening, and putting it again records nothing.
func TestDealsArePutOnce(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	site := s.Catalog().Sites()[0]
	var deals []holdfast.Deal
	for i := range 2500 {
		deals = append(deals, mug(fmt.Sprintf("d%d", i), 1_785_000_000_000+holdfast.Millis(i*7919%2500)))
	}
	counts := func(changes []holdfast.DealChange, err error) map[holdfast.DealChange]int {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		n := map[holdfast.DealChange]int{}
		for _, c := range changes {
			n[c]++
		}
		return n
	}
	put := func() map[holdfast.DealChange]int {
		t.Helper()
		return counts(s.PutDeals(t.Context(), site.Name, deals))
	}
	if diff := cmp.Diff(map[holdfast.DealChange]int{"added": 2500}, put()); diff != "" {
		t.Error(diff)
	}
	last := s.Last()
	if diff := cmp.Diff(map[holdfast.DealChange]int{"unchanged": 2500}, put()); diff != "" || s.Last() != last {
		t.Errorf("again: %s, and %d records more", diff, s.Last()-last)
	}
	deals[7].Title = "Another mug"
	if diff := cmp.Diff(map[holdfast.DealChange]int{"changed": 1, "unchanged": 2499}, put()); diff != "" {
		t.Error(diff)
	}
	if err := s.DeleteDeal(t.Context(), site.Name, "d9"); err != nil {
		t.Fatal(err)
	}
	changed, err := s.ChangeDeal(t.Context(), site.Name, "d8", func(d *holdfast.Deal) error { d.Ends = d.Starts + 1; return nil })
	if err != nil || changed.Ends != changed.Starts+1 {
		t.Fatalf("%+v, %v", changed, err)
	}
	deals[8] = changed
	want := holdfast.Schedule(append(append([]holdfast.Deal(nil), deals[:9]...), deals[10:]...))
	for range 2 {
		if n := s.NumDeals(site.ID); n != len(want) {
			t.Errorf("%d deals, want %d", n, len(want))
		}
		for _, w := range want {
			if got, ok := s.Deal(site.ID, w.ID); !ok || !cmp.Equal(got, w) {
				t.Fatal(cmp.Diff(w, got))
			}
		}
		closeStore(t, s)
		s = open(t, dir, c)
	}
	closeStore(t, s)
}

func TestDealsThatCannotBePutChangeNothing(t *testing.T) {
	c := newClock()
	s := open(t, newStore(t, c), c)
	defer closeStore(t, s)
	name := s.Catalog().Sites()[0].Name
	good := mug("mug", 1_785_000_000_000)
	if err := s.AddDeal(t.Context(), name, good); err != nil {
		t.Fatal(err)
	}
	last := s.Last()
	var field *holdfast.FieldError
	if err := s.AddDeal(t.Context(), name, good); !errors.As(err, &field) || field.Field != "id" {
		t.Errorf("added twice: %v", err)
	}
	if _, err := s.PutDeals(t.Context(), name, []holdfast.Deal{mug("rug", 1_785_000_000_000), {ID: "bad"}}); !errors.As(err, &field) {
		t.Errorf("one is not good: %v", err)
	}
	if _, err := s.PutDeals(t.Context(), "none.example", nil); !errors.Is(err, holdfast.ErrNoSite) {
		t.Errorf("no site: %v", err)
	}
	if err := s.DeleteDeal(t.Context(), name, "rug"); !errors.Is(err, holdfast.ErrNoDeal) {
		t.Errorf("deleted none: %v", err)
	}
	if _, err := s.ChangeDeal(t.Context(), name, "rug", nil); !errors.Is(err, holdfast.ErrNoDeal) {
		t.Errorf("changed none: %v", err)
	}
	if _, err := s.ChangeDeal(t.Context(), name, "mug", func(d *holdfast.Deal) error { d.Title = ""; return nil }); !errors.As(err, &field) {
		t.Errorf("changed to what is none: %v", err)
	}
	if s.Last() != last {
		t.Errorf("%d records were made", s.Last()-last)
	}
}
