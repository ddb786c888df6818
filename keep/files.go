package keep

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"sync"
	"syscall"

	"holdfast"
	"holdfast/keep/ids"
	"holdfast/keep/record"
	"holdfast/keep/segment"
)

// A fileSet is the sealed files a store consists of at one moment. It does not
// change; whoever holds it can read its files until it lets go.
type fileSet struct {
	store *Store
	files []*openFile
	refs  int // guarded by Store.files' lock: setLock
}

// openFile is a sealed file that some set still has.
type openFile struct {
	record.File
	sets int  // how many sets have it; guarded by setLock
	gone bool // no longer part of the store: removed with its last set

	mu      sync.Mutex // guards all below
	reader  *segment.Reader
	err     error           // of opening it: it is damaged, or not there
	bad     bool            // cannot be read in part or at all: it is not rewritten
	days    []siteDayKey    // in it, ascending; nil: not read yet
	part    []partDay       // what else a part's are, one for each
	seen    holdfast.Millis // when it became part of the store, or what waits in it did, in this process
	ripe    holdfast.Millis // when a part should be compacted
	settled bool            // has been looked at, and can have no ordinals yet
}

// partDay is a site day in a part.
type partDay struct {
	rows int64
	over holdfast.Millis // when its rows may leave
}

// setLock guards the counts of all sets and files: they change seldom.
var setLock sync.Mutex

func newFileSet(s *Store) *fileSet { return &fileSet{store: s, refs: 1} }

// add puts a file into a set that nobody else holds yet.
func (fset *fileSet) add(f record.File) {
	setLock.Lock()
	defer setLock.Unlock()
	fset.files = append(fset.files, &openFile{File: f, sets: 1})
}

// hold returns the set for one more holder.
func (fset *fileSet) hold() *fileSet {
	setLock.Lock()
	defer setLock.Unlock()
	fset.refs++
	return fset
}

// release lets go of the set. With their last set, files are closed, and those
// that were replaced removed.
func (fset *fileSet) release() {
	setLock.Lock()
	var over []*openFile
	if fset.refs--; fset.refs == 0 {
		for _, f := range fset.files {
			if f.sets--; f.sets == 0 {
				over = append(over, f)
			}
		}
	}
	setLock.Unlock()
	for _, f := range over {
		f.close()
		if f.gone {
			fset.store.removeFile(f.Name)
		}
	}
}

// with returns the set with files added and others removed, held once.
func (fset *fileSet) with(add []record.File, remove []string, seen holdfast.Millis) *fileSet {
	setLock.Lock()
	defer setLock.Unlock()
	next := &fileSet{store: fset.store, refs: 1}
	for _, f := range fset.files {
		if slices.Contains(remove, f.Name) {
			f.gone = true
			continue
		}
		f.sets++
		next.files = append(next.files, f)
	}
	for _, f := range add {
		next.files = append(next.files, &openFile{File: f, sets: 1, seen: seen})
	}
	return next
}

// open returns the file's reader, opening it at its first use. An error that
// may pass, such as too many open files, is not remembered.
func (s *Store) open(f *openFile) (*segment.Reader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reader == nil && f.err == nil {
		r, err := segment.Open(s.fs, filesDir, segmentFile(f.File), s.cache)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = s.missing(f.Name)
		case err != nil && !isDamaged(err, f.Name):
			return nil, err
		}
		f.reader, f.err = r, err
	}
	return f.reader, f.err
}

func (s *Store) missing(file string) error {
	return &holdfast.DamagedError{File: s.fs.Path(filesDir + "/" + file), What: "the file is not there"}
}

// giveUp leaves a file alone that err says cannot be read, so that the others
// are still brought into their lasting form. It returns false if err is not
// about one of files.
func (s *Store) giveUp(files []*openFile, err error) bool {
	var on *fs.PathError
	sector := errors.As(err, &on) && errors.Is(err, syscall.EIO)
	for _, f := range files {
		if isDamaged(err, f.Name) || sector && path.Base(on.Path) == f.Name {
			s.noteDamage(err)
			f.mu.Lock()
			f.bad = true
			f.mu.Unlock()
			return true
		}
	}
	return false
}

func (f *openFile) isBad() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.bad
}

func (f *openFile) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reader != nil {
		f.reader.Close()
		f.reader = nil
	}
	f.err = errors.New("file was closed")
}

func (s *Store) removeFile(name string) {
	for _, n := range []string{name, idsOf(name)} {
		if err := s.fs.Remove(filesDir + "/" + n); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.o.Log.Warn("remove a replaced file", "file", n, "err", err)
		}
	}
}

// filesChange is an entry of the ledger, and what changes with it in memory.
type filesChange struct {
	files  record.Files
	seen   holdfast.Millis // when the rows of the added files were first seen
	frozen *frozen         // its rows are in the added files
	ids    ids.Opened      // those of the added files
	old    *fileSet        // what they were before, once they changed
}

// swapLocked makes the new files those that questions are answered from.
func (s *Store) swapLocked(c *filesChange) {
	old := s.files
	s.files = old.with(c.files.Add, c.files.Remove, c.seen)
	if c.frozen != nil && s.frozen == c.frozen {
		s.frozen = nil
	}
	var remove []ids.File
	for _, f := range old.files {
		if slices.Contains(c.files.Remove, f.Name) {
			remove = append(remove, idsFile(f.File))
		}
	}
	s.ids.Swap(c.ids, remove, c.frozen != nil)
	c.old = old // whoever made the change releases it: that may remove files
}

// segmentDay is a site day as a file's directory has it.
type segmentDay = segment.SiteDay

// eachSiteDay calls fn for each site day of a file, without its tallies.
func eachSiteDay(r *segment.Reader, fn func(*segmentDay) error) error {
	d, err := r.Directory()
	if err != nil {
		return err
	}
	var failed error
	err = d.Spans(func(day segmentDay) bool {
		failed = fn(&day)
		return failed == nil
	})
	return errors.Join(failed, err)
}

// segmentFile and recordFile turn what the ledger knows of a file into what
// the file's reader wants, and back.
func segmentFile(f record.File) segment.File {
	kind, _ := segment.KindNamed(f.Kind)
	return segment.File{
		Name: f.Name, Kind: kind, Rows: f.Rows, Counted: f.Counted, Bytes: f.Bytes, Hash: f.Hash,
		MinTime: f.MinTime, MaxTime: f.MaxTime, MinDay: f.MinDay, MaxDay: f.MaxDay, Site: f.Site, Hashed: f.Hashed,
	}
}

func recordFile(f segment.File) record.File {
	return record.File{
		Name: f.Name, Kind: f.Kind.String(), Rows: f.Rows, Counted: f.Counted, Bytes: f.Bytes, Hash: f.Hash,
		MinTime: f.MinTime, MaxTime: f.MaxTime, MinDay: f.MinDay, MaxDay: f.MaxDay, Site: f.Site, Hashed: f.Hashed,
	}
}
