package keep_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep"
)

// A repeat is answered like a first, however many come at once.
func TestManyWhoSendKnownEventsAtOnceAreAllAnswered(t *testing.T) {
	c := newClock()
	s := open(t, newStore(t, c), c)
	list := events(t, s, c, 2000, 1)
	accept(t, s, slices.Clone(list))
	check(t, s.SealNow(t.Context()))
	var refused atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if _, err := s.Accept(t.Context(), slices.Clone(list)); err != nil {
					refused.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := refused.Load(); n > 0 {
		t.Errorf("%d of 160 repeats were refused", n)
	}
}

// When files of ids cannot be opened at the moment, as when the process has too
// many open, nothing is forgotten.
func TestIDsAreKnownAlthoughTheirFilesCouldNotBeOpenedForAWhile(t *testing.T) {
	c, disk := newClock(), faultfs.New()
	_, err := keep.InitFS(disk, c.now, zeros{})
	check(t, err)
	s, err := keep.OpenFS(disk, keep.Options{Now: c.now, ByHand: true})
	check(t, err)
	defer s.Close()
	_, err = s.AddSite(t.Context(), "shop.example", "Europe/Berlin", false)
	check(t, err)
	fail := func(op faultfs.Op) error {
		if op.Kind == faultfs.Open && strings.HasSuffix(op.Name, ".ids") {
			return syscall.EMFILE
		}
		return nil
	}
	var sent [][]holdfast.Event
	send := func() {
		list := events(t, s, c, 100, uint64(len(sent)))
		sent = append(sent, slices.Clone(list))
		accept(t, s, list)
	}
	again := func() {
		t.Helper()
		for _, list := range sent {
			accept(t, s, slices.Clone(list))
		}
		if a := account(t, s); a.Counted != int64(100*len(sent)) {
			t.Fatalf("of %d events: %+v", 100*len(sent), a)
		}
	}
	send()
	disk.Inject(fail)
	_ = s.SealNow(t.Context()) // tried again later
	disk.Inject(nil)
	again()
	send()
	check(t, s.SealNow(t.Context()))
	again()
	check(t, s.SealNow(t.Context()))
	again()
	c.advance(36 * time.Hour)
	disk.Inject(fail)
	_ = s.Tend(t.Context())
	disk.Inject(nil)
	again()
	check(t, s.Tend(t.Context()))
	again()
	checkStore(t, s)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
