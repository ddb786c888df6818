package holdfast_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"holdfast"

	"github.com/google/go-cmp/cmp"
)

func zoned(t *testing.T, zone, text string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// One person comes at ten to midnight, at ten past, and in the evening.
func TestAVisitorIsOneOfASiteDay(t *testing.T) {
	const zone = "Europe/Berlin"
	s := newShop(t, zone, zoned(t, zone, "2026-07-30 12:00"))
	for _, at := range []string{"2026-07-30 23:50", "2026-07-31 00:10", "2026-07-31 18:30"} {
		s.now = zoned(t, zone, at)
		s.send(holdfast.ScopeCollect, pageOf("203.0.113.7", "/"))
	}
	s.now = zoned(t, zone, "2026-07-31 19:00")
	s.send(holdfast.ScopeCollect, pageOf("203.0.113.8", "/")) // somebody else
	s.now = zoned(t, zone, "2026-08-01 00:30")
	byDay := asked{period: "2026-07-30..2026-07-31", metrics: "views,visitors,visits", by: "day"}
	total := asked{period: "2026-07-30..2026-07-31", metrics: "views,visitors,visits"}
	s.want(byDay, "2026-07-30 1 1 1", "2026-07-31 3 2 3")
	s.want(total, "4 3 4")
	s.live(byDay, total)
}

// shiftedDays are days around which clocks change.
var shiftedDays = []struct {
	name, zone, first string
	hours             [3]float64 // of the first and the days after it
}{
	{"an hour is skipped", "Europe/Berlin", "2026-03-28", [3]float64{24, 23, 24}},
	{"an hour comes twice", "Europe/Berlin", "2026-10-24", [3]float64{24, 25, 24}},
	{"half an hour is skipped", "Australia/Lord_Howe", "2026-10-03", [3]float64{24, 23.5, 24}},
	{"half an hour comes twice", "Australia/Lord_Howe", "2026-04-04", [3]float64{24, 24.5, 24}},
	{"midnight is skipped", "America/Havana", "2026-03-07", [3]float64{24, 23, 24}},
	{"the hour after midnight comes twice", "America/Havana", "2026-10-31", [3]float64{24, 25, 24}},
	{"midnight is skipped, further east", "Asia/Beirut", "2026-03-28", [3]float64{24, 23, 24}},
	{"the hour before midnight comes twice", "Asia/Beirut", "2026-10-24", [3]float64{25, 24, 24}},
}

// Somebody looks at a page every ten minutes, for three days on end: that is a
// visitor and a visit of each day, each exactly as long as the day.
func TestDaysAreAsLongAsTheyAre(t *testing.T) {
	for _, d := range shiftedDays {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			first, err := holdfast.ParseDay(d.first)
			if err != nil {
				t.Fatal(err)
			}
			at := zoned(t, d.zone, d.first+" 00:00")
			s := newShop(t, d.zone, at)
			var want []string
			views := 0
			all := map[string][]time.Time{"Asia/Kathmandu": nil, "UTC": nil}
			for i, hours := range d.hours {
				n := int(hours * 6)
				var times []time.Time
				for range n {
					times = append(times, at)
					at = at.Add(10 * time.Minute)
				}
				s.sendAll("203.0.113.7", times)
				for zone := range all {
					all[zone] = append(all[zone], times...)
				}
				views += n
				want = append(want, fmt.Sprintf("%s %d 1 1 %d", first+holdfast.Day(i), n, (n-1)*600))
			}
			period := fmt.Sprintf("%s..%s", first, first+2)
			byDay := asked{period: period, metrics: "views,visitors,visits,visit_duration", by: "day"}
			s.want(byDay, want...)
			s.want(asked{period: period, metrics: "views,visitors,visits"}, fmt.Sprintf("%d 3 3", views))
			byHour := asked{period: period, metrics: "views", by: "hour"}
			s.want(byHour, hoursOf(t, d.zone, all["UTC"])...)
			questions := []asked{byDay, byHour, {period: period, metrics: "views,visitors,entries,exits", by: "path"}}
			for zone, times := range all {
				q := asked{period: moments(times), metrics: "views,visitors", by: "day", zone: zone}
				s.want(q, daysElsewhere(t, d.zone, zone, times)...)
				questions = append(questions, q)
			}
			s.live(questions...)
		})
	}
}

