package ids

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"path"
	"sync/atomic"

	"holdfast"
	"holdfast/internal/fsx"
)

// file is a file of ids that lookups read block by block.
type file struct {
	File
	layout
	path   string
	filter atomic.Pointer[filter]
	handle *fsx.Handle

	wanted     bool // it is to have a filter; guarded by Index.mu
	unreadable bool // making one failed; guarded by Index.mu
}

// openFile reads the head of a file.
func (x *Index) openFile(f File) (*file, error) {
	fl := &file{File: f, path: path.Join(x.o.Dir, f.Name)}
	fl.handle = x.handles.Handle(x.o.FS, fl.path)
	in, err := fl.handle.Acquire()
	if err != nil {
		return nil, fmt.Errorf("open ids %s: %w", f.Name, err)
	}
	defer fl.handle.Release()
	if fl.layout, err = readHead(in, fl.path); err != nil {
		fl.handle.Close()
		return nil, err
	}
	return fl, nil
}

// readHead checks the first block and the length of a file.
func readHead(in fsx.File, name string) (layout, error) {
	info, err := in.Stat()
	if err != nil {
		return layout{}, fmt.Errorf("open ids %s: %w", name, err)
	}
	block := make([]byte, min(blockBytes, info.Size()))
	if err := readAt(in, name, block, 0); err != nil {
		return layout{}, err
	}
	l, err := parseHead(block, info.Size())
	if err != nil {
		return layout{}, &holdfast.DamagedError{File: name, What: err.Error()}
	}
	// A newer version may have another layout; say so rather than "damaged".
	if v := binary.LittleEndian.Uint32(block[12:]); v > version && l.crc(block) == binary.LittleEndian.Uint32(block) {
		return layout{}, fmt.Errorf("open ids %s: version %d is newer than this program's %d", name, v, version)
	}
	if _, err := l.parseBlock(block, 0); err != nil {
		return layout{}, &holdfast.DamagedError{File: name, What: err.Error()}
	}
	return l, nil
}

// each calls fn for all ids, ascending, after checking their block. It ends
// early when fn returns false.
func (l layout) each(in io.ReaderAt, name string, fn func(block blockIDs) bool) error {
	buf := make([]byte, min(writeBlocks*blockBytes, l.size()))
	last := uint64(0)
	for k := int64(0); k < l.blocks(); {
		from := k * blockBytes
		chunk := buf[:min(int64(len(buf)), l.size()-from)]
		if err := readAt(in, name, chunk, from); err != nil {
			return err
		}
		for ; len(chunk) > 0; k++ {
			block := chunk[:min(blockBytes, len(chunk))]
			chunk = chunk[len(block):]
			ids, err := l.parseBlock(block, k)
			if err == nil {
				last, err = ascending(ids, last)
			}
			if err != nil {
				return &holdfast.DamagedError{File: name, Offset: k * blockBytes, What: err.Error()}
			}
			if !fn(ids) {
				return nil
			}
		}
	}
	return nil
}

// ascending says whether ids ascend from beyond last on, and returns the last.
func ascending(ids blockIDs, last uint64) (uint64, error) {
	for i := range ids.len() {
		id := ids.at(i)
		if id <= last {
			return 0, errors.New("ids do not ascend")
		}
		last = id
	}
	return last, nil
}

// cursor looks ids up in one file. It holds the block it read last, so that
// ids asked for in ascending order share reads.
type cursor struct {
	f     *file
	in    fsx.File // nil until the first read
	buf   []byte
	ids   blockIDs // of block; nil if none was read
	block int64
}

func (c *cursor) close() {
	if c.in != nil {
		c.f.handle.Release()
	}
}

// interpolations is how often a lookup trusts that ids are spread evenly. One
// guess is off by a block or two per million ids, the next by nothing to
// speak of; what is left is a file that was not written as it should.
const interpolations = 6

// find says whether the file holds id.
func (c *cursor) find(id uint64) (bool, error) {
	lo, hi := int64(0), c.f.blocks()-1
	below, above := uint64(0), uint64(math.MaxUint64) // bounds of the ids of lo to hi
	for probe := 0; lo <= hi; probe++ {
		if probe > 0 || c.ids == nil {
			k := lo + (hi-lo)/2
			if probe < interpolations {
				k = c.guess(id, lo, hi, below, above)
			}
			if err := c.read(k); err != nil {
				return false, err
			}
		}
		if c.ids.len() == 0 {
			return false, nil // a file of no ids
		}
		switch first, last := c.ids.at(0), c.ids.last(); {
		case id < first:
			hi, above = c.block-1, first
		case id > last:
			lo, below = c.block+1, last
		default:
			return c.ids.has(id), nil
		}
	}
	return false, nil
}

// guess returns the block, from lo to hi, that id is in if ids are spread
// evenly from below to above.
func (c *cursor) guess(id uint64, lo, hi int64, below, above uint64) int64 {
	if id <= below || above <= below {
		return lo
	}
	if id >= above {
		return hi
	}
	from, _ := c.f.span(lo)
	_, to := c.f.span(hi)
	h, l := bits.Mul64(id-below, uint64(to-from))
	at, _ := bits.Div64(h, l, above-below)
	return min(max(c.f.blockOf(from+int64(at)), lo), hi)
}

func (c *cursor) read(k int64) error {
	if c.in == nil {
		in, err := c.f.handle.Acquire()
		if err != nil {
			return fmt.Errorf("open ids %s: %w", c.f.Name, err)
		}
		c.in = in
	}
	from, to := c.f.bytes(k)
	block := c.buf[:to-from]
	c.ids = nil
	if err := readAt(c.in, c.f.path, block, from); err != nil {
		return err
	}
	ids, err := c.f.parseBlock(block, k)
	if err != nil {
		return &holdfast.DamagedError{File: c.f.path, Offset: from, What: err.Error()}
	}
	c.ids, c.block = ids, k
	return nil
}

// readAt reads all of p. A file that has become shorter is damaged.
func readAt(in io.ReaderAt, name string, p []byte, at int64) error {
	n, err := in.ReadAt(p, at)
	switch {
	case n == len(p):
		return nil
	case err == io.EOF:
		return &holdfast.DamagedError{File: name, Offset: at + int64(n), What: "the file ends early"}
	}
	return fmt.Errorf("read ids %s: %w", name, err)
}
