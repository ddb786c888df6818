package faultfs_test

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"
)

func create(t *testing.T, f *faultfs.FS, name, content string) fsx.File {
	t.Helper()
	h, err := f.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	write(t, h, content, 0)
	return h
}

func write(t *testing.T, h fsx.File, content string, off int64) {
	t.Helper()
	if _, err := h.WriteAt([]byte(content), off); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// read returns a file's content, or what kept it from being read.
func read(f *faultfs.FS, name string) string {
	b, err := fsx.ReadFile(f, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "missing"
	}
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestWhatSurvivesAStrictCrash(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(t *testing.T, f *faultfs.FS)
		want string // of file a
	}{
		{"bytes, size and name that were synced do", func(t *testing.T, f *faultfs.FS) {
			h := create(t, f, "a", "one")
			must(t, h.Datasync())
			must(t, f.SyncDir("."))
		}, "one"},
		{"a file whose folder was not synced does not", func(t *testing.T, f *faultfs.FS) {
			must(t, create(t, f, "a", "one").Sync())
		}, "missing"},
		{"bytes that were not synced do not", func(t *testing.T, f *faultfs.FS) {
			h := create(t, f, "a", "one")
			must(t, h.Sync())
			must(t, f.SyncDir("."))
			write(t, h, "two", 3)
			write(t, h, "X", 0)
		}, "one"},
		{"a rename that was not synced does not", func(t *testing.T, f *faultfs.FS) {
			must(t, create(t, f, "a", "one").Sync())
			must(t, f.SyncDir("."))
			must(t, create(t, f, "b", "two").Sync())
			must(t, f.Rename("b", "a"))
		}, "one"},
		{"a rename that was synced does", func(t *testing.T, f *faultfs.FS) {
			must(t, create(t, f, "b", "two").Sync())
			must(t, f.Rename("b", "a"))
			must(t, f.SyncDir("."))
		}, "two"},
		{"a removed file does, if the folder was not synced since", func(t *testing.T, f *faultfs.FS) {
			must(t, create(t, f, "a", "one").Sync())
			must(t, f.SyncDir("."))
			must(t, f.Remove("a"))
		}, "one"},
		{"a file that was made shorter and longer holds zeros between", func(t *testing.T, f *faultfs.FS) {
			h := create(t, f, "a", "one")
			must(t, h.Sync())
			must(t, f.SyncDir("."))
			must(t, h.Truncate(1))
			must(t, h.Truncate(3))
			must(t, h.Sync())
		}, "o\x00\x00"},
		{"bytes whose sync failed do not, even if a later sync succeeds", func(t *testing.T, f *faultfs.FS) {
			h := create(t, f, "a", "one")
			must(t, h.Sync())
			must(t, f.SyncDir("."))
			write(t, h, "two", 0)
			f.Inject(faultfs.FailNth(faultfs.Datasync, 1, syscall.EIO))
			if err := h.Datasync(); !errors.Is(err, syscall.EIO) {
				t.Errorf("first sync: %v", err)
			}
			must(t, h.Datasync())
			if got := read(f, "a"); got != "two" {
				t.Errorf("before the crash: %q", got)
			}
		}, "one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := faultfs.New()
			test.do(t, f)
			after := f.CrashStrict()
			if got := read(after, "a"); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			if _, err := f.Open("a"); !errors.Is(err, faultfs.ErrPowerOff) && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the old file system still works: %v", err)
			}
		})
	}
}

func TestEverythingWrittenSurvivesAKill(t *testing.T) {
	f := faultfs.New()
	h := create(t, f, "a", "one")
	must(t, h.Lock())
	f = f.Kill()
	if got := read(f, "a"); got != "one" {
		t.Errorf("%q", got)
	}
	h, err := f.Open("a")
	must(t, err)
	must(t, h.Lock())
	if got := read(f.CrashStrict(), "a"); got != "missing" {
		t.Errorf("after a crash: %q", got)
	}
}

func TestACrashKeepsSectorsByChance(t *testing.T) {
	old, young := strings.Repeat("a", 512), strings.Repeat("b", 512)
	seen := map[string]bool{}
	for seed := range uint64(200) {
		f := faultfs.New()
		h := create(t, f, "a", old+old)
		must(t, h.Sync())
		must(t, f.SyncDir("."))
		write(t, h, young+young, 0)
		got := read(f.Crash(rand.New(rand.NewPCG(seed, 0))), "a")
		if len(got) != 1024 {
			t.Fatalf("%d bytes", len(got))
		}
		seen[got[:1]+got[1023:]] = true
	}
	if len(seen) != 4 {
		t.Errorf("of the 4 possible outcomes only %v", seen)
	}
}

func TestFaults(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault func(faultfs.Op) error
		want  error
		left  string
	}{
		{"a write that fails writes nothing", faultfs.FailNth(faultfs.Write, 2, syscall.EIO), syscall.EIO, "one"},
		{"a short write writes some", faultfs.FailNth(faultfs.Write, 2, &faultfs.ShortWrite{Bytes: 2, Err: syscall.EIO}), syscall.EIO, "onetw"},
		{"a later one is not touched", faultfs.FailNth(faultfs.Write, 3, syscall.EIO), nil, "onetwo"},
		{"other kinds are not either", faultfs.FailNth(faultfs.Sync, 1, syscall.EIO), nil, "onetwo"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := faultfs.New()
			f.Inject(test.fault)
			h := create(t, f, "a", "one")
			if _, err := h.WriteAt([]byte("two"), 3); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
			if got := read(f, "a"); got != test.left {
				t.Errorf("left %q, want %q", got, test.left)
			}
		})
	}
}

func TestAFullDiskTakesWhatFits(t *testing.T) {
	f := faultfs.New()
	f.SetCapacity(4)
	h := create(t, f, "a", "one")
	if n, err := h.WriteAt([]byte("two"), 2); n != 1 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("wrote %d bytes beyond what was there: %v", n, err)
	}
	write(t, h, "ONE", 0)
	if got := read(f, "a"); got != "ONE" {
		t.Errorf("%q", got)
	}
}

func TestThePowerGoesOffAtAnOperation(t *testing.T) {
	f := faultfs.New()
	f.Inject(faultfs.PowerOffAt(3)) // create, write, sync
	h := create(t, f, "a", "one")
	if err := h.Sync(); !errors.Is(err, faultfs.ErrPowerOff) {
		t.Errorf("sync: %v", err)
	}
	if err := f.SyncDir("."); !errors.Is(err, faultfs.ErrPowerOff) {
		t.Errorf("sync folder: %v", err)
	}
}

func TestASyncDoesNotCoverWhatIsWrittenMeanwhile(t *testing.T) {
	f := faultfs.New()
	f.SetLatency(50 * time.Millisecond)
	h := create(t, f, "a", "one")
	must(t, f.SyncDir("."))
	done := make(chan error)
	go func() { done <- h.Datasync() }()
	time.Sleep(10 * time.Millisecond)
	write(t, h, "ONE and more", 0)
	must(t, <-done)
	if got := read(f.CrashStrict(), "a"); got != "one" {
		t.Errorf("%q", got)
	}
}
