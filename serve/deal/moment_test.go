package deal_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"holdfast"
	"holdfast/serve/deal"

	"pgregory.net/rapid"
)

func berlin(t *testing.T) *holdfast.Site {
	t.Helper()
	site, err := holdfast.NewSite(1, "shop.example", "Europe/Berlin", 0)
	if err != nil {
		t.Fatal(err)
	}
	return site
}

func TestMoments(t *testing.T) {
	site := berlin(t)
	for _, test := range []struct {
		text  string
		later holdfast.Day
		want  string // in UTC, or part of the error
	}{
		{"2026-07-31", 0, "2026-07-30T22:00:00.000Z"},
		{"2026-07-31", 1, "2026-07-31T22:00:00.000Z"},
		{"2026-10-25", 1, "2026-10-25T23:00:00.000Z"},
		{"2026-07-31 18:30", 1, "2026-07-31T16:30:00.000Z"},
		{"2026-07-31T18:30", 0, "2026-07-31T16:30:00.000Z"},
		{"2026-12-31 18:30:15", 0, "2026-12-31T17:30:15.000Z"},
		{"2026-07-31T18:30:00-05:00", 0, "2026-07-31T23:30:00.000Z"},
		{"2026-07-31T18:30:00.25Z", 0, "2026-07-31T18:30:00.250Z"},
		{"2026-03-29 01:59:59", 0, "2026-03-29T00:59:59.000Z"},
		{"2026-03-29 02:30", 0, "starts: \"2026-03-29 02:30\": the clocks skip it on 2026-03-29"},
		{"2026-03-29 03:00", 0, "2026-03-29T01:00:00.000Z"},
		{"2026-10-25 01:59:59", 0, "2026-10-24T23:59:59.000Z"},
		{"2026-10-25 02:30", 0, "the clocks show it twice"},
		{"2026-10-25 03:00", 0, "2026-10-25T02:00:00.000Z"},
		{"", 0, "starts: is required"},
		{"tomorrow", 0, "starts: \"tomorrow\" is neither a day"},
		{"2026-02-30", 0, "is neither a day"},
		{strings.Repeat("9", 1000), 0, "is neither a day"},
	} {
		got, err := deal.Moment("starts", test.text, site, test.later)
		var field *holdfast.FieldError
		switch {
		case err == nil && got.String() != test.want:
			t.Errorf("%s: %s, want %s", test.text, got, test.want)
		case err != nil && (!errors.As(err, &field) || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %s", test.text, err, test.want)
		}
	}
}

// Whatever the site's clock shows once is read as the moment at which it does,
// in any zone and year.
func TestMomentsOnTheClockAreReadBack(t *testing.T) {
	zones := []string{"Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		site, err := holdfast.NewSite(1, "shop.example", rapid.SampledFrom(zones).Draw(t, "zone"), 0)
		if err != nil {
			t.Fatal(err)
		}
		m := holdfast.Millis(rapid.Int64Range(631152000, 4102444800).Draw(t, "seconds") * 1000)
		const layout = "2006-01-02 15:04:05"
		shown := m.Time().In(site.Location(m)).Format(layout)
		got, err := deal.Moment("starts", shown, site, 0)
		if err == nil && got != m {
			t.Fatalf("%s is %s, not %s", shown, got, m)
		}
		if err == nil {
			return
		}
		for _, off := range []time.Duration{-24 * time.Hour, -time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour, 24 * time.Hour} {
			if m.Add(off).Time().In(site.Location(m)).Format(layout) == shown {
				return // it was twice
			}
		}
		t.Fatalf("%s: %v", shown, err)
	})
}
