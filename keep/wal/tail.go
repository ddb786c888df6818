package wal

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"holdfast"
	"holdfast/internal/fsx"
)

// tail is the end of the log's last file.
//
// A frame is known to have been synced if a later one says so. All others are
// carried: written once more into a new file. They may have been acknowledged,
// and then they were synced; but they may also be pages that an earlier process
// wrote, and whose sync failed or never was.
type tail struct {
	point                 // the last record of the log
	time  holdfast.Millis // not before that of any record
	gaps  []*GapError
	trim  bool // all behind off may go

	carry       []frame // ascending; the last one is the log's last record
	carryBefore point

	tornOff, tornEnd int64 // what was cut off; none if equal
	file             *file
}

// jumpTo makes seq the last record: all up to it are lost.
func (t *tail) jumpTo(seq holdfast.Seq) {
	t.seq, t.chain, t.linked = seq, 0, false
	t.trim = false
}

// place is where a valid frame lies.
type place struct {
	at    point // behind it
	off   int64
	flags uint8
}

// hole is where something else than a frame lies.
type hole struct {
	off, end int64 // end: where the next frame begins
	from, to holdfast.Seq
	what     error
}

// tailScan is what a pass over the last file finds.
type tailScan struct {
	places []place // frames not known to be synced
	before point   // of the first of places
	proven int64   // frames that begin before were synced
	holes  []hole
	end    int64 // where the last valid frame ends
	time   holdfast.Millis
	closed bool  // the file ends with a mark
	stop   error // what is behind the last frame: errEnd or a DamagedError
}

// readTail reads the last file of the log, as far as it can be read.
func readTail(fsys fsx.FS, f *file) (tail, error) {
	if f.bad {
		return lostTail(f, f.first, headerSize, f.headerDamage), nil
	}
	h, err := f.hold(fsys)
	if err != nil {
		return tail{}, err
	}
	defer f.release()
	r := &patient{r: h}
	scan, err := scanTail(r, f)
	if err != nil {
		return tail{}, err
	}
	t := scan.judge(f)
	if err := t.loadCarry(r, f); err != nil {
		return tail{}, err
	}
	t.measureTorn(r, f, &scan)
	if r.err != nil {
		return t.unreadable(f, r.err), nil
	}
	return t, nil
}

const noSeq = holdfast.Seq(math.MaxUint64)

// lostTail is the tail of a file of which nothing behind off can be read: as
// many records may have been in it as there is room for.
func lostTail(f *file, from holdfast.Seq, off int64, err error) tail {
	f.damaged = true
	to := from + holdfast.Seq(max(f.size-off, 0)/frameHeader)
	return tail{
		point: point{seq: to, off: off}, time: f.header.time, file: f,
		gaps: []*GapError{{From: from, To: to, Err: err}},
	}
}

// unreadable gives up what is behind the tail's end, because a part of the
// file could not be read.
func (t *tail) unreadable(f *file, err error) tail {
	damage := &holdfast.DamagedError{File: f.shown, Offset: t.off, What: err.Error()}
	lost := lostTail(f, t.seq+1, t.off, damage)
	lost.time = t.time
	lost.gaps = append(t.gaps, lost.gaps...)
	lost.carry, lost.carryBefore = t.carry, t.carryBefore
	return lost
}

func scanTail(r io.ReaderAt, f *file) (tailScan, error) {
	s := newScanner(r, f.shown, &f.header, f.size)
	scan := tailScan{
		before: point{seq: f.first - 1, chain: f.header.chain, linked: f.header.linked, off: headerSize},
		proven: headerSize, end: headerSize, time: f.header.time,
	}
	for {
		off := s.off
		fr, err := s.frame()
		switch {
		case err == nil:
			scan.add(&fr, s)
			continue
		case errors.Is(err, errEnd), errors.Is(err, holdfast.ErrDamaged):
		default:
			return scan, err
		}
		expected := s.next
		found, skipErr := s.skip(noSeq)
		if skipErr != nil {
			return scan, skipErr
		}
		if !found {
			scan.stop = err
			return scan, nil
		}
		if errors.Is(err, errEnd) {
			err = s.damagedAt(off, "zeros where a frame was")
		}
		scan.holes = append(scan.holes, hole{off: off, end: s.off, from: expected, to: s.next - 1, what: err})
	}
}

