package fsx

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrLocked says that another process has the file.
var ErrLocked = errors.New("locked by another process")

// Dir is a folder of the operating system. What root makes in a folder of
// another user is that user's: otherwise a verb that root ran once would leave
// files there which the folder's own program cannot read.
type Dir struct {
	root  *os.Root
	path  string
	owner *owner // whose files made here are; nil: those of whoever makes them
}

type owner struct{ uid, gid int }

var _ FS = (*Dir)(nil)

// OpenDir opens an existing folder. Nothing reached through it lies outside.
func OpenDir(path string) (*Dir, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, err
	}
	of, err := ownerOf(root)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Dir{root: root, path: abs, owner: of}, nil
}

// ownerOf returns to whom files have to be given that are made in a folder.
func ownerOf(root *os.Root) (*owner, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	info, err := root.Stat(".")
	if err != nil {
		return nil, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid == 0 {
		return nil, nil
	}
	return &owner{int(stat.Uid), int(stat.Gid)}, nil
}

// Close lets go of the folder. Files opened through it stay open.
func (d *Dir) Close() error { return d.root.Close() }

// Path returns the absolute path of name.
func (d *Dir) Path(name string) string { return filepath.Join(d.path, name) }

// Open opens a file for reading.
func (d *Dir) Open(name string) (File, error) { return d.OpenFile(name, os.O_RDONLY, 0) }

// OpenFile opens a file with flags of package os.
func (d *Dir) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := d.root.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	if d.owner != nil && flag&os.O_CREATE != 0 {
		if err := given(f.Chown(d.owner.uid, d.owner.gid)); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return &osFile{File: f, name: name}, nil
}

// Mkdir makes a folder.
func (d *Dir) Mkdir(name string, perm fs.FileMode) error {
	if err := d.root.Mkdir(name, perm); err != nil || d.owner == nil {
		return err
	}
	return given(d.root.Chown(name, d.owner.uid, d.owner.gid))
}

// given makes no failure of a system on which not even root may give files
// away: containers have such roots, and mounts of other machines.
func given(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// Rename replaces newName by oldName.
func (d *Dir) Rename(oldName, newName string) error { return d.root.Rename(oldName, newName) }

// Remove removes a file or an empty folder.
func (d *Dir) Remove(name string) error { return d.root.Remove(name) }

// ReadDir returns the entries of a folder, ascending by name.
func (d *Dir) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(d.root.FS(), name) }

// Stat describes a file.
func (d *Dir) Stat(name string) (fs.FileInfo, error) { return d.root.Stat(name) }

// SyncDir makes the entries of a folder durable.
func (d *Dir) SyncDir(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync folder %s: %w", d.Path(name), err), f.Close())
	}
	return f.Close()
}

type osFile struct {
	*os.File
	name string
}

func (f *osFile) Name() string { return f.name }

func (f *osFile) Datasync() error {
	return f.control("fdatasync", unix.Fdatasync)
}

func (f *osFile) Lock() error {
	err := f.control("flock", func(fd int) error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}

// Preallocate writes the zeros: on ext4 and xfs a later fdatasync into written
// blocks takes less than half the time of one into blocks merely reserved.
func (f *osFile) Preallocate(size int64) error {
	zeros := make([]byte, 1<<20)
	for at := int64(0); at < size; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at); err != nil {
			return err
		}
	}
	return nil
}

func (f *osFile) control(call string, do func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := conn.Control(func(fd uintptr) {
		for {
			if failed = do(int(fd)); failed != unix.EINTR {
				return
			}
		}
	}); err != nil {
		return err
	}
	if failed != nil {
		return os.NewSyscallError(call, failed)
	}
	return nil
}
