package holdfast_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
)

func TestThePublicSeesLessOfASecond(t *testing.T) {
	refused := holdfast.Interval{From: 1, To: 2, State: holdfast.Partial, Origin: holdfast.Collected, Witness: "refused: rate", Events: 4711}
	all := holdfast.Second{
		Here:     5,
		Pages:    []holdfast.Seen{{Name: "/", Visitors: 4, Networks: 2}, {Name: "/only-one", Visitors: 1, Networks: 1}, {Name: "/one-place", Visitors: 9, Networks: 1}},
		Sources:  []holdfast.Seen{{Name: "", Visitors: 1, Networks: 1}, {Name: "few.example", Visitors: holdfast.PublicVisitors - 1, Networks: 2}},
		Coverage: holdfast.NewCoverage([]holdfast.Interval{refused}),
		AsOf:     holdfast.AsOf{Time: 3, Seq: 9},
	}
	want := holdfast.Second{
		Here:     5,
		Pages:    []holdfast.Seen{{Name: "/", Visitors: 4}},
		Sources:  []holdfast.Seen{{Name: "", Visitors: 1}},
		Coverage: holdfast.NewCoverage([]holdfast.Interval{{From: 1, To: 2, State: holdfast.Partial, Origin: holdfast.Collected}}),
		AsOf:     holdfast.AsOf{Time: 3},
	}
	if diff := cmp.Diff(want, all.Public()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if all.Coverage.Intervals[0] != refused {
		t.Error("what all who watch share was changed")
	}
}
