package events

import (
	"context"

	"holdfast"
	"holdfast/collect"
)

// lines is how the events of one request get to the sink: two batches, of
// which one is filled while the other is made durable.
type lines struct {
	ctx     context.Context
	door    *Door
	terms   collect.Terms
	batch   *collect.Batch // being filled
	other   *collect.Batch // being made durable, or nil
	pending chan handed    // what becomes of other
	busy    bool
}

type handed struct {
	n       int
	receipt holdfast.Receipt
	err     error
}

func (d *Door) lines(ctx context.Context, key *holdfast.Key) *lines {
	terms := collect.Terms{Door: holdfast.DoorAPI, Key: key}
	// All of the body is here: that its sender does not wait for the answer is
	// no reason not to know what became of it.
	ctx = context.WithoutCancel(ctx)
	return &lines{ctx: ctx, door: d, terms: terms, batch: d.Collector.Batch(terms)}
}

// hand makes the batch durable: at once if it is the whole request, beside the
// reading of the next one if it is not. It says whether to go on.
func (l *lines) hand(res *result) bool {
	n := l.batch.Len()
	if n < l.door.Chunk && l.other == nil {
		receipt, err := l.batch.Accept(l.ctx)
		return res.add(handed{n, receipt, err})
	}
	if !l.wait(res) {
		return false
	}
	if l.other == nil {
		l.other, l.pending = l.door.Collector.Batch(l.terms), make(chan handed, 1)
	}
	l.batch, l.other = l.other, l.batch
	l.batch.Expect(n)
	l.busy = true
	go func(b *collect.Batch) {
		receipt, err := b.Accept(l.ctx)
		l.pending <- handed{n, receipt, err}
	}(l.other)
	return true
}

// wait waits for the batch that is being made durable, if there is one.
func (l *lines) wait(res *result) bool {
	if !l.busy {
		return res.err == nil
	}
	l.busy = false
	return res.add(<-l.pending)
}

func (r *result) add(h handed) bool {
	if h.err != nil {
		r.err = h.err
		return false
	}
	r.accepted += h.n
	if h.receipt.Seq >= r.receipt.Seq {
		r.receipt = h.receipt
	}
	return true
}

// close ends the batches, and counts in res why events were refused.
func (l *lines) close(res *result) {
	l.wait(res)
	for _, b := range []*collect.Batch{l.batch, l.other} {
		if b == nil {
			continue
		}
		res.forbidden += b.Refused(holdfast.RefusedForbidden)
		res.rate += b.Refused(holdfast.RefusedRate)
		b.Close()
	}
}
