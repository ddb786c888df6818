package salts_test

import (
	crand "crypto/rand"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/salts"
)

const file = "secrets/salts"

// clock is set by the test.
type clock struct{ at time.Time }

// newClock stands at noon of day 0.
func newClock() *clock                   { return &clock{ends(-1).Time().Add(12 * time.Hour)} }
func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

var firstDay = holdfast.DayOf(2026, time.July, 31)

// day returns the n-th day of the test.
func day(n int) holdfast.Day { return firstDay + holdfast.Day(n) }

// ends returns when it is over.
func ends(n int) holdfast.Millis { return (day(n) + 1).Midnight(time.UTC) }

func open(tb testing.TB, fsys fsx.FS, c *clock) (*salts.Salts, salts.Recovery) {
	tb.Helper()
	s, r, err := salts.Open(salts.Options{FS: fsys, Name: file, Now: c.now, Rand: crand.Reader})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s, r
}

func salt(tb testing.TB, s *salts.Salts, site holdfast.SiteID, n int) ([16]byte, bool) {
	tb.Helper()
	salt, alive, err := s.Salt(site, day(n), ends(n))
	if err != nil {
		tb.Fatal(err)
	}
	return salt, alive
}

// aliveSalt returns a salt that must be alive.
func aliveSalt(tb testing.TB, s *salts.Salts, site holdfast.SiteID, n int) [16]byte {
	tb.Helper()
	salt, alive := salt(tb, s, site, n)
	if !alive {
		tb.Fatalf("the salt of site %d, day %d is dead", site, n)
	}
	return salt
}

func expire(tb testing.TB, s *salts.Salts) []salts.SiteDay {
	tb.Helper()
	died, err := s.Expire()
	if err != nil {
		tb.Fatal(err)
	}
	return died
}

func TestSaltsDiffer(t *testing.T) {
	s, r := open(t, newDisk(), newClock())
	if !r.New {
		t.Error("a store without salts is not new")
	}
	seen := map[[16]byte]bool{{}: true}
	for site := range holdfast.SiteID(10) {
		for n := range 5 {
			v := aliveSalt(t, s, site, n)
			if seen[v] {
				t.Errorf("site %d, day %d: salt of another day, or zero", site, n)
			}
			seen[v] = true
			if v != aliveSalt(t, s, site, n) {
				t.Errorf("site %d, day %d: another salt the second time", site, n)
			}
		}
	}
}

func TestLifetime(t *testing.T) {
	for _, test := range []struct {
		name  string
		day   int           // noon of day 0 is when its salt is made
		lives time.Duration // from then on
	}{
		{"the salt of today dies 48 hours after midnight", 0, 12*time.Hour + 48*time.Hour},
		{"the salt of yesterday, made today, dies 48 hours after its making", -1, 48 * time.Hour},
		{"the salt of an imported day dies 48 hours after its making", -3000, 48 * time.Hour},
		{"the salt of tomorrow, in a zone ahead, dies 48 hours after its end", 1, 36*time.Hour + 48*time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, c := newDisk(), newClock()
			s, _ := open(t, d, c)
			v := aliveSalt(t, s, 1, test.day)

			c.advance(test.lives - time.Millisecond)
			if died := expire(t, s); died != nil || !s.Alive(1, day(test.day)) || aliveSalt(t, s, 1, test.day) != v {
				t.Errorf("died early: %v", died)
			}
			c.advance(time.Millisecond)
			if _, alive := salt(t, s, 1, test.day); alive || s.Alive(1, day(test.day)) {
				t.Error("did not die, before Expire")
			}
			if !d.holds(v[:]) {
				t.Error("the test does not find salts in files")
			}
			if diff := cmp.Diff([]salts.SiteDay{{Site: 1, Day: day(test.day)}}, expire(t, s)); diff != "" {
				t.Error(diff)
			}
			if d.holds(v[:]) {
				t.Error("still in a file")
			}
			if v, alive := salt(t, s, 1, test.day); alive || v != [16]byte{} {
				t.Error("did not die, after Expire")
			}
			c.advance(3000 * 24 * time.Hour)
			s, _ = open(t, d, c)
			if _, alive := salt(t, s, 1, test.day); alive {
				t.Error("a dead day got a new salt years later")
			}
		})
	}
}

