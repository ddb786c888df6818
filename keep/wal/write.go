package wal

import (
	"encoding/binary"
	"fmt"
	"io"
	"path"
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

// renew begins a new file with groups, which thereby are durable. If that
// fails they are refused; the next group will try again.
func (l *Log) renew(groups []*group) {
	err := l.carryOver()
	if err == nil {
		err = l.begin(l.end(), nil, groups)
	}
	l.notice(err)
	if err != nil {
		l.refuse(groups, fmt.Errorf("%w: %w", holdfast.ErrUnavailable, err))
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.synced = append(l.synced, groups...)
	l.toCommit.Signal()
}

// notice logs that the log has become unavailable, and that it no longer is.
func (l *Log) notice(err error) {
	w := &l.w
	switch {
	case err != nil && !w.down:
		l.o.Log.Error("log unavailable", "error", err)
	case err == nil && w.down:
		l.o.Log.Info("log available again", "seq", w.at.seq)
	}
	w.down = err != nil
}

func (l *Log) end() point {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.durable
}

func (l *Log) refuse(groups []*group, err error) {
	for _, g := range groups {
		for _, b := range g.batches {
			b.done <- err
		}
	}
	l.w.next = l.end().seq + 1
}

// carryOver rewrites the records that an earlier process left without it being
// known that they are synced.
func (l *Log) carryOver() error {
	w := &l.w
	if len(w.carry) == 0 {
		return nil
	}
	end := l.end()
	if err := l.begin(w.carryBefore, w.carry, nil); err != nil {
		return fmt.Errorf("rewrite %d records found: %w", len(w.carry), err)
	}
	w.carry = nil
	l.mu.Lock()
	defer l.mu.Unlock()
	if end.seq > l.durable.seq {
		l.durable = end // Options.AtLeast says that there were more
	}
	return nil
}

// begin makes a new file that holds frames or groups, which follow record
// before, and makes it the writer's. Under its name the file exists only with
// them in it and synced; and with all that came before synced, in other files.
func (l *Log) begin(before point, frames []frame, groups []*group) error {
	w := &l.w
	id, err := l.newFileID()
	if err != nil {
		return err
	}
	h := header{store: l.o.Store, id: id, first: before.seq + 1, chain: before.chain, linked: before.linked, time: w.time}
	f := &file{path: path.Join(l.o.Dir, fileName(h.first)), first: h.first, holders: 1}
	f.shown = l.o.FS.Path(f.path)
	handle, temp, err := l.openNext(&h, f)
	if err != nil {
		return err
	}
	f.handle, f.header = handle, h

	seed := crcSeed(id)
	at := point{seq: before.seq, chain: before.chain, off: headerSize}
	buf := append(w.buf[:0], h.encode()...)
	for i := range frames {
		frames[i].synced = headerSize
		buf, at.chain = appendFrame(buf, seed, at.chain, &frames[i])
		at.seq, at.off = frames[i].seq, int64(len(buf))
	}
	ends := make([]point, len(groups))
	for i, g := range groups {
		buf, at = encodeGroup(buf, seed, at, headerSize, g)
		ends[i] = at
	}
	at.linked = at.linked || before.linked || len(frames) > 0
	w.keep(buf)
	if named, err := l.establish(handle, temp, f, buf); err != nil {
		l.abandon(f, named, at)
		return fmt.Errorf("begin log file %s: %w", f.shown, err)
	}
	for i, g := range groups {
		g.handle, g.end = handle, ends[i]
	}
	l.leaveFile()
	w.file, w.handle, w.seed, w.at, w.full = f, handle, seed, at, f.size
	f.size = max(f.size, at.off)
	l.enter(f, at)
	return nil
}

func (l *Log) newFileID() (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(l.o.Rand, b[:]); err != nil {
		return 0, fmt.Errorf("draw a file id: %w", err)
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

// establish writes the beginning of a file, syncs it and gives it its name.
func (l *Log) establish(handle fsx.File, temp string, f *file, buf []byte) (named bool, err error) {
	if _, err := handle.WriteAt(buf, 0); err != nil {
		return false, err
	}
	if err := handle.Sync(); err != nil {
		return false, fmt.Errorf("sync: %w", err)
	}
	if err := l.o.FS.Rename(temp, f.path); err != nil {
		return false, err
	}
	return true, l.o.FS.SyncDir(l.o.Dir)
}

// abandon gives up a file that could not be begun. If it has its name already,
// nothing may be added to an older file any more: after a crash it would be
// this one's records that count. The next try has the same name and replaces
// it.
func (l *Log) abandon(f *file, named bool, at point) {
	_ = f.release()
	l.leaveFile()
	if !named {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.files); n > 0 && l.files[n-1].first == f.first {
		l.files[n-1].leave()
		l.files[n-1] = f // it holds what the file had that it replaced
		l.lastOff = at.off
	}
}

// enter puts the writer's new file into the log.
func (l *Log) enter(f *file, at point) {
	l.mu.Lock()
	if n := len(l.files); n > 0 && l.files[n-1].first == f.first {
		l.files[n-1].leave() // f has its name now
		l.files = l.files[:n-1]
	}
	l.files = append(l.files, f)
	l.durable = at
	if l.last >= f.first {
		l.lastOff = at.off
	}
	l.mu.Unlock()
	l.wantSpare()
	l.trimInherited(f)
}

// trimInherited gives back the room that the log's last file of an earlier
// process does not need: it is never written again.
func (l *Log) trimInherited(next *file) {
	w := &l.w
	old := w.inherited
	w.inherited = nil
	if old == nil || old.first == next.first || old.size <= w.inheritEnd || l.isDamaged(old) {
		return
	}
	err := truncate(l.o.FS, old.path, w.inheritEnd)
	if err != nil {
		l.o.Log.Warn("trim log file", "file", old.shown, "error", err)
		return
	}
	l.mu.Lock()
	old.size = w.inheritEnd
	l.mu.Unlock()
}

func (l *Log) isDamaged(f *file) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return f.damaged
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
