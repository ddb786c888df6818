package holdfast_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep/record"
	"holdfast/keep/rows"
	"holdfast/keep/wal"
)

const saltsFile = "secrets/salts"

// salts returns the salts of a day that are in the file, read as
// docs/format/salts.md says.
func (s *shop) salts(day holdfast.Day) (list [][]byte) {
	s.t.Helper()
	data, err := fsx.ReadFile(s.disk, saltsFile)
	s.must(err)
	for slot := range slices.Chunk(data, 64) {
		if binary.LittleEndian.Uint32(slot[4:]) == 1 && string(slot[8:15]) != "HFSALTS" && holdfast.Day(binary.LittleEndian.Uint32(slot[12:])) == day {
			list = append(list, bytes.Clone(slot[48:64]))
		}
	}
	return list
}

// salt returns the one salt of a day, which is nowhere but in its file.
func (s *shop) salt(day holdfast.Day) []byte {
	s.t.Helper()
	list := s.salts(day)
	if len(list) != 1 {
		s.t.Fatalf("at %s, %s has %d salts", s.now, day, len(list))
	}
	if where := s.holding(list[0]); !slices.Equal(where, []string{saltsFile}) {
		s.t.Errorf("at %s the salt of %s is in %q", s.now, day, where)
	}
	return list[0]
}

// gone makes sure that a salt is nowhere, and that its day gets no other.
func (s *shop) gone(day holdfast.Day, salt []byte) {
	s.t.Helper()
	if where := s.holding(salt); len(where) > 0 {
		s.t.Errorf("at %s the salt of %s is still in %q", s.now, day, where)
	}
	site, _ := s.store.Site(shopName)
	_, ends := site.Bounds(day)
	if _, ok, err := s.store.Salt(site.ID, day, ends); ok || err != nil {
		s.t.Errorf("at %s, %s is given a salt: %v, %v", s.now, day, ok, err)
	}
	if list := s.salts(day); len(list) > 0 {
		s.t.Errorf("at %s, %s has %d salts", s.now, day, len(list))
	}
}

// visitors returns the visitors of a day's rows as they are kept.
func (s *shop) visitors(day holdfast.Day) (list []holdfast.VisitorID) {
	s.t.Helper()
	site, _ := s.store.Site(shopName)
	from, to := site.Bounds(day)
	view := s.store.View()
	defer view.Close()
	days, err := view.Days(site.ID, from, to)
	s.must(err)
	for _, d := range days {
		for _, run := range d.Runs {
			for _, part := range run.Rows {
				ints, err := part.Ints(rows.Visitor, 0, part.Len(), nil)
				s.must(err)
				for _, v := range ints {
					list = append(list, holdfast.VisitorID(v))
				}
			}
		}
	}
	return list
}

// settled makes sure that a day's visitors are ordinals.
func (s *shop) settled(day holdfast.Day) {
	s.t.Helper()
	for _, v := range s.visitors(day) {
		if v < 0 || v >= 1<<32 {
			s.t.Errorf("at %s a visitor of %s is still %x", s.now, day, int64(v))
		}
	}
}

// wantLiving compares how many salts the store says are alive.
func (s *shop) wantLiving(n int) {
	s.t.Helper()
	if got := s.store.Status().Salts; got != n {
		s.t.Errorf("at %s, %d salts are alive, not %d", s.now, got, n)
	}
}

// inLog returns how many events of the log have one of the visitors.
func (s *shop) inLog(visitors []holdfast.VisitorID) (n int) {
	s.t.Helper()
	s.must(wal.Dump(s.disk, "log", s.store.Stamp().Store, func(f wal.Frame) error {
		if f.Type != wal.EventBatch {
			return nil
		}
		batch, err := record.DecodeBatch(f.Payload)
		for _, e := range batch.Events {
			if slices.Contains(visitors, e.Visitor) {
				n++
			}
		}
		return err
	}))
	return n
}

