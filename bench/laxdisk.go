package main

import (
	"io/fs"

	"holdfast/internal/fsx"
)

// laxDisk is a folder that makes nothing durable.
type laxDisk struct{ fsx.FS }

func (d laxDisk) Open(name string) (fsx.File, error) { return lax(d.FS.Open(name)) }

func (d laxDisk) OpenFile(name string, flag int, perm fs.FileMode) (fsx.File, error) {
	return lax(d.FS.OpenFile(name, flag, perm))
}

func (laxDisk) SyncDir(string) error { return nil }

func lax(f fsx.File, err error) (fsx.File, error) {
	if err != nil {
		return nil, err
	}
	return laxFile{f}, nil
}

type laxFile struct{ fsx.File }

func (laxFile) Datasync() error { return nil }
func (laxFile) Sync() error     { return nil }
