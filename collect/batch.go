package collect

import (
	"context"
	"fmt"
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"
	"unsafe"

	"holdfast"
)

// Batch gathers the events of a request that are handed on together. It is for
// one goroutine.
type Batch struct {
	c     *Collector
	terms Terms
	now   holdfast.Millis // when the request came

	sites   map[string]*visited          // by name as sent
	byID    map[holdfast.SiteID]*visited // those of sites
	last    *visited                     // the one last needed
	salts   map[siteDay]*salted
	refused map[refusedKey]int64

	events  []holdfast.Event
	clients []netip.Addr               // of events; only until they are identified
	claims  map[int]holdfast.VisitorID // the visitors whom tokens name, by index of event; as long
	token   string

	strings interner
	scratch []byte // views into it live no longer than one Add
}

type refusedKey struct {
	site   holdfast.SiteID
	reason holdfast.Reason
}

// Terms are who sends a batch, and through which door.
type Terms struct {
	Door holdfast.Door
	// Key is what the sender showed. Without one the rules for the public
	// hold: nothing may be dated.
	Key *holdfast.Key
	// Token asks for a visit token for the answer.
	Token bool
}

// visited is what a batch remembers of a site.
type visited struct {
	site *holdfast.Site
	rule rule

	// The site day last needed.
	day      holdfast.Day
	from, to holdfast.Millis

	salt  *salted // the one last needed
	added int64   // events not yet accepted
}

func newBatch(seed maphash.Seed) *Batch {
	return &Batch{
		sites: make(map[string]*visited), byID: make(map[holdfast.SiteID]*visited),
		salts: make(map[siteDay]*salted), refused: make(map[refusedKey]int64),
		claims: make(map[int]holdfast.VisitorID), strings: interner{seed: seed},
	}
}

// Batch returns an empty batch. Close it.
func (c *Collector) Batch(t Terms) *Batch {
	b := c.batches.Get().(*Batch)
	b.c, b.terms, b.now = c, t, holdfast.MillisOf(c.Now())
	return b
}

// Close books what was refused and ends the batch; events that were added and
// that nobody asked to accept are refused, too. Clients and salts are forgotten.
func (b *Batch) Close() {
	b.refuseAdded()
	for k, n := range b.refused {
		b.c.Books.Refused(k.site, k.reason, n)
	}
	c := b.c
	b.c, b.terms, b.last, b.events, b.token = nil, Terms{}, nil, nil, ""
	clear(b.sites)
	clear(b.byID)
	clear(b.refused)
	b.forgetClients()
	b.forgetSalts()
	c.batches.Put(b)
}

func (b *Batch) forgetClients() {
	clear(b.clients)
	b.clients = b.clients[:0]
	clear(b.claims)
	clear(b.scratch)
}

func (b *Batch) forgetSalts() {
	clear(b.salts)
	for _, v := range b.byID {
		v.salt = nil
	}
}

// Len returns how many events wait to be accepted.
func (b *Batch) Len() int { return len(b.events) }

// Flag says why the i-th of the events that wait to be accepted will not be
// counted, if so.
func (b *Batch) Flag(i int) holdfast.Flag { return b.events[i].Flag }

// Refused returns how many events were refused for a reason so far.
func (b *Batch) Refused(reason holdfast.Reason) int64 {
	var n int64
	for k, m := range b.refused {
		if k.reason == reason {
			n += m
		}
	}
	return n
}

// Refuse books an event that the door could not read. Site is its name, if the
// door came so far.
func (b *Batch) Refuse(site string, reason holdfast.Reason) {
	var id holdfast.SiteID
	if v := b.visit(site); v != nil && v.rule.allowed {
		id = v.site.ID
	}
	b.refused[refusedKey{id, reason}]++
}

// RefuseUnread books n events at which the door did not look.
func (b *Batch) RefuseUnread(n int64) { b.refused[refusedKey{0, holdfast.RefusedMalformed}] += n }

// Add validates in and adds its event. The error is a *holdfast.FieldError; the
// event is then in the books, and nothing else has changed.
func (b *Batch) Add(in *Input) error {
	b.scratch = b.scratch[:0]
	n := len(b.events)
	b.events = append(b.events, holdfast.Event{})
	if err := b.read(&b.events[n], in); err != nil {
		b.events[n] = holdfast.Event{}
		b.events = b.events[:n]
		delete(b.claims, n)
		b.Refuse(in.Site, err.reason)
		return &err.FieldError
	}
	b.clients = append(b.clients, in.Address)
	b.last.added++ // the site that was just read
	return nil
}

// Expect makes room for n more events, if so many are likely to come.
func (b *Batch) Expect(n int) {
	b.events = slices.Grow(b.events, n)
	b.clients = slices.Grow(b.clients, n)
}

// Accept identifies the events added so far, classifies them and hands them to
// the sink. When it returns nil they are durable; the batch is empty again
// either way.
func (b *Batch) Accept(ctx context.Context) (holdfast.Receipt, error) {
	events := b.events
	b.events = nil // the sink owns them
	receipt, err := b.hand(ctx, events)
	b.forgetClients()
	if err != nil {
		b.refuseAdded()
	}
	for _, v := range b.byID {
		v.added = 0
	}
	return receipt, err
}

// refuseAdded books the events that were added as such that could not be made
// durable.
func (b *Batch) refuseAdded() {
	for id, v := range b.byID {
		if v.added > 0 {
			b.refused[refusedKey{id, holdfast.RefusedUnavailable}] += v.added
		}
	}
}

func (b *Batch) hand(ctx context.Context, events []holdfast.Event) (holdfast.Receipt, error) {
	b.token = ""
	byClient := b.terms.Token && len(events) > 0 && events[0].Visitor == 0 && len(b.claims) == 0
	if err := b.identify(events); err != nil {
		b.forgetSalts() // some were asked for in vain
		return holdfast.Receipt{}, err
	}
	token := ""
	if byClient {
		token = b.tokenOf(&events[0])
	}
	b.c.budget.apply(b, events)
	n := len(events)
	receipt, err := b.c.Sink.Accept(ctx, events)
	if err != nil {
		return holdfast.Receipt{}, fmt.Errorf("accept %d events: %w", n, err)
	}
	b.token = token
	return receipt, nil
}

// visit returns what is known of the site with this name, or nil.
func (b *Batch) visit(name string) *visited {
	if name == "" || len(name) > maxHost {
		return nil
	}
	if v := b.last; v != nil && v.site.Name == name {
		return v
	}
	if v, ok := b.sites[name]; ok {
		b.last = v
		return v
	}
	site, ok := b.c.Sites.Site(name)
	if !ok {
		site, ok = b.c.Sites.Site(BareHost(strings.ToLower(name)))
	}
	if !ok {
		return nil
	}
	v, ok := b.byID[site.ID]
	if !ok {
		v = &visited{site: site, rule: b.terms.ruleFor(site.ID)}
		b.byID[site.ID] = v
	}
	b.sites[own(name)] = v
	b.last = v
	return v
}

// siteByID returns what is known of the site of an event of the batch.
func (b *Batch) siteByID(id holdfast.SiteID) *visited {
	if b.last == nil || b.last.site.ID != id {
		b.last = b.byID[id]
	}
	return b.last
}

// dayOf returns the site day of t.
func (v *visited) dayOf(t holdfast.Millis) holdfast.Day {
	if t < v.from || t >= v.to {
		v.day = v.site.Day(t)
		v.from, v.to = v.site.Bounds(v.day)
	}
	return v.day
}

// view returns a string that shares the memory of p.
func view(p []byte) string { return unsafe.String(unsafe.SliceData(p), len(p)) }
