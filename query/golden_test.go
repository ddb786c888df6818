package query_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/query"
	"holdfast/query/querytest"
)

var update = flag.Bool("update", false, "write what is answered into the golden files")

// The golden files hold questions, as lines of a word and a text, each with
// its answer after a line of dashes. A reviewer reads the difference.

func TestGoldenAnswers(t *testing.T) {
	store := shop(t)
	golden(t, "testdata/answers.txt", func(q holdfast.Question) string {
		answers, err := query.New(store, query.Options{}).Ask(t.Context(), q)
		if err != nil {
			return "error: " + err.Error() + "\n"
		}
		return answerText(answers[0])
	})
}

func TestGoldenPlans(t *testing.T) {
	store := shop(t)
	golden(t, "testdata/plans.txt", func(q holdfast.Question) string {
		plans, err := query.New(store, query.Options{}).Explain(q)
		if err != nil {
			return "error: " + err.Error() + "\n"
		}
		return plans[0]
	})
}

// shop returns a small shop in Berlin, with two days around the end of summer
// time, a gap in its records and a present.
func shop(tb testing.TB) *querytest.Store {
	site := newSite(tb, 1, "Europe/Berlin")
	at := func(clock string) holdfast.Millis { return moment(tb, "2026-10-"+clock) }
	var events []holdfast.Event
	add := func(clock string, visitor holdfast.VisitorID, name, path, source string, more ...func(*holdfast.Event)) {
		e := holdfast.Event{
			Site: 1, Time: at(clock), Visitor: visitor, Name: name, Path: path, Source: source,
			Scroll: holdfast.NoScroll, Country: "DE", Door: holdfast.DoorAPI, Origin: holdfast.Collected,
		}
		e.Day, e.Received = site.Day(e.Time), e.Time+250
		for _, m := range more {
			m(&e)
		}
		events = append(events, e)
	}
	price := func(amount int64, currency string, price float64) func(*holdfast.Event) {
		return func(e *holdfast.Event) {
			e.Value, e.Currency, e.Interactive = amount, currency, true
			e.Props = []holdfast.Prop{
				{Key: "price", Kind: holdfast.PropFloat, Float: price},
				{Key: "odd key", Kind: holdfast.PropString, Str: "it's"},
			}
		}
	}
	bot := func(e *holdfast.Event) { e.Flag, e.Country = holdfast.FlagBot, "US" }
	anna, ben, clara := holdfast.HashedVisitor(1), holdfast.HashedVisitor(2), holdfast.DeclaredVisitor(3)
	add("24T10:00:00+02:00", anna, "pageview", "/", "Google")
	add("24T10:05:00+02:00", anna, "pageview", "/deal", "")
	add("24T10:05:30+02:00", anna, "engagement", "/deal", "", func(e *holdfast.Event) { e.Engaged, e.Scroll = 21_000, 80 })
	add("24T10:06:00+02:00", anna, "purchase", "/deal", "", price(1999, "EUR", 19.99))
	add("24T10:36:00+02:00", anna, "pageview", "/", "Bing") // half an hour later: another visit
	add("24T12:00:00+02:00", ben, "pageview", "/deal", "Google")
	add("24T23:59:59+02:00", clara, "pageview", "/", "")
	add("25T00:10:00+02:00", clara, "pageview", "/deal", "") // a new day: another visit
	add("25T02:30:00+02:00", ben, "pageview", "/", "Bing")
	add("25T02:30:00+01:00", ben, "purchase", "/deal", "Bing", price(500, "USD", 5))
	add("25T04:00:00+01:00", 0, "pageview", "/", "") // nobody
	add("25T04:01:00+01:00", anna, "pageview", "/admin/x", "", bot)
	add("25T18:00:00+01:00", anna, "pageview", "/", "Google")
	store := &querytest.Store{
		Sites: []*holdfast.Site{site}, Now: at("25T20:00:00+01:00"), Days: querytest.One(events),
		Gaps: []holdfast.Interval{
			{From: at("23T12:00:00+02:00"), To: at("23T13:00:00+02:00"), State: holdfast.Down},
			{From: at("24T10:30:00+02:00"), To: at("24T11:00:00+02:00"), State: holdfast.Partial},
			{From: at("24T14:00:00+02:00"), To: at("24T14:03:00+02:00"), State: holdfast.Down},
		},
	}
	querytest.WithTallies(store.Days, site)
	return store
}

