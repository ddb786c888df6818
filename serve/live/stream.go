package live

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"holdfast"
	"holdfast/serve/fault"
)

// What a stream begins with, and what it sends when there is no message. A
// browser that lost its stream comes back after three seconds.
const (
	retryLine = "retry: 3000\n\n"
	beatLine  = ": still here\n\n"
)

// stream answers GET /api/v1/sites/{site}/live with server-sent events.
func (l *Live) stream(w http.ResponseWriter, r *http.Request) {
	a, f := l.admit(w, r)
	if f != nil {
		fault.Write(w, f)
		return
	}
	leave, f := l.streams.enter(l.Address(r))
	if f != nil {
		fault.Write(w, f)
		return
	}
	defer leave()
	s, f := l.join(r.Context(), a)
	if f != nil {
		fault.Write(w, f)
		return
	}
	defer l.hub.leave(s)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold messages back
	if r.Method == http.MethodHead {
		return
	}
	out := &writer{w: w, control: http.NewResponseController(w), time: l.WriteTime, over: l.hub.ctx}
	defer context.AfterFunc(out.over, out.hurry)()
	// The server's bounds are for requests that end.
	if out.control.SetReadDeadline(time.Time{}) != nil || !out.write([]byte(retryLine)) {
		return
	}
	l.tell(r, out, s, a)
}

// tell sends frames until the client is gone, is too slow or may not watch any
// longer, or the server stops.
func (l *Live) tell(r *http.Request, out *writer, s *site, a access) {
	beat := time.NewTicker(l.Beat)
	defer beat.Stop()
	// One who comes back has seen some already; a number that is not one of
	// ours is none.
	seen, _ := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
	last := holdfast.Millis(seen)
	for {
		f, next := l.hub.current(s)
		if !l.still(a, f) {
			return
		}
		if f.second.At != last {
			if last = f.second.At; !out.write(f.write(a.token != "").event) {
				return
			}
			beat.Reset(l.Beat)
		}
		select {
		case <-next:
		case <-beat.C:
			if !out.write([]byte(beatLine)) {
				return
			}
		case <-r.Context().Done():
			return
		case <-l.hub.ended:
			return
		}
	}
}

// writer writes to a client that must not be slow, and less so when all is over.
type writer struct {
	w       http.ResponseWriter
	control *http.ResponseController
	time    time.Duration
	over    context.Context
}

// lastTime is how long a client may take for what is on its way when the
// server stops.
const lastTime = 200 * time.Millisecond

func (o *writer) hurry() { _ = o.control.SetWriteDeadline(time.Now().Add(lastTime)) } // it fails where writing will

func (o *writer) write(text []byte) bool {
	if o.control.SetWriteDeadline(time.Now().Add(o.time)) != nil {
		return false
	}
	if o.over.Err() != nil {
		o.hurry()
	}
	if _, err := o.w.Write(text); err != nil {
		return false
	}
	return o.control.Flush() == nil
}

// poll answers GET /api/v1/sites/{site}/live.json.
func (l *Live) poll(w http.ResponseWriter, r *http.Request) {
	a, f := l.admit(w, r)
	if f != nil {
		fault.Write(w, f)
		return
	}
	s, f := l.join(r.Context(), a)
	if f != nil {
		fault.Write(w, f)
		return
	}
	defer l.hub.leave(s)
	frame, _ := l.hub.current(s)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=1")
	if a.token != "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	_, _ = w.Write(frame.write(a.token != "").json) // the client is gone, and knows
}
