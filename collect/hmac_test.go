package collect

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"

	"holdfast"
)

func TestVisitorsAreHashedWithHMAC(t *testing.T) {
	s := salted{salt: [16]byte{1, 2, 3, 15: 255}}
	for _, n := range []int{0, 1, 63, 64, 65, 20 + holdfast.MaxUserAgent} {
		message := []byte(strings.Repeat("x", n))
		h := hmac.New(sha256.New, s.salt[:])
		h.Write(message)
		if got, want := s.hmac(message), binary.BigEndian.Uint64(h.Sum(nil)); got != want {
			t.Errorf("of %d bytes: got %x, want %x", n, got, want)
		}
	}
}
