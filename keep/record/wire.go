package record

import (
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// errMalformed is the cause of every decoding error: the bytes passed the
// log's checksum, so they were written so.
var errMalformed = errors.New("malformed")

// An enc appends fields to a message, leaving out zero values.
type enc struct{ b []byte }

func (e *enc) str(num protowire.Number, s string) {
	if s != "" {
		e.b = protowire.AppendTag(e.b, num, protowire.BytesType)
		e.b = protowire.AppendString(e.b, s)
	}
}

func (e *enc) uint(num protowire.Number, v uint64) {
	if v != 0 {
		e.b = protowire.AppendTag(e.b, num, protowire.VarintType)
		e.b = protowire.AppendVarint(e.b, v)
	}
}

func (e *enc) sint(num protowire.Number, v int64) { e.uint(num, protowire.EncodeZigZag(v)) }

func (e *enc) bool(num protowire.Number, v bool) {
	if v {
		e.uint(num, 1)
	}
}

func (e *enc) fixed64(num protowire.Number, v uint64) {
	if v != 0 {
		e.b = protowire.AppendTag(e.b, num, protowire.Fixed64Type)
		e.b = protowire.AppendFixed64(e.b, v)
	}
}

// message appends a message that fill fills in, even if it stays empty.
func (e *enc) message(num protowire.Number, fill func(*enc)) {
	e.b = protowire.AppendTag(e.b, num, protowire.BytesType)
	// Most messages are shorter than 128 bytes: leave one byte for the length
	// and move the message if it needs more.
	at := len(e.b)
	e.b = append(e.b, 0)
	fill(e)
	size := len(e.b) - at - 1
	if size < 128 {
		e.b[at] = byte(size)
		return
	}
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(size))
	e.b = append(e.b, length[1:n]...)
	copy(e.b[at+n:], e.b[at+1:at+1+size])
	copy(e.b[at:], length[:n])
}

// A field is one field of a message, as it lies on the wire.
type field struct {
	num protowire.Number
	typ protowire.Type
	u   uint64 // of a varint or fixed field
	s   string // of a bytes field: a part of the message
}

func (f *field) sint() int64    { return protowire.DecodeZigZag(f.u) }
func (f *field) bool() bool     { return f.u != 0 }
func (f *field) float() float64 { return math.Float64frombits(f.u) }

// fields calls each for every field of the message. Strings are parts of msg,
// so that decoding makes no copies.
func fields(msg string, each func(f *field) error) error {
	var f field
	for len(msg) > 0 {
		tag, n := uvarint(msg)
		if n <= 0 || tag>>3 == 0 || tag>>3 > math.MaxInt32 {
			return errMalformed
		}
		msg = msg[n:]
		f.num, f.typ = protowire.Number(tag>>3), protowire.Type(tag&7)
		f.u, f.s = 0, ""
		switch f.typ {
		case protowire.VarintType:
			f.u, n = uvarint(msg)
			if n <= 0 {
				return errMalformed
			}
		case protowire.Fixed64Type:
			if n = 8; len(msg) < n {
				return errMalformed
			}
			for i := range n {
				f.u |= uint64(msg[i]) << (8 * i)
			}
		case protowire.Fixed32Type:
			if n = 4; len(msg) < n {
				return errMalformed
			}
		case protowire.BytesType:
			size, m := uvarint(msg)
			if m <= 0 || size > uint64(len(msg)-m) {
				return errMalformed
			}
			n = m + int(size)
			f.s = msg[m:n]
		default:
			return errMalformed
		}
		msg = msg[n:]
		if err := each(&f); err != nil {
			return err
		}
	}
	return nil
}

func uvarint(s string) (uint64, int) {
	var v uint64
	for i := 0; i < len(s) && i < binary.MaxVarintLen64; i++ {
		b := s[i]
		if i == binary.MaxVarintLen64-1 && b > 1 {
			return 0, -1
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
