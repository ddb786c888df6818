package ids

import (
	"sync"

	"holdfast/internal/fsx"
)

// maxHandles is how many files of ids are held open while nobody reads them.
// A store of years has thousands; opening one costs about as much as a read.
const maxHandles = 256

// handles opens files when they are read, and keeps the ones used last open.
type handles struct {
	fs fsx.FS

	mu    sync.Mutex
	open  []*file // those with a handle
	clock uint64
}

type handle struct {
	in   fsx.File
	refs int
	used uint64 // clock of the last use
	gone bool   // close it when the last reader is done
}

func (h *handles) acquire(f *file) (fsx.File, error) {
	h.mu.Lock()
	if f.handle.in != nil {
		defer h.mu.Unlock()
		return h.takeLocked(f), nil
	}
	h.mu.Unlock()

	in, err := h.fs.Open(f.path)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if f.handle.in != nil { // somebody was faster
		in.Close()
		return h.takeLocked(f), nil
	}
	f.handle.in = in
	h.open = append(h.open, f)
	h.takeLocked(f)
	if len(h.open) > maxHandles {
		h.evictLocked()
	}
	return in, nil
}

func (h *handles) takeLocked(f *file) fsx.File {
	h.clock++
	f.handle.refs++
	f.handle.used = h.clock
	return f.handle.in
}

func (h *handles) release(f *file) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f.handle.refs--
	if f.handle.refs == 0 && (f.handle.gone || len(h.open) > maxHandles) {
		h.closeLocked(f)
	}
}

// forget closes the file as soon as nobody reads it.
func (h *handles) forget(f *file) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f.handle.gone = true
	if f.handle.refs == 0 && f.handle.in != nil {
		h.closeLocked(f)
	}
}

// evictLocked closes the file that was not read for longest, if any is idle.
func (h *handles) evictLocked() {
	var oldest *file
	for _, f := range h.open {
		if f.handle.refs == 0 && (oldest == nil || f.handle.used < oldest.handle.used) {
			oldest = f
		}
	}
	if oldest != nil {
		h.closeLocked(oldest)
	}
}

func (h *handles) closeLocked(f *file) {
	f.handle.in.Close() // only read from: nothing can be lost
	f.handle.in = nil
	for i, o := range h.open {
		if o == f {
			h.open[i] = h.open[len(h.open)-1]
			h.open = h.open[:len(h.open)-1]
			return
		}
	}
}
