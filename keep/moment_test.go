package keep_test

import (
	"fmt"
	"testing"
	"time"

	"holdfast"
)

// Whoever chooses the age of what he sends can have all of it happen in one
// moment, and whoever makes up properties can have many. Putting that in order
// may take no longer than what there is.
func TestManyEventsOfOneMomentAreSealedSoon(t *testing.T) {
	c := newClock()
	s := open(t, newStore(t, c), c)
	list := events(t, s, c, 2000, 1)
	for i := range list {
		list[i].ID, list[i].Time, list[i].Day, list[i].Path = 0, list[0].Time, list[0].Day, "/"
		list[i].Props = nil
		for k := range 30 {
			list[i].Props = append(list[i].Props, holdfast.Prop{Key: fmt.Sprintf("k%02d-%06d", k, i*7919%1_000_003), Kind: holdfast.PropString, Str: "x"})
		}
	}
	accept(t, s, list)
	begin := time.Now()
	check(t, s.SealNow(t.Context()))
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	closeStore(t, s)
}
