package keep_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep"

	"github.com/google/go-cmp/cmp"
)

// importBatches is how many batches importDay has, an hour each.
const importBatches = 12

// importDay imports a log of the day before the clock's: a page view every ten
// minutes but at six and seven o'clock. It returns how many batches it was
// told are kept.
func importDay(s *keep.Store, c *clock, sender string) (kept int, err error) {
	site, _ := s.Site("shop.example")
	begin := holdfast.MillisOf(c.t.Add(-24 * time.Hour).Truncate(24 * time.Hour))
	at := func(i int) holdfast.Millis { return begin.Add(time.Duration(i) * 10 * time.Minute) }
	for hour := range importBatches {
		var events []holdfast.Event
		told := holdfast.Told{Site: "shop.example"}
		switch hour {
		case 0:
			told.Written = []holdfast.Stretch{{From: at(0), To: at(5) + 1}}
		case 6, 7:
			continue
		case 8:
			told.Written = []holdfast.Stretch{{From: at(35), To: at(35) + 1}, {From: at(48), To: at(53) + 1}}
		default:
			told.Written = []holdfast.Stretch{{From: at(6*hour - 1), To: at(6*hour+5) + 1}}
		}
		for i := 6 * hour; i < 6*hour+6; i++ {
			events = append(events, holdfast.Event{
				Site: site.ID, Day: site.Day(at(i)), Time: at(i), Received: holdfast.MillisOf(c.t), Name: holdfast.Pageview, Path: "/", Scroll: holdfast.NoScroll,
				ID: holdfast.EventID(i + 1), Door: holdfast.DoorLog, Origin: holdfast.Imported,
			})
		}
		if _, _, err := s.Import(context.Background(), events); err != nil {
			return kept, err
		}
		if err := s.Imported(context.Background(), holdfast.Import{Source: "access log", By: sender, Told: []holdfast.Told{told}}); err != nil {
			return kept, err
		}
		kept++
	}
	return kept, nil
}

func coverageOf(t *testing.T, s *keep.Store, c *clock) (list []string) {
	t.Helper()
	site, _ := s.Site("shop.example")
	begin := holdfast.MillisOf(c.t.Add(-24 * time.Hour).Truncate(24 * time.Hour))
	var all []holdfast.Interval
	for _, iv := range s.Coverage(site, begin, begin.Add(12*time.Hour)) {
		if n := len(all); n > 0 && all[n-1].State == iv.State && all[n-1].Origin == iv.Origin { // of another witness
			all[n-1].To = iv.To
			continue
		}
		all = append(all, iv)
	}
	for _, iv := range all {
		list = append(list, fmt.Sprintf("%s-%s %s %s", iv.From.Time().Format("15:04"), iv.To.Time().Format("15:04"), iv.State, iv.Origin))
	}
	return list
}

var wholeImport = []string{"00:00-06:00 complete imported", "06:00-08:00 partial imported", "08:00-11:50 complete imported", "11:50-12:00 before "}

func TestImportedTimeIsKept(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	if _, err := importDay(s, c, "alice"); err != nil {
		t.Fatal(err)
	}
	last := s.Last()
	for range 2 {
		if diff := cmp.Diff(wholeImport, coverageOf(t, s, c)); diff != "" {
			t.Error(diff)
		}
		c.advance(time.Minute)
		if _, err := importDay(s, c, "bob"); err != nil { // adds nothing
			t.Fatal(err)
		}
		if s.Last() != last {
			t.Errorf("importing it again makes %d records", s.Last()-last)
		}
		if n := account(t, s).Counted; n != 6*(importBatches-2) {
			t.Errorf("%d events are kept", n)
		}
		closeStore(t, s)
		s = open(t, dir, c)
		last = s.Last()
	}
	site, _ := s.Site("shop.example")
	if since, how := s.Since(site); how != holdfast.Imported || since.Time().Format(time.DateTime) != "2026-07-30 00:00:00" {
		t.Errorf("its records begin %v, %s", since, how)
	}
	want := []holdfast.ImportedTime{{Site: "shop.example", Source: "access log", Stretch: holdfast.Stretch{From: since(s), To: since(s).Add(11*time.Hour+50*time.Minute) + 1}}}
	if diff := cmp.Diff(want, s.Status().Imported); diff != "" {
		t.Error(diff)
	}
	closeStore(t, s)
}

