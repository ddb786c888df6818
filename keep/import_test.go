package keep_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep"

	"github.com/google/go-cmp/cmp"
)

func TestImportSaysWhichEventsWereNew(t *testing.T) {
	c := newClock()
	s := open(t, newStore(t, c), c)
	accept(t, s, events(t, s, c, 5, 1)[2:4])
	_, fresh, err := s.Import(t.Context(), events(t, s, c, 5, 1))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]bool{true, true, false, false, true}, fresh); diff != "" {
		t.Error(diff)
	}
	if _, fresh, err = s.Import(t.Context(), []holdfast.Event{{Site: 1, Name: "pageview"}}); err != nil || fresh != nil {
		t.Errorf("of an event without an id it says %v, %v", fresh, err)
	}
	closeStore(t, s)
}

// Whoever sends in bulk is refused while there is still room for others.
func TestImportLeavesRoomForLiveEvents(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s, err := keep.Open(dir, keep.Options{Now: c.now, ByHand: true, LogBytes: 1 << 20, SealRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	accept(t, s, events(t, s, c, 100, 1))
	keep.FreezeNow(s) // a seal is under way
	accept(t, s, events(t, s, c, 60, 2))
	if _, _, err := s.Import(t.Context(), events(t, s, c, 1, 3)); !errors.Is(err, holdfast.ErrUnavailable) {
		t.Errorf("import while rows wait to be sealed: %v", err)
	}
	accept(t, s, events(t, s, c, 1, 4))
	if err := s.SealNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Import(t.Context(), events(t, s, c, 1, 3)); err != nil {
		t.Errorf("import once they are sealed: %v", err)
	}
	closeStore(t, s)
}

// Who is refused because a full disk keeps rows from being sealed hears of the
// disk, and not that he is too fast.
func TestWhySealingFailsIsSaidToWhoHasToWait(t *testing.T) {
	disk, c := faultfs.New(), newClock()
	if _, err := keep.InitFS(disk, c.now, rand.NewChaCha8([32]byte{1})); err != nil {
		t.Fatal(err)
	}
	s, err := keep.OpenFS(disk, keep.Options{Now: c.now, Random: rand.NewChaCha8([32]byte{1}), ByHand: true, LogBytes: 1 << 20, SealRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddSite(t.Context(), "shop.example", "UTC", false); err != nil {
		t.Fatal(err)
	}
	accept(t, s, events(t, s, c, 100, 1))
	disk.Inject(func(op faultfs.Op) error {
		if op.Kind == faultfs.Write && strings.HasPrefix(op.Name, "files/") {
			return syscall.ENOSPC
		}
		return nil
	})
	if err := s.SealNow(t.Context()); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("sealing says %v", err)
	}
	accept(t, s, events(t, s, c, 60, 2))
	if _, _, err := s.Import(t.Context(), events(t, s, c, 1, 3)); !errors.Is(err, holdfast.ErrUnavailable) || !strings.Contains(err.Error(), "rows in memory cannot be sealed: ") ||
		!strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("importing says %v", err)
	}
	disk.Inject(nil)
	if err := s.SealNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Import(t.Context(), events(t, s, c, 1, 3)); err != nil {
		t.Errorf("once there is room: %v", err)
	}
	closeStore(t, s)
}

// A verb that opens the store for a moment leaves the books as a server would.
func TestWhatLeftNoRowIsInTheBooksAfterAnAsideOpening(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	for range 2 {
		s, err := keep.Open(dir, keep.Options{Now: c.now, Aside: true, LogBytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Import(t.Context(), events(t, s, c, 10, 1)); err != nil {
			t.Fatal(err)
		}
		s.Refused(1, holdfast.RefusedTime, 3)
		closeStore(t, s)
	}
	s := open(t, dir, c)
	want := holdfast.Account{Received: 26, Counted: 10, Duplicate: 10, Flagged: map[holdfast.Flag]int64{}, Refused: map[holdfast.Reason]int64{holdfast.RefusedTime: 6}}
	if diff := cmp.Diff(want, account(t, s)); diff != "" {
		t.Error(diff)
	}
	closeStore(t, s)
}

func TestFollowersSeeEventsAndRefusalsOnceTheyAreDurable(t *testing.T) {
	c := newClock()
	s := open(t, newStore(t, c), c)
	accept(t, s, events(t, s, c, 3, 1)) // before anybody looks
	after := s.Last()
	ctx, cancel := context.WithCancel(t.Context())
	entries, ended := make(chan keep.Entry), make(chan error, 1)
	go func() {
		ended <- s.Follow(ctx, after, func(e keep.Entry) error { entries <- e; return nil })
	}()
	next := func() keep.Entry {
		t.Helper()
		select {
		case e := <-entries:
			return e
		case err := <-ended:
			t.Fatalf("it ended: %v", err)
		case <-time.After(10 * time.Second):
			t.Fatal("nothing came")
		}
		return keep.Entry{}
	}
	want := events(t, s, c, 2, 2)
	accept(t, s, events(t, s, c, 2, 2))
	if diff := cmp.Diff(want, next().Events); diff != "" {
		t.Error(diff)
	}
	accept(t, s, events(t, s, c, 2, 2)) // a repeat leaves a tally, which is no refusal
	s.Refused(1, holdfast.RefusedRate, 7)
	if err := s.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := next()
	if len(e.Refused) != 1 || e.Refused[0].Reason != holdfast.RefusedRate || e.Refused[0].Events != 7 || len(e.Events) != 0 {
		t.Errorf("of the refusals it says %+v", e)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	closeStore(t, s)
}
