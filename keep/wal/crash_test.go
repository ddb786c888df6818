package wal_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep/wal"
)

var seeds = flag.Int("seeds", 1, "how many seeds the random tests try")

// Several lives of a log, each ended by a power cut at a random operation:
// what was acknowledged in one is there in all later ones.
func TestAcknowledgedRecordsSurvivePowerCuts(t *testing.T) {
	for seed := range uint64(*seeds * 60) {
		m := newModel(t, seed)
		rng := rand.New(rand.NewPCG(seed, 1))
		f := faultfs.New()
		for life := range 4 {
			f.Inject(faultfs.PowerOffAt(f.Ops() + 1 + rng.IntN(150)))
			m.told = 0
			l, _, err := wal.Open(m.options(f))
			if err == nil {
				m.work(l, life, 1+rng.IntN(4), 20)
				_ = l.Close()
			} else if !errors.Is(err, faultfs.ErrPowerOff) {
				m.fatalf("open: %v", err)
			}
			f = f.Crash(rng)
			l, _ = m.reopen(f)
			if rng.IntN(2) == 0 {
				m.removed = max(m.removed, l.Last()/2)
				if _, err := l.Remove(m.removed); err != nil {
					m.fatalf("remove: %v", err)
				}
			}
			m.verify(l)
			f = crashOrKill(rng, f, l)
		}
		l, _ := m.reopen(f)
		m.verify(l)
		closeLog(t, l)
	}
}

func crashOrKill(rng *rand.Rand, f *faultfs.FS, l *wal.Log) *faultfs.FS {
	switch rng.IntN(4) {
	case 0:
		defer l.Close()
		return f.Kill()
	case 1:
		defer l.Close()
		return f.CrashStrict()
	case 2:
		defer l.Close()
		return f.Crash(rng)
	}
	_ = l.Close()
	return f.Kill()
}

// Many appenders of large records on a disk that takes its time, so that
// writing overlaps with syncing, files are left while syncs are under way, and
// spares are taken while others are recycled.
func TestAcknowledgedRecordsSurvivePowerCutsUnderLoad(t *testing.T) {
	for seed := range uint64(*seeds * 5) {
		m := newModel(t, seed)
		m.size, m.fileBytes = 40<<10, 400<<10
		rng := rand.New(rand.NewPCG(seed, 6))
		f := faultfs.New()
		f.SetLatency(200 * time.Microsecond)
		l, _ := m.reopen(f)
		for life := range 3 {
			from, to := f.Ops()+1+rng.IntN(200), -1
			f.Inject(func(op faultfs.Op) error {
				switch {
				case seed%2 == 0 && noSpares(op) != nil:
					return noSpares(op)
				case op.N == to || op.N > from && op.Kind == faultfs.Datasync && seed%3 == 0 && to < 0:
					to = op.N // a failing sync, rather than a power cut
					return syscall.EIO
				case op.N > from && seed%3 != 0:
					return faultfs.ErrPowerOff
				}
				return nil
			})
			m.removed = max(m.removed, l.Last()/2)
			var removing sync.WaitGroup
			removing.Go(func() { _, _ = l.Remove(m.removed) })
			m.work(l, life, 16, 15)
			removing.Wait()
			f = crashOrKill(rng, f, l)
			l, _ = m.reopen(f)
		}
		m.verify(l)
		closeLog(t, l)
	}
}

// One life is ended at each of its operations in turn.
func TestAcknowledgedRecordsSurviveAPowerCutAtEachOperation(t *testing.T) {
	for at, ended := 1, false; !ended; at++ {
		m := newModel(t, uint64(at))
		f := faultfs.New()
		l, _ := m.reopen(f)
		m.work(l, 0, 1, 20)
		m.removed = l.Last() / 2
		f.Inject(faultfs.PowerOffAt(f.Ops() + at))
		var removing sync.WaitGroup
		removing.Go(func() { _, _ = l.Remove(m.removed) }) // so that files are recycled
		m.work(l, 1, 2, 12)
		removing.Wait()
		ended = l.Close() == nil && m.appended == 44 && at > 100
		for _, left := range []*faultfs.FS{f.CrashStrict(), f.Crash(rand.New(rand.NewPCG(uint64(at), 2)))} {
			l, _ := m.reopen(left)
			m.verify(l)
			m.work(l, 2+at%7, 1, 3)
			m.verify(l)
			closeLog(t, l)
			m.kept = cut(m.kept) // the other one did not see these
		}
	}
}

// cut forgets what was appended after the crash, and what was not
// acknowledged before.
func cut(kept map[holdfast.Seq]string) map[holdfast.Seq]string {
	out := map[holdfast.Seq]string{}
	for seq, p := range kept {
		if p[0] < '2' {
			out[seq] = p
		}
	}
	return out
}

// Each kind of write fails once, at each of its calls in turn; nothing that
// was acknowledged is lost, and the log goes on.
func TestAFailedWriteOrSyncCostsNothingAcknowledged(t *testing.T) {
	kinds := []faultfs.Kind{faultfs.Write, faultfs.Datasync, faultfs.Sync, faultfs.Rename, faultfs.SyncDir, faultfs.Create, faultfs.Preallocate, faultfs.Truncate}
	faults := map[string]error{"an I/O error": syscall.EIO, "no space": syscall.ENOSPC, "a short write": &faultfs.ShortWrite{Bytes: 700, Err: syscall.EIO}}
	for _, kind := range kinds {
		for name, fault := range faults {
			if (kind != faultfs.Write) && name == "a short write" {
				continue
			}
			t.Run(fmt.Sprintf("%s fails with %s", kind, name), func(t *testing.T) {
				for n := 1; n <= 9; n++ {
					failNth(t, kind, n, fault)
				}
			})
		}
	}
}

