package query_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/query"
	"holdfast/query/querytest"
)

// bucketsOf asks for the events of each bucket of a range, with one event
// every quarter of an hour.
func bucketsOf(t *testing.T, site *holdfast.Site, zone string, by holdfast.Dimension, from, to string) [][]any {
	t.Helper()
	q := holdfast.Question{
		Site: site.Name, From: moment(t, from), To: moment(t, to), Zone: zone,
		By: []holdfast.Dimension{by}, Metrics: metrics(t, "events"),
	}
	var events []holdfast.Event
	for at := q.From; at < q.To; at += hour / 4 {
		events = append(events, holdfast.Event{Site: site.ID, Day: site.Day(at), Time: at, Name: "pageview"})
	}
	store := &querytest.Store{Sites: []*holdfast.Site{site}, Now: q.To, Days: querytest.One(events)}
	scanned := ask(t, query.New(store, query.Options{}).Tune(7, 1<<16, 1<<31, 1<<25), q)[0].Rows
	// Also if the zone had other rules when they were counted.
	for _, later := range []holdfast.Millis{0, hour / 2, hour, -hour} {
		querytest.WithTalliesOf(store.Days, site, later)
		if diff := cmp.Diff(scanned, ask(t, query.New(store, query.Options{}), q)[0].Rows); diff != "" {
			t.Errorf("tallies of days that began %d ms later count otherwise (-scan +tallies):\n%s", later, diff)
		}
	}
	return scanned
}