const anna, ben = "203.0.113.1", "2001:db8:1:2:3:4:5:6"

// The whole life of a salt, and of what was hashed with it.
func TestTheLifeOfASalt(t *testing.T) {
	const zone = "Europe/Berlin"
	s := newShop(t, zone, zoned(t, zone, "2026-07-31 08:00"))
	day := holdfast.DayOf(2026, 7, 31)
	noon := zoned(t, zone, "2026-07-31 12:00")
	ends := zoned(t, zone, "2026-08-01 00:00")
	perDay := asked{period: "2026-07-31..2026-07-31", metrics: "views,visitors,visits"}
	atNoon := func(ip string, minute int) hit {
		return pageOf(ip, "/").at(noon.Add(time.Duration(minute) * time.Minute))
	}

	s.send(holdfast.ScopeCollect, pageOf(anna, "/"), pageOf(ben, "/"))
	salt := s.salt(day)
	hashes := s.visitors(day)
	s.wantLiving(1)
	s.now = zoned(t, zone, "2026-07-31 12:30")
	s.send(holdfast.ScopeCollect, atNoon(anna, 0), atNoon("2001:db8:1:2::1", 5)) // Ben, from another address of his network
	s.want(perDay, "4 2 4")

	s.tend()
	s.now = zoned(t, zone, "2026-08-01 03:00") // the day is over, and in a file
	s.tend()
	s.wantKinds(1, "shared with hashes")
	s.salt(day)

	// A second before it dies, the salt still meets the visitors of its day.
	s.now = ends.Add(48*time.Hour - time.Second)
	s.tend()
	s.send(holdfast.ScopeCollect, atNoon(anna, 10))
	s.want(perDay, "5 2 4")
	s.salt(day)

	// Nobody is given it any more once it has died, and with the next round of
	// upkeep it is gone.
	s.now = ends.Add(48 * time.Hour)
	s.send(holdfast.ScopeCollect, atNoon(anna, 12), atNoon(anna, 14))
	s.want(perDay, "7 4 6") // two visitors of their own
	s.wantLiving(0)
	s.tend()
	s.gone(day, salt)
	s.want(perDay, "7 4 6")
	if !slices.Contains(s.visitors(day), hashes[0]) {
		t.Error("hashes were replaced while events with them could be on their way")
	}

	s.now = s.now.Add(time.Hour)
	s.tend()
	s.settled(day)
	s.wantKinds(1, "shared")
	s.want(perDay, "7 4 6")

	// And so it stays.
	s.send(holdfast.ScopeCollect, atNoon(anna, 16))
	s.gone(day, salt)
	s.tendDays()
	s.settled(day)
	s.want(perDay, "8 5 7")
	s.restart()
	s.gone(day, salt)
	s.cut()
	s.gone(day, salt)
	s.want(perDay, "8 5 7")
	s.check()

	// What is sealed leaves the log with the file of the log that it is in.
	if s.inLog(hashes) == 0 {
		t.Error("the log was shortened already, so that this shows nothing")
	}
	for range 100 {
		s.now = s.now.Add(11 * time.Minute)
		s.send(holdfast.ScopeCollect, slices.Repeat([]hit{pageOf(anna, "/")}, 50)...)
		s.tend()
	}
	if n := s.inLog(hashes); n > 0 {
		t.Errorf("%d events with the hashes are still in the log", n)
	}
	for _, v := range hashes {
		where := s.holding(binary.AppendUvarint(nil, uint64(v))) // as they are in the log
		if slices.ContainsFunc(where, func(name string) bool { return name != "log/spare" }) {
			t.Errorf("the hash %x is in %q", int64(v), where)
		}
	}
	s.want(perDay, "8 5 7")
	s.check()
}

