package segment

import (
	"hash/crc32"

	"github.com/parquet-go/parquet-go/format"

	"holdfast"
	"holdfast/keep/rows"
)

// A file is
//
//	PAR1
//	row groups: for each column its dictionary page, if any, and data pages
//	directory: blocks of site days, and the index of the blocks
//	column indexes, offset indexes
//	footer (Thrift), its length in four bytes, PAR1
//
// docs/format/segment.md describes every part.

const (
	formatVersion = "1"
	magic         = "PAR1"

	maxGroupRows = 1 << 19
	pageRows     = 1 << 14

	// maxPageBytes bounds a page, decompressed. Only dictionaries come near:
	// a row group whose dictionary would be larger is split by the writer.
	maxPageBytes = 64 << 20
	// maxFooterBytes is a thousand row groups of three hundred columns.
	maxFooterBytes = 128 << 20
	// maxStatBytes is the longest text that stands as smallest or largest.
	maxStatBytes = 64
)

// Keys of the footer's metadata.
const (
	keyFormat    = "holdfast.format"    // formatVersion
	keyStore     = "holdfast.store"     // 32 hex digits
	keyKind      = "holdfast.kind"      // part, day, shared, month
	keyHashed    = "holdfast.hashed"    // true: hashes of visitors are inside
	keyFolded    = "holdfast.folded"    // true: visit_no, visit_entry, visit_exit are set
	keyCopy      = "holdfast.copy"      // Options.Copy, unless 0
	keyDirectory = "holdfast.directory" // offset, length and CRC-32C of the index
	keyCRC       = "holdfast.crc"       // CRC-32C of the footer; always last
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// The two columns that rows.VisitEnds is kept in.
const (
	visitEntry = "visit_entry"
	visitExit  = "visit_exit"
)

// addedLater says that a column is not in files that were written before it was
// thought of. It is empty in all their rows.
func addedLater(c rows.Text) bool { return c == rows.CountryBy }

// noneOf returns the value of a number column that is NULL in the file, if it
// has one. Without these rows in between, differences are small.
func noneOf(c rows.Number) (none int64, optional bool) {
	switch c {
	case rows.Visit, rows.ID, rows.Engaged, rows.VisitNo:
		return 0, true
	case rows.Scroll:
		return int64(holdfast.NoScroll), true
	}
	return 0, false
}

// numberType returns the Parquet type of a number column. VisitEnds has none.
func numberType(c rows.Number) format.Type {
	switch c {
	case rows.Site, rows.Day, rows.Engaged, rows.Scroll, rows.VisitNo:
		return format.Int32
	case rows.Interactive:
		return format.Boolean
	}
	return format.Int64
}