// To ask whether there is a salt makes none.
func TestMade(t *testing.T) {
	d, c := newDisk(), newClock()
	s, _ := open(t, d, c)
	want := func(alive, made bool, salt [16]byte) {
		t.Helper()
		if v, a, m := s.Made(1, day(0)); v != salt || a != alive || m != made {
			t.Errorf("got %x, alive %v, made %v", v, a, m)
		}
	}
	want(false, false, [16]byte{})
	want(false, false, [16]byte{})
	want(true, true, aliveSalt(t, s, 1, 0))
	c.advance(60 * time.Hour)
	want(false, true, [16]byte{})
	expire(t, s)
	want(false, true, [16]byte{})
}

func TestRestart(t *testing.T) {
	d, c := newDisk(), newClock()
	s, _ := open(t, d, c)
	today, old := aliveSalt(t, s, 1, 0), aliveSalt(t, s, 2, -400)
	s.Close()

	s, r := open(t, d, c)
	if diff := cmp.Diff(salts.Recovery{}, r); diff != "" {
		t.Error(diff)
	}
	if aliveSalt(t, s, 1, 0) != today || aliveSalt(t, s, 2, -400) != old {
		t.Error("other salts after a restart")
	}
	s.Close()

	c.advance(50 * time.Hour)
	_, r = open(t, d, c)
	if diff := cmp.Diff(salts.Recovery{Died: []salts.SiteDay{{Site: 2, Day: day(-400)}}}, r); diff != "" {
		t.Error(diff)
	}
	if d.holds(old[:]) || !d.holds(today[:]) {
		t.Error("what died while the store was closed is still in a file, or the rest is not")
	}
}

func TestClockThatWasAheadDoesNotMakeSaltsLiveOn(t *testing.T) {
	d, c := newDisk(), newClock()
	c.advance(10 * 365 * 24 * time.Hour)
	s, _ := open(t, d, c)
	v := aliveSalt(t, s, 1, 0)
	c.advance(-10 * 365 * 24 * time.Hour)
	expire(t, s)
	c.advance(61 * time.Hour)
	if died := expire(t, s); len(died) != 1 || d.holds(v[:]) {
		t.Error("the salt lives on")
	}
}

func TestBatchIsOneSync(t *testing.T) {
	d, c := newDisk(), newClock()
	s, _ := open(t, d, c)
	aliveSalt(t, s, 1, 0)
	before := d.ops
	var requests []salts.Request
	for site := range holdfast.SiteID(100) {
		requests = append(requests, salts.Request{Site: site, Day: day(0), DayEnds: ends(0)})
	}
	answers, err := s.Salts(append(requests, requests...))
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if !a.Alive || a != answers[(i+100)%200] {
			t.Errorf("answer %d: %+v", i, a)
		}
	}
	if n := d.ops - before; n != 2 {
		t.Errorf("%d changes of the disk, not a write and a sync", n)
	}
}

// countingFS counts syncs of files.
type countingFS struct {
	fsx.FS
	syncs atomic.Int64
}

func (c *countingFS) OpenFile(name string, flag int, perm os.FileMode) (fsx.File, error) {
	f, err := c.FS.OpenFile(name, flag, perm)
	return &countingFile{f, &c.syncs}, err
}

type countingFile struct {
	fsx.File
	syncs *atomic.Int64
}

func (f *countingFile) Datasync() error {
	f.syncs.Add(1)
	time.Sleep(2 * time.Millisecond) // others may come meanwhile
	return f.File.Datasync()
}

