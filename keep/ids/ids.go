package ids

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"sync"

	"holdfast"
	"holdfast/internal/fsx"
)

// DefaultFilterBytes is the memory for filters, enough for 53 million ids.
const DefaultFilterBytes = 64 << 20

// Options says where an index finds its files.
type Options struct {
	FS  fsx.FS
	Dir string // of the .ids files
	// FilterBytes bounds the memory of filters; 0 is DefaultFilterBytes, below
	// 0 there are none. Files that get none are read for every new id, two or
	// three blocks each, so the budget goes to the smallest files first: that
	// leaves the fewest without.
	FilterBytes int64
	// Damaged, if set, is told of files found damaged while a filter was made
	// from them. It is called by a goroutine of the index and must not wait
	// for it.
	Damaged func(name string, err error)
}

// File is a file of ids that the index asks.
type File struct {
	Name string          // within the index's folder
	Site holdfast.SiteID // whose ids it holds; 0: of several sites
}

// Index knows the ids of a store. All methods may be called by many goroutines
// at once.
type Index struct {
	o       Options
	handles fsx.Handles

	mu       sync.Mutex
	active   *set              // ids since the last Freeze
	frozen   []*set            // ids before it that may not be in a file yet
	pending  map[uint64]*Claim // ids of unsettled claims
	files    []*file           // replaced, never changed
	building bool              // a goroutine makes filters
	closed   bool
	built    sync.WaitGroup
}

// New returns an index that knows no ids.
func New(o Options) *Index {
	if o.FilterBytes == 0 {
		o.FilterBytes = DefaultFilterBytes
	}
	return &Index{o: o, active: new(set), pending: map[uint64]*Claim{}}
}

// Load makes ids known that were found in the log.
func (x *Index) Load(ids []holdfast.EventID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, id := range ids {
		if id != 0 {
			x.active.add(uint64(id))
		}
	}
}

// Freeze marks the ids now in memory as those of the seal that begins, which
// Replace may drop once they are in files. It must be called before the seal
// chooses the log record up to which it goes, so that whatever was kept until
// now is in the sealed files; what is kept later stays in memory.
func (x *Index) Freeze() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.active.n > 0 {
		x.frozen = append(x.frozen, x.active)
		x.active = new(set)
	}
}

// Opened are files that are ready to be asked, by an index that does not ask
// them yet. They are given to Swap, or closed.
type Opened []*file

// Open opens files for Swap. A damaged one is a *holdfast.DamagedError.
func (x *Index) Open(files []File) (Opened, error) {
	opened := make(Opened, 0, len(files))
	for _, f := range files {
		fl, err := x.openFile(f)
		if err != nil {
			opened.Close()
			return nil, err
		}
		opened = append(opened, fl)
	}
	return opened, nil
}

// Close lets go of the files.
func (o Opened) Close() {
	for _, f := range o {
		f.handle.Close()
	}
}

// Replace puts files in the place of others, as Swap does. On an error nothing
// has changed.
func (x *Index) Replace(add, remove []File, dropFrozen bool) error {
	opened, err := x.Open(add)
	if err != nil {
		return err
	}
	x.Swap(opened, remove, dropFrozen)
	return nil
}

// Swap puts files in the place of others; dropFrozen lets go of the ids in
// memory up to the last Freeze, because added files hold them. A file that is
// both removed and added is opened anew. Removed files may be deleted as soon
// as it returns. It cannot fail: what depends on it may be made durable before.
func (x *Index) Swap(add Opened, remove []File, dropFrozen bool) {
	Opened(x.swap(add, remove, dropFrozen)).Close()
}

// swap changes the set of files, and returns those that went.
func (x *Index) swap(added []*file, remove []File, dropFrozen bool) (gone []*file) {
	x.mu.Lock()
	defer x.mu.Unlock()
	files := make([]*file, 0, len(x.files)+len(added))
	for _, f := range x.files {
		if slices.ContainsFunc(remove, func(r File) bool { return r.Name == f.Name }) {
			gone = append(gone, f)
		} else {
			files = append(files, f)
		}
	}
	x.files = append(files, added...)
	if dropFrozen {
		x.frozen = nil
	}
	x.planFiltersLocked()
	return gone
}

