package salts_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep/salts"
)

// sample makes the disk whose file is testdata/v1.salts: days 0 to 2 of sites
// 1 and 2, and a day long past; day 0 and the past day are dead.
func sample(tb testing.TB) (*disk, *clock) {
	tb.Helper()
	d, c := newDisk(), newClock()
	s, _, err := salts.Open(salts.Options{FS: d, Name: file, Now: c.now, Rand: &countdown{}})
	if err != nil {
		tb.Fatal(err)
	}
	for n := range 3 {
		for site := range holdfast.SiteID(2) {
			aliveSalt(tb, s, site+1, n)
		}
	}
	aliveSalt(tb, s, 1, -500)
	c.advance(60 * time.Hour)
	expire(tb, s)
	aliveSalt(tb, s, 1, -600)
	return d, c
}

func TestSampleOfVersion1(t *testing.T) {
	data, err := os.ReadFile("testdata/v1.salts")
	if err != nil {
		t.Fatal(err)
	}
	written, c := sample(t)
	if !bytes.Equal(data, written.names[file].data) {
		t.Error("the same salts are not written as they were")
	}
	read := newDisk()
	read.names[file] = &inode{data: data, synced: data}
	read.durable = read.names
	s, r := open(t, read, c)
	if diff := cmp.Diff(salts.Recovery{}, r); diff != "" {
		t.Error(diff)
	}
	same, _ := open(t, written, c)
	for _, n := range []int{-600, -500, 0, 1, 2} {
		for site := holdfast.SiteID(1); site <= 2; site++ {
			if site == 2 && n < 0 {
				continue // never had a salt
			}
			v, alive := salt(t, s, site, n)
			w, wantAlive := salt(t, same, site, n)
			if v != w || alive != wantAlive || alive != (n != -500 && n != 0) {
				t.Errorf("site %d, day %d: %x, alive is %v", site, n, v, alive)
			}
		}
	}
}

// TestEveryFlippedBitIsNoticed flips each bit of a file. Nothing but the
// record hit may suffer, and no salt may come out changed.
func TestEveryFlippedBitIsNoticed(t *testing.T) {
	good, c := sample(t)
	data := good.names[file].data
	want, _ := open(t, good, c)
	for bit := range len(data) * 8 {
		d := newDisk()
		flipped := slices.Clone(data)
		flipped[bit/8] ^= 1 << (bit % 8)
		d.names[file] = &inode{data: flipped, synced: flipped}
		d.durable = d.names
		if err := salts.Verify(d, file); !errors.Is(err, holdfast.ErrDamaged) {
			t.Fatalf("bit %d: Verify: %v", bit, err)
		}
		s, r := open(t, d, c)
		if len(r.Damaged) != 1 || r.Damaged[0].Err.Offset != int64(bit/8/64*64) {
			t.Fatalf("bit %d: damage %v", bit, r.Damaged)
		}
		others := 0
		for _, n := range []int{-600, 1, 2} {
			for site := holdfast.SiteID(1); site <= 2; site++ {
				if site == 2 && n < 0 {
					continue
				}
				v, alive := salt(t, s, site, n)
				if w := aliveSalt(t, want, site, n); alive && v == w {
					continue
				}
				others++
				key := salts.SiteDay{Site: site, Day: day(n)}
				if known := r.Damaged[0].Known; alive == known || known && r.Damaged[0].Day != key {
					t.Errorf("bit %d: %v: alive is %v, damage %+v", bit, key, alive, r.Damaged[0])
				}
			}
		}
		if others > 1 {
			t.Errorf("bit %d: %d salts suffer", bit, others)
		}
		if err := salts.Verify(d, file); err != nil {
			t.Errorf("bit %d: still damaged after Open: %v", bit, err)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

func TestTornTail(t *testing.T) {
	good, c := sample(t)
	data := good.names[file].data
	last := len(data) - 64
	for _, test := range []struct {
		name string
		tail []byte
		torn int64
	}{
		{"half a record", data[last : last+30], 30},
		{"zeros in the place of records", make([]byte, 128), 128},
		{"zeros and less than a record", make([]byte, 100), 100},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDisk()
			torn := slices.Concat(data[:last], test.tail)
			d.names[file] = &inode{data: torn, synced: torn}
			d.durable = d.names
			if err := salts.Verify(d, file); err != nil {
				t.Error(err)
			}
			s, r := open(t, d, c)
			if diff := cmp.Diff(salts.Recovery{Torn: test.torn}, r); diff != "" {
				t.Error(diff)
			}
			v := aliveSalt(t, s, 1, -600) // its record was the torn one
			s, r = open(t, d, c)
			if diff := cmp.Diff(salts.Recovery{}, r); diff != "" {
				t.Error(diff)
			}
			if v != aliveSalt(t, s, 1, -600) {
				t.Error("what was made after a torn record is not there")
			}
		})
	}
}

func TestFileOfANewerVersionIsRefused(t *testing.T) {
	d := newDisk()
	data, err := os.ReadFile("testdata/version_2.salts")
	if err != nil {
		t.Fatal(err)
	}
	d.names[file] = &inode{data: data, synced: data}
	_, _, err = salts.Open(salts.Options{FS: d, Name: file, Now: newClock().now})
	if err == nil || errors.Is(err, holdfast.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestTempFileOfACrashIsRemoved(t *testing.T) {
	d, c := sample(t)
	d.names[file+".tmp"] = &inode{data: d.names[file].data}
	open(t, d, c)
	if d.names[file+".tmp"] != nil {
		t.Error("still there")
	}
}

func FuzzOpen(f *testing.F) {
	d, _ := sample(f)
	data := d.names[file].data
	f.Add(data)
	f.Add(data[:64])
	f.Add(data[:100])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		d, c := newDisk(), newClock()
		d.names[file] = &inode{data: slices.Clone(data), synced: data}
		s, _, err := salts.Open(salts.Options{FS: d, Name: file, Now: c.now, Rand: &countdown{}})
		if err != nil {
			return
		}
		v, alive := salt(t, s, 1, 0)
		s, r, err := salts.Open(salts.Options{FS: d, Name: file, Now: c.now, Rand: &countdown{}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(salts.Recovery{}, r, cmpopts.IgnoreFields(salts.Recovery{}, "Died")); diff != "" {
			t.Errorf("not clean after a first Open:\n%s", diff)
		}
		if w, again := salt(t, s, 1, 0); v != w || alive != again {
			t.Error("another salt after a restart")
		}
	})
}

// The head is synced before the file has its name: a file without one is none
// that was cut off.
func TestAFileWithoutAHeadIsDamaged(t *testing.T) {
	for name, content := range map[string]string{"a few bytes": "junk", "zeros": string(make([]byte, 100)), "text": strings.Repeat("junk ", 1000)} {
		t.Run(name, func(t *testing.T) {
			fsys := faultfs.New()
			err := fsx.WriteFile(fsys, "salts", 0o600, func(w io.Writer) error {
				_, err := io.WriteString(w, content)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := salts.Verify(fsys, "salts"); !errors.Is(err, holdfast.ErrDamaged) {
				t.Errorf("verify says %v", err)
			}
		})
	}
}
