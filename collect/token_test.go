package collect_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/collecttest"
)

// browsers are whoever sends to the public door and wants a token.
var browsers = collect.Terms{Door: holdfast.DoorBeacon, Token: true}

// view has a client look at a page, and returns the visitor and the token.
func (s *setup) view(tb testing.TB, in collect.Input) (holdfast.VisitorID, string) {
	tb.Helper()
	b := s.Batch(browsers)
	defer b.Close()
	if err := b.Add(&in); err != nil {
		tb.Fatal(err)
	}
	if _, err := b.Accept(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	all := s.sink.Events()
	return all[len(all)-1].Visitor, b.Token()
}

// bought is what a server tells of, with a token.
func bought(token string, change ...func(*collect.Input)) collect.Input {
	in := page(change...)
	in.Name, in.Token = "bought", token
	return in
}

func TestATokenNamesTheVisitor(t *testing.T) {
	s := newSetup(t)
	visitor, token := s.view(t, from("203.0.113.7", chrome))
	_, again := s.view(t, from("203.0.113.7", chrome))
	other, _ := s.view(t, from("203.0.113.8", chrome))
	if len(token) != 52 || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		t.Errorf("the token is %q", token)
	}
	if token == again {
		t.Error("pages of other sites can know a visitor again by the token")
	}
	declared := func(in *collect.Input) { in.Visitor = "7" }
	byClient := func(in *collect.Input) { in.Address, in.UserAgent = from("203.0.113.8", chrome).Address, chrome }
	got := s.all(t, collectKey, bought(token), bought(again), bought(token, byClient), bought(token, declared), bought("", byClient))
	for i, want := range []holdfast.VisitorID{visitor, visitor, visitor, collecttest.Hasher{}.Visitor(1, "7"), other} {
		if got[i].Visitor != want {
			t.Errorf("event %d is of %x, want %x", i, got[i].Visitor, want)
		}
	}
	if v := s.one(t, browsers, bought(token, byClient)).Visitor; v != visitor {
		t.Errorf("at the public door it is of %x, want %x", v, visitor)
	}
}

// A token is given to whoever was known by the client, and for the current day.
func TestWhoGetsNoToken(t *testing.T) {
	s := newSetup(t)
	s.now = noon.Add(-24 * time.Hour)
	_, yesterdays := s.view(t, from("203.0.113.7", chrome))
	s.now = noon
	_, token := s.view(t, from("203.0.113.7", chrome))
	late := from("203.0.113.7", chrome)
	late.Age, late.Sent = (15 * time.Hour).Milliseconds(), collect.SentAge // it is 14 o'clock there
	dead := from("203.0.113.7", chrome)
	dead.Site = "other.example.org"
	s.salts.Dead[collecttest.SiteDay{Site: 2, Day: holdfast.DayOf(2026, 7, 31)}] = true
	for _, c := range []struct {
		name string
		in   collect.Input
	}{
		{"who came with one", bought(token, func(in *collect.Input) { in.Address = berlin })},
		{"who came with one of another day", bought(yesterdays, func(in *collect.Input) { in.Address = berlin })},
		{"an event of the day before", late},
		{"a day whose salt is dead", dead},
		{"nobody", page()},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, token := s.view(t, c.in); token != "" {
				t.Errorf("got %q", token)
			}
		})
	}
	b := s.Batch(collectKey)
	defer b.Close()
	in := from("203.0.113.7", chrome)
	if err := b.Add(&in); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Accept(t.Context()); err != nil || b.Token() != "" {
		t.Errorf("without being asked for there is %q, %v", b.Token(), err)
	}
}

