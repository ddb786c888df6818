package keep

import (
	"context"
	"fmt"

	"holdfast/keep/record"
	"holdfast/keep/wal"
)

const (
	started = record.Started
	stopped = record.Stopped
)

// Beat says in the log that the store is alive, and enters what was refused
// since the last record. A running store does so every ten seconds.
func (s *Store) Beat(ctx context.Context) error { return s.beat(ctx, record.Alive) }

func (s *Store) beat(ctx context.Context, kind record.BeatKind) error {
	b := &record.Beat{Kind: kind, Tallies: s.tallies.take(), Clock: s.now()}
	if _, err := s.log.Append(ctx, wal.Record{Type: wal.Beat, Payload: b.Append(nil), Attached: b}); err != nil {
		s.tallies.putBack(b.Tallies)
		return fmt.Errorf("record a beat: %w", err)
	}
	return nil
}

// recordTallies enters what left no row since the last record, without saying
// that the store is alive.
func (s *Store) recordTallies(ctx context.Context) error {
	b := &record.Batch{Tallies: s.tallies.take()}
	if len(b.Tallies) == 0 {
		return nil
	}
	if _, err := s.log.Append(ctx, wal.Record{Type: wal.EventBatch, Payload: b.Append(nil), Attached: b}); err != nil {
		s.tallies.putBack(b.Tallies)
		return fmt.Errorf("record tallies: %w", err)
	}
	return nil
}
