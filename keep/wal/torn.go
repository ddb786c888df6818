package wal

import (
	"io"
	"path"
	"strings"

	"holdfast/internal/fsx"
)

// measureTorn finds where the bytes that were cut off end. In a recycled file
// what is behind the last frame need not be ours.
func (t *tail) measureTorn(r io.ReaderAt, f *file, scan *tailScan) {
	t.tornEnd = t.tornOff
	if scan.end > t.tornOff && !scan.closed {
		t.tornEnd = scan.end
	}
	from := max(scan.end, t.tornOff)
	head := make([]byte, frameHeader)
	if n, _ := r.ReadAt(head, from); n == len(head) && !isZero(head) {
		fr, wrong := decodeFrameHeader(head, from, f.size-from)
		if fr.seq == t.seq+1 || !f.header.recycled {
			t.tornEnd = max(t.tornEnd, from+frameHeader)
			if wrong == "" {
				t.tornEnd = max(t.tornEnd, from+fr.size)
			}
		}
	}
	if !f.header.recycled {
		if end := lastNonZero(r, from, f.size); end > from {
			t.tornEnd = max(t.tornEnd, end)
		}
	}
}

// lastNonZero returns the end of the last byte in [from, to) that is not zero,
// or from.
func lastNonZero(r io.ReaderAt, from, to int64) int64 {
	buf := make([]byte, windowBytes)
	for to > from {
		b := buf[:min(int64(len(buf)), to-from)]
		n, _ := r.ReadAt(b, to-int64(len(b)))
		for i := n - 1; i >= 0; i-- {
			if b[i] != 0 {
				return to - int64(len(b)) + int64(i) + 1
			}
		}
		to -= int64(len(b))
	}
	return from
}

const (
	tornBytes = 4 << 20 // of one tail at most are kept
	tornFiles = 16      // at most are kept
)

// keepTorn copies what was cut off to where someone may look at it.
func (l *Log) keepTorn(t *tail) *Torn {
	if t.tornEnd <= t.tornOff {
		return nil
	}
	torn := &Torn{File: t.file.shown, Offset: t.tornOff, Bytes: t.tornEnd - t.tornOff}
	kept, err := l.copyTorn(t)
	if err != nil {
		l.o.Log.Warn("keep the unsynced end of a log file", "file", torn.File, "at", torn.Offset, "error", err)
		t.trim = false
		return torn
	}
	torn.Kept = kept
	return torn
}

func (l *Log) copyTorn(t *tail) (string, error) {
	if err := fsx.MkdirAll(l.o.FS, l.o.Aside, 0o700); err != nil {
		return "", err
	}
	if err := l.dropOldTorn(); err != nil {
		return "", err
	}
	h, err := t.file.hold(l.o.FS)
	if err != nil {
		return "", err
	}
	defer t.file.release()
	name := path.Join(l.o.Aside, tornName(t.file.path, t.tornOff))
	bytes := io.NewSectionReader(h, t.tornOff, min(t.tornEnd-t.tornOff, tornBytes))
	err = fsx.WriteFile(l.o.FS, name, 0o600, func(w io.Writer) error {
		_, err := io.Copy(w, bytes)
		return err
	})
	return l.o.FS.Path(name), err
}

// dropOldTorn makes room for another tail.
func (l *Log) dropOldTorn() error {
	entries, err := l.o.FS.ReadDir(l.o.Aside)
	if err != nil {
		return err
	}
	var torn []string // ascending by record, as long as the digits suffice
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), tornSuffix) {
			torn = append(torn, e.Name())
		}
	}
	for ; len(torn) >= tornFiles; torn = torn[1:] {
		if err := l.o.FS.Remove(path.Join(l.o.Aside, torn[0])); err != nil {
			return err
		}
	}
	return nil
}
