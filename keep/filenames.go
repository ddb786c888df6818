package keep

import "strings"

// The names of everything in a store's folder. docs/format/store.md explains
// them.
const (
	stampName      = "STORE"
	lockName       = "lock"
	keysName       = "keys"
	logDir         = "log"
	filesDir       = "files"
	checkpointsDir = "checkpoints"
	secretsDir     = "secrets"
	saltsName      = "secrets/salts"
	damagedDir     = "damaged"
)

const (
	segmentSuffix = ".parquet"
	idsSuffix     = ".ids"
)

// idsOf returns the name of the id file beside a segment.
func idsOf(segment string) string { return strings.TrimSuffix(segment, segmentSuffix) + idsSuffix }
