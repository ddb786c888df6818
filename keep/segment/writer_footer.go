package segment

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"holdfast"
	"holdfast/keep/rows"
)

// column is a column of the schema.
type column struct {
	name      string
	typ       format.Type
	optional  bool
	logical   format.LogicalTypeValue // nil: none
	converted thrift.Null[deprecated.ConvertedType]
}

// columnsOf returns the columns of a file: numbers, text, properties and the
// rest of the properties.
func columnsOf(props []PropColumn) ([]column, error) {
	var columns []column
	for c := range rows.VisitEnds {
		col := column{name: c.String(), typ: numberType(c)}
		_, col.optional = noneOf(c)
		switch c {
		case rows.Site:
			col.logical = &format.IntType{BitWidth: 32}
			col.converted.Set(deprecated.Uint32)
		case rows.Day:
			col.logical = &format.DateType{}
			col.converted.Set(deprecated.Date)
		case rows.Time:
			col.logical = &format.TimestampType{IsAdjustedToUTC: true, Unit: format.TimeUnit{Value: &format.MilliSeconds{}}}
			col.converted.Set(deprecated.TimestampMillis)
		}
		columns = append(columns, col)
	}
	for _, name := range [...]string{visitEntry, visitExit} {
		columns = append(columns, column{name: name, typ: format.Boolean})
	}
	text := column{typ: format.ByteArray, logical: &format.StringType{}}
	text.converted.Set(deprecated.UTF8)
	for c := range rows.Text(rows.NumText) {
		text.name = c.String()
		columns = append(columns, text)
	}
	known := map[PropColumn]bool{}
	for _, p := range props {
		switch {
		case p.Kind < holdfast.PropString || p.Kind > holdfast.PropBool:
			return nil, fmt.Errorf("property %q has no column of kind %s", p.Key, p.Kind)
		case p.Key != validText(p.Key):
			return nil, fmt.Errorf("property %q is not UTF-8", p.Key)
		case known[p]:
			return nil, fmt.Errorf("property %q has two columns of kind %s", p.Key, p.Kind)
		}
		known[p] = true
		col := column{typ: propType(p.Kind)}
		if p.Kind == holdfast.PropString {
			col = text
		}
		col.name, col.optional = propColumn(p), true
		columns = append(columns, col)
	}
	rest := column{name: propRest, typ: format.ByteArray, optional: true, logical: &format.JsonType{}}
	rest.converted.Set(deprecated.Json)
	return append(columns, rest), nil
}

func (c *column) schema() format.SchemaElement {
	e := format.SchemaElement{Name: c.name, ConvertedType: c.converted}
	e.Type.Set(c.typ)
	e.RepetitionType.Set(format.Required)
	if c.optional {
		e.RepetitionType.Set(format.Optional)
	}
	if c.logical != nil {
		e.LogicalType.Value = c.logical
	}
	return e
}

// directoryPlace is the text that says where the directory's index is.
func directoryPlace(offset int64, index []byte) string {
	return fmt.Sprintf("%d %d %08x", offset, len(index), crc32.Checksum(index, castagnoli))
}

// writeIndexes writes the column indexes and behind them the offset indexes.
func (w *Writer) writeIndexes() {
	for i := range w.groups {
		for j := range w.groups[i].chunks {
			c := &w.groups[i].chunks[j]
			if c.lows == nil {
				continue
			}
			index := format.ColumnIndex{MinValues: c.lows, MaxValues: c.highs,
				NullPages: make([]bool, len(c.lows)), NullCounts: make([]int64, len(c.lows))}
			if c.ascending {
				index.BoundaryOrder = format.Ascending
			}
			b := encodeThrift(&index)
			c.columnIndexOffset, c.columnIndexLen = w.at, len(b)
			w.write(b)
		}
	}
	for i := range w.groups {
		for j := range w.groups[i].chunks {
			c := &w.groups[i].chunks[j]
			var index format.OffsetIndex
			for k, start := range c.starts {
				end := c.size
				if k+1 < len(c.starts) {
					end = c.starts[k+1]
				}
				index.PageLocations = append(index.PageLocations, format.PageLocation{
					Offset: c.offset + int64(start), CompressedPageSize: int32(end - start), FirstRowIndex: int64(k * pageRows)})
			}
			b := encodeThrift(&index)
			c.indexOffset, c.indexLen = w.at, len(b)
			w.write(b)
		}
	}
}

