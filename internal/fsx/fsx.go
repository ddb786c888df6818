// Package fsx is the file system as the store uses it: an interface narrow
// enough for a faulty twin (faultfs), and the few sequences of calls that make
// a file durable.
//
// Names are relative to the folder the FS was opened on, with forward slashes;
// none leads out of it.
package fsx

import (
	"io"
	"io/fs"
)

// FS is a folder. All methods may be called by many goroutines at once.
type FS interface {
	// Open opens a file for reading.
	Open(name string) (File, error)
	// OpenFile opens a file with flags of package os; created files get perm.
	// A created file is durable under its name only after SyncDir.
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	// Mkdir makes a folder, durable only after SyncDir of its parent.
	Mkdir(name string, perm fs.FileMode) error
	// Rename replaces newName by oldName, durable only after SyncDir.
	Rename(oldName, newName string) error
	// Remove removes a file or an empty folder, for good only after SyncDir.
	Remove(name string) error
	// ReadDir returns the entries of a folder by name, ascending.
	ReadDir(name string) ([]fs.DirEntry, error)
	Stat(name string) (fs.FileInfo, error)
	// SyncDir makes the entries of a folder durable.
	SyncDir(name string) error
	// Path returns what a person would type to name the file.
	Path(name string) string
}

// File is an open file. Once Datasync or Sync has failed, no later success
// says anything: the kernel reports an error once and then forgets it.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.WriterAt
	io.Closer
	// Name returns the name it was opened under, within its FS.
	Name() string
	Stat() (fs.FileInfo, error)
	Truncate(size int64) error
	// Preallocate reserves size bytes and fills them with zeros.
	Preallocate(size int64) error
	// Datasync makes the file's bytes and size durable (fdatasync).
	Datasync() error
	// Sync makes the file durable in all respects (fsync).
	Sync() error
	// Lock takes the file for this process alone, or fails at once.
	Lock() error
}