// Stops and power cuts change nothing about it: a day has one salt as long as
// it lives, and none afterwards, also if nobody was there when it died.
func TestARestartNeitherForgetsASaltNorBringsItBack(t *testing.T) {
	const zone = "Europe/Berlin"
	day := holdfast.DayOf(2026, 7, 31)
	noon, ends := zoned(t, zone, "2026-07-31 12:00"), zoned(t, zone, "2026-08-01 00:00")
	for name, again := range map[string]func(*shop){"stopped": (*shop).restart, "cut off": (*shop).cut} {
		for _, tended := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, tended %v", name, tended), func(t *testing.T) {
				s := newShop(t, zone, noon)
				perDay := asked{period: "2026-07-31..2026-07-31", metrics: "views,visitors"}
				s.send(holdfast.ScopeCollect, pageOf(anna, "/"))
				salt := s.salt(day)
				views := 1
				for _, at := range []time.Time{
					noon.Add(time.Hour), ends.Add(-time.Second), ends, ends.Add(3 * time.Hour), ends.Add(48*time.Hour - time.Second),
				} {
					s.now = at
					again(s)
					if got := s.salt(day); !bytes.Equal(got, salt) {
						t.Fatalf("at %s the day has another salt", at)
					}
					s.send(holdfast.ScopeCollect, pageOf(anna, "/").at(noon.Add(time.Second)))
					views++
					s.want(perDay, fmt.Sprintf("%d 1", views))
					if tended {
						s.tend()
					}
				}
				visitors := 1
				for _, at := range []time.Time{
					ends.Add(48 * time.Hour), ends.Add(48*time.Hour + time.Second), ends.Add(49 * time.Hour), ends.Add(51 * time.Hour), ends.Add(52 * time.Hour),
				} {
					s.now = at
					again(s)
					s.gone(day, salt)
					s.send(holdfast.ScopeCollect, pageOf(anna, "/").at(noon.Add(time.Second)))
					views, visitors = views+1, visitors+1
					s.want(perDay, fmt.Sprintf("%d %d", views, visitors))
					if tended {
						s.tend()
					}
				}
				s.tendDays()
				s.settled(day)
				s.want(perDay, fmt.Sprintf("%d %d", views, visitors))
				s.check()
			})
		}
	}
}

// The power fails while the first event of a day is taken, at each operation of
// that. When its client sends it again the day has one salt, and it is one
// visitor with those after it, whether or not the first try was kept.
func TestThePowerFailsWhileASaltIsMade(t *testing.T) {
	const zone = "Europe/Berlin"
	day := holdfast.DayOf(2026, 7, 31)
	noon := zoned(t, zone, "2026-07-31 12:00")
	for at := 1; ; at++ {
		s := newShop(t, zone, noon)
		s.send(holdfast.ScopeCollect, pageOf(anna, "/").at(noon.Add(-24*time.Hour)))
		s.disk.Inject(faultfs.PowerOffAt(s.disk.Ops() + at))
		first := pageOf(anna, "/")
		first["id"] = "1"
		status := s.post(holdfast.ScopeCollect, first).Code
		s.cut()
		s.send(holdfast.ScopeCollect, first)
		salt := s.salt(day)
		s.cut()
		s.send(holdfast.ScopeCollect, pageOf(anna, "/"))
		if !bytes.Equal(salt, s.salt(day)) {
			t.Errorf("power off at operation %d: the day has another salt", at)
		}
		s.want(asked{period: "2026-07-30..2026-07-31", metrics: "views,visitors", by: "day"}, "2026-07-30 1 1", "2026-07-31 2 1")
		s.check()
		s.must(s.store.Close())
		if status == http.StatusAccepted || t.Failed() {
			if at < 3 {
				t.Errorf("there were only %d operations", at)
			}
			return
		}
	}
}

