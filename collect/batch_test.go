package collect_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/collecttest"
)

func TestEventIsWhole(t *testing.T) {
	s := newSetup(t)
	in := collect.Input{
		Site: "shop.example.com", Name: " purchase ", Title: "Thanks",
		URL:      "https://www.Shop.Example.com:443/order/%C3%A4 ?utm_source=newsletter&utm_medium=email&utm_campaign=July+sale&gclid=secret#done",
		Referrer: "https://Mail.google.com/x?y#z",
		ID:       "order-1", Address: berlin, UserAgent: chrome, Visit: "v1",
		Country: "de", Language: "de-DE", Screen: "1512x982",
		Props: []holdfast.Prop{{Key: "size", Kind: holdfast.PropInt, Int: 7}, {Key: "colour", Kind: holdfast.PropString, Str: "red"}},
		Value: 1999, Currency: "eur", Sent: collect.SentValue,
	}
	got := s.one(t, collectKey, in)
	if !got.Visitor.Hashed() {
		t.Errorf("visitor %x is not a hash", got.Visitor)
	}
	got.Visitor = 0
	now := holdfast.MillisOf(noon)
	want := holdfast.Event{
		Site: 1, Day: holdfast.DayOf(2026, 7, 31), Time: now, Received: now,
		Name: "purchase", Host: "shop.example.com", Path: "/order/ä", Title: "Thanks",
		Referrer: "https://Mail.google.com/x?y", Source: "newsletter", Channel: "Email",
		UTM:   holdfast.UTM{Source: "newsletter", Medium: "email", Campaign: "July sale"},
		Click: "gclid", Country: "DE", Language: "de-de", Screen: "desktop",
		Device: "desktop", Browser: "Chrome", OS: "macOS", UserAgent: chrome,
		Visit: collecttest.Hasher{}.Visit(1, "v1"), Interactive: true, Scroll: holdfast.NoScroll,
		Props: []holdfast.Prop{{Key: "colour", Kind: holdfast.PropString, Str: "red"}, {Key: "size", Kind: holdfast.PropInt, Int: 7}},
		Value: 1999, Currency: "EUR", ID: collecttest.Hasher{}.EventID(1, "order-1"),
		Door: holdfast.DoorAPI, Origin: holdfast.Collected,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const chrome = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36"

func TestBatchKeepsNoViews(t *testing.T) {
	s := newSetup(t)
	buffer := []byte("/path-in-a-buffer")
	in := page(func(in *collect.Input) { in.URL = "https://shop.example.com" + string(buffer) })
	title := []byte("a title")
	in.Title = string(title)
	e := s.one(t, collectKey, in)
	if e.Path != "/path-in-a-buffer" || e.Title != "a title" {
		t.Errorf("got %q, %q", e.Path, e.Title)
	}
}

func TestRefusals(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	engagement := func(in *collect.Input) { in.Name = holdfast.Engagement }
	purchase := func(in *collect.Input) { in.Name, in.Sent, in.Value = "purchase", collect.SentValue, 5 }
	cases := []struct {
		name   string
		change func(*collect.Input)
		field  string
		reason holdfast.Reason
	}{
		{"without a site", func(in *collect.Input) { in.Site = "" }, "site", holdfast.RefusedMalformed},
		{"of an unknown site", func(in *collect.Input) { in.Site = "nowhere.example" }, "site", holdfast.RefusedNoSite},
		{"of a site with an endless name", func(in *collect.Input) { in.Site = long(300) }, "site", holdfast.RefusedNoSite},
		{"without a name", func(in *collect.Input) { in.Name = " " }, "name", holdfast.RefusedMalformed},
		{"with a long name", func(in *collect.Input) { in.Name = long(121) }, "name", holdfast.RefusedTooLarge},
		{"without a url", func(in *collect.Input) { in.URL = "" }, "url", holdfast.RefusedMalformed},
		{"with a long url", func(in *collect.Input) { in.URL = "https://shop.example.com/" + long(2000) }, "url", holdfast.RefusedTooLarge},
		{"with words for a url", func(in *collect.Input) { in.URL = "the start page" }, "url", holdfast.RefusedMalformed},
		{"with a url without a scheme", func(in *collect.Input) { in.URL = "//shop.example.com/" }, "url", holdfast.RefusedMalformed},
		{"with a url without a host", func(in *collect.Input) { in.URL = "https:///path" }, "url", holdfast.RefusedMalformed},
		{"with a data url", func(in *collect.Input) { in.URL = "data:text/html,hello" }, "url", holdfast.RefusedMalformed},
		{"with a script for a url", func(in *collect.Input) { in.URL = "JavaScript:alert(1)" }, "url", holdfast.RefusedMalformed},
		{"with a host that has spaces", func(in *collect.Input) { in.URL = "https://a b/" }, "url", holdfast.RefusedMalformed},
		{"with a port that is none", func(in *collect.Input) { in.URL = "https://a.example:x/" }, "url", holdfast.RefusedMalformed},
		{"with a long id", func(in *collect.Input) { in.ID = long(65) }, "id", holdfast.RefusedTooLarge},
		{"with a long visitor", func(in *collect.Input) { in.Visitor = long(65) }, "visitor", holdfast.RefusedTooLarge},
		{"with a long member", func(in *collect.Input) { in.Member = long(65) }, "member", holdfast.RefusedTooLarge},
		{"with a long visit", func(in *collect.Input) { in.Visit = long(65) }, "visit", holdfast.RefusedTooLarge},
		{"with a country's name", func(in *collect.Input) { in.Country = "Germany" }, "country", holdfast.RefusedMalformed},
		{"with digits for a country", func(in *collect.Input) { in.Country = "49" }, "country", holdfast.RefusedMalformed},
		{"with a list of languages", func(in *collect.Input) { in.Language = "de,en;q=0.9" }, "language", holdfast.RefusedMalformed},
		{"with an unknown class of screen", func(in *collect.Input) { in.Screen = "wide" }, "screen", holdfast.RefusedMalformed},
		{"with a screen of no width", func(in *collect.Input) { in.Screen = "0x10" }, "screen", holdfast.RefusedMalformed},
		{"with half a size of screen", func(in *collect.Input) { in.Screen = "10x" }, "screen", holdfast.RefusedMalformed},
		{"with an engagement of nothing", engagement, "engaged", holdfast.RefusedMalformed},
		{"with negative engagement", func(in *collect.Input) { engagement(in); in.Sent, in.Engaged = collect.SentEngaged, -1 }, "engaged", holdfast.RefusedMalformed},
		{"with more than a day of engagement", func(in *collect.Input) { engagement(in); in.Sent, in.Engaged = collect.SentEngaged, 86_400_001 }, "engaged", holdfast.RefusedMalformed},
		{"with engagement in a page view", func(in *collect.Input) { in.Sent = collect.SentEngaged }, "engaged", holdfast.RefusedMalformed},
		{"with scrolling in a page view", func(in *collect.Input) { in.Sent = collect.SentScroll }, "scroll", holdfast.RefusedMalformed},
		{"with more than a page scrolled", func(in *collect.Input) { engagement(in); in.Sent, in.Scroll = collect.SentScroll, 101 }, "scroll", holdfast.RefusedMalformed},
		{"with a value of no currency", purchase, "currency", holdfast.RefusedMalformed},
		{"with a sign for a currency", func(in *collect.Input) { purchase(in); in.Currency = "€" }, "currency", holdfast.RefusedMalformed},
		{"with a property without a name", func(in *collect.Input) { in.Props = []holdfast.Prop{{Key: " "}} }, "props", holdfast.RefusedMalformed},
		{"with a property twice", func(in *collect.Input) {
			in.Props = []holdfast.Prop{{Key: "b"}, {Key: "a"}, {Key: "b"}}
		}, "props.b", holdfast.RefusedMalformed},
		{"with a long value of a property", func(in *collect.Input) { in.Props = []holdfast.Prop{{Key: "a", Str: long(2001)}} }, "props.a", holdfast.RefusedTooLarge},
		{"with a long name of a property", func(in *collect.Input) { in.Props = []holdfast.Prop{{Key: long(301)}} }, "props." + long(40) + "…", holdfast.RefusedTooLarge},
		{"with too many properties", func(in *collect.Input) { in.Props = make([]holdfast.Prop, 31) }, "props", holdfast.RefusedTooLarge},
		{"with an infinite property", func(in *collect.Input) {
			in.Props = []holdfast.Prop{{Key: "a", Kind: holdfast.PropFloat, Float: math.Inf(1)}}
		}, "props.a", holdfast.RefusedMalformed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newSetup(t)
			err := s.refused(t, collectKey, page(c.change))
			var field *holdfast.FieldError
			if !errors.As(err, &field) || field.Field != c.field {
				t.Errorf("got %v, want an error of %s", err, c.field)
			}
			want := map[collecttest.Refusal]int64{{Site: 1, Reason: c.reason}: 1}
			if c.field == "site" {
				want = map[collecttest.Refusal]int64{{Reason: c.reason}: 1}
			}
			if diff := cmp.Diff(want, s.books.All()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestKeysAreForTheirSites(t *testing.T) {
	s := newSetup(t)
	mine := &holdfast.Key{Scopes: []holdfast.Scope{holdfast.ScopeCollect}, Sites: []holdfast.SiteID{2}}
	terms := collect.Terms{Door: holdfast.DoorAPI, Key: mine}
	there := s.refused(t, terms, page())
	nowhere := s.refused(t, terms, page(func(in *collect.Input) { in.Site = "nothing.example.com" }))
	if strings.ReplaceAll(there.Error(), "shop", "nothing") != nowhere.Error() {
		t.Errorf("a key for another site learns which sites exist: %q, %q", there, nowhere)
	}
	s.refused(t, collect.Terms{Key: keyFor(holdfast.ScopeRead)}, page())
	s.one(t, collect.Terms{Key: keyFor(holdfast.ScopeOwn)}, page())
	s.one(t, terms, page(func(in *collect.Input) { in.Site, in.URL = "WWW.other.example.org", "/" }))
}

func TestAFailingSinkIsInTheBooks(t *testing.T) {
	s := newSetup(t)
	s.sink.Fail(1, holdfast.ErrUnavailable)
	b := s.Batch(collectKey)
	for range 3 {
		in := page()
		if err := b.Add(&in); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Accept(t.Context()); !errors.Is(err, holdfast.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	b.Close()
	want := map[collecttest.Refusal]int64{{Site: 1, Reason: holdfast.RefusedUnavailable}: 3}
	if diff := cmp.Diff(want, s.books.All()); diff != "" {
		t.Error(diff)
	}
}

func TestEventsThatAreNotHandedOnAreInTheBooks(t *testing.T) {
	s := newSetup(t)
	b := s.Batch(collectKey)
	in := page()
	if err := b.Add(&in); err != nil {
		t.Fatal(err)
	}
	b.Close()
	again := s.Batch(collectKey)
	if again.Len() != 0 {
		t.Error("a batch begins with the events of another")
	}
	again.Close()
	want := map[collecttest.Refusal]int64{{Site: 1, Reason: holdfast.RefusedUnavailable}: 1}
	if diff := cmp.Diff(want, s.books.All()); diff != "" {
		t.Error(diff)
	}
}

func TestValuesBeyondTheBudgetCountAsMany(t *testing.T) {
	s := newSetup(t, func(o *collect.Options) { o.NewStringsPerHour = 2 })
	paths := func(terms collect.Terms) []string {
		var got []string
		for _, path := range []string{"/a", "/b", "/c", "/a", "/d"} {
			got = append(got, s.one(t, terms, page(func(in *collect.Input) { in.URL = path })).Path)
		}
		return got
	}
	if diff := cmp.Diff([]string{"/a", "/b", collect.Many, "/a", collect.Many}, paths(collectKey)); diff != "" {
		t.Error(diff)
	}
	imports := collect.Terms{Key: keyFor(holdfast.ScopeImport)}
	if diff := cmp.Diff([]string{"/a", "/b", "/c", "/a", "/d"}, paths(imports)); diff != "" {
		t.Error("imports have no budget:", diff)
	}
	props := func(key, value string) func(*collect.Input) {
		return func(in *collect.Input) {
			in.Name = "pageview"
			in.Props = []holdfast.Prop{{Key: key, Kind: holdfast.PropString, Str: value}, {Key: key + "2", Kind: holdfast.PropBool}}
		}
	}
	s.one(t, collectKey, page(props("k", "1")))
	got := s.one(t, collectKey, page(props("new", "x"))).Props
	if diff := cmp.Diff([]holdfast.Prop{{Key: collect.Many, Kind: holdfast.PropString, Str: collect.Many}}, got); diff != "" {
		t.Error("new names of properties:", diff)
	}
	s.now = noon.Add(3600e9)
	if got := s.one(t, collectKey, page(func(in *collect.Input) { in.URL = "/d" })).Path; got != "/d" {
		t.Errorf("an hour later %s is %s", "/d", got)
	}
}

func TestASiteHasABudgetOfBytes(t *testing.T) {
	s := newSetup(t, func(o *collect.Options) { o.SiteBytesPerDay = 100 })
	sized := func(site string) collect.Input {
		return page(func(in *collect.Input) { in.Site, in.URL, in.Size = site, "/", 60 })
	}
	s.one(t, collectKey, sized("shop.example.com"))
	if err := s.refused(t, collectKey, sized("shop.example.com")); !strings.HasPrefix(err.Error(), "site: ") {
		t.Error(err)
	}
	s.one(t, collectKey, sized("other.example.org"))
	s.now = noon.AddDate(0, 0, 1)
	s.one(t, collectKey, sized("shop.example.com"))
}
