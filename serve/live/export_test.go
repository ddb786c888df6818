package live

import "holdfast"

// Window is a window, for tests.
type Window struct{ w *window }

// NewWindow returns one without events.
func NewWindow() *Window { return &Window{newWindow(0)} }

// Add takes in an event.
func (w *Window) Add(e *holdfast.Event, now holdfast.Millis) {
	w.w.add(e, secondOf(now))
	if len(w.w.visitors) > maxSiteVisitors {
		w.w.thin()
	}
}

// Tend does what is done every few seconds.
func (w *Window) Tend(now holdfast.Millis) {
	w.w.forget(secondOf(now))
	w.w.tidy(secondOf(now))
}

// Tell returns what is known.
func (w *Window) Tell(now holdfast.Millis) (s holdfast.Second) {
	w.w.tell(&s, secondOf(now))
	return s
}

// Size returns how many visitors and names are remembered.
func (w *Window) Size() (visitors, names int) { return len(w.w.visitors), w.w.names.len() }

// Bounds of a window.
const (
	MaxVisitors = maxSiteVisitors
	MaxNames    = maxNames
)

// Size returns how many visitors and bytes of names are remembered of all
// sites, by what is counted and by counting.
func (h *Hub) Size() (counted, real [2]int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.sites {
		real[0] += len(s.window.visitors)
		real[1] += s.window.names.bytes
	}
	return [2]int{h.visitors, h.names}, real
}

// Bounds of a hub.
const (
	MaxAllVisitors  = maxVisitors
	MaxAllNameBytes = maxAllNameBytes
)
