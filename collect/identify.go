package collect

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
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
		from := len(b.scratch)
		b.scratch = append(append(b.scratch, "member\x00"...), in.Member...)
		e.Visitor = b.c.Hasher.Visitor(e.Site, view(b.scratch[from:]))
	case in.Visitor != "":
		e.Visitor = b.c.Hasher.Visitor(e.Site, in.Visitor)
	}
}

// salted hashes the visitors of one site day.
type salted struct {
	site *holdfast.Site
	day  holdfast.Day

	hash hash.Hash // nil: the day's salt is dead
	sum  [sha256.Size]byte
	text []byte
}

// identify gives a visitor to each event whose site named none and whose
// client is known.
//
// All salts are asked for at once, before the first visitor is hashed: making
// one takes a sync, which those asked for at the same time share, and may fail.
func (b *Batch) identify(events []holdfast.Event) error {
	var wanted []*salted
	for i := range events {
		if e := &events[i]; e.Visitor == 0 && b.clients[i].IsValid() {
			if s, known := b.siteByID(e.Site).saltOf(e.Day); !known {
				wanted = append(wanted, s)
			}
		}
	}
	if err := b.askFor(wanted); err != nil {
		return err
	}
	for i := range events {
		if e := &events[i]; e.Visitor == 0 && b.clients[i].IsValid() {
			v, err := b.visitorOf(e, b.clients[i])
			if err != nil {
				return err
			}
			e.Visitor = v
		}
	}
	return nil
}

// saltOf returns the day's salt, which must be asked for if it is not known.
func (v *visited) saltOf(day holdfast.Day) (s *salted, known bool) {
	if v.salt != nil && v.salt.day == day {
		return v.salt, true
	}
	s, known = v.salts[day]
	if !known {
		s = &salted{site: v.site, day: day}
		v.salts[day] = s
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

func (s *salted) ask(salts Salts) error {
	_, ends := s.site.Bounds(s.day)
	salt, alive, err := salts.Salt(s.site.ID, s.day, ends)
	if err != nil {
		return fmt.Errorf("salt of %s on %s: %w", s.site.Name, s.day, err)
	}
	if alive {
		s.hash = hmac.New(sha256.New, salt[:])
	}
	return nil
}

func (b *Batch) visitorOf(e *holdfast.Event, client netip.Addr) (holdfast.VisitorID, error) {
	s, _ := b.siteByID(e.Site).saltOf(e.Day)
	if s.hash == nil {
		// Nobody can say any more whom the day's hashes meant.
		var random [8]byte
		if _, err := io.ReadFull(b.c.Rand, random[:]); err != nil {
			return 0, fmt.Errorf("visitor of its own: %w", err)
		}
		return holdfast.HashedVisitor(binary.BigEndian.Uint64(random[:])), nil
	}
	return s.visitor(e.Site, client, e.UserAgent), nil
}

// visitor hashes the network, or the IPv4 address, of a client, with the site
// and the user agent.
func (s *salted) visitor(site holdfast.SiteID, client netip.Addr, userAgent string) holdfast.VisitorID {
	client = Network(client)
	at := client.As16()
	s.text = append(s.text[:0], at[:]...)
	s.text = binary.BigEndian.AppendUint32(s.text, uint32(site))
	s.text = append(s.text, userAgent...)
	s.hash.Reset()
	s.hash.Write(s.text)
	return holdfast.HashedVisitor(binary.BigEndian.Uint64(s.hash.Sum(s.sum[:0])))
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
