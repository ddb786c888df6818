package wal

import (
	"encoding/binary"
	"fmt"
	"io"
	"path"

	"holdfast"
	"holdfast/internal/fsx"
)

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
