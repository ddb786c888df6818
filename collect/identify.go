package collect

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"

	"holdfast"
)

// declare sets the visitor that the site names. Who is signed in is the same
// person in every browser, so a member goes before a visitor; the two have
// names of their own, so that visitor 7 is not member 7.
func (b *Batch) declare(e *holdfast.Event, in *Input) {
	switch {
	case in.Member != "":
		e.Visitor = b.c.Hasher.Member(e.Site, in.Member)
	case in.Visitor != "":
		e.Visitor = b.c.Hasher.Visitor(e.Site, in.Visitor)
	}
}

// salted hashes the visitors of one site day.
type salted struct {
	site  *holdfast.Site
	day   holdfast.Day
	salt  [16]byte
	alive bool
}

type siteDay struct {
	site holdfast.SiteID
	day  holdfast.Day
}

// identify gives a visitor to each event whose site named none and whose
// client is known.
//
// All salts are asked for at once, before the first visitor is hashed: making
// one takes a sync, which those asked for at the same time share, and may fail.
func (b *Batch) identify(events []holdfast.Event) error {
	var wanted []*salted
	for i := range events {
		if e := &events[i]; b.unnamed(e, i) {
			if s, known := b.saltOf(e.Site, e.Day); !known {
				wanted = append(wanted, s)
			}
		}
	}
	if err := b.askFor(wanted); err != nil {
		return err
	}
	for i := range events {
		if e := &events[i]; b.unnamed(e, i) {
			v, err := b.visitorOf(e, i)
			if err != nil {
				return err
			}
			e.Visitor = v
		}
	}
	return nil
}

// unnamed says whether the visitor of the i-th event is still to be found.
func (b *Batch) unnamed(e *holdfast.Event, i int) bool {
	_, claimed := b.claims[i]
	return e.Visitor == 0 && (claimed || b.clients[i].IsValid())
}

// saltOf returns the day's salt, which must be asked for if it was not known.
func (b *Batch) saltOf(site holdfast.SiteID, day holdfast.Day) (s *salted, known bool) {
	v := b.siteByID(site)
	if v.salt != nil && v.salt.day == day {
		return v.salt, true
	}
	s, known = b.salts[siteDay{site, day}]
	if !known {
		s = &salted{site: v.site, day: day}
		b.salts[siteDay{site, day}] = s
	}
	v.salt = s
	return s, known
}

// saltsAtOnce is how many salts are asked for at the same time.
const saltsAtOnce = 256

func (b *Batch) askFor(wanted []*salted) error {
	if len(wanted) == 1 {
		return wanted[0].ask(b.c.Salts)
	}
	for some := range slices.Chunk(wanted, saltsAtOnce) {
		errs := make([]error, len(some))
		var all sync.WaitGroup
		for i, s := range some {
			all.Go(func() { errs[i] = s.ask(b.c.Salts) })
		}
		all.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *salted) ask(salts Salts) (err error) {
	_, ends := s.site.Bounds(s.day)
	if s.salt, s.alive, err = salts.Salt(s.site.ID, s.day, ends); err != nil {
		return fmt.Errorf("salt of %s on %s: %w", s.site.Name, s.day, err)
	}
	return nil
}

func (b *Batch) visitorOf(e *holdfast.Event, i int) (holdfast.VisitorID, error) {
	s, _ := b.saltOf(e.Site, e.Day)
	claim, claimed := b.claims[i]
	if !s.alive || claimed && claim == nobody {
		// Nobody can say any more whom the day's hashes meant.
		var random [8]byte
		if _, err := io.ReadFull(b.c.Rand, random[:]); err != nil {
			return 0, fmt.Errorf("visitor of its own: %w", err)
		}
		return holdfast.HashedVisitor(binary.BigEndian.Uint64(random[:])), nil
	}
	if claimed {
		return s.claimed(claim, b.clients[i]), nil
	}
	return s.visitor(b.clients[i], e.UserAgent), nil
}

// visitor hashes the network, or the IPv4 address, of a client, with the site
// and the user agent.
func (s *salted) visitor(client netip.Addr, userAgent string) holdfast.VisitorID {
	var message [16 + 4 + holdfast.MaxUserAgent]byte
	address := Network(client).As16()
	n := copy(message[:], address[:])
	binary.BigEndian.PutUint32(message[n:], uint32(s.site.ID))
	n += 4
	n += copy(message[n:], userAgent)
	return holdfast.HashedVisitor(s.hmac(message[:n])).In(s.network(client))
}

// network hashes what an operator of a network is given at the least, and
// whoever is in it may choose from: a /24, of IPv6 a /48.
func (s *salted) network(client netip.Addr) uint64 {
	length := 24
	if client = Network(client); !client.Is4() {
		length = 48
	}
	p, err := client.Prefix(length)
	if err != nil {
		return 0
	}
	address := p.Addr().As16()
	return s.hmac(append([]byte("network"), address[:]...))
}

// hmac returns the first 64 bits of mac.
func (s *salted) hmac(message []byte) uint64 {
	sum := s.mac(message)
	return binary.BigEndian.Uint64(sum[:])
}

// mac returns HMAC-SHA-256 under the salt. Written out, as it is here, it
// needs no memory.
func (s *salted) mac(message []byte) [sha256.Size]byte {
	const block = sha256.BlockSize
	var inner [block + 16 + 4 + holdfast.MaxUserAgent]byte
	var outer [block + sha256.Size]byte
	for i := range block {
		inner[i], outer[i] = 0x36, 0x5c
	}
	for i, b := range s.salt {
		inner[i] ^= b
		outer[i] ^= b
	}
	n := block + copy(inner[block:], message)
	sum := sha256.Sum256(inner[:n])
	copy(outer[block:], sum[:])
	return sha256.Sum256(outer[:])
}

// Network returns what of a client's address tells it from others: IPv4 whole,
// of IPv6 the /64, within which a client chooses its address by itself.
func Network(client netip.Addr) netip.Addr {
	client = client.Unmap().WithZone("")
	if client.Is4() || !client.IsValid() {
		return client
	}
	p, err := client.Prefix(64)
	if err != nil {
		return client
	}
	return p.Addr()
}
