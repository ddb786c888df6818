package accesslog

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"holdfast"
	"holdfast/collect"
)

// Store is what an Intake needs of a store.
type Store interface {
	collect.Sites
	collect.Salts
	collect.Hasher
	collect.Books
	// Import keeps events, and says which of them were new; nil: all. On
	// ErrUnavailable it may be called again with the same ones, later.
	Import(ctx context.Context, events []holdfast.Event) (receipt holdfast.Receipt, fresh []bool, err error)
	// Imported keeps of which time an import tells.
	Imported(ctx context.Context, im holdfast.Import) error
}

// Intake makes events of hits. Its methods may be called by many goroutines at
// once.
type Intake struct {
	store   Store
	keeping *collect.Collector
	trying  *collect.Collector
}

var _ Door = (*Intake)(nil)

// NewIntake returns the door into a store.
func NewIntake(store Store, classifier collect.Classifier, now func() time.Time) *Intake {
	o := collect.Options{
		Sites: store, Salts: store, Hasher: store, Books: store, Classifier: classifier, Sink: keeper{store}, Now: now, Rand: rand.Reader,
	}
	in := &Intake{store: store, keeping: collect.New(o)}
	o.Salts, o.Books, o.Sink = noSalts{}, noBooks{}, shower{}
	in.trying = collect.New(o)
	return in
}

// terms are those of whoever may read the store's folder: a line may be of any
// day, and what it tells of is imported.
var terms = collect.Terms{Door: holdfast.DoorLog, Key: &holdfast.Key{Scopes: []holdfast.Scope{holdfast.ScopeImport}}}

// Take implements Door. What is on its way is not given up when ctx ends: the
// store would not know that nobody waits for it.
func (in *Intake) Take(ctx context.Context, hits []Hit, from holdfast.Import) (Taken, error) {
	taken, err := in.take(ctx, hits)
	if err != nil || len(from.Told) == 0 {
		return taken, err
	}
	if err := in.store.Imported(context.WithoutCancel(ctx), from); err != nil {
		return Taken{}, err
	}
	return taken, nil
}

func (in *Intake) take(ctx context.Context, hits []Hit) (Taken, error) {
	taken := Taken{Flagged: map[holdfast.Flag]int64{}}
	b := in.keeping.Batch(terms)
	defer b.Close()
	b.Expect(len(hits))
	taken.Refused = add(b, hits)
	if b.Len() == 0 {
		return taken, nil
	}
	taking := context.WithValue(context.WithoutCancel(ctx), takingKey{}, taking{&taken, ctx.Done()})
	if _, err := b.Accept(taking); err != nil {
		return Taken{}, err
	}
	return taken, nil
}

// Try returns the events that hits would become, and changes nothing. Visitors
// are random.
func (in *Intake) Try(ctx context.Context, hits []Hit) (events []holdfast.Event, refused []Refusal, err error) {
	b := in.trying.Batch(terms)
	defer b.Close()
	refused = add(b, hits)
	if b.Len() > 0 {
		_, err = b.Accept(context.WithValue(ctx, shownKey{}, &events))
	}
	return events, refused, err
}

// add adds hits to a batch, and returns those that are refused.
func add(b *collect.Batch, hits []Hit) (refused []Refusal) {
	reasons := reasons{}
	for i := range hits {
		h := &hits[i]
		in := collect.Input{
			Site: h.Site, Name: holdfast.Pageview, URL: h.URL, Referrer: h.Referrer, UserAgent: h.Agent, Address: h.Address,
			Time: h.Time, Sent: collect.SentTime, ID: h.ID, Size: len(h.URL) + len(h.Referrer) + len(h.Agent),
		}
		if err := b.Add(&in); err != nil {
			refused = append(refused, Refusal{Hit: i, Reason: reasons.of(b), Error: err.Error()})
		}
	}
	return refused
}

// reasons finds out for what reason a batch refused its last event.
type reasons map[holdfast.Reason]int64

func (r reasons) of(b *collect.Batch) holdfast.Reason {
	for _, reason := range []holdfast.Reason{
		holdfast.RefusedTooLarge, holdfast.RefusedNoSite, holdfast.RefusedTime, holdfast.RefusedForbidden, holdfast.RefusedRate,
	} {
		if n := b.Refused(reason); n > r[reason] {
			r[reason] = n
			return reason
		}
	}
	return holdfast.RefusedMalformed
}

// taking is what a call of Take gives to its sink.
type taking struct {
	taken *Taken
	done  <-chan struct{} // nobody waits any more
}

type takingKey struct{}

// keeper is the sink of Take.
type keeper struct{ store Store }

// While the store has no room for those who can wait, it is asked again.
const (
	retryAfter = 100 * time.Millisecond
	retryFor   = 2 * time.Minute
)

func (k keeper) Accept(ctx context.Context, events []holdfast.Event) (holdfast.Receipt, error) {
	to := ctx.Value(takingKey{}).(taking)
	for began := time.Now(); ; {
		receipt, fresh, err := k.store.Import(ctx, slices.Clone(events))
		switch {
		case err == nil:
			to.taken.enter(events, fresh)
			return receipt, nil
		case !errors.Is(err, holdfast.ErrUnavailable) || time.Since(began) > retryFor:
			return receipt, err
		}
		select {
		case <-to.done:
			return receipt, err
		case <-time.After(retryAfter):
		}
	}
}

func (t *Taken) enter(events []holdfast.Event, fresh []bool) {
	for i := range events {
		switch {
		case fresh != nil && !fresh[i]:
			t.Duplicate++
		case events[i].Flag == holdfast.Counted:
			t.Counted++
		default:
			t.Flagged[events[i].Flag]++
		}
	}
}

type shownKey struct{}

// shower, noSalts and noBooks are the store of Try.
type (
	shower  struct{}
	noSalts struct{}
	noBooks struct{}
)

func (shower) Accept(ctx context.Context, events []holdfast.Event) (holdfast.Receipt, error) {
	*ctx.Value(shownKey{}).(*[]holdfast.Event) = events
	return holdfast.Receipt{}, nil
}

func (noSalts) Salt(holdfast.SiteID, holdfast.Day, holdfast.Millis) (salt [16]byte, ok bool, err error) {
	return salt, false, nil
}

func (noSalts) Made(holdfast.SiteID, holdfast.Day) (salt [16]byte, alive, made bool) {
	return salt, false, false
}

func (noBooks) Refused(holdfast.SiteID, holdfast.Reason, int64) {}