func (scan *tailScan) add(f *frame, s *scanner) {
	scan.proven = max(scan.proven, f.synced)
	scan.end = s.off
	if f.typ == typeMark {
		scan.closed = true
	} else {
		scan.time = max(scan.time, f.time)
		at := point{seq: f.seq, chain: f.chain, linked: true, off: s.off}
		scan.places = append(scan.places, place{at: at, off: f.off, flags: f.flags})
	}
	n := 0
	for n < len(scan.places) && scan.places[n].off < scan.proven {
		scan.before = scan.places[n].at
		n++
	}
	scan.places = slices.Delete(scan.places, 0, n)
}

// judge tells damage from a torn write: what lies before a place that was
// synced cannot be torn. The first hole behind is where the log ends, since a
// sync of anything behind it would have been one of the hole.
func (scan *tailScan) judge(f *file) tail {
	t := tail{time: scan.time, trim: true, file: f, tornOff: -1}
	start := scan.before
	for _, h := range scan.holes {
		if h.off < scan.proven {
			t.gaps = append(t.gaps, &GapError{From: h.from, To: h.to, Err: h.what})
			f.damaged, t.trim = true, false
			if h.to > start.seq { // what is carried begins behind the hole
				start = point{seq: h.to, off: h.end}
			}
		} else if t.tornOff < 0 {
			t.tornOff = h.off
		}
	}
	t.point, t.carryBefore = start, start
	places := scan.places
	if t.tornOff >= 0 {
		places = slices.DeleteFunc(places, func(p place) bool { return p.off > t.tornOff })
	}
	// A batch is kept as a whole or not at all.
	for n := len(places); n > 0 && places[n-1].flags&frameMore != 0; n-- {
		places = places[:n-1]
	}
	for _, p := range places {
		t.carry = append(t.carry, frame{off: p.off, size: p.at.off - p.off})
		t.point = p.at
	}
	if t.tornOff < 0 {
		t.tornOff = t.off
	}
	t.tornOff = min(t.tornOff, t.off)
	return t
}

// loadCarry reads the frames to carry.
func (t *tail) loadCarry(r io.ReaderAt, f *file) error {
	for i, c := range t.carry {
		whole := make([]byte, c.size)
		if _, err := r.ReadAt(whole, c.off); err != nil {
			return fmt.Errorf("read %s at byte %d: %w", f.shown, c.off, err)
		}
		fr, wrong := decodeFrameHeader(whole, c.off, c.size)
		if wrong != "" || !fr.check(whole, crcSeed(f.header.id)) {
			return fmt.Errorf("read %s at byte %d: not what was there before", f.shown, c.off)
		}
		fr.payload = whole[frameHeader : frameHeader+storedLength(whole)]
		t.carry[i] = fr
	}
	return nil
}

// patient reads what can be read: blocks that cannot come out as ones, which
// are no frames, and err remembers the first.
type patient struct {
	r   io.ReaderAt
	err error
}

const patientBlock = 4096

func (p *patient) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.r.ReadAt(b, off)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	n = 0
	for n < len(b) {
		end := min(len(b), n+patientBlock-int(off+int64(n))%patientBlock)
		m, err := p.r.ReadAt(b[n:end], off+int64(n))
		if errors.Is(err, io.EOF) {
			return n + m, err
		}
		if err != nil {
			if p.err == nil {
				p.err = err
			}
			for i := n; i < end; i++ {
				b[i] = 0xff
			}
		}
		n = end
	}
	return n, nil
}
