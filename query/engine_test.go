package query_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast"
	"holdfast/keep/rows"
	"holdfast/query"
	"holdfast/query/querytest"
)

const hour = holdfast.Millis(3600_000)

func newSite(tb testing.TB, id holdfast.SiteID, zone string) *holdfast.Site {
	tb.Helper()
	site, err := holdfast.NewSite(id, fmt.Sprintf("shop%d.example.com", id), zone, 0)
	if err != nil {
		tb.Fatal(err)
	}
	return site
}

func moment(tb testing.TB, text string) holdfast.Millis {
	tb.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		tb.Fatal(err)
	}
	return holdfast.MillisOf(at)
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// randomEvents returns n events of a site between two moments, with few
// different values so that they meet in groups, and times that often coincide.
func randomEvents(r *rand.Rand, site *holdfast.Site, from, to holdfast.Millis, n int) []holdfast.Event {
	var events []holdfast.Event
	step := pick(r, 1, hour/60, hour/4)
	for range n {
		e := holdfast.Event{
			Site: site.ID, Time: from + holdfast.Millis(r.Int64N(int64((to-from)/step)))*step,
			Name: pick(r, "pageview", "pageview", "pageview", "engagement", "purchase", "signup"),
			Path: pick(r, "/", "/a", "/b", "/admin/x"), Source: pick(r, "", "Google", "Bing", "It's"),
			Country: pick(r, "", "DE", "FR"), UTM: holdfast.UTM{Campaign: pick(r, "", "spring")},
			Scroll: pick(r, holdfast.NoScroll, 0, 50, 100), Interactive: r.IntN(2) == 0,
			Flag: pick(r, holdfast.Counted, holdfast.Counted, holdfast.Counted, holdfast.FlagBot, holdfast.FlagSpam),
		}
		e.Day = site.Day(e.Time)
		e.Received = e.Time + holdfast.Millis(r.IntN(5000))
		switch r.IntN(4) {
		case 0:
		case 1:
			e.Visitor = holdfast.VisitorID(1 + r.IntN(4))
		case 2:
			e.Visitor = holdfast.HashedVisitor(uint64(r.IntN(4)))
		case 3:
			e.Visitor = holdfast.DeclaredVisitor(uint64(r.IntN(3)))
		}
		if r.IntN(6) == 0 {
			e.Visit = holdfast.VisitID(1 + r.IntN(3))
		}
		if e.Name == "engagement" {
			e.Engaged = int32(r.IntN(3) * 1000)
		}
		if e.Name == "purchase" {
			e.Value, e.Currency = int64(r.IntN(5000)-1000), pick(r, "EUR", "EUR", "USD")
		}
		e.Props = randomProps(r)
		events = append(events, e)
	}
	return events
}

func randomProps(r *rand.Rand) []holdfast.Prop {
	var props []holdfast.Prop
	switch r.IntN(6) {
	case 0:
		props = append(props, holdfast.Prop{Key: "colour", Kind: holdfast.PropString, Str: pick(r, "red", "blue", "")})
	case 1:
		props = append(props, holdfast.Prop{Key: "colour", Kind: holdfast.PropBool, Bool: r.IntN(2) == 0})
	}
	switch r.IntN(5) {
	case 0:
		props = append(props, holdfast.Prop{Key: "price", Kind: holdfast.PropInt, Int: pick[int64](r, 5, 7, -3, 1<<62)})
	case 1:
		props = append(props, holdfast.Prop{Key: "price", Kind: holdfast.PropFloat, Float: pick(r, 0.1, 0.2, 1e16, -1e16, 5, 12.99)})
	case 2:
		props = append(props, holdfast.Prop{Key: "price", Kind: holdfast.PropString, Str: "12"})
	}
	return props
}

var (
	someFilters = []string{
		"source = 'Google'", "not path contains '/admin'", "source != 'Google' and path = '/a'",
		"path in ('/a', '/b') or country = 'DE'", "path matches '^/[ab]$'", "not (source exists or utm_campaign exists)",
		"entry.path = '/a'", "exit.source = 'Bing'", "prop.price = '5'", "prop.colour exists", "flag = 'bot'",
		"flag != ''", "hour_of_day in ('1','2','3')", "weekday = '7'", "interactive = 'true'", "scroll = '50'",
		"name = 'purchase'", "name != 'purchase' and name contains 'p' and path = '/'", "value exists", "engaged exists",
		"false", "true",
	}
	someMetrics = []string{
		"views", "events", "visitors", "declared_visitors", "visits", "bounce_rate", "visit_duration", "views_per_visit",
		"entries", "exits", "count(source)", "count(prop.colour)", "count(prop.price)", "count(value)", "sum(value)",
		"mean(value)", "min(value)", "max(value)", "sum(prop.price)", "mean(prop.price)", "min(prop.price)",
		"max(prop.price)", "distinct(path)", "distinct(prop.price)", "distinct(entry.path)", "sum(engaged)",
		"mean(scroll)", "count(flag)", "min(scroll)", "distinct(flag)", "count(scroll)",
	}
	someDimensions = []holdfast.Dimension{
		"source", "path", "country", "name", "flag", "entry.path", "exit.source", "prop.colour", "prop.price",
		"interactive", "scroll", "value", "engaged", "currency", "minute", "hour", "day", "week", "month", "year",
		"hour_of_day", "weekday",
	}
)

