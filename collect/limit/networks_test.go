package limit_test

import (
	"net/netip"
	"testing"
	"time"

	"holdfast/collect/limit"
)

func TestNetworks(t *testing.T) {
	now := time.Unix(1000, 0)
	n := limit.NewNetworks(2, 3, func() time.Time { return now })
	allow := func(addr string) bool {
		_, ok := n.Allow(netip.MustParseAddr(addr))
		return ok
	}
	for range 3 {
		if !allow("203.0.113.1") {
			t.Fatal("held back within the burst")
		}
	}
	wait, ok := n.Allow(netip.MustParseAddr("203.0.113.255"))
	if ok || wait != 500*time.Millisecond {
		t.Errorf("beyond the burst: %v, wait %v", ok, wait)
	}
	if !allow("203.0.114.1") || !allow("2001:db8::1") {
		t.Error("another network is held back")
	}
	allow("2001:db8::2")
	allow("2001:db8::ffff:1")
	if allow("2001:db8::3") {
		t.Error("addresses of one /64 have buckets of their own")
	}
	now = now.Add(500 * time.Millisecond)
	if !allow("203.0.113.1") || allow("203.0.113.1") {
		t.Error("half a second gives back one token")
	}
	now = now.Add(time.Hour)
	for range 3 {
		if !allow("203.0.113.1") {
			t.Error("the bucket is not full again")
		}
	}
	if allow("203.0.113.1") {
		t.Error("the bucket is more than full")
	}
}

func TestSeveralTokensAtOnce(t *testing.T) {
	now := time.Unix(1000, 0)
	n := limit.NewNetworks(2, 10, func() time.Time { return now })
	take := func(tokens int) (time.Duration, bool) { return n.AllowAll(netip.MustParseAddr("203.0.113.1"), tokens) }
	for _, c := range []struct {
		tokens int
		wait   time.Duration
		ok     bool
	}{
		{7, 0, true}, {4, 500 * time.Millisecond, false}, {3, 0, true}, {1, 500 * time.Millisecond, false}, {0, 0, true},
		{10, 5 * time.Second, false}, {1000, 5 * time.Second, false},
	} {
		if wait, ok := take(c.tokens); ok != c.ok || wait != c.wait {
			t.Errorf("%d tokens: %v, wait %v; want %v, %v", c.tokens, ok, wait, c.ok, c.wait)
		}
	}
	now = now.Add(5 * time.Second)
	if _, ok := take(1000); !ok {
		t.Error("a full bucket is not enough")
	}
}

func TestNoRateHoldsNobodyBack(t *testing.T) {
	n := limit.NewNetworks(0, 0, time.Now)
	for range 1000 {
		if _, ok := n.Allow(netip.MustParseAddr("203.0.113.1")); !ok {
			t.Fatal("held back")
		}
	}
}

func TestMoreNetworksThanAreRemembered(t *testing.T) {
	now := time.Unix(1000, 0)
	n := limit.NewNetworks(1, 1, func() time.Time { return now })
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1}) }
	var held int
	for i := range 70_000 {
		if _, ok := n.Allow(at(i)); !ok {
			held++
		}
	}
	if held == 0 || held > 70_000-1<<16 {
		t.Errorf("%d of the networks that find no room are held back", held)
	}
	if _, ok := n.Allow(at(0)); ok {
		t.Error("a network was forgotten")
	}
	now = now.Add(2 * time.Second)
	if _, ok := n.Allow(at(69_999)); !ok {
		t.Error("there is no room once the buckets are full again")
	}
}