// The power fails while salts die and hashes make way for ordinals, at each
// operation of that. Afterwards the salt is gone all the same.
func TestThePowerFailsWhileASaltDies(t *testing.T) {
	const zone = "Europe/Berlin"
	day := holdfast.DayOf(2026, 7, 31)
	noon, ends := zoned(t, zone, "2026-07-31 12:00"), zoned(t, zone, "2026-08-01 00:00")
	perDay := asked{period: "2026-07-31..2026-07-31", metrics: "views,visitors"}
	ops := 0
	for at := 1; at <= max(ops, 1); at++ {
		s := newShop(t, zone, noon)
		s.send(holdfast.ScopeCollect, pageOf(anna, "/"), pageOf(ben, "/"))
		salt := s.salt(day)
		s.tend()
		s.now = ends.Add(2 * time.Hour)
		s.send(holdfast.ScopeCollect, pageOf(anna, "/")) // of a day that lives longer
		s.tend()
		s.now = ends.Add(48 * time.Hour)
		before := s.disk.Ops()
		if at > 1 {
			s.disk.Inject(faultfs.PowerOffAt(before + at - 1))
		}
		for range 2 {
			err := s.store.Tend(t.Context())
			if err != nil && !errors.Is(err, faultfs.ErrPowerOff) && !errors.Is(err, holdfast.ErrUnavailable) {
				t.Fatalf("operation %d: %v", at, err)
			}
			s.now = s.now.Add(time.Hour)
		}
		if at == 1 {
			ops = s.disk.Ops() - before + 1
			continue
		}
		s.cut()
		s.gone(day, salt)
		if len(s.salts(day+1)) != 1 {
			t.Errorf("operation %d: the salt of the next day is gone as well", at-1)
		}
		s.send(holdfast.ScopeCollect, pageOf(anna, "/").at(noon))
		s.want(perDay, "3 3")
		s.tendDays()
		s.settled(day)
		s.want(perDay, "3 3")
		s.check()
		if t.Failed() {
			t.Fatalf("the power failed at operation %d of %d", at-1, ops-1)
		}
		s.must(s.store.Close())
	}
	if ops < 20 {
		t.Errorf("there were only %d operations", ops)
	}
}

// A past that is imported: each of its days gets a salt when its first event
// comes, which dies 48 hours later, however long the day has been over.
func TestAnImportedDaysSaltDies(t *testing.T) {
	const zone = "Europe/Berlin"
	begin := zoned(t, zone, "2026-07-31 12:00")
	s := newShop(t, zone, begin)
	first := zoned(t, zone, "2019-03-30 12:00")
	days := []holdfast.Day{holdfast.DayOf(2019, 3, 30), holdfast.DayOf(2019, 3, 31), holdfast.DayOf(2019, 4, 1)}
	byDay := asked{period: "2019-03-30..2019-04-01", metrics: "views,visitors,visits", by: "day"}
	on := func(ip string, day, minute int) hit {
		return pageOf(ip, "/").at(first.AddDate(0, 0, day).Add(time.Duration(minute) * time.Minute))
	}
	var salts [][]byte
	for day := range days {
		s.send(holdfast.ScopeImport, on(anna, day, 0), on(ben, day, 0), on(anna, day, 10))
		salts = append(salts, s.salt(days[day]))
	}
	s.want(byDay, "2019-03-30 3 2 2", "2019-03-31 3 2 2", "2019-04-01 3 2 2")

	// More of it comes while the salts live, and the files are what they are
	// of days that were long over.
	s.tendLate()
	s.wantKinds(3, "shared with hashes")
	s.now = begin.Add(24 * time.Hour)
	s.cut()
	s.send(holdfast.ScopeImport, on(anna, 0, 20), on(ben, 2, 20))
	s.now = begin.Add(48*time.Hour - time.Second)
	s.tend()
	s.restart()
	s.send(holdfast.ScopeImport, on(anna, 1, 20))
	full := []string{"2019-03-30 4 2 2", "2019-03-31 4 2 2", "2019-04-01 4 2 2"}
	s.want(byDay, full...)
	for i, day := range days {
		if !bytes.Equal(salts[i], s.salt(day)) {
			t.Errorf("%s has another salt", day)
		}
	}

	s.now = begin.Add(48 * time.Hour)
	s.tend()
	for i, day := range days {
		s.gone(day, salts[i])
	}
	s.now = begin.Add(49 * time.Hour)
	s.tend()
	for _, day := range days {
		s.settled(day)
	}
	s.want(byDay, full...)
	s.wantKinds(2, "month", "shared") // there is one day of April

	// Who comes still later is a visitor of his own, and not for ever known by
	// a hash, either: the month is written anew for him.
	s.send(holdfast.ScopeImport, on(anna, 0, 21), on(anna, 0, 22))
	full[0] = "2019-03-30 6 4 4"
	s.want(byDay, full...)
	s.tendDays()
	s.wantKinds(2, "month", "shared")
	for i, day := range days {
		s.settled(day)
		s.gone(day, salts[i])
	}
	s.want(byDay, full...)
	s.cut()
	s.want(byDay, full...)
	s.check()
}