func filter(tb testing.TB, text string) *holdfast.Filter {
	tb.Helper()
	f, err := query.ParseFilter(text)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func metrics(tb testing.TB, text string) []holdfast.Metric {
	tb.Helper()
	m, err := query.ParseMetrics(text)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// randomQuestion returns a question of at most dims dimensions.
func randomQuestion(tb testing.TB, r *rand.Rand, site *holdfast.Site, from, to holdfast.Millis) holdfast.Question {
	q := holdfast.Question{Site: site.Name, From: from, To: to, Limit: 1000, Zone: pick(r, "", "", "UTC", "Europe/Berlin", "Asia/Kolkata")}
	if r.IntN(2) == 0 {
		q.From += holdfast.Millis(r.IntN(20)) * hour
		q.To = max(q.From+1, q.To-holdfast.Millis(r.IntN(20))*hour/2)
	}
	for range r.IntN(4) {
		if d := pick(r, someDimensions...); !slices.Contains(q.By, d) && d != "minute" {
			q.By = append(q.By, d)
		}
	}
	if len(q.By) == 0 && r.IntN(4) == 0 {
		q.By, q.To = []holdfast.Dimension{"minute"}, q.From+2*hour
		q.Zone = ""
	}
	if r.IntN(2) == 0 {
		q.Where = filter(tb, pick(r, someFilters...))
	}
	for i := range 1 + r.IntN(5) {
		m := metrics(tb, pick(r, someMetrics...))[0]
		if r.IntN(3) == 0 {
			m.Where = filter(tb, pick(r, someFilters...))
		}
		m.As = fmt.Sprint("m", i)
		q.Metrics = append(q.Metrics, m)
	}
	if r.IntN(3) == 0 {
		q.Order = []holdfast.Order{{Column: pick(r, q.Metrics...).As, Desc: r.IntN(2) == 0}}
		if len(q.By) > 0 && r.IntN(2) == 0 {
			q.Order = []holdfast.Order{{Column: string(pick(r, q.By...)), Desc: r.IntN(2) == 0}}
		}
	}
	if len(q.By) > 0 && r.IntN(3) == 0 {
		q.Limit, q.Other = 1+r.IntN(4), r.IntN(2) == 0
	}
	return q
}

func ask(tb testing.TB, store query.Store, o query.Options, questions ...holdfast.Question) []holdfast.Answer {
	tb.Helper()
	answers, err := query.New(store, o).Ask(tb.Context(), questions...)
	if err != nil {
		tb.Fatalf("%v\n%s", err, asJSON(questions))
	}
	return answers
}

func asJSON(v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		panic(err)
	}
	return string(b)
}

// What the engine answers agrees with an independent count, and is the same
// to the byte however the events lie.
func TestAnswersAgreeWithAPlainCount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		zone := pick(r, "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Cairo")
		site, other := newSite(t, 1, zone), newSite(t, 2, "UTC")
		start := site.Day(moment(t, pick(r, "2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z", "2026-07-30T12:00:00Z", "2026-11-01T12:00:00Z")))
		from, _ := site.Bounds(start)
		to, _ := site.Bounds(start + holdfast.Day(1+r.IntN(4)))
		n := rapid.IntRange(0, 150).Draw(rt, "events")
		events := slices.Concat(randomEvents(r, site, from-2*hour, to+2*hour, n), randomEvents(r, other, from, to, n/3))

		var questions []holdfast.Question
		for range 1 + r.IntN(6) {
			questions = append(questions, randomQuestion(t, r, site, from, to))
		}
		p := newPlain(site, events)
		var first string
		for i := range 3 {
			store := &querytest.Store{Sites: []*holdfast.Site{site, other}, Now: to + 100*hour, Days: querytest.Split(events, r)}
			if i == 0 {
				store.Days = querytest.One(events)
			}
			if r.IntN(2) == 0 {
				tallied := slices.DeleteFunc(slices.Clone(store.Days), func(d rows.SiteDay) bool { return d.Site != site.ID })
				querytest.WithTallies(tallied, site)
				store.Days = tallied
			}
			answers := ask(t, store, query.Options{Workers: 1 + r.IntN(3)}, questions...)
			if text := asJSON(answers); first == "" {
				first = text
			} else if diff := cmp.Diff(first, text); diff != "" {
				rt.Fatalf("another split answers otherwise (-one +split):\n%s\n%s", diff, asJSON(questions))
			}
			for j, q := range questions {
				want, truncated := p.answer(q)
				if want == nil {
					want = [][]any{}
				}
				if diff := cmp.Diff(want, answers[j].Rows); diff != "" {
					rt.Fatalf("split %d (-plain +engine):\n%s\n%s", i, diff, asJSON(q))
				}
				if answers[j].Truncated != truncated {
					rt.Fatalf("truncated is %v", answers[j].Truncated)
				}
			}
		}
	})
}
