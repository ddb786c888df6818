package wal

import (
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"holdfast"
	"holdfast/internal/fsx"
)

// Frame is a frame as it lies in a file, for dumps.
type Frame struct {
	File   string
	Offset int64
	Bytes  int64 // with header and padding
	Seq    holdfast.Seq
	Type   Type
	Time   holdfast.Millis
	Synced int64 // the file was synced up to here when the frame was written
	Chain  uint64
	Stored int  // bytes of payload in the file
	Length int  // bytes of payload
	More   bool // the next frame belongs to the same batch
	Mark   bool // no record: the file was closed behind it
	// Superseded says that a later file begins before this record, which is
	// therefore not part of the log.
	Superseded bool
	Payload    []byte // inflated; holds during the call

	// Damage is not nil where something else than a frame lies; then only
	// File, Offset and Bytes say where. At the end of the last file it may be
	// an unsynced tail.
	Damage error
}

// Dump calls fn for each frame in a log's folder, in the order of the files,
// without opening the log or changing anything. What is being appended
// meanwhile may look torn.
func Dump(fsys fsx.FS, dir string, store [16]byte, fn func(Frame) error) error {
	files, err := listFiles(fsys, dir, store)
	if err != nil {
		return fmt.Errorf("dump log %s: %w", fsys.Path(dir), err)
	}
	dec, err := newDecoder()
	if err != nil {
		return err
	}
	defer dec.Close()
	d := dumper{fs: fsys, dec: dec, fn: fn}
	for i, f := range files {
		last := noSeq
		if i+1 < len(files) {
			last = files[i+1].first - 1
		}
		if err := d.file(f, last); err != nil {
			return fmt.Errorf("dump log file %s: %w", f.shown, err)
		}
	}
	return nil
}

type dumper struct {
	fs  fsx.FS
	dec *zstd.Decoder
	fn  func(Frame) error
	buf []byte
}

func (d *dumper) file(f *file, last holdfast.Seq) error {
	if f.headerDamage != nil {
		if err := d.fn(Frame{File: f.shown, Bytes: headerSize, Damage: f.headerDamage}); err != nil || f.bad {
			return err
		}
	}
	h, err := f.hold(d.fs)
	if err != nil {
		return err
	}
	defer f.release()
	s := newScanner(h, f.shown, &f.header, f.size)
	for {
		off := s.off
		fr, err := s.frame()
		if err == nil {
			if err := d.frame(f, &fr, last); err != nil {
				return err
			}
			continue
		}
		end := errors.Is(err, errEnd)
		if !end && !errors.Is(err, holdfast.ErrDamaged) {
			return err
		}
		expected := s.next
		found, skipErr := s.skip(noSeq)
		if skipErr != nil {
			return skipErr
		}
		if !found && (s.next > last || last == noSeq && (end || f.header.recycled)) {
			return nil
		}
		if end {
			err = s.damagedAt(off, fmt.Sprintf("record %d is missing", expected))
		}
		bytes := s.off - off
		if !found {
			bytes = f.size - off
		}
		if err := d.fn(Frame{File: f.shown, Offset: off, Bytes: bytes, Damage: err}); err != nil || !found {
			return err
		}
	}
}

func (d *dumper) frame(f *file, fr *frame, last holdfast.Seq) error {
	out := Frame{
		File: f.shown, Offset: fr.off, Bytes: fr.size, Seq: fr.seq, Type: fr.typ, Time: fr.time,
		Synced: fr.synced, Chain: fr.chain, Stored: len(fr.payload), Length: int(fr.length),
		More: fr.flags&frameMore != 0, Mark: fr.typ == typeMark, Superseded: fr.seq > last && fr.typ != typeMark,
	}
	payload, err := inflate(d.dec, fr, d.buf)
	if err != nil {
		out.Damage = &holdfast.DamagedError{File: f.shown, Offset: fr.off, What: err.Error()}
	}
	if fr.flags&frameZstd != 0 {
		d.buf = payload
	}
	out.Payload = payload
	return d.fn(out)
}
