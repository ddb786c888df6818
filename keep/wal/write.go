package wal

import (
	"runtime"

	"holdfast"
	"holdfast/internal/fsx"
)

// group is what is written at once: whole batches.
type group struct {
	batches []*batch
	bytes   int // of its frames
	handle  fsx.File
	end     point // behind its last record
}

// first returns the number of the group's first record.
func (g *group) first() holdfast.Seq { return g.batches[0].records[0].Seq }

const (
	// A group does not grow beyond this, unless a single batch does.
	groupBytes = 4 << 20
	// While a sync is under way, less than this waits for its end: many small
	// writes cost more than the one they make.
	gatherBytes = 128 << 10
)

// writer is the state of the writer goroutine.
type writer struct {
	file   *file    // nil: the next group begins one
	handle fsx.File // of file
	seed   uint32
	at     point // where the next frame goes in file
	full   int64 // no group is put into file that would end behind

	next holdfast.Seq    // the number of the next record
	time holdfast.Millis // of the last record
	buf  []byte
	down bool // the last try to begin a file failed

	// Of the time before the log was opened.
	carry       []frame // records not known to be synced, to be rewritten
	carryBefore point
	inherited   *file // the last file then, which ends at inheritedEnd
	inheritEnd  int64
}

// writeStage is the writer goroutine: it gathers what waits and writes it,
// and begins new files.
func (l *Log) writeStage() {
	defer l.stages.Done()
	for {
		again := l.await()
		if !again {
			break
		}
		// Those whom the last commit woke come back at about the same time: let
		// them, or the first would be written and synced alone.
		runtime.Gosched()
		l.put(l.gather())
	}
	l.finish()
	l.mu.Lock()
	l.writerDone = true
	l.toSync.Signal()
	l.mu.Unlock()
}

// readyToWrite says whether the writer should write what is pending now.
// It is called under mu.
func (l *Log) readyToWrite() bool {
	if len(l.pending) == 0 {
		return false
	}
	idle := !l.busy && len(l.written) == 0
	return idle || l.closing || l.pendingBytes >= gatherBytes
}

// await waits for something to write, or for a sync to fail. It returns false
// once the log is closing and all is done.
func (l *Log) await() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.failed == nil && !l.readyToWrite() {
		if l.closing && len(l.pending) == 0 && len(l.written) == 0 && !l.busy {
			return false
		}
		l.toWrite.Wait()
	}
	return true
}

// gather makes a group of what is pending, or returns nil if a sync failed.
func (l *Log) gather() *group {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil || len(l.pending) == 0 {
		return nil
	}
	return l.take()
}

// take makes a group of what is pending. It is called under mu.
func (l *Log) take() *group {
	g := &group{}
	n := 0
	for n < len(l.pending) && (n == 0 || g.bytes+l.pending[n].bytes <= groupBytes) {
		g.bytes += l.pending[n].bytes
		n++
	}
	g.batches = append(make([]*batch, 0, n), l.pending[:n]...)
	rest := copy(l.pending, l.pending[n:])
	clear(l.pending[rest:])
	l.pending = l.pending[:rest]
	l.pendingBytes -= g.bytes
	return g
}

// put writes g, or if it is nil or cannot be written, rewrites all that is not
// durable into a new file.
func (l *Log) put(g *group) {
	w := &l.w
	if g != nil {
		l.number(g)
		if w.file != nil && g.first() == w.at.seq+1 && w.at.off+int64(g.bytes) <= w.full {
			err := l.writeGroup(g)
			if err == nil {
				l.mu.Lock()
				l.written = append(l.written, g)
				l.toSync.Signal()
				l.mu.Unlock()
				return
			}
			l.poison(err)
		}
	}
	groups := l.settle()
	if g != nil {
		groups = append(groups, g)
	}
	if len(groups) > 0 {
		l.renew(groups)
	}
}

// number gives the group's records their numbers and time.
func (l *Log) number(g *group) {
	w := &l.w
	w.time = max(w.time, holdfast.MillisOf(l.o.Now()))
	for _, b := range g.batches {
		for i := range b.records {
			b.records[i].Seq, b.records[i].Time = w.next, w.time
			w.next++
		}
	}
}

// writeGroup writes g behind what is in the writer's file.
func (l *Log) writeGroup(g *group) error {
	w := &l.w
	l.mu.Lock()
	synced := l.durable.off
	l.mu.Unlock()
	buf, end := encodeGroup(w.buf[:0], w.seed, w.at, synced, g)
	w.keep(buf)
	if _, err := w.handle.WriteAt(buf, w.at.off); err != nil {
		return err
	}
	w.at = end
	g.handle, g.end = w.handle, end
	return nil
}

// keep keeps a buffer for the next group, unless it is unusually large.
func (w *writer) keep(buf []byte) {
	w.buf = buf
	if cap(buf) > 2*groupBytes {
		w.buf = nil
	}
}

// encodeGroup appends the frames of g, which go to at, and returns where they
// end.
func encodeGroup(buf []byte, seed uint32, at point, synced int64, g *group) ([]byte, point) {
	begin := len(buf)
	for _, b := range g.batches {
		for i := range b.records {
			r := &b.records[i]
			f := frame{
				length: uint32(len(r.Payload)), seq: r.Seq, time: r.Time,
				synced: synced, typ: r.Type, payload: r.Payload,
			}
			if b.packed != nil && b.packed[i] != nil {
				f.payload, f.flags = b.packed[i], frameZstd
			}
			if i+1 < len(b.records) {
				f.flags |= frameMore
			}
			buf, at.chain = appendFrame(buf, seed, at.chain, &f)
			at.seq = r.Seq
		}
	}
	at.off += int64(len(buf) - begin)
	at.linked = true
	return buf, at
}

// poison gives up the writer's file for ever: after a failed write or sync
// nothing that a later call says about it can be trusted.
func (l *Log) poison(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = err
}

// settle waits until no sync is under way and none is needed. If the file was
// poisoned it is left, and all groups that are not durable are returned.
func (l *Log) settle() []*group {
	w := &l.w
	l.mu.Lock()
	for l.busy || l.failed == nil && len(l.written) > 0 {
		l.toWrite.Wait()
	}
	err := l.failed
	var groups []*group
	if err != nil {
		groups = append(append(groups, l.syncing...), l.written...)
		l.syncing, l.written, l.failed = nil, nil, nil
		w.file.whole = false
	}
	l.mu.Unlock()
	if err != nil {
		l.o.Log.Error("log file poisoned", "file", w.file.shown, "at", w.at.off, "error", err)
		l.leaveFile()
	}
	return groups
}

func (l *Log) leaveFile() {
	w := &l.w
	if w.file == nil {
		return
	}
	if err := w.file.release(); err != nil {
		l.o.Log.Warn("close log file", "file", w.file.shown, "error", err)
	}
	w.file, w.handle = nil, nil
}

// finish ends the writer's file: with a mark that says that all in it was
// synced, so that damage to the last record is not taken for a torn write.
func (l *Log) finish() {
	w := &l.w
	if w.file == nil {
		return
	}
	f := frame{seq: w.at.seq + 1, time: w.time, synced: w.at.off, typ: typeMark}
	buf, _ := appendFrame(w.buf[:0], w.seed, w.at.chain, &f)
	_, err := w.handle.WriteAt(buf, w.at.off)
	if err == nil {
		err = w.handle.Datasync()
	}
	if err != nil {
		l.o.Log.Warn("mark the end of a log file", "file", w.file.shown, "error", err)
	}
	l.leaveFile()
}
