package collect_test

import (
	"testing"
	"time"

	"holdfast"
	"holdfast/collect"
)

func TestDates(t *testing.T) {
	const day = 24 * time.Hour
	first := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	collects := collect.Terms{Key: keyFor(holdfast.ScopeCollect)}
	imports := collect.Terms{Key: keyFor(holdfast.ScopeImport)}
	owns := collect.Terms{Key: keyFor(holdfast.ScopeOwn)}
	cases := []struct {
		name   string
		terms  collect.Terms
		at     time.Time
		refuse bool
		origin holdfast.Origin
	}{
		{"a collect key dates 7 days back", collects, noon.Add(-7 * day), false, holdfast.Collected},
		{"a collect key dates no further back", collects, noon.Add(-7*day - time.Millisecond), true, ""},
		{"a collect key dates 10 minutes ahead", collects, noon.Add(10 * time.Minute), false, holdfast.Collected},
		{"a collect key dates no further ahead", collects, noon.Add(10*time.Minute + time.Millisecond), true, ""},
		{"an import key dates back to 1990", imports, first, false, holdfast.Imported},
		{"an import key dates no further back", imports, first.Add(-time.Millisecond), true, ""},
		{"an import key dates no further ahead", imports, noon.Add(11 * time.Minute), true, ""},
		{"what an import key sends is imported", imports, noon, false, holdfast.Imported},
		{"an owner's live events are collected", owns, noon, false, holdfast.Collected},
		{"an owner's old events are imported", owns, noon.Add(-8 * day), false, holdfast.Imported},
		{"milliseconds since 1970 in seconds are refused", owns, time.UnixMilli(noon.Unix()), true, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newSetup(t)
			in := page(func(in *collect.Input) { in.Time, in.Sent = holdfast.MillisOf(c.at), collect.SentTime })
			if c.refuse {
				err := s.refused(t, c.terms, in)
				if field := err.(*holdfast.FieldError).Field; field != "time" {
					t.Errorf("the error is of %q", field)
				}
				for refusal := range s.books.All() {
					if refusal.Reason != holdfast.RefusedTime {
						t.Errorf("booked as %q", refusal.Reason)
					}
				}
				return
			}
			e := s.one(t, c.terms, in)
			if e.Time != holdfast.MillisOf(c.at) || e.Received != holdfast.MillisOf(noon) || e.Origin != c.origin {
				t.Errorf("got %s received %s, %s", e.Time, e.Received, e.Origin)
			}
		})
	}
}

func TestAges(t *testing.T) {
	const hour = int64(time.Hour / time.Millisecond)
	now := holdfast.MillisOf(noon)
	public := collect.Terms{Door: holdfast.DoorBeacon}
	cases := []struct {
		name  string
		terms collect.Terms
		age   int64
		want  holdfast.Millis // 0: refused
	}{
		{"the public's are believed", public, 5, now - 5},
		{"the public's are believed up to 48 hours", public, 48 * hour, now - holdfast.Millis(48*hour)},
		{"the public's of more are of now", public, 48*hour + 1, now},
		{"the public's negative ones are of now", public, -1, now},
		{"a key's are believed up to 7 days", collectKey, 168 * hour, now - holdfast.Millis(168*hour)},
		{"a key's of more are refused", collectKey, 168*hour + 1, 0},
		{"a key's negative ones are refused", collectKey, -1, 0},
		{"no age overflows", collectKey, 1<<63 - 1, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newSetup(t)
			in := page(func(in *collect.Input) { in.Age, in.Sent = c.age, collect.SentAge })
			if c.want == 0 {
				s.refused(t, c.terms, in)
				return
			}
			if got := s.one(t, c.terms, in).Time; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	t.Run("together with a time they are refused", func(t *testing.T) {
		s := newSetup(t)
		s.refused(t, collectKey, page(func(in *collect.Input) { in.Time, in.Sent = now, collect.SentAge|collect.SentTime }))
	})
	t.Run("the public's time is not believed", func(t *testing.T) {
		s := newSetup(t)
		e := s.one(t, public, page(func(in *collect.Input) { in.Time, in.Sent = 0, collect.SentTime }))
		if e.Time != now {
			t.Errorf("got %s", e.Time)
		}
	})
}

func TestDaysAreTheSites(t *testing.T) {
	s := newSetup(t)
	at := func(ms holdfast.Millis) holdfast.Day {
		return s.one(t, collect.Terms{Key: keyFor(holdfast.ScopeImport)}, page(func(in *collect.Input) {
			in.Time, in.Sent = ms, collect.SentTime
		})).Day
	}
	site := s.sites["shop.example.com"]
	for _, d := range []holdfast.Day{holdfast.DayOf(2026, 3, 29), holdfast.DayOf(2025, 10, 26), holdfast.DayOf(2026, 7, 1)} {
		from, to := site.Bounds(d)
		for ms, want := range map[holdfast.Millis]holdfast.Day{from - 1: d - 1, from: d, to - 1: d, to: d + 1} {
			if got := at(ms); got != want {
				t.Errorf("%s is of %s, want %s", ms, got, want)
			}
		}
	}
}
