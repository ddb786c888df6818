package traffic

import (
	"slices"
)

// Arrivals gives the hits of a Generator in the order in which they arrive,
// late ones and repeats where they come. It holds those that are under way.
type Arrivals struct {
	g     *Generator
	next  Hit
	more  bool
	queue queue
	hits  []Hit
	free  []int32
}

// NewArrivals orders what g has still to give.
func NewArrivals(g *Generator) *Arrivals {
	a := &Arrivals{g: g}
	a.more = g.Next(&a.next)
	return a
}

// Next gives the next hit to arrive, or false after the last, as
// Generator.Next does.
func (a *Arrivals) Next(h *Hit) bool {
	// No hit arrives before it happens.
	for a.more && (len(a.queue) == 0 || int64(a.next.Time) <= a.queue[0].at) {
		a.hold()
		a.more = a.g.Next(&a.next)
	}
	if len(a.queue) == 0 {
		return false
	}
	d := a.queue.pop()
	props := append(h.Props[:0], a.hits[d.slot].Props...)
	*h = a.hits[d.slot]
	h.Props = props
	a.free = append(a.free, d.slot)
	return true
}

func (a *Arrivals) hold() {
	var slot int32
	if n := len(a.free); n > 0 {
		slot = a.free[n-1]
		a.free = a.free[:n-1]
	} else {
		slot = int32(len(a.hits))
		a.hits = append(a.hits, Hit{})
	}
	a.hits[slot] = a.next
	a.hits[slot].Props = slices.Clone(a.next.Props)
	a.queue.push(due{int64(a.next.Arrival), slot})
}
