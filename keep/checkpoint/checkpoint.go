// Package checkpoint keeps what a fold of the log had come to at one record,
// so that the log need not be read from its beginning.
//
// The latest two checkpoints of each fold are kept. A checkpoint is never
// changed; one that is damaged is passed over for the one before it.
package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"holdfast"
	"holdfast/internal/fsx"
)

// A checkpoint file, numbers little-endian:
//
//	 0  8  magic "HFCHKPT1"
//	 8 16  store id
//	24  8  sequence of the last record it includes
//	32  8  length of the payload
//	40  …  payload: protobuf, docs/format/records.proto
//	 …  4  CRC-32C of all before
const (
	magic      = "HFCHKPT1"
	headerSize = 40
	maxPayload = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Folder holds the checkpoints of one fold.
type Folder struct {
	FS    fsx.FS
	Dir   string // its folder
	Name  string // the fold's name
	Store [16]byte
}

// Write makes a checkpoint at seq, durable, and removes those before the one
// before it, and what a crash left of one being written.
func (f *Folder) Write(seq holdfast.Seq, payload []byte) error {
	if err := f.removeTemps(); err != nil {
		return fmt.Errorf("write checkpoint %s at %d: %w", f.Name, seq, err)
	}
	err := fsx.WriteFile(f.FS, f.file(seq), 0o400, func(w io.Writer) error {
		head := make([]byte, headerSize)
		copy(head, magic)
		copy(head[8:], f.Store[:])
		binary.LittleEndian.PutUint64(head[24:], uint64(seq))
		binary.LittleEndian.PutUint64(head[32:], uint64(len(payload)))
		sum := crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, payload)
		for _, part := range [][]byte{head, payload, binary.LittleEndian.AppendUint32(nil, sum)} {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write checkpoint %s at %d: %w", f.Name, seq, err)
	}
	seqs, err := f.Seqs()
	if err != nil {
		return err
	}
	for _, old := range seqs[:max(0, len(seqs)-2)] {
		if err := f.FS.Remove(f.file(old)); err != nil {
			return fmt.Errorf("remove old checkpoint: %w", err)
		}
	}
	return nil
}

func (f *Folder) removeTemps() error {
	entries, err := f.FS.ReadDir(f.Dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, f.Name+"-") || !strings.HasSuffix(name, fsx.TempSuffix) {
			continue
		}
		if err := f.FS.Remove(path.Join(f.Dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Load reads the latest checkpoint that is whole. It returns 0 if there is
// none; damaged says which were passed over.
func (f *Folder) Load() (seq holdfast.Seq, payload []byte, damaged []error, err error) {
	seqs, err := f.Seqs()
	if err != nil {
		return 0, nil, nil, err
	}
	for i := len(seqs) - 1; i >= 0; i-- {
		payload, err := f.Read(seqs[i])
		switch {
		case err == nil:
			return seqs[i], payload, damaged, nil
		case errors.Is(err, holdfast.ErrDamaged):
			damaged = append(damaged, err)
		default:
			return 0, nil, damaged, err
		}
	}
	return 0, nil, damaged, nil
}

// Seqs returns the records at which there are checkpoints, ascending.
func (f *Folder) Seqs() ([]holdfast.Seq, error) {
	entries, err := f.FS.ReadDir(f.Dir)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	var seqs []holdfast.Seq
	for _, e := range entries {
		digits, ok := strings.CutPrefix(e.Name(), f.Name+"-")
		if n, err := strconv.ParseUint(digits, 10, 64); ok && err == nil && len(digits) == 20 {
			seqs = append(seqs, holdfast.Seq(n))
		}
	}
	return seqs, nil
}

// Read reads one checkpoint and checks it.
func (f *Folder) Read(seq holdfast.Seq) ([]byte, error) {
	name := f.file(seq)
	b, err := fsx.ReadFile(f.FS, name)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	payload, store, at, what := decode(b)
	switch {
	case what != "":
	case store != f.Store:
		what = "belongs to another store"
	case at != seq:
		what = "is not of the record its name says"
	default:
		return payload, nil
	}
	return nil, &holdfast.DamagedError{File: f.FS.Path(name), What: what}
}

func decode(b []byte) (payload []byte, store [16]byte, seq holdfast.Seq, what string) {
	if len(b) < headerSize+4 || string(b[:8]) != magic {
		return nil, store, 0, "not a checkpoint of version 1"
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, store, 0, "checksum"
	}
	if n := binary.LittleEndian.Uint64(b[32:]); n > maxPayload || int(n) != len(body)-headerSize {
		return nil, store, 0, "length"
	}
	copy(store[:], b[8:])
	return body[headerSize:], store, holdfast.Seq(binary.LittleEndian.Uint64(b[24:])), ""
}

func (f *Folder) file(seq holdfast.Seq) string {
	return path.Join(f.Dir, fmt.Sprintf("%s-%020d", f.Name, seq))
}
