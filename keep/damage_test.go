package keep_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep"
	"holdfast/keep/wal"

	"github.com/google/go-cmp/cmp"
)

// A bad bit in the log costs the records it is in, and nothing else: the store
// opens, takes events, and says of which time it cannot read its records, even
// when that part of the log is long gone.
func TestDamageInTheLogIsUnreadableTimeInEveryAnswer(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	minute := func(events []holdfast.Event) {
		for range 6 {
			c.advance(10 * time.Second)
			if err := s.Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(events) > 0 {
			accept(t, s, events)
		}
	}
	begin := c.t
	minute(events(t, s, c, 100, 1))
	minute(nil)
	lost := events(t, s, c, 100, 2)
	minute(lost)
	minute(nil)
	minute(events(t, s, c, 100, 3))
	closeStore(t, s)
	file := spoil(t, dir, 2)

	s = open(t, dir, c)
	site, _ := s.Site("shop.example")
	want := []string{"complete 0-180", "unreadable 180-190", "complete 190-300"}
	check := func() {
		t.Helper()
		if diff := cmp.Diff(want, coverage(s, site, begin, 300*time.Second)); diff != "" {
			t.Fatalf("coverage (-want +got):\n%s", diff)
		}
	}
	check()
	r, err := s.Verify(t.Context())
	if err != nil || !slices.ContainsFunc(r.Problems, func(p string) bool { return strings.Contains(p, file+" at byte") }) {
		t.Fatalf("verify found %q, %v", r.Problems, err)
	}
	// What was lost can be sent once more; what was not is known.
	accept(t, s, events(t, s, c, 100, 3))
	accept(t, s, lost)
	if a := account(t, s); a.Counted != 300 || a.Duplicate != 100 {
		t.Fatalf("books: %+v", a)
	}
	s.Close()

	// The damaged part is sealed, checkpointed and shortened away.
	s = open(t, dir, c)
	check()
	for range 3 {
		accept(t, s, events(t, s, c, 5000, uint64(c.t.Unix())))
		c.advance(time.Second)
		if err := s.SealNow(t.Context()); err != nil {
			t.Fatal(err)
		}
		accept(t, s, events(t, s, c, 5000, uint64(c.t.Unix())))
		c.advance(time.Second)
	}
	s.Close()
	if _, err := os.Stat(file); err == nil {
		t.Fatal("the log was not shortened")
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "damaged", "*")); len(names) == 0 {
		t.Error("the damaged file of the log was removed, not put aside")
	}
	s = open(t, dir, c)
	check()
	checkStore(t, s)
}

// A bad bit in the record of a compaction costs the knowledge of which files
// took the place of which. It may not cost the files: they are the only copy.
func TestFilesThatADamagedRecordNamedAreNeverRemoved(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	for i := range 3 {
		accept(t, s, events(t, s, c, 1000, uint64(i)))
		check(t, s.SealNow(t.Context()))
	}
	c.advance(36 * time.Hour)
	check(t, s.Tend(t.Context()))
	list := s.Files()
	if len(list) != 1 || list[0].Rows != 3000 {
		t.Fatalf("files: %+v", list)
	}
	closeStore(t, s)
	spoilLast(t, dir, wal.LedgerEntry)
	for i := range 4 {
		s = open(t, dir, c)
		accept(t, s, events(t, s, c, 6000, uint64(100+i)))
		check(t, s.SealNow(t.Context()))
		if len(s.Status().Damage) == 0 {
			t.Error("the status says nothing of the damage")
		}
		if r, err := s.Verify(t.Context()); err != nil || len(r.Problems) == 0 {
			t.Errorf("verify found %q, %v", r.Problems, err)
		}
		check(t, s.Close())
	}
	for _, name := range []string{list[0].Name, strings.TrimSuffix(list[0].Name, ".parquet") + ".ids"} {
		if _, err := os.Stat(filepath.Join(dir, "damaged", name)); err != nil {
			t.Error(err)
		}
	}
}

// Without any checkpoint that can be read, sites and files are not known any
// more. That is no empty store: the next site would get the number of another.
func TestAStoreWithoutCheckpointsIsNotTakenForAnEmptyOne(t *testing.T) {
	for _, fold := range []string{"catalog", "ledger"} {
		t.Run(fold, func(t *testing.T) {
			c := newClock()
			dir := newStore(t, c)
			s := open(t, dir, c)
			for i := range 6 {
				accept(t, s, events(t, s, c, 6000, uint64(i)))
				check(t, s.SealNow(t.Context()))
			}
			closeStore(t, s)
			points, err := filepath.Glob(filepath.Join(dir, "checkpoints", fold+"-*"))
			if err != nil || len(points) != 2 {
				t.Fatal(points, err)
			}
			flip(t, points[1], 45)
			s = open(t, dir, c)
			if n := s.Status().Rows; n != 36_000 {
				t.Errorf("with the checkpoint before the last there are %d rows", n)
			}
			check(t, s.Close())
			points, _ = filepath.Glob(filepath.Join(dir, "checkpoints", fold+"-*"))
			for _, p := range points {
				check(t, os.Remove(p))
			}
			mustNotOpen(t, dir, c)
		})
	}
}

