package fsx

import (
	"slices"
	"sync"
)

// maxIdle is how many files Handles holds open while nobody reads them. A
// store of years has thousands, and a process may have as few as a thousand
// open; opening one costs about as much as a read.
const maxIdle = 256

// Handles opens files when they are read, and keeps those read last open. The
// zero value is ready. All methods, and those of its files, may be called by
// many goroutines at once.
type Handles struct {
	mu    sync.Mutex
	open  []*Handle // those with a file
	clock uint64
}

// Handle is a file that is read now and then.
type Handle struct {
	pool *Handles
	fs   FS
	name string

	// Guarded by pool.mu.
	in   File // nil: not open
	refs int
	used uint64 // clock of the last use
	gone bool   // close it when the last reader is done
}

// Handle returns a file of a folder. It need not be there yet.
func (p *Handles) Handle(fsys FS, name string) *Handle {
	return &Handle{pool: p, fs: fsys, name: name}
}

// Acquire returns the file for reading until Release, and opens it if need be.
func (h *Handle) Acquire() (File, error) {
	p := h.pool
	p.mu.Lock()
	if h.in != nil {
		defer p.mu.Unlock()
		return h.takeLocked(), nil
	}
	p.mu.Unlock()

	in, err := h.fs.Open(h.name)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if h.in != nil { // somebody was faster
		in.Close()
		return h.takeLocked(), nil
	}
	h.in = in
	p.open = append(p.open, h)
	h.takeLocked()
	if len(p.open) > maxIdle {
		p.evictLocked()
	}
	return in, nil
}

func (h *Handle) takeLocked() File {
	h.pool.clock++
	h.refs++
	h.used = h.pool.clock
	return h.in
}

// Release ends a reading that Acquire began.
func (h *Handle) Release() {
	p := h.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	h.refs--
	if h.refs == 0 && (h.gone || len(p.open) > maxIdle) {
		h.closeLocked()
	}
}

// Close closes the file as soon as nobody reads it.
func (h *Handle) Close() {
	p := h.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	h.gone = true
	if h.refs == 0 && h.in != nil {
		h.closeLocked()
	}
}

// evictLocked closes the file that was not read for longest, if any is idle.
func (p *Handles) evictLocked() {
	var oldest *Handle
	for _, h := range p.open {
		if h.refs == 0 && (oldest == nil || h.used < oldest.used) {
			oldest = h
		}
	}
	if oldest != nil {
		oldest.closeLocked()
	}
}

func (h *Handle) closeLocked() {
	h.in.Close() // only read from: nothing can be lost
	h.in = nil
	p := h.pool
	if i := slices.Index(p.open, h); i >= 0 {
		p.open[i] = p.open[len(p.open)-1]
		p.open = p.open[:len(p.open)-1]
	}
}
