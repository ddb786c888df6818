package wal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"

	"holdfast"
)

// A log file, all numbers little endian. docs/format/log.md says it in full.
//
//	     0  header
//	  4096  the same header again
//	  8192  frames, each beginning at a multiple of 8
//	   ...  zeros, or in a recycled file what was there before
//
//	header                           frame
//	   0  magic            16 bytes     0  stored length   u32
//	  16  version          u32          4  length          u32
//	  20  flags            u32          8  sequence        u64
//	  24  store            16 bytes    16  time            i64
//	  40  file id          u64         24  synced          u64
//	  48  first sequence   u64         32  chain           u64
//	  56  chain before     u64         40  type            u8
//	  64  time             i64         41  flags           u8
//	  72  zeros                        42  zeros           u16
//	4092  crc of 0..4091   u32         44  crc             u32
//	                                   48  payload, and zeros up to a multiple of 8
//
// The crc of a frame covers the file id, then the frame with its padding but
// without the crc. The chain is the beginning of a SHA-256 over the frame with
// the chain of the frame before in its place, and no crc. So a frame is valid
// in one file only, and stands for all that came before it.
const (
	magic      = "holdfast log\r\n\x1a\x00"
	version    = 1
	headerCopy = 4096 // a sector of today's disks: appending never rewrites it
	headerSize = 2 * headerCopy
	headerEnd  = 72

	frameHeader = 48
	frameAlign  = 8
)

// MaxPayload is the largest payload a record may have.
const MaxPayload = 64 << 20

const (
	fileRecycled = 1 << 0 // behind the frames may be those of another file
	fileLinked   = 1 << 1 // the chain before is known

	frameZstd = 1 << 0 // the payload is stored compressed
	frameMore = 1 << 1 // the next frame belongs to the same batch
)

// typeMark is the type of the frame that a log writes when it is closed. It
// holds no record: it is there to say that all before it was synced.
const typeMark Type = 255

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type header struct {
	store    [16]byte
	id       uint64 // random: no block of another file validates in this one
	first    holdfast.Seq
	chain    uint64 // of record first-1
	linked   bool   // chain is known
	recycled bool
	time     holdfast.Millis // of making; no record in the file is older
}

func (h *header) encode() []byte {
	b := make([]byte, headerSize)
	copy(b, magic)
	binary.LittleEndian.PutUint32(b[16:], version)
	var flags uint32
	if h.recycled {
		flags |= fileRecycled
	}
	if h.linked {
		flags |= fileLinked
	}
	binary.LittleEndian.PutUint32(b[20:], flags)
	copy(b[24:], h.store[:])
	binary.LittleEndian.PutUint64(b[40:], h.id)
	binary.LittleEndian.PutUint64(b[48:], uint64(h.first))
	binary.LittleEndian.PutUint64(b[56:], h.chain)
	binary.LittleEndian.PutUint64(b[64:], uint64(h.time))
	binary.LittleEndian.PutUint32(b[headerCopy-4:], crc32.Checksum(b[:headerCopy-4], castagnoli))
	copy(b[headerCopy:], b[:headerCopy])
	return b
}

var errHeader = errors.New("no valid header")

// decodeHeader reads one copy of a header.
func decodeHeader(b []byte) (header, error) {
	if len(b) < headerCopy || string(b[:len(magic)]) != magic ||
		crc32.Checksum(b[:headerCopy-4], castagnoli) != binary.LittleEndian.Uint32(b[headerCopy-4:]) {
		return header{}, errHeader
	}
	if v := binary.LittleEndian.Uint32(b[16:]); v != version {
		return header{}, fmt.Errorf("version %d of the log's format: this program knows version %d", v, version)
	}
	flags := binary.LittleEndian.Uint32(b[20:])
	h := header{
		id:       binary.LittleEndian.Uint64(b[40:]),
		first:    holdfast.Seq(binary.LittleEndian.Uint64(b[48:])),
		chain:    binary.LittleEndian.Uint64(b[56:]),
		time:     holdfast.Millis(binary.LittleEndian.Uint64(b[64:])),
		recycled: flags&fileRecycled != 0,
		linked:   flags&fileLinked != 0,
	}
	copy(h.store[:], b[24:])
	return h, nil
}