func since(s *keep.Store) holdfast.Millis {
	site, _ := s.Site("shop.example")
	at, _ := s.Since(site)
	return at
}

func TestAnImportTellsNothingOfTheFutureOrOfOtherSites(t *testing.T) {
	c := newClock()
	s := open(t, newStore(t, c), c)
	now, last := holdfast.MillisOf(c.t), s.Last()
	tell := func(site string, from, to holdfast.Millis) {
		t.Helper()
		im := holdfast.Import{Source: "access log", Told: []holdfast.Told{{Site: site, Written: []holdfast.Stretch{{From: from, To: to}}}}}
		if err := s.Imported(t.Context(), im); err != nil {
			t.Fatal(err)
		}
	}
	tell("other.example", now-1000, now)
	tell("shop.example", now+1, now+1000)
	tell("shop.example", -1000, 1000) // 1970
	tell("shop.example", now, now-1000)
	if s.Last() != last {
		t.Errorf("%d records", s.Last()-last)
	}
	tell("shop.example", now-5000, now+1000)
	if imported := s.Status().Imported; len(imported) != 1 || imported[0].To != now {
		t.Errorf("it tells of %+v", imported)
	}
	closeStore(t, s)
}

// The power fails at any operation of an import. What is covered then was kept
// before; the same import again covers what it would have covered undisturbed.
func TestThePowerFailsDuringAnImport(t *testing.T) {
	random := func() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{1}) }
	options := func(c *clock) keep.Options {
		return keep.Options{Now: c.now, Random: random(), ByHand: true, LogBytes: 16 << 10}
	}
	store := func() (*faultfs.FS, *clock) {
		fs, c := faultfs.New(), newClock()
		if _, err := keep.InitFS(fs, c.now, random()); err != nil {
			t.Fatal(err)
		}
		s, err := keep.OpenFS(fs, options(c))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddSite(t.Context(), "shop.example", "UTC", false); err != nil {
			t.Fatal(err)
		}
		closeStore(t, s)
		return fs, c
	}
	fs, c := store()
	before := fs.Ops()
	s, err := keep.OpenFS(fs, options(c))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := importDay(s, c, "alice"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ops := fs.Ops() - before
	for at := 1; at <= ops; at++ {
		fs, c := store()
		fs.Inject(faultfs.PowerOffAt(before + at))
		kept := 0
		s, err := keep.OpenFS(fs, options(c))
		if err == nil {
			kept, err = importDay(s, c, "alice")
			s.Close()
		}
		if err != nil && !errors.Is(err, faultfs.ErrPowerOff) && !errors.Is(err, holdfast.ErrUnavailable) {
			t.Fatalf("power off at operation %d of %d: %v", at, ops, err)
		}
		fs = fs.Crash(rand.New(rand.NewPCG(uint64(at), 0)))
		if s, err = keep.OpenFS(fs, options(c)); err != nil {
			t.Fatalf("power off at operation %d of %d: open: %v", at, ops, err)
		}
		checkStore(t, s)
		events := account(t, s).Counted
		if events < 6*int64(kept) {
			t.Fatalf("power off at operation %d of %d: %d batches acknowledged, %d events kept", at, ops, kept, events)
		}
		if told := s.Status().Imported; len(told) > 0 {
			hours := int64(told[0].To-told[0].From+1)/3600_000 + 1
			if hours > 8 {
				hours -= 2 // at which nobody came
			}
			if events < 6*hours {
				t.Fatalf("power off at operation %d of %d: it tells of %d hours, of which %d events are kept", at, ops, hours, events)
			}
		} else if kept > 0 {
			t.Fatalf("power off at operation %d of %d: %d batches acknowledged, and nothing is told", at, ops, kept)
		}
		if _, err := importDay(s, c, "bob"); err != nil {
			t.Fatal(err)
		}
		closeStore(t, s)
		if s, err = keep.OpenFS(fs, options(c)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wholeImport, coverageOf(t, s, c)); diff != "" {
			t.Fatalf("power off at operation %d of %d: in the end %s", at, ops, diff)
		}
		if n := account(t, s).Counted; n != 6*(importBatches-2) {
			t.Errorf("power off at operation %d of %d: in the end %d events are kept", at, ops, n)
		}
		closeStore(t, s)
	}
	t.Logf("%d operations", ops)
}
