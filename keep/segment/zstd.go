package segment

import (
	"encoding/binary"
	"errors"

	"github.com/klauspost/compress/zstd"
)

// A page that compression does not make much smaller is kept as it is, in a
// frame that zstd reads as any other:
//
//	28 b5 2f fd    magic
//	1 byte         single segment, and how many bytes the next field has
//	1, 2, 4 bytes  size of the content (less 256 if 2 bytes)
//	blocks of at most 128 KiB: 3 bytes (size << 3 | last), content
//
// If there is one block, the page is a slice of what was read.

const (
	zstdMagic    = 0xfd2fb528
	zstdMaxBlock = 128 << 10
)

// What compression must leave at most, in per cent, to be undone at each
// reading. Decompressing a page of codes takes ten times as long as unpacking
// it.
const (
	worthRarely = 88 // for columns that few questions are about
	worthOften  = 75
)

// worthIt says that small is so much less than large that it is worth a slower
// reading.
func worthIt(small, large int) bool { return small*100 <= large*worthRarely }

// appendRaw appends a frame with body as it is.
func appendRaw(dst, body []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, zstdMagic)
	switch n := len(body); {
	case n < 256:
		dst = append(dst, 1<<5, byte(n))
	case n < 1<<16+256:
		dst = binary.LittleEndian.AppendUint16(append(dst, 1<<6|1<<5), uint16(n-256))
	default:
		dst = binary.LittleEndian.AppendUint32(append(dst, 2<<6|1<<5), uint32(n))
	}
	for {
		n := min(len(body), zstdMaxBlock)
		header := uint32(n) << 3
		if n == len(body) {
			header |= 1
		}
		dst = append(dst, byte(header), byte(header>>8), byte(header>>16))
		dst = append(dst, body[:n]...)
		if body = body[n:]; len(body) == 0 {
			return dst
		}
	}
}

// rawBody returns the content of a frame of one raw block of size bytes.
func rawBody(frame []byte, size int) ([]byte, bool) {
	head, descriptor := 6, byte(1<<5)
	switch {
	case size >= 1<<16+256:
		head, descriptor = 9, 2<<6|1<<5
	case size >= 256:
		head, descriptor = 7, 1<<6|1<<5
	}
	if len(frame) != head+3+size || size > zstdMaxBlock {
		return nil, false
	}
	block := uint32(frame[head]) | uint32(frame[head+1])<<8 | uint32(frame[head+2])<<16
	if block != uint32(size)<<3|1 || binary.LittleEndian.Uint32(frame) != zstdMagic {
		return nil, false
	}
	return frame[head+3:], frame[4] == descriptor
}

// compressor makes frames.
type compressor struct {
	fast, good *zstd.Encoder
	scratch    []byte
	framed     []byte
}

// idle keeps a compressor or two: making one takes longer than writing a small
// file with it.
var idle = make(chan *compressor, 2)

func newCompressor() *compressor {
	select {
	case c := <-idle:
		return c
	default:
		return &compressor{fast: newEncoder(zstd.SpeedDefault, 256<<10), good: newEncoder(zstd.SpeedBetterCompression, 1<<20)}
	}
}

// release gives the compressor to the next writer.
func (c *compressor) release() {
	select {
	case idle <- c:
	default:
	}
}

func newEncoder(level zstd.EncoderLevel, window int) *zstd.Encoder {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(level), zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // only options that do not exist
	}
	return enc
}

// frame appends a frame with body to dst, compressed if that leaves at most
// worth per cent.
func (c *compressor) frame(dst, body []byte, enc *zstd.Encoder, worth int) []byte {
	if len(body) >= 32 {
		c.scratch = enc.EncodeAll(body, c.scratch[:0])
		if len(c.scratch)*100 <= len(body)*worth {
			return append(dst, c.scratch...)
		}
	}
	return appendRaw(dst, body)
}

func newDecompressor() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true),
		zstd.WithDecoderMaxMemory(maxPageBytes), zstd.WithDecoderMaxWindow(maxPageBytes))
}

var errFrame = errors.New("compressed bytes do not decode")

// unframe returns the content of a frame, size bytes: part of frame where it is
// raw, else written into room, which must have that capacity.
func unframe(dec *zstd.Decoder, frame []byte, size int, room []byte) ([]byte, error) {
	if body, ok := rawBody(frame, size); ok {
		return body, nil
	}
	body, err := dec.DecodeAll(frame, room[:0:size])
	if err != nil || len(body) != size {
		return nil, errFrame
	}
	return body, nil
}