// golden asks the questions of a file and compares what comes back.
func golden(t *testing.T, name string, answer func(holdfast.Question) string) {
	t.Helper()
	was, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var now strings.Builder
	for _, block := range strings.Split(strings.Trim(string(was), "\n"), "\n\n\n") {
		asked, _, _ := strings.Cut(block, "\n----")
		if now.Len() > 0 {
			now.WriteString("\n\n")
		}
		fmt.Fprintf(&now, "%s\n----\n", asked)
		q, err := readQuestion(asked)
		if err != nil {
			fmt.Fprintf(&now, "error: %v\n", err)
			continue
		}
		now.WriteString(answer(q))
	}
	if *update {
		if err := os.WriteFile(name, []byte(now.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(was), now.String()); diff != "" {
		t.Errorf("%s (-file +now; -update writes it):\n%s", name, diff)
	}
}

func readQuestion(text string) (q holdfast.Question, err error) {
	q.Site = "shop1.example.com"
	period := "2026-10-24..2026-10-25"
	for _, line := range strings.Split(text, "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "#":
		case "site":
			q.Site = rest
		case "kind":
			q.Kind = holdfast.Kind(rest)
		case "metrics":
			q.Metrics, err = query.ParseMetrics(rest)
		case "by":
			q.By, err = query.ParseDimensions(rest)
		case "where":
			q.Where, err = query.ParseFilter(rest)
		case "order":
			q.Order, err = query.ParseOrders(rest)
		case "limit":
			q.Limit, err = strconv.Atoi(rest)
		case "other":
			q.Other = true
		case "zone":
			q.Zone = rest
		case "period":
			period = rest
		default:
			err = fmt.Errorf("golden file: %q", line)
		}
		if err != nil {
			return q, err
		}
	}
	site, err := holdfast.NewSite(1, "shop1.example.com", "Europe/Berlin", 0)
	if err != nil {
		return q, err
	}
	zone := q.Zone
	if _, err := holdfast.LoadZone(zone); err != nil {
		zone = "" // the engine is to say so
	}
	q.From, q.To, err = query.ParsePeriod(period, site, zone, 0)
	return q, err
}

func answerText(a holdfast.Answer) string {
	var b strings.Builder
	for i, c := range a.Columns {
		if i > 0 {
			b.WriteString(" | ")
		}
		b.WriteString(c.Name)
		if c.Unit != "" {
			fmt.Fprintf(&b, " [%s]", c.Unit)
		}
	}
	b.WriteString("\n")
	atLeast := make(map[int]bool)
	for _, i := range a.AtLeast {
		atLeast[i] = true
	}
	for i, row := range a.Rows {
		for j, v := range row {
			if j > 0 {
				b.WriteString(" | ")
			}
			switch v := v.(type) {
			case nil:
				b.WriteString("null")
			case string:
				b.WriteString(strconv.Quote(v))
			default:
				fmt.Fprint(&b, v)
			}
		}
		if atLeast[i] {
			b.WriteString(" (at least)")
		}
		if a.OtherRow && i == len(a.Rows)-1 {
			b.WriteString(" (others)")
		}
		b.WriteString("\n")
	}
	if a.Truncated {
		b.WriteString("truncated\n")
	}
	fmt.Fprintf(&b, "coverage %s, %.4f\n", a.Coverage.State, a.Coverage.Ratio)
	for _, n := range a.Coverage.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}

// What is answered of the shop does not depend on how its events lie.
func TestGoldenAnswersInAnySplit(t *testing.T) {
	if *update {
		t.Skip("the golden files are written from one split")
	}
	site := newSite(t, 1, "Europe/Berlin")
	for seed := range uint64(20) {
		store := shop(t)
		store.Days = querytest.Split(querytest.EventsOf(store.Days), rand.New(rand.NewPCG(seed, 1)))
		querytest.WithTallies(store.Days, site)
		engine := query.New(store, query.Options{}).Tune(1+int(seed), 1<<16, 1<<31, 1<<25)
		golden(t, "testdata/answers.txt", func(q holdfast.Question) string {
			answers, err := engine.Ask(t.Context(), q)
			if err != nil {
				return "error: " + err.Error() + "\n"
			}
			return answerText(answers[0])
		})
	}
}