// Close stops what the index does by itself and closes its files.
func (x *Index) Close() error {
	x.mu.Lock()
	x.closed = true
	files := x.files
	x.mu.Unlock()
	x.built.Wait()
	for _, f := range files {
		f.handle.Close()
	}
	return nil
}

func (x *Index) currentFiles() []*file {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.files
}

// Stats is what an index takes.
type Stats struct {
	InMemory    int   // ids in memory
	MemoryBytes int64 // what they take
	Pending     int   // ids of unsettled claims
	Files       int
	InFiles     int64 // ids in files
	FilterBytes int64
	Unfiltered  int // files that have ids and no filter
}

// Stats counts.
func (x *Index) Stats() Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := Stats{Pending: len(x.pending), Files: len(x.files)}
	for _, g := range append(slices.Clone(x.frozen), x.active) {
		s.InMemory += g.n
		s.MemoryBytes += g.bytes()
	}
	for _, f := range x.files {
		s.InFiles += f.count
		if f.filter.Load() != nil {
			s.FilterBytes += filterBytes(f.count)
		} else if f.count > 0 {
			s.Unfiltered++
		}
	}
	return s
}

// planFiltersLocked decides which files have a filter, lets go of the others'
// and has the missing ones made.
func (x *Index) planFiltersLocked() {
	missing := false
	budget := x.o.FilterBytes
	bySize := slices.Clone(x.files)
	slices.SortStableFunc(bySize, func(a, b *file) int { return cmp.Compare(a.count, b.count) })
	for _, f := range bySize {
		f.wanted = f.count > 0 && filterBytes(f.count) <= budget
		if f.wanted {
			budget -= filterBytes(f.count)
			missing = missing || f.filter.Load() == nil
		} else {
			f.filter.Store(nil)
		}
	}
	if missing && !x.building && !x.closed {
		x.building = true
		x.built.Go(x.buildFilters)
	}
}

// buildFilters makes filters until no file lacks one. Lookups go on meanwhile
// and read the files.
func (x *Index) buildFilters() {
	for {
		f := x.nextToFilter()
		if f == nil {
			return
		}
		filter, err := x.buildFilter(f)
		x.mu.Lock()
		if f.wanted && err == nil {
			f.filter.Store(filter)
		}
		f.unreadable = err != nil
		damaged := err != nil && slices.Contains(x.files, f)
		x.mu.Unlock()
		if damaged && x.o.Damaged != nil && errors.Is(err, holdfast.ErrDamaged) {
			x.o.Damaged(f.Name, err)
		}
	}
}

func (x *Index) nextToFilter() *file {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, f := range x.files {
		if !x.closed && f.wanted && !f.unreadable && f.filter.Load() == nil {
			return f
		}
	}
	x.building = false
	return nil
}

var errClosed = errors.New("the index is closed")

func (x *Index) buildFilter(f *file) (*filter, error) {
	in, err := f.handle.Acquire()
	if err != nil {
		return nil, err
	}
	defer f.handle.Release()
	filter := newFilter(f.count)
	err = f.each(in, f.path, func(block blockIDs) bool {
		for i := range block.len() {
			filter.add(block.at(i))
		}
		return !x.isClosed()
	})
	if err == nil && x.isClosed() {
		err = errClosed
	}
	return filter, err
}

func (x *Index) isClosed() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.closed
}

// Verify reads all of a file and says what does not hold.
func Verify(fsys fsx.FS, dir, name string) error {
	return Read(fsys, dir, name, func([]holdfast.EventID) error { return nil })
}

// Read gives fn the ids of a file, ascending, block by block, each checked.
// The slice is good until fn returns.
func Read(fsys fsx.FS, dir, name string, fn func([]holdfast.EventID) error) error {
	name = path.Join(dir, name)
	in, err := fsys.Open(name)
	if err != nil {
		return fmt.Errorf("open ids %s: %w", name, err)
	}
	defer in.Close()
	l, err := readHead(in, name)
	if err != nil {
		return err
	}
	var ids []holdfast.EventID
	var failed error
	err = l.each(in, name, func(block blockIDs) bool {
		ids = ids[:0]
		for i := range block.len() {
			ids = append(ids, holdfast.EventID(block.at(i)))
		}
		failed = fn(ids)
		return failed == nil
	})
	return errors.Join(err, failed)
}
