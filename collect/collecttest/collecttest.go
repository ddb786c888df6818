// Package collecttest has small, real stand-ins for what collect works with,
// all in memory: sites, keys, salts, hashes, receipts, books and a sink.
package collecttest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"sync"
	"testing"

	"holdfast"
)

// Sites are sites by name.
type Sites map[string]*holdfast.Site

// Site implements collect.Sites.
func (s Sites) Site(name string) (*holdfast.Site, bool) {
	site, ok := s[name]
	return site, ok
}

// NewSites returns sites with these names in zone, numbered from 1.
func NewSites(tb testing.TB, zone string, names ...string) Sites {
	tb.Helper()
	sites := Sites{}
	for i, name := range names {
		site, err := holdfast.NewSite(holdfast.SiteID(i+1), name, zone, 0)
		if err != nil {
			tb.Fatal(err)
		}
		sites[name] = site
	}
	return sites
}

// SiteDay names a day of a site.
type SiteDay struct {
	Site holdfast.SiteID
	Day  holdfast.Day
}

// Salts makes a random salt for each site day that is not in Dead.
type Salts struct {
	mu    sync.Mutex
	made  map[SiteDay][16]byte
	asked int

	Dead map[SiteDay]bool
	Err  error // what making one fails with
}

// Salt implements collect.Salts.
func (s *Salts) Salt(site holdfast.SiteID, day holdfast.Day, _ holdfast.Millis) ([16]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	of := SiteDay{site, day}
	if s.Dead[of] {
		return [16]byte{}, false, nil
	}
	salt, ok := s.made[of]
	if ok {
		return salt, true, nil
	}
	if s.Err != nil {
		return salt, false, s.Err
	}
	if s.made == nil {
		s.made = map[SiteDay][16]byte{}
	}
	rand.Read(salt[:])
	s.made[of] = salt
	return salt, true, nil
}

// Made implements collect.Salts.
func (s *Salts) Made(site holdfast.SiteID, day holdfast.Day) (salt [16]byte, alive, made bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := SiteDay{site, day}
	if s.Dead[of] {
		return [16]byte{}, false, true
	}
	salt, made = s.made[of]
	return salt, made, made
}

// Asked returns how often a salt was asked for.
func (s *Salts) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Forget makes all salts anew.
func (s *Salts) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.made)
}

// Hasher hashes without a secret.
type Hasher struct{}

// EventID implements collect.Hasher.
func (Hasher) EventID(site holdfast.SiteID, id string) holdfast.EventID {
	return holdfast.EventID(sum("event", site, id))
}

// Member implements collect.Hasher.
func (Hasher) Member(site holdfast.SiteID, id string) holdfast.VisitorID {
	return holdfast.DeclaredVisitor(sum("member", site, id))
}

// Visitor implements collect.Hasher.
func (Hasher) Visitor(site holdfast.SiteID, id string) holdfast.VisitorID {
	return holdfast.DeclaredVisitor(sum("visitor", site, id))
}

// Visit implements collect.Hasher.
func (Hasher) Visit(site holdfast.SiteID, id string) holdfast.VisitID {
	return holdfast.VisitID(sum("visit", site, id) >> 1)
}

func sum(kind string, site holdfast.SiteID, id string) uint64 {
	text := append([]byte(kind), byte(site), 0)
	h := sha256.Sum256(append(text, id...))
	return binary.BigEndian.Uint64(h[:])
}

// Keys are keys by token.
type Keys map[string]holdfast.Key

// Key implements door.Keys.
func (k Keys) Key(token string) (holdfast.Key, bool) {
	key, ok := k[token]
	return key, ok
}

// Sealer makes receipts that can be read: r1-2 is for two events in record 1.
type Sealer struct{}

// Seal implements door.Sealer.
func (Sealer) Seal(r holdfast.Receipt) string { return fmt.Sprintf("r%d-%d", r.Seq, r.Count) }

// Refusal is what Books count by.
type Refusal struct {
	Site   holdfast.SiteID
	Reason holdfast.Reason
}

// Books count refusals.
type Books struct {
	mu      sync.Mutex
	refused map[Refusal]int64
}

// Refused implements collect.Books.
func (b *Books) Refused(site holdfast.SiteID, reason holdfast.Reason, n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refused == nil {
		b.refused = map[Refusal]int64{}
	}
	b.refused[Refusal{site, reason}] += n
}

// All returns the refusals so far.
func (b *Books) All() map[Refusal]int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.refused)
}

// Sink keeps events in memory, those with one id once.
type Sink struct {
	mu     sync.Mutex
	events []holdfast.Event
	have   map[holdfast.EventID]holdfast.Seq
	last   holdfast.Seq
	failAt holdfast.Seq
	err    error
}

var _ holdfast.Sink = (*Sink)(nil)

// Accept implements holdfast.Sink.
func (s *Sink) Accept(ctx context.Context, events []holdfast.Event) (holdfast.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return holdfast.Receipt{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil && s.last+1 >= s.failAt {
		return holdfast.Receipt{}, s.err
	}
	if s.have == nil {
		s.have = map[holdfast.EventID]holdfast.Seq{}
	}
	before, seq, count := holdfast.Seq(0), s.last+1, 0
	for _, e := range events {
		if at, ok := s.have[e.ID]; ok && e.ID != 0 {
			before = max(before, at)
			continue
		}
		s.have[e.ID] = seq
		s.events = append(s.events, e)
		count++
	}
	if count == 0 {
		return holdfast.Receipt{Seq: before}, nil
	}
	s.last = seq
	return holdfast.Receipt{Seq: seq, Count: count}, nil
}

// Fail makes Accept fail from record seq on.
func (s *Sink) Fail(seq holdfast.Seq, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failAt, s.err = seq, err
}

// Events returns the events kept, in the order they came.
func (s *Sink) Events() []holdfast.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]holdfast.Event(nil), s.events...)
}

// Discard is a sink that keeps nothing.
type Discard struct{}

// Accept implements holdfast.Sink.
func (Discard) Accept(context.Context, []holdfast.Event) (holdfast.Receipt, error) {
	return holdfast.Receipt{Seq: 1}, nil
}
