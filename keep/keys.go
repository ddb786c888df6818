package keep

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"holdfast"
	"holdfast/internal/fsx"
)

// keys are the store's own secrets. They live as long as the store and go
// where it goes; the salts of visitors are not among them.
type keys struct {
	ids      [32]byte // of event ids
	declared [32]byte // of visitor, member and visit ids that sites declare
	receipts cipher.Block
	store    StoreID
}

type keysJSON struct {
	IDs      string `json:"ids"`
	Declared string `json:"declared"`
	Receipts string `json:"receipts"`
	Sum      string `json:"sum"` // of the others, so that damage is noticed
}

func (j *keysJSON) sum() string {
	s := sha256.Sum256([]byte(j.IDs + "\n" + j.Declared + "\n" + j.Receipts))
	return hex.EncodeToString(s[:8])
}

func writeKeys(fsys fsx.FS, random io.Reader) error {
	var raw [80]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return fmt.Errorf("make the store's keys: %w", err)
	}
	j := keysJSON{
		IDs: hex.EncodeToString(raw[:32]), Declared: hex.EncodeToString(raw[32:64]),
		Receipts: hex.EncodeToString(raw[64:]),
	}
	j.Sum = j.sum()
	return fsx.WriteFile(fsys, keysName, 0o600, func(w io.Writer) error { return json.NewEncoder(w).Encode(j) })
}

func readKeys(fsys fsx.FS, store StoreID) (*keys, error) {
	b, err := fsx.ReadFile(fsys, keysName)
	if err != nil {
		return nil, holdfast.Hint(fmt.Errorf("read the store's keys: %w", err),
			"without them repeated events cannot be told; restore the file %s from a backup", fsys.Path(keysName))
	}
	damaged := &holdfast.DamagedError{File: fsys.Path(keysName), What: "not the keys of a store"}
	var j keysJSON
	if err := json.Unmarshal(b, &j); err != nil || j.Sum != j.sum() {
		return nil, damaged
	}
	k := &keys{store: store}
	receipts, err := hex.DecodeString(j.Receipts)
	if err != nil || decodeKey(&k.ids, j.IDs) != nil || decodeKey(&k.declared, j.Declared) != nil {
		return nil, damaged
	}
	if k.receipts, err = aes.NewCipher(receipts); err != nil {
		return nil, damaged
	}
	return k, nil
}

func decodeKey(key *[32]byte, s string) error {
	b, err := hex.DecodeString(s)
	if err != nil || copy(key[:], b) != len(key) {
		return fmt.Errorf("key of %d bytes", len(b))
	}
	return nil
}

// hash is a keyed hash of an id of a site. The key comes first and the result
// is a part of the digest, so nobody without the key can make or test one.
func hash(key *[32]byte, kind byte, site holdfast.SiteID, id string) uint64 {
	b := make([]byte, 0, 128)
	b = append(b, key[:]...)
	b = append(b, kind)
	b = binary.LittleEndian.AppendUint32(b, uint32(site))
	b = append(b, id...)
	sum := sha256.Sum256(b)
	return binary.LittleEndian.Uint64(sum[:])
}

// EventID returns under which id an event of the site is kept to which the
// client gave the id. It is never 0.
func (s *Store) EventID(site holdfast.SiteID, id string) holdfast.EventID {
	return holdfast.EventID(max(hash(&s.keys.ids, 'e', site, id), 1))
}

// Visitor returns the visitor whom the site declares by this id.
func (s *Store) Visitor(site holdfast.SiteID, id string) holdfast.VisitorID {
	return holdfast.DeclaredVisitor(hash(&s.keys.declared, 'v', site, id))
}

// Member returns the visitor that a site's own id of a person who is signed in
// stands for: member 7 is not visitor 7.
func (s *Store) Member(site holdfast.SiteID, id string) holdfast.VisitorID {
	return holdfast.DeclaredVisitor(hash(&s.keys.declared, 'm', site, id))
}

// Visit returns the visit that the site declares by this id.
func (s *Store) Visit(site holdfast.SiteID, id string) holdfast.VisitID {
	return holdfast.VisitID(hash(&s.keys.declared, 's', site, id)&^(1<<63) | 1)
}

var receiptText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// Seal returns a receipt as its holder gets it: the store's id and one
// encrypted block, so that two receipts do not tell how much came between.
func (s *Store) Seal(r holdfast.Receipt) string {
	var block [aes.BlockSize]byte // sequence, count, and four zeros to know it by
	binary.LittleEndian.PutUint64(block[:], uint64(r.Seq))
	binary.LittleEndian.PutUint32(block[8:], uint32(r.Count))
	s.keys.receipts.Encrypt(block[:], block[:])
	return receiptText.EncodeToString(append(s.keys.store[:], block[:]...))
}

// Unseal returns the receipt behind a text that Seal made.
func (s *Store) Unseal(token string) (holdfast.Receipt, bool) {
	text := strings.ToLower(token)
	b, err := receiptText.DecodeString(text)
	if err != nil || len(b) != len(StoreID{})+aes.BlockSize || StoreID(b[:16]) != s.keys.store {
		return holdfast.Receipt{}, false
	}
	// The last letter has bits to spare, and line breaks are skipped.
	if receiptText.EncodeToString(b) != text || len(text) != len(token) {
		return holdfast.Receipt{}, false
	}
	block := b[16:]
	s.keys.receipts.Decrypt(block, block)
	if binary.LittleEndian.Uint32(block[12:]) != 0 {
		return holdfast.Receipt{}, false
	}
	return holdfast.Receipt{
		Seq: holdfast.Seq(binary.LittleEndian.Uint64(block)), Count: int(binary.LittleEndian.Uint32(block[8:])),
	}, true
}

// Fate says how far the events of a receipt have come.
func (s *Store) Fate(token string) (holdfast.Fate, error) {
	r, ok := s.Unseal(token)
	switch {
	case !ok:
		return holdfast.NotOurs, nil
	case r.Seq > s.log.Last():
		return holdfast.Missing, nil
	case r.Seq <= s.ledger.SealedTo():
		return holdfast.Sealed, nil
	}
	return holdfast.Kept, nil
}

func parseMillis(text string) (holdfast.Millis, error) {
	t, err := time.Parse(time.RFC3339, text)
	return holdfast.MillisOf(t), err
}
