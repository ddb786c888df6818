// Package panel is what the public may ask about a site: a fixed set of
// panels, each a function from a site and one of four ranges, or one of its
// deals, to a Question. Nothing else of a request reaches a Question.
//
// Only sites that their owner made public have panels; asking for those of any
// other ends like asking for those of a site that does not exist. Ranges begin
// and end on whole hours of the site's clock, so that the public cannot tell
// from two answers what happened in a second of the past; windows of deals are
// where the owner put them, and not there before they begin. A name is given only
// if on some day several visitors from several networks had it (see
// holdfast.SeenBySeveral); the others are counted together.
//
// The public has slots and a memory of its own: however many ask, a site's
// range is asked about once in a while, by at most so many at once, and whoever
// asks with a key waits for none of them.
package panel

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"holdfast"
	"holdfast/serve/deal"
	"holdfast/serve/fault"
)

// Sites knows the sites there are.
type Sites interface {
	Site(name string) (*holdfast.Site, bool)
}

// Options are what Panels work with. Those after Asker may be left out.
type Options struct {
	Sites Sites
	Asker holdfast.Asker

	Deals deal.Store // without it there are no deals
	// Since says when the records of a site begin, and how that is known;
	// without it when the site was added.
	Since func(*holdfast.Site) (holdfast.Millis, holdfast.Origin)

	AskTime time.Duration // for all questions of a page; 20 s
	Slots   int           // pages that are asked for at once; 2
	Wait    time.Duration // for a slot; 3 s
	Fresh   time.Duration // for how long a page of today is given again; 2 s. Longer ranges: five times that
	Pages   int           // how many are remembered; 512
	Now     func() time.Time
}

// Panels answers the public.
type Panels struct {
	o     Options
	slots chan struct{}

	mu    sync.Mutex // guards all below
	pages map[key]*remembered
	uses  int
}

type key struct {
	site holdfast.SiteID
	of   Range
	deal string // the id of OfDeal
	part int    // of OfDeals
}

// remembered is the last page of a key.
type remembered struct {
	turn chan struct{} // held by whoever asks for the next, and guards page and at
	page any           // *Page, *Deal or *Deals
	at   time.Time     // when it was asked for

	used int // the value of Panels.uses when it last was; guarded by Panels.mu
}

// New returns Panels.
func New(o Options) *Panels {
	if o.AskTime == 0 {
		o.AskTime = 20 * time.Second
	}
	if o.Slots == 0 {
		o.Slots = 2
	}
	if o.Wait == 0 {
		o.Wait = 3 * time.Second
	}
	if o.Fresh == 0 {
		o.Fresh = 2 * time.Second
	}
	if o.Pages == 0 {
		o.Pages = 512
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Since == nil {
		o.Since = func(site *holdfast.Site) (holdfast.Millis, holdfast.Origin) { return site.Created, holdfast.Collected }
	}
	return &Panels{o: o, slots: make(chan struct{}, o.Slots), pages: make(map[key]*remembered)}
}

// Site returns the site with this name, if it is public.
func (p *Panels) Site(name string) (*holdfast.Site, error) {
	site, ok := p.o.Sites.Site(name)
	if !ok || !site.Public {
		return nil, holdfast.ErrNoSite
	}
	return site, nil
}

// Page returns all panels of a public site, from one snapshot but for the
// choice of names. It may be a moment old; its AsOf says so. The page belongs
// to everybody and must not be changed.
func (p *Panels) Page(ctx context.Context, name string, of Range) (*Page, error) {
	site, err := p.Site(name)
	if err != nil {
		return nil, err
	}
	page, err := recall(ctx, p, key{site: site.ID, of: of}, func(ctx context.Context, now holdfast.Millis) (*Page, error) {
		return p.ask(ctx, site, of, now)
	})
	if err != nil {
		return nil, fmt.Errorf("ask for the page of %s: %w", site.Name, err)
	}
	return page, nil
}

// recall returns what is remembered of a key, or asks for it.
func recall[T any](ctx context.Context, p *Panels, k key, ask func(context.Context, holdfast.Millis) (T, error)) (got T, err error) {
	r := p.remember(k)
	wait, cancel := context.WithTimeout(ctx, p.o.Wait)
	defer cancel()
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-wait.Done():
		return got, busy(ctx)
	}
	if last, ok := r.page.(T); ok && p.o.Now().Sub(r.at) < p.fresh(k.of) {
		return last, nil
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-wait.Done():
		return got, busy(ctx)
	}
	// Others wait for this page: it is asked for to the end, though whoever
	// came first may have left.
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.o.AskTime)
	defer cancel()
	now := p.o.Now()
	if got, err = ask(asking, holdfast.MillisOf(now)); err != nil {
		return got, err
	}
	r.page, r.at = got, now
	return got, nil
}

func busy(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f := fault.New(http.StatusServiceUnavailable, fault.Busy, "too many ask for pages at once")
	f.Retry = time.Second
	return f
}

func (p *Panels) fresh(of Range) time.Duration {
	if of == Today {
		return p.o.Fresh
	}
	return 5 * p.o.Fresh
}

// remember returns what is remembered of a key, and forgets what was not asked
// for the longest if that is too much.
func (p *Panels) remember(k key) *remembered {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.pages[k]
	if r == nil {
		r = &remembered{turn: make(chan struct{}, 1)}
		p.pages[k] = r
	}
	p.uses++
	r.used = p.uses
	for len(p.pages) > p.o.Pages {
		oldest := k
		for other, o := range p.pages {
			if o.used < p.pages[oldest].used {
				oldest = other
			}
		}
		delete(p.pages, oldest)
	}
	return r
}
