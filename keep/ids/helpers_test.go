package ids_test

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/ids"
)

// openDir returns a folder of the operating system.
func openDir(tb testing.TB) fsx.FS {
	tb.Helper()
	dir, err := fsx.OpenDir(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { dir.Close() })
	return dir
}

// newIndex returns an index over folder "." of fsys.
func newIndex(tb testing.TB, o ids.Options) *ids.Index {
	tb.Helper()
	o.Dir = "."
	x := ids.New(o)
	tb.Cleanup(func() {
		if err := x.Close(); err != nil {
			tb.Error(err)
		}
	})
	return x
}

func write(tb testing.TB, fsys fsx.FS, name string, list ...holdfast.EventID) {
	tb.Helper()
	if err := ids.WriteFile(fsys, ".", name, list); err != nil {
		tb.Fatal(err)
	}
}

func replace(tb testing.TB, x *ids.Index, add, remove []ids.File, dropFrozen bool) {
	tb.Helper()
	if err := x.Replace(add, remove, dropFrozen); err != nil {
		tb.Fatal(err)
	}
}

func claim(tb testing.TB, x *ids.Index, site holdfast.SiteID, list ...holdfast.EventID) *ids.Claim {
	tb.Helper()
	c, err := x.Claim(site, list)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// someIDs returns n different ids, as hashes are spread.
func someIDs(seed uint64, n int) []holdfast.EventID {
	r := rand.New(rand.NewPCG(seed, 1))
	list := make([]holdfast.EventID, n)
	for i := range list {
		list[i] = holdfast.EventID(r.Uint64() | 1)
	}
	return list
}

// memFS is a folder in memory.
type memFS struct {
	fsx.FS
	files map[string][]byte
	reads atomic.Int64
}

func (m *memFS) Open(name string) (fsx.File, error) {
	data, ok := m.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memFile{Reader: bytes.NewReader(data), fs: m, name: name}, nil
}

func (m *memFS) OpenFile(name string, _ int, _ fs.FileMode) (fsx.File, error) {
	m.files[name] = nil
	return m.Open(name)
}

func (m *memFS) Rename(from, to string) error {
	m.files[to] = m.files[from]
	delete(m.files, from)
	return nil
}

func (m *memFS) SyncDir(string) error { return nil }

type memFile struct {
	fsx.File
	*bytes.Reader // what it held when opened
	fs            *memFS
	name          string
}

func (f *memFile) Read(p []byte) (int, error) { return f.Reader.Read(p) }

func (f *memFile) ReadAt(p []byte, at int64) (int, error) {
	f.fs.reads.Add(1)
	return f.Reader.ReadAt(p, at)
}

func (f *memFile) Write(p []byte) (int, error) {
	f.fs.files[f.name] = append(f.fs.files[f.name], p...)
	return len(p), nil
}

func (f *memFile) Sync() error                { return nil }
func (f *memFile) Close() error               { return nil }
func (f *memFile) Stat() (fs.FileInfo, error) { return memInfo{size: f.Size()}, nil }

type memInfo struct {
	fs.FileInfo
	size int64
}

func (i memInfo) Size() int64 { return i.size }

// encoded returns the bytes of a file of ids.
func encoded(tb testing.TB, list ...holdfast.EventID) []byte {
	tb.Helper()
	mem := &memFS{files: map[string][]byte{}}
	write(tb, mem, "x.ids", list...)
	return mem.files["x.ids"]
}
