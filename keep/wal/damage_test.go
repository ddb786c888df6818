package wal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep/wal"
)

const lastFile = "log/0000000000000006.log"

// small returns a closed log of 10 records in two files, 1 to 5 and 6 to 10.
func small(tb testing.TB) *faultfs.FS {
	tb.Helper()
	f := faultfs.New()
	for range 2 {
		l, _ := open(tb, wal.Options{FS: f, FileBytes: 1})
		for i := range 4 {
			add(tb, l, strings.Repeat(fmt.Sprint(i), 30+i))
		}
		add(tb, l, strings.Repeat("compressible ", 400))
		closeLog(tb, l)
	}
	return f
}

// frames returns the offset and size of the frames of a file.
func frames(tb testing.TB, f fsx.FS, file string) (out []wal.Frame) {
	tb.Helper()
	err := wal.Dump(f, "log", store, func(fr wal.Frame) error {
		if fr.File == f.Path(file) {
			fr.Payload = nil
			out = append(out, fr)
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	clean := small(t)
	l, _ := open(t, wal.Options{FS: clean.Clone()})
	want := all(t, l, 0)
	closeLog(t, l)
	for _, name := range []string{"log/0000000000000001.log", lastFile} {
		fs := frames(t, clean, name)
		end := fs[len(fs)-1].Offset + fs[len(fs)-1].Bytes
		if fs[len(fs)-1].Mark != (name == lastFile) {
			t.Fatal("the last file ends with a mark, and only that")
		}
		for at := int64(0); at < end; at++ {
			masks := []byte{1, 2, 4, 8, 16, 32, 64, 128}
			if at < 8192 && at%4096 >= 80 && at%4096 < 4088 { // zeros, and many
				masks = masks[:1-min(at%16, 1)]
			}
			for _, mask := range masks {
				f := clean.Clone()
				if err := f.Flip(name, at, mask); err != nil {
					t.Fatal(err)
				}
				checkNoticed(t, f, want, fmt.Sprintf("%s byte %d mask %d", name, at, mask))
			}
			if t.Failed() {
				return
			}
		}
	}
}

func checkNoticed(t *testing.T, f *faultfs.FS, want []string, where string) {
	t.Helper()
	l, rec := open(t, wal.Options{FS: f, FileBytes: 1})
	defer l.Close()
	rep, err := l.Verify(t.Context())
	if err != nil {
		t.Errorf("%s: verify: %v", where, err)
	}
	if len(rec.Gaps) == 0 && rec.Torn == nil && len(rep.Gaps) == 0 {
		t.Errorf("%s: nobody noticed", where)
	}
	missing := map[holdfast.Seq]bool{}
	for _, gap := range rep.Gaps {
		if !errors.Is(gap, holdfast.ErrDamaged) {
			t.Errorf("%s: %v", where, gap)
		}
		for s := gap.From; s <= gap.To; s++ {
			missing[s] = true
		}
	}
	if len(missing) > 5 {
		t.Errorf("%s: %d records lost", where, len(missing))
	}
	got := all(t, l, 0)
	for i, line := range want {
		if !missing[holdfast.Seq(i+1)] && !slices.Contains(got, line) {
			t.Errorf("%s: record %d is neither there nor missed", where, i+1)
		}
	}
	if rec.Last < 10 || l.Last() != rec.Last {
		t.Errorf("%s: the log ends with record %d", where, rec.Last)
	}
}

// damage alters a byte in the middle of frames.
func damage(tb testing.TB, f *faultfs.FS, file string, numbers ...int) {
	tb.Helper()
	all := frames(tb, f, file)
	for _, n := range numbers {
		if err := f.Flip(file, all[n].Offset+all[n].Bytes/2, 0x10); err != nil {
			tb.Fatal(err)
		}
	}
}

func damageHeaders(tb testing.TB, f *faultfs.FS, file string) {
	tb.Helper()
	for _, at := range []int64{50, 4096 + 50} {
		if err := f.Flip(file, at, 1); err != nil {
			tb.Fatal(err)
		}
	}
}

// What is damaged is missed once, the rest is read, new records get new
// numbers, and all that stays so.
func TestDamage(t *testing.T) {
	for _, test := range []struct {
		name    string
		do      func(t *testing.T, f *faultfs.FS)
		atLeast holdfast.Seq
		last    holdfast.Seq
		gap     string // the only one
	}{
		{"a record in an older file costs that record", func(t *testing.T, f *faultfs.FS) {
			damage(t, f, "log/0000000000000001.log", 2)
		}, 0, 10, "gap 3-3"},
		{"the first record of a file too", func(t *testing.T, f *faultfs.FS) {
			damage(t, f, lastFile, 0)
		}, 0, 10, "gap 6-6"},
		{"the last record of an older file too", func(t *testing.T, f *faultfs.FS) {
			damage(t, f, "log/0000000000000001.log", 4)
		}, 0, 10, "gap 5-5"},
		{"the last record of the log too, and its number is not given again", func(t *testing.T, f *faultfs.FS) {
			damage(t, f, lastFile, 4)
		}, 0, 10, "gap 10-10"},
		{"records side by side are one gap", func(t *testing.T, f *faultfs.FS) {
			damage(t, f, lastFile, 1, 2, 3)
		}, 0, 10, "gap 7-9"},
		{"both headers of an older file cost the file", func(t *testing.T, f *faultfs.FS) {
			damageHeaders(t, f, "log/0000000000000001.log")
		}, 0, 10, "gap 1-5"},
		{"both headers of the last file cost the file, and all numbers that may have been in it", func(t *testing.T, f *faultfs.FS) {
			damageHeaders(t, f, lastFile)
		}, 0, 5 + 1 + 4096/48, "gap 6-91"},
		{"a file that is gone costs its records", func(t *testing.T, f *faultfs.FS) {
			remove(t, f, lastFile)
		}, 10, 10, "gap 6-10"},
		{"an emptied folder costs what it was known to have held", func(t *testing.T, f *faultfs.FS) {
			remove(t, f, lastFile)
			remove(t, f, "log/0000000000000001.log")
		}, 10, 10, "gap 1-10"},
		{"zeros at the end are missed if it is known that there were records", func(t *testing.T, f *faultfs.FS) {
			truncate(t, f, lastFile, frames(t, f, lastFile)[3].Offset)
		}, 10, 10, "gap 9-10"},
		{"a file cut to nothing costs all numbers that may have been in it", func(t *testing.T, f *faultfs.FS) {
			truncate(t, f, lastFile, 0)
		}, 0, 6, "gap 6-6"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := small(t)
			test.do(t, f)
			o := wal.Options{FS: f, FileBytes: 1, AtLeast: test.atLeast}
			var before []string
			for life := range 3 {
				l, rec := open(t, o)
				if life == 0 {
					if rec.Last != test.last {
						t.Errorf("the log ends with record %d, want %d", rec.Last, test.last)
					}
					if got := gaps(all(t, l, 0)); got != test.gap {
						t.Errorf("gaps %q, want %q", got, test.gap)
					}
				} else if diff := cmp.Diff(before, all(t, l, 0)); diff != "" {
					t.Errorf("life %d: %s", life, diff)
				}
				if seq := add(t, l, fmt.Sprint("new ", life)); seq != test.last+1+holdfast.Seq(life) {
					t.Errorf("life %d: the new record is %d, want %d", life, seq, test.last+1+holdfast.Seq(life))
				}
				before = all(t, l, 0)
				if got := gaps(before); got != test.gap && got != "gap 1-10" {
					t.Errorf("with a new record: gaps %q, want %q", got, test.gap)
				}
				closeLog(t, l)
			}
		})
	}
}

func gaps(lines []string) string {
	var out []string
	for _, l := range lines {
		if strings.HasPrefix(l, "gap") {
			out = append(out, l)
		}
	}
	return strings.Join(out, ", ")
}

func remove(tb testing.TB, f fsx.FS, name string) {
	tb.Helper()
	if err := f.Remove(name); err != nil {
		tb.Fatal(err)
	}
}

func truncate(tb testing.TB, f fsx.FS, name string, size int64) {
	tb.Helper()
	h, err := f.OpenFile(name, os.O_RDWR, 0)
	if err == nil {
		err = errors.Join(h.Truncate(size), h.Close())
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// The records themselves say how far they were synced: a log need not have been
// closed for damage to be told from a torn write.
func TestDamageIsToldFromATornWrite(t *testing.T) {
	for _, test := range []struct {
		name   string
		frames []int
		want   []string
		last   holdfast.Seq
	}{
		{"a record before one that says it was synced is damaged", []int{1}, []string{"1 a", "gap 2-2", "3 c", "4 d"}, 4},
		{"several too", []int{0, 2}, []string{"gap 1-1", "2 b", "gap 3-3", "4 d"}, 4},
		{"the last one looks torn, since no other speaks for it", []int{3}, []string{"1 a", "2 b", "3 c"}, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := faultfs.New()
			l, _ := open(t, wal.Options{FS: f})
			for _, p := range []string{"a", "b", "c", "d"} {
				add(t, l, p)
			}
			left := f.Kill()
			l.Close()
			damage(t, left, "log/0000000000000001.log", test.frames...)
			l, rec := open(t, wal.Options{FS: left})
			defer l.Close()
			if rec.Last != test.last || (rec.Torn != nil) != (test.last == 3) || (len(rec.Gaps) > 0) != (test.last == 4) {
				t.Errorf("recovery: %+v", rec)
			}
			if diff := cmp.Diff(test.want, all(t, l, 0)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestADamagedFileIsSetAsideWhenItsRecordsAreNotNeeded(t *testing.T) {
	f := small(t)
	damage(t, f, "log/0000000000000001.log", 2)
	l, _ := open(t, wal.Options{FS: f, FileBytes: 1})
	defer l.Close()
	if got := gaps(all(t, l, 0)); got != "gap 3-3" {
		t.Fatal(got)
	}
	if n, err := l.Remove(5); n != 1 || err != nil {
		t.Fatalf("removed %d: %v", n, err)
	}
	if _, err := f.Stat("damaged/0000000000000001.log"); err != nil {
		t.Error(err)
	}
	if got := all(t, l, 0)[0]; got != "gap 1-5" {
		t.Errorf("first there is %q", got)
	}
}

// A torn write can end anywhere. What is before is kept, the rest is cut and
// kept aside, and no gap is claimed.
func TestATornTailIsCutAtEachByte(t *testing.T) {
	whole := faultfs.New()
	l, _ := open(t, wal.Options{FS: whole, FileBytes: 1})
	for i := range 3 {
		add(t, l, strings.Repeat("record", i+1))
	}
	add(t, l, "one", "two", "three")
	killed := whole.Kill()
	l.Close()
	const name = "log/0000000000000001.log"
	fs := frames(t, killed, name)
	end := fs[len(fs)-1].Offset + fs[len(fs)-1].Bytes
	lastOfBatch := []int{1, 2, 3, 6}
	for at := fs[0].Offset; at <= end; at++ {
		f := killed.Clone()
		truncate(t, f, name, at)
		truncate(t, f, name, end+4096)
		want := 0
		for _, n := range lastOfBatch {
			if fs[n-1].Offset+48+int64(fs[n-1].Stored) <= at {
				want = n
			}
		}
		l, rec := open(t, wal.Options{FS: f, FileBytes: 1})
		if int(rec.Last) != want || len(rec.Gaps) > 0 {
			t.Fatalf("cut at byte %d: the log ends with record %d, want %d; %v", at, rec.Last, want, rec.Gaps)
		}
		checkTorn(t, f, killed, rec.Torn, at)
		if seq := add(t, l, "more"); int(seq) != want+1 {
			t.Fatalf("cut at byte %d: the new record is %d", at, seq)
		}
		closeLog(t, l)
	}
}

// checkTorn compares the bytes kept with those that were there.
func checkTorn(t *testing.T, f, before *faultfs.FS, torn *wal.Torn, at int64) {
	t.Helper()
	old := file(t, before, "log/0000000000000001.log")[:at]
	if torn == nil {
		fs := frames(t, before, "log/0000000000000001.log")
		for _, fr := range fs {
			if body := old[min(fr.Offset, at):min(fr.Offset+fr.Bytes, at)]; len(body) < 48+fr.Stored && len(bytes.Trim(body, "\x00")) > 0 {
				t.Fatalf("cut at byte %d: nothing was kept", at)
			}
		}
		return
	}
	kept := bytes.TrimRight(file(t, f, strings.TrimPrefix(torn.Kept, "/faultfs/")), "\x00")
	if want := bytes.TrimRight(old[torn.Offset:], "\x00"); !bytes.Equal(kept, want) {
		t.Fatalf("cut at byte %d: kept %q, want %q", at, kept, want)
	}
}

func file(tb testing.TB, f fsx.FS, name string) []byte {
	tb.Helper()
	b, err := fsx.ReadFile(f, name)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestOldTornTailsMakeRoomForNewOnes(t *testing.T) {
	f := faultfs.New()
	for range 30 {
		l, _ := open(t, wal.Options{FS: f, FileBytes: 1})
		add(t, l, "record")
		left := f.Kill()
		l.Close()
		file, end := lastFrame(t, left)
		write(t, left, file, end+8, []byte("torn"))
		f = left
	}
	entries, err := f.ReadDir("damaged")
	if err != nil || len(entries) < 10 || len(entries) > 16 {
		t.Errorf("%d torn tails are kept: %v", len(entries), err)
	}
}

// lastFrame returns where the log ends.
func lastFrame(tb testing.TB, f *faultfs.FS) (file string, end int64) {
	tb.Helper()
	err := wal.Dump(f, "log", store, func(fr wal.Frame) error {
		file, end = strings.TrimPrefix(fr.File, "/faultfs/"), fr.Offset+fr.Bytes
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return file, end
}

func write(tb testing.TB, f fsx.FS, name string, at int64, b []byte) {
	tb.Helper()
	h, err := f.OpenFile(name, os.O_RDWR, 0)
	if err == nil {
		_, err = h.WriteAt(b, at)
		err = errors.Join(err, h.Close())
	}
	if err != nil {
		tb.Fatal(err)
	}
}

func TestAnUnreadableBlockOfTheLastFileCostsItsRecordsOnly(t *testing.T) {
	f := small(t)
	big := strings.Repeat("incompressible? ", 200) // below 4 KiB: stored as it is
	l, _ := open(t, wal.Options{FS: f, FileBytes: 256 << 10})
	for range 20 {
		add(t, l, big)
	}
	closeLog(t, l)
	name := "log/0000000000000011.log"
	f.Inject(func(op faultfs.Op) error {
		if op.Kind == faultfs.Read && op.Name == name && op.Offset < 32<<10 && op.Offset+op.Bytes > 28<<10 {
			return syscall.EIO
		}
		return nil
	})
	l, rec := open(t, wal.Options{FS: f, FileBytes: 256 << 10})
	if len(rec.Gaps) != 2 || rec.Last < 30 || !strings.Contains(rec.Gaps[1].Error(), "input/output error") {
		t.Errorf("recovery: last record %d, %v", rec.Last, rec.Gaps)
	}
	next := rec.Last + 1
	if seq := add(t, l, "new"); seq != next {
		t.Errorf("the new record is %d, want %d", seq, next)
	}
	f.Inject(nil) // it was the cable
	if got := len(all(t, l, 10)); got != 20+2 {
		t.Errorf("%d entries are read, want 20 records, a gap and the new one", got)
	}
	closeLog(t, l)
}

func TestWhatIsNotThisLogIsRefused(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(t *testing.T, f *faultfs.FS)
		want string
	}{
		{"another store's files", func(t *testing.T, f *faultfs.FS) {
			rewriteHeader(t, f, func(h []byte) { h[24] = 'x' })
		}, "belongs to store"},
		{"files of a newer version", func(t *testing.T, f *faultfs.FS) {
			rewriteHeader(t, f, func(h []byte) { h[16] = 2 })
		}, "version 2 of the log's format"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := small(t)
			test.do(t, f)
			before := file(t, f, lastFile)
			l, _, err := wal.Open(wal.Options{FS: f, Store: store})
			if err == nil {
				l.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || errors.Is(err, holdfast.ErrDamaged) {
				t.Errorf("open: %v", err)
			}
			if !bytes.Equal(before, file(t, f, lastFile)) {
				t.Error("the file was changed")
			}
		})
	}
}

// rewriteHeader alters both copies of the last file's header and makes them
// valid again.
func rewriteHeader(tb testing.TB, f fsx.FS, change func(h []byte)) {
	tb.Helper()
	for _, at := range []int64{0, 4096} {
		h := file(tb, f, lastFile)[at : at+4096]
		change(h)
		binary.LittleEndian.PutUint32(h[4092:], crc32.Checksum(h[:4092], crc32.MakeTable(crc32.Castagnoli)))
		write(tb, f, lastFile, at, h)
	}
}
