package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"holdfast"
	"holdfast/keep/rows"
)

// groupOut is a row group on its way into the file.
type groupOut struct {
	rows   int
	chunks []chunkOut
	hashed bool

	// What the directory is made of, until it has been.
	sites, dates, times []int64
	flags, names        labels
}

// chunkOut is a column of a row group.
type chunkOut struct {
	offset     int64 // in the file
	size       int
	dictionary int   // length of the dictionary page, with which it begins
	starts     []int // of the data pages, from offset
	encoding   format.Encoding
	worth      int   // what compression of a page must leave at most, in per cent
	plainSize  int64 // with the pages decompressed
	stats      format.Statistics
	lows       [][]byte // of each page, for the column index; nil: none
	highs      [][]byte
	ascending  bool // lows and highs are

	indexOffset, columnIndexOffset int64
	indexLen, columnIndexLen       int
}

// encodeGroup makes the chunks of all columns, in the order of w.columns.
func (w *Writer) encodeGroup(in *input, fold Fold) (g groupOut, err error) {
	g.rows = len(in.picks)
	w.pending = slices.Grow(w.pending[:0], 24*g.rows) // more than rows usually take
	g.chunks = make([]chunkOut, 0, len(w.columns))
	for c := range rows.VisitEnds {
		values, err := w.foldedNumber(in, c, fold)
		if err != nil {
			return g, err
		}
		switch c {
		case rows.Site:
			g.sites = slices.Clone(values)
		case rows.Day:
			g.dates = slices.Clone(values)
		case rows.Time:
			g.times = slices.Clone(values)
		case rows.Visitor:
			g.hashed = anyHashed(values)
		}
		chunk, err := w.numbers(c, values)
		if err != nil {
			return g, fmt.Errorf("column %s: %w", c, err)
		}
		g.chunks = append(g.chunks, chunk)
	}
	ends, err := w.foldedNumber(in, rows.VisitEnds, fold)
	if err != nil {
		return g, err
	}
	bit := make([]int64, len(ends))
	for _, mask := range [...]int64{rows.IsEntry, rows.IsExit} {
		for i, v := range ends {
			bit[i] = v & mask
		}
		g.chunks = append(g.chunks, w.booleans(bit))
	}
	for c := range rows.Text(rows.NumText) {
		dict, codes, err := in.texts(c)
		if err != nil {
			return g, err
		}
		chunk, err := w.text(dict, codes, nil, g.rows, !oftenRead(c))
		if err != nil {
			return g, fmt.Errorf("column %s: %w", c, err)
		}
		g.chunks = append(g.chunks, chunk)
		switch c {
		case rows.Flag:
			g.flags = labels{dict, slices.Clone(codes)}
		case rows.Name:
			g.names = labels{dict, slices.Clone(codes)}
		}
	}
	chunks, err := w.props(in)
	g.chunks = append(g.chunks, chunks...)
	return g, err
}

// foldedNumber returns a number column, from fold where it says something.
func (w *Writer) foldedNumber(in *input, c rows.Number, fold Fold) ([]int64, error) {
	switch {
	case c == rows.VisitNo && fold.VisitNo != nil:
		return widenInts(fold.VisitNo), nil
	case c == rows.VisitEnds && fold.VisitEnds != nil:
		return widenInts(fold.VisitEnds), nil
	case c == rows.Visitor && fold.Visitor != nil:
		return fold.Visitor, nil
	}
	return in.numbers(c)
}

func anyHashed(visitors []int64) bool {
	return slices.ContainsFunc(visitors, func(v int64) bool { return holdfast.VisitorID(v).Hashed() })
}

func widenInts[T int32 | uint8](from []T) []int64 {
	values := make([]int64, len(from))
	for i, v := range from {
		values[i] = int64(v)
	}
	return values
}

// newChunk begins a chunk behind what is pending.
func (w *Writer) newChunk(encoding format.Encoding) chunkOut {
	return chunkOut{encoding: encoding, worth: worthRarely, offset: w.at + int64(len(w.pending))}
}

// pageBounds returns the numbers of the first and behind the last row of page.
func pageBounds(page, rows int) (lo, hi int) {
	return page * pageRows, min((page+1)*pageRows, rows)
}

func pagesOf(rows int) int { return (rows + pageRows - 1) / pageRows }

// oftenRead says whether most questions are about a column: then its codes
// are packed and not compressed where that is nearly as small.
func oftenRead(c rows.Text) bool {
	switch c {
	case rows.Name, rows.Host, rows.Path, rows.Source, rows.Channel, rows.Country,
		rows.Device, rows.Browser, rows.OS, rows.Flag:
		return true
	}
	return false
}

