package wal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep/wal"
)

var writeSample = flag.Bool("write-sample", false, "write testdata of the current version, before it is released")

// sample writes a log that has one of everything.
func sample(tb testing.TB, fsys fsx.FS) {
	tb.Helper()
	moment := time.Date(2026, 7, 31, 23, 59, 58, 0, time.UTC)
	o := wal.Options{
		FS: fsys, FileBytes: 1, Rand: rand.NewChaCha8([32]byte{1}),
		Now: func() time.Time { moment = moment.Add(time.Second); return moment },
	}
	l, _ := open(tb, o)
	add(tb, l, "one", "a batch of three", "")
	add(tb, l, strings.Repeat("a page view of a page ", 300))
	for _, r := range []wal.Record{
		{Type: wal.Beat, Payload: []byte("beat")},
		{Type: wal.CatalogChange, Payload: []byte("catalog change")},
		{Type: wal.LedgerEntry, Payload: []byte("ledger entry")},
	} {
		if _, err := l.Append(tb.Context(), r); err != nil {
			tb.Fatal(err)
		}
	}
	closeLog(tb, l)
	l, _ = open(tb, o)
	add(tb, l, "of a second file")
	closeLog(tb, l)
	_ = fsys.Remove("log/spare")
}

func dump(tb testing.TB, fsys fsx.FS) string {
	tb.Helper()
	var b strings.Builder
	err := wal.Dump(fsys, "log", store, func(f wal.Frame) error {
		fmt.Fprintf(&b, "%s %d+%d %d %s %s synced %d chain %016x %d/%d more %t superseded %t %.30q %v\n", filepath.Base(f.File), f.Offset, f.Bytes,
			f.Seq, f.Type, f.Time, f.Synced, f.Chain, f.Stored, f.Length, f.More, f.Superseded, f.Payload, f.Damage)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func TestLogsOfEachVersionOpen(t *testing.T) {
	if *writeSample {
		if err := os.RemoveAll("testdata/v1"); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll("testdata/v1", 0o755); err != nil {
			t.Fatal(err)
		}
		fsys := openDir(t, "testdata/v1")
		sample(t, fsys)
		if err := os.WriteFile("testdata/v1/dump.txt", []byte(dump(t, fsys)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dirs, err := filepath.Glob("testdata/v*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			fsys := openDir(t, copied)
			want, err := os.ReadFile(filepath.Join(dir, "dump.txt"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), dump(t, fsys)); diff != "" {
				t.Error(diff)
			}
			l, rec := open(t, wal.Options{FS: fsys})
			if diff := cmp.Diff(wal.Recovery{Last: 8}, rec); diff != "" {
				t.Error(diff)
			}
			add(t, l, "more")
			rep, err := l.Verify(t.Context())
			if err != nil || rep.Records != 9 || len(rep.Gaps) > 0 {
				t.Errorf("verify: %+v %v", rep, err)
			}
			closeLog(t, l)
		})
	}
}

// What a log writes today is what docs/format/log.md says: it is read here by
// nothing but that page.
func TestTheFormatIsAsDocumented(t *testing.T) {
	fsys := openDir(t, t.TempDir())
	sample(t, fsys)
	var got []string
	chain := uint64(0)
	for _, name := range []string{"log/0000000000000001.log", "log/0000000000000008.log"} {
		records, end := readByThePage(t, file(t, fsys, name), &chain)
		got = append(got, records...)
		if name == "log/0000000000000008.log" && end != "mark" {
			t.Errorf("%s ends with %s", name, end)
		}
	}
	var want []string
	l, _ := open(t, wal.Options{FS: fsys})
	defer l.Close()
	if err := l.Read(t.Context(), 0, func(r wal.Record, gap *wal.GapError) error {
		want = append(want, fmt.Sprintf("%d %d %d %s", r.Seq, r.Type, r.Time, r.Payload))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func readByThePage(t *testing.T, b []byte, chain *uint64) (records []string, end string) {
	t.Helper()
	u32, u64 := binary.LittleEndian.Uint32, binary.LittleEndian.Uint64
	table := crc32.MakeTable(crc32.Castagnoli)
	if !bytes.Equal(b[:4096], b[4096:8192]) || crc32.Checksum(b[:4092], table) != u32(b[4092:]) ||
		string(b[:16]) != "holdfast log\r\n\x1a\x00" || u32(b[16:]) != 1 || !bytes.Equal(b[24:40], store[:]) {
		t.Fatal("header is not as documented")
	}
	if u32(b[20:])&2 != 0 && u64(b[56:]) != *chain {
		t.Error("the files do not join up")
	}
	next := u64(b[48:])
	for at := 8192; at+48 <= len(b); {
		f := b[at:]
		stored := int(u32(f))
		size := (48 + stored + 7) / 8 * 8
		if u64(f[8:]) == 0 {
			return records, "zeros"
		}
		crc := crc32.Checksum(append(append(bytes.Clone(b[40:48]), f[:44]...), f[48:size]...), table)
		if crc != u32(f[44:]) || u64(f[8:]) != next {
			t.Fatalf("frame at %d is not as documented", at)
		}
		hashed := bytes.Clone(f[:size])
		binary.LittleEndian.PutUint64(hashed[32:], *chain)
		copy(hashed[44:48], []byte{0, 0, 0, 0})
		sum := sha256.Sum256(hashed)
		if u64(sum[:]) != u64(f[32:]) {
			t.Errorf("chain at %d is not as documented", at)
		}
		if f[40] == 255 {
			return records, "mark"
		}
		payload := f[48 : 48+stored]
		if f[41]&1 != 0 {
			dec, _ := zstd.NewReader(nil)
			var err error
			if payload, err = dec.DecodeAll(payload, nil); err != nil {
				t.Error(err)
			}
		}
		if len(payload) != int(u32(f[4:])) {
			t.Errorf("frame at %d holds %d bytes", at, len(payload))
		}
		records = append(records, fmt.Sprintf("%d %d %d %s", next, f[40], u64(f[16:]), payload))
		*chain = u64(f[32:])
		next++
		at += size
	}
	return records, "the end of the file"
}

// FuzzDump reads any bytes as a file. (Run it and FuzzFile with
// -fuzzminimizetime 1x: the same input never covers quite the same code twice,
// and the fuzzer would minimize for ever.)
func FuzzDump(f *testing.F) {
	fsys := faultfs.New()
	sample(f, fsys)
	whole := bytes.TrimRight(file(f, fsys, "log/0000000000000001.log"), "\x00")
	f.Add(whole)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 8192 {
			copy(b, whole[:8192])
			reseal(b)
		}
		fsys := faultfs.New()
		writeLog(t, fsys, b)
		end := int64(0)
		_ = wal.Dump(fsys, "log", store, func(f wal.Frame) error {
			if f.Offset < end {
				t.Errorf("frame at %d after one that ends at %d", f.Offset, end)
			}
			if end = f.Offset + f.Bytes; end > int64(len(b)) && end > 8192 {
				t.Errorf("frame of %d bytes at %d in a file of %d", f.Bytes, f.Offset, len(b))
			}
			return nil
		})
	})
}

func writeLog(tb testing.TB, fsys fsx.FS, b []byte) {
	tb.Helper()
	if err := fsx.MkdirAll(fsys, "log", 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := fsx.WriteFile(fsys, "log/0000000000000001.log", 0o600, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}); err != nil {
		tb.Fatal(err)
	}
}

// Whatever is in a log file: nothing panics, what is read is what the crcs
// say, and the log can be written to.
func FuzzFile(f *testing.F) {
	fsys := faultfs.New()
	sample(f, fsys)
	whole := bytes.TrimRight(file(f, fsys, "log/0000000000000001.log"), "\x00")
	f.Add(whole, uint16(0), uint16(0), byte(0))
	f.Add(whole, uint16(8192+50), uint16(0), byte(1))
	f.Add(whole, uint16(8192), uint16(8192+70), byte(255))
	f.Add(whole[:8192+100], uint16(0), uint16(0), byte(0))
	f.Add(whole[:4096], uint16(0), uint16(0), byte(0))
	f.Add([]byte{}, uint16(0), uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, b []byte, at1, at2 uint16, mask byte) {
		b = bytes.Clone(b)
		for _, at := range []uint16{at1, at2} {
			if int(at) < len(b) {
				b[at] ^= mask
			}
		}
		fuzzOne(t, b)
		if len(b) > 8192 { // and with a header that is valid
			copy(b, whole[:8192])
			reseal(b)
			fuzzOne(t, b)
		}
	})
}

// reseal gives the frames of a file valid crcs, as far as lengths lead from
// one to the next.
func reseal(b []byte) {
	table := crc32.MakeTable(crc32.Castagnoli)
	for at := 8192; at+48 <= len(b); {
		size := (int64(binary.LittleEndian.Uint32(b[at:])) + 48 + 7) / 8 * 8
		if size > int64(len(b)-at) {
			return
		}
		f := b[at : at+int(size)]
		crc := crc32.Checksum(b[40:48], table)
		crc = crc32.Update(crc32.Update(crc, table, f[:44]), table, f[48:])
		binary.LittleEndian.PutUint32(f[44:], crc)
		at += int(size)
	}
}

func fuzzOne(t *testing.T, b []byte) {
	fsys := faultfs.New()
	writeLog(t, fsys, b)
	_ = wal.Dump(fsys, "log", store, func(wal.Frame) error { return nil })
	l, rec, err := wal.Open(wal.Options{FS: fsys, Store: store, FileBytes: 1})
	if err != nil {
		return // a valid header of another store or version
	}
	defer l.Close()
	if _, err := l.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	before := all(t, l, 0)
	seq := add(t, l, "more")
	if seq != rec.Last+1 {
		t.Errorf("record %d was added to a log that ends with %d", seq, rec.Last)
	}
	if diff := cmp.Diff(append(before, fmt.Sprintf("%d more", seq)), all(t, l, 0)); diff != "" {
		t.Error(diff)
	}
}
