package collect

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"net/netip"
	"sync/atomic"

	"holdfast"
)

// A visit token tells a server that has it sent along with an event which
// visitor of which site day the event is of, and tells nobody anything else.
// It is, in base64url,
//
//	 0  i24 site day, big-endian
//	 3  AES-128-GCM of the visitor, u64 big-endian: nonce, text, tag
//	39
//
// under a key that follows from the site day's salt. So it is good for one
// site, and is dead when the salt is. Two tokens of one visitor are not alike:
// pages of other sites, which may come by one as well, do not know a visitor
// again by it.
const (
	tokenBytes = 3 + 12 + 8 + 16
	tokenText  = tokenBytes / 3 * 4
)

// Tokens counts the visit tokens that came with events.
type Tokens struct {
	Used     atomic.Int64 // they named the event's visitor
	OtherDay atomic.Int64 // of those, the ones of another day than the event
	Expired  atomic.Int64 // their day's salt is dead
	Bad      atomic.Int64 // forged, cut off, or another site's
}

// sealer returns what seals and opens the tokens of the salt's site day.
func (s *salted) sealer() (cipher.AEAD, error) {
	key := s.mac([]byte("visit token"))
	block, err := aes.NewCipher(key[:16])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// token returns a token of a visitor of the salt's site day.
func (s *salted) token(v holdfast.VisitorID) string {
	sealer, err := s.sealer()
	if err != nil {
		return "" // the key's length is as it must be
	}
	day := uint32(s.day)
	token := append(make([]byte, 0, tokenBytes), byte(day>>16), byte(day>>8), byte(day))
	plain := binary.BigEndian.AppendUint64(nil, uint64(v))
	return base64.RawURLEncoding.EncodeToString(sealer.Seal(token, nil, plain, nil))
}

// dayOfToken returns the bytes of a token and the day it says it is of.
func dayOfToken(text string) (token []byte, day holdfast.Day, ok bool) {
	if len(text) != tokenText {
		return nil, 0, false
	}
	token, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(token) != tokenBytes { // line breaks are skipped
		return nil, 0, false
	}
	return token, holdfast.Day(int32(uint32(token[0])<<24|uint32(token[1])<<16|uint32(token[2])<<8) >> 8), true
}

// open returns the visitor of a token.
func (s *salted) open(token []byte) (holdfast.VisitorID, bool) {
	sealer, err := s.sealer()
	if err != nil {
		return 0, false
	}
	plain, err := sealer.Open(nil, nil, token[3:], nil)
	if err != nil || len(plain) != 8 {
		return 0, false
	}
	v := holdfast.VisitorID(binary.BigEndian.Uint64(plain))
	return v, v.Hashed()
}

// readToken takes the visitor of the token that came with e, as its visitor if
// both are of one day, and otherwise as one to be found once the salt of e's
// day is known.
//
// Who shows no key is not told that a token is bad: the event has the visitor
// that it has without one.
func (b *Batch) readToken(e *holdfast.Event, in *Input, site *holdfast.Site) *refusal {
	token, day, ok := dayOfToken(in.Token)
	var s *salted
	if ok {
		s = &salted{site: site, day: day}
		s.salt, s.alive, ok = b.c.Salts.Made(site.ID, day)
	}
	if ok && !s.alive {
		b.c.Tokens.Expired.Add(1)
		if b.terms.Key != nil && !in.Address.IsValid() {
			b.claims[len(b.events)-1] = nobody
		}
		return nil
	}
	var v holdfast.VisitorID
	if ok {
		v, ok = s.open(token)
	}
	if !ok {
		b.c.Tokens.Bad.Add(1)
		if b.terms.Key != nil {
			return malformed("visit_token", "is no token that this site's pages got")
		}
		return nil
	}
	b.c.Tokens.Used.Add(1)
	if day == e.Day {
		e.Visitor = v
		return nil
	}
	b.c.Tokens.OtherDay.Add(1)
	b.claims[len(b.events)-1] = v
	return nil
}

// nobody is the claim of a token that nobody can read any more.
const nobody holdfast.VisitorID = 0

// claimed returns the visitor of the salt's day who is named by a token of
// another. A network is a network of one day only: one that is known is taken
// instead of the token's, so that tokens of several days do not make several
// networks of one.
func (s *salted) claimed(v holdfast.VisitorID, client netip.Addr) holdfast.VisitorID {
	network := uint64(v.Network())
	if client.IsValid() {
		network = s.network(client)
	}
	return holdfast.HashedVisitor(s.hmac(binary.BigEndian.AppendUint64([]byte("visit"), uint64(v)))).In(network)
}

// tokenOf returns a token of the visitor of e, which was just identified by
// its client. There is none unless it is of the site's current day: what was
// late must not take the place of what its client has by now.
func (b *Batch) tokenOf(e *holdfast.Event) string {
	s, _ := b.saltOf(e.Site, e.Day)
	if !s.alive || !e.Visitor.Hashed() || b.siteByID(e.Site).dayOf(b.now) != e.Day {
		return ""
	}
	return s.token(e.Visitor)
}

// Token returns a token of the visitor of the first event that was accepted
// last, if the terms say so; "" if it has none.
func (b *Batch) Token() string { return b.token }
