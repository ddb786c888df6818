package holdfast_test

import (
	"math"
	"testing"
	"time"
	_ "time/tzdata"

	"holdfast"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func at(t *testing.T, text string) holdfast.Millis {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return holdfast.MillisOf(parsed)
}

func site(t *testing.T, zones ...holdfast.ZoneSpan) *holdfast.Site {
	t.Helper()
	s := &holdfast.Site{ID: 1, Name: "shop.example", Zones: zones}
	if err := s.Load(); err != nil {
		t.Fatal(err)
	}
	return s
}

func in(zone string) holdfast.ZoneSpan { return holdfast.ZoneSpan{From: math.MinInt64, Zone: zone} }

func TestDayBoundsFollowTheSitesZone(t *testing.T) {
	for _, c := range []struct {
		name, zone, day, from, to string
	}{
		{"a day of 24 hours", "Europe/Berlin", "2026-07-31", "2026-07-30T22:00:00Z", "2026-07-31T22:00:00Z"},
		{"a day of 23 hours, when clocks go forward", "Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"a day of 25 hours, when clocks go back", "America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"},
		{"a day that begins at one o'clock, because midnight was skipped", "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
		{"the day before it", "America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00:00Z", "2018-11-04T03:00:00Z"},
		{"a day at whose end clocks went back over midnight", "America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"},
		{"a date that the zone skipped is empty", "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			day, err := holdfast.ParseDay(c.day)
			if err != nil {
				t.Fatal(err)
			}
			from, to := site(t, in(c.zone)).Bounds(day)
			if diff := cmp.Diff([]string{at(t, c.from).String(), at(t, c.to).String()}, []string{from.String(), to.String()}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryMomentIsInTheDayWhoseBoundsHoldIt(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Pacific/Apia", "America/St_Johns",
		"Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Cairo"}
	rapid.Check(t, func(t *rapid.T) {
		s := &holdfast.Site{Name: "shop.example", Zones: []holdfast.ZoneSpan{in(rapid.SampledFrom(zones).Draw(t, "zone"))}}
		if err := s.Load(); err != nil {
			t.Fatal(err)
		}
		first := holdfast.DayOf(1990, 1, 1)
		moment := func(label string) holdfast.Millis {
			from := int64(first) * 86_400_000
			return holdfast.Millis(rapid.Int64Range(from, from+40*366*86_400_000).Draw(t, label))
		}
		// Some sites move, once or twice.
		for range rapid.IntRange(0, 2).Draw(t, "moves") {
			zones, err := s.Rezone(rapid.SampledFrom(zones).Draw(t, "new zone"), max(moment("moved"), s.Zones[len(s.Zones)-1].From))
			if err != nil {
				t.Fatal(err)
			}
			s = &holdfast.Site{Name: s.Name, Zones: zones}
			if err := s.Load(); err != nil {
				t.Fatal(err)
			}
		}
		m := moment("moment")
		if last := s.Zones[len(s.Zones)-1].From; rapid.Bool().Draw(t, "near a move") && last > 0 {
			m = last + holdfast.Millis(rapid.Int64Range(-50*3600_000, 50*3600_000).Draw(t, "offset"))
		}
		day := s.Day(m)
		from, to := s.Bounds(day)
		if m < from || m >= to {
			t.Fatalf("%s is said to be in %s, which goes from %s to %s (zones %v)", m, day, from, to, s.Zones)
		}
		if _, before := s.Bounds(day - 1); before != from {
			t.Fatalf("%s ends at %s and the next day begins at %s (zones %v)", day-1, before, from, s.Zones)
		}
	})
}

func TestAChangedZoneAppliesFromTheNextMidnight(t *testing.T) {
	for _, c := range []struct {
		name, old, new, now string
		days                []string // day, from, to of the days around the change
	}{
		{"east, to a short day", "America/New_York", "Asia/Tokyo", "2026-11-23T18:30:00-05:00", []string{
			"2026-11-23", "2026-11-23T05:00:00.000Z", "2026-11-24T05:00:00.000Z",
			"2026-11-24", "2026-11-24T05:00:00.000Z", "2026-11-24T15:00:00.000Z",
			"2026-11-25", "2026-11-24T15:00:00.000Z", "2026-11-25T15:00:00.000Z",
		}},
		{"west, to a long day", "Asia/Tokyo", "America/New_York", "2026-11-23T18:30:00+09:00", []string{
			"2026-11-23", "2026-11-22T15:00:00.000Z", "2026-11-23T15:00:00.000Z",
			"2026-11-24", "2026-11-23T15:00:00.000Z", "2026-11-25T05:00:00.000Z",
			"2026-11-25", "2026-11-25T05:00:00.000Z", "2026-11-26T05:00:00.000Z",
		}},
		{"across the date line, where a date is over before it begins", "Pacific/Pago_Pago", "Pacific/Kiritimati", "2026-11-23T12:00:00-11:00", []string{
			"2026-11-23", "2026-11-23T11:00:00.000Z", "2026-11-24T11:00:00.000Z",
			"2026-11-24", "2026-11-24T11:00:00.000Z", "2026-11-24T11:00:00.000Z",
			"2026-11-25", "2026-11-24T11:00:00.000Z", "2026-11-25T10:00:00.000Z",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			zones, err := site(t, in(c.old)).Rezone(c.new, at(t, c.now))
			if err != nil {
				t.Fatal(err)
			}
			s := site(t, zones...)
			var got []string
			first := holdfast.DayOf(2026, 11, 23)
			for day := first; day < first+3; day++ {
				from, to := s.Bounds(day)
				got = append(got, day.String(), from.String(), to.String())
			}
			if diff := cmp.Diff(c.days, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAWrongZoneIsNamed(t *testing.T) {
	for _, zone := range []string{"", "Local", "Europe/Berln", "../../etc/passwd"} {
		if _, err := holdfast.NewSite(1, "shop.example", zone, 0); err == nil {
			t.Errorf("zone %q was taken", zone)
		}
	}
}
