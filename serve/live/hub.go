package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"holdfast"
)

// Snapshot is a store at one moment.
type Snapshot interface {
	AsOf() holdfast.AsOf
	// Recent calls fn for each event of the site from from on, in any order. The
	// event is good until fn returns, and needs its times, name, path, source,
	// visitor and flag.
	Recent(ctx context.Context, site holdfast.SiteID, from holdfast.Millis, fn func(*holdfast.Event)) error
	Close()
}

// Feed is where a Hub hears of events.
type Feed interface {
	Site(name string) (*holdfast.Site, bool)
	Coverage(site *holdfast.Site, from, to holdfast.Millis) []holdfast.Interval
	Snapshot() Snapshot
	// Last returns the last record that is durable.
	Last() holdfast.Seq
	// Follow calls fn for each durable record behind after, in order, also for
	// those without events, until ctx is done. Records that cannot be had are
	// missed.
	Follow(ctx context.Context, after holdfast.Seq, fn func(at holdfast.Seq, events []holdfast.Event, missed error) error) error
}

// Bounds on what a Hub remembers. A visitor takes about 150 bytes, so all take
// 40 MB at most; of a site with more than 65,536 visitors in an hour half are
// followed, or a quarter …, which makes their number accurate to 1 %. All names
// take 32 MB at most.
const (
	maxVisitors     = 1 << 18
	maxSiteVisitors = 1 << 16
	maxAllNameBytes = 32 << 20
	maxSites        = 1024
)

// lingers is how long a site is followed after the last who watched it left,
// for those who ask every few seconds.
const lingers = 30 * time.Second

// Hub follows what becomes durable, and tells those who watch. It follows
// nothing while nobody does.
type Hub struct {
	feed    Feed
	log     *slog.Logger
	now     func() time.Time
	every   time.Duration
	running chan struct{} // closed when Run began
	ended   chan struct{} // closed when Run is over
	seeds   chan struct{} // slots: so many sites begin at once

	ctx   context.Context // of Run
	tasks sync.WaitGroup  // all that Run waits for

	mu       sync.Mutex // guards all below, and all of sites
	sites    map[holdfast.SiteID]*site
	visitors int                // of all windows
	names    int                // bytes of them, in all windows
	stop     context.CancelFunc // ends the follower; nil: there is none
	at       holdfast.Seq       // the last record taken in
	tidied   holdfast.Millis
	over     bool

	refreshing sync.Mutex // held while a frame is made for one who came
}

// site is one that is watched.
type site struct {
	name     string
	id       holdfast.SiteID
	watchers int
	wanted   holdfast.Millis // when somebody last came or left

	window  *window // nil until it is ready
	loading *window // the next one
	stale   bool    // window lacks records
	tried   holdfast.Millis
	asOf    holdfast.AsOf
	ready   chan struct{} // closed once there is a window, or err
	err     error

	frame *frame
	next  chan struct{} // closed when there is another frame
}

var _ holdfast.Watcher = (*Hub)(nil)

func newHub(o *Options) *Hub {
	return &Hub{
		feed: o.Feed, log: o.Log, now: o.Now, every: o.Every,
		running: make(chan struct{}), ended: make(chan struct{}), seeds: make(chan struct{}, 2),
		sites: make(map[holdfast.SiteID]*site),
	}
}

// Run does the hub's work until ctx is done, and then ends all streams. Nobody
// is told anything before.
func (h *Hub) Run(ctx context.Context) {
	h.ctx = ctx
	close(h.running)
	tick := time.NewTicker(h.every)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-tick.C:
			h.tick()
		case <-ctx.Done():
		}
	}
	h.mu.Lock()
	h.over = true
	h.mu.Unlock()
	close(h.ended)
	h.tasks.Wait()
}

func (h *Hub) millis() holdfast.Millis { return holdfast.MillisOf(h.now()) }

// errEnded is what they are told who come when the hub has ended.
var errEnded = fmt.Errorf("the server is stopping: %w", holdfast.ErrUnavailable)

// errSites says that too many sites are watched.
var errSites = errors.New("too many sites are watched")

// join begins to watch a site, and waits until it can be told of. Who joined
// must leave.
func (h *Hub) join(ctx context.Context, of *holdfast.Site) (*site, error) {
	select {
	case <-h.running:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s, err := h.enter(of)
	if err != nil {
		return nil, err
	}
	select {
	case <-s.ready:
		err = s.err
	case <-ctx.Done():
		err = ctx.Err()
	case <-h.ended:
		err = errEnded
	}
	if err != nil {
		h.leave(s)
		return nil, err
	}
	h.refresh(s)
	return s, nil
}

func (h *Hub) enter(of *holdfast.Site) (*site, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return nil, errEnded
	}
	s := h.sites[of.ID]
	if s == nil {
		if len(h.sites) >= maxSites {
			return nil, errSites
		}
		s = &site{name: of.Name, id: of.ID, ready: make(chan struct{}), next: make(chan struct{})}
		h.sites[of.ID] = s
		h.seedLocked(s)
	}
	s.watchers++
	s.wanted = h.millis()
	return s, nil
}

func (h *Hub) leave(s *site) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.watchers--
	s.wanted = h.millis()
}

// current returns the latest frame of a site, and what is closed when there is
// another one.
func (h *Hub) current(s *site) (*frame, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return s.frame, s.next
}

// Watch implements holdfast.Watcher.
func (h *Hub) Watch(ctx context.Context, name string) (<-chan holdfast.Second, error) {
	of, ok := h.feed.Site(name)
	if !ok {
		return nil, fmt.Errorf("watch %q: %w", name, holdfast.ErrNoSite)
	}
	s, err := h.join(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", name, err)
	}
	seconds := make(chan holdfast.Second, 1)
	go func() {
		defer close(seconds)
		defer h.leave(s)
		for {
			f, next := h.current(s)
			select {
			case <-seconds: // not taken yet, and old by now
			default:
			}
			seconds <- f.second
			select {
			case <-next:
			case <-ctx.Done():
				return
			case <-h.ended:
				return
			}
		}
	}()
	return seconds, nil
}
