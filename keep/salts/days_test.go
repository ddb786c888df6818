package salts

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast"
)

func TestDays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		want := map[holdfast.Day]bool{}
		var d days
		for _, s := range rapid.SliceOf(rapid.Map(rapid.SliceOfN(rapid.Int32Range(-40, 40), 2, 2), func(p []int32) span {
			return span{holdfast.Day(min(p[0], p[1])), holdfast.Day(max(p[0], p[1]))}
		})).Draw(rt, "spans") {
			before := append(days(nil), d...)
			kept := d
			d = d.addSpan(s)
			if diff := cmp.Diff(before, kept, cmp.AllowUnexported(span{})); diff != "" {
				rt.Fatalf("an earlier copy changed:\n%s", diff)
			}
			for day := s.first; day <= s.last; day++ {
				want[day] = true
			}
		}
		for day := holdfast.Day(-50); day <= 50; day++ {
			if d.has(day) != want[day] {
				rt.Fatalf("day %d: %v", day, d)
			}
		}
		for i := 1; i < len(d); i++ {
			if d[i-1].last+1 >= d[i].first {
				rt.Fatalf("spans touch: %v", d)
			}
		}
	})
}
