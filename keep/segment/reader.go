package segment

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"strconv"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/rows"
)

// Reader reads a file. All methods but Close may be called by many goroutines
// at once.
type Reader struct {
	file   File
	name   string // with folder
	in     *fsx.Handle
	cache  *Cache
	footer *footer
	groups []*Group
	store  [16]byte
	folded bool

	texts   [rows.NumText]int   // where the columns are in the footer; -1: empty in all rows
	numbers [rows.NumNumber]int // VisitEnds: the entry's
	exit    int
	props   map[string][]propPlace // by key, ascending by kind
	rest    int                    // -1: none

	mu        sync.Mutex
	directory *Directory // nil until asked for
}

type propPlace struct {
	kind   holdfast.PropKind
	column int
}

// Open opens a file in folder dir, reads its footer and checks it against what
// f says. Pages are read when they are asked for, for which the file is opened
// anew if many others were read meanwhile: it must stay where it is. Readers
// that share a cache share its budget; without one each keeps nothing.
func Open(fsys fsx.FS, dir string, f File, cache *Cache) (*Reader, error) {
	if cache == nil {
		cache = NewCache(0)
	}
	r := &Reader{file: f, name: path.Join(dir, f.Name), cache: cache}
	r.in = cache.handles.Handle(fsys, r.name)
	if err := r.open(); err != nil {
		r.in.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) open() error {
	info, err := r.stat()
	if err != nil {
		return err
	}
	if info.Size() != r.file.Bytes {
		return r.damaged(min(info.Size(), r.file.Bytes), fmt.Sprintf("has %d bytes, not %d", info.Size(), r.file.Bytes))
	}
	if err := r.readFooter(); err != nil {
		return err
	}
	if r.footer.rows != r.file.Rows {
		return r.damaged(r.file.Bytes, fmt.Sprintf("has %d rows, not %d", r.footer.rows, r.file.Rows))
	}
	return nil
}

// readFooter reads the footer and makes sense of it. It relies on nothing in
// r.file but Bytes.
func (r *Reader) readFooter() error {
	tail := int64(4 + len(magic))
	if r.file.Bytes < int64(len(magic))+tail {
		return r.damaged(0, "too short for a Parquet file")
	}
	var end [4 + len(magic)]byte
	if err := r.readAt(end[:], r.file.Bytes-tail); err != nil {
		return err
	}
	size := int64(binary.LittleEndian.Uint32(end[:]))
	if string(end[4:]) != magic || size > maxFooterBytes || size > r.file.Bytes-tail-int64(len(magic)) {
		return r.damaged(r.file.Bytes-tail, "no Parquet file ends so")
	}
	at := r.file.Bytes - tail - size
	b := make([]byte, size)
	if err := r.readAt(b, at); err != nil {
		return err
	}
	f, err := parseFooter(b, at)
	if err != nil {
		return r.damaged(at, err.Error())
	}
	r.footer = f
	if v := f.metadata[keyFormat]; v != formatVersion {
		return fmt.Errorf("open %s: its format is version %q, which this program does not know", r.name, v)
	}
	if err := r.place(); err != nil {
		return r.damaged(at, err.Error())
	}
	first := int64(0)
	for i := range f.groups {
		g := &f.groups[i]
		r.groups = append(r.groups, &Group{r: r, number: i, first: first, rows: g.rows, chunks: g.chunks,
			starts: make([]pageTable, len(g.chunks))})
		first += int64(g.rows)
	}
	return nil
}

// place finds the columns and reads the metadata.
func (r *Reader) place() error {
	r.rest = -1
	r.props = map[string][]propPlace{}
	byName := map[string]int{}
	for i, l := range r.footer.columns {
		if _, twice := byName[l.name]; twice {
			return fmt.Errorf("two columns %s", l.name)
		}
		byName[l.name] = i
		if p, ok := parsePropColumn(l.name); ok {
			if l.typ != propType(p.Kind) || !l.optional {
				return fmt.Errorf("column %s is of another type", l.name)
			}
			r.props[p.Key] = append(r.props[p.Key], propPlace{p.Kind, i})
		}
	}
	find := func(name string, typ format.Type, optional bool) (int, error) {
		i, ok := byName[name]
		if !ok {
			return 0, fmt.Errorf("no column %s", name)
		}
		if l := r.footer.columns[i]; l.typ != typ || l.optional != optional {
			return 0, fmt.Errorf("column %s is of another type", name)
		}
		return i, nil
	}
	var err error
	for c := range rows.Text(rows.NumText) {
		if _, ok := byName[c.String()]; !ok && addedLater(c) {
			r.texts[c] = -1
			continue
		}
		if r.texts[c], err = find(c.String(), format.ByteArray, false); err != nil {
			return err
		}
	}
	for c := range rows.VisitEnds {
		_, optional := noneOf(c)
		if r.numbers[c], err = find(c.String(), numberType(c), optional); err != nil {
			return err
		}
	}
	if r.numbers[rows.VisitEnds], err = find(visitEntry, format.Boolean, false); err != nil {
		return err
	}
	if r.exit, err = find(visitExit, format.Boolean, false); err != nil {
		return err
	}
	if _, ok := byName[propRest]; ok {
		if r.rest, err = find(propRest, format.ByteArray, true); err != nil {
			return err
		}
	}
	store, err := hex.DecodeString(r.footer.metadata[keyStore])
	if err != nil || len(store) != len(r.store) {
		return errors.New("store id in the footer")
	}
	copy(r.store[:], store)
	r.folded = r.footer.metadata[keyFolded] == "true"
	return nil
}

// File returns what describes the file.
func (r *Reader) File() File { return r.file }

// Store returns the id of the store that the file was written for.
func (r *Reader) Store() [16]byte { return r.store }

// Folded says that the visits in the file are numbered, as seen from it alone.
func (r *Reader) Folded() bool { return r.folded }

// Groups returns the number of row groups.
func (r *Reader) Groups() int { return len(r.groups) }

// Group returns row group i.
func (r *Reader) Group(i int) *Group { return r.groups[i] }

// FirstRow returns the number, within the file, of the first row of group i.
func (r *Reader) FirstRow(i int) int64 { return r.groups[i].first }

// Close closes the file. Tables of it are not to be used any more; what was
// read from them stays.
func (r *Reader) Close() error {
	r.cache.forget(r)
	r.in.Close()
	return nil
}

// Directory returns the site days in the file.
func (r *Reader) Directory() (*Directory, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.directory != nil {
		return r.directory, nil
	}
	d := &Directory{r: r}
	var offset int64
	var length int
	var crc uint32
	text := r.footer.metadata[keyDirectory]
	if n, err := fmt.Sscanf(text, "%d %d %08x", &offset, &length, &crc); err != nil || n != 3 {
		return nil, r.damaged(r.file.Bytes, "the footer does not say where the directory is")
	}
	body, err := r.readBlock(offset, length, crc, maxIndexBytes)
	if err != nil {
		return nil, fmt.Errorf("directory: %w", err)
	}
	if d.flags, d.blocks, err = decodeIndex(body); err != nil {
		return nil, r.damaged(offset, err.Error())
	}
	for _, b := range d.blocks {
		d.days += b.days
	}
	r.directory = d
	return d, nil
}

// Days returns the site days of a site that have rows in [from, to), ascending.
func (r *Reader) Days(site holdfast.SiteID, from, to holdfast.Millis) ([]SiteDay, error) {
	d, err := r.Directory()
	if err != nil {
		return nil, err
	}
	var days []SiteDay
	// No zone is more than a day from UTC, and no day longer than two.
	first := holdfast.Day(from/86_400_000) - 3
	err = d.from(site, first, func(s *SiteDay) bool {
		if s.Site != site || s.Start >= to && s.Min >= to {
			return false
		}
		if s.Max >= from && s.Min < to {
			days = append(days, *s)
		}
		return true
	})
	return days, err
}

// Run returns the rows of a site day.
func (r *Reader) Run(site holdfast.SiteID, day holdfast.Day) (rows.Run, bool, error) {
	d, err := r.Directory()
	if err != nil {
		return rows.Run{}, false, err
	}
	s, ok, err := d.Find(site, day)
	if err != nil || !ok {
		return rows.Run{}, false, err
	}
	return r.RunOf(&s), true, nil
}

// RunOf returns the rows of a site day of this file's directory.
func (r *Reader) RunOf(s *SiteDay) rows.Run {
	run := rows.Run{Min: s.Min, Max: s.Max, Sorted: true, Folded: r.folded, Tallies: s.Tallies, Begins: s.Start}
	for first, left := s.First, s.Rows; left > 0; {
		g := r.groups[r.groupOf(first)]
		lo := int(first - g.first)
		hi := int(min(int64(g.rows), int64(lo)+left))
		run.Rows = append(run.Rows, rows.Rows{Table: g, Lo: lo, Hi: hi, Key: g.key(lo, hi)})
		first += int64(hi - lo)
		left -= int64(hi - lo)
	}
	return run
}

// groupOf returns the number of the row group with this row of the file.
func (r *Reader) groupOf(row int64) int {
	lo, hi := 0, len(r.groups)-1
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if r.groups[mid].first <= row {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo
}

// key names rows of the group for ever.
func (g *Group) key(lo, hi int) string {
	b := make([]byte, 0, 64)
	b = hex.AppendEncode(b, g.r.file.Hash[:16])
	for _, n := range [...]int{g.number, lo, hi} {
		b = strconv.AppendInt(append(b, '/'), int64(n), 10)
	}
	return string(b)
}

// readBlock reads and decompresses a block that is no page.
func (r *Reader) readBlock(offset int64, length int, crc uint32, limit uint64) ([]byte, error) {
	if length < 1 || offset < 0 || offset > r.file.Bytes-int64(length) {
		return nil, r.damaged(r.file.Bytes, "a block lies outside the file")
	}
	b := make([]byte, length)
	if err := r.readAt(b, offset); err != nil {
		return nil, err
	}
	if crc32.Checksum(b, castagnoli) != crc {
		return nil, r.damaged(offset, "crc of a block")
	}
	var head zstd.Header
	if err := head.Decode(b); err != nil || !head.HasFCS || head.FrameContentSize > limit {
		return nil, r.damaged(offset, errFrame.Error())
	}
	body, err := unframe(r.cache.zstd, b, int(head.FrameContentSize), make([]byte, head.FrameContentSize))
	if err != nil {
		return nil, r.damaged(offset, err.Error())
	}
	return body, nil
}

func (r *Reader) stat() (fs.FileInfo, error) {
	in, err := r.in.Acquire()
	if err != nil {
		return nil, err
	}
	defer r.in.Release()
	return in.Stat()
}

// readAt fills b from the file.
func (r *Reader) readAt(b []byte, offset int64) error {
	in, err := r.in.Acquire()
	if err != nil {
		return err
	}
	defer r.in.Release()
	n, err := in.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case err == io.EOF:
		return r.damaged(offset+int64(n), "ends too early")
	}
	return fmt.Errorf("read %s at byte %d: %w", r.name, offset, err)
}

func (r *Reader) damaged(offset int64, what string) error {
	return &holdfast.DamagedError{File: r.name, Offset: offset, What: what}
}
