package keep

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"

	"holdfast"
	"holdfast/internal/fsx"
)

// FormatVersion is the version of the store's layout that this program writes.
// It reads this one and all before.
const FormatVersion = 1

// StoreID tells stores apart. It is random.
type StoreID [16]byte

// String returns the id as 32 hexadecimal digits.
func (id StoreID) String() string { return hex.EncodeToString(id[:]) }

// Stamp is what makes a folder a store: who it is. It is written once, by
// Init.
type Stamp struct {
	Store   StoreID
	Version int
	Created holdfast.Millis
}

type stampJSON struct {
	Store   string `json:"holdfast_store"`
	Version int    `json:"version"`
	Created string `json:"created"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// write makes the stamp file: a line of JSON, and a line with its CRC-32C.
func (s Stamp) write(fsys fsx.FS) error {
	line, err := json.Marshal(stampJSON{s.Store.String(), s.Version, s.Created.String()})
	if err != nil {
		return err
	}
	return fsx.WriteFile(fsys, stampName, 0o444, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s\n%08x\n", line, crc32.Checksum(line, castagnoli))
		return err
	})
}

// ReadStamp reads the stamp of a folder and says in words what is wrong with a
// folder that has none.
func ReadStamp(fsys fsx.FS) (Stamp, error) {
	b, err := fsx.ReadFile(fsys, stampName)
	if errors.Is(err, fs.ErrNotExist) {
		return Stamp{}, noStamp(fsys)
	}
	if err != nil {
		return Stamp{}, fmt.Errorf("read the store's stamp: %w", err)
	}
	damaged := &holdfast.DamagedError{File: fsys.Path(stampName), What: "not a store's stamp"}
	line, sum, ok := strings.Cut(strings.TrimSuffix(string(b), "\n"), "\n")
	if !ok || sum != fmt.Sprintf("%08x", crc32.Checksum([]byte(line), castagnoli)) {
		return Stamp{}, damaged
	}
	var j stampJSON
	if err := json.Unmarshal([]byte(line), &j); err != nil {
		return Stamp{}, damaged
	}
	if j.Version > FormatVersion {
		return Stamp{}, holdfast.Refuse(
			fmt.Errorf("%s is a store of version %d, and this program knows versions up to %d", fsys.Path("."), j.Version, FormatVersion),
			"nothing was changed; use the holdfast that wrote it, or a newer one")
	}
	id, err := hex.DecodeString(j.Store)
	if err != nil || len(id) != len(StoreID{}) {
		return Stamp{}, damaged
	}
	created, err := parseMillis(j.Created)
	if err != nil {
		return Stamp{}, damaged
	}
	return Stamp{Store: StoreID(id), Version: j.Version, Created: created}, nil
}

func noStamp(fsys fsx.FS) error {
	entries, err := fsys.ReadDir(".")
	if err != nil {
		return fmt.Errorf("look for a store: %w", err)
	}
	dir := fsys.Path(".")
	if len(entries) == 0 {
		return holdfast.Refuse(fmt.Errorf("%s is empty: there is no store here", dir),
			"if there was one, its disk may not be mounted: do not start anew over it; a new store is made by holdfast init --data %s --site HOST", dir)
	}
	return holdfast.Refuse(fmt.Errorf("%s is not a store: it has no file %s", dir, stampName),
		"nothing was changed; name the folder that holdfast init made")
}
