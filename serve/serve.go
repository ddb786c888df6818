// Package serve answers HTTP: one mux, with the bounds that hold for all of
// it. Its folders are what is served: api to programs, control to the command
// line on the same machine.
//
// A Server bounds how many connections there are, how long a client may take
// and how much it may say before any handler sees it. It answers only to its
// own names. What it does not know it refuses as JSON.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"holdfast/serve/fault"
)

// Options bound what clients may take. What is zero is as said there.
type Options struct {
	Connections int           // at once; 4096
	HeaderTime  time.Duration // 5 s
	BodyTime    time.Duration // with the header; 90 s. Doors may set less
	WriteTime   time.Duration // from the end of the header; 120 s
	IdleTime    time.Duration // between requests; 75 s
	HeaderBytes int           // 16 KB
	Grace       time.Duration // for what is under way when the server stops; 10 s
	Hosts       []string      // names that the server answers to, besides those of loopback; none
	Log         *slog.Logger  // none

	// Misdirected is told of each request for another host, and the pattern of
	// the route that it would have taken, or "". It may be nil.
	Misdirected func(r *http.Request, pattern string)
}

// Server is the mux and its bounds.
type Server struct {
	o     Options
	mux   *http.ServeMux
	hosts *hosts
}

// New returns a Server without routes.
func New(o Options) *Server {
	o.Connections = orElse(o.Connections, 4096)
	o.HeaderTime = orElse(o.HeaderTime, 5*time.Second)
	o.BodyTime = orElse(o.BodyTime, 90*time.Second)
	o.WriteTime = orElse(o.WriteTime, 120*time.Second)
	o.IdleTime = orElse(o.IdleTime, 75*time.Second)
	o.HeaderBytes = orElse(o.HeaderBytes, 16<<10)
	o.Grace = orElse(o.Grace, 10*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{o: o, mux: http.NewServeMux(), hosts: newHosts(o.Hosts, o.Log)}
}

func orElse[T int | time.Duration](value, usual T) T {
	if value == 0 {
		return usual
	}
	return value
}

// Handle adds a route; patterns are those of http.ServeMux, with a method. It
// must not be called once Serve was.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, route{h}) }

// route is a handler that was given to Handle, and not one of the mux's own.
type route struct{ http.Handler }

// ServeHTTP routes r, if it is for this server.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h, pattern := s.mux.Handler(r)
	if !s.hosts.has(r) {
		if s.o.Misdirected != nil {
			s.o.Misdirected(r, pattern)
		}
		s.hosts.refuse(w, r)
		return
	}
	if _, ok := h.(route); ok {
		s.mux.ServeHTTP(w, r) // which, unlike h, also sets the path's values
		return
	}
	// Whatever h is, it refuses r: with the allowed methods, a better path, or
	// nothing.
	refusal := refused{header: http.Header{}}
	h.ServeHTTP(&refusal, r)
	switch refusal.status {
	case http.StatusMethodNotAllowed:
		allow := refusal.header.Get("Allow")
		w.Header().Set("Allow", allow)
		fault.Write(w, fault.New(refusal.status, fault.NoMethod, fmt.Sprintf("%s is not for %s, but for %s", r.URL.Path, r.Method, strings.ReplaceAll(allow, ", ", " and "))))
	case http.StatusTemporaryRedirect:
		to := refusal.header.Get("Location")
		w.Header().Set("Location", to)
		fault.Write(w, fault.New(refusal.status, fault.Moved, fmt.Sprintf("this is at %q", to)))
	default:
		fault.Write(w, &fault.Fault{Status: http.StatusNotFound, Code: fault.NotFound,
			Message: fmt.Sprintf("there is nothing at %q", r.URL.Path), Hint: "docs/api.md lists what there is"})
	}
}

// refused notes how a request would be answered.
type refused struct {
	header http.Header
	status int
}

func (r *refused) Header() http.Header         { return r.header }
func (r *refused) WriteHeader(status int)      { r.status = status }
func (r *refused) Write(p []byte) (int, error) { return len(p), nil }

// Serve answers on l until ctx is done. It then takes no more connections,
// lets what is under way end, and returns nil if that was in time.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.o.HeaderTime,
		ReadTimeout:       s.o.BodyTime,
		WriteTimeout:      s.o.WriteTime,
		IdleTimeout:       s.o.IdleTime,
		MaxHeaderBytes:    s.o.HeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(newCapped(l, s.o.Connections)) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Grace)
	defer cancel()
	err := server.Shutdown(grace)
	if err != nil {
		err = errors.Join(err, server.Close())
	}
	// A server that is stopped before it began leaves its listener open.
	if closed := l.Close(); !errors.Is(closed, net.ErrClosed) {
		err = errors.Join(err, closed)
	}
	if err != nil {
		return fmt.Errorf("stop serving %s: %w", l.Addr(), err)
	}
	return nil
}