// sendAll sends a page view of each moment, an hour's at a time, soon after
// they happened.
func (s *shop) sendAll(ip string, times []time.Time) {
	s.t.Helper()
	for some := range slices.Chunk(times, 6) {
		var hits []hit
		for _, at := range some {
			hits = append(hits, pageOf(ip, "/").at(at))
		}
		s.now = some[len(some)-1].Add(9 * time.Minute)
		s.send(holdfast.ScopeCollect, hits...)
	}
	s.now = times[len(times)-1].Add(10 * time.Minute)
}

// moments is the period from the first of times to ten minutes after the last.
func moments(times []time.Time) string {
	return times[0].UTC().Format(time.RFC3339) + ".." + times[len(times)-1].Add(10*time.Minute).UTC().Format(time.RFC3339)
}

// hoursOf counts times by the hour that a clock in the zone shows.
func hoursOf(t *testing.T, zone string, times []time.Time) []string {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	var order []string
	for _, at := range times {
		begin := at.In(loc)
		for { // back to the full hour, or to where the clock was changed
			before := begin.Add(-time.Minute)
			_, offset := begin.Zone()
			_, earlier := before.Zone()
			if begin.Minute() == 0 || offset != earlier {
				break
			}
			begin = before
		}
		label := begin.Format(time.RFC3339)
		if count[label]++; count[label] == 1 {
			order = append(order, label)
		}
	}
	for i, label := range order {
		order[i] = fmt.Sprintf("%s %d", label, count[label])
	}
	return order
}

// daysElsewhere counts times by the dates of another zone, and for each how
// many days of the site's own they were on: that many visitors somebody is who
// was there all the time.
func daysElsewhere(t *testing.T, own, other string, times []time.Time) []string {
	t.Helper()
	home, err := time.LoadLocation(own)
	if err != nil {
		t.Fatal(err)
	}
	away, err := time.LoadLocation(other)
	if err != nil {
		t.Fatal(err)
	}
	count, dates := map[string]int{}, map[string]map[string]bool{}
	for _, at := range times {
		date := at.In(away).Format(time.DateOnly)
		count[date]++
		if dates[date] == nil {
			dates[date] = map[string]bool{}
		}
		dates[date][at.In(home).Format(time.DateOnly)] = true
	}
	var rows []string
	for _, date := range slices.Sorted(maps.Keys(count)) {
		rows = append(rows, fmt.Sprintf("%s %d %d", date, count[date], len(dates[date])))
	}
	return rows
}

// A deal's statistics are those of its window. What somebody did outside it
// does not count, but a visit that reaches into it is a visit of the deal, as
// long as it was. Deals from midnight to midnight add up.
func TestADealsWindow(t *testing.T) {
	const zone = "Europe/Berlin"
	s := newShop(t, zone, zoned(t, zone, "2026-10-24 12:00"))
	const anna, ben, clara = "203.0.113.1", "203.0.113.2", "203.0.113.3"
	for _, h := range []struct{ at, who, name string }{
		{"2026-10-24 17:50", anna, "pageview"}, // ten minutes too early
		{"2026-10-24 18:10", anna, "pageview"}, // the same visit, in the deal
		{"2026-10-24 23:50", ben, "pageview"},
		{"2026-10-25 00:10", ben, "pageview"}, // another day: another visitor, another visit
		{"2026-10-25 00:20", ben, "purchase"},
		{"2026-10-25 11:50", clara, "pageview"},
		{"2026-10-25 12:00", clara, "purchase"}, // too late: the deal is over
		{"2026-10-25 18:30", ben, "pageview"},
	} {
		s.now = zoned(t, zone, h.at)
		page := pageOf(h.who, "/deal")
		page["name"] = h.name
		s.send(holdfast.ScopeCollect, page)
	}
	s.now = zoned(t, zone, "2026-10-26 00:00")
	deal := holdfast.Deal{
		ID: "lamp", Title: "A lamp", Goal: "purchase",
		Starts: holdfast.MillisOf(zoned(t, zone, "2026-10-24 18:00")), Ends: holdfast.MillisOf(zoned(t, zone, "2026-10-25 12:00")),
	}
	s.must(s.store.PutDeal(t.Context(), shopName, deal))
	window := deal.Starts.String() + ".." + deal.Ends.String()
	const metrics = "views,visitors,visits,visit_duration,visitors(name = 'purchase') as bit,entries"

	inAll := asked{period: window, metrics: metrics}
	// Anna's visit has 20 minutes, Ben's 0 and 10, Clara's 10.
	s.want(inAll, "4 4 4 600 1 3")
	byDay := asked{period: window, metrics: metrics, by: "day"}
	s.want(byDay, "2026-10-24 2 2 2 600 0 1", "2026-10-25 2 2 2 600 1 2")
	whole := asked{period: "2026-10-24..2026-10-25", metrics: metrics}
	s.want(whole, "6 4 5 480 2 5")
	days := asked{period: "2026-10-24..2026-10-25", metrics: metrics, by: "day"}
	s.want(days, "2026-10-24 3 2 2 600 0 2", "2026-10-25 3 2 3 400 2 3")
	s.live(inAll, byDay, whole, days, asked{period: window, metrics: "views,visitors", by: "hour", zone: "America/New_York"})
}

