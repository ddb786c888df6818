package salts_test

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"holdfast/internal/fsx"
)

// disk is a folder that forgets, at a crash, what was not synced. It is for
// one goroutine.
type disk struct {
	fsx.FS
	names   map[string]*inode // as the system sees them
	durable map[string]*inode // after a power cut
	ops     int
	fail    func(op int) error // asked before every change
	dead    bool
}

type inode struct {
	data   []byte
	synced []byte
}

var (
	errCrash = errors.New("power cut")
	errFault = errors.New("input/output error")
)

func newDisk() *disk { return &disk{names: map[string]*inode{}, durable: map[string]*inode{}} }

func (d *disk) change() error {
	if d.dead {
		return errCrash
	}
	d.ops++
	if d.fail != nil {
		if err := d.fail(d.ops); err != nil {
			d.dead = errors.Is(err, errCrash)
			return err
		}
	}
	return nil
}

// afterwards is the disk after a power cut, of which unsynced sectors and
// names survive as often as r says.
func (d *disk) afterwards(r *rand.Rand, survival float64) *disk {
	after := newDisk()
	names := maps.Clone(d.durable)
	if r.Float64() < survival {
		names = d.names
	}
	for name, n := range names {
		data := slices.Clone(n.synced)
		for at := 0; at < len(n.data); at += 512 {
			if r.Float64() >= survival {
				continue
			}
			end := min(at+512, len(n.data))
			if len(data) < end {
				data = append(data, make([]byte, end-len(data))...)
			}
			copy(data[at:end], n.data[at:end])
		}
		after.names[name] = &inode{data: data, synced: slices.Clone(data)}
	}
	after.durable = maps.Clone(after.names)
	return after
}

// holds says whether any file has these bytes.
func (d *disk) holds(bytes []byte) bool {
	for _, n := range d.names {
		if strings.Contains(string(n.data), string(bytes)) {
			return true
		}
	}
	return false
}

func (d *disk) Open(name string) (fsx.File, error) { return d.OpenFile(name, os.O_RDONLY, 0) }

func (d *disk) OpenFile(name string, flag int, _ fs.FileMode) (fsx.File, error) {
	if flag&os.O_CREATE != 0 {
		if err := d.change(); err != nil {
			return nil, err
		}
		if d.names[name] == nil {
			d.names[name] = new(inode)
		}
		d.names[name].data = nil
	}
	n := d.names[name]
	if n == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &diskFile{disk: d, inode: n}, nil
}

func (d *disk) Rename(from, to string) error {
	if err := d.change(); err != nil {
		return err
	}
	d.names[to] = d.names[from]
	delete(d.names, from)
	return nil
}

func (d *disk) Remove(name string) error {
	if d.names[name] == nil {
		return fs.ErrNotExist
	}
	if err := d.change(); err != nil {
		return err
	}
	delete(d.names, name)
	return nil
}

func (d *disk) SyncDir(string) error {
	if err := d.change(); err != nil {
		return err
	}
	d.durable = maps.Clone(d.names)
	return nil
}

func (d *disk) Stat(name string) (fs.FileInfo, error) { return dirInfo{}, nil }
func (d *disk) Path(name string) string               { return name }

type dirInfo struct{ fs.FileInfo }

func (dirInfo) IsDir() bool { return true }

type diskFile struct {
	fsx.File
	disk  *disk
	inode *inode
	at    int
}

func (f *diskFile) Read(p []byte) (int, error) {
	if f.at == len(f.inode.data) {
		return 0, io.EOF
	}
	n := copy(p, f.inode.data[f.at:])
	f.at += n
	return n, nil
}

func (f *diskFile) Write(p []byte) (int, error) {
	n, err := f.WriteAt(p, int64(f.at))
	f.at += n
	return n, err
}

func (f *diskFile) WriteAt(p []byte, at int64) (int, error) {
	err := f.disk.change()
	if err != nil {
		p = p[:len(p)/2] // half of it arrives all the same
	}
	if end := int(at) + len(p); len(f.inode.data) < end {
		f.inode.data = append(f.inode.data, make([]byte, end-len(f.inode.data))...)
	}
	return copy(f.inode.data[at:], p), err
}

func (f *diskFile) Sync() error { return f.Datasync() }

func (f *diskFile) Datasync() error {
	if err := f.disk.change(); err != nil {
		return err
	}
	f.inode.synced = slices.Clone(f.inode.data)
	return nil
}

func (f *diskFile) Close() error { return nil }
