package query

import (
	"maps"
	"math/rand/v2"
	"testing"
)

type pair struct{ slot, value uint32 }

// TestPairsAreASet compares a set of pairs with a map: with few slots and with
// more than a value has room for, in a table of bits and out of one.
func TestPairsAreASet(t *testing.T) {
	var set pairSet // used again, as between parts of a scan
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		values := 1 + r.IntN(40)
		lowest := []int{0, 1 << 16, 1 << 20}[r.IntN(3)]
		slots := lowest + 1 + r.IntN(30)
		set.begin(slots, r.IntN(2) == 0, values, &tuning{pairBits: 1 << 12})

		var rows mask
		codes, numbers := make([]uint32, 500), make([]uint32, 500)
		rows.set(true)
		for i := range codes {
			codes[i], numbers[i] = uint32(lowest+r.IntN(slots-lowest)), uint32(r.IntN(values))
		}
		want := make(map[pair]bool)
		for i := range codes {
			want[pair{codes[i], numbers[i]}] = true
		}
		addPairs(&set, codes, &rows, numbers)

		got := make(map[pair]bool)
		set.each(slots, func(slot, value uint32) {
			if p := (pair{slot, value}); got[p] {
				t.Fatalf("seed %d: %v is there twice", seed, p)
			} else {
				got[p] = true
			}
		})
		if !maps.Equal(got, want) {
			t.Fatalf("seed %d: of %d pairs it has %d", seed, len(want), len(got))
		}
		perSlot := make([]int64, slots)
		for p := range want {
			if p.value > 0 {
				perSlot[p.slot]++
			}
		}
		for slot, n := range set.perSlot(slots) {
			if n != perSlot[slot] {
				t.Fatalf("seed %d: slot %d has %d values, not %d", seed, slot, n, perSlot[slot])
			}
		}
	}
}
