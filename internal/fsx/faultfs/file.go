package faultfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"holdfast/internal/fsx"
)

// file is an open file.
type file struct {
	fs   *FS
	node *node
	name string
	flag int

	// Guarded by fs.mu.
	pos    int64
	closed bool
	locker bool
}

var _ fsx.File = (*file)(nil)

func (f *file) Name() string { return f.name }

// begin is FS.begin for an operation of an open file. It is called under mu.
func (f *file) begin(op Op) (done bool, err error) {
	if f.closed {
		return false, pathError(string(op.Kind), f.name, fs.ErrClosed)
	}
	if op.Kind.changes() && op.Kind != Sync && op.Kind != Datasync && f.flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		return false, pathError(string(op.Kind), f.name, syscall.EBADF)
	}
	op.Name = f.name
	return f.fs.begin(op)
}

func (f *file) Read(b []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	n, err := f.readAt(b, f.pos)
	f.pos += int64(n)
	return n, err
}

func (f *file) ReadAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	n, err := f.readAt(b, off)
	if err == nil && n < len(b) {
		err = io.EOF
	}
	return n, err
}

func (f *file) readAt(b []byte, off int64) (int, error) {
	if _, err := f.begin(Op{Kind: Read, Offset: off, Bytes: int64(len(b))}); err != nil {
		return 0, err
	}
	if off >= f.node.data.size && len(b) > 0 {
		return 0, io.EOF
	}
	return f.node.data.readAt(b, off), nil
}

func (f *file) Write(b []byte) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.flag&os.O_APPEND != 0 {
		f.pos = f.node.data.size
	}
	n, err := f.writeAt(b, f.pos)
	f.pos += int64(n)
	return n, err
}

func (f *file) WriteAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return f.writeAt(b, off)
}

func (f *file) writeAt(b []byte, off int64) (int, error) {
	done, err := f.begin(Op{Kind: Write, Offset: off, Bytes: int64(len(b))})
	var short *ShortWrite
	switch {
	case errors.As(err, &short):
		b = b[:min(short.Bytes, len(b))]
	case err != nil && !done:
		return 0, err
	}
	if full := f.fs.room(f.name, off+int64(len(b))-f.node.data.size); full != nil {
		b = b[:min(int64(len(b)), max(f.node.data.size-off, 0))]
		err = full
	}
	if len(b) > 0 {
		f.node.write(b, off)
	}
	return len(b), err
}

func (f *file) Stat() (fs.FileInfo, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if _, err := f.begin(Op{Kind: Stat}); err != nil {
		return nil, err
	}
	return f.node.info(path.Base(f.name)), nil
}

func (f *file) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	done, err := f.begin(Op{Kind: Truncate, Bytes: size})
	if err == nil || done {
		f.node.truncate(size)
	}
	return err
}

func (f *file) Preallocate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	done, err := f.begin(Op{Kind: Preallocate, Bytes: size})
	if err != nil && !done {
		return err
	}
	if full := f.fs.room(f.name, size-f.node.data.size); full != nil {
		return full
	}
	f.node.zero(size)
	return err
}

func (f *file) Datasync() error { return f.sync(Datasync) }

func (f *file) Sync() error { return f.sync(Sync) }

func (f *file) sync(kind Kind) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if _, err := f.begin(Op{Kind: kind}); err != nil {
		if !f.fs.off {
			f.node.failSync()
		}
		return err
	}
	image := f.node.image()
	if f.fs.latency > 0 {
		f.fs.mu.Unlock()
		time.Sleep(f.fs.latency)
		f.fs.mu.Lock()
		if f.fs.off {
			f.node.unsync(image)
			return pathError(string(kind), f.name, ErrPowerOff)
		}
	}
	f.node.sync(image)
	return nil
}

func (f *file) Lock() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if _, err := f.begin(Op{Kind: Lock}); err != nil {
		return err
	}
	if f.node.locked && !f.locker {
		return fsx.ErrLocked
	}
	f.node.locked, f.locker = true, true
	return nil
}

func (f *file) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.closed {
		return pathError("close", f.name, fs.ErrClosed)
	}
	f.closed = true
	if f.locker {
		f.node.locked = false
	}
	if f.fs.off {
		return nil
	}
	_, err := f.fs.begin(Op{Kind: Close, Name: f.name})
	return err
}
