package keep_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep"
)

// A store of years has more files than a process may have open. Opening it
// reads none of those in their lasting form; questions about all of them have
// some hundreds open.
func TestAStoreOfManyFilesHasFewOfThemOpen(t *testing.T) {
	const days = 700
	c := newClock()
	disk := &countingFS{FS: faultfs.New()}
	random := rand.NewChaCha8([32]byte{1})
	if _, err := keep.InitFS(disk, c.now, random); err != nil {
		t.Fatal(err)
	}
	open := func() *keep.Store {
		s, err := keep.OpenFS(disk, keep.Options{Now: c.now, Random: random, ByHand: true, LogBytes: 1 << 20, DayRows: 2})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	s := open()
	site, err := s.AddSite(t.Context(), "shop.example", "UTC", false)
	if err != nil {
		t.Fatal(err)
	}
	var list []holdfast.Event
	for i := range 2 * days {
		at := holdfast.MillisOf(c.now()).Add(-time.Duration(i+10) * 12 * time.Hour)
		list = append(list, holdfast.Event{
			Site: site.ID, Day: site.Day(at), Time: at, Received: at, Name: holdfast.Pageview, Path: "/",
			ID: s.EventID(site.ID, fmt.Sprint(i)), Door: holdfast.DoorImport, Origin: holdfast.Imported, Scroll: holdfast.NoScroll,
		})
	}
	accept(t, s, list)
	if err := s.SealNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.advance(24 * time.Hour)
	if err := s.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Files()); n < days-1 {
		t.Fatalf("there are %d files", n)
	}
	closeStore(t, s)
	if n := disk.open.Load(); n != 0 {
		t.Errorf("%d files of a closed store are open", n)
	}

	opened := disk.opened.Load()
	s = open()
	if err := s.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Status()
	// Each file of ids is opened for its head, and for its filter.
	if n := disk.opened.Load() - opened; n > 2*days+50 {
		t.Errorf("opening the store opened %d files", n)
	}
	v := s.View()
	defer v.Close()
	got, err := v.Days(site.ID, 0, holdfast.MillisOf(c.now()))
	if err != nil || len(got) < days {
		t.Fatalf("the site has %d days (%v)", len(got), err)
	}
	if n := disk.open.Load(); n > 600 {
		t.Errorf("%d files are open", n)
	}
}

// countingFS counts the files that are opened and open.
type countingFS struct {
	fsx.FS
	open, opened atomic.Int64
}

func (c *countingFS) Open(name string) (fsx.File, error) { return c.count(c.FS.Open(name)) }

func (c *countingFS) OpenFile(name string, flag int, perm fs.FileMode) (fsx.File, error) {
	return c.count(c.FS.OpenFile(name, flag, perm))
}

func (c *countingFS) count(f fsx.File, err error) (fsx.File, error) {
	if err != nil {
		return nil, err
	}
	c.open.Add(1)
	c.opened.Add(1)
	return &countedFile{File: f, fs: c}, nil
}

type countedFile struct {
	fsx.File
	fs *countingFS
}

func (f *countedFile) Close() error {
	f.fs.open.Add(-1)
	return f.File.Close()
}
