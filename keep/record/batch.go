// Package record is what the records of the log and the checkpoints say: the
// payloads that keep/wal carries without looking at them, as protobuf.
// docs/format/records.proto is their schema.
//
// Encoding and decoding are written by hand, because an event is encoded for
// every acknowledgement. Decoding bounds all it allocates by the size of the
// payload.
package record

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"holdfast"
)

// Batch is events that were accepted together, and the tallies of those since
// the record before that left no row.
type Batch struct {
	Events  []holdfast.Event
	Tallies []Tally
}

// Duplicate is the reason of a Tally of events that had been kept before.
const Duplicate holdfast.Reason = "duplicate"

// Tally counts events of a minute that left no row.
type Tally struct {
	Site   holdfast.SiteID // 0: no site is known
	Reason holdfast.Reason // Duplicate, or why they were refused
	Minute int64           // since 1970-01-01 UTC
	Events int64
}

// Append appends the batch's encoding to b.
func (batch *Batch) Append(b []byte) []byte {
	e := enc{b}
	for i := range batch.Events {
		ev := &batch.Events[i]
		e.message(1, func(e *enc) { e.event(ev) })
	}
	e.tallies(2, batch.Tallies)
	return e.b
}

// DecodeBatch reads a batch. Strings of its events are parts of one copy of
// payload.
func DecodeBatch(payload []byte) (Batch, error) {
	var b Batch
	err := fields(string(payload), func(f *field) error {
		switch f.num {
		case 1:
			ev, err := decodeEvent(f.s)
			b.Events = append(b.Events, ev)
			return err
		case 2:
			return decodeTally(f.s, &b.Tallies)
		}
		return nil
	})
	if err != nil {
		return Batch{}, fmt.Errorf("decode event batch: %w", err)
	}
	return b, nil
}

func (e *enc) event(ev *holdfast.Event) {
	e.uint(1, uint64(ev.Site))
	e.sint(2, int64(ev.Day))
	e.sint(3, int64(ev.Time))
	e.sint(4, int64(ev.Received-ev.Time))
	for i, s := range texts(ev) {
		e.str(protowire.Number(5+i), *s)
	}
	e.str(28, string(ev.Door))
	e.str(29, string(ev.Origin))
	e.str(30, string(ev.Flag))
	e.uint(31, uint64(ev.Visitor))
	e.uint(32, uint64(ev.Visit))
	e.fixed64(33, uint64(ev.ID))
	e.bool(34, ev.Interactive)
	e.uint(35, uint64(ev.Engaged))
	e.uint(36, uint64(ev.Scroll+1))
	e.sint(37, ev.Value)
	for i := range ev.Props {
		e.message(38, func(e *enc) { e.prop(&ev.Props[i]) })
	}
	e.str(39, string(ev.CountryBy))
}

// texts returns the plain strings of an event, in the order of their fields
// from number 5 on.
func texts(ev *holdfast.Event) [23]*string {
	return [23]*string{
		&ev.Name, &ev.Host, &ev.Path, &ev.Title, &ev.Referrer, &ev.Source, &ev.Channel,
		&ev.UTM.Source, &ev.UTM.Medium, &ev.UTM.Campaign, &ev.UTM.Term, &ev.UTM.Content,
		&ev.Click, &ev.Country, &ev.Region, &ev.City, &ev.Language,
		&ev.Screen, &ev.Device, &ev.Browser, &ev.OS, &ev.UserAgent, &ev.Currency,
	}
}

func decodeEvent(msg string) (holdfast.Event, error) {
	ev := holdfast.Event{Scroll: holdfast.NoScroll}
	text := texts(&ev)
	var lag int64
	err := fields(msg, func(f *field) error {
		switch {
		case f.num >= 5 && f.num < 28:
			*text[f.num-5] = f.s
			return nil
		}
		switch f.num {
		case 1:
			ev.Site = holdfast.SiteID(f.u)
		case 2:
			ev.Day = holdfast.Day(f.sint())
		case 3:
			ev.Time = holdfast.Millis(f.sint())
		case 4:
			lag = f.sint()
		case 28:
			ev.Door = holdfast.Door(f.s)
		case 29:
			ev.Origin = holdfast.Origin(f.s)
		case 30:
			ev.Flag = holdfast.Flag(f.s)
		case 31:
			ev.Visitor = holdfast.VisitorID(f.u)
		case 32:
			ev.Visit = holdfast.VisitID(f.u)
		case 33:
			ev.ID = holdfast.EventID(f.u)
		case 34:
			ev.Interactive = f.bool()
		case 35:
			ev.Engaged = int32(f.u)
		case 36:
			ev.Scroll = int8(f.u) - 1
		case 37:
			ev.Value = f.sint()
		case 38:
			p, err := decodeProp(f.s)
			ev.Props = append(ev.Props, p)
			return err
		case 39:
			ev.CountryBy = holdfast.CountryBy(f.s)
		}
		return nil
	})
	ev.Received = ev.Time + holdfast.Millis(lag)
	return ev, err
}

func (e *enc) prop(p *holdfast.Prop) {
	e.str(1, p.Key)
	// The value is written even when it is zero: its field says its kind.
	switch p.Kind {
	case holdfast.PropString:
		e.b = protowire.AppendTag(e.b, 2, protowire.BytesType)
		e.b = protowire.AppendString(e.b, p.Str)
	case holdfast.PropInt:
		e.b = protowire.AppendTag(e.b, 3, protowire.VarintType)
		e.b = protowire.AppendVarint(e.b, protowire.EncodeZigZag(p.Int))
	case holdfast.PropFloat:
		e.b = protowire.AppendTag(e.b, 4, protowire.Fixed64Type)
		e.b = protowire.AppendFixed64(e.b, math.Float64bits(p.Float))
	case holdfast.PropBool:
		e.b = protowire.AppendTag(e.b, 5, protowire.VarintType)
		e.b = protowire.AppendVarint(e.b, protowire.EncodeBool(p.Bool))
	}
}

func decodeProp(msg string) (holdfast.Prop, error) {
	var p holdfast.Prop
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			p.Key = f.s
		case 2:
			p.Kind, p.Str = holdfast.PropString, f.s
		case 3:
			p.Kind, p.Int = holdfast.PropInt, f.sint()
		case 4:
			p.Kind, p.Float = holdfast.PropFloat, f.float()
		case 5:
			p.Kind, p.Bool = holdfast.PropBool, f.bool()
		}
		return nil
	})
	return p, err
}

func (e *enc) tallies(num protowire.Number, tallies []Tally) {
	for i := range tallies {
		t := &tallies[i]
		e.message(num, func(e *enc) {
			e.uint(1, uint64(t.Site))
			e.str(2, string(t.Reason))
			e.sint(3, t.Minute)
			e.uint(4, uint64(t.Events))
		})
	}
}

func decodeTally(msg string, into *[]Tally) error {
	var t Tally
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			t.Site = holdfast.SiteID(f.u)
		case 2:
			t.Reason = holdfast.Reason(f.s)
		case 3:
			t.Minute = f.sint()
		case 4:
			t.Events = int64(f.u)
		}
		return nil
	})
	*into = append(*into, t)
	return err
}
