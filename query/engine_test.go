package query_test

import (
	"context"
	"encoding/json"
	"errors"
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
		if e.Country != "" {
			e.CountryBy = pick(r, "", holdfast.CountryByFile, holdfast.CountryByZone, holdfast.CountryByZone)
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
		"country = 'DE'", "country_by = 'zone'", "country exists and country_by != 'zone'", "false", "true",
	}
	someMetrics = []string{
		"views", "events", "visitors", "declared_visitors", "peak_visitors", "peak_networks", "visits", "bounce_rate", "visit_duration", "views_per_visit",
		"entries", "exits", "count(source)", "count(prop.colour)", "count(prop.price)", "count(value)", "sum(value)",
		"mean(value)", "min(value)", "max(value)", "sum(prop.price)", "mean(prop.price)", "min(prop.price)",
		"max(prop.price)", "distinct(path)", "distinct(prop.price)", "distinct(entry.path)", "sum(engaged)",
		"mean(scroll)", "count(flag)", "min(scroll)", "distinct(flag)", "count(scroll)",
		"count(visitor)", "count(visitor where name = 'purchase')", "conversions(name = 'purchase')",
		"conversion_rate(name = 'purchase')", "conversion_rate(path = '/a' and flag = 'bot')",
	}
	someDimensions = []holdfast.Dimension{
		"source", "path", "country", "country", "country_by", "name", "flag", "entry.path", "exit.source", "prop.colour", "prop.price",
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

func ask(tb testing.TB, e *query.Engine, questions ...holdfast.Question) []holdfast.Answer {
	tb.Helper()
	answers, err := e.Ask(tb.Context(), questions...)
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
				querytest.WithTalliesOf(tallied, site, pick(r, 0, 0, hour/2, hour, -hour/2, -hour))
				store.Days = tallied
			}
			engine := query.New(store, query.Options{Workers: 1 + r.IntN(3)})
			if i > 0 {
				engine.Tune(pick(r, 1, 7, 64, 100), pick(r, 0, 1<<16), pick[uint64](r, 1, 10, 1<<31), pick[uint64](r, 0, 100, 1<<25))
			}
			answers := ask(t, engine, questions...)
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
				if diff := p.differentEstimates(q, &answers[j]); diff != "" {
					rt.Fatalf("split %d, estimates (-plain +engine):\n%s\n%s", i, diff, asJSON(q))
				}
				if answers[j].Truncated != truncated {
					rt.Fatalf("truncated is %v", answers[j].Truncated)
				}
			}
		}
	})
}

func TestASitesQuestionsShareOneScan(t *testing.T) {
	store := shop(t)
	q := holdfast.Question{Site: "shop1.example.com", From: moment(t, "2026-10-24T00:00:00+02:00"), To: store.Now}
	var questions []holdfast.Question
	for _, by := range someDimensions {
		one := q
		one.By, one.Metrics = []holdfast.Dimension{by}, metrics(t, "views,visitors,visits")
		if by == "minute" {
			one.From = one.To - hour
		}
		questions = append(questions, one)
	}
	engine := query.New(store, query.Options{})
	together := ask(t, engine, questions...)
	for i, one := range questions {
		if diff := cmp.Diff(ask(t, engine, one)[0], together[i]); diff != "" {
			t.Errorf("by %s: (-alone +together)\n%s", one.By, diff)
		}
	}
}

