package checkpoint_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep/checkpoint"

	"github.com/google/go-cmp/cmp"
)

var store = [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

// newFolder returns a folder on a disk that forgets.
func newFolder(tb testing.TB) (*faultfs.FS, *checkpoint.Folder) {
	tb.Helper()
	disk := faultfs.New()
	if err := fsx.MkdirAll(disk, "checkpoints", 0o700); err != nil {
		tb.Fatal(err)
	}
	return disk, on(disk)
}

func on(disk fsx.FS) *checkpoint.Folder {
	return &checkpoint.Folder{FS: disk, Dir: "checkpoints", Name: "catalog", Store: store}
}

// payload is what the fold had come to at seq.
func payload(seq holdfast.Seq) []byte {
	return bytes.Repeat([]byte(fmt.Sprintf("fold of %d records; ", seq)), int(seq%60))
}

func write(tb testing.TB, f *checkpoint.Folder, seq holdfast.Seq) {
	tb.Helper()
	if err := f.Write(seq, payload(seq)); err != nil {
		tb.Fatal(err)
	}
}

func names(tb testing.TB, disk fsx.FS) []string {
	tb.Helper()
	entries, err := disk.ReadDir("checkpoints")
	if err != nil {
		tb.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func wantLoad(tb testing.TB, f *checkpoint.Folder, want holdfast.Seq, damaged int) {
	tb.Helper()
	seq, got, passed, err := f.Load()
	if err != nil {
		tb.Fatal(err)
	}
	if seq != want || want != 0 && !bytes.Equal(got, payload(want)) || len(passed) != damaged {
		tb.Errorf("the checkpoint at %d is loaded with %d bytes, %q being passed over; want that at %d, and %d passed over",
			seq, len(got), passed, want, damaged)
	}
	for _, err := range passed {
		var d *holdfast.DamagedError
		if !errors.As(err, &d) || d.File == "" {
			tb.Errorf("damage is %v", err)
		}
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	disk, f := newFolder(t)
	wantLoad(t, f, 0, 0)
	for _, seq := range []holdfast.Seq{1, 2, 7, 60, 61, 1<<64 - 1} { // at 60 the fold is empty
		write(t, f, seq)
		wantLoad(t, f, seq, 0)
		got, err := f.Read(seq)
		if err != nil || !bytes.Equal(got, payload(seq)) {
			t.Errorf("at %d: %d bytes, %v", seq, len(got), err)
		}
	}
	info, err := disk.Stat("checkpoints/catalog-18446744073709551615")
	if err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("the file is %v, %v", info, err)
	}
}

func TestTheLatestTwoOfEachFoldAreKept(t *testing.T) {
	disk, f := newFolder(t)
	other := on(disk)
	other.Name = "ledger"
	write(t, other, 4)
	for _, seq := range []holdfast.Seq{5, 10, 11, 100} {
		write(t, f, seq)
	}
	want := []string{"catalog-00000000000000000011", "catalog-00000000000000000100", "ledger-00000000000000000004"}
	if diff := cmp.Diff(want, names(t, disk)); diff != "" {
		t.Error(diff)
	}
	seqs, err := f.Seqs()
	if err != nil || !slices.Equal(seqs, []holdfast.Seq{11, 100}) {
		t.Errorf("checkpoints at %d, %v", seqs, err)
	}
	wantLoad(t, other, 4, 0)
}

func TestOtherFilesAreNoCheckpoints(t *testing.T) {
	disk, f := newFolder(t)
	put(t, disk, "catalog-7", []byte("x"))
	put(t, disk, "catalog-0000000000000000000x", []byte("x"))
	put(t, disk, "catalog-00000000000000000099.tmp", []byte("half a checkpoi"))
	put(t, disk, "catalog2-00000000000000000099", []byte("x"))
	wantLoad(t, f, 0, 0)
	write(t, f, 3)
	wantLoad(t, f, 3, 0)
	if slices.Contains(names(t, disk), "catalog-00000000000000000099.tmp") {
		t.Error("what a crash left is still there")
	}
}

func put(tb testing.TB, disk fsx.FS, name string, data []byte) {
	tb.Helper()
	err := fsx.WriteFile(disk, "checkpoints/"+name, 0o600, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}

const at7 = "catalog-00000000000000000007"

// sound returns the bytes of the checkpoint at 7.
func sound(tb testing.TB) []byte {
	tb.Helper()
	disk, f := newFolder(tb)
	write(tb, f, 7)
	data, err := fsx.ReadFile(disk, "checkpoints/"+at7)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestDamageIsRefused(t *testing.T) {
	good := sound(t)
	refused := func(what string, data []byte) {
		t.Helper()
		disk, f := newFolder(t)
		write(t, f, 6)
		put(t, disk, at7, data)
		var d *holdfast.DamagedError
		if got, err := f.Read(7); !errors.As(err, &d) || got != nil {
			t.Errorf("%s: %d bytes are read, %v", what, len(got), err)
		}
		wantLoad(t, f, 6, 1) // the one before
	}
	for n := range good {
		refused(fmt.Sprintf("cut to %d bytes", n), good[:n])
	}
	for i := range good {
		for _, mask := range []byte{1, 0x80, 0xff} {
			bad := slices.Clone(good)
			bad[i] ^= mask
			refused(fmt.Sprintf("byte %d changed by %x", i, mask), bad)
		}
	}
	refused("with a byte more", append(slices.Clone(good), 0))
	refused("twice", append(slices.Clone(good), good...))
	refused("of zeros", make([]byte, len(good)))
}

func TestACheckpointOfAnotherPlaceIsRefused(t *testing.T) {
	good := sound(t)
	disk, f := newFolder(t)
	put(t, disk, "catalog-00000000000000000008", good) // its name says another record
	wantLoad(t, f, 0, 1)

	disk, f = newFolder(t)
	put(t, disk, at7, good)
	wantLoad(t, f, 7, 0)
	f.Store[0]++
	wantLoad(t, f, 0, 1)
}

// A disk that does not answer is not damage: nothing is passed over for it.
func TestAnErrorOfTheDiskIsNoDamage(t *testing.T) {
	disk, f := newFolder(t)
	write(t, f, 6)
	write(t, f, 7)
	broken := errors.New("input/output error")
	for _, kind := range []faultfs.Kind{faultfs.ReadDir, faultfs.Open, faultfs.Read} {
		disk.Inject(faultfs.FailNth(kind, 1, broken))
		if seq, _, damaged, err := f.Load(); !errors.Is(err, broken) || errors.Is(err, holdfast.ErrDamaged) || len(damaged) > 0 {
			t.Errorf("%s fails: checkpoint at %d, %q, %v", kind, seq, damaged, err)
		}
	}
	wantLoad(t, f, 7, 0)
}

// Whichever operation fails, the checkpoints that were there are there, and the
// next attempt succeeds.
func TestAFailureLeavesWhatWasThere(t *testing.T) {
	for n := 1; ; n++ {
		disk, f := newFolder(t)
		write(t, f, 5)
		write(t, f, 6)
		full := errors.New("no space left on device")
		before, failed := disk.Ops(), false
		disk.Inject(func(op faultfs.Op) error {
			if op.N != before+n || failed {
				return nil
			}
			failed = true
			return full
		})
		err := f.Write(7, payload(7))
		disk.Inject(nil)
		if !failed {
			if n < 6 || err != nil {
				t.Errorf("%d operations, %v", n-1, err)
			}
			return
		}
		if !errors.Is(err, full) {
			t.Errorf("operation %d fails: %v", n, err)
		}
		if seq, got, damaged, err := f.Load(); seq < 6 || !bytes.Equal(got, payload(seq)) || len(damaged) > 0 || err != nil {
			t.Errorf("operation %d fails: afterwards the checkpoint at %d is loaded, %q, %v", n, seq, damaged, err)
		}
		write(t, f, 8)
		wantLoad(t, f, 8, 0)
	}
}

// The power fails at each operation of a write, and chance decides what of it
// reaches the disk. The latest checkpoint is then the old one or the new one,
// whole, and the new one if Write said so.
func TestThePowerFailsAtAnyOperation(t *testing.T) {
	for n := 1; ; n++ {
		over := false
		for seed := range uint64(20) {
			disk, f := newFolder(t)
			var done holdfast.Seq
			for _, seq := range []holdfast.Seq{3, 20, 21} {
				write(t, f, seq)
				done = seq
			}
			before := disk.Ops()
			disk.Inject(faultfs.PowerOffAt(before + n))
			err := f.Write(22, payload(22))
			if err == nil {
				done, over = 22, disk.Ops() < before+n
			} else if !errors.Is(err, faultfs.ErrPowerOff) {
				t.Fatal(err)
			}
			if seed == 0 {
				disk = disk.CrashStrict()
			} else {
				disk = disk.Crash(rand.New(rand.NewPCG(seed, uint64(n))))
			}
			f = on(disk)
			seq, got, damaged, err := f.Load()
			if err != nil || len(damaged) > 0 || seq < done || seq > 22 || !bytes.Equal(got, payload(seq)) {
				t.Fatalf("power off at operation %d, seed %d: %d was written, and that at %d is loaded with %d bytes, %q, %v",
					n, seed, done, seq, len(got), damaged, err)
			}
			write(t, f, 23)
			write(t, f, 24)
			if diff := cmp.Diff([]string{"catalog-00000000000000000023", "catalog-00000000000000000024"}, names(t, disk)); diff != "" {
				t.Fatalf("power off at operation %d, seed %d: two checkpoints later there are others (-want +got):\n%s", n, seed, diff)
			}
		}
		if over {
			if n < 6 {
				t.Errorf("there were only %d operations", n-1)
			}
			return
		}
	}
}

// FuzzRead reads anything as a checkpoint: it is refused as damage, or it is
// what Write would have written.
func FuzzRead(f *testing.F) {
	good := sound(f)
	for _, seed := range [][]byte{nil, good, good[:43], good[:44], make([]byte, 44), append(slices.Clone(good), 0)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzed(t, data)
		// With a checksum that is right, what comes behind it is put to the test.
		fuzzed(t, binary.LittleEndian.AppendUint32(slices.Clone(data), crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))))
	})
}

func fuzzed(t *testing.T, data []byte) {
	t.Helper()
	disk, folder := newFolder(t)
	put(t, disk, at7, data)
	got, err := folder.Read(7)
	if err != nil {
		if !errors.Is(err, holdfast.ErrDamaged) || got != nil {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		return
	}
	if err := folder.Write(7, got); err != nil {
		t.Fatal(err)
	}
	if again, err := fsx.ReadFile(disk, "checkpoints/"+at7); err != nil || !bytes.Equal(again, data) {
		t.Fatalf("%d bytes are written as %d others, %v", len(data), len(again), err)
	}
}

func TestReadingOneThatIsNotThere(t *testing.T) {
	_, f := newFolder(t)
	if _, err := f.Read(9); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, holdfast.ErrDamaged) {
		t.Error(err)
	}
}
