package wal

import (
	"fmt"
	"time"
)

// syncStage is the syncer goroutine: it makes durable what was written.
func (l *Log) syncStage() {
	defer l.stages.Done()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.awaitWritten() {
		l.written, l.syncing = l.syncing[:0], l.written
		l.busy = true
		handle := l.syncing[0].handle
		l.mu.Unlock()

		begun := time.Now()
		err := handle.Datasync()
		if l.o.Synced != nil {
			l.o.Synced(time.Since(begun))
		}

		l.mu.Lock()
		l.busy = false
		l.conclude(err)
		l.toWrite.Signal()
	}
	l.syncerDone = true
	l.toCommit.Signal()
}

// awaitWritten waits for groups to sync. It is called under mu, and returns
// false when no more will come.
func (l *Log) awaitWritten() bool {
	for len(l.written) == 0 || l.failed != nil {
		if l.writerDone {
			return false
		}
		l.toSync.Wait()
	}
	return true
}

// conclude notes the fate of the groups in syncing. It is called under mu.
func (l *Log) conclude(err error) {
	if err != nil {
		l.failed = fmt.Errorf("sync: %w", err)
		return
	}
	l.durable = l.syncing[len(l.syncing)-1].end
	l.synced = append(l.synced, l.syncing...)
	clear(l.syncing)
	l.syncing = l.syncing[:0]
	l.toCommit.Signal()
}

// commitStage is the committer goroutine: it tells Committed what is durable,
// lets cursors have it, and wakes those who wait in Append.
func (l *Log) commitStage() {
	defer l.stages.Done()
	var groups []*group
	var records []Record
	for {
		groups = l.awaitSynced(groups)
		if len(groups) == 0 {
			return
		}
		if l.o.Committed != nil {
			for _, g := range groups {
				for _, b := range g.batches {
					records = append(records, b.records...)
				}
			}
			l.o.Committed(records)
			clear(records)
			records = records[:0]
		}
		l.publish(groups[len(groups)-1].end)
		for _, g := range groups {
			for _, b := range g.batches {
				b.done <- nil
			}
		}
		clear(groups)
	}
}

// awaitSynced returns the groups that are durable and not told, or none when
// no more will come. It leaves into for the next ones.
func (l *Log) awaitSynced(into []*group) []*group {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.synced) == 0 && !l.syncerDone {
		l.toCommit.Wait()
	}
	groups := l.synced
	l.synced = into[:0]
	return groups
}

// publish lets cursors read up to end.
func (l *Log) publish(end point) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last, l.lastOff = end.seq, end.off
	if l.moved != nil {
		close(l.moved)
		l.moved = nil
	}
}
