// Package keep owns a store: a folder with one log, the files that the log's
// events are sealed into, and what is folded from it.
//
// An event is durable when its record in the log is (keep/wal), and can be
// asked about before Accept returns (keep/hot). The sealer moves rows into
// immutable files (keep/segment), the compactor gives every site day a file of
// its own or a place in a shared one. What the store consists of is itself in
// the log (keep/ledger), so that any crash leaves either the old state or the
// new one. A View is the store at one moment; files that a View needs stay
// until it is closed.
package keep

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/catalog"
	"holdfast/keep/checkpoint"
	"holdfast/keep/hot"
	"holdfast/keep/ids"
	"holdfast/keep/ledger"
	"holdfast/keep/record"
	"holdfast/keep/salts"
	"holdfast/keep/segment"
	"holdfast/keep/wal"
)

// Options says how a store is kept. The zero value is what a server wants.
type Options struct {
	Now    func() time.Time // the wall clock
	Random io.Reader
	Log    *slog.Logger
	// ByHand leaves beats, sealing, compaction and the death of salts to
	// explicit calls of Beat and Tend.
	ByHand bool
	// Aside opens the store for a moment, beside the life of its server: the
	// store does not count as alive meanwhile. It implies ByHand.
	Aside bool

	SealRows int           // rows in memory before they are sealed; 0: 1,000,000
	SealAge  time.Duration // age of the oldest of them; 0: 10 minutes
	DayRows  int           // rows from which a site day gets a file of its own; 0: 50,000
	LogBytes int64         // size of a log file; 0: the log's default
}

// Defaults of Options. Ten minutes and a million rows bound what a restart has
// to read from the log; a day of 50,000 rows fills a few pages per column.
const (
	defaultSealRows = 1_000_000
	defaultSealAge  = 10 * time.Minute
	defaultDayRows  = 50_000
)

// sealBytes bounds the memory of rows that wait to be sealed.
const sealBytes = 96 << 20

// cacheBytes bounds the dictionaries and directories that are kept decoded.
const cacheBytes = 64 << 20

// beatEvery is how often a store without events says that it is alive.
const beatEvery = ledger.Silence / 3

// Store is an open store. All methods may be called by many goroutines at
// once.
type Store struct {
	o     Options
	fs    fsx.FS
	owned io.Closer // the folder, if Open opened it
	stamp Stamp
	keys  *keys
	lock  fsx.File

	log     *wal.Log
	catalog *catalog.Catalog
	ledger  *ledger.Ledger
	ids     *ids.Index
	salts   *salts.Salts
	cache   *segment.Cache
	points  struct{ catalog, ledger checkpoint.Folder }

	tallies  tallies
	changing sync.Mutex // held while a change of the catalog is decided and recorded
	tending  sync.Mutex // held while rows are sealed

	compacting sync.Mutex // held while files are rewritten; guards died
	// died says when salts died, in this process. An event that was identified
	// just before may still be on its way; of an earlier process none is.
	died    map[siteDayKey]holdfast.Millis
	closing atomic.Bool
	stop    context.CancelFunc
	loops   sync.WaitGroup
	wake    chan struct{} // tells the sealer that there is much to seal

	mending sync.Mutex // held while a file of ids is made anew

	mu      sync.RWMutex // guards all below: what a View is taken of
	active  *hot.Table
	since   holdfast.Millis // when the first row of active came
	frozen  *frozen
	files   *fileSet
	applied holdfast.Seq    // the last record that is in all of them
	at      holdfast.Millis // its time

	damaged struct {
		sync.Mutex
		found []string // in words
	}
	gaps []record.Damage // of the log, found when it was opened and not entered in the ledger yet
}

// frozen is a table that is being sealed.
type frozen struct {
	table  *hot.Table
	upTo   holdfast.Seq
	failed error // why the last attempt to seal it did
}

// Open opens the store in dir and recovers what a crash may have left.
func Open(dir string, o Options) (*Store, error) {
	fsys, err := fsx.OpenDir(dir)
	if err != nil {
		return nil, holdfast.Hint(fmt.Errorf("open the store: %w", err),
			"is its disk mounted? a new store is made by holdfast init --data %s --site HOST", dir)
	}
	s, err := OpenFS(fsys, o)
	if err != nil {
		fsys.Close()
		return nil, err
	}
	s.owned = fsys
	return s, nil
}

