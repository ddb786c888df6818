package query

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// This test is inside: a sum's numbers come from events one by one, and those
// that strain it are rare.

func anyFloat(r *rand.Rand) float64 {
	for {
		f := math.Float64frombits(r.Uint64())
		switch r.IntN(4) {
		case 0:
			f = r.NormFloat64() * 100
		case 1:
			f = math.Ldexp(r.Float64(), r.IntN(60)-30)
		case 2:
			f = math.Float64frombits(r.Uint64() & (1<<53 - 1)) // as small as they get
		}
		if !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
	}
}

func TestSumsAreExactInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		want, parts := new(big.Rat), make([]sum, 1+r.IntN(4))
		whole := true
		n := r.IntN(40)
		for range n {
			s := &parts[r.IntN(len(parts))]
			if r.IntN(2) == 0 {
				i := int64(r.Uint64()) >> r.IntN(64)
				want.Add(want, new(big.Rat).SetInt64(i))
				s.addInt(i)
				continue
			}
			f := anyFloat(r)
			whole = false
			want.Add(want, new(big.Rat).SetFloat64(f))
			s.addFloat(f)
			if r.IntN(5) == 0 && s.floats != nil {
				s.floats.carry()
			}
		}
		var total sum
		for _, i := range r.Perm(len(parts)) {
			total.merge(&parts[i])
		}
		got, ok := total.value()
		nearest, _ := want.Float64()
		switch {
		case total.n != int64(n):
			rt.Fatalf("%d numbers, not %d", total.n, n)
		case whole && want.Num().IsInt64():
			if got != (value{i: want.Num().Int64()}) {
				rt.Fatalf("sum is %v, want %v", got, want)
			}
		case ok == math.IsInf(nearest, 0), ok && got.f != nearest:
			rt.Fatalf("sum is %v, %v, want %v", got, ok, nearest)
		}
	})
}

func TestNumbersCompareByWhatTheyAre(t *testing.T) {
	ascending := []value{
		{float: true, f: -math.MaxFloat64}, {i: math.MinInt64}, {i: -1}, {float: true, f: -0.5}, {i: 0}, {float: true, f: 0.5},
		{i: 1<<53 - 1}, {float: true, f: 1 << 53}, {i: 1<<53 + 1}, {i: math.MaxInt64}, {float: true, f: 1 << 63},
	}
	for i, a := range ascending {
		for j, b := range ascending {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := a.compare(b); got != want {
				t.Errorf("%v against %v is %d, want %d", a, b, got, want)
			}
		}
	}
}
