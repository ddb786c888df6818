package segment

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path"
	"strconv"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/rows"
)

// MaxGroupRows is how many rows a row group may have.
const MaxGroupRows = maxGroupRows

// PageRows is how many rows are decoded at once, at the least: rows of one page
// are better read together.
const PageRows = pageRows

// Options say how to write a file.
type Options struct {
	Store [16]byte
	// DayStart returns the moment at which a site day begins.
	DayStart func(site holdfast.SiteID, day holdfast.Day) holdfast.Millis
	// Props are the properties that get a column; see PropCounter. All others
	// go into one column as JSON.
	Props []PropColumn
	// Copy tells files apart that hold the same rows, and would have the same
	// name.
	Copy uint64
}

// PropColumn is a column of the values of one kind that a property has.
type PropColumn struct {
	Key  string
	Kind holdfast.PropKind
}

// Pick is a row of one of the tables given.
type Pick struct {
	Table uint16
	Row   uint32
}

// Fold is what the visits of a site day were found to be, one element a pick.
// A nil slice keeps what the tables have.
type Fold struct {
	VisitNo   []int32
	VisitEnds []uint8
	Visitor   []int64
}

// Writer writes a file. It is used by one goroutine.
type Writer struct {
	fs      fsx.FS
	dir     string
	options Options
	temp    string // with folder
	out     fsx.File
	buffer  *bufio.Writer
	hash    hash.Hash
	at      int64 // bytes written
	err     error // the first failure: the file is spoilt

	compress *compressor
	pending  []byte // the chunks of a row group
	body     []byte // scratch: a page before it is compressed
	room     gathering
	where    []int32 // scratch: which value of a property a row has
	there    []int64 // scratch: values of an optional column
	distinct distinctInts
	columns  []column
	groups   []groupOut
	days     dayBook
	file     File
	unfolded bool
}

