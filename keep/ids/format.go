package ids

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"slices"

	"holdfast"
	"holdfast/internal/fsx"
)

// Ext ends the names of files of ids.
const Ext = ".ids"

// A file of ids is a row of blocks of 4096 bytes, the last one shorter if it
// is not full. All numbers are little-endian.
//
//	block 0                          block k
//	  0  u32  crc                      0  u32  crc
//	  4  u32  0                        4  u32  k
//	  8  4    "HFID"                   8       up to 511 ids
//	 12  u32  version: 1
//	 16  u64  count
//	 24       up to 509 ids
//
// Ids ascend through the whole file; none is 0 and none is there twice. Every
// block but the last is full. The crc is CRC-32C of the rest of the block and,
// after it, the count in 8 bytes, so that a block of another file or from
// another place is noticed.
const (
	magic   = "HFID"
	version = 1

	blockBytes = 4096
	blockHead  = 8
	fileHead   = 24 // head of block 0, the file's own included
	idBytes    = 8

	firstCap = (blockBytes - fileHead) / idBytes
	blockCap = (blockBytes - blockHead) / idBytes
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// layout is where things are in a file of so many ids.
type layout struct{ count int64 }

func (l layout) blocks() int64 {
	if l.count <= firstCap {
		return 1
	}
	return 1 + (l.count-firstCap+blockCap-1)/blockCap
}

func (l layout) size() int64 {
	return fileHead + l.count*idBytes + (l.blocks()-1)*blockHead
}

// span returns the places, among all ids of the file, of those in block k.
func (l layout) span(k int64) (from, to int64) {
	if k == 0 {
		return 0, min(firstCap, l.count)
	}
	from = firstCap + (k-1)*blockCap
	return from, min(from+blockCap, l.count)
}

// blockOf returns the block of the i-th id.
func (l layout) blockOf(i int64) int64 {
	if i < firstCap {
		return 0
	}
	return 1 + (i-firstCap)/blockCap
}

// bytes returns where block k lies in the file.
func (l layout) bytes(k int64) (from, to int64) {
	return k * blockBytes, min((k+1)*blockBytes, l.size())
}

// parseHead reads the head of block 0 of a file of size bytes. It does not
// check the block's crc, for which it gives the count.
func parseHead(head []byte, size int64) (layout, error) {
	if len(head) < fileHead {
		return layout{}, fmt.Errorf("shorter than its head")
	}
	if string(head[8:12]) != magic {
		return layout{}, fmt.Errorf("does not begin as a file of ids")
	}
	count := binary.LittleEndian.Uint64(head[16:])
	if count > uint64(size)/idBytes {
		return layout{}, fmt.Errorf("too short for %d ids", count)
	}
	l := layout{int64(count)}
	if l.size() != size {
		return layout{}, fmt.Errorf("%d bytes long, not %d as %d ids are", size, l.size(), count)
	}
	return l, nil
}

// blockIDs are the ids of one block, as they lie in the file.
type blockIDs []byte

func (b blockIDs) len() int        { return len(b) / idBytes }
func (b blockIDs) at(i int) uint64 { return binary.LittleEndian.Uint64(b[i*idBytes:]) }
func (b blockIDs) last() uint64    { return b.at(b.len() - 1) }
func (b blockIDs) has(id uint64) bool {
	lo, hi := 0, b.len()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if b.at(mid) < id {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < b.len() && b.at(lo) == id
}

// parseBlock checks block k and returns its ids.
func (l layout) parseBlock(block []byte, k int64) (blockIDs, error) {
	if len(block) < blockHead || binary.LittleEndian.Uint32(block) != l.crc(block) {
		return nil, fmt.Errorf("crc of block %d", k)
	}
	if n := binary.LittleEndian.Uint32(block[4:]); int64(n) != k {
		return nil, fmt.Errorf("block %d lies where block %d should", n, k)
	}
	if k > 0 {
		return block[blockHead:], nil
	}
	if v := binary.LittleEndian.Uint32(block[12:]); v != version {
		return nil, fmt.Errorf("version %d, of which this program knows nothing", v)
	}
	return block[fileHead:], nil
}

func (l layout) crc(block []byte) uint32 {
	var count [8]byte
	binary.LittleEndian.PutUint64(count[:], uint64(l.count))
	return crc32.Update(crc32.Checksum(block[4:], castagnoli), castagnoli, count[:])
}

// WriteFile makes a durable file of the ids, in any order and with any
// repetition; zeros are left out. It sorts the slice it is given.
func WriteFile(fsys fsx.FS, dir, name string, ids []holdfast.EventID) error {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > 0 && ids[0] == 0 {
		ids = ids[1:]
	}
	err := fsx.WriteFile(fsys, path.Join(dir, name), 0o400, func(w io.Writer) error { return encode(w, ids) })
	if err != nil {
		return fmt.Errorf("write ids %s: %w", name, err)
	}
	return nil
}

// writeBlocks is how many blocks are handed to the file at once.
const writeBlocks = 64

func encode(w io.Writer, ids []holdfast.EventID) error {
	l := layout{int64(len(ids))}
	buf := make([]byte, 0, min(writeBlocks*blockBytes, l.size()+blockBytes))
	for k := range l.blocks() {
		from := len(buf)
		buf = binary.LittleEndian.AppendUint32(buf, 0)
		buf = binary.LittleEndian.AppendUint32(buf, uint32(k))
		if k == 0 {
			buf = append(buf, magic...)
			buf = binary.LittleEndian.AppendUint32(buf, version)
			buf = binary.LittleEndian.AppendUint64(buf, uint64(l.count))
		}
		lo, hi := l.span(k)
		for _, id := range ids[lo:hi] {
			buf = binary.LittleEndian.AppendUint64(buf, uint64(id))
		}
		binary.LittleEndian.PutUint32(buf[from:], l.crc(buf[from:]))
		if len(buf)+blockBytes > cap(buf) || k == l.blocks()-1 {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	return nil
}
