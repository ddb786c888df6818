// Package events is the door for programs: POST /api/v1/events, by key, with a
// JSON array of events or one event a line (NDJSON).
//
// It answers 202 once all events of the request that are good are durable.
// What is wrong with one costs the others nothing; the answer lists it. The
// door promises "at least once" to who sends again what was not acknowledged,
// and "exactly once" where the events have ids. docs/api.md is its reference.
package events

import (
	"context"
	"errors"
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
	Keys      door.Keys
	Receipts  door.Sealer
	Networks  *limit.Networks // holds back those who come without a good key
	Proxies   *client.Proxies

	MaxBody     int64         // bytes as sent; 10 MB
	MaxInflated int64         // bytes after inflating; 32 MB
	BodyTime    time.Duration // in which the body must have come; 60 s
	Chunk       int           // events that are made durable together; 10,000
	LargeBodies int           // bodies of more than 1 MB that are in memory at once; 8
}

// Door is the handler of POST /api/v1/events.
type Door struct {
	Options
	bodies *door.Bodies
	work   sync.Pool // of *work
}

var _ http.Handler = (*Door)(nil)

// New returns the door.
func New(o Options) *Door {
	o.MaxBody = orElse(o.MaxBody, 10_000_000)
	o.MaxInflated = orElse(o.MaxInflated, 32_000_000)
	o.BodyTime = orElse(o.BodyTime, 60*time.Second)
	o.Chunk = orElse(o.Chunk, 10_000)
	o.LargeBodies = orElse(o.LargeBodies, 8)
	return &Door{
		Options: o,
		bodies: door.NewBodies(door.Bounds{
			Sent: o.MaxBody, Inflated: o.MaxInflated, Time: o.BodyTime, Kept: maxKept, Large: o.LargeBodies,
		}),
		work: sync.Pool{New: func() any { return new(work) }},
	}
}

func orElse[T int | int64 | time.Duration](value, usual T) T {
	if value == 0 {
		return usual
	}
	return value
}

// work is the memory that requests use one after the other.
type work struct {
	body    []byte // of the next, to be read into
	decoder decoder
	input   collect.Input
}

// maxKept is the largest body whose memory is kept for the next request.
const maxKept = 1 << 20

// ServeHTTP takes the events of a request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key, fault := d.authorize(r)
	if fault != nil {
		d.Books.Refused(0, fault.Reason, 1)
		fault.Write(w)
		return
	}
	work := d.work.Get().(*work)
	defer func() {
		work.decoder.release()
		work.input = collect.Input{Props: work.input.Props[:0]}
		d.work.Put(work)
	}()
	body, memory, release, fault := d.bodies.Read(w, r, work.body)
	work.body = memory
	defer release()
	if fault != nil {
		d.Books.Refused(0, fault.Reason, 1)
		fault.Write(w)
		return
	}
	result := d.take(r.Context(), work, body, &key)
	d.answer(w, result)
}

// authorize returns the key that r shows.
func (d *Door) authorize(r *http.Request) (holdfast.Key, *door.Fault) {
	key, known, shown := door.KeyOf(d.Keys, r)
	if known {
		return key, mayNot(&key)
	}
	if wait, ok := d.Networks.Allow(d.Proxies.Address(r)); !ok {
		// Nothing sent without a good key was good: it makes no minute partial.
		fault := door.TooMany(wait)
		fault.Reason = holdfast.RefusedForbidden
		return holdfast.Key{}, fault
	}
	return holdfast.Key{}, door.Unauthorized(shown)
}

// mayNot says so if the key is for sending events to no site at all.
func mayNot(key *holdfast.Key) *door.Fault {
	for _, s := range key.Scopes {
		switch s {
		case holdfast.ScopeOwn, holdfast.ScopeCollect, holdfast.ScopeImport:
			return nil
		}
	}
	return forbidden()
}

// result is what became of the events of a request.
type result struct {
	accepted int
	refused  int64
	unread   int64 // of those refused, the ones at the end that were not looked at
	errors   []lineError
	// Of those refused, the ones that would have been good otherwise.
	forbidden, rate int64
	receipt         holdfast.Receipt
	err             error // the sink's
}

// take hands the events of a body on. Of many events each chunk is made
// durable while the next is read; the receipt is of the last.
func (d *Door) take(ctx context.Context, work *work, body []byte, key *holdfast.Key) (res result) {
	lines := d.lines(ctx, key)
	defer lines.close(&res)
	dec := &work.decoder
	if err := dec.start(body); err != nil {
		lines.batch.Refuse("", holdfast.RefusedMalformed)
		res.refuse(0, err)
		return res
	}
	lines.batch.Expect(min(d.Chunk, len(body)/bytesPerEvent))
	for good := int64(0); ; {
		work.input.Reset()
		line, ok, err := dec.next(&work.input)
		if !ok {
			break
		}
		if err != nil {
			lines.batch.Refuse(work.input.Site, holdfast.RefusedMalformed)
		} else {
			err = lines.batch.Add(&work.input)
		}
		if err != nil {
			if res.refuse(line, err); res.refused > good+maxBad {
				res.unread = dec.left()
				res.refused += res.unread
				lines.batch.RefuseUnread(res.unread)
				break
			}
			continue
		}
		good++
		if lines.batch.Len() >= d.Chunk && !lines.hand(&res) {
			return res
		}
	}
	if lines.batch.Len() > 0 && !lines.hand(&res) {
		return res
	}
	lines.wait(&res)
	return res
}

// maxBad is by how much bad events of a request may outnumber the good ones.
// The rest is not read then: to find out what is wrong takes longer than to
// send it.
const maxBad = 10_000

// bytesPerEvent is how long an event is at least likely to be: room is made for
// as many as a body may hold by that.
const bytesPerEvent = 250

func (r *result) refuse(line int, err error) {
	r.refused++
	if len(r.errors) >= maxErrors {
		return
	}
	e := lineError{Line: line, Error: err.Error()}
	var field *holdfast.FieldError
	if errors.As(err, &field) {
		e.Field, e.Error = field.Field, field.Reason
	}
	r.errors = append(r.errors, e)
}
