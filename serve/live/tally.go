package live

// tally counts what happened in each of the last seconds, or minutes. It is the
// same in whichever order things come.
type tally struct {
	counts [64]int64 // by time, modulo
	of     [64]second
}

// add counts one at a time that is at most so many before now.
func (t *tally) add(at, now, most second) {
	if at+most <= now {
		return
	}
	i := at % second(len(t.counts))
	if t.of[i] < at || t.of[i] > now { // an older one, or the clock was ahead
		t.counts[i], t.of[i] = 0, at
	}
	if t.of[i] == at {
		t.counts[i]++
	}
}

// last returns the counts of the last so many, the last of which is now's.
func (t *tally) last(now, most second) []int64 {
	counts := make([]int64, most)
	for i := range counts {
		at := now - most + 1 + second(i)
		if slot := at % second(len(t.counts)); t.of[slot] == at {
			counts[i] = t.counts[slot]
		}
	}
	return counts
}
