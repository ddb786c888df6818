package keep_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/keep"
)

func TestRecentEventsAreThoseOfTheLastTimeWhereverTheyLie(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	sealed, hot := events(t, s, c, 20_000, 1), events(t, s, c, 300, 2)
	hot[0].Flag, hot[1].Source, hot[2].Name = holdfast.FlagBot, "Google", "purchase"
	accept(t, s, sealed)
	from := holdfast.MillisOf(c.now()).Add(-10 * time.Minute)
	check := func(s *keep.Store, sent []holdfast.Event) {
		t.Helper()
		var want []holdfast.Event
		for _, e := range sent {
			if e.Time >= from {
				want = append(want, holdfast.Event{Site: e.Site, Day: e.Day, Time: e.Time, Received: e.Received,
					Name: e.Name, Path: e.Path, Source: e.Source, Visitor: e.Visitor, Flag: e.Flag})
			}
		}
		if diff := gocmp.Diff(sorted(want), sorted(recent(t, s, from))); diff != "" {
			t.Error(diff)
		}
	}
	check(s, sealed)
	c.advance(11 * time.Minute)
	if err := s.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.Status().Files == 0 {
		t.Fatal("nothing was sealed")
	}
	check(s, sealed)
	accept(t, s, hot)
	check(s, append(sealed, hot...))
	closeStore(t, s)
	s = open(t, dir, c)
	check(s, append(sealed, hot...))
	closeStore(t, s)
}

func recent(t *testing.T, s *keep.Store, from holdfast.Millis) (list []holdfast.Event) {
	t.Helper()
	v := s.View()
	defer v.Close()
	if err := v.Recent(t.Context(), 1, from, func(e *holdfast.Event) { list = append(list, *e) }); err != nil {
		t.Fatal(err)
	}
	return list
}

func sorted(list []holdfast.Event) []holdfast.Event {
	slices.SortFunc(list, func(a, b holdfast.Event) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Visitor, b.Visitor),
			cmp.Compare(a.Received, b.Received), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Flag, b.Flag))
	})
	return list
}
