package traffic

import (
	"math"
	"math/rand/v2"
)

// alias picks from weighted things in constant time (Walker's method).
type alias struct {
	cut   []uint32 // how likely, of 2³², it is the thing itself
	other []int32  // and else
}

func newAlias(weights []float64) alias {
	n := len(weights)
	a := alias{cut: make([]uint32, n), other: make([]int32, n)}
	total := 0.0
	for _, w := range weights {
		total += w
	}
	scaled := make([]float64, n)
	var small, large []int32
	for i, w := range weights {
		scaled[i] = w / total * float64(n)
		if scaled[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		a.cut[s], a.other[s] = uint32(scaled[s]*math.MaxUint32), l
		if scaled[l] -= 1 - scaled[s]; scaled[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) {
		a.cut[i], a.other[i] = math.MaxUint32, i
	}
	return a
}

// pick returns the index of the thing that a random number stands for.
func (a *alias) pick(random uint64) int {
	i := int(uint64(uint32(random)) * uint64(len(a.cut)) >> 32)
	if uint32(random>>32) <= a.cut[i] {
		return i
	}
	return int(a.other[i])
}

// zipf returns the weights of n things of which the k-th is 1/k as popular.
func zipf(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1 / float64(i+1)
	}
	return w
}

// dice are random numbers, and what is made of them.
type dice struct{ *rand.Rand }

func newDice(seed, stream uint64) dice { return dice{rand.New(rand.NewPCG(seed, stream))} }

func (d dice) chance(p float64) bool { return p > 0 && d.Float64() < p }

// between returns a number from lo to hi.
func (d dice) between(lo, hi int64) int64 { return lo + d.Int64N(hi-lo+1) }

// logNormal returns a number half of which are below median.
func (d dice) logNormal(median, sigma float64) float64 {
	return median * math.Exp(sigma*d.NormFloat64())
}

// geometric returns how often it goes on.
func (d dice) geometric(goesOn float64) int {
	return int(math.Log(1-d.Float64()) / math.Log(goesOn))
}

// poisson returns how often something happens that happens mean times on
// average.
func (d dice) poisson(mean float64) int {
	if mean > 30 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*d.NormFloat64())))
	}
	n, limit := 0, math.Exp(-mean)
	for p := d.Float64(); p > limit; p *= d.Float64() {
		n++
	}
	return n
}

// mix makes a random-looking number of two (after SplitMix64). It is how
// things are drawn that must come out the same whenever they are asked for.
func mix(a, b uint64) uint64 {
	x := a + 0x9e3779b97f4a7c15*(b+1)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit returns the number, from 0 to 1, that a random number stands for.
func unit(random uint64) float64 { return float64(random>>11) / (1 << 53) }
