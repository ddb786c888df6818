package keep_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep"
)

// life does everything a store does to a disk, and returns how many events it
// acknowledged. It stops at the first error.
func life(t *testing.T, s *keep.Store, c *clock) (acknowledged int, err error) {
	t.Helper()
	ctx := context.Background()
	if _, ok := s.Site("shop.example"); !ok {
		if _, err := s.AddSite(ctx, "shop.example", "Europe/Berlin", false); err != nil {
			return 0, err
		}
	}
	site, _ := s.Site("shop.example")
	for i := range 10 {
		list := events(t, s, c, 40, uint64(i))
		_, ends := site.Bounds(list[0].Day)
		if _, _, err := s.Salt(site.ID, list[0].Day, ends); err != nil {
			return acknowledged, err
		}
		if _, err := s.Accept(ctx, list); err != nil {
			return acknowledged, err
		}
		acknowledged += len(list)
		if i%2 == 1 {
			if err := s.SealNow(ctx); err != nil {
				return acknowledged, err
			}
		}
		c.advance(13 * time.Hour)
		if err := s.Tend(ctx); err != nil {
			return acknowledged, err
		}
	}
	return acknowledged, s.Close()
}

// The power fails at operations that a store does on its disk, one at a time.
// Whatever was acknowledged is there afterwards, once, and everything else is
// whole.
func TestThePowerFailsAtAnyOperation(t *testing.T) {
	random := func() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{1}) }
	options := func(c *clock) keep.Options {
		return keep.Options{Now: c.now, Random: random(), ByHand: true, LogBytes: 16 << 10, DayRows: 60}
	}
	fresh := func() (*faultfs.FS, *clock) {
		fs, c := faultfs.New(), newClock()
		if _, err := keep.InitFS(fs, c.now, random()); err != nil {
			t.Fatal(err)
		}
		return fs, c
	}
	fs, c := fresh()
	s, err := keep.OpenFS(fs, options(c))
	if err != nil {
		t.Fatal(err)
	}
	before := fs.Ops()
	if n, err := life(t, s, c); err != nil || n != 400 {
		t.Fatal(n, err)
	}
	ops := fs.Ops() - before
	for at := 1; at <= ops; at += crashStep {
		fs, c := fresh()
		fs.Inject(faultfs.PowerOffAt(before + at))
		acknowledged := 0
		s, err := keep.OpenFS(fs, options(c))
		if err == nil {
			acknowledged, err = life(t, s, c)
			s.Close()
		}
		if err != nil && !errors.Is(err, faultfs.ErrPowerOff) && !errors.Is(err, holdfast.ErrUnavailable) {
			t.Fatalf("power off at operation %d of %d: %v", at, ops, err)
		}
		fs = fs.Crash(rand.New(rand.NewPCG(uint64(at), 0)))
		s, err = keep.OpenFS(fs, options(c))
		if err != nil {
			t.Fatalf("power off at operation %d of %d: open: %v", at, ops, err)
		}
		checkStore(t, s)
		accounts, err := s.Audit(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if kept := int(accounts["shop.example"].Counted); kept < acknowledged || kept > acknowledged+40 {
			t.Fatalf("power off at operation %d of %d: %d events acknowledged, %d kept", at, ops, acknowledged, kept)
		}
		// The clients send everything again, and life goes on.
		c.t = newClock().t
		if _, err := life(t, s, c); err != nil {
			t.Fatalf("power off at operation %d of %d: afterwards: %v", at, ops, err)
		}
		if s, err = keep.OpenFS(fs, options(c)); err != nil {
			t.Fatal(err)
		}
		if accounts, err = s.Audit(t.Context()); err != nil || accounts["shop.example"].Counted != 400 {
			t.Fatalf("power off at operation %d of %d: afterwards %d events are kept, not 400 (%v)", at, ops, accounts["shop.example"].Counted, err)
		}
		checkStore(t, s)
		s.Close()
	}
	t.Logf("%d operations", ops)
}
