package live_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"holdfast"
)

func TestWatchersInTheProgramGetTheLatest(t *testing.T) {
	s := newSetup(t)
	hub := s.start(t).Hub()
	if _, err := hub.Watch(t.Context(), "none.example"); !errors.Is(err, holdfast.ErrNoSite) {
		t.Errorf("of no site it says %v", err)
	}
	s.visit(t, "priv.example", "/", "", 1, "")
	ctx, cancel := context.WithCancel(t.Context())
	seconds, err := hub.Watch(ctx, "priv.example")
	if err != nil {
		t.Fatal(err)
	}
	if first := <-seconds; first.Here != 1 || first.AsOf.Seq == 0 {
		t.Errorf("the first is %+v", first)
	}
	// Who looks away misses what was meanwhile, and then sees what is.
	s.visit(t, "priv.example", "/", "", 2, "")
	time.Sleep(time.Second)
	if next := <-seconds; next.Here != 2 {
		t.Errorf("after a while it is %+v", next)
	}
	cancel()
	for range seconds { // until it is closed
	}
}

func TestWatchingEndsWithTheServer(t *testing.T) {
	s := newSetup(t)
	hub := s.start(t).Hub()
	seconds, err := hub.Watch(t.Context(), "pub.example")
	if err != nil {
		t.Fatal(err)
	}
	s.release()
	for range seconds {
	}
	if _, err := hub.Watch(t.Context(), "pub.example"); !errors.Is(err, holdfast.ErrUnavailable) {
		t.Errorf("then it says %v", err)
	}
}
