// Package live tells what happens on a site while it happens: who is here, what
// was seen in the last minute, where visitors came from and looked. It sends a
// message a second to whoever watches, and answers whoever asks now and then.
//
// A Hub follows what becomes durable, and makes one message a second for all
// who watch a site. It begins from what is kept of the last hour, so that a
// restart changes nothing. What it remembers is bounded, whatever comes: of
// very many visitors it follows a part, and says so. Nobody who is slow holds
// up anybody: a message that was not taken is replaced by the next, and who
// takes none for ten seconds is hung up on.
//
// Without a key it tells only of public sites, and of these what
// holdfast.Second.Public leaves; all other sites look as if there were none.
package live

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"holdfast"
)

// Keys knows the keys that were given out.
type Keys interface {
	Key(token string) (holdfast.Key, bool)
}

// Options are what a Live works with. Those after Address may be left out.
type Options struct {
	Feed Feed
	Keys Keys
	// Allow takes a request that shows no good key from what the client's
	// network may send, or says after what time it may send again.
	Allow func(r *http.Request) (wait time.Duration, ok bool)
	// Address returns the address of the client.
	Address func(r *http.Request) netip.Addr

	Streams        int           // at once; 0: none
	NetworkStreams int           // of one network, a /24 or a /64; 0: as many
	Every          time.Duration // how often those who watch are told; 1 s
	WriteTime      time.Duration // in which a message must be taken; 10 s
	Beat           time.Duration // after which a comment is sent if there is no message; 15 s
	Log            *slog.Logger  // none
	Now            func() time.Time
}

// Live has the handlers, and the hub that they tell from.
type Live struct {
	Options
	hub     *Hub
	streams *streams
}

// New returns a Live, which tells nothing until it runs.
func New(o Options) *Live {
	if o.Every == 0 {
		o.Every = time.Second
	}
	if o.WriteTime == 0 {
		o.WriteTime = 10 * time.Second
	}
	if o.Beat == 0 {
		o.Beat = 15 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NetworkStreams == 0 {
		o.NetworkStreams = o.Streams
	}
	return &Live{Options: o, hub: newHub(&o), streams: newStreams(o.Streams, o.NetworkStreams)}
}

// Hub returns the hub, for others who want to watch.
func (l *Live) Hub() *Hub { return l.hub }

// Run tells until ctx is done, and then ends all streams at once.
func (l *Live) Run(ctx context.Context) { l.hub.Run(ctx) }

// Routes adds the routes to a mux.
func (l *Live) Routes(handle func(pattern string, h http.Handler)) {
	handle("GET /api/v1/sites/{site}/live", http.HandlerFunc(l.stream))
	handle("GET /api/v1/sites/{site}/live.json", http.HandlerFunc(l.poll))
}