func TestAStoreWithoutCheckpointsAndLogKeepsItsFiles(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	accept(t, s, events(t, s, c, 1000, 1))
	check(t, s.SealNow(t.Context()))
	closeStore(t, s)
	for _, folder := range []string{"checkpoints", "log"} {
		check(t, os.RemoveAll(filepath.Join(dir, folder)))
		check(t, os.Mkdir(filepath.Join(dir, folder), 0o700))
	}
	mustNotOpen(t, dir, c)
	if files, err := filepath.Glob(filepath.Join(dir, "files", "*")); err != nil || len(files) != 2 {
		t.Errorf("files are %v, %v", files, err)
	}
}

func mustNotOpen(t *testing.T, dir string, c *clock) {
	t.Helper()
	s, err := keep.Open(dir, keep.Options{Now: c.now, ByHand: true, LogBytes: 1 << 20})
	if err == nil {
		s.Close()
		t.Fatal("the store was opened")
	}
	t.Log(err)
}

// Files of ids only say once more what is in the files beside them.
func TestDamagedIDsAreMadeAnewAndNobodyNotices(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, file string){
		"a bit of the head":      func(t *testing.T, file string) { flip(t, file, 17) },
		"a bit of a later block": func(t *testing.T, file string) { flip(t, file, 9000) },
		"the end is missing":     func(t *testing.T, file string) { check(t, os.Truncate(file, 5000)) },
		"nothing is left":        func(t *testing.T, file string) { check(t, os.Truncate(file, 0)) },
		"somebody removed it":    func(t *testing.T, file string) { check(t, os.Remove(file)) },
	} {
		for _, running := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/running=%v", name, running), func(t *testing.T) {
				c := newClock()
				dir := newStore(t, c)
				s := open(t, dir, c)
				all := events(t, s, c, 3000, 1)
				accept(t, s, slices.Clone(all))
				check(t, s.SealNow(t.Context()))
				if !running {
					closeStore(t, s)
				}
				files, err := filepath.Glob(filepath.Join(dir, "files", "*.ids"))
				if err != nil || len(files) != 1 {
					t.Fatalf("files of ids: %v, %v", files, err)
				}
				harm(t, files[0])
				if !running {
					s = open(t, dir, c)
				}
				accept(t, s, all)
				if a := account(t, s); a.Counted != 3000 || a.Duplicate != 3000 {
					t.Fatalf("books: %+v", a)
				}
				check(t, s.Close())
				s = open(t, dir, c)
				accept(t, s, all[:10])
				closeStore(t, s)
			})
		}
	}
}

