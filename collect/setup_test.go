package collect_test

import (
	"net/netip"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
	"holdfast/collect/collecttest"
)

// noon is when the tests take place.
var noon = time.Date(2026, 7, 31, 12, 0, 0, 0, time.UTC)

// setup is a collector and all around it.
type setup struct {
	*collect.Collector
	sites collecttest.Sites
	salts *collecttest.Salts
	books *collecttest.Books
	sink  *collecttest.Sink
	now   time.Time
}

func newSetup(tb testing.TB, change ...func(*collect.Options)) *setup {
	tb.Helper()
	s := &setup{
		sites: collecttest.NewSites(tb, "Europe/Berlin", "shop.example.com", "other.example.org"),
		salts: &collecttest.Salts{Dead: map[collecttest.SiteDay]bool{}},
		books: &collecttest.Books{},
		sink:  &collecttest.Sink{},
		now:   noon,
	}
	o := collect.Options{
		Sites: s.sites, Salts: s.salts, Hasher: collecttest.Hasher{}, Books: s.books,
		Classifier: classify.New(), Sink: s.sink, Now: func() time.Time { return s.now },
	}
	for _, c := range change {
		c(&o)
	}
	s.Collector = collect.New(o)
	return s
}

func keyFor(scopes ...holdfast.Scope) *holdfast.Key { return &holdfast.Key{ID: "k", Scopes: scopes} }

// collectKey is what most events come with.
var collectKey = collect.Terms{Door: holdfast.DoorAPI, Key: keyFor(holdfast.ScopeCollect)}

// page is the simplest good event, changed.
func page(change ...func(*collect.Input)) collect.Input {
	in := collect.Input{Site: "shop.example.com", Name: "pageview", URL: "https://shop.example.com/"}
	for _, c := range change {
		c(&in)
	}
	return in
}

// one collects a single event and returns what the sink got.
func (s *setup) one(tb testing.TB, terms collect.Terms, in collect.Input) holdfast.Event {
	tb.Helper()
	return s.all(tb, terms, in)[0]
}

func (s *setup) all(tb testing.TB, terms collect.Terms, ins ...collect.Input) []holdfast.Event {
	tb.Helper()
	before := len(s.sink.Events())
	b := s.Batch(terms)
	defer b.Close()
	for i := range ins {
		if err := b.Add(&ins[i]); err != nil {
			tb.Fatalf("add event %d: %v", i, err)
		}
	}
	if _, err := b.Accept(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s.sink.Events()[before:]
}

// refused adds an event that must be refused, and returns why.
func (s *setup) refused(tb testing.TB, terms collect.Terms, in collect.Input) error {
	tb.Helper()
	b := s.Batch(terms)
	defer b.Close()
	err := b.Add(&in)
	if err == nil {
		tb.Fatal("it was not refused")
	}
	if b.Len() != 0 {
		tb.Error("it is in the batch all the same")
	}
	return err
}

var berlin = netip.MustParseAddr("203.0.113.7")
