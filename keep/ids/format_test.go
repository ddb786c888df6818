package ids_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/ids"
)

// sampleIDs are those of testdata/v1.ids: two full blocks and a third.
func sampleIDs() []holdfast.EventID {
	list := make([]holdfast.EventID, 1100)
	for i := range list {
		list[i] = holdfast.EventID(uint64(i+1) * 0x9e3779b97f4a7c15)
	}
	slices.Sort(list)
	return list
}

func TestSampleOfVersion1(t *testing.T) {
	sample, err := os.ReadFile("testdata/v1.ids")
	if err != nil {
		t.Fatal(err)
	}
	mem := &memFS{files: map[string][]byte{"v1.ids": sample}}
	if diff := cmp.Diff(sampleIDs(), readAll(t, mem, "v1.ids")); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(sample, encoded(t, sampleIDs()...)) {
		t.Error("the same ids are not written as they were")
	}
}

func TestFilesHoldWhatIsWritten(t *testing.T) {
	for _, n := range []int{0, 1, 508, 509, 510, 1019, 1020, 1021, 1531, 100_000} {
		list := append(someIDs(uint64(n), n), 0)
		want := slices.Compact(slices.Sorted(slices.Values(list)))[1:]
		dir := openDir(t)
		write(t, dir, "x.ids", append(list, list[0])...)
		if got := readAll(t, dir, "x.ids"); !slices.Equal(got, want) {
			t.Errorf("%d ids: %d came back", n, len(got))
		}
		info, err := dir.Stat("x.ids")
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o400 {
			t.Errorf("mode is %v", info.Mode())
		}
	}
}

func TestEveryFlippedBitIsNoticed(t *testing.T) {
	list := slices.Sorted(slices.Values(someIDs(1, 1100)))
	data := encoded(t, slices.Clone(list)...)
	mem := &memFS{files: map[string][]byte{}}
	for bit := range len(data) * 8 {
		// Opened before the damage, so that lookups meet it.
		mem.files["x.ids"] = slices.Clone(data)
		x := ids.New(ids.Options{FS: mem, Dir: ".", FilterBytes: -1})
		replace(t, x, []ids.File{{Name: "x.ids"}}, nil, false)
		mem.files["x.ids"][bit/8] ^= 1 << (bit % 8)

		if err := ids.Verify(mem, ".", "x.ids"); !errors.Is(err, holdfast.ErrDamaged) {
			t.Fatalf("bit %d: Verify: %v", bit, err)
		}
		id := list[firstOfBlock(bit/8/4096)+bit%300%(1100-509-511)]
		if _, err := x.Claim(1, []holdfast.EventID{id}); !errors.Is(err, holdfast.ErrDamaged) {
			t.Fatalf("bit %d: Claim of %d: %v", bit, id, err)
		}
		x.Close()
	}
}

func firstOfBlock(k int) int {
	if k == 0 {
		return 0
	}
	return 509 + (k-1)*511
}

func TestCutAndExtendedFilesAreDamaged(t *testing.T) {
	data := encoded(t, someIDs(1, 1100)...)
	mem := &memFS{files: map[string][]byte{}}
	for size := range data {
		mem.files["x.ids"] = data[:size]
		if err := ids.Verify(mem, ".", "x.ids"); !errors.Is(err, holdfast.ErrDamaged) {
			t.Fatalf("cut at %d: %v", size, err)
		}
	}
	mem.files["x.ids"] = append(slices.Clone(data), 0)
	if err := ids.Verify(mem, ".", "x.ids"); !errors.Is(err, holdfast.ErrDamaged) {
		t.Errorf("extended: %v", err)
	}
}

func TestBlocksInWrongPlacesAreDamaged(t *testing.T) {
	data := encoded(t, someIDs(1, 509+511*2)...)
	other := encoded(t, someIDs(2, 509+511*2-1)...)
	swapped := slices.Concat(data[:4096], data[8192:12288], data[4096:8192])
	foreign := slices.Concat(data[:4096], other[4096:8192], data[8192:])
	for name, bad := range map[string][]byte{"swapped.ids": swapped, "foreign.ids": foreign} {
		mem := &memFS{files: map[string][]byte{name: bad}}
		if err := ids.Verify(mem, ".", name); !errors.Is(err, holdfast.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(encoded(f))
	f.Add(encoded(f, 1, 2, 3))
	f.Add(encoded(f, someIDs(1, 600)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		mem := &memFS{files: map[string][]byte{"x.ids": data}}
		var list []holdfast.EventID
		err := ids.Read(mem, ".", "x.ids", func(block []holdfast.EventID) error {
			list = append(list, block...)
			return nil
		})
		x := ids.New(ids.Options{FS: mem, Dir: ".", FilterBytes: -1})
		defer x.Close()
		if x.Replace([]ids.File{{Name: "x.ids"}}, nil, false) == nil {
			x.Claim(1, []holdfast.EventID{1, 1 << 40, 1 << 62, 1<<64 - 1})
		}
		if err == nil && !bytes.Equal(data, encoded(t, list...)) {
			t.Error("a file that reads well is not what would be written of its ids")
		}
	})
}

func readAll(tb testing.TB, fsys fsx.FS, name string) (list []holdfast.EventID) {
	tb.Helper()
	if err := ids.Read(fsys, ".", name, func(block []holdfast.EventID) error {
		list = append(list, block...)
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	return list
}

// corrupt flips a bit of a file in place.
func corrupt(tb testing.TB, fsys fsx.FS, name string, at int64) {
	tb.Helper()
	file := filepath.Clean(fsys.Path(name))
	if err := os.Chmod(file, 0o600); err != nil {
		tb.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	data[at] ^= 0x10
	if err := os.WriteFile(file, data, 0o400); err != nil {
		tb.Fatal(err)
	}
}
