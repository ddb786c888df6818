package segment_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

// tiny is a file small enough to be damaged in every bit.
func tiny(tb testing.TB, dir fsx.FS) (segment.File, []row) {
	tb.Helper()
	rnd := rand.New(rand.NewPCG(9, 9))
	all := makeRows(rnd, shape{rows: 14, sites: 2, days: 2, card: 3, run: 2, props: 3})
	tables, picks := deal(rnd, all, 1)
	return write(tb, dir, tables, picks, 9), all
}

var everyBit = flag.Bool("everybit", false, "flip every bit of a file, not one of every byte")

func TestEveryFlippedBitIsFound(t *testing.T) {
	dir := openDir(t)
	f, all := tiny(t, dir)
	sound, err := os.ReadFile(dir.Path(f.Name))
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 {
		t.Run(fmt.Sprintf("bit %d", bit), func(t *testing.T) {
			t.Parallel()
			b := slices.Clone(sound)
			cache := segment.NewCache(0)
			for at := range b {
				if !*everyBit && at%8 != bit {
					continue
				}
				b[at] ^= 1 << bit
				checkDamaged(t, f, all, b, at, cache)
				b[at] = sound[at]
			}
		})
	}
}

// checkDamaged opens a damaged file, and wants what can be read of it to be
// what was written, and Verify to complain.
func checkDamaged(t *testing.T, f segment.File, all []row, b []byte, at int, cache *segment.Cache) {
	t.Helper()
	r, err := segment.Open(oneFile{b: b}, ".", f, cache)
	if err != nil {
		if !errors.Is(err, holdfast.ErrDamaged) {
			t.Fatalf("byte %d: open: %v", at, err)
		}
		return
	}
	defer r.Close()
	for i := range r.Groups() {
		g := r.Group(i)
		want := all[r.FirstRow(i):][:g.Len()]
		if err := tryRows(g, want); err != nil && !errors.Is(err, holdfast.ErrDamaged) {
			t.Fatalf("byte %d: %v", at, err)
		}
	}
	if _, _, err := r.Run(1, may2026); err != nil && !errors.Is(err, holdfast.ErrDamaged) {
		t.Fatalf("byte %d: run: %v", at, err)
	}
	if err := r.Verify(t.Context()); !errors.Is(err, holdfast.ErrDamaged) {
		t.Fatalf("byte %d: verify says %v", at, err)
	}
}

var errWrong = errors.New("read something else than was written")

// tryRows reads all columns of t and compares what can be read.
func tryRows(t rows.Table, want []row) error {
	var failed error
	for c := range rows.Text(rows.NumText) {
		var codes rows.Codes
		dict, err := t.Dict(c)
		err = errors.Join(err, t.Codes(c, 0, len(want), &codes))
		if err != nil {
			failed = err
			continue
		}
		for i := range want {
			if dict[codes.At(i)] != want[i].Text[c] {
				return errWrong
			}
		}
	}
	for c := range rows.Number(rows.NumNumber) {
		values, err := t.Ints(c, 0, len(want), nil)
		if err != nil {
			failed = err
			continue
		}
		for i := range want {
			if values[i] != want[i].Numbers[c] {
				return errWrong
			}
		}
	}
	keys, err := t.PropKeys()
	if err != nil {
		return err
	}
	for _, key := range keys {
		values, err := t.Props(key, 0, len(want), nil)
		if err != nil {
			failed = err
			continue
		}
		for i := range want {
			for _, p := range want[i].Props {
				if p.Key == key {
					if len(values) == 0 || values[0] != (rows.PropValue{Row: int32(i), Kind: p.Kind, Str: p.Str, Int: p.Int, Float: p.Float, Bool: p.Bool}) {
						return errWrong
					}
					values = values[1:]
				}
			}
		}
	}
	return failed
}

func TestTruncatedFilesAreDamaged(t *testing.T) {
	dir := openDir(t)
	f, _ := tiny(t, dir)
	b, err := os.ReadFile(dir.Path(f.Name))
	if err != nil {
		t.Fatal(err)
	}
	cache := segment.NewCache(0)
	for n := range len(b) {
		if _, err := segment.Open(oneFile{b: b[:n]}, ".", f, cache); !errors.Is(err, holdfast.ErrDamaged) {
			t.Fatalf("open of %d bytes of %d: %v", n, len(b), err)
		}
		short := f
		short.Bytes = int64(n)
		if _, err := segment.Open(oneFile{b: b[:n]}, ".", short, cache); !errors.Is(err, holdfast.ErrDamaged) {
			t.Fatalf("open of a file of %d bytes: %v", n, err)
		}
	}
}

// A page that by chance lies exactly where another of its length was is found
// by Verify alone: of the copies made here none does that.
func TestPagesInAnotherPlaceAreDamaged(t *testing.T) {
	dir := openDir(t)
	f, all := tiny(t, dir)
	b, err := os.ReadFile(dir.Path(f.Name))
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(10, 11))
	cache := segment.NewCache(0)
	for range 2000 {
		damaged := slices.Clone(b)
		from, to, n := rnd.IntN(len(b)), rnd.IntN(len(b)), 1+rnd.IntN(512)
		copy(damaged[to:], b[from:min(from+n, len(b))])
		if string(damaged) != string(b) {
			checkDamaged(t, f, all, damaged, to, cache)
		}
	}
}

// FuzzOpen gives the reader files whose checksums hold but whose contents are
// anything: it may say what it likes, but must neither panic nor ask for much
// memory.
func FuzzOpen(f *testing.F) {
	dir := openDir(f)
	file, _ := tiny(f, dir)
	b, err := os.ReadFile(dir.Path(file.Name))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	cache := segment.NewCache(0)
	f.Fuzz(func(t *testing.T, b []byte) {
		b = segment.Reseal(b)
		about := segment.File{Name: "fuzzed", Bytes: int64(len(b)), Rows: 14}
		r, err := segment.Open(oneFile{b: b}, ".", about, cache)
		if err != nil {
			return
		}
		for i := range r.Groups() {
			g := r.Group(i)
			tryRows(g, make([]row, g.Len()))
			g.EachProp(0, g.Len(), func(string, *rows.PropValue) {})
		}
		r.Days(1, 0, 1<<62)
		r.Run(1, may2026)
		r.Verify(t.Context())
	})
}

// oneFile is a folder in which every name is a file of these bytes.
type oneFile struct {
	fsx.FS
	b []byte
}

func (o oneFile) Open(string) (fsx.File, error) { return &bytesFile{b: o.b}, nil }
func (o oneFile) Path(name string) string       { return filepath.Join("/", name) }

type bytesFile struct {
	fsx.File
	b []byte
}

func (f *bytesFile) Close() error               { return nil }
func (f *bytesFile) Stat() (fs.FileInfo, error) { return sizeInfo{size: int64(len(f.b))}, nil }

type sizeInfo struct {
	fs.FileInfo
	size int64
}

func (s sizeInfo) Size() int64 { return s.size }

func (f *bytesFile) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(f.b)) {
		return 0, io.EOF
	}
	n := copy(p, f.b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