// text makes the chunk of a column of text from its dictionary, ascending, and
// codes. If have is not nil, the column is optional: of n rows those with
// have[row] == 1 have a code each.
func (w *Writer) text(dict rows.Dict, codes []uint32, have []uint8, n int, rarelyRead bool) (chunkOut, error) {
	chunk := w.newChunk(format.RLEDictionary)
	if !rarelyRead {
		chunk.worth = worthOften
	}
	if len(codes) == 0 {
		chunk.encoding = format.Plain // some readers do not expect an empty dictionary
	} else if err := w.dictPage(&chunk, dict); err != nil {
		return chunk, err
	}
	width := w.widthOf(len(dict), codes, rarelyRead)
	for page := range pagesOf(n) {
		lo, hi := pageBounds(page, n)
		count := hi - lo
		w.body = w.body[:0]
		if have != nil {
			w.body, count = appendLevels(w.body, have[lo:hi])
		}
		if chunk.encoding == format.RLEDictionary {
			w.body = append(w.body, byte(width))
			w.body = appendHybrid(w.body, codes[:count], width)
		}
		codes = codes[count:]
		w.dataPage(&chunk, w.body, hi-lo, hi-lo-count)
	}
	return chunk, nil
}

// appendLevels appends the definition levels of a page and returns how many
// rows have a value.
func appendLevels(dst []byte, have []uint8) (_ []byte, count int) {
	var room [pageRows]uint32
	levels := room[:len(have)]
	for i, l := range have {
		levels[i] = uint32(l)
		count += int(l)
	}
	at := len(dst)
	dst = appendHybrid(append(dst, 0, 0, 0, 0), levels, 1)
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst, count
}

func (w *Writer) dictPage(chunk *chunkOut, dict rows.Dict) error {
	size := 0
	for _, v := range dict {
		size += 4 + len(v)
	}
	if size > maxPageBytes {
		return errDictionarySize
	}
	w.body = appendText(slices.Grow(w.body[:0], size), dict)
	w.dictionaryPage(chunk, w.body, len(dict))
	low, high := dict[0], dict[len(dict)-1]
	if len(low) <= maxStatBytes && len(high) <= maxStatBytes {
		chunk.stats.MinValue, chunk.stats.MaxValue = []byte(low), []byte(high)
	}
	return nil
}

// dictionaryPage begins a chunk with a dictionary of n values.
func (w *Writer) dictionaryPage(chunk *chunkOut, body []byte, n int) {
	header := format.PageHeader{Type: format.DictionaryPage}
	header.DictionaryPageHeader.Set(format.DictionaryPageHeader{
		NumValues: int32(n), Encoding: format.Plain, IsSorted: true})
	w.page(chunk, header, body, w.compress.good)
	chunk.dictionary = chunk.size
	chunk.stats.DistinctCount = int64(n)
}

// dataPage appends a page of n rows, some of them without a value.
func (w *Writer) dataPage(chunk *chunkOut, body []byte, n, nulls int) {
	chunk.starts = append(chunk.starts, chunk.size)
	chunk.stats.NullCount += int64(nulls)
	header := format.PageHeader{Type: format.DataPage}
	header.DataPageHeader.Set(format.DataPageHeader{NumValues: int32(n), Encoding: chunk.encoding,
		DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE,
		Statistics: format.Statistics{NullCount: int64(nulls)}})
	w.page(chunk, header, body, w.compress.fast)
}

func (w *Writer) page(chunk *chunkOut, header format.PageHeader, body []byte, enc *zstd.Encoder) {
	w.compress.framed = w.compress.frame(w.compress.framed[:0], body, enc, chunk.worth)
	header.UncompressedPageSize = int32(len(body))
	header.CompressedPageSize = int32(len(w.compress.framed))
	header.CRC = int32(crc32.ChecksumIEEE(w.compress.framed))
	head := encodeThrift(&header)
	w.pending = append(w.pending, head...)
	w.pending = append(w.pending, w.compress.framed...)
	chunk.size += len(head) + len(w.compress.framed)
	chunk.plainSize += int64(len(head) + len(body))
}

// encodeThrift returns v, a pointer to a struct of package format, in the
// compact protocol.
func encodeThrift(v any) []byte {
	var b bytes.Buffer
	if err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&b)).Encode(v); err != nil {
		panic(err) // a bytes.Buffer takes everything
	}
	return b.Bytes()
}
