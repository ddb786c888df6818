package segment

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/parquet-go/parquet-go/format"
)

// footer is what a reader keeps of a file's footer.
type footer struct {
	rows     int64
	columns  []leaf
	groups   []groupMeta
	metadata map[string]string
}

// leaf is a column of the schema.
type leaf struct {
	name     string
	typ      format.Type
	optional bool
}

type groupMeta struct {
	rows   int
	chunks []chunkMeta // by column
}

// chunkMeta says where the pages of a column in a row group are.
type chunkMeta struct {
	encoding   format.Encoding // of the data pages
	dictionary int64           // offset of the dictionary page; 0: none
	data       int64           // offset of the first data page
	end        int64           // offset behind the last
	index      int64           // offset of the offset index
	indexLen   int
	nulls      int64
	distinct   int // values in the dictionary, if any
	// low and high are the smallest and the largest value of a column of
	// numbers or booleans, if bounded.
	low, high int64
	bounded   bool
}

// constant says that all rows have the value low.
func (m *chunkMeta) constant() bool { return m.bounded && m.low == m.high && m.nulls == 0 }

// footerCRC finds the place of the checksum in a footer: the digits after the
// last occurrence of its key. Everything else in the footer counts into it.
func footerCRC(b []byte) (at int, err error) {
	mark := append([]byte(keyCRC), 1<<4|thriftBinary, 8) // next field, text of 8 bytes
	at = bytes.LastIndex(b, mark)
	if at < 0 || at+len(mark)+8 > len(b) {
		return 0, errors.New("footer has no checksum")
	}
	return at + len(mark), nil
}

func footerSum(b []byte, at int) []byte {
	sum := crc32.Update(crc32.Checksum(b[:at], castagnoli), castagnoli, b[at+8:])
	return hex.AppendEncode(nil, binary.BigEndian.AppendUint32(nil, sum))
}

// parseFooter reads a footer that begins at offset end, the end of everything
// else in the file.
func parseFooter(b []byte, end int64) (*footer, error) {
	at, err := footerCRC(b)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(footerSum(b, at), b[at:at+8]) {
		return nil, errors.New("crc of the footer")
	}
	f := &footer{metadata: map[string]string{}}
	c := &cursor{b: b}
	c.file(f)
	if c.bad || len(c.b) > 0 {
		return nil, errors.New("footer does not decode")
	}
	return f, f.check(end)
}

// check says whether f can be the footer of a file whose other parts end at
// end, so that readers need not ask again.
func (f *footer) check(end int64) error {
	var total int64
	for i := range f.groups {
		g := &f.groups[i]
		if g.rows < 1 || g.rows > maxGroupRows || len(g.chunks) != len(f.columns) {
			return fmt.Errorf("row group %d is no row group", i)
		}
		total += int64(g.rows)
		for j := range g.chunks {
			c := &g.chunks[j]
			start := c.data
			if c.dictionary != 0 {
				start = c.dictionary
			}
			if start < int64(len(magic)) || start > c.data || c.data >= c.end || c.end > end ||
				c.index < c.end || c.indexLen < 0 || c.index > end-int64(c.indexLen) ||
				c.nulls < 0 || c.nulls > int64(g.rows) || c.nulls > 0 && !f.columns[j].optional ||
				(c.encoding == format.RLEDictionary) != (c.dictionary != 0) ||
				c.dictionary != 0 && (c.distinct < 1 || c.distinct > g.rows) {
				return fmt.Errorf("row group %d: column %s lies nowhere", i, f.columns[j].name)
			}
		}
	}
	if total != f.rows || total == 0 {
		return errors.New("row groups have other rows than the file")
	}
	return nil
}

func (c *cursor) file(f *footer) {
	var id int16
	for {
		typ, ok := c.field(&id)
		if !ok {
			return
		}
		switch {
		case id == 2 && typ == thriftList:
			for n := c.listOf(thriftStruct); n > 0 && !c.bad; n-- {
				c.schemaElement(f)
			}
		case id == 3 && typ == thriftI64:
			f.rows = c.int()
		case id == 4 && typ == thriftList:
			for n := c.listOf(thriftStruct); n > 0 && !c.bad; n-- {
				f.groups = append(f.groups, c.rowGroup())
			}
		case id == 5 && typ == thriftList:
			for n := c.listOf(thriftStruct); n > 0 && !c.bad; n-- {
				key, value := c.keyValue()
				f.metadata[key] = value
			}
		default:
			c.skip(typ)
		}
	}
}

// schemaElement reads a column, or the root, which has children and is left
// out. No other groups are written.
func (c *cursor) schemaElement(f *footer) {
	var l leaf
	var id int16
	root := false
	for {
		typ, ok := c.field(&id)
		if !ok {
			break
		}
		switch {
		case id == 1 && typ == thriftI32:
			l.typ = format.Type(c.int())
		case id == 3 && typ == thriftI32:
			l.optional = format.FieldRepetitionType(c.int()) == format.Optional
		case id == 4 && typ == thriftBinary:
			l.name = string(c.bytes())
		case id == 5 && typ == thriftI32:
			c.int()
			root = true
		default:
			c.skip(typ)
		}
	}
	if !root {
		f.columns = append(f.columns, l)
	}
}

func (c *cursor) rowGroup() (g groupMeta) {
	var id int16
	for {
		typ, ok := c.field(&id)
		if !ok {
			return g
		}
		switch {
		case id == 1 && typ == thriftList:
			n := c.listOf(thriftStruct)
			for range n {
				if c.bad {
					break
				}
				g.chunks = append(g.chunks, c.columnChunk())
			}
		case id == 3 && typ == thriftI64:
			if n := c.int(); n > 0 && n <= maxGroupRows {
				g.rows = int(n)
			}
		default:
			c.skip(typ)
		}
	}
}

