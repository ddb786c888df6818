package ids_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/ids"
)

// TestManyAtOnce lets batches with common ids race each other, seals and
// compactions. Every id must be kept exactly once before the last batch that
// has it is acknowledged.
func TestManyAtOnce(t *testing.T) {
	const workers, rounds, spread = 8, 500, 50_000
	dir := openDir(t)
	x := newIndex(t, ids.Options{FS: dir, FilterBytes: 8000})
	store := &fakeLog{kept: map[holdfast.EventID]int{}}

	var work, sealer sync.WaitGroup
	stop := make(chan bool)
	sealer.Go(func() { sealAndCompact(t, x, dir, store, stop) })
	for w := range workers {
		r := rand.New(rand.NewPCG(7, uint64(w)))
		work.Go(func() {
			for range rounds {
				batch := make([]holdfast.EventID, 1+r.IntN(50))
				for i := range batch {
					batch[i] = holdfast.EventID((1 + r.Uint64N(spread)) * 0x9e3779b97f4a7c15)
				}
				c, err := x.Claim(1, batch)
				if err != nil {
					t.Error(err)
					return
				}
				if r.IntN(5) == 0 {
					c.Drop()
					continue
				}
				store.append(batch, c.Fresh)
				c.Keep()
				if err := c.Wait(t.Context()); errors.Is(err, holdfast.ErrUnavailable) {
					continue
				} else if err != nil {
					t.Error(err)
					return
				}
				store.check(t, batch)
			}
		})
	}
	work.Wait()
	close(stop)
	sealer.Wait()
	if n := x.Stats().Pending; n != 0 {
		t.Errorf("%d ids still pending", n)
	}
}

// sealAndCompact moves ids from memory to files, and files into one, as a
// store does, until stop.
func sealAndCompact(t *testing.T, x *ids.Index, dir fsx.FS, store *fakeLog, stop chan bool) {
	var files []ids.File
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		default:
		}
		x.Freeze()
		f := ids.File{Name: fmt.Sprintf("part%d.ids", n)}
		if err := ids.WriteFile(dir, ".", f.Name, store.cut()); err != nil {
			t.Error(err)
			return
		}
		if err := x.Replace([]ids.File{f}, nil, true); err != nil {
			t.Error(err)
			return
		}
		if files = append(files, f); len(files) < 8 {
			continue
		}
		var all []holdfast.EventID
		for _, f := range files {
			if err := ids.Read(dir, ".", f.Name, func(list []holdfast.EventID) error {
				all = append(all, list...)
				return nil
			}); err != nil {
				t.Error(err)
				return
			}
		}
		merged := ids.File{Name: fmt.Sprintf("day%d.ids", n)}
		if err := ids.WriteFile(dir, ".", merged.Name, all); err != nil {
			t.Error(err)
			return
		}
		if err := x.Replace([]ids.File{merged}, files, false); err != nil {
			t.Error(err)
			return
		}
		for _, f := range files {
			dir.Remove(f.Name)
		}
		files = []ids.File{merged}
	}
}

// fakeLog is what is durable.
type fakeLog struct {
	mu   sync.Mutex
	kept map[holdfast.EventID]int
	rest []holdfast.EventID // not cut yet
}

func (l *fakeLog) append(batch []holdfast.EventID, fresh []bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, id := range batch {
		if fresh[i] {
			l.kept[id]++
			l.rest = append(l.rest, id)
		}
	}
}

// cut returns what became durable since the last cut.
func (l *fakeLog) cut() []holdfast.EventID {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := l.rest
	l.rest = nil
	return rest
}

func (l *fakeLog) check(t *testing.T, batch []holdfast.EventID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range batch {
		if n := l.kept[id]; n != 1 {
			t.Errorf("id %d was kept %d times when its batch was acknowledged", id, n)
		}
	}
}
