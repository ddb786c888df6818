package live

import (
	"time"

	"holdfast"
)

// catchUpTime is how long a message waits for what was acknowledged before it.
const catchUpTime = 250 * time.Millisecond

// anewEvery is how often a window is begun anew at most.
const anewEvery = 10 * time.Second

// tick tells all who watch what is known, and looks after what is kept for
// them.
func (h *Hub) tick() {
	watched := h.tend()
	if len(watched) == 0 {
		return
	}
	asOf, all := h.catchUp()
	for _, s := range watched {
		h.build(s, asOf, all)
	}
}

// refresh makes a frame for one who just came, unless there is one of this
// second.
func (h *Hub) refresh(s *site) {
	h.refreshing.Lock()
	defer h.refreshing.Unlock()
	h.mu.Lock()
	old := s.frame == nil || h.now().Sub(s.frame.second.At.Time()).Abs() > h.every+h.every/4
	h.mu.Unlock()
	if old {
		asOf, all := h.catchUp()
		h.build(s, asOf, all)
	}
}

// catchUp waits until all is taken in that was acknowledged when it was
// called, and says whether it was in time.
func (h *Hub) catchUp() (asOf holdfast.AsOf, all bool) {
	asOf = holdfast.AsOf{Time: h.millis(), Seq: h.feed.Last()}
	for waited := time.Duration(0); waited < catchUpTime; waited += 2 * time.Millisecond {
		h.mu.Lock()
		at := h.at
		h.mu.Unlock()
		if at >= asOf.Seq {
			return holdfast.AsOf{Time: asOf.Time, Seq: at}, true
		}
		time.Sleep(2 * time.Millisecond)
	}
	return asOf, false
}

// build makes the next frame of a site.
func (h *Hub) build(s *site, asOf holdfast.AsOf, all bool) {
	of, known := h.feed.Site(s.name)
	if !known {
		return
	}
	now := h.millis()
	coverage := holdfast.NewCoverage(h.feed.Coverage(of, now.Add(-seenFor*time.Second), now))
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.window == nil {
		return
	}
	if all && !s.stale && asOf.Seq >= s.asOf.Seq {
		s.asOf = asOf
	}
	f := &frame{public: of.Public, second: holdfast.Second{At: now, Coverage: coverage, AsOf: s.asOf}}
	if s.frame != nil { // they are told apart by when they were made
		f.second.At = max(now, s.frame.second.At+1)
	}
	s.window.tell(&f.second, secondOf(now))
	s.frame = f
	close(s.next)
	s.next = make(chan struct{})
}

// tend drops sites that nobody watches any more, and returns those that
// somebody does.
func (h *Hub) tend() (watched []*site) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.millis()
	tidy := now.Sub(h.tidied) >= anewEvery || now < h.tidied
	if tidy {
		h.tidied = now
	}
	for id, s := range h.sites {
		switch {
		case s.window == nil: // it is just beginning
			continue
		case s.watchers == 0 && s.loading == nil && now.Sub(s.wanted) >= lingers:
			h.dropLocked(s.window)
			delete(h.sites, id)
			continue
		case s.watchers > 0:
			watched = append(watched, s)
		}
		if tidy {
			h.tidyLocked(s, now)
		}
	}
	if len(h.sites) == 0 && h.stop != nil {
		h.stop()
		h.stop = nil
	}
	return watched
}

func (h *Hub) tidyLocked(s *site, now holdfast.Millis) {
	w := s.window
	h.dropLocked(w)
	w.forget(secondOf(now))
	w.tidy(secondOf(now))
	h.visitors += len(w.visitors)
	h.names += w.names.bytes
	// What was missed is read, and visitors are followed again once there are
	// fewer.
	thinned := w.halved > 0 && len(w.visitors)<<w.halved < maxSiteVisitors/4 && h.visitors < maxVisitors/2
	if s.loading == nil && (s.stale || thinned) && now.Sub(s.tried) >= anewEvery {
		h.seedLocked(s)
	}
}
