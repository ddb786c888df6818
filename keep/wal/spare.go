package wal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"time"

	"holdfast/internal/fsx"
)

// spareRetry is how long the maker of spares waits after a failure: most
// likely the disk is full.
const spareRetry = 10 * time.Second

// spareStage is the goroutine that makes the next file ahead of need: filled
// with zeros and synced, so that later syncs have no blocks to allocate and no
// size to record.
func (l *Log) spareStage() {
	defer l.stages.Done()
	var retry <-chan time.Time
	for {
		select {
		case <-l.spareStop:
			return
		case <-l.spareWant:
		case <-retry:
		}
		retry = nil
		if err := l.makeSpare(); err != nil && !errors.Is(err, ErrClosed) {
			l.o.Log.Warn("make spare log file", "error", err)
			retry = time.After(spareRetry)
		}
	}
}

// wantSpare asks for a spare. It never waits.
func (l *Log) wantSpare() {
	select {
	case l.spareWant <- struct{}{}:
	default: // asked for already
	}
}

func (l *Log) sparePath() string { return path.Join(l.o.Dir, spareName) }

func (l *Log) makeSpare() error {
	if l.hasSpare() {
		return nil
	}
	temp := path.Join(l.o.Dir, sparing)
	if err := l.fill(temp); err != nil {
		return errors.Join(err, ignoreMissing(l.o.FS.Remove(temp)))
	}
	l.spareMu.Lock()
	defer l.spareMu.Unlock()
	if l.spareReady { // one was recycled meanwhile
		return l.o.FS.Remove(temp)
	}
	if err := l.o.FS.Rename(temp, l.sparePath()); err != nil {
		return errors.Join(err, ignoreMissing(l.o.FS.Remove(temp)))
	}
	l.spareReady = true
	return nil
}

func (l *Log) hasSpare() bool {
	l.spareMu.Lock()
	defer l.spareMu.Unlock()
	return l.spareReady
}

// fillBytes is how much of a spare is written between two syncs: a sync of all
// of it at once would keep those of the log waiting behind it.
const fillBytes = 1 << 20

// fill makes a file of zeros. It gives up when the log is closed.
func (l *Log) fill(name string) error {
	f, err := create(l.o.FS, name)
	if err != nil {
		return err
	}
	zeros := make([]byte, min(fillBytes, l.o.FileBytes))
	for at := int64(0); at < l.o.FileBytes; at += int64(len(zeros)) {
		if err := l.fillPiece(f, zeros[:min(int64(len(zeros)), l.o.FileBytes-at)], at); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync %s: %w", l.o.FS.Path(name), err), f.Close())
	}
	return f.Close()
}

func (l *Log) fillPiece(f fsx.File, zeros []byte, at int64) error {
	select {
	case <-l.spareStop:
		return ErrClosed
	default:
	}
	if _, err := f.WriteAt(zeros, at); err != nil {
		return err
	}
	return f.Datasync()
}

// findSpare looks whether an earlier process left a spare.
func (l *Log) findSpare() error {
	if err := ignoreMissing(l.o.FS.Remove(path.Join(l.o.Dir, sparing))); err != nil {
		return err
	}
	info, err := l.o.FS.Stat(l.sparePath())
	if err != nil {
		return ignoreMissing(err)
	}
	if info.Size() < l.o.FileBytes {
		return l.o.FS.Remove(l.sparePath())
	}
	l.spareReady = true
	return nil
}

// openNext opens a file to become f, and returns the name it has until then:
// what was the spare, or if there is none a small new one.
func (l *Log) openNext(h *header, f *file) (handle fsx.File, temp string, err error) {
	temp = f.path + fsx.TempSuffix
	if l.takeSpare(temp) {
		handle, err = l.openSpare(temp, h, f)
	} else {
		handle, err = l.createNext(temp, f)
	}
	return handle, temp, err
}

// takeSpare gives the spare another name, so that from here on it is the
// writer's alone.
func (l *Log) takeSpare(name string) bool {
	l.spareMu.Lock()
	defer l.spareMu.Unlock()
	if !l.spareReady {
		return false
	}
	l.spareReady = false
	if err := l.o.FS.Rename(l.sparePath(), name); err != nil {
		l.o.Log.Warn("take spare log file", "error", err)
		return false
	}
	return true
}

func (l *Log) openSpare(name string, h *header, f *file) (fsx.File, error) {
	handle, err := l.o.FS.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	info, err := handle.Stat()
	if err != nil {
		return nil, errors.Join(err, handle.Close())
	}
	top := make([]byte, headerSize)
	if _, err := handle.ReadAt(top, 0); err != nil {
		return nil, errors.Join(err, handle.Close())
	}
	h.recycled = !isZero(top)
	f.size, f.whole = info.Size(), true
	return handle, nil
}

func (l *Log) createNext(name string, f *file) (fsx.File, error) {
	handle, err := create(l.o.FS, name)
	if err != nil {
		return nil, err
	}
	f.size, f.whole = min(l.o.FileBytes, hastyFileBytes), true
	if err := handle.Preallocate(f.size); err != nil {
		return nil, errors.Join(err, handle.Close(), l.o.FS.Remove(name))
	}
	return handle, nil
}

// recycle makes a file that is no longer in the log the spare, if there is
// none. The folder is synced before the file may be written: its old name must
// never come back with new content.
func (l *Log) recycle(f *file) (bool, error) {
	l.spareMu.Lock()
	defer l.spareMu.Unlock()
	if l.spareReady || !f.whole || f.size < l.o.FileBytes {
		return false, nil
	}
	if err := l.o.FS.Rename(f.path, l.sparePath()); err != nil {
		return false, err
	}
	if err := l.o.FS.SyncDir(l.o.Dir); err != nil {
		return true, err
	}
	l.spareReady = true
	return true, nil
}

func truncate(fsys fsx.FS, name string, size int64) error {
	f, err := fsys.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Close())
}

func syncFile(fsys fsx.FS, name string) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Datasync(), f.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
