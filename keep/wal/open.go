package wal

import (
	"errors"
	"fmt"
	"path"

	"golang.org/x/sync/semaphore"

	"holdfast"
	"holdfast/internal/fsx"
)

// Recovery says what Open found.
type Recovery struct {
	Last    holdfast.Seq // the last record
	Carried int          // records not known to have been synced, written once more into a new file
	Torn    *Torn        // what was cut off, if anything
	Gaps    []*GapError  // damage found: in headers, and in the last file
}

// Torn is the unsynced end of the log's last file.
type Torn struct {
	File   string
	Offset int64
	Bytes  int64  // as far as can be told
	Kept   string // the file that they are in now; "" if that failed
}

// Open opens the log in o.Dir, which it makes if there is none, and recovers
// its tail. It fails only for files of another store or a newer version, or if
// the folder cannot be read; a log that cannot be written to opens, and
// refuses records until it can.
func Open(o Options) (*Log, Recovery, error) {
	o.complete()
	l := &Log{
		o: o, inFlight: semaphore.NewWeighted(maxInFlight),
		spareWant: make(chan struct{}, 1), spareStop: make(chan struct{}),
	}
	l.batches.New = func() any { return &batch{done: make(chan error, 1)} }
	l.toWrite.L, l.toSync.L, l.toCommit.L = &l.mu, &l.mu, &l.mu
	rec, err := l.recover()
	if err != nil {
		return nil, Recovery{}, fmt.Errorf("open log %s: %w", o.FS.Path(o.Dir), err)
	}
	if l.enc, err = newEncoder(); err != nil {
		return nil, Recovery{}, err
	}
	l.stages.Add(4)
	go l.writeStage()
	go l.syncStage()
	go l.commitStage()
	go l.spareStage()
	return l, rec, nil
}

// Close writes what was appended before, and ends the log. Cursors may be read
// to the durable end.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return ErrClosed
	}
	l.closing = true
	l.toWrite.Signal()
	l.mu.Unlock()
	close(l.spareStop)
	l.stages.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	if l.moved != nil {
		close(l.moved)
		l.moved = nil
	}
	return nil
}

// recover reads the folder and brings the log to where it can go on.
func (l *Log) recover() (Recovery, error) {
	if err := fsx.MkdirAll(l.o.FS, l.o.Dir, 0o700); err != nil {
		return Recovery{}, err
	}
	files, err := listFiles(l.o.FS, l.o.Dir, l.o.Store)
	if err != nil {
		return Recovery{}, err
	}
	if err := l.clean(); err != nil {
		l.o.Log.Warn("clean the log's folder", "error", err)
	}
	l.files = files
	rec := Recovery{Gaps: headerGaps(files)}
	end := tail{point: point{linked: true}}
	if n := len(files); n > 0 {
		end, err = readTail(l.o.FS, files[n-1])
		if err != nil {
			return Recovery{}, err
		}
		rec.Gaps = append(rec.Gaps, end.gaps...)
	}
	if l.o.AtLeast > end.seq {
		rec.Gaps = append(rec.Gaps, l.missing(end))
		end.jumpTo(l.o.AtLeast)
	}
	rec.Torn = l.keepTorn(&end)
	l.resume(&end)
	rec.Last, rec.Carried = l.last, len(end.carry)
	return rec, nil
}

// missing describes records known from elsewhere that the log does not have.
func (l *Log) missing(end tail) *GapError {
	e := &holdfast.DamagedError{
		File: l.o.FS.Path(l.o.Dir), Offset: end.off,
		What: fmt.Sprintf("the log ends with record %d, and had %d", end.seq, l.o.AtLeast),
	}
	if n := len(l.files); n > 0 {
		e.File = l.files[n-1].shown
		l.files[n-1].damaged = true
	}
	return &GapError{From: end.seq + 1, To: l.o.AtLeast, Err: e}
}

// resume sets the log to go on behind end: in a new file, which is made at
// once if there are records to carry over and at the first Append otherwise.
func (l *Log) resume(end *tail) {
	w := &l.w
	w.next, w.time = end.seq+1, end.time
	w.carry, w.carryBefore = end.carry, end.carryBefore
	l.last, l.lastOff = end.seq, end.off
	l.durable = end.point
	if n := len(l.files); n > 0 && end.trim {
		w.inherited, w.inheritEnd = l.files[n-1], end.off
	}
	if len(w.carry) == 0 {
		l.wantSpare()
		return
	}
	if err := l.carryOver(); err != nil {
		// They are served from where they are, and the first Append tries again.
		_ = syncFile(l.o.FS, l.files[len(l.files)-1].path)
		l.notice(err)
	}
}

// clean removes what an earlier process left unfinished.
func (l *Log) clean() error {
	entries, err := l.o.FS.ReadDir(l.o.Dir)
	if err != nil {
		return err
	}
	err = l.findSpare()
	for _, e := range entries {
		if path.Ext(e.Name()) == fsx.TempSuffix {
			err = errors.Join(err, ignoreMissing(l.o.FS.Remove(path.Join(l.o.Dir, e.Name()))))
		}
	}
	return err
}

// headerGaps describes damaged headers. One damaged copy costs nothing; with
// both, the file cannot be read. What that means for the last file, readTail
// says.
func headerGaps(files []*file) []*GapError {
	var gaps []*GapError
	for i, f := range files {
		switch {
		case f.headerDamage == nil:
		case !f.bad:
			gaps = append(gaps, &GapError{From: 1, To: 0, Err: f.headerDamage})
		case i+1 < len(files):
			gaps = append(gaps, &GapError{From: f.first, To: files[i+1].first - 1, Err: f.headerDamage})
		}
	}
	return gaps
}