// A salt that a disk has changed is found by whoever looks.
func TestVerifyFindsADamagedSalt(t *testing.T) {
	s := newShop(t, "Europe/Berlin", zoned(t, "Europe/Berlin", "2026-07-31 12:00"))
	s.check() // there is no file yet
	s.send(holdfast.ScopeCollect, pageOf(anna, "/"))
	s.check()
	s.must(s.disk.Flip(saltsFile, 64+50, 1))
	report, err := s.store.Verify(t.Context())
	s.must(err)
	if len(report.Problems) != 1 || !strings.Contains(report.Problems[0], saltsFile) {
		t.Errorf("verify finds %q", report.Problems)
	}
}

// A month that is one file is joined by visitors whose salt is new: its day had
// none before. When the salt is dead they get ordinals like all others, be they
// few or as many as get a file of their own.
func TestVisitorsThatJoinAMonthGetOrdinals(t *testing.T) {
	for _, n := range []int{3, 60_000} {
		t.Run(fmt.Sprintf("%d events", n), func(t *testing.T) {
			const zone = "Europe/Berlin"
			begin := zoned(t, zone, "2026-07-31 12:00")
			s := newShop(t, zone, begin)
			first := zoned(t, zone, "2019-03-20 12:00")
			day := holdfast.DayOf(2019, 3, 20)
			signedIn := func(at time.Time) hit {
				h := pageOf(anna, "/").at(at)
				delete(h, "ip")
				h["member"] = "7"
				return h
			}
			s.send(holdfast.ScopeImport, signedIn(first), signedIn(first.AddDate(0, 0, 1)))
			s.tendLate()
			s.wantKinds(1, "month")

			var hits []hit
			for i := range n {
				hits = append(hits, pageOf(fmt.Sprintf("203.0.113.%d", i%3), "/").at(first.Add(time.Duration(i)*time.Second/2)))
			}
			for some := range slices.Chunk(hits, 20_000) {
				s.send(holdfast.ScopeImport, some...)
			}
			salt := s.salt(day)
			perDay := asked{period: "2019-03-20..2019-03-20", metrics: "views,visitors,declared_visitors"}
			counts := fmt.Sprintf("%d 4 1", n+1)
			s.want(perDay, counts)
			s.tend()
			s.now = begin.Add(2 * time.Hour)
			s.tend()
			s.now = begin.Add(50 * time.Hour)
			s.tend()
			s.gone(day, salt)
			s.tendDays()
			if n < 50_000 {
				s.wantKinds(1, "month")
			} else {
				s.wantKinds(2, "month", "day")
			}
			for _, v := range s.visitors(day) {
				if v.Hashed() {
					t.Fatalf("a visitor is still %x", int64(v))
				}
			}
			s.want(perDay, counts)
			s.check()
		})
	}
}
