package keep_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"holdfast"
	"holdfast/keep"

	"github.com/google/go-cmp/cmp"
)

// clock is a wall clock that tests turn by hand.
type clock struct{ t time.Time }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

func newClock() *clock { return &clock{time.Date(2026, 7, 31, 12, 0, 0, 0, time.UTC)} }

// newStore makes a store with one site.
func newStore(t *testing.T, c *clock) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "store")
	if _, err := keep.Init(dir, c.now); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, c)
	if _, err := s.AddSite(t.Context(), "shop.example", "Europe/Berlin", false); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	return dir
}

func open(t *testing.T, dir string, c *clock) *keep.Store {
	t.Helper()
	s, err := keep.Open(dir, keep.Options{Now: c.now, ByHand: true, LogBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// closeStore checks all of the store, and closes it.
func closeStore(t *testing.T, s *keep.Store) {
	t.Helper()
	checkStore(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func checkStore(t *testing.T, s *keep.Store) {
	t.Helper()
	r, err := s.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Problems) > 0 {
		t.Fatalf("verify found %q", r.Problems)
	}
}

// events returns n page views of the site around the clock's time.
func events(t *testing.T, s *keep.Store, c *clock, n int, seed uint64) []holdfast.Event {
	t.Helper()
	site, ok := s.Site("shop.example")
	if !ok {
		t.Fatal("the site is gone")
	}
	r := rand.New(rand.NewPCG(seed, 0))
	list := make([]holdfast.Event, n)
	for i := range list {
		at := holdfast.MillisOf(c.now()).Add(-time.Duration(r.IntN(3600_000)) * time.Millisecond)
		list[i] = holdfast.Event{
			Site: site.ID, Day: site.Day(at), Time: at, Received: holdfast.MillisOf(c.now()), Name: holdfast.Pageview,
			Host: "shop.example", Path: fmt.Sprintf("/%d", r.IntN(50)), Visitor: holdfast.HashedVisitor(r.Uint64N(20)),
			ID: s.EventID(site.ID, fmt.Sprint(seed, "/", i)), Door: holdfast.DoorAPI, Origin: holdfast.Collected, Scroll: holdfast.NoScroll,
			Props: []holdfast.Prop{{Key: "n", Kind: holdfast.PropInt, Int: int64(i)}},
		}
	}
	return list
}

func accept(t *testing.T, s *keep.Store, events []holdfast.Event) holdfast.Receipt {
	t.Helper()
	r, err := s.Accept(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func account(t *testing.T, s *keep.Store) holdfast.Account {
	t.Helper()
	if err := s.Beat(t.Context()); err != nil { // tallies reach the books with the next record
		t.Fatal(err)
	}
	accounts, err := s.Audit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return accounts["shop.example"]
}

func TestWhatWasAcceptedIsThereAfterReopening(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	accept(t, s, events(t, s, c, 100, 1))
	accept(t, s, events(t, s, c, 100, 2))
	accept(t, s, events(t, s, c, 100, 1)) // once more
	want := holdfast.Account{Received: 300, Counted: 200, Duplicate: 100, Flagged: map[holdfast.Flag]int64{}, Refused: map[holdfast.Reason]int64{}}
	if diff := cmp.Diff(want, account(t, s)); diff != "" {
		t.Fatal(diff)
	}
	closeStore(t, s)

	s = open(t, dir, c)
	accept(t, s, events(t, s, c, 100, 2)) // still known
	want.Received, want.Duplicate = 400, 200
	if diff := cmp.Diff(want, account(t, s)); diff != "" {
		t.Fatal(diff)
	}
	closeStore(t, s)
}

func TestSealedRowsAreThereOnceAndTheirIdsKnown(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	for i := range 5 {
		accept(t, s, events(t, s, c, 100, uint64(i)))
		if err := s.SealNow(t.Context()); err != nil {
			t.Fatal(err)
		}
		accept(t, s, events(t, s, c, 100, uint64(i)))
	}
	if st := s.Status(); st.Rows != 500 || st.HotRows != 0 || st.Files != 5 {
		t.Errorf("status is %+v", st)
	}
	closeStore(t, s)
	s = open(t, dir, c)
	for i := range 5 {
		accept(t, s, events(t, s, c, 100, uint64(i)))
	}
	if a := account(t, s); a.Counted != 500 || a.Duplicate != 1000 || a.Difference() != 0 {
		t.Errorf("the books are %+v", a)
	}
	closeStore(t, s)
}

func TestADayThatIsOverGetsAFileWithoutHashesWhenItsSaltIsDead(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	kinds := func() (list []string) {
		for _, f := range s.Files() {
			list = append(list, fmt.Sprintf("%s %d %v", f.Kind, f.Rows, f.Hashed))
		}
		return list
	}
	salt := func(e holdfast.Event) {
		site, _ := s.Site("shop.example")
		_, ends := site.Bounds(e.Day)
		if _, ok, err := s.Salt(e.Site, e.Day, ends); err != nil || !ok {
			t.Fatal(ok, err)
		}
	}
	for i := range 4 {
		list := events(t, s, c, 100, uint64(i))
		salt(list[0])
		accept(t, s, list)
		c.advance(11 * time.Minute)
		if err := s.Tend(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"part 100 true", "part 100 true", "part 100 true", "part 100 true"}, kinds()); diff != "" {
		t.Error(diff)
	}
	c.advance(24 * time.Hour)
	if err := s.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"shared 400 true"}, kinds()); diff != "" {
		t.Error(diff)
	}
	c.advance(48 * time.Hour)
	if err := s.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"shared 400 true"}, kinds()); diff != "" {
		t.Error(diff) // an event with one of the hashes may still be on its way
	}
	c.advance(2 * time.Hour)
	if err := s.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"shared 400 false"}, kinds()); diff != "" {
		t.Error(diff)
	}
	c.advance(20 * 24 * time.Hour)
	if err := s.Tend(t.Context()); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
}

