package wal

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"holdfast"
	"holdfast/internal/fsx"
)

// FileInfo describes a file of the log.
type FileInfo struct {
	Name        string       // without folder
	First, Last holdfast.Seq // the records that are to be taken from it; none if Last is before First
	Bytes       int64
	Active      bool // the last file, to which records may be added
	Damaged     bool // found damaged when the log was opened or since
}

// Files describes the files of the log, ascending.
func (l *Log) Files() []FileInfo {
	l.mu.Lock()
	defer l.mu.Unlock()
	infos := make([]FileInfo, len(l.files))
	for i, f := range l.files {
		infos[i] = FileInfo{
			Name: path.Base(f.path), First: f.first, Last: l.lastOf(i),
			Bytes: f.size, Active: i == len(l.files)-1, Damaged: f.damaged,
		}
	}
	return infos
}

// lastOf returns the last record to be taken from file i. It is called under
// mu.
func (l *Log) lastOf(i int) holdfast.Seq {
	if i+1 < len(l.files) {
		return l.files[i+1].first - 1
	}
	return l.last
}

// Remove removes the files all of whose records are up to upTo, except the
// last one, and returns how many. A damaged file is set aside instead. One
// file may be kept to be written again; none is while a cursor reads it.
func (l *Log) Remove(upTo holdfast.Seq) (removed int, err error) {
	l.removing.Lock()
	defer l.removing.Unlock()
	for _, f := range l.detach(upTo) {
		err := l.discard(f)
		if err == nil {
			// One by one, so that a crash leaves no hole between files.
			err = l.o.FS.SyncDir(l.o.Dir)
		}
		if err != nil {
			return removed, fmt.Errorf("remove log file %s: %w", f.shown, err)
		}
		removed++
	}
	return removed, nil
}

// detach takes the files that hold nothing after upTo out of the log.
func (l *Log) detach(upTo holdfast.Seq) []*file {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for n+1 < len(l.files) && l.files[n+1].first-1 <= min(upTo, l.last) {
		n++
	}
	out := slices.Clone(l.files[:n])
	l.files = slices.Delete(l.files, 0, n)
	return out
}

func (l *Log) discard(f *file) error {
	unused := f.leave()
	if l.isDamaged(f) {
		return l.setAside(f)
	}
	if unused {
		if recycled, err := l.recycle(f); recycled || err != nil {
			return err
		}
	}
	return ignoreMissing(l.o.FS.Remove(f.path))
}

// setAside moves a damaged file to where someone may look at it.
func (l *Log) setAside(f *file) error {
	if err := fsx.MkdirAll(l.o.FS, l.o.Aside, 0o700); err != nil {
		return err
	}
	if err := l.o.FS.Rename(f.path, path.Join(l.o.Aside, path.Base(f.path))); err != nil {
		return err
	}
	return errors.Join(l.o.FS.SyncDir(l.o.Aside), l.o.FS.SyncDir(l.o.Dir))
}
