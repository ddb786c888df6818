package live_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/serve/live"
)

// crowd is a feed of sites that all have 60,000 visitors, some of them on a page
// of their own with a long name.
type crowd struct{ now holdfast.Millis }

const crowdVisitors = 60_000

func (c crowd) Site(name string) (*holdfast.Site, bool) {
	var id int
	if _, err := fmt.Sscanf(name, "s%d.example", &id); err != nil {
		return nil, false
	}
	site, err := holdfast.NewSite(holdfast.SiteID(id), name, "UTC", 0)
	return site, err == nil
}

func (crowd) Coverage(_ *holdfast.Site, from, to holdfast.Millis) []holdfast.Interval {
	return []holdfast.Interval{{From: from, To: to, State: holdfast.Complete}}
}
func (c crowd) Snapshot() live.Snapshot { return c }
func (c crowd) AsOf() holdfast.AsOf     { return holdfast.AsOf{Time: c.now, Seq: 1} }
func (crowd) Close()                    {}
func (crowd) Last() holdfast.Seq        { return 1 }

func (c crowd) Recent(_ context.Context, site holdfast.SiteID, _ holdfast.Millis, fn func(*holdfast.Event)) error {
	for i := range crowdVisitors {
		e := busyEvent(i)
		e.Site, e.Time, e.Received = site, c.now, c.now
		if i < 8000 {
			e.Path = fmt.Sprint("/", i, "/", strings.Repeat("x", 1000))
		}
		fn(&e)
	}
	return nil
}

func (crowd) Follow(ctx context.Context, _ holdfast.Seq, _ func(holdfast.Seq, []holdfast.Event, error) error) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestManySitesAreBoundedTogether(t *testing.T) {
	hub := live.New(live.Options{Feed: crowd{holdfast.MillisOf(time.Now())}}).Hub()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { hub.Run(ctx); close(ended) }()
	most := int64(0)
	for i := range 20 {
		watching, leave := context.WithCancel(ctx)
		seconds, err := hub.Watch(watching, fmt.Sprintf("s%d.example", i+1))
		if err != nil {
			t.Fatal(err)
		}
		if s := <-seconds; s.Here < crowdVisitors*9/10 || s.Here > crowdVisitors*11/10 {
			t.Errorf("site %d: %d here", i+1, s.Here)
		}
		leave()
		counted, real := hub.Size()
		most = max(most, int64(real[1]))
		if counted != real {
			t.Fatalf("it counts %v and remembers %v", counted, real)
		}
		if real[0] > live.MaxAllVisitors || real[1] > live.MaxAllNameBytes+2048 {
			t.Fatalf("it remembers %d visitors and %d bytes of names", real[0], real[1])
		}
	}
	if most < live.MaxAllNameBytes*3/4 {
		t.Errorf("the test does not come near the bound of names: %d", most)
	}
	cancel()
	<-ended
}