func TestBadQuestionsAmongSeveralAreNamed(t *testing.T) {
	store := shop(t)
	good := holdfast.Question{Site: "shop1.example.com", To: store.Now, From: store.Now - hour, Metrics: metrics(t, "views")}
	for _, test := range []struct {
		name, want string
		spoil      func(q *holdfast.Question)
	}{
		{"an empty range", "questions[1].to: the range ends before it begins, or is empty", func(q *holdfast.Question) { q.To = q.From }},
		{"a long range", "questions[1].to: more than 100 years", func(q *holdfast.Question) { q.From -= 101 * 366 * 24 * hour }},
		{"no moment of a calendar", "questions[1].to: beyond the years 1 to 9999", func(q *holdfast.Question) { q.To = 1 << 60 }},
		{"an unknown metric", `questions[1].metrics: there is no metric "bounces"`, func(q *holdfast.Question) { q.Metrics[0].Func = "bounces" }},
		{"an unknown dimension", `questions[1].by: there is no column "utm_campain"; did you mean utm_campaign?`, func(q *holdfast.Question) { q.By = []holdfast.Dimension{"utm_campain"} }},
		{"an operator nobody knows", `questions[1].where: there is no operator "contain"; did you mean contains?`, func(q *holdfast.Question) {
			q.Where = &holdfast.Filter{Op: "contain", Column: "path", Values: []string{"x"}}
		}},
		{"a comparison with nothing", "questions[1].where: path is wants one value, not 0", func(q *holdfast.Question) { q.Where = &holdfast.Filter{Op: holdfast.Is, Column: "path"} }},
		{"not of nothing", "questions[1].where: not wants one condition, not 0", func(q *holdfast.Question) { q.Where = &holdfast.Filter{Op: holdfast.Not} }},
		{"a joint with a column", "questions[1].where: and joins conditions and has no column and no values of its own", func(q *holdfast.Question) {
			q.Where = &holdfast.Filter{Op: holdfast.And, Column: "path"}
		}},
		{"a filter of a metric", `questions[1].metrics: there is no column "pth"; did you mean path?`, func(q *holdfast.Question) { q.Metrics[0].Where = &holdfast.Filter{Op: holdfast.Exists, Column: "pth"} }},
		{"many dimensions", "questions[1].by: more than 8 dimensions", func(q *holdfast.Question) { q.By = someDimensions[:9] }},
		{"many metrics", "questions[1].metrics: more than 32", func(q *holdfast.Question) { q.Metrics = make([]holdfast.Metric, 33) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			bad := good
			bad.Metrics = slices.Clone(good.Metrics)
			test.spoil(&bad)
			_, err := query.New(store, query.Options{}).Ask(t.Context(), good, bad)
			var field *holdfast.FieldError
			if !errors.As(err, &field) || err.Error() != test.want {
				t.Errorf("error is\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}

func TestAskStopsWhenNobodyWaits(t *testing.T) {
	store := shop(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, kind := range []holdfast.Kind{holdfast.Values, holdfast.Rows} {
		_, err := query.New(store, query.Options{}).Ask(ctx, holdfast.Question{
			Site: "shop1.example.com", To: store.Now, From: store.Now - 100*hour, Kind: kind, By: []holdfast.Dimension{"path"},
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error is %v", kind, err)
		}
	}
}

func TestAQuestionMayNotCostTooMuch(t *testing.T) {
	site := newSite(t, 1, "UTC")
	from := moment(t, "2026-07-01T00:00:00Z")
	var events []holdfast.Event
	for i := range 5000 {
		at := from + holdfast.Millis(i)*hour/100
		events = append(events, holdfast.Event{
			Site: 1, Time: at, Day: site.Day(at), Name: "pageview", Path: fmt.Sprint("/", i), Title: fmt.Sprint(i % 70), City: fmt.Sprint(i % 60),
			Visitor: holdfast.DeclaredVisitor(uint64(i)),
		})
	}
	store := &querytest.Store{Sites: []*holdfast.Site{site}, Now: from + 100*hour, Days: querytest.One(events)}
	for _, test := range []struct {
		name, metrics, want string
		by                  []holdfast.Dimension
	}{
		{"groups", "views", "ask about shop1.example.com: by: more than 100 groups; ask about less time, or fewer dimensions", []holdfast.Dimension{"path"}},
		{"groups of several dimensions", "views", "ask about shop1.example.com: by: more than 100 groups in a day; ask about less time, or fewer dimensions", []holdfast.Dimension{"title", "city", "path"}},
		{"values", "distinct(path)", "ask about shop1.example.com: by: more than 400 different values; ask about less time, or fewer dimensions", nil},
		{"visitors", "declared_visitors", "ask about shop1.example.com: by: more than 400 different values; ask about less time, or fewer dimensions", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := query.New(store, query.Options{MaxGroups: 100}).Ask(t.Context(), holdfast.Question{
				Site: site.Name, From: from, To: store.Now, By: test.by, Metrics: metrics(t, test.metrics),
			})
			var field *holdfast.FieldError
			if !errors.As(err, &field) || err.Error() != test.want {
				t.Errorf("error is\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}

func TestRowsAndValuesAgreeWithAPlainList(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		site := newSite(t, 1, "Europe/Berlin")
		from, to := moment(t, "2026-10-24T00:00:00+02:00"), moment(t, "2026-10-27T00:00:00+01:00")
		events := randomEvents(r, site, from, to, rapid.IntRange(0, 200).Draw(rt, "events"))
		p := newPlain(site, events)
		store := &querytest.Store{Sites: []*holdfast.Site{site}, Now: to + 100*hour, Days: querytest.Split(events, r)}
		engine := query.New(store, query.Options{}).Tune(pick(r, 1, 7, 100), 1<<16, 1<<31, 1<<25)
		q := holdfast.Question{Site: site.Name, From: from + holdfast.Millis(r.IntN(30))*hour, To: to, Limit: 1 + r.IntN(100)}
		if r.IntN(2) == 0 {
			q.Where = filter(t, pick(r, someFilters...))
		}
		asked, values := q, q
		asked.Kind, asked.By = holdfast.Rows, []holdfast.Dimension{"time", "name", "path", "source", "prop.price", "prop.colour", "value", "scroll", "hour", "weekday", "flag"}
		values.Kind, values.By = holdfast.Values, []holdfast.Dimension{pick(r, someDimensions...)}
		answers := ask(t, engine, asked, values)
		for i, want := range [][][]any{p.rows(asked), p.values(values)} {
			if want == nil {
				want = [][]any{}
			}
			if diff := cmp.Diff(want, answers[i].Rows); diff != "" {
				rt.Fatalf("-plain +engine:\n%s\n%s", diff, asJSON([]holdfast.Question{asked, values}[i]))
			}
		}
	})
}

// A sender that dates nothing gives all its events the moment they came. Of many
// of one moment those are given that come first by what is shown of them.
func TestRowsOfOneMomentAreSortedByWhatIsShown(t *testing.T) {
	site := newSite(t, 1, "UTC")
	at := moment(t, "2026-07-01T12:00:00Z")
	var events []holdfast.Event
	for i := range 20_000 {
		e := holdfast.Event{Site: 1, Time: at, Day: site.Day(at), Name: "pageview", Path: fmt.Sprintf("/%05d", i*7919%20_000)}
		if i == 77 {
			e.Time++
		}
		events = append(events, e)
	}
	store := &querytest.Store{Sites: []*holdfast.Site{site}, Now: at + hour, Days: querytest.One(events)}
	answer := ask(t, query.New(store, query.Options{}), holdfast.Question{
		Site: site.Name, From: at, To: at + hour, Kind: holdfast.Rows, By: []holdfast.Dimension{"path"}, Limit: 4,
	})[0]
	want := [][]any{{fmt.Sprintf("/%05d", 77*7919%20_000)}, {"/00000"}, {"/00001"}, {"/00002"}}
	if diff := cmp.Diff(want, answer.Rows); diff != "" || !answer.Truncated {
		t.Errorf("truncated %v, rows (-want +got):\n%s", answer.Truncated, diff)
	}
}
