// Package beacon is the door for browsers: POST /api/event, in the format that
// Plausible's script and its like send, and GET /pixel.gif for pages without a
// script.
//
// It needs no key, so anybody may send anything: what is sent is bounded, its
// time is an age and never a date, and the client's address is the
// connection's. It answers 202 once the event is durable. An event that is
// kept and will not be counted, as that of a bot, is answered with 202 too,
// and a header that says so. docs/api.md is its reference.
package beacon

import (
	"context"
	"net/http"
	"sync"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/client"
	"holdfast/collect/door"
	"holdfast/collect/limit"
)

// Options are what a Door works with. Those after Proxies may be left out.
type Options struct {
	Collector *collect.Collector
	Books     collect.Books
	Keys      door.Keys // with one a server may name its visitor's address
	Receipts  door.Sealer
	Networks  *limit.Networks
	Proxies   *client.Proxies

	Endpoint    string        // another path that is answered like /api/event; none
	MaxBody     int64         // bytes, as sent and inflated; 1,000,000
	BodyTime    time.Duration // in which the body must have come; 30 s
	LargeBodies int           // bodies of more than 64 KB that are in memory at once; 16
}

// Door has the handlers.
type Door struct {
	Options
	bodies *door.Bodies
	work   sync.Pool // of *work
}

// New returns the door.
func New(o Options) *Door {
	if o.MaxBody == 0 {
		o.MaxBody = 1_000_000 // as Plausible's
	}
	if o.BodyTime == 0 {
		o.BodyTime = 30 * time.Second
	}
	if o.LargeBodies == 0 {
		o.LargeBodies = 16
	}
	bounds := door.Bounds{Sent: o.MaxBody, Inflated: o.MaxBody, Time: o.BodyTime, Kept: maxKept, Large: o.LargeBodies}
	return &Door{Options: o, bodies: door.NewBodies(bounds), work: sync.Pool{New: func() any { return new(work) }}}
}

// maxKept is the largest body whose memory is kept for the next request.
const maxKept = 64 << 10

// Routes adds the door's routes to a mux.
func (d *Door) Routes(handle func(pattern string, h http.Handler)) {
	handle("POST /api/event", http.HandlerFunc(d.post))
	handle("OPTIONS /api/event", http.HandlerFunc(preflight))
	if d.Endpoint != "" {
		handle("POST "+d.Endpoint, http.HandlerFunc(d.post))
		handle("OPTIONS "+d.Endpoint, http.HandlerFunc(preflight))
	}
	handle("GET /pixel.gif", http.HandlerFunc(d.pixel))
}

// work is the memory that requests use one after the other.
type work struct {
	body    []byte // of the next, to be read into
	decoder decoder
	message message
}

func (d *Door) borrow() *work { return d.work.Get().(*work) }

func (d *Door) giveBack(w *work) {
	w.decoder.json.Release(maxKept)
	w.decoder.sent = [fields]given{}
	w.message.reset()
	d.work.Put(w)
}

// post answers POST /api/event.
func (d *Door) post(w http.ResponseWriter, r *http.Request) {
	allowOrigins(w, r)
	work := d.borrow()
	defer d.giveBack(work)
	body, memory, release, fault := d.bodies.Read(w, r, work.body)
	defer release()
	work.body = memory
	if fault != nil {
		d.Networks.Allow(d.Proxies.Address(r)) // it counts all the same
		d.Books.Refused(0, fault.Reason, 1)
		fault.Write(w)
		return
	}
	m, key := &work.message, d.keyOf(r)
	work.decoder.body(m, body)
	// That of who sends too much is read, too, to know whose numbers are now too
	// low.
	if wait, ok := d.admit(r, m, key); !ok {
		d.refuse(m)
		door.TooMany(wait).Write(w)
		return
	}
	d.complete(m, r, len(body))
	d.answer(w, d.take(r, m, key))
}

// refuse books a message whose network sends too much, as one of the sites it
// is for: the minute of all others stays complete. What could not have been
// good makes no minute partial.
func (d *Door) refuse(m *message) {
	reason := holdfast.RefusedRate
	if len(m.wrong) > 0 {
		reason = m.reason
	}
	if len(m.domains) == 0 {
		d.Books.Refused(0, reason, 1)
	}
	for _, domain := range m.domains {
		if site, ok := d.Collector.Sites.Site(domain); ok {
			d.Books.Refused(site.ID, reason, 1)
		} else {
			d.Books.Refused(0, holdfast.RefusedNoSite, 1)
		}
	}
}

// result is what became of the events of a request.
type result struct {
	stored  int
	flags   []holdfast.Flag // of those stored that are not counted
	refused int64
	rate    int64    // of those refused, the ones over a site's budget
	wrong   problems // what is wrong with those refused
	receipt holdfast.Receipt
	token   string // of the visitor, for the first of the sites
	err     error  // the sink's
}

// take hands the events of a message on, one for each site it is for.
func (d *Door) take(r *http.Request, m *message, key *holdfast.Key) (res result) {
	batch := d.Collector.Batch(collect.Terms{Door: holdfast.DoorBeacon, Token: r.Method == http.MethodPost})
	defer batch.Close()
	if len(m.wrong) > 0 {
		for _, domain := range m.domains {
			batch.Refuse(domain, m.reason)
		}
		if len(m.domains) == 0 {
			batch.Refuse("", m.reason)
		}
		res.wrong = m.wrong
		return res
	}
	peer, country := m.Address, m.Country
	for _, domain := range m.domains {
		m.Site, m.Address, m.Country = domain, peer, country
		if named := d.named(r, key, domain); named.IsValid() {
			m.Address, m.Country = named, "" // the country is the server's
		}
		if err := batch.Add(&m.Input); err != nil {
			res.refused++
			res.wrong.add(fieldOf(err))
		}
	}
	res.rate = batch.Refused(holdfast.RefusedRate)
	res.stored = batch.Len()
	if res.stored == 0 {
		return res
	}
	for i := range res.stored {
		if flag := batch.Flag(i); flag != holdfast.Counted {
			res.flags = append(res.flags, flag)
		}
	}
	// All of the event is here: that its sender does not wait for the answer is
	// no reason not to keep it.
	res.receipt, res.err = batch.Accept(context.WithoutCancel(r.Context()))
	res.token = batch.Token()
	return res
}
