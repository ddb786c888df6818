// Package limit holds back networks that send too much. It bounds its own
// memory, and holds a network back for no longer than it overdid it.
package limit

import (
	"net/netip"
	"sync"
	"time"
)

// Networks is a token bucket for each /24 of IPv4 and /64 of IPv6.
type Networks struct {
	interval time.Duration // in which a token comes back
	burst    time.Duration // in which all do
	now      func() time.Time

	mu   sync.Mutex                 // guards all below
	full map[netip.Prefix]time.Time // when a network's bucket will be full again
	rest time.Time                  // the same, of all networks that find no room in full
	gone time.Time                  // when networks were last forgotten
}

// maxNetworks bounds how many networks are told apart, to about 6 MB.
const maxNetworks = 1 << 16

// NewNetworks allows each network rate requests a second, and burst at once.
// Nobody is held back if rate is 0.
func NewNetworks(rate float64, burst int, now func() time.Time) *Networks {
	n := &Networks{now: now, full: make(map[netip.Prefix]time.Time)}
	if rate > 0 {
		n.interval = time.Duration(float64(time.Second) / rate)
		n.burst = n.interval * time.Duration(max(burst, 1))
	}
	return n
}

// Allow takes a token of the network of addr, or says after what time there
// will be one.
func (n *Networks) Allow(addr netip.Addr) (wait time.Duration, ok bool) { return n.AllowAll(addr, 1) }

// AllowAll takes so many tokens of the network of addr, or none, and then says
// after what time there will be as many. More than a bucket holds are a full
// one.
func (n *Networks) AllowAll(addr netip.Addr, tokens int) (wait time.Duration, ok bool) {
	if n.interval == 0 || tokens == 0 {
		return 0, true
	}
	cost := min(n.interval*time.Duration(tokens), n.burst)
	now, network := n.now(), networkOf(addr)
	n.mu.Lock()
	defer n.mu.Unlock()
	full, known := n.full[network]
	if !known && len(n.full) >= maxNetworks && !n.forgetLocked(now) {
		full, ok, wait = n.take(n.rest, now, cost)
		n.rest = full
		return wait, ok
	}
	full, ok, wait = n.take(full, now, cost)
	n.full[network] = full
	return wait, ok
}

// take moves on the time at which a bucket is full again.
func (n *Networks) take(full, now time.Time, cost time.Duration) (time.Time, bool, time.Duration) {
	if full.Before(now) {
		full = now
	}
	next := full.Add(cost)
	if over := next.Sub(now) - n.burst; over > 0 {
		return full, false, over
	}
	return next, true, 0
}

// forgetEvery is how often it is worth looking for networks to forget.
const forgetEvery = time.Second

// forgetLocked drops the networks whose buckets are full again, which loses
// nothing, and says whether there is room.
func (n *Networks) forgetLocked(now time.Time) bool {
	if now.Sub(n.gone) < forgetEvery {
		return false
	}
	n.gone = now
	for network, full := range n.full {
		if !full.After(now) {
			delete(n.full, network)
		}
	}
	return len(n.full) < maxNetworks
}

// networkOf returns the network that one client is likely to have as a whole.
func networkOf(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 64
	if addr.Is4() {
		bits = 24
	}
	p, _ := addr.Prefix(bits) // the zero Prefix for the zero Addr
	return p
}
