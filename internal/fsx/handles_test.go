package fsx_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"holdfast/internal/fsx"
)

// Thousands of files are read by several goroutines, and never are more than
// some hundreds open.
func TestHandlesHoldFewFilesOpen(t *testing.T) {
	dir, err := fsx.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	var pool fsx.Handles
	var files []*fsx.Handle
	for i := range 1500 {
		name := fmt.Sprint(i)
		if err := os.WriteFile(dir.Path(name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, pool.Handle(dir, name))
	}
	before := openFiles(t)
	var readers sync.WaitGroup
	for seed := range uint64(8) {
		readers.Go(func() {
			r := rand.New(rand.NewPCG(seed, 0))
			for range 2000 {
				i := r.IntN(len(files))
				in, err := files[i].Acquire()
				if err != nil {
					t.Error(err)
					return
				}
				b := make([]byte, 8)
				n, err := in.ReadAt(b, 0)
				if got := string(b[:n]); got != fmt.Sprint(i) || err != io.EOF {
					t.Errorf("file %d holds %q (%v)", i, got, err)
				}
				files[i].Release()
			}
		})
	}
	readers.Wait()
	if open := openFiles(t) - before; open > 300 {
		t.Errorf("%d files are open", open)
	}
	for _, f := range files {
		f.Close()
	}
	if open := openFiles(t) - before; open > 0 {
		t.Errorf("%d files are still open", open)
	}
}

func TestAHandleThatIsClosedWhileItIsReadStaysOpenForTheReader(t *testing.T) {
	dir, err := fsx.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if err := os.WriteFile(dir.Path("f"), []byte("f"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := openFiles(t)
	var pool fsx.Handles
	f := pool.Handle(dir, "f")
	in, err := f.Acquire()
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := in.ReadAt(make([]byte, 1), 0); err != nil {
		t.Error(err)
	}
	f.Release()
	if open := openFiles(t) - before; open > 0 {
		t.Errorf("%d files are still open", open)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