func TestTheLogIsShortenedOnlyBehindTwoCheckpoints(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	s := open(t, dir, c)
	var most int
	for i := range 12 {
		accept(t, s, events(t, s, c, 5000, uint64(i)))
		if err := s.SealNow(t.Context()); err != nil {
			t.Fatal(err)
		}
		most = max(most, s.Status().LogFiles)
	}
	if st := s.Status(); st.LogFiles > 4 || st.Rows != 60_000 {
		t.Errorf("%d log files are left of at most %d, with %d rows", st.LogFiles, most, st.Rows)
	}
	closeStore(t, s)
	s = open(t, dir, c)
	if a := account(t, s); a.Counted != 60_000 || a.Difference() != 0 {
		t.Errorf("the books are %+v", a)
	}
	closeStore(t, s)
}

func TestAStoreIsOpenedByOneProcessOnly(t *testing.T) {
	c := newClock()
	dir := newStore(t, c)
	open(t, dir, c)
	if _, err := keep.Open(dir, keep.Options{Now: c.now, ByHand: true}); err == nil {
		t.Fatal("the store was opened twice")
	} else {
		t.Log(err)
	}
}

func TestAFolderThatIsNoStoreIsRefused(t *testing.T) {
	if _, err := keep.Open(t.TempDir(), keep.Options{}); err == nil {
		t.Error("an empty folder was taken for a store")
	}
	dir := t.TempDir()
	if _, err := keep.Init(dir, time.Now); err != nil {
		t.Fatal(err)
	}
	if _, err := keep.Init(dir, time.Now); err == nil {
		t.Error("a store was made over a store")
	}
}

// Of a receipt every letter counts, and not whether it is a capital.
func TestAReceiptWithAnotherLetterIsNotOurs(t *testing.T) {
	c := newClock()
	s := open(t, newStore(t, c), c)
	r := holdfast.Receipt{Seq: 1, Count: 1}
	token := s.Seal(r)
	if got, ok := s.Unseal(strings.ToUpper(token)); !ok || got != r {
		t.Errorf("in capitals it is %+v, %v", got, ok)
	}
	for at := range token {
		for _, letter := range "0123456789abcdefghjkmnpqrstvwxyz" {
			if changed := token[:at] + string(letter) + token[at+1:]; changed != token {
				if _, ok := s.Unseal(changed); ok {
					t.Errorf("%s is as good as %s", changed, token)
				}
			}
		}
	}
	for _, changed := range []string{token + "\n", "\r\n" + token, token[:51], token + "0", strings.Replace(token, "k", "\u212a", 1) + "!"} {
		if _, ok := s.Unseal(changed); ok {
			t.Errorf("%q is as good as %q", changed, token)
		}
	}
}
