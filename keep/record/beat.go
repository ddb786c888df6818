package record

import (
	"fmt"

	"holdfast"
)

// Beat says that the store is alive.
type Beat struct {
	Kind    BeatKind
	Tallies []Tally
	// Clock is the wall clock. The record's own time is later where the clock
	// was set back.
	Clock holdfast.Millis
}

// BeatKind says what a Beat marks.
type BeatKind uint8

// The kinds of beat.
const (
	Alive   BeatKind = iota
	Started          // the first record after the store was opened
	Stopped          // the last record before it was closed in order
)

// Append appends the beat's encoding to b.
func (beat *Beat) Append(b []byte) []byte {
	e := enc{b}
	e.uint(1, uint64(beat.Kind))
	e.tallies(2, beat.Tallies)
	e.sint(3, int64(beat.Clock))
	return e.b
}

// DecodeBeat reads a beat.
func DecodeBeat(payload []byte) (Beat, error) {
	var b Beat
	err := fields(string(payload), func(f *field) error {
		switch f.num {
		case 1:
			b.Kind = BeatKind(f.u)
		case 2:
			return decodeTally(f.s, &b.Tallies)
		case 3:
			b.Clock = holdfast.Millis(f.sint())
		}
		return nil
	})
	if err != nil {
		return Beat{}, fmt.Errorf("decode beat: %w", err)
	}
	return b, nil
}
