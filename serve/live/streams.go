package live

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"holdfast/serve/fault"
)

// streams counts those that are open.
type streams struct {
	most, mostOf int // altogether, and of one network

	mu   sync.Mutex // guards all below
	open int
	of   map[netip.Prefix]int
}

func newStreams(most, mostOf int) *streams {
	return &streams{most: most, mostOf: mostOf, of: make(map[netip.Prefix]int)}
}

// retryStream is when it is worth asking for a stream again.
const retryStream = 30 * time.Second

// enter takes a place, which must be left, or says why there is none.
func (s *streams) enter(addr netip.Addr) (leave func(), f *fault.Fault) {
	network := networkOf(addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	f = fault.New(http.StatusServiceUnavailable, fault.Busy, "too many streams are open")
	if s.of[network] >= s.mostOf {
		f.Message = "too many streams of this network are open"
	} else if s.open < s.most {
		s.open++
		s.of[network]++
		return func() { s.leave(network) }, nil
	}
	f.Hint, f.Retry = "ask for live.json instead, once a second at most", retryStream
	return nil, f
}

func (s *streams) leave(network netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.of[network]--; s.of[network] == 0 {
		delete(s.of, network)
	}
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
