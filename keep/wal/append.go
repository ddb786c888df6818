package wal

import (
	"context"
	"fmt"

	"holdfast"
)

// batch is what one Append hands over.
type batch struct {
	records []Record
	packed  [][]byte // payloads as stored, nil where as they are; nil if all are
	bytes   int      // stored, for the writer to gather by
	weight  int64    // of inFlight
	done    chan error
}

// Append hands records to the log as one batch, all or nothing, and returns
// the first one's number once the batch is on stable storage. It sets Seq and
// Time of the records, and owns them until it returns. Those who wait at the
// same time share one sync.
//
// A nil error is a promise. On ErrUnavailable nothing was promised and the
// caller may retry: a file that failed a write or a sync is never used again,
// so the retry meets a new one. A ctx that ends while the batch is on its way
// to the disk is too late.
func (l *Log) Append(ctx context.Context, records ...Record) (holdfast.Seq, error) {
	b := l.batches.Get().(*batch)
	defer l.dropBatch(b)
	b.records = records
	if err := l.weigh(b); err != nil {
		return 0, err
	}
	if err := l.inFlight.Acquire(ctx, b.weight); err != nil {
		return 0, fmt.Errorf("append %d records: %w", len(records), err)
	}
	defer l.inFlight.Release(b.weight)
	if err := l.submit(b); err != nil {
		return 0, fmt.Errorf("append %d records: %w", len(records), err)
	}
	// From here on the batch may reach the disk: wait for its fate.
	if err := <-b.done; err != nil {
		return 0, fmt.Errorf("append %d records: %w", len(records), err)
	}
	return records[0].Seq, nil
}

// weigh checks the records and compresses large ones.
func (l *Log) weigh(b *batch) error {
	if len(b.records) == 0 {
		return fmt.Errorf("append: no records")
	}
	for i := range b.records {
		r := &b.records[i]
		if r.Type == 0 || r.Type == typeMark {
			return fmt.Errorf("append record: %v is not a record's", r.Type)
		}
		if len(r.Payload) > MaxPayload {
			return fmt.Errorf("append record: %d bytes, more than %d", len(r.Payload), MaxPayload)
		}
		stored := len(r.Payload)
		if packed := compress(l.enc, r.Payload); packed != nil {
			if b.packed == nil {
				b.packed = make([][]byte, len(b.records))
			}
			b.packed[i] = packed
			stored = len(packed)
		}
		b.bytes += int(frameSize(stored))
		b.weight += int64(len(r.Payload)) + frameSize(stored)
	}
	b.weight = min(b.weight, maxInFlight)
	return nil
}

func (l *Log) submit(b *batch) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return ErrClosed
	}
	l.pending = append(l.pending, b)
	l.pendingBytes += b.bytes
	if l.readyToWrite() {
		l.toWrite.Signal()
	}
	return nil
}

func (l *Log) dropBatch(b *batch) {
	*b = batch{done: b.done}
	l.batches.Put(b)
}
