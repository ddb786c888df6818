package collect_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/collecttest"
)

// from is a page view by a client.
func from(address, userAgent string) collect.Input {
	return page(func(in *collect.Input) { in.Address, in.UserAgent = netip.MustParseAddr(address), userAgent })
}

func TestVisitors(t *testing.T) {
	base := from("203.0.113.7", chrome)
	v6 := from("2001:db8:1:2::1", chrome)
	cases := []struct {
		name string
		a, b collect.Input
		same bool
	}{
		{"the same client is the same visitor", base, base, true},
		{"another address is another visitor", base, from("203.0.113.8", chrome), false},
		{"another user agent is another visitor", base, from("203.0.113.7", chrome+" Edg/149.0"), false},
		{"a mapped address is the same", base, from("::ffff:203.0.113.7", chrome), true},
		{"addresses of one /64 are one visitor", v6, from("2001:db8:1:2:ffff::9", chrome), true},
		{"another /64 is another visitor", v6, from("2001:db8:1:3::1", chrome), false},
		{"a zone of an address does not matter", from("fe80::1", chrome), from("fe80::1%eth0", chrome), true},
		{"another site is another visitor", base, func() collect.Input {
			in := base
			in.Site = "other.example.org"
			return in
		}(), false},
	}
	s := newSetup(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := s.all(t, collectKey, c.a, c.b)
			if !got[0].Visitor.Hashed() || !got[1].Visitor.Hashed() {
				t.Fatalf("got %x and %x", got[0].Visitor, got[1].Visitor)
			}
			if same := got[0].Visitor == got[1].Visitor; same != c.same {
				t.Errorf("same: %v", same)
			}
		})
	}
}

// A network of 16 says that two visitors came from two places, and never that
// one place was two.
func TestVisitorsHaveTheNetworkTheyCameFrom(t *testing.T) {
	s := newSetup(t)
	for _, c := range []struct{ name, network string }{
		{"a /24 is one", "198.51.100.%d"},
		{"a /48 is one", "2001:db8:1:%x::1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var all []collect.Input
			for i := range 200 {
				all = append(all, from(fmt.Sprintf(c.network, i), fmt.Sprint(chrome, i)))
			}
			networks := make(map[int]bool)
			for _, e := range s.all(t, collectKey, all...) {
				networks[e.Visitor.Network()] = true
			}
			if len(networks) != 1 {
				t.Errorf("it is %d", len(networks))
			}
		})
	}
	for _, c := range []struct{ name, network string }{
		{"many /24 are many", "203.0.%d.1"},
		{"many /48 are many", "2001:db8:%x::1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var all []collect.Input
			for i := range 200 {
				all = append(all, from(fmt.Sprintf(c.network, i), chrome))
			}
			networks := make(map[int]bool)
			for _, e := range s.all(t, collectKey, all...) {
				networks[e.Visitor.Network()] = true
			}
			if len(networks) < holdfast.Networks-2 { // one in a million times
				t.Errorf("they are %d", len(networks))
			}
		})
	}
}

func TestSaltsRotate(t *testing.T) {
	s := newSetup(t)
	in := from("203.0.113.7", chrome)
	today := s.one(t, collectKey, in).Visitor
	if again := s.one(t, collectKey, in).Visitor; again != today {
		t.Error("the same client of the same day is another visitor in the next batch")
	}
	s.now = time.Date(2026, 7, 31, 22, 0, 0, 0, time.UTC) // midnight in Berlin
	if tomorrow := s.one(t, collectKey, in).Visitor; tomorrow == today {
		t.Error("a visitor is known on the next day")
	}
	s.now = noon
	s.salts.Forget()
	if other := s.one(t, collectKey, in).Visitor; other == today {
		t.Error("a visitor does not depend on the salt")
	}
}

func TestSaltsAreAskedForOnceABatch(t *testing.T) {
	s := newSetup(t)
	b := s.Batch(collectKey)
	defer b.Close()
	for i := range 100 {
		in := from("203.0.113.7", chrome)
		in.Age, in.Sent = int64(i%5)*86_400_000, collect.SentAge
		if i%2 == 1 {
			in.Site = "other.example.org"
		}
		if err := b.Add(&in); err != nil {
			t.Fatal(err)
		}
	}
	if s.salts.Asked() != 0 {
		t.Error("a salt is asked for before the batch is accepted")
	}
	if _, err := b.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.salts.Asked(); n != 10 {
		t.Errorf("asked for a salt %d times, for 10 site days", n)
	}
}

func TestAfterTheSaltsDeath(t *testing.T) {
	s := newSetup(t)
	s.salts.Dead[collecttest.SiteDay{Site: 1, Day: holdfast.DayOf(2026, 7, 31)}] = true
	got := s.all(t, collectKey, from("203.0.113.7", chrome), from("203.0.113.7", chrome))
	if !got[0].Visitor.Hashed() || got[0].Visitor == got[1].Visitor {
		t.Errorf("got %x and %x, want two visitors of their own", got[0].Visitor, got[1].Visitor)
	}
}

func TestASaltThatCannotBeMade(t *testing.T) {
	s := newSetup(t)
	s.salts.Err = errors.Join(holdfast.ErrUnavailable)
	b := s.Batch(collectKey)
	in := from("203.0.113.7", chrome)
	if err := b.Add(&in); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Accept(t.Context()); !errors.Is(err, holdfast.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	b.Close()
	if n := s.books.All()[collecttest.Refusal{Site: 1, Reason: holdfast.RefusedUnavailable}]; n != 1 || len(s.sink.Events()) != 0 {
		t.Errorf("booked %d, kept %d", n, len(s.sink.Events()))
	}
}

func TestDeclaredVisitors(t *testing.T) {
	s := newSetup(t)
	s.salts.Err = holdfast.ErrUnavailable // none may be needed
	named := func(visitor, member string, days int) holdfast.VisitorID {
		in := from("203.0.113.7", chrome)
		in.Visitor, in.Member, in.Age, in.Sent = visitor, member, int64(days)*86_400_000, collect.SentAge
		v := s.one(t, collectKey, in).Visitor
		if !v.Declared() {
			t.Errorf("visitor %x is not declared", v)
		}
		return v
	}
	if named("7", "", 0) != named("7", "", 3) {
		t.Error("a declared visitor is another one on another day")
	}
	if named("7", "", 0) == named("8", "", 0) {
		t.Error("two declared visitors are one")
	}
	if named("7", "", 0) == named("", "7", 0) {
		t.Error("visitor 7 is member 7")
	}
	if named("a", "7", 0) != named("b", "7", 0) {
		t.Error("a member is not the same in two browsers")
	}
}

func TestNobody(t *testing.T) {
	s := newSetup(t)
	e := s.one(t, collectKey, page(func(in *collect.Input) { in.UserAgent = chrome }))
	if e.Visitor != 0 || s.salts.Asked() != 0 {
		t.Errorf("an event without a client has visitor %x", e.Visitor)
	}
}