// A site moves to another zone. Its day goes on to its midnight in the old
// one; from there on days are those of the new. Somebody who is there all the
// time is one visitor of every day, and no moment is counted twice or not.
func TestASiteThatChangesItsZone(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		rows           []string // date, views: 6 an hour
	}{
		{"to the east", "Europe/Berlin", "Asia/Tokyo", []string{"2026-07-29 144", "2026-07-30 144", "2026-07-31 102", "2026-08-01 144", "2026-08-02 144"}},
		{"to the west", "Europe/Berlin", "America/New_York", []string{"2026-07-29 144", "2026-07-30 144", "2026-07-31 180", "2026-08-01 144", "2026-08-02 66"}},
		{"so far to the east that a date is left out", "Pacific/Pago_Pago", "Pacific/Kiritimati", []string{"2026-07-29 144", "2026-07-30 144", "2026-08-01 138", "2026-08-02 144", "2026-08-03 108"}},
		{"so far to the west that a day has 49 hours", "Pacific/Kiritimati", "Pacific/Pago_Pago", []string{"2026-07-29 144", "2026-07-30 144", "2026-07-31 294", "2026-08-01 96"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			at := zoned(t, c.from, "2026-07-29 00:00")
			s := newShop(t, c.from, at)
			total := 0
			want := []string{}
			var duration []string
			for _, row := range c.rows {
				var date string
				var n int
				fmt.Sscan(row, &date, &n)
				total += n
				want = append(want, fmt.Sprintf("%s %d 1 1", date, n))
				duration = append(duration, fmt.Sprintf("%s %d", date, (n-1)*600))
			}
			var times []time.Time
			for range total {
				times = append(times, at)
				at = at.Add(10 * time.Minute)
			}
			const noon = 36 * 6 // of the second day
			s.sendAll("203.0.113.7", times[:noon])
			before := asked{period: moments(times[:144]), metrics: "views,visitors,visits", by: "day"}
			old := s.answers([]asked{before})
			if _, err := s.store.SetZone(t.Context(), shopName, c.to); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(old, s.answers([]asked{before})); diff != "" {
				t.Errorf("a day that is over became another (-before +after):\n%s", diff)
			}
			s.cut()
			s.sendAll("203.0.113.7", times[noon:300])
			s.tend()
			s.restart()
			s.sendAll("203.0.113.7", times[300:])

			all := moments(times)
			byDay := asked{period: all, metrics: "views,visitors,visits", by: "day"}
			s.want(byDay, want...)
			long := asked{period: all, metrics: "visit_duration", by: "day"}
			s.want(long, duration...)
			sum := asked{period: all, metrics: "views,visitors,visits"}
			s.want(sum, fmt.Sprintf("%d %d %d", total, len(c.rows), len(c.rows)))
			utc := asked{period: all, metrics: "views", by: "day", zone: "UTC"}
			byHour := asked{period: all, metrics: "views", by: "hour"}
			s.live(byDay, long, sum, utc, byHour, before)

			// Each day by itself is what it is among the others.
			for _, row := range want {
				s.want(asked{period: row[:10], metrics: "views,visitors,visits"}, row[11:])
			}
		})
	}
}

