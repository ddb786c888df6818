// Package faultfs is a file system in memory that fails on demand and forgets
// what was not synced, for tests of everything that must survive that.
//
// It knows two states of each file and folder: what programs see, and what is
// on the medium. Only Datasync and Sync of a file move its bytes there, only
// SyncDir the entries of a folder. Crash returns the file system as it is after
// a power cut: CrashStrict forgets all that was not synced; Crash lets chance
// decide for each sector and each change of a folder, as disks do.
//
// It is as hard as the worst of real file systems, and in one respect harder
// than most: a new file is gone if its folder was not synced, even if the file
// was.
package faultfs

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"holdfast/internal/fsx"
)

// Kind is what an operation does.
type Kind string

// The kinds of operations.
const (
	Open        Kind = "open" // of a file that exists
	Create      Kind = "create"
	Mkdir       Kind = "mkdir"
	Rename      Kind = "rename"
	Remove      Kind = "remove"
	ReadDir     Kind = "read folder"
	Stat        Kind = "stat"
	SyncDir     Kind = "sync folder"
	Read        Kind = "read"
	Write       Kind = "write"
	Truncate    Kind = "truncate"
	Preallocate Kind = "preallocate"
	Datasync    Kind = "datasync"
	Sync        Kind = "sync"
	Lock        Kind = "lock"
	Close       Kind = "close"
)

// changes says whether an operation of this kind may alter the disk.
func (k Kind) changes() bool {
	switch k {
	case Create, Mkdir, Rename, Remove, SyncDir, Write, Truncate, Preallocate, Datasync, Sync:
		return true
	}
	return false
}

// Op is an operation about to be done.
type Op struct {
	// N counts the operations that may alter the disk, from 1; others have the
	// number of the one before.
	N      int
	Kind   Kind
	Name   string
	Offset int64 // of Read, Write
	Bytes  int64 // of Read, Write, Truncate, Preallocate
}

// ErrPowerOff is what all operations return once the power is off.
var ErrPowerOff = errors.New("power is off")

// ShortWrite, returned for a Write, lets the first Bytes of it happen.
type ShortWrite struct {
	Bytes int
	Err   error
}

func (e *ShortWrite) Error() string { return e.Err.Error() }

// Unwrap returns the error of the rest.
func (e *ShortWrite) Unwrap() error { return e.Err }

// FS is a file system in memory. The zero value is not one: use New.
type FS struct {
	mu sync.Mutex
	// All below is guarded by mu.
	root     *node
	fault    func(Op) error
	ops      int
	off      bool
	capacity int64

	latency time.Duration // never changed once files are open
}

var _ fsx.FS = (*FS)(nil)

// New returns an empty file system.
func New() *FS { return &FS{root: newDir(0o700)} }

// Inject has fault called before each operation. What it returns is what the
// operation fails with; the operation is then not done, with these exceptions:
// a *ShortWrite is done in part, and after a failed Sync or Datasync the bytes
// are still read, but no later sync makes them durable, as in Linux.
// ErrPowerOff turns the power off; whether the operation was done then depends
// on chance, if Crash is asked.
func (f *FS) Inject(fault func(Op) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

// FailNth returns a fault for the nth operation of a kind, counted from 1.
func FailNth(kind Kind, n int, err error) func(Op) error {
	return func(op Op) error {
		if op.Kind != kind {
			return nil
		}
		if n--; n == 0 {
			return err
		}
		return nil
	}
}

// PowerOffAt returns a fault that turns the power off at operation n.
func PowerOffAt(n int) func(Op) error {
	return func(op Op) error {
		if op.N >= n && op.Kind.changes() {
			return ErrPowerOff
		}
		return nil
	}
}

// SetCapacity makes writes that need more than this many bytes fail with no
// space left; 0 is no limit.
func (f *FS) SetCapacity(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.capacity = bytes
}

// SetLatency makes each sync of a file take d, while other operations go on.
// What they write meanwhile is not part of it. It is called before any file is
// opened.
func (f *FS) SetLatency(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.latency = d
}

// Ops returns how many operations that may alter the disk were done.
func (f *FS) Ops() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ops
}

// Flip alters a byte of a file, on the medium too, as a failing disk does.
func (f *FS) Flip(name string, offset int64, mask byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find("flip", name)
	if err != nil {
		return err
	}
	if offset >= n.data.size {
		return pathError("flip", name, syscall.EINVAL)
	}
	for _, c := range []*content{&n.data, &n.disk} {
		var b [1]byte
		if c.readAt(b[:], offset) == 1 {
			b[0] ^= mask
			c.write(b[:], offset)
		}
	}
	return nil
}

// begin counts an operation and asks the fault. It is called under mu. With
// done, the operation is to be done although it fails.
func (f *FS) begin(op Op) (done bool, err error) {
	if f.off {
		return false, pathError(string(op.Kind), op.Name, ErrPowerOff)
	}
	if op.Kind.changes() {
		f.ops++
	}
	op.N = f.ops
	if f.fault == nil {
		return false, nil
	}
	err = f.fault(op)
	if err == nil {
		return false, nil
	}
	if errors.Is(err, ErrPowerOff) {
		f.off = true
		done = op.Kind != Datasync && op.Kind != Sync && op.Kind != SyncDir
	}
	return done, pathError(string(op.Kind), op.Name, err)
}

