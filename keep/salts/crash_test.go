package salts_test

import (
	crand "crypto/rand"
	"math/rand/v2"
	"testing"
	"time"

	"holdfast"
	"holdfast/keep/salts"
)

// life is what a store does with salts within a week, and what it was told.
type life struct {
	t     *testing.T
	clock *clock
	given map[string]given // by site day
	errs  int
}

type given struct {
	salt [16]byte
	dies int64
}

// TestPowerCutAtEveryStep lets the power fail at each change of the disk, with
// none, some or all of what was not synced on it afterwards.
func TestPowerCutAtEveryStep(t *testing.T) {
	for step := 1; ; step++ {
		for _, survival := range []float64{0, 0.5, 0.5, 1} {
			d := newDisk()
			d.fail = func(op int) error {
				if op == step {
					return errCrash
				}
				return nil
			}
			l := &life{t: t, clock: newClock(), given: map[string]given{}}
			l.week(d)
			if !d.dead {
				t.Logf("%d steps", step-1)
				return
			}
			r := rand.New(rand.NewPCG(uint64(step), 5))
			l.check(d.afterwards(r, survival))
			if t.Failed() {
				t.Fatalf("power cut at step %d, %.0f%% of what was unsynced survived", step, survival*100)
			}
		}
	}
}

// TestFaultAtEveryStep lets one change of the disk fail. What was given out
// before must hold, and the next attempt must succeed.
func TestFaultAtEveryStep(t *testing.T) {
	for step := 1; ; step++ {
		d := newDisk()
		d.fail = func(op int) error {
			if op == step {
				return errFault
			}
			return nil
		}
		l := &life{t: t, clock: newClock(), given: map[string]given{}}
		l.week(d)
		if d.ops < step {
			t.Logf("%d steps", step-1)
			return
		}
		if l.errs > 1 {
			t.Errorf("%d calls failed after one fault", l.errs)
		}
		l.check(d.afterwards(rand.New(rand.NewPCG(1, 1)), 0))
		if t.Failed() {
			t.Fatalf("fault at step %d", step)
		}
	}
}

// week is what a store does in one; it stops when the power fails.
func (l *life) week(d *disk) {
	var s *salts.Salts
	for n := 0; n < 7 && !d.dead; n++ {
		if n%3 == 0 { // a restart now and then
			s = l.open(d)
		}
		if s == nil {
			return
		}
		l.ask(s, 1, n)
		l.ask(s, 2, n)
		l.ask(s, 1, n-100)
		l.expire(s, d)
		l.clock.advance(24 * time.Hour)
		l.expire(s, d)
	}
}

// open opens, a second time if that fails.
func (l *life) open(d *disk) *salts.Salts {
	for range 2 {
		s, r, err := salts.Open(salts.Options{FS: d, Name: file, Now: l.clock.now, Rand: crand.Reader})
		if err == nil {
			if len(r.Damaged) > 0 {
				l.t.Errorf("damage: %v", r.Damaged[0].Err)
			}
			return s
		}
		l.errs++
	}
	return nil
}

func (l *life) ask(s *salts.Salts, site holdfast.SiteID, n int) {
	v, alive, err := s.Salt(site, day(n), ends(n))
	if err != nil {
		l.errs++
		if v, alive, err = s.Salt(site, day(n), ends(n)); err != nil {
			l.errs++
			return
		}
	}
	name := salts.SiteDay{Site: site, Day: day(n)}.String()
	if old, ok := l.given[name]; ok && (!alive || old.salt != v) {
		l.t.Errorf("%s: another salt than before", name)
	}
	dies := max(holdfast.MillisOf(l.clock.at), ends(n)).Add(salts.Life)
	l.given[name] = given{v, int64(dies)}
}

func (l *life) expire(s *salts.Salts, d *disk) {
	for range 2 {
		if _, err := s.Expire(); err == nil {
			l.checkDead(d)
			return
		}
		l.errs++
	}
}

// checkDead looks for salts that should be in no file.
func (l *life) checkDead(d *disk) {
	for name, g := range l.given {
		if l.clock.at.UnixMilli() >= g.dies && d.holds(g.salt[:]) {
			l.t.Errorf("%s: dead, and in a file", name)
		}
	}
}

// check opens the disk as it is after a power cut: what was given out and is
// not dead must be there, what is dead must not.
func (l *life) check(d *disk) {
	s := l.open(d)
	if s == nil {
		l.t.Fatal("does not open")
	}
	l.checkDead(d)
	for n := -100; n < 7; n++ {
		for site := range holdfast.SiteID(3) {
			name := salts.SiteDay{Site: site, Day: day(n)}.String()
			g, ok := l.given[name]
			if !ok {
				continue
			}
			v, alive := salt(l.t, s, site, n)
			if wantAlive := l.clock.at.UnixMilli() < g.dies; alive != wantAlive || alive && v != g.salt {
				l.t.Errorf("%s: alive is %v, not %v, or another salt", name, alive, wantAlive)
			}
		}
	}
}
