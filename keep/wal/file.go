package wal

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"sync"

	"holdfast"
	"holdfast/internal/fsx"
)

// file is a file of the log. Of its records, those from the next file's first
// on are not part of the log.
type file struct {
	path   string // within the FS
	shown  string // for errors
	first  holdfast.Seq
	header header

	headerDamage *holdfast.DamagedError // of one copy of the header, or both
	bad          bool                   // nothing can be read, because of it

	size    int64
	whole   bool // made by this process, and never failed: may be recycled
	damaged bool // something in it is damaged: it is never deleted, only set aside

	mu sync.Mutex
	// Guarded by mu.
	handle  fsx.File
	holders int  // the writer and cursors
	gone    bool // no longer in the log
}

// errGone says that the file has left the log.
var errGone = errors.New("log file is gone")

// hold returns the open file; release gives it back.
func (f *file) hold(fsys fsx.FS) (fsx.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.handle == nil {
		if f.gone {
			return nil, errGone
		}
		h, err := fsys.Open(f.path)
		if err != nil {
			return nil, err
		}
		f.handle = h
	}
	f.holders++
	return f.handle, nil
}

func (f *file) release() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.holders--; f.holders > 0 {
		return nil
	}
	h := f.handle
	f.handle = nil
	return h.Close()
}

// leave marks a file that is no longer in the log, and says whether nobody has
// it open.
func (f *file) leave() (unused bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone = true
	return f.holders == 0
}

// readHeader reads the header of a log file from the first copy that is whole.
// damaged says which copy is not; both make an error of class ErrDamaged.
func readHeader(f fsx.File, shown string) (h header, damaged *holdfast.DamagedError, err error) {
	b := make([]byte, headerCopy)
	err = errHeader
	for copyAt := int64(0); copyAt < headerSize; copyAt += headerCopy {
		var one header
		n, readErr := f.ReadAt(b, copyAt)
		one, oneErr := decodeHeader(b[:n])
		switch {
		case oneErr == nil:
			h, err = one, nil
		case !errors.Is(oneErr, errHeader):
			return header{}, nil, fmt.Errorf("open log file %s: %w", shown, oneErr)
		default:
			damaged = &holdfast.DamagedError{File: shown, Offset: copyAt, What: "header"}
			if readErr != nil {
				damaged.What = "header: " + readErr.Error()
			}
		}
	}
	if err != nil {
		return header{}, damaged, damaged
	}
	return h, damaged, nil
}

// openFile looks at a file of the log's folder. It fails for files that are
// not this log's; a damaged one is returned as such.
func openFile(fsys fsx.FS, name string, first holdfast.Seq, store [16]byte) (*file, error) {
	f := &file{path: name, shown: fsys.Path(name), first: first}
	h, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	info, err := h.Stat()
	if err != nil {
		return nil, err
	}
	f.size = info.Size()
	f.header, f.headerDamage, err = readHeader(h, f.shown)
	switch {
	case errors.Is(err, holdfast.ErrDamaged):
		f.bad = true
	case err != nil:
		return nil, err
	case f.header.store != store:
		return nil, fmt.Errorf("open log file %s: it belongs to store %x, and this is %x", f.shown, f.header.store, store)
	case f.header.first != first:
		f.bad = true
		f.headerDamage = &holdfast.DamagedError{File: f.shown, What: fmt.Sprintf("header of a file that begins with record %d", f.header.first)}
	}
	f.damaged = f.headerDamage != nil
	return f, nil
}

// listFiles returns the files of the log, ascending.
func listFiles(fsys fsx.FS, dir string, store [16]byte) ([]*file, error) {
	entries, err := fsys.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []*file
	for _, e := range entries {
		first, ok := parseFileName(e.Name())
		if !ok {
			continue
		}
		f, err := openFile(fsys, path.Join(dir, e.Name()), first, store)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b *file) int { return cmp.Compare(a.first, b.first) })
	return files, nil
}

// create makes a file for writing.
func create(fsys fsx.FS, name string) (fsx.File, error) {
	return fsys.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
}
