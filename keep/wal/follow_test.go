package wal_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep/wal"
)

// Followers run beside appends, rotations, failing disks, removals and
// recycling: each sees what Committed was told, in order, and nothing else.
func TestFollowersSeeExactlyTheDurableRecords(t *testing.T) {
	for seed := range uint64(*seeds * 20) {
		follow(t, seed)
	}
}

func follow(t *testing.T, seed uint64) {
	m := newModel(t, seed)
	f := faultfs.New()
	o := m.options(f)
	told := map[holdfast.Seq]string{}
	o.Committed = func(records []wal.Record) {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, r := range records {
			m.told = r.Seq
			told[r.Seq] = string(r.Payload)
		}
	}
	l, _ := open(t, o)
	sick := rand.New(rand.NewPCG(seed, 5))
	f.Inject(func(op faultfs.Op) error {
		if (op.Kind == faultfs.Datasync || op.Kind == faultfs.Write) && sick.IntN(40) == 0 {
			return syscall.EIO
		}
		return nil
	})
	var floor struct { // records that may be removed
		sync.Mutex
		at [3]holdfast.Seq
	}
	var followers sync.WaitGroup
	for i := range floor.at {
		followers.Go(func() {
			c := l.Follow(0)
			defer c.Close()
			for {
				r, err := c.Next(context.Background())
				if errors.Is(err, wal.ErrClosed) {
					if c.After() != l.Last() {
						m.errorf("the follower ended at record %d of %d", c.After(), l.Last())
					}
					return
				}
				if err != nil {
					m.errorf("follow: %v", err)
					return
				}
				m.mu.Lock()
				want, ok := told[r.Seq]
				m.mu.Unlock()
				if !ok || want != string(r.Payload) {
					m.errorf("record %d is %.20q, Committed was told %.20q", r.Seq, r.Payload, want)
				}
				floor.Lock()
				if r.Seq != floor.at[i]+1 {
					m.errorf("record %d came after %d", r.Seq, floor.at[i])
				}
				floor.at[i] = r.Seq
				floor.Unlock()
			}
		})
	}
	for life := range 5 {
		m.work(l, life, 4, 10)
		floor.Lock()
		seen := min(floor.at[0], floor.at[1], floor.at[2])
		floor.Unlock()
		if _, err := l.Remove(seen); err != nil {
			m.errorf("remove: %v", err)
		}
	}
	closeLog(t, l)
	followers.Wait()
}

func TestACursorGoesOnBehindWhatWasRemoved(t *testing.T) {
	f := small(t)
	l, _ := open(t, wal.Options{FS: f})
	defer l.Close()
	if n, err := l.Remove(9); n != 1 || err != nil {
		t.Fatalf("removed %d files: %v", n, err)
	}
	c := l.Scan(2)
	defer c.Close()
	var gap *wal.GapError
	if _, err := c.Next(t.Context()); !errors.As(err, &gap) || !errors.Is(err, wal.ErrRemoved) || gap.From != 3 || gap.To != 5 {
		t.Errorf("first: %v", err)
	}
	for want := holdfast.Seq(6); want <= 10; want++ {
		if r, err := c.Next(t.Context()); err != nil || r.Seq != want {
			t.Errorf("record %d: %v", r.Seq, err)
		}
	}
	if _, err := c.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("last: %v", err)
	}
}

// noSpares makes it necessary to recycle files.
func noSpares(op faultfs.Op) error {
	if op.Name == "log/spare.tmp" {
		return syscall.EIO
	}
	return nil
}

// A file that a cursor reads is not written again, even if it is removed.
func TestACursorReadsAFileThatIsRemovedMeanwhile(t *testing.T) {
	f := faultfs.New()
	f.Inject(noSpares)
	l, _ := open(t, wal.Options{FS: f, FileBytes: 512 << 10}) // more than a cursor reads at once
	defer l.Close()
	payload := strings.Repeat("x", 4000)
	for range 200 {
		add(t, l, payload)
	}
	c := l.Follow(0)
	defer c.Close()
	if r, err := c.Next(t.Context()); err != nil || r.Seq != 1 {
		t.Fatalf("record %d: %v", r.Seq, err)
	}
	last := l.Files()[0].Last
	for range 400 {
		add(t, l, payload)
		if _, err := l.Remove(l.Last()); err != nil {
			t.Fatal(err)
		}
	}
	for want := holdfast.Seq(2); want <= last; want++ {
		if r, err := c.Next(t.Context()); err != nil || r.Seq != want {
			t.Fatalf("record %d: %v, want %d", r.Seq, err, want)
		}
	}
	first := l.Files()[0].First
	var gap *wal.GapError
	if _, err := c.Next(t.Context()); !errors.As(err, &gap) || !errors.Is(err, wal.ErrRemoved) || gap.To != first-1 {
		t.Errorf("behind it: %v", err)
	}
	if r, err := c.Next(t.Context()); err != nil || r.Seq != first {
		t.Errorf("record %d: %v, want %d", r.Seq, err, first)
	}
}

func TestNextEndsWithItsContext(t *testing.T) {
	l, _ := open(t, wal.Options{FS: faultfs.New()})
	defer l.Close()
	c := l.Follow(0)
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("next: %v", err)
	}
	add(t, l, "one")
	if r, err := c.Next(t.Context()); err != nil || string(r.Payload) != "one" {
		t.Errorf("next: %q %v", r.Payload, err)
	}
}

func TestAReadThatFailsMayBeTriedAgain(t *testing.T) {
	f := small(t)
	l, _ := open(t, wal.Options{FS: f})
	defer l.Close()
	f.Inject(faultfs.FailNth(faultfs.Read, 1, syscall.EIO))
	c := l.Scan(0)
	defer c.Close()
	if _, err := c.Next(t.Context()); !errors.Is(err, syscall.EIO) {
		t.Errorf("first: %v", err)
	}
	for want := holdfast.Seq(1); want <= 10; want++ {
		if r, err := c.Next(t.Context()); err != nil || r.Seq != want {
			t.Errorf("record %d: %v", r.Seq, err)
		}
	}
}