func TestCallersAtTheSameTimeShareSyncsAndSalts(t *testing.T) {
	dir, err := fsx.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	counting := &countingFS{FS: dir}
	s, _ := open(t, counting, newClock())
	aliveSalt(t, s, 1000, 0)

	const callers, sites = 50, 20
	got := make([][sites][16]byte, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for site := range holdfast.SiteID(sites) {
				v, alive, err := s.Salt(site, day(0), ends(0))
				if err != nil || !alive {
					t.Error(alive, err)
				}
				got[i][site] = v
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			if _, err := s.Expire(); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	for i := range got {
		if got[i] != got[0] {
			t.Errorf("caller %d got other salts", i)
		}
	}
	if n := counting.syncs.Load(); n > 2*sites {
		t.Errorf("%d syncs", n)
	}
	if err := salts.Verify(dir, file); err != nil {
		t.Error(err)
	}
}

func TestErrorIsUnavailable(t *testing.T) {
	d := newDisk()
	s, _ := open(t, d, newClock())
	d.fail = func(int) error { return errFault }
	if _, _, err := s.Salt(1, day(0), ends(0)); !errors.Is(err, holdfast.ErrUnavailable) || !errors.Is(err, errFault) {
		t.Errorf("got %v", err)
	}
	d.fail = nil
	aliveSalt(t, s, 1, 0)
}

// TestAgainstMap compares with the rule, written down as plainly as can be.
func TestAgainstMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d, c := newDisk(), newClock()
		s, _ := open(t, d, c)
		type known struct {
			salt [16]byte
			dies time.Time
		}
		model := map[salts.SiteDay]known{}
		rt.Repeat(map[string]func(*rapid.T){
			"ask": func(rt *rapid.T) {
				site, n := holdfast.SiteID(rapid.IntRange(1, 3).Draw(rt, "site")), rapid.IntRange(-10, 10).Draw(rt, "day")
				v, alive := salt(t, s, site, n)
				key := salts.SiteDay{Site: site, Day: day(n)}
				k, ok := model[key]
				if !ok {
					from := c.at
					if e := ends(n).Time(); e.After(from) {
						from = e
					}
					k = known{v, from.Add(48 * time.Hour)}
					model[key] = k
				}
				if want := c.at.Before(k.dies); alive != want || alive && v != k.salt || !alive && v != [16]byte{} {
					rt.Fatalf("%v: alive is %v", key, alive)
				}
			},
			"wait": func(rt *rapid.T) {
				c.advance(time.Duration(rapid.IntRange(1, 40).Draw(rt, "hours")) * time.Hour)
			},
			"expire": func(rt *rapid.T) {
				for _, k := range expire(t, s) {
					if c.at.Before(model[k].dies) {
						rt.Fatalf("%v died early", k)
					}
				}
				for key, k := range model {
					if !c.at.Before(k.dies) && d.holds(k.salt[:]) {
						rt.Fatalf("%v is dead and in a file", key)
					}
				}
			},
			"restart": func(rt *rapid.T) {
				s.Close()
				s, _ = open(t, d, c)
			},
		})
		if err := salts.Verify(d, file); err != nil && len(model) > 0 {
			rt.Fatal(err)
		}
	})
}

// countdown is a source of the same numbers every time.
type countdown struct{ next byte }

func (c *countdown) Read(p []byte) (int, error) {
	for i := range p {
		c.next += 7
		p[i] = c.next
	}
	return len(p), nil
}

func BenchmarkSalt(b *testing.B) {
	s, _ := open(b, newDisk(), newClock())
	for site := range holdfast.SiteID(1000) {
		aliveSalt(b, s, site, 0)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		s.Salt(holdfast.SiteID(n%1000), day(0), ends(0))
		n++
	}
}

// BenchmarkExpire is midnight in a zone of 10,000 sites.
func BenchmarkExpire(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		dir, err := fsx.OpenDir(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		c := newClock()
		s, _ := open(b, dir, c)
		for n := range 4 {
			var requests []salts.Request
			for site := range holdfast.SiteID(10_000) {
				requests = append(requests, salts.Request{Site: site, Day: day(n), DayEnds: ends(n)})
			}
			if _, err := s.Salts(requests); err != nil {
				b.Fatal(err)
			}
		}
		c.advance(61 * time.Hour)
		b.StartTimer()
		if died := expire(b, s); len(died) != 10_000 {
			b.Fatal(len(died))
		}
	}
}
