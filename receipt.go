package holdfast

import "context"

// Seq numbers the records of a store's log, from 1, without gaps.
type Seq uint64

// Receipt says where in its store's log a batch of events is durable.
//
// A batch of which every event had been kept before is receipted with the
// place by which the earlier ones were durable, and a Count of 0; to the
// client it looks no different.
type Receipt struct {
	Seq   Seq // the record that holds them
	Count int // events of the batch that the record holds
}

// Fate is how far a receipted batch has come.
type Fate string

// The fates. Of the first four each includes the ones before.
const (
	Kept    Fate = "kept"     // synced to the log
	Sealed  Fate = "sealed"   // in a file
	Shipped Fate = "shipped"  // in a second place
	Proved  Fate = "proved"   // restored from there, and compared
	NotOurs Fate = "not ours" // no receipt of this store
	Missing Fate = "missing"  // a receipt of this store for what it does not have: it is older than it was
)

// Sink takes events and keeps them.
type Sink interface {
	// Accept returns once the events are durable, all or none of them. It may
	// be called by many goroutines at once. Events with an id that the sink
	// already has are not kept again, which is no error.
	//
	// A nil error is a promise that survives any crash. On ErrUnavailable
	// nothing was promised and the caller may retry. The events belong to the
	// sink from the call on.
	Accept(ctx context.Context, events []Event) (Receipt, error)
}
