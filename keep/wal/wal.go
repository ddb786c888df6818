// Package wal is the log: the first place anything reaches, and the only one
// that decides whether it may be acknowledged.
//
// What Append acknowledged, Follow and Read return, after any crash, in the
// order of their sequence numbers. What it did not acknowledge they may or may
// not return. An unsynced tail is cut off and kept aside; damage before it is a
// *GapError with the records it concerns, the file is left as it is, and new
// records go to a new file: yesterday's bad bit never refuses today's events.
//
// The log knows nothing of what its records mean. It takes no lock on its
// folder: whoever opens it makes sure that no other process does.
package wal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sync/semaphore"

	"holdfast"
	"holdfast/internal/fsx"
)

// Type says what a record's payload is.
type Type uint8

// The types of records.
const (
	EventBatch    Type = 1
	Beat          Type = 2
	CatalogChange Type = 3
	LedgerEntry   Type = 4
)

// String returns the type as dumps show it.
func (t Type) String() string {
	switch t {
	case EventBatch:
		return "event batch"
	case Beat:
		return "beat"
	case CatalogChange:
		return "catalog change"
	case LedgerEntry:
		return "ledger entry"
	case typeMark:
		return "closing mark"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// Record is an entry of the log.
type Record struct {
	Seq     holdfast.Seq
	Type    Type            // 1 to 254
	Time    holdfast.Millis // when it was appended; never runs back
	Payload []byte
	// Attached goes with the record from Append to Committed, in this process.
	Attached any
}

// Options say where a log lies and who hears of what becomes durable.
type Options struct {
	FS    fsx.FS
	Dir   string   // the log's folder; "log" if empty
	Aside string   // folder for unsynced tails and damaged files; "damaged" if empty
	Store [16]byte // files of another store are refused

	// FileBytes is the size of a file; 64 MiB if 0.
	FileBytes int64
	// AtLeast is a record known from elsewhere to have been in the log: no
	// number up to it is given again, even if the log has lost it.
	AtLeast holdfast.Seq

	Now  func() time.Time // time.Now if nil
	Rand io.Reader        // for file ids; crypto/rand if nil

	// Committed, if not nil, is given all records that are appended, in order,
	// once durable and before their Append returns and any cursor has them;
	// never concurrently. What the log held when it was opened, Read returns.
	// The slice is the callee's only during the call; payloads and what is
	// attached are its to keep. It must not wait for a cursor or an Append.
	Committed func(records []Record)
	// Synced, if not nil, hears how long each sync took.
	Synced func(d time.Duration)
	Log    *slog.Logger // silent if nil
}

const (
	defaultFileBytes = 64 << 20
	// A file made while no spare is ready is short, so that making it takes
	// milliseconds; by its end there is a spare.
	hastyFileBytes = 4 << 20
	// Payload bytes that may be waiting for their sync; more wait in Append.
	maxInFlight = 128 << 20
)

func (o *Options) complete() {
	if o.Dir == "" {
		o.Dir = "log"
	}
	if o.Aside == "" {
		o.Aside = "damaged"
	}
	if o.FileBytes == 0 {
		o.FileBytes = defaultFileBytes
	}
	o.FileBytes = max(o.FileBytes, headerSize+4096)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// ErrClosed is returned for records appended after Close. It is an
// ErrUnavailable.
var ErrClosed = fmt.Errorf("log is closed: %w", holdfast.ErrUnavailable)

// ErrRemoved says that the records asked for are no longer in the log.
var ErrRemoved = errors.New("removed from the log")

// GapError says that records cannot be read, and why: Err is ErrRemoved, or
// wraps a *holdfast.DamagedError. If To is before From, the damage is known to
// cost no record.
type GapError struct {
	From, To holdfast.Seq
	Err      error
}

func (e *GapError) Error() string {
	if e.To < e.From {
		return e.Err.Error()
	}
	return fmt.Sprintf("records %d to %d: %v", e.From, e.To, e.Err)
}

// Unwrap returns why.
func (e *GapError) Unwrap() error { return e.Err }

// Log is an open log. All methods may be called by many goroutines at once.
//
// Three goroutines carry records from Append to its return: the writer gathers
// what waits and writes it, the syncer makes it durable while the writer
// gathers and writes more, the committer tells Committed and wakes everybody.
// A fourth makes the next file ahead of need.
type Log struct {
	o        Options
	enc      *zstd.Encoder
	inFlight *semaphore.Weighted
	batches  sync.Pool // of *batch
	stages   sync.WaitGroup

	w        writer     // of the writer alone
	removing sync.Mutex // held by Remove

	mu sync.Mutex
	// All below is guarded by mu.

	toWrite, toSync, toCommit sync.Cond // wake the writer, syncer, committer

	closing      bool // no more batches come in
	written      []*group
	pending      []*batch // accepted, not written
	pendingBytes int

	syncing    []*group // being synced; written holds those that wait for it
	busy       bool     // a sync is under way
	failed     error    // the writer's file is poisoned: what is written and not synced must go to another
	durable    point    // the end of what is synced
	writerDone bool

	synced     []*group // durable, not told
	syncerDone bool
	ended      bool // Close is done

	files   []*file       // ascending by first
	last    holdfast.Seq  // durable and told
	lastOff int64         // its end, in the last of files
	moved   chan struct{} // closed when last moves; nil if nobody waits

	spareMu    sync.Mutex
	spareReady bool // guarded by spareMu: there is a file to become the next
	spareWant  chan struct{}
	spareStop  chan struct{}
}

// point is a place in the log: behind record seq.
type point struct {
	seq    holdfast.Seq
	chain  uint64
	linked bool // chain is known
	off    int64
}

// Last returns the last durable record.
func (l *Log) Last() holdfast.Seq {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}
