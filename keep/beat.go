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
	b := &record.Beat{Kind: kind, Tallies: s.tallies.take()}
	if _, err := s.log.Append(ctx, wal.Record{Type: wal.Beat, Payload: b.Append(nil), Attached: b}); err != nil {
		s.tallies.putBack(b.Tallies)
		return fmt.Errorf("record a beat: %w", err)
	}
	return nil
}
