package keep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"holdfast"
	"holdfast/keep/ids"
	"holdfast/keep/record"
	"holdfast/keep/wal"
)

// batchEvents is how many events one record of the log holds at most.
const batchEvents = 10_000

// Accept keeps events: it returns once their records are synced, and they can
// be asked about.
func (s *Store) Accept(ctx context.Context, events []holdfast.Event) (holdfast.Receipt, error) {
	receipt, _, err := s.accept(ctx, events, 2*s.o.SealRows, 2*sealBytes)
	return receipt, err
}

// Import is Accept for those who can wait, and want to know which of the
// events were new; nil: all. It is the first to be refused when rows come
// faster than they can be sealed, and leaves room for those who cannot wait.
func (s *Store) Import(ctx context.Context, events []holdfast.Event) (receipt holdfast.Receipt, fresh []bool, err error) {
	return s.accept(ctx, events, s.o.SealRows/2, sealBytes/2)
}

func (s *Store) accept(ctx context.Context, events []holdfast.Event, maxRows int, maxBytes int64) (holdfast.Receipt, []bool, error) {
	if err := s.checkOpen(ctx); err != nil {
		return holdfast.Receipt{}, nil, err
	}
	if err := s.checkRoom(maxRows, maxBytes); err != nil {
		return holdfast.Receipt{}, nil, err
	}
	claims, fresh, err := s.claim(events)
	if err != nil {
		return holdfast.Receipt{}, nil, fmt.Errorf("look up event ids: %w", errors.Join(err, holdfast.ErrUnavailable))
	}
	defer claims.drop() // what was not kept by then
	kept, receipt := only(events, fresh), holdfast.Receipt{}
	if len(kept) > 0 {
		if receipt, err = s.record(ctx, kept); err != nil {
			return holdfast.Receipt{}, nil, err
		}
	}
	claims.keep() // also if all were known: others may wait to hear it
	if err := claims.wait(ctx); err != nil {
		return holdfast.Receipt{}, nil, err
	}
	if len(kept) == 0 {
		receipt.Seq = s.log.Last() // by now those that came first are durable
	}
	claims.countDuplicates(&s.tallies, s.now())
	return receipt, fresh, nil
}

// only returns the events that are fresh, in their old place.
func only(events []holdfast.Event, fresh []bool) []holdfast.Event {
	if fresh == nil {
		return events
	}
	kept := events[:0]
	for i := range events {
		if fresh[i] {
			kept = append(kept, events[i])
		}
	}
	return kept
}

// checkRoom refuses when sealing lags so far behind that memory would grow.
func (s *Store) checkRoom(maxRows int, maxBytes int64) error {
	s.mu.RLock()
	table, sealing := s.active, s.frozen
	var failed error
	if sealing != nil {
		failed = sealing.failed
	}
	s.mu.RUnlock()
	switch {
	case sealing == nil || table.Len() < maxRows && table.Bytes() < maxBytes:
		return nil
	case failed != nil:
		return fmt.Errorf("rows in memory cannot be sealed: %v: %w", failed, holdfast.ErrUnavailable)
	}
	return fmt.Errorf("rows come faster than they can be sealed: %w", holdfast.ErrUnavailable)
}

// record brings events into the log.
func (s *Store) record(ctx context.Context, events []holdfast.Event) (holdfast.Receipt, error) {
	tallies := s.tallies.take()
	var records []wal.Record
	if s.o.Aside && s.ledger.Running() {
		// Its server did not stop, it crashed: these events do not say that it
		// is alive. Together the two are a moment.
		for _, kind := range []record.BeatKind{started, stopped} {
			b := &record.Beat{Kind: kind}
			records = append(records, wal.Record{Type: wal.Beat, Payload: b.Append(nil), Attached: b})
		}
	}
	beats := len(records)
	for chunk := range slices.Chunk(events, batchEvents) {
		batch := &record.Batch{Events: chunk}
		if len(records) == beats {
			batch.Tallies = tallies
		}
		records = append(records, wal.Record{
			Type: wal.EventBatch, Payload: batch.Append(make([]byte, 0, 400*len(chunk))), Attached: batch,
		})
	}
	first, err := s.log.Append(ctx, records...)
	if err != nil {
		s.tallies.putBack(tallies)
		return holdfast.Receipt{}, err
	}
	return holdfast.Receipt{Seq: first + holdfast.Seq(len(records)-1), Count: len(events)}, nil
}