// What cannot be read stays as it is, and everything else is brought into its
// lasting form: parts do not pile up, and hashes of visitors go.
func TestADamagedFileKeepsNoOtherFromItsLastingForm(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, file string){
		"a bit of its footer": func(t *testing.T, file string) { flip(t, file, -50) },
		"a bit of its pages":  func(t *testing.T, file string) { flip(t, file, 1000) },
		"somebody removed it": func(t *testing.T, file string) { check(t, os.Remove(file)) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			dir := newStore(t, c)
			s := open(t, dir, c)
			accept(t, s, events(t, s, c, 1000, 1))
			check(t, s.SealNow(t.Context()))
			closeStore(t, s)
			files, err := filepath.Glob(filepath.Join(dir, "files", "*.parquet"))
			if err != nil || len(files) != 1 {
				t.Fatalf("files: %v, %v", files, err)
			}
			harm(t, files[0])

			s = open(t, dir, c)
			for day := range 4 {
				c.advance(24 * time.Hour)
				for i := range 12 {
					accept(t, s, events(t, s, c, 100, uint64(100*day+i+2)))
					check(t, s.SealNow(t.Context()))
				}
				check(t, s.Tend(t.Context()))
			}
			c.advance(24 * time.Hour)
			check(t, s.Tend(t.Context()))
			var hashed, rows int64
			for _, f := range s.Files() {
				if f.Name != filepath.Base(files[0]) {
					rows += f.Rows
					if f.Hashed {
						hashed += f.Rows
					}
				}
			}
			if n := len(s.Files()); n > 8 || rows != 4800 || hashed > 0 {
				t.Errorf("%d files with %d rows, %d of them in files with hashes of visitors", n, rows, hashed)
			}
			if len(s.Status().Damage) == 0 {
				t.Error("the status says nothing of the damage")
			}
			if r, err := s.Verify(t.Context()); err != nil || len(r.Problems) == 0 {
				t.Errorf("verify found %q, %v", r.Problems, err)
			}
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// flip flips a bit, counted from the end if at is negative.
func flip(t *testing.T, file string, at int) {
	t.Helper()
	b, err := os.ReadFile(file)
	check(t, err)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	replace(t, file, b)
}

func replace(t *testing.T, file string, b []byte) {
	t.Helper()
	check(t, os.Chmod(file, 0o600))
	check(t, os.WriteFile(file, b, 0o600))
}

// spoil flips a bit in the n-th batch of events of the log, and returns the
// file it is in.
func spoil(t *testing.T, dir string, n int) (file string) {
	t.Helper()
	fsys, err := fsx.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer fsys.Close()
	stamp, err := keep.ReadStamp(fsys)
	if err != nil {
		t.Fatal(err)
	}
	err = wal.Dump(fsys, "log", stamp.Store, func(f wal.Frame) error {
		if f.Type != wal.EventBatch || f.Mark {
			return nil
		}
		if n--; n != 0 {
			return nil
		}
		file = filepath.Join(dir, "log", filepath.Base(f.File))
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		b[f.Offset+f.Bytes/2] ^= 4
		return os.WriteFile(file, b, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	if n > 0 {
		t.Fatal("there are not so many batches")
	}
	return file
}

// spoilLast flips a bit in the last record of a type.
func spoilLast(t *testing.T, dir string, of wal.Type) {
	t.Helper()
	fsys, err := fsx.OpenDir(dir)
	check(t, err)
	defer fsys.Close()
	stamp, err := keep.ReadStamp(fsys)
	check(t, err)
	var last wal.Frame
	check(t, wal.Dump(fsys, "log", stamp.Store, func(f wal.Frame) error {
		if f.Type == of && !f.Mark {
			last = f
		}
		return nil
	}))
	flip(t, filepath.Join(dir, "log", filepath.Base(last.File)), int(last.Offset+last.Bytes/2))
}

// coverage is what the store says of the time after begin, in seconds.
func coverage(s *keep.Store, site *holdfast.Site, begin time.Time, d time.Duration) (list []string) {
	v := s.View()
	defer v.Close()
	from := holdfast.MillisOf(begin)
	for _, iv := range v.Coverage(site, from, from.Add(d)) {
		list = append(list, fmt.Sprintf("%s %g-%g", iv.State, iv.From.Sub(from).Seconds(), iv.To.Sub(from).Seconds()))
	}
	return list
}

// A clock that is wrong for a moment is wrong about that moment only.
func TestAClockThatWasAheadForAMoment(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	begin := c.t
	for i := range 120 {
		c.advance(10 * time.Second)
		if i == 30 {
			c.advance(365 * 24 * time.Hour)
		}
		check(t, s.Beat(t.Context()))
		if i == 30 {
			accept(t, s, events(t, s, c, 10, 1))
			c.advance(-365 * 24 * time.Hour)
		}
		if i%2 == 1 {
			accept(t, s, events(t, s, c, 10, uint64(100+i)))
		}
		check(t, s.Tend(t.Context()))
	}
	site, _ := s.Site("shop.example")
	look := func() {
		t.Helper()
		if diff := cmp.Diff([]string{"complete 0-290", "down 290-310", "complete 310-1190"}, coverage(s, site, begin.Add(10*time.Second), 1190*time.Second)); diff != "" {
			t.Errorf("coverage (-want +got):\n%s", diff)
		}
		v := s.View()
		defer v.Close()
		if at := v.AsOf().Time; at != holdfast.MillisOf(c.t) {
			t.Errorf("the answer is as of %v, not of %v", at, c.t)
		}
	}
	look()
	if n := s.Status().HotRows; n >= 610 {
		t.Errorf("%d rows were not sealed for their age", n)
	}
	closeStore(t, s)
	s = open(t, dir, c)
	look()
	c.advance(11 * time.Minute)
	check(t, s.Tend(t.Context()))
	if n := s.Status().HotRows; n != 0 {
		t.Errorf("%d rows of the log were not sealed for their age", n)
	}
	closeStore(t, s)
}