func pathError(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// Path returns name below an imagined root.
func (f *FS) Path(name string) string { return path.Join("/faultfs", name) }

// Open opens a file for reading.
func (f *FS) Open(name string) (fsx.File, error) { return f.OpenFile(name, os.O_RDONLY, 0) }

// OpenFile opens a file with flags of package os.
func (f *FS) OpenFile(name string, flag int, perm fs.FileMode) (fsx.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	parent, base, err := f.parent("open", name)
	if err != nil {
		return nil, err
	}
	n := parent.entries[base]
	switch {
	case n == nil && flag&os.O_CREATE == 0:
		return nil, pathError("open", name, fs.ErrNotExist)
	case n != nil && flag&os.O_EXCL != 0:
		return nil, pathError("open", name, fs.ErrExist)
	case n != nil && n.dir && flag&(os.O_WRONLY|os.O_RDWR) != 0:
		return nil, pathError("open", name, syscall.EISDIR)
	}
	if n == nil {
		done, err := f.begin(Op{Kind: Create, Name: name})
		if err != nil && !done {
			return nil, err
		}
		n = newFile(perm)
		parent.change(entry{base, n})
		if err != nil {
			return nil, err
		}
	} else {
		if _, err := f.begin(Op{Kind: Open, Name: name}); err != nil {
			return nil, err
		}
		if flag&os.O_TRUNC != 0 {
			n.truncate(0)
		}
	}
	return &file{fs: f, node: n, name: name, flag: flag}, nil
}

// Mkdir makes a folder.
func (f *FS) Mkdir(name string, perm fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	parent, base, err := f.parent("mkdir", name)
	if err != nil {
		return err
	}
	if parent.entries[base] != nil {
		return pathError("mkdir", name, fs.ErrExist)
	}
	done, err := f.begin(Op{Kind: Mkdir, Name: name})
	if err == nil || done {
		parent.change(entry{base, newDir(perm)})
	}
	return err
}

// Rename replaces newName by oldName.
func (f *FS) Rename(oldName, newName string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, oldBase, err := f.parent("rename", oldName)
	if err != nil {
		return err
	}
	to, newBase, err := f.parent("rename", newName)
	if err != nil {
		return err
	}
	n := from.entries[oldBase]
	if n == nil {
		return pathError("rename", oldName, fs.ErrNotExist)
	}
	if old := to.entries[newBase]; old != nil && old.dir {
		return pathError("rename", newName, fs.ErrExist)
	}
	done, err := f.begin(Op{Kind: Rename, Name: newName})
	if err != nil && !done {
		return err
	}
	switch {
	case from == to && oldBase == newBase:
	case from == to:
		from.change(entry{oldBase, nil}, entry{newBase, n})
	default:
		to.change(entry{newBase, n})
		from.change(entry{oldBase, nil})
	}
	return err
}

// Remove removes a file or an empty folder.
func (f *FS) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	parent, base, err := f.parent("remove", name)
	if err != nil {
		return err
	}
	n := parent.entries[base]
	if n == nil {
		return pathError("remove", name, fs.ErrNotExist)
	}
	if len(n.entries) > 0 {
		return pathError("remove", name, syscall.ENOTEMPTY)
	}
	done, err := f.begin(Op{Kind: Remove, Name: name})
	if err == nil || done {
		parent.change(entry{base, nil})
	}
	return err
}

// ReadDir returns the entries of a folder, ascending by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.dir {
		return nil, pathError("readdir", name, syscall.ENOTDIR)
	}
	if _, err := f.begin(Op{Kind: ReadDir, Name: name}); err != nil {
		return nil, err
	}
	var entries []fs.DirEntry
	for _, base := range slices.Sorted(maps.Keys(n.entries)) {
		entries = append(entries, fs.FileInfoToDirEntry(n.entries[base].info(base)))
	}
	return entries, nil
}

// Stat describes a file.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find("stat", name)
	if err != nil {
		return nil, err
	}
	if _, err := f.begin(Op{Kind: Stat, Name: name}); err != nil {
		return nil, err
	}
	return n.info(path.Base(name)), nil
}

// SyncDir makes the entries of a folder durable.
func (f *FS) SyncDir(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find("open", name)
	if err != nil {
		return err
	}
	if _, err := f.begin(Op{Kind: SyncDir, Name: name}); err != nil {
		return err
	}
	n.durable = maps.Clone(n.entries)
	n.journal = nil
	return nil
}

// find returns the node with this name. It is called under mu.
func (f *FS) find(op, name string) (*node, error) {
	n := f.root
	if name == "." {
		return n, nil
	}
	if !fs.ValidPath(name) {
		return nil, pathError(op, name, fs.ErrInvalid)
	}
	for base := range strings.SplitSeq(name, "/") {
		if n = n.entries[base]; n == nil {
			return nil, pathError(op, name, fs.ErrNotExist)
		}
	}
	return n, nil
}

// parent returns the folder that name is in. It is called under mu.
func (f *FS) parent(op, name string) (*node, string, error) {
	if name == "." || !fs.ValidPath(name) {
		return nil, "", pathError(op, name, fs.ErrInvalid)
	}
	n, err := f.find(op, path.Dir(name))
	if err != nil {
		return nil, "", err
	}
	if !n.dir {
		return nil, "", pathError(op, name, syscall.ENOTDIR)
	}
	return n, path.Base(name), nil
}

// used returns the bytes that all files take. It is called under mu.
func (f *FS) used() int64 {
	var sum int64
	var walk func(*node)
	walk = func(n *node) {
		sum += n.data.size
		for _, child := range n.entries {
			walk(child)
		}
	}
	walk(f.root)
	return sum
}

// room returns an error if no more bytes fit. It is called under mu.
func (f *FS) room(name string, bytes int64) error {
	if f.capacity > 0 && bytes > 0 && f.used()+bytes > f.capacity {
		return pathError("write", name, syscall.ENOSPC)
	}
	return nil
}

type info struct {
	name string
	size int64
	mode fs.FileMode
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }
