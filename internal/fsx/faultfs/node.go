package faultfs

import (
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
)

// versionsKept bounds how many states of a sector between two syncs a crash
// may leave.
const versionsKept = 4

// node is a file or a folder.
type node struct {
	dir    bool
	mode   fs.FileMode
	locked bool

	// A file.
	data    content             // what programs see
	disk    content             // what was made durable
	dirty   map[int64][]*sector // by sector: what it held since the last sync
	lost    map[int64][]*sector // sectors whose sync failed: never made durable, unless written again
	shrunk  int64               // the shortest the file was since the last sync
	resized bool

	// A folder.
	entries map[string]*node // what programs see
	durable map[string]*node // what was made durable
	journal [][]entry        // changes since then, in order; each happens as a whole
}

// entry is a change of a folder: name is node now, or gone.
type entry struct {
	name string
	node *node
}

func newDir(mode fs.FileMode) *node {
	return &node{dir: true, mode: fs.ModeDir | mode, entries: map[string]*node{}, durable: map[string]*node{}}
}

func newFile(mode fs.FileMode) *node {
	return &node{mode: mode, dirty: map[int64][]*sector{}, lost: map[int64][]*sector{}}
}

func (n *node) info(name string) info {
	return info{name: name, size: n.data.size, mode: n.mode}
}

// change alters a folder, durably only after a sync.
func (n *node) change(entries ...entry) {
	n.journal = append(n.journal, entries)
	apply(n.entries, entries)
}

func apply(to map[string]*node, entries []entry) {
	for _, e := range entries {
		if e.node == nil {
			delete(to, e.name)
		} else {
			to[e.name] = e.node
		}
	}
}

func (n *node) write(b []byte, off int64) {
	n.grow(off + int64(len(b)))
	n.data.write(b, off)
	n.touch(off, off+int64(len(b)))
}

func (n *node) grow(size int64) {
	if size > n.data.size {
		n.data.resize(size)
		n.resized = true
	}
}

// zero fills the file with size zeros.
func (n *node) zero(size int64) {
	n.grow(size)
	for s := int64(0); s*sectorBytes < size; s++ {
		n.data.put(s, zeros)
	}
	n.touch(0, size)
}

// touch notes what the sectors in [from, to) hold now.
func (n *node) touch(from, to int64) {
	for s := from / sectorBytes; s*sectorBytes < to; s++ {
		n.dirty[s] = keepVersion(n.dirty[s], n.data.sectors[s])
		delete(n.lost, s)
	}
}

func keepVersion(versions []*sector, v *sector) []*sector {
	if len(versions) == versionsKept {
		versions = slices.Delete(versions, 0, 1)
	}
	return append(versions, v)
}

func (n *node) truncate(size int64) {
	n.resized = true
	if size >= n.data.size {
		n.grow(size)
		return
	}
	n.data.resize(size)
	n.shrunk = min(n.shrunk, size)
	for _, sectors := range []map[int64][]*sector{n.dirty, n.lost} {
		maps.DeleteFunc(sectors, func(s int64, _ []*sector) bool { return s*sectorBytes >= size })
	}
	if size%sectorBytes != 0 {
		n.touch(size-1, size)
	}
}

// image is what of a file a sync will make durable: what was written before
// the sync began.
type image struct {
	sectors map[int64]*sector
	size    int64
	shrunk  int64
	resized bool
}

func (n *node) image() image {
	i := image{sectors: make(map[int64]*sector, len(n.dirty)), size: n.data.size, shrunk: n.shrunk, resized: n.resized}
	for s, versions := range n.dirty {
		i.sectors[s] = versions[len(versions)-1]
	}
	n.shrunk, n.resized = i.size, false
	return i
}

// sync makes what is in the image durable.
func (n *node) sync(i image) {
	if i.resized {
		n.disk.resize(min(i.shrunk, n.disk.size))
		n.disk.resize(i.size)
	}
	for s, v := range i.sectors {
		n.disk.put(s, v)
		if now := n.dirty[s]; len(now) > 0 && now[len(now)-1] == v {
			delete(n.dirty, s) // not written since
		}
	}
}

// unsync takes the image back: its sync did not happen.
func (n *node) unsync(i image) {
	n.shrunk = min(n.shrunk, i.shrunk)
	n.resized = n.resized || i.resized
}

// failSync is what Linux does after a failed sync: the pages are clean and
// keep their content, but the medium does not have it.
func (n *node) failSync() {
	for s, versions := range n.dirty {
		n.lost[s] = append(n.lost[s], versions...)
	}
	clear(n.dirty)
}

// CrashStrict returns what is left if the power is cut now and nothing that was
// not synced survives. The file system itself is turned off.
func (f *FS) CrashStrict() *FS { return f.crash(nil) }

// Crash returns what may be left if the power is cut now: of the sectors
// written since a file's last sync some survive, in any of their states; of
// the changes of a folder the first few. The file system itself is turned off.
func (f *FS) Crash(rng *rand.Rand) *FS { return f.crash(rng) }

func (f *FS) crash(rng *rand.Rand) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.off = true
	c := crasher{rng: rng, seen: map[*node]*node{}}
	return &FS{root: c.node(f.root), capacity: f.capacity, latency: f.latency}
}

type crasher struct {
	rng  *rand.Rand
	seen map[*node]*node
}

func (c *crasher) node(n *node) *node {
	if left := c.seen[n]; left != nil {
		return left
	}
	if !n.dir {
		left := newFile(n.mode)
		c.seen[n] = left
		left.disk = c.survivors(n)
		left.data = left.disk.clone()
		left.shrunk = left.data.size
		return left
	}
	left := newDir(n.mode.Perm())
	c.seen[n] = left
	entries := maps.Clone(n.durable)
	if c.rng != nil {
		for _, op := range n.journal[:c.rng.IntN(len(n.journal)+1)] {
			apply(entries, op)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		left.entries[name] = c.node(entries[name])
	}
	left.durable = maps.Clone(left.entries)
	return left
}

// survivors returns what is left of a file.
func (c *crasher) survivors(n *node) content {
	disk := n.disk.clone()
	if c.rng == nil {
		return disk
	}
	if n.resized && c.rng.IntN(2) == 0 {
		disk.resize(min(n.shrunk, disk.size))
		disk.resize(n.data.size)
	}
	odds := []float64{0, 0.1, 0.5, 0.9, 1}[c.rng.IntN(5)]
	for _, sectors := range []map[int64][]*sector{n.lost, n.dirty} {
		for _, s := range slices.Sorted(maps.Keys(sectors)) {
			versions := sectors[s]
			v := versions[len(versions)-1]
			if c.rng.IntN(3) == 0 {
				v = versions[c.rng.IntN(len(versions))]
			}
			if c.rng.Float64() < odds {
				disk.put(s, v)
			}
		}
	}
	return disk
}

// Kill returns the file system after its process was killed: everything
// written is there, synced or not, nothing is locked, and no fault is left.
// The file system itself is turned off.
func (f *FS) Kill() *FS {
	left := f.Clone()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.off = true
	return left
}

// Clone returns what Kill does, and leaves the file system as it is.
func (f *FS) Clone() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := cloner{seen: map[*node]*node{}}
	return &FS{root: c.node(f.root), capacity: f.capacity, latency: f.latency}
}

type cloner struct{ seen map[*node]*node }

func (c *cloner) node(n *node) *node {
	if n == nil {
		return nil
	}
	if left := c.seen[n]; left != nil {
		return left
	}
	left := *n
	c.seen[n] = &left
	left.locked = false
	left.data, left.disk = n.data.clone(), n.disk.clone()
	left.dirty, left.lost = maps.Clone(n.dirty), maps.Clone(n.lost)
	left.entries, left.durable = c.entries(n.entries), c.entries(n.durable)
	left.journal = nil
	for _, op := range n.journal {
		copied := make([]entry, len(op))
		for i, e := range op {
			copied[i] = entry{e.name, c.node(e.node)}
		}
		left.journal = append(left.journal, copied)
	}
	return &left
}

func (c *cloner) entries(m map[string]*node) map[string]*node {
	out := make(map[string]*node, len(m))
	for name, n := range m {
		out[name] = c.node(n)
	}
	return out
}
