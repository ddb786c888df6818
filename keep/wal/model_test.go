package wal_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"holdfast"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep/wal"
)

// model is what a log must hold: whatever was acknowledged or read once, and
// nothing that was never appended.
type model struct {
	tb        testing.TB
	seed      uint64
	size      int   // of the largest payloads, if not 0
	fileBytes int64 // 24 KiB if 0

	mu       sync.Mutex
	kept     map[holdfast.Seq]string
	tried    map[string]bool
	removed  holdfast.Seq // records up to it may be gone
	told     holdfast.Seq // the last record that Committed heard of
	appended int          // batches acknowledged
}

func newModel(tb testing.TB, seed uint64) *model {
	return &model{tb: tb, seed: seed, kept: map[holdfast.Seq]string{}, tried: map[string]bool{}}
}

func (m *model) fatalf(format string, args ...any) {
	m.tb.Helper()
	m.tb.Fatalf("seed %d: %s", m.seed, fmt.Sprintf(format, args...))
}

func (m *model) errorf(format string, args ...any) {
	m.tb.Helper()
	m.tb.Errorf("seed %d: %s", m.seed, fmt.Sprintf(format, args...))
}

func (m *model) options(f *faultfs.FS) wal.Options {
	return wal.Options{
		FS: f, Store: store, FileBytes: cmp.Or(m.fileBytes, 24<<10),
		Committed: func(records []wal.Record) {
			m.mu.Lock()
			defer m.mu.Unlock()
			for _, r := range records {
				if r.Seq != m.told+1 && m.told != 0 {
					m.errorf("told of record %d after %d", r.Seq, m.told)
				}
				m.told = r.Seq
			}
		},
	}
}

// payload makes a unique payload, sometimes large, sometimes compressible.
func (m *model) payload(rng *rand.Rand, name string) []byte {
	p := name + "|"
	kind := rng.IntN(10)
	if m.size > 0 && kind > 3 {
		kind = 1
	}
	switch kind {
	case 0:
		p += strings.Repeat(name, 1500)
	case 1:
		b := make([]byte, cmp.Or(m.size, 5000))
		_, _ = rand.NewChaCha8([32]byte{byte(rng.Uint32()), byte(rng.Uint32())}).Read(b)
		p += string(b)
	case 2:
	default:
		p += strings.Repeat("x", rng.IntN(700))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tried[p] = true
	return []byte(p)
}

// work appends from several goroutines until all have done their part, or been
// refused.
func (m *model) work(l *wal.Log, life, workers, batches int) {
	var wg sync.WaitGroup
	for w := range workers {
		rng := rand.New(rand.NewPCG(m.seed, uint64(life*1000+w)))
		wg.Go(func() {
			for i := range batches {
				records := make([]wal.Record, 1+rng.IntN(3)/2*rng.IntN(4))
				for j := range records {
					records[j] = wal.Record{Type: wal.EventBatch, Payload: m.payload(rng, fmt.Sprintf("%d.%d.%d.%d/%d", life, w, i, j, len(records)))}
				}
				if !m.append(l, records) {
					return
				}
			}
		})
	}
	wg.Wait()
}

func (m *model) append(l *wal.Log, records []wal.Record) bool {
	first, err := l.Append(context.Background(), records...)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		if !errors.Is(err, holdfast.ErrUnavailable) {
			m.errorf("append: %v", err)
		}
		return false
	}
	if last := first + holdfast.Seq(len(records)) - 1; m.told < last {
		m.errorf("append of record %d returned before Committed heard of it", last)
	}
	m.appended++
	for i, r := range records {
		if r.Seq != first+holdfast.Seq(i) {
			m.errorf("record %d of a batch at %d has number %d", i, first, r.Seq)
		}
		if old, ok := m.kept[r.Seq]; ok {
			m.errorf("number %d was given twice, to %.20q and %.20q", r.Seq, old, r.Payload)
		}
		m.kept[r.Seq] = string(r.Payload)
	}
	return true
}

// check reads the whole log and compares.
func (m *model) check(l *wal.Log) {
	m.tb.Helper()
	next, inBatch, kept := holdfast.Seq(0), 0, 0
	var time holdfast.Millis
	err := l.Read(context.Background(), m.removed, func(r wal.Record, gap *wal.GapError) error {
		if gap != nil {
			m.fatalf("gap: %v", gap)
		}
		if next == 0 {
			next = r.Seq
		}
		if r.Seq != next {
			m.fatalf("record %d where %d belongs", r.Seq, next)
		}
		next++
		if r.Time < time {
			m.fatalf("time of record %d runs back", r.Seq)
		}
		time = r.Time
		if !m.tried[string(r.Payload)] {
			m.fatalf("record %d was never appended: %.40q", r.Seq, r.Payload)
		}
		if want, ok := m.kept[r.Seq]; ok && want != string(r.Payload) {
			m.fatalf("record %d is %.20q, and was %.20q", r.Seq, r.Payload, want)
		}
		kept++
		m.kept[r.Seq] = string(r.Payload)
		inBatch = m.batch(r, inBatch)
		return nil
	})
	if err != nil {
		m.fatalf("read: %v", err)
	}
	if inBatch != 0 {
		m.fatalf("the log ends within a batch")
	}
	for seq := range m.kept {
		if seq > m.removed && seq >= next {
			m.fatalf("record %d was acknowledged and is missing; the log ends before %d", seq, next)
		}
	}
	if last := l.Last(); next != 0 && last != next-1 {
		m.fatalf("last record is %d, and %d could be read", last, next-1)
	}
}

// batch checks that the records of a batch are all there, and returns the
// number of its next one.
func (m *model) batch(r wal.Record, want int) int {
	name, _, _ := strings.Cut(string(r.Payload), "|")
	var life, w, i, j, n int
	if _, err := fmt.Sscanf(name, "%d.%d.%d.%d/%d", &life, &w, &i, &j, &n); err != nil {
		m.fatalf("record %d: %v", r.Seq, err)
	}
	if j != want && r.Seq != m.removed+1 {
		m.fatalf("record %d is part %d of a batch, want part %d", r.Seq, j, want)
	}
	if j+1 == n {
		return 0
	}
	return j + 1
}

// reopen opens the log after a crash and checks it.
func (m *model) reopen(f *faultfs.FS) (*wal.Log, wal.Recovery) {
	m.tb.Helper()
	m.told = 0
	l, rec, err := wal.Open(m.options(f))
	if err != nil {
		m.fatalf("open: %v", err)
	}
	if len(rec.Gaps) > 0 {
		m.fatalf("opening found %v", rec.Gaps[0])
	}
	m.check(l)
	return l, rec
}

// verify is a full check, for the end of a test.
func (m *model) verify(l *wal.Log) {
	m.tb.Helper()
	m.check(l)
	rep, err := l.Verify(context.Background())
	if err != nil || len(rep.Gaps) > 0 {
		m.fatalf("verify: %v %v", err, rep.Gaps)
	}
}