// A change is taken back, and made again, before it applied; and another
// follows when it had.
func TestAZoneChangedSeveralTimes(t *testing.T) {
	const zone = "Europe/Berlin"
	at := zoned(t, zone, "2026-07-29 00:00")
	s := newShop(t, zone, at)
	change := func(zone string) {
		t.Helper()
		if _, err := s.store.SetZone(t.Context(), shopName, zone); err != nil {
			t.Fatal(err)
		}
	}
	var times []time.Time
	for range 6 * 24 * 5 {
		times = append(times, at)
		at = at.Add(10 * time.Minute)
	}
	s.sendAll("203.0.113.7", times[:100])
	change("Asia/Tokyo")
	change("America/New_York")
	change(zone)
	s.sendAll("203.0.113.7", times[100:200])
	change("Asia/Tokyo") // on the 30th, so from the 31st on
	s.cut()
	s.sendAll("203.0.113.7", times[200:380]) // into the 31st, which ends at 17:00
	change(zone)                             // on the 31st, so from the 1st on
	s.sendAll("203.0.113.7", times[380:])

	byDay := asked{period: moments(times), metrics: "views,visitors,visits", by: "day"}
	// The 1st begins at midnight in Tokyo, 17:00 in Berlin, and ends at
	// midnight there.
	s.want(byDay, "2026-07-29 144 1 1", "2026-07-30 144 1 1", "2026-07-31 102 1 1", "2026-08-01 186 1 1", "2026-08-02 144 1 1")
	s.live(byDay, asked{period: moments(times), metrics: "views,visitors,visits,visit_duration"})
}

// An event that comes after its site changed its zone belongs to the day that
// it happened on, by the clock that was right then, and meets its visitor.
func TestLateEventsKeepTheDaysOfTheirZone(t *testing.T) {
	const zone = "Europe/Berlin"
	s := newShop(t, zone, zoned(t, zone, "2026-07-30 12:00"))
	page := func(at string) hit { return pageOf("203.0.113.7", "/").at(zoned(t, zone, at)) }
	s.send(holdfast.ScopeCollect, page("2026-07-30 12:00"))
	if _, err := s.store.SetZone(t.Context(), shopName, "Asia/Tokyo"); err != nil {
		t.Fatal(err)
	}
	s.now = zoned(t, zone, "2026-07-31 20:00") // in Tokyo the 31st is over
	s.send(holdfast.ScopeCollect, page("2026-07-31 20:00"))
	s.tend()
	s.now = zoned(t, zone, "2026-08-01 23:00")
	s.cut()
	s.send(holdfast.ScopeCollect,
		page("2026-07-30 20:00"), // the 31st of July in Tokyo, but the clocks of Berlin were right
		page("2026-07-30 23:50"),
		page("2026-07-31 00:10"), // the 31st has 17 hours
		page("2026-07-31 16:50"),
		page("2026-07-31 17:10"), // the 1st has begun
	)
	byDay := asked{period: "2026-07-30..2026-08-01", metrics: "views,visitors,visits", by: "day"}
	s.want(byDay, "2026-07-30 3 1 3", "2026-07-31 2 1 2", "2026-08-01 2 1 2")
	s.now = zoned(t, zone, "2026-08-02 12:00")
	s.live(byDay)
}

// Samoa went from the 29th of December 2011 to the 31st.
func TestADateThatNeverWas(t *testing.T) {
	const zone = "Pacific/Apia"
	s := newShop(t, zone, zoned(t, zone, "2026-07-30 12:00"))
	var hits []hit
	for i := range 2 * 144 {
		hits = append(hits, pageOf("203.0.113.7", "/").at(zoned(t, zone, "2011-12-29 00:00").Add(time.Duration(i)*10*time.Minute)))
	}
	s.send(holdfast.ScopeImport, hits...)
	byDay := asked{period: "2011-12-29..2011-12-31", metrics: "views,visitors,visits,visit_duration", by: "day"}
	s.want(byDay, "2011-12-29 144 1 1 85800", "2011-12-31 144 1 1 85800")
	utc := asked{period: "2011-12-29..2011-12-31", metrics: "views,visitors", by: "day", zone: "UTC"}
	s.want(utc, "2011-12-29 84 1", "2011-12-30 144 2", "2011-12-31 60 1")
	s.live(byDay, utc)
}

// Events without ids that are equal in all respects are as many as there were,
// also where each is sealed by itself: their files hold the same, and are files
// of their own all the same.
func TestEqualEventsAreAllKept(t *testing.T) {
	const zone = "Europe/Berlin"
	s := newShop(t, zone, zoned(t, zone, "2026-07-31 12:00"))
	q := asked{period: "2026-07-31..2026-07-31", metrics: "views,visitors"}
	for n := range 35 {
		s.send(holdfast.ScopeCollect, pageOf("203.0.113.7", "/"))
		s.must(s.store.SealNow(t.Context()))
		s.must(s.store.Tend(t.Context())) // parts are merged, and the merged ones are equal as well
		s.want(q, fmt.Sprintf("%d 1", n+1))
		if n%6 == 5 {
			s.restart()
			s.want(q, fmt.Sprintf("%d 1", n+1))
		}
	}
	s.check()
	s.now = s.now.Add(24 * time.Hour)
	s.live(q)
}
