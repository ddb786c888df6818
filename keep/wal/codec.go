package wal

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// Payloads from here on are compressed, if that makes them smaller.
const compressFrom = 4 << 10

func newEncoder() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false),
		zstd.WithWindowSize(1<<20), zstd.WithLowerEncoderMem(true))
}

func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(MaxPayload), zstd.WithDecodeAllCapLimit(true))
}

// compress returns payload compressed, or nil if it is better stored as it is.
func compress(enc *zstd.Encoder, payload []byte) []byte {
	if len(payload) < compressFrom {
		return nil
	}
	packed := enc.EncodeAll(payload, make([]byte, 0, len(payload)/3))
	if len(packed) >= len(payload) {
		return nil
	}
	return packed
}

var errInflate = errors.New("does not inflate to its length")

// inflate returns the payload of a frame as it was appended, in buf if it has
// to be inflated.
func inflate(dec *zstd.Decoder, f *frame, buf []byte) ([]byte, error) {
	if f.flags&frameZstd == 0 {
		return f.payload, nil
	}
	var h zstd.Header
	if err := h.Decode(f.payload); err != nil || !h.HasFCS || h.FrameContentSize != uint64(f.length) {
		return nil, errInflate // before anything is allocated for it
	}
	if cap(buf) < int(f.length) {
		buf = make([]byte, 0, f.length)
	}
	out, err := dec.DecodeAll(f.payload, buf[:0:f.length])
	if err != nil {
		return nil, fmt.Errorf("%w: %v", errInflate, err)
	}
	if len(out) != int(f.length) {
		return nil, errInflate
	}
	return out, nil
}