// footer returns the file's end, from the footer on.
func (w *Writer) footer(kind Kind, directory string) ([]byte, error) {
	meta := format.FileMetaData{Version: 2, NumRows: w.file.Rows, CreatedBy: "holdfast"}
	root := format.SchemaElement{Name: "event"}
	root.NumChildren.Set(int32(len(w.columns)))
	meta.Schema = append(meta.Schema, root)
	for i := range w.columns {
		meta.Schema = append(meta.Schema, w.columns[i].schema())
		meta.ColumnOrders = append(meta.ColumnOrders, format.ColumnOrder{Value: &format.TypeDefinedOrder{}})
	}
	for i := range w.groups {
		meta.RowGroups = append(meta.RowGroups, w.rowGroup(i))
	}
	for _, kv := range [...][2]string{
		{keyFormat, formatVersion},
		{keyStore, storeText(w.options.Store)},
		{keyKind, kind.String()},
		{keyHashed, fmt.Sprint(w.file.Hashed)},
		{keyFolded, fmt.Sprint(!w.unfolded)},
		{keyCopy, copyText(w.options.Copy)},
		{keyDirectory, directory},
		{keyCRC, "00000000"},
	} {
		if kv[1] != "" {
			meta.KeyValueMetadata = append(meta.KeyValueMetadata, format.KeyValue{Key: kv[0], Value: kv[1]})
		}
	}
	b := encodeThrift(&meta)
	if len(b) > maxFooterBytes {
		return nil, fmt.Errorf("footer has %d bytes, more than %d", len(b), maxFooterBytes)
	}
	at, err := footerCRC(b)
	if err != nil {
		return nil, err
	}
	copy(b[at:], footerSum(b, at))
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(b))), magic...), nil
}

func (w *Writer) rowGroup(number int) format.RowGroup {
	g := &w.groups[number]
	out := format.RowGroup{NumRows: int64(g.rows), FileOffset: g.chunks[0].offset, Ordinal: int16(number)}
	for j := range g.chunks {
		c := &g.chunks[j]
		m := format.ColumnMetaData{
			Type: w.columns[j].typ, PathInSchema: []string{w.columns[j].name}, Codec: format.Zstd,
			Encoding: []format.Encoding{c.encoding}, NumValues: int64(g.rows), Statistics: c.stats,
			TotalUncompressedSize: c.plainSize, TotalCompressedSize: int64(c.size),
			DataPageOffset: c.offset + int64(c.dictionary),
			EncodingStats:  []format.PageEncodingStats{{PageType: format.DataPage, Encoding: c.encoding, Count: int32(len(c.starts))}},
		}
		if c.dictionary > 0 {
			m.DictionaryPageOffset = c.offset
			m.Encoding = append(m.Encoding, format.Plain)
			m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1})
		}
		if w.columns[j].optional {
			m.Encoding = append(m.Encoding, format.RLE)
		}
		out.Columns = append(out.Columns, format.ColumnChunk{
			MetaData: m, FileOffset: c.offset,
			OffsetIndexOffset: c.indexOffset, OffsetIndexLength: int32(c.indexLen),
			ColumnIndexOffset: c.columnIndexOffset, ColumnIndexLength: int32(c.columnIndexLen),
		})
		out.TotalByteSize += c.plainSize
		out.TotalCompressedSize += int64(c.size)
	}
	return out
}
