package wal

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"holdfast"
)

// Names in the log's folder. A file is named by the first record that is, or
// would be, in it; the records from there on are to be taken from it, whatever
// earlier files hold.
const (
	suffix     = ".log"
	spareName  = "spare"     // a file of full size, to become the next one
	tornSuffix = ".torn"     // in the folder of what was set aside: an unsynced tail
	sparing    = "spare.tmp" // a spare in the making
)

func fileName(first holdfast.Seq) string { return fmt.Sprintf("%016d%s", uint64(first), suffix) }

// parseFileName returns the first record of the file with this name.
func parseFileName(name string) (holdfast.Seq, bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n == 0 || fileName(holdfast.Seq(n)) != name {
		return 0, false
	}
	return holdfast.Seq(n), true
}

// tornName names the bytes that were cut from a file at off.
func tornName(file string, off int64) string {
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path.Base(file), suffix), off, tornSuffix)
}