func failNth(t *testing.T, kind faultfs.Kind, n int, fault error) {
	m := newModel(t, uint64(n))
	f := faultfs.New()
	f.Inject(faultfs.FailNth(kind, n, fault))
	o := m.options(f)
	l, _, err := wal.Open(o)
	if err != nil {
		return // it could not even make its folder
	}
	for life := range 3 { // a refused goroutine ends; the next try meets a healed log
		m.work(l, life, 2, 12)
	}
	m.verify(l)
	if m.appended < 40 {
		m.errorf("only %d batches were acknowledged", m.appended)
	}
	strict := f.Kill()
	l.Close()
	l, _ = m.reopen(strict.CrashStrict())
	m.work(l, 4, 2, 3)
	m.verify(l)
	closeLog(t, l)
}

// Whatever fails from some moment on, what was acknowledged before is there,
// nothing is acknowledged that is not, and when the disk is well again so is
// the log.
func TestALogOnASickDiskHeals(t *testing.T) {
	for seed := range uint64(*seeds * 30) {
		m := newModel(t, seed)
		rng := rand.New(rand.NewPCG(seed, 3))
		f := faultfs.New()
		l, _ := m.reopen(f)
		for life := range 6 {
			if life%2 == 1 {
				odds := rng.Float64() * 0.5
				sick := rand.New(rand.NewPCG(seed, uint64(life)))
				f.Inject(func(op faultfs.Op) error {
					switch op.Kind {
					case faultfs.Write, faultfs.Sync, faultfs.Datasync, faultfs.SyncDir, faultfs.Rename, faultfs.Create, faultfs.Preallocate, faultfs.Truncate, faultfs.Remove:
						if sick.Float64() < odds {
							return syscall.EIO
						}
					}
					return nil
				})
			} else {
				f.Inject(nil)
			}
			before := m.appended
			m.work(l, life, 3, 10)
			if life%2 == 0 && m.appended < before+30 {
				m.errorf("%d of 30 batches acknowledged on a healthy disk", m.appended-before)
			}
			m.check(l)
		}
		f.Inject(nil)
		m.verify(l)
		left := f.Kill()
		l.Close()
		l, _ = m.reopen(left.Crash(rng))
		m.verify(l)
		closeLog(t, l)
	}
}

func TestAFullDiskRefusesAndHeals(t *testing.T) {
	m := newModel(t, 0)
	f := faultfs.New()
	l, _ := m.reopen(f)
	m.work(l, 0, 1, 5)
	f.SetCapacity(1)
	for life := 1; life < 20; life++ {
		m.work(l, life, 4, 20)
	}
	large := make([]byte, 30<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(large)
	_, err := l.Append(t.Context(), wal.Record{Type: wal.Beat, Payload: large})
	if !errors.Is(err, holdfast.ErrUnavailable) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("append to a full disk: %v", err)
	}
	m.check(l)
	f.SetCapacity(0)
	before := m.appended
	m.work(l, 21, 2, 10)
	if m.appended != before+20 {
		t.Errorf("%d of 20 batches acknowledged when there is room again", m.appended-before)
	}
	m.verify(l)
	closeLog(t, l)
	l, _ = m.reopen(f.CrashStrict())
	closeLog(t, l)
}

func TestALogOpensOnAFullDisk(t *testing.T) {
	m := newModel(t, 0)
	f := faultfs.New()
	l, _ := m.reopen(f)
	m.work(l, 0, 2, 10)
	left := f.Kill() // not closed: its end is not known to be synced
	l.Close()
	left.SetCapacity(1)
	_ = left.Remove("log/spare")
	l, rec := m.reopen(left)
	if rec.Carried == 0 {
		t.Error("nothing was to be carried over")
	}
	m.work(l, 1, 1, 1)
	m.check(l)
	left.SetCapacity(0)
	m.work(l, 2, 2, 5)
	m.verify(l)
	f = left.CrashStrict()
	l.Close()
	l, _ = m.reopen(f)
	m.verify(l)
	closeLog(t, l)
}

func TestAClosedLogSaysThatAllWasSynced(t *testing.T) {
	f := faultfs.New()
	l, _ := open(t, wal.Options{FS: f})
	add(t, l, "one")
	add(t, l, "two")
	closeLog(t, l)
	l, rec := open(t, wal.Options{FS: f.CrashStrict()})
	defer l.Close()
	if rec.Last != 2 || rec.Carried != 0 {
		t.Errorf("recovery: %+v", rec)
	}
}

// What recovery found in the page cache of a killed process, and showed, is on
// the disk from then on.
func TestWhatRecoveryShowedStays(t *testing.T) {
	f := faultfs.New()
	f.SetLatency(20 * time.Millisecond)
	l, _ := open(t, wal.Options{FS: f})
	add(t, l, "one")
	ops := f.Ops()
	appended := make(chan error)
	go func() {
		_, err := l.Append(context.Background(), wal.Record{Type: wal.Beat, Payload: []byte("two")})
		appended <- err
	}()
	for f.Ops() < ops+2 { // written, and being synced
		time.Sleep(time.Millisecond)
	}
	f = f.Kill()
	if err := <-appended; !errors.Is(err, holdfast.ErrUnavailable) {
		t.Errorf("append: %v", err)
	}
	l.Close()
	l, _ = open(t, wal.Options{FS: f})
	shown := all(t, l, 0)
	left := f.CrashStrict()
	l.Close()
	l, _ = open(t, wal.Options{FS: left})
	if diff := cmp.Diff(shown, all(t, l, 0)); diff != "" || len(shown) != 2 {
		t.Errorf("%d records: %s", len(shown), diff)
	}
	closeLog(t, l)
}
