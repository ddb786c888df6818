package fsx

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// TempSuffix ends the names of files that are not finished. Whoever opens a
// folder may remove them.
const TempSuffix = ".tmp"

// WriteFile makes name a file with what write writes, or leaves it as it was.
// When it returns nil, file and name survive a power cut.
func WriteFile(fsys FS, name string, perm fs.FileMode, write func(io.Writer) error) error {
	temp := name + TempSuffix
	if err := writeTemp(fsys, temp, perm, write); err != nil {
		return errors.Join(err, ignoreMissing(fsys.Remove(temp)))
	}
	if err := fsys.Rename(temp, name); err != nil {
		return errors.Join(err, fsys.Remove(temp))
	}
	return fsys.SyncDir(path.Dir(name))
}

func writeTemp(fsys FS, temp string, perm fs.FileMode, write func(io.Writer) error) error {
	const create = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	f, err := fsys.OpenFile(temp, create, perm)
	if errors.Is(err, fs.ErrExist) { // a crash left it, perhaps read-only
		if err := fsys.Remove(temp); err != nil {
			return err
		}
		f, err = fsys.OpenFile(temp, create, perm)
	}
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("sync %s: %w", fsys.Path(temp), err), f.Close())
	}
	return f.Close()
}

// ReadFile returns all of a file.
func ReadFile(fsys FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// MkdirAll makes a folder and its parents, each durable in its parent.
func MkdirAll(fsys FS, name string, perm fs.FileMode) error {
	if name == "." {
		return nil
	}
	if info, err := fsys.Stat(name); err == nil && info.IsDir() {
		return nil
	}
	parent := path.Dir(name)
	if err := MkdirAll(fsys, parent, perm); err != nil {
		return err
	}
	if err := fsys.Mkdir(name, perm); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return fsys.SyncDir(parent)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
