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
	if err := s.checkOpen(ctx); err != nil {
		return holdfast.Receipt{}, err
	}
	if err := s.checkRoom(); err != nil {
		return holdfast.Receipt{}, err
	}
	claims, fresh, err := s.claim(events)
	if err != nil {
		return holdfast.Receipt{}, fmt.Errorf("look up event ids: %w", errors.Join(err, holdfast.ErrUnavailable))
	}
	defer claims.drop() // what was not kept by then
	receipt := holdfast.Receipt{Seq: s.log.Last()}
	if len(fresh) > 0 {
		if receipt, err = s.record(ctx, fresh); err != nil {
			return holdfast.Receipt{}, err
		}
		claims.keep()
	}
	if err := claims.wait(ctx); err != nil {
		return holdfast.Receipt{}, err
	}
	claims.countDuplicates(&s.tallies, s.now())
	return receipt, nil
}

// checkRoom refuses when sealing lags so far behind that memory would grow.
func (s *Store) checkRoom() error {
	s.mu.RLock()
	table, sealing := s.active, s.frozen != nil
	s.mu.RUnlock()
	if sealing && (table.Len() >= 2*s.o.SealRows || table.Bytes() >= 2*sealBytes) {
		return fmt.Errorf("rows come faster than they can be sealed: %w", holdfast.ErrUnavailable)
	}
	return nil
}

// record brings events into the log.
func (s *Store) record(ctx context.Context, events []holdfast.Event) (holdfast.Receipt, error) {
	tallies := s.tallies.take()
	var records []wal.Record
	for chunk := range slices.Chunk(events, batchEvents) {
		batch := &record.Batch{Events: chunk}
		if len(records) == 0 {
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

// claim claims the ids of events, and returns the events that are new.
func (s *Store) claim(events []holdfast.Event) (claims, []holdfast.Event, error) {
	if !slices.ContainsFunc(events, func(e holdfast.Event) bool { return e.ID != 0 }) {
		return nil, events, nil
	}
	bySite := make(map[holdfast.SiteID][]int)
	var sites []holdfast.SiteID
	for i := range events {
		if bySite[events[i].Site] == nil {
			sites = append(sites, events[i].Site)
		}
		bySite[events[i].Site] = append(bySite[events[i].Site], i)
	}
	var held claims
	fresh := make([]bool, len(events))
	for _, site := range sites {
		at := bySite[site]
		list := make([]holdfast.EventID, len(at))
		for i, e := range at {
			list[i] = events[e].ID
		}
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
	kept := events[:0]
	for i := range events {
		if fresh[i] {
			kept = append(kept, events[i])
		}
	}
	return held, kept, nil
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
