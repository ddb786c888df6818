// Package door is what the doors over HTTP have in common: they read a body
// within bounds of size, time and memory, look at the key that is shown, read
// JSON without copying it, and refuse with a code for programs and words for
// people. What a door takes and what it answers when all is well is its own.
package door

import (
	"net/http"
	"strings"
	"time"

	"holdfast"
)

// Keys knows the keys that were given out.
type Keys interface {
	Key(token string) (holdfast.Key, bool)
}

// Sealer makes receipts opaque.
type Sealer interface {
	Seal(holdfast.Receipt) string
}

// KeyOf returns the key that r shows, if it is known. Shown says whether r
// shows anything at all.
func KeyOf(keys Keys, r *http.Request) (key holdfast.Key, known, shown bool) {
	header := r.Header.Get("Authorization")
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return holdfast.Key{}, false, header != ""
	}
	key, known = keys.Key(strings.TrimSpace(token))
	return key, known, true
}

// RetryAfter is what clients are asked to wait when the store cannot keep
// anything at the moment.
const RetryAfter = 5 * time.Second

// UntilMidnight is how long it is until the budgets of a day are new.
func UntilMidnight(now time.Time) time.Duration {
	now = now.UTC()
	return now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)
}

// Header values that many answers share.
var (
	JSONType = []string{"application/json"}
	NoStore  = []string{"no-store"}
)