// Create begins a file in folder dir, under a temporary name.
func Create(fsys fsx.FS, dir string, o Options) (*Writer, error) {
	columns, err := columnsOf(o.Props)
	if err != nil {
		return nil, err
	}
	w := &Writer{fs: fsys, dir: dir, options: o, hash: sha256.New(), compress: newCompressor(), columns: columns}
	w.days = dayBook{start: o.DayStart}
	for n := 1; ; n++ {
		w.temp = path.Join(dir, tempName(n))
		w.out, err = fsys.OpenFile(w.temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	w.buffer = bufio.NewWriterSize(w.out, 1<<18)
	w.write([]byte(magic))
	return w, nil
}

func (w *Writer) write(b []byte) {
	if w.err != nil {
		return
	}
	w.hash.Write(b)
	_, w.err = w.buffer.Write(b)
	w.at += int64(len(b))
}

// WriteGroup adds the rows picked, in their order, as a row group. They must
// come after those of earlier groups, each site day in one piece and ascending
// in time, and no row may be picked twice.
//
// A group whose text does not fit into one dictionary is split.
func (w *Writer) WriteGroup(tables []rows.Table, picks []Pick, fold Fold) error {
	if w.err != nil {
		return w.err
	}
	n := len(picks)
	if n == 0 {
		return nil
	}
	if n > MaxGroupRows {
		return fmt.Errorf("write row group: %d rows are more than %d", n, MaxGroupRows)
	}
	for _, have := range [...]int{len(fold.VisitNo), len(fold.VisitEnds), len(fold.Visitor)} {
		if have != 0 && have != n {
			return fmt.Errorf("write row group: fold has %d rows, not %d", have, n)
		}
	}
	if err := w.writeGroup(tables, picks, fold); err != nil {
		w.err = fmt.Errorf("write row group %d: %w", len(w.groups), err)
	}
	return w.err
}

func (w *Writer) writeGroup(tables []rows.Table, picks []Pick, fold Fold) error {
	in, err := newInput(tables, picks, &w.room)
	if err != nil {
		return err
	}
	g, err := w.encodeGroup(in, fold)
	if errors.Is(err, errDictionarySize) && len(picks) > 1 {
		half := len(picks) / 2
		if err := w.writeGroup(tables, picks[:half], fold.slice(0, half)); err != nil {
			return err
		}
		return w.writeGroup(tables, picks[half:], fold.slice(half, len(picks)))
	}
	if err != nil {
		return err
	}
	if err := w.days.add(g.sites, g.dates, g.times, g.flags, g.names); err != nil {
		return err
	}
	g.sites, g.dates, g.times, g.flags, g.names = nil, nil, nil, labels{}, labels{}
	w.unfolded = w.unfolded || fold.VisitNo == nil
	w.file.Hashed = w.file.Hashed || g.hashed
	w.file.Rows += int64(g.rows)
	w.write(w.pending)
	w.groups = append(w.groups, g)
	return w.err
}

func (f Fold) slice(lo, hi int) Fold {
	if f.VisitNo != nil {
		f.VisitNo = f.VisitNo[lo:hi]
	}
	if f.VisitEnds != nil {
		f.VisitEnds = f.VisitEnds[lo:hi]
	}
	if f.Visitor != nil {
		f.Visitor = f.Visitor[lo:hi]
	}
	return f
}

// Finish completes the file and gives it its name. When it returns nil, the
// file survives a power cut. After an error the file is spoilt: Abort.
func (w *Writer) Finish(kind Kind) (File, error) {
	if w.err == nil && len(w.groups) == 0 {
		w.err = errors.New("finish segment: it has no rows")
	}
	if w.err != nil {
		return File{}, w.err
	}
	f, err := w.finish(kind)
	if err != nil {
		w.err = fmt.Errorf("finish segment: %w", err)
		return File{}, w.err
	}
	return f, nil
}

func (w *Writer) finish(kind Kind) (File, error) {
	days := w.days.finish()
	f := &w.file
	f.Kind = kind
	f.summarize(days)
	directory, offset, length := appendDirectory(nil, w.at, days, w.compress.good)
	index := directory[len(directory)-int(length):]
	w.write(directory)
	w.writeIndexes()
	footer, err := w.footer(kind, directoryPlace(offset, index))
	if err != nil {
		return File{}, err
	}
	w.write(footer)
	f.Bytes = w.at
	w.hash.Sum(f.Hash[:0])
	f.Name = FileName(kind, f.MinDay, f.Hash)
	if w.err != nil {
		return File{}, w.err
	}
	if err := w.buffer.Flush(); err != nil {
		return File{}, err
	}
	if err := w.out.Sync(); err != nil {
		return File{}, fmt.Errorf("sync %s: %w", w.fs.Path(w.temp), err)
	}
	if err := w.out.Close(); err != nil {
		return File{}, err
	}
	w.out = nil
	if err := w.fs.Rename(w.temp, path.Join(w.dir, f.Name)); err != nil {
		return File{}, err
	}
	w.temp = ""
	w.err = errors.New("write segment: it is finished")
	w.release()
	return *f, w.fs.SyncDir(w.dir)
}

// Abort gives the file up. After Finish returned nil it does nothing.
func (w *Writer) Abort() error {
	if w.err == nil {
		w.err = errors.New("write segment: it was given up")
	}
	var errs []error
	if w.out != nil {
		errs = append(errs, w.out.Close())
		w.out = nil
	}
	if w.temp != "" {
		errs = append(errs, w.fs.Remove(w.temp))
		w.temp = ""
	}
	w.release()
	return errors.Join(errs...)
}

func (w *Writer) release() {
	if w.compress != nil {
		w.compress.release()
		w.compress = nil
	}
}

func storeText(store [16]byte) string { return hex.EncodeToString(store[:]) }

func copyText(number uint64) string {
	if number == 0 {
		return ""
	}
	return strconv.FormatUint(number, 10)
}
