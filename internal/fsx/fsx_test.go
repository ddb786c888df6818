package fsx_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"
)

// each runs a test on every file system there is.
func each(t *testing.T, test func(t *testing.T, f fsx.FS)) {
	t.Run("of the system", func(t *testing.T) {
		dir, err := fsx.OpenDir(t.TempDir())
		must(t, err)
		defer dir.Close()
		test(t, dir)
	})
	t.Run("in memory", func(t *testing.T) { test(t, faultfs.New()) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, err, class error) {
	t.Helper()
	if !errors.Is(err, class) {
		t.Errorf("error %v, want %v", err, class)
	}
}

func writeFile(t *testing.T, f fsx.FS, name, content string) {
	t.Helper()
	must(t, fsx.WriteFile(f, name, 0o600, func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}))
}

func content(t *testing.T, f fsx.FS, name string) string {
	t.Helper()
	b, err := fsx.ReadFile(f, name)
	must(t, err)
	return string(b)
}

func TestFileIsWrittenInPlaces(t *testing.T) {
	each(t, func(t *testing.T, f fsx.FS) {
		h, err := f.OpenFile("a", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		must(t, err)
		_, err = f.OpenFile("a", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		want(t, err, fs.ErrExist)
		must(t, h.Preallocate(10))
		_, err = h.WriteAt([]byte("abc"), 4)
		must(t, err)
		_, err = h.WriteAt([]byte("xy"), 10)
		must(t, err)
		must(t, h.Datasync())
		must(t, h.Truncate(11))
		must(t, h.Sync())
		b := make([]byte, 20)
		n, err := h.ReadAt(b, 3)
		want(t, err, io.EOF)
		if diff := cmp.Diff("\x00abc\x00\x00\x00x", string(b[:n])); diff != "" {
			t.Error(diff)
		}
		info, err := h.Stat()
		must(t, err)
		if info.Size() != 11 || info.IsDir() || info.Name() != "a" || h.Name() != "a" {
			t.Errorf("it is %s of %d bytes", info.Name(), info.Size())
		}
		must(t, h.Close())
		r, err := f.Open("a")
		must(t, err)
		if _, err := r.WriteAt([]byte("no"), 0); err == nil {
			t.Error("a file opened for reading was written")
		}
		must(t, r.Close())
	})
}

func TestRemovedFileIsReadByWhoHasItOpen(t *testing.T) {
	each(t, func(t *testing.T, f fsx.FS) {
		writeFile(t, f, "a", "one")
		h, err := f.Open("a")
		must(t, err)
		defer h.Close()
		must(t, f.Remove("a"))
		_, err = f.Open("a")
		want(t, err, fs.ErrNotExist)
		b, err := io.ReadAll(h)
		must(t, err)
		if string(b) != "one" {
			t.Errorf("%q", b)
		}
	})
}

func TestFoldersListTheirEntriesByName(t *testing.T) {
	each(t, func(t *testing.T, f fsx.FS) {
		must(t, fsx.MkdirAll(f, "x/y", 0o700))
		must(t, fsx.MkdirAll(f, "x/y", 0o700))
		want(t, f.Mkdir("x", 0o700), fs.ErrExist)
		writeFile(t, f, "x/b", "1")
		writeFile(t, f, "x/a", "2")
		must(t, f.Rename("x/a", "x/y/a"))
		must(t, f.Rename("x/b", "x/c"))
		entries, err := f.ReadDir("x")
		must(t, err)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if diff := cmp.Diff([]string{"c", "y"}, names); diff != "" {
			t.Error(diff)
		}
		if f.Remove("x/y") == nil {
			t.Error("a folder that is not empty was removed")
		}
		if got := content(t, f, "x/y/a"); got != "2" {
			t.Errorf("renamed file holds %q", got)
		}
		_, err = f.Stat("nowhere/a")
		want(t, err, fs.ErrNotExist)
	})
}

func TestNothingOutsideIsReached(t *testing.T) {
	each(t, func(t *testing.T, f fsx.FS) {
		if _, err := f.Open("../a"); err == nil {
			t.Error("opened ../a")
		}
	})
}

// A verb that root runs leaves nothing in another user's folder which that user
// cannot read.
func TestWhatRootMakesIsTheFoldersOwners(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes files in the folders of others")
	}
	const uid, gid = 4321, 1234
	path := t.TempDir()
	must(t, os.Chown(path, uid, gid))
	dir, err := fsx.OpenDir(path)
	must(t, err)
	defer dir.Close()
	writeFile(t, dir, "written", "a")
	must(t, dir.Mkdir("folder", 0o700))
	f, err := dir.OpenFile("folder/file", os.O_RDWR|os.O_CREATE, 0o600)
	must(t, err)
	must(t, f.Close())
	for _, name := range []string{"written", "folder", "folder/file"} {
		info, err := dir.Stat(name)
		must(t, err)
		if of := info.Sys().(*syscall.Stat_t); of.Uid != uid || of.Gid != gid {
			t.Errorf("%s belongs to user %d and group %d", name, of.Uid, of.Gid)
		}
	}
}

func TestLockIsForOneOpenerOnly(t *testing.T) {
	each(t, func(t *testing.T, f fsx.FS) {
		a, err := f.OpenFile("lock", os.O_RDWR|os.O_CREATE, 0o600)
		must(t, err)
		b, err := f.OpenFile("lock", os.O_RDWR, 0)
		must(t, err)
		defer b.Close()
		must(t, a.Lock())
		want(t, b.Lock(), fsx.ErrLocked)
		must(t, a.Close())
		must(t, b.Lock())
	})
}

func TestWriteFileReplacesOrLeavesAlone(t *testing.T) {
	each(t, func(t *testing.T, f fsx.FS) {
		writeFile(t, f, "a", "one")
		writeFile(t, f, "a", "two")
		failed := errors.New("no more")
		want(t, fsx.WriteFile(f, "a", 0o600, func(w io.Writer) error {
			_, _ = io.WriteString(w, "three")
			return failed
		}), failed)
		if got := content(t, f, "a"); got != "two" {
			t.Errorf("%q", got)
		}
		_, err := f.Stat("a" + fsx.TempSuffix)
		want(t, err, fs.ErrNotExist)
	})
}

// Wherever the power goes off, the file holds all of the old content or all of
// the new, and the new once WriteFile has returned.
func TestWriteFileReplacesWhatACrashLeft(t *testing.T) {
	each(t, func(t *testing.T, f fsx.FS) {
		left, err := f.OpenFile("a"+fsx.TempSuffix, os.O_WRONLY|os.O_CREATE, 0o400)
		must(t, err)
		_, err = left.WriteAt([]byte("half of something longer"), 0)
		must(t, err)
		must(t, left.Close())
		writeFile(t, f, "a", "new")
		if got := content(t, f, "a"); got != "new" {
			t.Errorf("content %q", got)
		}
		_, err = f.Stat("a" + fsx.TempSuffix)
		want(t, err, fs.ErrNotExist)
	})
}

func TestWriteFileSurvivesAPowerCutAtEachStep(t *testing.T) {
	for at := 1; ; at++ {
		f := faultfs.New()
		writeFile(t, f, "a", "old content")
		f.Inject(faultfs.PowerOffAt(f.Ops() + at))
		err := fsx.WriteFile(f, "a", 0o600, func(w io.Writer) error {
			_, err := io.WriteString(w, "new")
			return err
		})
		got := content(t, f.CrashStrict(), "a")
		if err == nil {
			if got != "new" {
				t.Errorf("after success: %q", got)
			}
			return
		}
		if got != "old content" && got != "new" {
			t.Errorf("power off at step %d: %q", at, got)
		}
	}
}