func (c *cursor) columnChunk() (m chunkMeta) {
	var id int16
	for {
		typ, ok := c.field(&id)
		if !ok {
			return m
		}
		switch {
		case id == 3 && typ == thriftStruct:
			c.columnMeta(&m)
		case id == 4 && typ == thriftI64:
			m.index = c.int()
		case id == 5 && typ == thriftI32:
			m.indexLen = int(int32(c.int()))
		default:
			c.skip(typ)
		}
	}
}

func (c *cursor) columnMeta(m *chunkMeta) {
	var id int16
	var size int64
	for {
		typ, ok := c.field(&id)
		if !ok {
			break
		}
		switch {
		case id == 2 && typ == thriftList:
			// The first is that of the data pages.
			for i := range c.listOf(thriftI32) {
				if v := c.int(); i == 0 {
					m.encoding = format.Encoding(v)
				}
			}
		case id == 4 && typ == thriftI32:
			if format.CompressionCodec(c.int()) != format.Zstd {
				c.fail()
			}
		case id == 7 && typ == thriftI64:
			size = c.int()
		case id == 9 && typ == thriftI64:
			m.data = c.int()
		case id == 11 && typ == thriftI64:
			m.dictionary = c.int()
		case id == 12 && typ == thriftStruct:
			c.statistics(m)
		default:
			c.skip(typ)
		}
	}
	start := m.data
	if m.dictionary != 0 {
		start = m.dictionary
	}
	// An overflow ends below the start, which check refuses.
	m.end = start + size
}

func (c *cursor) statistics(m *chunkMeta) {
	var id int16
	var low, high bool
	for {
		typ, ok := c.field(&id)
		if !ok {
			break
		}
		switch {
		case id == 3 && typ == thriftI64:
			m.nulls = c.int()
		case id == 4 && typ == thriftI64:
			m.distinct = int(c.int())
		case id == 5 && typ == thriftBinary:
			m.high, high = plainNumber(c.bytes())
		case id == 6 && typ == thriftBinary:
			m.low, low = plainNumber(c.bytes())
		default:
			c.skip(typ)
		}
	}
	m.bounded = low && high
}

// plainNumber reads a number as wide as b is. Text may look like one.
func plainNumber(b []byte) (int64, bool) {
	switch len(b) {
	case 1:
		return int64(b[0]), true
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b))), true
	case 8:
		return int64(binary.LittleEndian.Uint64(b)), true
	}
	return 0, false
}

func (c *cursor) keyValue() (key, value string) {
	var id int16
	for {
		typ, ok := c.field(&id)
		if !ok {
			return key, value
		}
		switch {
		case id == 1 && typ == thriftBinary:
			key = string(c.bytes())
		case id == 2 && typ == thriftBinary:
			value = string(c.bytes())
		default:
			c.skip(typ)
		}
	}
}

// pageHeader is the header of a page.
type pageHeader struct {
	typ        format.PageType
	size       int // decompressed
	compressed int
	crc        uint32
	values     int
	encoding   format.Encoding
}

func (c *cursor) pageHeader() (h pageHeader) {
	var id int16
	h.typ = -1
	for {
		typ, ok := c.field(&id)
		if !ok {
			return h
		}
		switch {
		case id == 1 && typ == thriftI32:
			h.typ = format.PageType(c.int())
		case id == 2 && typ == thriftI32:
			h.size = int(c.int())
		case id == 3 && typ == thriftI32:
			h.compressed = int(c.int())
		case id == 4 && typ == thriftI32:
			h.crc = uint32(c.int())
		case (id == 5 || id == 7) && typ == thriftStruct:
			var part int16
			for {
				typ, ok := c.field(&part)
				if !ok {
					break
				}
				switch {
				case part == 1 && typ == thriftI32:
					h.values = int(c.int())
				case part == 2 && typ == thriftI32:
					h.encoding = format.Encoding(c.int())
				default:
					c.skip(typ)
				}
			}
		default:
			c.skip(typ)
		}
	}
}

// pageStarts reads an offset index and returns where its pages start, and
// where the last ends. Together they must be the bytes from data to end, each
// page with as many rows as a page has.
func pageStarts(b []byte, rows int, data, end int64) ([]int64, error) {
	bad := errors.New("offset index")
	c := &cursor{b: b}
	var id int16
	var starts []int64
	at := data
	for {
		typ, ok := c.field(&id)
		if !ok {
			break
		}
		if id != 1 || typ != thriftList {
			c.skip(typ)
			continue
		}
		for n := c.listOf(thriftStruct); n > 0 && !c.bad; n-- {
			var part int16
			var offset, size, row int64
			for {
				typ, ok := c.field(&part)
				if !ok {
					break
				}
				switch {
				case part == 1 && typ == thriftI64:
					offset = c.int()
				case part == 2 && typ == thriftI32:
					size = c.int()
				case part == 3 && typ == thriftI64:
					row = c.int()
				default:
					c.skip(typ)
				}
			}
			if offset != at || size <= 0 || size > end-at || row != int64(len(starts))*pageRows {
				return nil, bad
			}
			starts = append(starts, offset)
			at += size
		}
	}
	if c.bad || len(c.b) > 0 || at != end || len(starts) != (rows+pageRows-1)/pageRows {
		return nil, bad
	}
	return append(starts, end), nil
}
