package holdfast

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
)

// Scope is what a key may be used for.
type Scope string

// The scopes.
const (
	ScopeOwn     Scope = "own"     // everything, and making keys
	ScopeRead    Scope = "read"    // ask questions
	ScopeCollect Scope = "collect" // send events, dated up to 7 days back
	ScopeImport  Scope = "import"  // send events, dated from 1990 on
)

// ParseScope reads a scope's name.
func ParseScope(s string) (Scope, error) {
	switch scope := Scope(s); scope {
	case ScopeOwn, ScopeRead, ScopeCollect, ScopeImport:
		return scope, nil
	}
	return "", &FieldError{"scope", fmt.Sprintf("%q is none of own, read, collect, import", s)}
}

// Key is what the catalog knows of an API key. The token itself is shown once,
// to whom it is made for, and kept nowhere.
type Key struct {
	ID      string // the token's first part; no secret
	Hash    [32]byte
	Scopes  []Scope
	Sites   []SiteID // those it is good for; none: all
	Label   string
	Created Millis
}

// May says whether the key is good for scope on site.
func (k *Key) May(scope Scope, site SiteID) bool {
	if len(k.Sites) > 0 && !slices.Contains(k.Sites, site) {
		return false
	}
	return slices.Contains(k.Scopes, scope) || slices.Contains(k.Scopes, ScopeOwn)
}

var keyText = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewToken makes a key's token, like hf_x3k7q2ma_…, from 130 random bits and
// more, and the id and hash that the catalog keeps of it.
func NewToken() (token, id string, hash [32]byte) {
	raw := make([]byte, 30)
	rand.Read(raw) // never fails
	text := keyText.EncodeToString(raw)
	id = text[:8]
	token = "hf_" + id + "_" + text[8:]
	return token, id, HashToken(token)
}

// HashToken returns what the catalog keeps of a token. The token is random, so
// a plain hash gives nothing away.
func HashToken(token string) [32]byte { return sha256.Sum256([]byte(token)) }

// TokenID returns the id of the key with this token, or "" if it is no token.
func TokenID(token string) string {
	rest, ok := strings.CutPrefix(token, "hf_")
	if !ok || len(rest) != 8+1+40 || rest[8] != '_' {
		return ""
	}
	return rest[:8]
}
