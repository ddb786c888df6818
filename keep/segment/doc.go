// Package segment keeps events in immutable Parquet files.
//
// A Writer takes rows from tables, hot ones or row groups of other files, in
// the order in which they shall lie, and writes them column by column: text as
// codes into a sorted dictionary per row group, numbers as packed differences,
// in pages of 16384 rows with a checksum each. A Reader reads those pages back
// as package rows wants them, with decoders of its own: the codes on disk are
// the codes that questions are answered from, so nothing is decoded into
// values that need not be.
//
// A finished file never changes. Its name carries its hash, its footer a
// directory of the site days in it. Any Parquet reader can read it;
// docs/format/segment.md says what it finds.
//
// Whatever the bytes of a file say, reading it returns what was written or a
// *holdfast.DamagedError, and needs no more memory than a sound file might.
// Files are read with pread: an I/O error is an error, not a signal.
//
// The package does not decide which rows go into which file, does not index
// event ids, and does not remember which files there are.
package segment
