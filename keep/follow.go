package keep

import (
	"context"
	"errors"
	"fmt"

	"holdfast"
	"holdfast/keep/record"
	"holdfast/keep/wal"
)

// Entry is what a record of the log says about events; many say nothing.
type Entry struct {
	Seq     holdfast.Seq
	Events  []holdfast.Event
	Refused []record.Tally // since the record before
	// Missed is set, and nothing else, where records cannot be read: they are
	// damaged, or were removed because whoever follows is slow.
	Missed error
}

// Last returns the last record that is durable.
func (s *Store) Last() holdfast.Seq { return s.log.Last() }

// Follow calls fn for each durable record behind after, in order, until ctx
// is done, fn fails or the store is closed. It reads the log, and holds up
// nobody: who is slow only learns late.
func (s *Store) Follow(ctx context.Context, after holdfast.Seq, fn func(Entry) error) error {
	cursor := s.log.Follow(after)
	defer cursor.Close()
	for {
		r, err := cursor.Next(ctx)
		var gap *wal.GapError
		switch {
		case errors.As(err, &gap):
			err = fn(Entry{Seq: gap.To, Missed: gap})
		case err != nil:
			return fmt.Errorf("follow the log: %w", err)
		default:
			err = follow(r, fn)
		}
		if err != nil {
			return err
		}
	}
}

func follow(r wal.Record, fn func(Entry) error) error {
	decoded, err := decode(r)
	if err != nil {
		return fmt.Errorf("follow the log: record %d: %w", r.Seq, err)
	}
	e := Entry{Seq: r.Seq}
	switch d := decoded.(type) {
	case *record.Batch:
		e.Events, e.Refused = d.Events, refusals(d.Tallies)
	case *record.Beat:
		e.Refused = refusals(d.Tallies)
	}
	return fn(e)
}

// refusals returns the tallies that are not of repeats.
func refusals(tallies []record.Tally) []record.Tally {
	var list []record.Tally
	for _, t := range tallies {
		if t.Reason != record.Duplicate {
			list = append(list, t)
		}
	}
	return list
}
