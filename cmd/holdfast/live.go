package main

import (
	"context"
	"net/http"
	"time"

	"holdfast"
	"holdfast/collect/client"
	"holdfast/collect/limit"
	"holdfast/keep"
	"holdfast/serve/live"
)

// feed gives those who watch what a store hears of events.
type feed struct{ *keep.Store }

var _ live.Feed = feed{}

func (f feed) Snapshot() live.Snapshot { return f.View() }

func (f feed) Follow(ctx context.Context, after holdfast.Seq, fn func(holdfast.Seq, []holdfast.Event, error) error) error {
	return f.Store.Follow(ctx, after, func(e keep.Entry) error { return fn(e.Seq, e.Events, e.Missed) })
}

// live returns what tells of what happens, and must run.
func (s *server) live(store *keep.Store, networks *limit.Networks, proxies *client.Proxies) *live.Live {
	return live.New(live.Options{
		Feed: feed{store}, Keys: store, Address: proxies.Address, Log: s.log,
		Allow:   func(r *http.Request) (time.Duration, bool) { return networks.Allow(proxies.Address(r)) },
		Streams: s.limits.liveStreams, NetworkStreams: s.limits.liveStreamsPerNetwork,
	})
}
