package query_test

import (
	"testing"

	"holdfast"
	"holdfast/query"
)

func TestParsePeriod(t *testing.T) {
	site := newSite(t, 1, "Europe/Berlin")
	now := moment(t, "2026-10-25T23:30:00Z") // 26 October, 00:30, in Berlin
	for _, test := range []struct{ name, text, zone, from, to string }{
		{"today", "today", "", "2026-10-26T00:00:00+01:00", "2026-10-27T00:00:00+01:00"},
		{"a day of 25 hours", "yesterday", "", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
		{"today elsewhere", "today", "UTC", "2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z"},
		{"a week of days", "7d", "", "2026-10-20T00:00:00+02:00", "2026-10-27T00:00:00+01:00"},
		{"one day", "1d", "", "2026-10-26T00:00:00+01:00", "2026-10-27T00:00:00+01:00"},
		{"this month", "month", "", "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00"},
		{"this year", "year", "", "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"},
		{"twelve months", "12mo", "", "2025-11-01T00:00:00+01:00", "2026-11-01T00:00:00+01:00"},
		{"a month", "2026-02", "", "2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00"},
		{"a year", "2024", "", "2024-01-01T00:00:00+01:00", "2025-01-01T00:00:00+01:00"},
		{"a day of 23 hours", "2026-03-29", "", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		{"days, both included", "2026-07-01..2026-07-31", "", "2026-07-01T00:00:00+02:00", "2026-08-01T00:00:00+02:00"},
		{"moments, the last not included", "2026-07-01T12:00:00Z..2026-07-01T12:00:01Z", "", "2026-07-01T12:00:00Z", "2026-07-01T12:00:01Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			from, to, err := query.ParsePeriod(test.text, site, test.zone, now)
			if err != nil {
				t.Fatal(err)
			}
			if from != moment(t, test.from) || to != moment(t, test.to) {
				t.Errorf("%s is from %s to %s, want %s to %s", test.text, from, to, moment(t, test.from), moment(t, test.to))
			}
		})
	}
	for _, test := range []struct{ text, zone, want string }{
		{"tomorrow", "", `period: "tomorrow" is none of today, yesterday, 7d, 12mo, month, year, 2026, 2026-07, 2026-07-31, 2026-07-01..2026-07-31`},
		{"0d", "", `period: "0d" is none of today, yesterday, 7d, 12mo, month, year, 2026, 2026-07, 2026-07-31, 2026-07-01..2026-07-31`},
		{"99999d", "", "period: more than 100 years"},
		{"2026-07-31..2026-07-01", "", "period: the range ends before it begins, or is empty"},
		{"2026-07-32..2026-08-01", "", `period: "2026-07-32" is neither a day like 2026-07-31 nor a moment like 2026-07-31T18:30:00+02:00`},
		{"today", "Mars", `zone: "Mars" is not a time zone; names look like Europe/Berlin or UTC`},
	} {
		if _, _, err := query.ParsePeriod(test.text, site, test.zone, now); err == nil || err.Error() != test.want {
			t.Errorf("%s: error is\n%v\nwant\n%s", test.text, err, test.want)
		}
	}
}

func TestParseRange(t *testing.T) {
	site := newSite(t, 1, "Asia/Kolkata")
	from, to, err := query.ParseRange("2026-07-31", "2026-07-31", site, "")
	if err != nil || from != moment(t, "2026-07-31T00:00:00+05:30") || to != moment(t, "2026-08-01T00:00:00+05:30") {
		t.Errorf("a day is from %s to %s, %v", from, to, err)
	}
	_, _, err = query.ParseRange("2026-07-31", "soon", site, "")
	if want := `to: "soon" is neither a day like 2026-07-31 nor a moment like 2026-07-31T18:30:00+02:00`; err == nil || err.Error() != want {
		t.Errorf("error is %v", err)
	}
}

// A site that changes its zone: its days join up, and periods follow them.
func TestPeriodsFollowAChangedZone(t *testing.T) {
	site := newSite(t, 1, "Europe/Berlin")
	zones, err := site.Rezone("America/New_York", moment(t, "2026-07-10T10:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	site.Zones = zones
	if err := site.Load(); err != nil {
		t.Fatal(err)
	}
	var last holdfast.Millis
	for _, day := range []string{"2026-07-09", "2026-07-10", "2026-07-11", "2026-07-12"} {
		from, to, err := query.ParsePeriod(day, site, "", 0)
		if err != nil {
			t.Fatal(err)
		}
		if last != 0 && from != last {
			t.Errorf("%s begins at %s, not at %s", day, from, last)
		}
		last = to
	}
	if want := moment(t, "2026-07-13T00:00:00-04:00"); last != want {
		t.Errorf("the last day ends at %s, want %s", last, want)
	}
}
