package keep_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"holdfast/keep"

	"github.com/google/go-cmp/cmp"
)

// Events that are imported after the server was killed do not say that it was
// alive meanwhile, however soon the import began.
func TestAnImportAfterACrashIsNoSignOfLife(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	begin := c.t
	c.advance(10 * time.Second)
	check(t, s.Beat(t.Context()))
	killed := copyOf(t, dir)

	s, err := keep.Open(killed, keep.Options{Now: c.now, Aside: true, LogBytes: 1 << 20})
	check(t, err)
	for i := range 10 {
		c.advance(20 * time.Second)
		r := accept(t, s, events(t, s, c, 10, uint64(i)))
		if fate, err := s.Fate(s.Seal(r)); err != nil || fate != "kept" {
			t.Errorf("fate %q, %v", fate, err)
		}
	}
	check(t, s.Close())
	s = open(t, killed, c)
	c.advance(10 * time.Second)
	site, _ := s.Site("shop.example")
	want := []string{"complete 0-10", "down 10-210", "complete 210-220"}
	if diff := cmp.Diff(want, coverage(s, site, begin, 220*time.Second)); diff != "" {
		t.Errorf("coverage (-want +got):\n%s", diff)
	}
	closeStore(t, s)
}

// copyOf copies the folder of an open store, as a power cut would leave it. A
// file that is being made may go while it is copied: then all is copied again.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	for range 20 {
		to := filepath.Join(t.TempDir(), "copy")
		err := os.CopyFS(to, os.DirFS(dir))
		if err == nil {
			return to
		}
		if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	t.Fatal("files go faster than they can be copied")
	return ""
}