func TestBuckets(t *testing.T) {
	type rows = [][]any
	for _, test := range []struct {
		name, site, zone string
		by               holdfast.Dimension
		from, to         string
		want             rows
	}{
		{"a spring night has no two o'clock", "Europe/Berlin", "", "hour", "2026-03-29T00:00:00+01:00", "2026-03-29T05:00:00+02:00", rows{
			{"2026-03-29T00:00:00+01:00", int64(4)}, {"2026-03-29T01:00:00+01:00", int64(4)},
			{"2026-03-29T03:00:00+02:00", int64(4)}, {"2026-03-29T04:00:00+02:00", int64(4)},
		}},
		{"clocks that change by half an hour cut one in two", "Australia/Lord_Howe", "", "hour", "2026-04-05T00:00:00+11:00", "2026-04-05T03:00:00+10:30", rows{
			{"2026-04-05T00:00:00+11:00", int64(4)}, {"2026-04-05T01:00:00+11:00", int64(4)},
			{"2026-04-05T01:30:00+10:30", int64(2)}, {"2026-04-05T02:00:00+10:30", int64(4)},
		}},
		{"hours of a zone half an hour away", "UTC", "Asia/Kolkata", "hour", "2026-07-01T00:00:00Z", "2026-07-01T02:00:00Z", rows{
			{"2026-07-01T05:00:00+05:30", int64(2)}, {"2026-07-01T06:00:00+05:30", int64(4)}, {"2026-07-01T07:00:00+05:30", int64(2)},
		}},
		{"days of 23 and 24 hours", "Europe/Berlin", "", "day", "2026-03-29T00:00:00+01:00", "2026-03-31T00:00:00+02:00", rows{
			{"2026-03-29", int64(92)}, {"2026-03-30", int64(96)},
		}},
		{"days where midnight is skipped", "Africa/Cairo", "", "day", "2026-04-23T00:00:00+02:00", "2026-04-25T00:00:00+03:00", rows{
			{"2026-04-23", int64(96)}, {"2026-04-24", int64(92)},
		}},
		{"a date that never was", "Pacific/Apia", "", "day", "2011-12-29T00:00:00-10:00", "2012-01-01T00:00:00+14:00", rows{
			{"2011-12-29", int64(96)}, {"2011-12-31", int64(96)},
		}},
		{"weeks begin on Monday", "UTC", "", "week", "2026-06-30T00:00:00Z", "2026-07-07T00:00:00Z", rows{
			{"2026-06-29", int64(6 * 96)}, {"2026-07-06", int64(96)},
		}},
		{"months and years", "America/New_York", "", "month", "2026-02-28T00:00:00-05:00", "2026-03-02T00:00:00-05:00", rows{
			{"2026-02", int64(96)}, {"2026-03", int64(96)},
		}},
		{"years", "America/New_York", "UTC", "year", "2025-12-31T00:00:00-05:00", "2026-01-01T00:00:00-05:00", rows{
			{"2025", int64(76)}, {"2026", int64(20)},
		}},
		{"hours of the day of other days than the site's", "Europe/Berlin", "America/New_York", "hour_of_day", "2026-10-25T00:00:00+02:00", "2026-10-25T03:00:00+01:00", rows{
			{int64(18), int64(4)}, {int64(19), int64(4)}, {int64(20), int64(4)}, {int64(21), int64(4)},
		}},
		{"weekdays, Monday first", "UTC", "", "weekday", "2026-07-04T12:00:00Z", "2026-07-06T12:00:00Z", rows{
			{int64(1), int64(48)}, {int64(6), int64(48)}, {int64(7), int64(96)},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := bucketsOf(t, newSite(t, 1, test.site), test.zone, test.by, test.from, test.to)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A site that moves from Berlin to New York has a long day, and the buckets of
// its own zone follow it.
func TestBucketsFollowAChangedZone(t *testing.T) {
	site := newSite(t, 1, "Europe/Berlin")
	var err error
	if site.Zones, err = site.Rezone("America/New_York", moment(t, "2026-07-10T10:00:00Z")); err != nil {
		t.Fatal(err)
	}
	if err := site.Load(); err != nil {
		t.Fatal(err)
	}
	from, to := "2026-07-10T00:00:00+02:00", "2026-07-13T00:00:00-04:00"
	days := bucketsOf(t, site, "", "day", from, to)
	if diff := cmp.Diff([][]any{{"2026-07-10", int64(96)}, {"2026-07-11", int64(120)}, {"2026-07-12", int64(96)}}, days); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	hours := bucketsOf(t, site, "", "hour", "2026-07-10T22:00:00+02:00", "2026-07-10T20:00:00-04:00")
	want := [][]any{
		{"2026-07-10T22:00:00+02:00", int64(4)}, {"2026-07-10T23:00:00+02:00", int64(4)},
		{"2026-07-10T18:00:00-04:00", int64(4)}, {"2026-07-10T19:00:00-04:00", int64(4)},
	}
	if diff := cmp.Diff(want, hours); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The same person in the evening, after midnight and in the afternoon.
func TestVisitorsBelongToTheirSiteDay(t *testing.T) {
	for _, test := range []struct{ name, zone, first, second string }{
		{"a day of 24 hours", "Europe/Berlin", "2026-07-01T23:50:00+02:00", "2026-07-02T00:10:00+02:00"},
		{"after a day of 23", "Europe/Berlin", "2026-03-29T23:50:00+02:00", "2026-03-30T00:10:00+02:00"},
		{"after a day of 25", "America/New_York", "2026-11-01T23:50:00-05:00", "2026-11-02T00:10:00-05:00"},
	} {
		t.Run(test.name, func(t *testing.T) {
			site := newSite(t, 1, test.zone)
			var events []holdfast.Event
			first, second := moment(t, test.first), moment(t, test.second)
			for _, at := range []holdfast.Millis{first, second, second + 18*hour} {
				events = append(events, holdfast.Event{Site: 1, Day: site.Day(at), Time: at, Name: "pageview", Visitor: holdfast.DeclaredVisitor(7)})
			}
			store := &querytest.Store{Sites: []*holdfast.Site{site}, Now: second + 40*hour, Days: querytest.One(events)}
			q := holdfast.Question{Site: site.Name, From: first - 24*hour, To: second + 24*hour, Metrics: metrics(t, "visitors,declared_visitors,peak_visitors,visits,views")}
			got := ask(t, query.New(store, query.Options{}), q)[0]
			if diff := cmp.Diff([][]any{{int64(2), int64(1), int64(1), int64(3), int64(3)}}, got.Rows); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff([]string{"visitors are counted per day"}, got.Coverage.Notes); diff != "" {
				t.Errorf("notes: %s", diff)
			}
		})
	}
}
