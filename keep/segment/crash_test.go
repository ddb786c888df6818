package segment_test

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"

	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

// The power goes at every operation of writing a file. What has the name of a
// segment afterwards must be one, and if Finish had returned, it must be there.
func TestPowerCutLeavesAWholeFileOrNone(t *testing.T) {
	rnd := rand.New(rand.NewPCG(12, 12))
	tables, picks := deal(rnd, makeRows(rnd, shape{rows: 50, sites: 2, days: 2, card: 3, run: 2, props: 3}), 1)
	for n := 1; ; n++ {
		disk := faultfs.New()
		if err := disk.Mkdir("files", 0o700); err != nil {
			t.Fatal(err)
		}
		if err := disk.SyncDir("."); err != nil {
			t.Fatal(err)
		}
		disk.Inject(faultfs.PowerOffAt(disk.Ops() + n))
		f, err := writeTo(disk, tables, picks)
		for _, after := range []*faultfs.FS{disk.Clone().CrashStrict(), disk.Clone().Crash(rnd), disk.Kill()} {
			names, dirErr := after.ReadDir("files")
			if dirErr != nil {
				t.Fatal(dirErr)
			}
			found := false
			for _, entry := range names {
				switch name := entry.Name(); {
				case segment.IsFileName(name):
					got, err := segment.Describe(t.Context(), after, "files", name)
					if err != nil {
						t.Fatalf("power cut at operation %d: %v", n, err)
					}
					found = found || got == f
				case !strings.HasSuffix(name, fsx.TempSuffix):
					t.Fatalf("power cut at operation %d left %s", n, name)
				}
			}
			if err == nil && !found {
				t.Fatalf("power cut at operation %d: a finished file is gone", n)
			}
		}
		if err == nil {
			if n < 5 {
				t.Fatalf("it took only %d operations", n)
			}
			return
		}
	}
}

func writeTo(disk fsx.FS, tables []rows.Table, picks []segment.Pick) (segment.File, error) {
	w, err := segment.Create(disk, "files", segment.Options{DayStart: dayStart})
	if err != nil {
		return segment.File{}, err
	}
	defer w.Abort()
	if err := w.WriteGroup(tables, picks, segment.Fold{}); err != nil {
		return segment.File{}, err
	}
	return w.Finish(segment.Part)
}

func TestFailedWritesAreReported(t *testing.T) {
	rnd := rand.New(rand.NewPCG(13, 13))
	tables, picks := deal(rnd, makeRows(rnd, shape{rows: 50, sites: 2, days: 2, card: 3, run: 2}), 1)
	broken := errors.New("broken")
	for _, kind := range []faultfs.Kind{faultfs.Create, faultfs.Write, faultfs.Sync, faultfs.Rename, faultfs.SyncDir} {
		disk := faultfs.New()
		if err := disk.Mkdir("files", 0o700); err != nil {
			t.Fatal(err)
		}
		disk.Inject(faultfs.FailNth(kind, 1, broken))
		if _, err := writeTo(disk, tables, picks); !errors.Is(err, broken) {
			t.Errorf("%s fails: finish says %v", kind, err)
		}
		names, err := disk.ReadDir("files")
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range names {
			if strings.HasSuffix(entry.Name(), fsx.TempSuffix) {
				t.Errorf("%s fails: %s is left", kind, entry.Name())
			}
		}
	}
	disk := faultfs.New()
	if err := disk.Mkdir("files", 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := writeTo(disk, tables, picks)
	if err != nil {
		t.Fatal(err)
	}
	r, err := segment.Open(disk, "files", f, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	disk.Inject(func(op faultfs.Op) error {
		if op.Kind == faultfs.Read {
			return broken
		}
		return nil
	})
	if _, err := r.Group(0).Ints(rows.Time, 0, 50, nil); !errors.Is(err, broken) {
		t.Errorf("a failed read is reported as %v", err)
	}
	if _, err := segment.Open(disk, "files", segment.File{Name: "no such file"}, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open of no file: %v", err)
	}
}