// OpenFS opens the store in a folder.
func OpenFS(fsys fsx.FS, o Options) (_ *Store, err error) {
	s := &Store{o: o.withDefaults(), fs: fsys, wake: make(chan struct{}, 1), active: hot.New(), died: make(map[siteDayKey]holdfast.Millis), cache: segment.NewCache(cacheBytes)}
	if s.stamp, err = ReadStamp(fsys); err != nil {
		return nil, err
	}
	if s.lock, err = lock(fsys); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if s.keys, err = readKeys(fsys, s.stamp.Store); err != nil {
		return nil, err
	}
	if s.salts, err = s.openSalts(); err != nil {
		return nil, err
	}
	if err := s.recover(); err != nil {
		return nil, fmt.Errorf("open the store in %s: %w", fsys.Path("."), err)
	}
	if err := s.start(); err != nil {
		return nil, fmt.Errorf("open the store in %s: %w", fsys.Path("."), err)
	}
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.SealRows == 0 {
		o.SealRows = defaultSealRows
	}
	if o.SealAge == 0 {
		o.SealAge = defaultSealAge
	}
	if o.DayRows == 0 {
		o.DayRows = defaultDayRows
	}
	return o
}

func (s *Store) now() holdfast.Millis { return holdfast.MillisOf(s.o.Now()) }

// Stamp returns who the store is.
func (s *Store) Stamp() Stamp { return s.stamp }

// Catalog returns the store's sites, keys and deals.
func (s *Store) Catalog() *catalog.Catalog { return s.catalog }

// Path returns the path of a file in the store's folder.
func (s *Store) Path(name string) string { return s.fs.Path(name) }

// Site returns the site with this name.
func (s *Store) Site(name string) (*holdfast.Site, bool) { return s.catalog.Site(name) }

// Key returns the key with this token.
func (s *Store) Key(token string) (holdfast.Key, bool) { return s.catalog.Key(token) }

// Salt returns the salt of a site's day that ends at dayEnds; false if it is
// dead.
func (s *Store) Salt(site holdfast.SiteID, day holdfast.Day, dayEnds holdfast.Millis) ([16]byte, bool, error) {
	return s.salts.Salt(site, day, dayEnds)
}

// Made returns the salt of a site's day if one was made, and makes none. It is
// not alive when it is dead.
func (s *Store) Made(site holdfast.SiteID, day holdfast.Day) (salt [16]byte, alive, made bool) {
	return s.salts.Made(site, day)
}

// start says in the log that the store is alive, and begins to tend it.
func (s *Store) start() error {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	if err := s.recordDamage(ctx); err != nil {
		cancel()
		return err
	}
	if s.o.Aside {
		return nil
	}
	if err := s.beat(ctx, started); err != nil {
		cancel()
		return err
	}
	if !s.o.ByHand {
		s.loops.Go(func() { s.every(ctx, beatEvery, nil, "beat", s.Beat) })
		s.loops.Go(func() { s.every(ctx, time.Second, s.wake, "seal", s.sealIfDue) })
		s.loops.Go(func() { s.every(ctx, time.Minute, nil, "compact", s.settle) })
	}
	return nil
}

// every calls do at each tick, and when woken, until ctx is done.
func (s *Store) every(ctx context.Context, period time.Duration, wake <-chan struct{}, what string, do func(context.Context) error) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-wake:
		}
		if err := do(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.Error("store upkeep", "what", what, "err", err)
		}
	}
}

// Tend does what is due: sealing, compaction, the death of salts.
func (s *Store) Tend(ctx context.Context) error {
	if err := s.sealIfDue(ctx); err != nil {
		return err
	}
	return s.settle(ctx)
}

// settle lets salts die, and brings the files of days that are over into
// their lasting form.
func (s *Store) settle(ctx context.Context) error {
	died, err := s.salts.Expire()
	if err != nil {
		return fmt.Errorf("let salts die: %w", err)
	}
	s.noteDeaths(died)
	return s.compactIfDue(ctx)
}

// Close records that the store was stopped and lets go of it. Rows that are
// not sealed stay in the log.
func (s *Store) Close() error {
	if s.closing.Swap(true) {
		return nil
	}
	s.stop()
	s.loops.Wait()
	var err error
	if s.o.Aside {
		err = s.recordTallies(context.Background())
	} else {
		err = s.beat(context.Background(), stopped)
	}
	return errors.Join(err, s.release())
}

// release lets go of all that is open.
func (s *Store) release() error {
	var errs []error
	if s.log != nil {
		errs = append(errs, s.log.Close())
	}
	if s.files != nil {
		s.files.release()
	}
	if s.ids != nil {
		errs = append(errs, s.ids.Close())
	}
	if s.salts != nil {
		errs = append(errs, s.salts.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	if s.owned != nil {
		errs = append(errs, s.owned.Close())
	}
	return errors.Join(errs...)
}