// claims are a batch's holds on the ids of its events, one for each site.
type claims []siteClaim

type siteClaim struct {
	site  holdfast.SiteID
	count int64
	*ids.Claim
}

// siteIDs are the ids of those events of a batch that are of one site.
type siteIDs struct {
	site holdfast.SiteID
	ids  []holdfast.EventID
	at   []int
}

// idsBySite returns them in the order in which sites come.
func idsBySite(events []holdfast.Event) (list []siteIDs) {
	bySite := make(map[holdfast.SiteID]int)
	for i := range events {
		of, ok := bySite[events[i].Site]
		if !ok {
			of, list = len(list), append(list, siteIDs{site: events[i].Site})
			bySite[events[i].Site] = of
		}
		list[of].ids, list[of].at = append(list[of].ids, events[i].ID), append(list[of].at, i)
	}
	return list
}

// claim claims the ids of events, and says which events are new; nil: all.
func (s *Store) claim(events []holdfast.Event) (held claims, fresh []bool, err error) {
	if !slices.ContainsFunc(events, func(e holdfast.Event) bool { return e.ID != 0 }) {
		return nil, nil, nil
	}
	fresh = make([]bool, len(events))
	for _, of := range idsBySite(events) {
		site, at, list := of.site, of.at, of.ids
		c, err := s.ids.Claim(site, list)
		for tries := 0; err != nil && tries < 3 && s.mendIDs(err); tries++ {
			c, err = s.ids.Claim(site, list)
		}
		if err != nil {
			held.drop()
			return nil, nil, err
		}
		sc := siteClaim{site: site, Claim: c}
		for i, e := range at {
			fresh[e] = c.Fresh[i]
			if !c.Fresh[i] {
				sc.count++
			}
		}
		held = append(held, sc)
	}
	return held, fresh, nil
}

func (c claims) keep() {
	for _, claim := range c {
		claim.Keep()
	}
}

func (c claims) drop() {
	for _, claim := range c {
		claim.Drop()
	}
}

func (c claims) wait(ctx context.Context) error {
	for _, claim := range c {
		if err := claim.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c claims) countDuplicates(t *tallies, now holdfast.Millis) {
	for _, claim := range c {
		if claim.count > 0 {
			t.add(claim.site, record.Duplicate, now, claim.count)
		}
	}
}

// Refused enters in the books that a door refused n events of a site, or of
// none known (0).
func (s *Store) Refused(site holdfast.SiteID, reason holdfast.Reason, n int64) {
	s.tallies.add(site, reason, s.now(), n)
}

// tallies are counts of events that left no row, until the next record takes
// them along.
type tallies struct {
	mu     sync.Mutex
	counts map[talliedBy]int64
}

type talliedBy struct {
	site   holdfast.SiteID
	reason holdfast.Reason
	minute int64
}

func (t *tallies) add(site holdfast.SiteID, reason holdfast.Reason, at holdfast.Millis, n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = make(map[talliedBy]int64)
	}
	t.counts[talliedBy{site, reason, int64(at) / 60_000}] += n
}

func (t *tallies) take() []record.Tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.counts) == 0 {
		return nil
	}
	list := make([]record.Tally, 0, len(t.counts))
	for by, n := range t.counts {
		list = append(list, record.Tally{Site: by.site, Reason: by.reason, Minute: by.minute, Events: n})
	}
	t.counts = nil
	return list
}

func (t *tallies) putBack(list []record.Tally) {
	for _, c := range list {
		t.add(c.Site, c.Reason, holdfast.Millis(c.Minute*60_000), c.Events)
	}
}