// What is no token is told to whoever has a key, and changes nothing for
// others. Nothing is made for a day that only a forged token names.
func TestForgedTokens(t *testing.T) {
	s := newSetup(t)
	visitor, token := s.view(t, from("203.0.113.7", chrome))
	elsewhere := from("203.0.113.7", chrome)
	elsewhere.Site = "other.example.org"
	_, foreign := s.view(t, elsewhere)
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	forged := map[string]string{
		"another site's": foreign, "a word": "token", "half of one": token[:26], "more than one": token + "AAAA", "spaces": " " + token[1:],
		"line breaks": token[:48] + "\r\n\r\n", "another alphabet": strings.Repeat("+", 52), "zeros": strings.Repeat("A", 52), "long": strings.Repeat("A", 1<<16),
	}
	for i := range raw {
		changed := slices.Clone(raw)
		changed[i] ^= 1 << (i % 8)
		forged[fmt.Sprintf("byte %d changed", i)] = base64.RawURLEncoding.EncodeToString(changed)
	}
	for n := range token {
		forged[fmt.Sprintf("cut off after %d", n)] = token[:n]
	}
	delete(forged, "cut off after 0") // is none
	asked := s.salts.Asked()
	before := s.Tokens.Bad.Load()
	for _, name := range slices.Sorted(maps.Keys(forged)) {
		err := s.refused(t, collectKey, bought(forged[name]))
		var wrong *holdfast.FieldError
		if !errors.As(err, &wrong) || wrong.Field != "visit_token" || wrong.Reason != "is no token that this site's pages got" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.salts.Asked() != asked {
		t.Error("forged tokens make salts")
	}
	if n := s.books.All()[collecttest.Refusal{Site: 1, Reason: holdfast.RefusedMalformed}]; n != int64(len(forged)) {
		t.Errorf("%d of %d are in the books", n, len(forged))
	}
	for name, text := range forged {
		in := from("203.0.113.7", chrome)
		in.Token = text
		if v := s.one(t, browsers, in).Visitor; v != visitor {
			t.Errorf("%s at the public door: it is of %x, want %x", name, v, visitor)
		}
	}
	if n := s.Tokens.Bad.Load() - before; n != 2*int64(len(forged)) {
		t.Errorf("%d bad tokens are counted, of %d", n, 2*len(forged))
	}
}

// An event that is refused leaves its visitor to no other.
func TestATokenIsOfOneEvent(t *testing.T) {
	s := newSetup(t)
	s.now = noon.Add(-24 * time.Hour)
	_, token := s.view(t, from("203.0.113.7", chrome))
	s.now = noon
	b := s.Batch(collectKey)
	defer b.Close()
	in := bought(token, func(in *collect.Input) { in.Country = "Germany" })
	if b.Add(&in) == nil {
		t.Fatal("it is not refused")
	}
	if in = page(); b.Add(&in) != nil {
		t.Fatal("it is refused")
	}
	if _, err := b.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := s.sink.Events()
	if v := all[len(all)-1].Visitor; v != 0 {
		t.Errorf("nobody's event is of %x", v)
	}
}

// Nothing is lost because a token is too old to be read.
func TestTokensDieWithTheirDay(t *testing.T) {
	s := newSetup(t)
	_, token := s.view(t, from("203.0.113.7", chrome))
	s.salts.Dead[collecttest.SiteDay{Site: 1, Day: holdfast.DayOf(2026, 7, 31)}] = true
	s.now = noon.Add(4 * 24 * time.Hour)
	known, _ := s.view(t, from("203.0.113.8", chrome))
	byClient := func(in *collect.Input) { in.Address, in.UserAgent = from("203.0.113.8", chrome).Address, chrome }
	got := s.all(t, collectKey, bought(token), bought(token), bought(token, byClient))
	if a, b := got[0].Visitor, got[1].Visitor; !a.Hashed() || !b.Hashed() || a == b {
		t.Errorf("got %x and %x, want visitors of their own", a, b)
	}
	if got[2].Visitor != known {
		t.Errorf("one whose client is known is %x, want %x", got[2].Visitor, known)
	}
	if v := s.one(t, browsers, bought(token, byClient)).Visitor; v != known {
		t.Errorf("at the public door it is %x, want %x", v, known)
	}
	back := func(in *collect.Input) {
		in.Time, in.Sent = holdfast.MillisOf(noon), collect.SentTime
	}
	_, fresh := s.view(t, from("203.0.113.7", chrome))
	if v := s.one(t, collectKey, bought(fresh, back)).Visitor; !v.Hashed() {
		t.Errorf("of a day that is dead it is %x", v)
	}
	if n := s.Tokens.Expired.Load(); n != 4 {
		t.Errorf("%d tokens are counted as expired, want 4", n)
	}
}

// Whoever holds tokens of several days is, with each, still in one network.
func TestTokensOfOtherDaysMakeNoNetworks(t *testing.T) {
	s := newSetup(t)
	s.now = noon.Add(-24 * time.Hour)
	var tokens []string
	for i := range 50 {
		_, token := s.view(t, from(fmt.Sprintf("198.51.%d.1", i), chrome))
		tokens = append(tokens, token)
	}
	s.now = noon
	here, _ := s.view(t, from("203.0.113.7", chrome))
	seen := map[holdfast.VisitorID]bool{}
	for _, token := range tokens {
		in := from("203.0.113.7", chrome)
		in.Token = token
		v := s.one(t, browsers, in).Visitor
		if v.Network() != here.Network() {
			t.Fatalf("it is in network %d, and its client in %d", v.Network(), here.Network())
		}
		seen[v] = true
	}
	if len(seen) != len(tokens) {
		t.Errorf("%d tokens are %d visitors", len(tokens), len(seen))
	}
}

// In whatever order they come, how often, and on whichever side of midnight or
// of a change of the clock: events with tokens of one visitor are of one
// visitor of their day, who is the one that looked at pages if it is the same
// day; and are of two if the tokens are of two.
func TestTokensInAnyOrder(t *testing.T) {
	// From a day to the one after the next, over the night in which clocks go
	// back in Berlin.
	first := time.Date(2026, 10, 23, 23, 0, 0, 0, time.UTC)
	type told struct {
		client, hour int // whose token, and when it is of
		at           int // hours after first
	}
	rapid.Check(t, func(rt *rapid.T) {
		s := newSetup(t)
		hour := rapid.IntRange(0, 71)
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) told {
			return told{rapid.IntRange(0, 3).Draw(t, "client"), hour.Draw(t, "token of"), hour.Draw(t, "at")}
		}), 1, 25).Draw(rt, "events")
		dayAt := func(hour int) holdfast.Day {
			return s.sites["shop.example.com"].Day(holdfast.MillisOf(first).Add(time.Duration(hour) * time.Hour))
		}
		type who struct {
			client int
			of, at holdfast.Day
		}
		looked := map[who]holdfast.VisitorID{}
		var inputs []collect.Input
		for _, e := range all {
			s.now = first.Add(time.Duration(e.hour) * time.Hour)
			v, token := s.view(t, from(fmt.Sprintf("203.0.113.%d", e.client), chrome))
			looked[who{e.client, dayAt(e.hour), dayAt(e.hour)}] = v
			inputs = append(inputs, bought(token, func(in *collect.Input) {
				in.Time, in.Sent = holdfast.MillisOf(first).Add(time.Duration(e.at)*time.Hour), collect.SentTime
			}))
		}
		s.now = first.Add(72 * time.Hour)
		r := rand.New(rand.NewPCG(uint64(rapid.Int64().Draw(rt, "seed")), 0))
		order := append(r.Perm(len(all)), r.Perm(len(all))...)
		names := maps.Clone(looked)
		for _, i := range order {
			e := all[i]
			key := who{e.client, dayAt(e.hour), dayAt(e.at)}
			v := s.one(t, collectKey, inputs[i]).Visitor
			if before, ok := names[key]; ok && before != v {
				rt.Fatalf("event %+v is of %x, and before of %x", e, v, before)
			}
			if names[key] = v; v.Network() != looked[who{e.client, key.of, key.of}].Network() {
				rt.Fatalf("event %+v is in another network than its visitor", e)
			}
		}
		whose := map[holdfast.VisitorID]who{}
		for key, v := range names {
			if other, ok := whose[v]; ok {
				rt.Fatalf("%+v and %+v are one visitor", other, key)
			}
			whose[v] = key
		}
	})
}
