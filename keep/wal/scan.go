package wal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"holdfast"
)

// errEnd says that no frame begins where one would: there are zeros, or the
// file's end.
var errEnd = errors.New("end of the frames")

// scanner reads the frames of one file one after the other, and checks each
// against its crc, its sequence and the chain.
type scanner struct {
	file   string // for errors
	seed   uint32
	off    int64 // where the next frame begins
	end    int64 // nothing from here on is looked at
	next   holdfast.Seq
	chain  uint64 // of the frame before
	linked bool   // chain is known

	win window
	sha hash.Hash
}

func newScanner(r io.ReaderAt, file string, h *header, end int64) *scanner {
	return &scanner{
		file: file, seed: crcSeed(h.id), off: headerSize, end: end,
		next: h.first, chain: h.chain, linked: h.linked,
		win: window{r: r}, sha: sha256.New(),
	}
}

// frame returns the next frame, whose payload holds until the next call. A
// *holdfast.DamagedError or errEnd leaves the scanner where it is.
func (s *scanner) frame() (frame, error) {
	if s.end-s.off < frameHeader {
		return frame{}, errEnd
	}
	head, err := s.win.at(s.off, frameHeader, s.end)
	if err != nil {
		return frame{}, err
	}
	f, wrong := decodeFrameHeader(head, s.off, s.end-s.off)
	if wrong != "" {
		if isZero(head) {
			return frame{}, errEnd
		}
		return frame{}, s.damaged(wrong)
	}
	if f.seq != s.next {
		return frame{}, s.damaged(fmt.Sprintf("frame of record %d where %d belongs", f.seq, s.next))
	}
	whole, err := s.win.at(s.off, int(f.size), s.end)
	if err != nil {
		return frame{}, err
	}
	if !f.check(whole, s.seed) {
		return frame{}, s.damaged(fmt.Sprintf("crc of record %d", f.seq))
	}
	if s.linked && !f.follows(whole, s.chain, s.sha) {
		return frame{}, s.damaged(fmt.Sprintf("chain of record %d", f.seq))
	}
	s.step(&f, whole)
	return f, nil
}

func (s *scanner) step(f *frame, whole []byte) {
	f.payload = whole[frameHeader : frameHeader+storedLength(whole)]
	s.off += f.size
	s.chain, s.linked = f.chain, true
	if f.typ != typeMark {
		s.next++
	}
}

// skip looks behind a place that is not a frame for the next one of this file,
// up to record last, and goes there. It returns false if there is none.
func (s *scanner) skip(last holdfast.Seq) (bool, error) {
	for off := s.off + frameAlign; s.end-off >= frameHeader; off += frameAlign {
		head, err := s.win.at(off, frameHeader, s.end)
		if err != nil {
			return false, err
		}
		if head[40] == 0 { // most of what is looked at are zeros
			continue
		}
		f, wrong := decodeFrameHeader(head, off, s.end-off)
		if wrong != "" || f.seq < s.next || f.seq > last || uint64(f.seq-s.next) > uint64(off-s.off)/frameHeader {
			continue
		}
		whole, err := s.win.at(off, int(f.size), s.end)
		if err != nil {
			return false, err
		}
		if f.check(whole, s.seed) {
			s.off, s.next, s.linked = off, f.seq, false
			return true, nil
		}
	}
	return false, nil
}

func (s *scanner) damaged(what string) error { return s.damagedAt(s.off, what) }

func (s *scanner) damagedAt(off int64, what string) error {
	return &holdfast.DamagedError{File: s.file, Offset: off, What: what}
}

// window is a stretch of a file in memory.
type window struct {
	r   io.ReaderAt
	buf []byte
	off int64
}

const windowBytes = 128 << 10

// at returns n bytes at off, which hold until the next call. The caller has
// made sure that off+n <= end; nothing from end on is read.
func (w *window) at(off int64, n int, end int64) ([]byte, error) {
	if off >= w.off && off+int64(n) <= w.off+int64(len(w.buf)) {
		i := int(off - w.off)
		return w.buf[i : i+n], nil
	}
	want := int(min(int64(max(n, windowBytes)), end-off))
	if cap(w.buf) < want || cap(w.buf) > 16*windowBytes && want <= windowBytes {
		w.buf = make([]byte, max(want, min(2*cap(w.buf), windowBytes)))
	}
	w.buf, w.off = w.buf[:want], off
	read, err := w.r.ReadAt(w.buf, off)
	w.buf = w.buf[:read]
	if read < n {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("read at byte %d: %w", off, err)
	}
	return w.buf[:n], nil
}
