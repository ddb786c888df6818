package keep_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A day's file is not rewritten for every late row: they wait in parts until
// they are an eighth of it, or for three days. They are asked about meanwhile.
func TestLateRowsWaitUntilTheyAreWorthIt(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	inTime, few, many, fewMore := events(t, s, c, 400, 1), events(t, s, c, 10, 2), events(t, s, c, 60, 3), events(t, s, c, 5, 4)
	after := func(d time.Duration, what string, want ...string) {
		t.Helper()
		if err := s.SealNow(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.advance(d)
		if err := s.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
		var files []string
		for _, f := range s.Files() {
			files = append(files, fmt.Sprintf("%s %d", f.Kind, f.Rows))
		}
		slices.Sort(files)
		if diff := cmp.Diff(want, files); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
		checkStore(t, s)
	}
	accept(t, s, inTime)
	after(24*time.Hour, "the day is over", "shared 400")
	accept(t, s, few)
	after(time.Hour, "a few rows came late", "part 10", "shared 400")
	accept(t, s, many)
	after(time.Hour, "many more did", "shared 470")
	accept(t, s, fewMore)
	after(2*24*time.Hour, "a few more did, two days ago", "part 5", "shared 470")
	after(24*time.Hour, "and three days ago", "shared 475")
	if a := account(t, s); a.Counted != 475 {
		t.Errorf("the books are %+v", a)
	}
	closeStore(t, s)
}