// frame is one frame as it lies in a file; payload is as stored.
type frame struct {
	off     int64
	size    int64 // with header and padding
	length  uint32
	seq     holdfast.Seq
	time    holdfast.Millis
	synced  int64
	chain   uint64
	typ     Type
	flags   uint8
	payload []byte
}

func frameSize(stored int) int64 {
	return int64(frameHeader+stored+frameAlign-1) &^ (frameAlign - 1)
}

// appendFrame appends a frame to b and returns it with the frame's chain.
func appendFrame(b []byte, seed uint32, chain uint64, f *frame) ([]byte, uint64) {
	at := len(b)
	var h [frameHeader]byte
	binary.LittleEndian.PutUint32(h[0:], uint32(len(f.payload)))
	binary.LittleEndian.PutUint32(h[4:], f.length)
	binary.LittleEndian.PutUint64(h[8:], uint64(f.seq))
	binary.LittleEndian.PutUint64(h[16:], uint64(f.time))
	binary.LittleEndian.PutUint64(h[24:], uint64(f.synced))
	binary.LittleEndian.PutUint64(h[32:], chain)
	h[40], h[41] = byte(f.typ), f.flags
	b = append(b, h[:]...)
	b = append(b, f.payload...)
	for len(b)%frameAlign != at%frameAlign {
		b = append(b, 0)
	}
	whole := b[at:]
	chain = chainOf(whole)
	binary.LittleEndian.PutUint64(whole[32:], chain)
	binary.LittleEndian.PutUint32(whole[44:], crcOf(seed, whole))
	return b, chain
}

// chainOf returns the chain of a frame that holds the chain before in its
// place, and no crc.
func chainOf(whole []byte) uint64 {
	sum := sha256.Sum256(whole)
	return binary.LittleEndian.Uint64(sum[:])
}

// crcSeed returns the crc of the file id, with which that of each frame begins.
func crcSeed(id uint64) uint32 {
	return crc32.Checksum(binary.LittleEndian.AppendUint64(nil, id), castagnoli)
}

func crcOf(seed uint32, whole []byte) uint32 {
	return crc32.Update(crc32.Update(seed, castagnoli, whole[:44]), castagnoli, whole[frameHeader:])
}

// decodeFrameHeader reads the fields of a frame at off and says what is wrong
// with them, as far as can be told without the payload: nothing that claims
// more than room bytes gets any.
func decodeFrameHeader(b []byte, off, room int64) (frame, string) {
	stored := binary.LittleEndian.Uint32(b[0:])
	f := frame{
		off:    off,
		size:   frameSize(int(stored)),
		length: binary.LittleEndian.Uint32(b[4:]),
		seq:    holdfast.Seq(binary.LittleEndian.Uint64(b[8:])),
		time:   holdfast.Millis(binary.LittleEndian.Uint64(b[16:])),
		synced: int64(binary.LittleEndian.Uint64(b[24:])),
		chain:  binary.LittleEndian.Uint64(b[32:]),
		typ:    Type(b[40]),
		flags:  b[41],
	}
	switch {
	case f.seq == 0 || f.typ == 0 || b[42] != 0 || b[43] != 0 || f.flags&^(frameZstd|frameMore) != 0:
		return f, "no frame"
	case f.length > MaxPayload || stored > f.length || (f.flags&frameZstd == 0 && stored != f.length):
		return f, "length of a frame"
	case f.size > room:
		return f, "frame longer than its file"
	case f.synced < headerSize || f.synced > off:
		return f, "synced offset of a frame"
	}
	return f, ""
}

// check verifies the whole frame against its crc.
func (f *frame) check(whole []byte, seed uint32) bool {
	return crcOf(seed, whole) == binary.LittleEndian.Uint32(whole[44:])
}

// follows verifies the frame's chain, with h for a SHA-256 to use.
func (f *frame) follows(whole []byte, before uint64, h hash.Hash) bool {
	var top [frameHeader]byte
	copy(top[:44], whole)
	binary.LittleEndian.PutUint64(top[32:], before)
	h.Reset()
	h.Write(top[:])
	h.Write(whole[frameHeader:])
	var sum [sha256.Size]byte
	return binary.LittleEndian.Uint64(h.Sum(sum[:0])) == f.chain
}

func isZero(b []byte) bool {
	return len(b) == 0 || b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1])
}

func storedLength(whole []byte) int { return int(binary.LittleEndian.Uint32(whole)) }
