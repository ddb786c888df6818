package live

import (
	"context"
	"math"
	"time"

	"holdfast"
)

// seedLocked makes a site's window from what is kept, while new events come in.
func (h *Hub) seedLocked(s *site) {
	s.loading, s.tried = newWindow(math.MaxUint64), h.millis()
	h.tasks.Go(func() {
		err := h.seed(s, s.loading)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.seededLocked(s, err)
	})
}

// seededLocked puts a window in its place.
func (h *Hub) seededLocked(s *site, err error) {
	w := s.loading
	s.loading = nil
	if err != nil {
		if h.ctx.Err() == nil {
			h.log.Error("begin to follow a site", "site", s.name, "err", err)
		}
		h.dropLocked(w)
		if s.window == nil {
			s.err = err
			delete(h.sites, s.id)
			close(s.ready)
		}
		return
	}
	first := s.window == nil
	if !first {
		h.dropLocked(s.window)
	}
	s.window, s.stale = w, false
	if first {
		close(s.ready)
	}
}

// seedBatch is how many events are taken in before others get their turn.
const seedBatch = 1024

func (h *Hub) seed(s *site, w *window) error {
	select {
	case h.seeds <- struct{}{}:
		defer func() { <-h.seeds }()
	case <-h.ctx.Done():
		return errEnded
	}
	snapshot := h.begin(s, w)
	defer snapshot.Close()
	now := h.now()
	batch := make([]holdfast.Event, 0, seedBatch)
	flush := func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		for i := range batch {
			h.addLocked(w, &batch[i], secondOf(holdfast.MillisOf(now)))
		}
		batch = batch[:0]
	}
	err := snapshot.Recent(h.ctx, s.id, holdfast.MillisOf(now.Add(-keptTime)), func(e *holdfast.Event) {
		if batch = append(batch, *e); len(batch) == seedBatch {
			flush()
		}
	})
	flush()
	return err
}

// begin takes a snapshot that has all that was followed so far. From then on
// the window gets what is not in it.
func (h *Hub) begin(s *site, w *window) Snapshot {
	for {
		snapshot := h.feed.Snapshot()
		if h.beginFrom(s, w, snapshot.AsOf()) {
			return snapshot
		}
		snapshot.Close()
		time.Sleep(time.Millisecond) // a record is on its way into snapshots
	}
}

func (h *Hub) beginFrom(s *site, w *window, from holdfast.AsOf) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stop == nil {
		h.at = from.Seq
		var ctx context.Context
		ctx, h.stop = context.WithCancel(h.ctx)
		h.tasks.Go(func() { h.follow(ctx, from.Seq) })
	}
	if h.at > from.Seq {
		return false
	}
	w.after = from.Seq
	if from.Seq >= s.asOf.Seq {
		s.asOf = from
	}
	return true
}

// retryTime is how long a follower waits that failed.
const retryTime = 10 * time.Second

// follow takes in what becomes durable.
func (h *Hub) follow(ctx context.Context, after holdfast.Seq) {
	for {
		err := h.feed.Follow(ctx, after, func(at holdfast.Seq, events []holdfast.Event, missed error) error {
			return h.take(ctx, at, events, missed)
		})
		if ctx.Err() != nil {
			return
		}
		h.log.Error("follow the log for those who watch", "err", err)
		select {
		case <-time.After(retryTime):
		case <-ctx.Done():
			return
		}
		h.mu.Lock()
		after = h.at
		h.mu.Unlock()
	}
}

// take takes in a record, unless another follower took over.
func (h *Hub) take(ctx context.Context, at holdfast.Seq, events []holdfast.Event, missed error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	h.at = at
	if missed != nil {
		h.log.Warn("missed records while following the log", "err", missed)
		for _, s := range h.sites {
			s.stale = true // begun anew at the next tick
		}
		return nil
	}
	now := secondOf(h.millis())
	for i := range events {
		e := &events[i]
		s := h.sites[e.Site]
		if s == nil {
			continue
		}
		for _, w := range []*window{s.window, s.loading} {
			if w != nil && at > w.after {
				h.addLocked(w, e, now)
			}
		}
	}
	return nil
}

// addLocked takes an event into a window, within bounds.
func (h *Hub) addLocked(w *window, e *holdfast.Event, now second) {
	visitors, names := len(w.visitors), w.names.bytes
	w.names.shut = h.names >= maxAllNameBytes
	w.add(e, now)
	if len(w.visitors) > maxSiteVisitors {
		w.thin()
	}
	h.visitors += len(w.visitors) - visitors
	h.names += w.names.bytes - names
	for h.visitors > maxVisitors {
		h.thinLocked()
	}
}

// thinLocked follows fewer visitors where there are most.
func (h *Hub) thinLocked() {
	var most *window
	for _, s := range h.sites {
		for _, w := range []*window{s.window, s.loading} {
			if w != nil && (most == nil || len(w.visitors) > len(most.visitors)) {
				most = w
			}
		}
	}
	had := len(most.visitors)
	most.thin()
	h.visitors += len(most.visitors) - had
}

// dropLocked no longer counts what a window remembers.
func (h *Hub) dropLocked(w *window) {
	h.visitors -= len(w.visitors)
	h.names -= w.names.bytes
}
