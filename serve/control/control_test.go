package control_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/serve/control"
	"holdfast/serve/deal"
)

// backend remembers what it was asked for and answers something of each kind.
type backend struct {
	asked []string
	err   error
	hold  chan struct{}
}

func (b *backend) ask(ctx context.Context, format string, args ...any) error {
	b.asked = append(b.asked, fmt.Sprintf(format, args...))
	if b.hold != nil {
		b.hold <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	return b.err
}

var (
	status = control.Status{StoreStatus: control.StoreStatus{Store: "ab12", Rows: 7, AsOf: holdfast.AsOf{Seq: 9}, Damage: []string{}, Imported: []holdfast.ImportedTime{{Site: "a.example", Source: "access log", Stretch: holdfast.Stretch{From: 7, To: 8}}}},
		Server: &control.Server{Process: 77, Address: "127.0.0.1:8080"}}
	site   = control.Site{ID: 1, Name: "a.example", Zone: "UTC", Hosts: []string{}}
	key    = control.Key{ID: "k", Scopes: []holdfast.Scope{holdfast.ScopeRead}, Sites: []string{"a.example"}}
	answer = holdfast.Answer{Columns: []holdfast.Column{{Name: "path", Role: holdfast.RoleDimension}},
		Rows: [][]any{{"/a", int64(1) << 60, 0.25, nil}}, Coverage: holdfast.NewCoverage(nil)}
	books    = map[string]holdfast.Account{"a.example": {Received: 3, Counted: 2, Refused: map[holdfast.Reason]int64{holdfast.RefusedTime: 1}}}
	imported = control.Imported{Counted: 2, Flagged: map[holdfast.Flag]int64{holdfast.FlagBot: 1}, Duplicate: 3,
		Refused: []control.RefusedHit{{Hit: 4, Reason: holdfast.RefusedTime, Error: "time: is none"}}, Seen: []control.Seen{{Path: "/a"}}}
	seen = []control.Seen{
		{},
		{Time: 7, Site: "a.example", Name: "pageview", Path: "/a", Source: "Google", Channel: "Organic Search", Flag: holdfast.FlagBot},
		{Time: 60_000, Site: "a.example", Refused: holdfast.RefusedRate, Events: 9},
		{Missed: "records 1 to 2"},
	}
	title, ends = "A mug", holdfast.Millis(9)
	deals       = deal.Page{Total: 2, Next: "7:mug", Deals: []deal.Shown{{ID: "mug", Title: title, Starts: 7, Ends: &ends, Paths: []string{"/mug"}, Window: holdfast.Window{From: 7, To: 9}}}}
	put         = []control.PutDeal{{Change: holdfast.DealChanged, Changes: []string{"ends"}, Starts: 7, Ends: 8}, {Field: "starts", Error: "is required"}}
	views       = int64(1) << 60
	stats       = deal.Stats{Deal: deals.Deals[0], Views: &views, Bucket: holdfast.Hour, OverTime: []deal.Bucket{{At: "x", AtLeast: true}}, Sources: []deal.Source{{Visitors: 3}}, Coverage: holdfast.NewCoverage([]holdfast.Interval{})}
	report      = control.Report{Checked: map[string]int64{"files": 3}, Problems: []string{"bad"}}
)

func (b *backend) Status(ctx context.Context) (control.Status, error) {
	return status, b.ask(ctx, "status")
}

func (b *backend) Sites(ctx context.Context) ([]control.Site, error) {
	return []control.Site{site}, b.ask(ctx, "sites")
}

func (b *backend) AddSite(ctx context.Context, s control.NewSite) (control.Site, error) {
	return site, b.ask(ctx, "add site %v", s)
}

func (b *backend) SetZone(ctx context.Context, name, zone string) (control.Site, error) {
	return site, b.ask(ctx, "zone %s %s", name, zone)
}

func (b *backend) SetPublic(ctx context.Context, name string, public bool) (control.Site, error) {
	return site, b.ask(ctx, "public %s %v", name, public)
}

func (b *backend) SetHosts(ctx context.Context, name string, hosts []string) (control.Site, error) {
	return site, b.ask(ctx, "hosts %s %v", name, hosts)
}

func (b *backend) Keys(ctx context.Context) ([]control.Key, error) {
	return []control.Key{key}, b.ask(ctx, "keys")
}

func (b *backend) AddKey(ctx context.Context, k control.NewKey) (control.MadeKey, error) {
	return control.MadeKey{Key: key, Token: "hf_k"}, b.ask(ctx, "add key %v", k)
}

func (b *backend) RevokeKey(ctx context.Context, id string) error { return b.ask(ctx, "revoke %s", id) }

func (b *backend) Deals(ctx context.Context, site, before string, limit int) (deal.Page, error) {
	return deals, b.ask(ctx, "deals %s %s %d", site, before, limit)
}

func (b *backend) AddDeal(ctx context.Context, site string, w deal.Written) (deal.Shown, error) {
	return deals.Deals[0], b.ask(ctx, "add deal %s %v", site, w)
}

func (b *backend) ChangeDeal(ctx context.Context, site, id string, c deal.Change) (deal.Shown, error) {
	return deals.Deals[0], b.ask(ctx, "change deal %s %s %s", site, id, *c.Title)
}

func (b *backend) DeleteDeal(ctx context.Context, site, id string) error {
	return b.ask(ctx, "delete deal %s %s", site, id)
}

func (b *backend) PutDeals(ctx context.Context, site string, p control.Put) ([]control.PutDeal, error) {
	return put, b.ask(ctx, "put deals %s %v", site, p)
}

func (b *backend) DealStats(ctx context.Context, site, id string) (deal.Stats, error) {
	return stats, b.ask(ctx, "deal stats %s %s", site, id)
}

func (b *backend) Query(ctx context.Context, q control.Query) (holdfast.Answer, error) {
	return answer, b.ask(ctx, "query %s %s", q.Site, q.Parameters.Encode())
}

func (b *backend) Receipt(ctx context.Context, receipt string) (holdfast.Fate, error) {
	return holdfast.Sealed, b.ask(ctx, "receipt %s", receipt)
}

func (b *backend) Audit(ctx context.Context) (map[string]holdfast.Account, error) {
	return books, b.ask(ctx, "audit")
}

func (b *backend) Verify(ctx context.Context) (control.Report, error) {
	return report, b.ask(ctx, "verify")
}

func (b *backend) Import(ctx context.Context, i control.Import) (control.Imported, error) {
	return imported, b.ask(ctx, "import %v", i)
}

func (b *backend) Tail(ctx context.Context, t control.Tail, fn func(control.Seen) error) error {
	if err := b.ask(ctx, "tail %v", t); err != nil {
		return err
	}
	for _, s := range seen {
		if err := fn(s); err != nil {
			return err
		}
	}
	return nil
}

// start serves b for a store in a folder of its own. Stop ends that.
func start(t *testing.T, b control.Backend) (c *control.Client, dir *fsx.Dir, l *control.Listener, stop func() error) {
	t.Helper()
	dir = folder(t)
	l, err := control.Listen(dir, "ab12", slog.New(slog.DiscardHandler), private(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- control.Serve(ctx, l, b) }()
	stop = func() error { cancel(); err := <-ended; ended <- err; return err }
	t.Cleanup(func() { stop() })
	c, err = control.Dial(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, dir, l, stop
}

func folder(t *testing.T) *fsx.Dir {
	t.Helper()
	dir, err := fsx.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir
}

// private returns a folder with a name that is short enough for a socket.
func private(t *testing.T) string {
	t.Helper()
	path, err := os.MkdirTemp("", "hf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(path) })
	return path
}

func TestEveryVerbGoesThroughTheSocket(t *testing.T) {
	b := &backend{}
	c, _, _, _ := start(t, b)
	ctx := t.Context()
	calls := []struct {
		asked string
		do    func() (any, error)
		want  any
	}{
		{"status", func() (any, error) { return c.Status(ctx) }, status},
		{"sites", func() (any, error) { return c.Sites(ctx) }, []control.Site{site}},
		{"add site {a.example UTC true}", func() (any, error) {
			return c.AddSite(ctx, control.NewSite{Name: "a.example", Zone: "UTC", Public: true})
		}, site},
		{"zone a/b?c Europe/Berlin", func() (any, error) { return c.SetZone(ctx, "a/b?c", "Europe/Berlin") }, site},
		{"public a.example true", func() (any, error) { return c.SetPublic(ctx, "a.example", true) }, site},
		{"hosts a.example [x y]", func() (any, error) { return c.SetHosts(ctx, "a.example", []string{"x", "y"}) }, site},
		{"keys", func() (any, error) { return c.Keys(ctx) }, []control.Key{key}},
		{"add key {[own] [] me}", func() (any, error) {
			return c.AddKey(ctx, control.NewKey{Scopes: []holdfast.Scope{holdfast.ScopeOwn}, Label: "me"})
		}, control.MadeKey{Key: key, Token: "hf_k"}},
		{"revoke k", func() (any, error) { return nil, c.RevokeKey(ctx, "k") }, nil},
		{"deals a.example 7:mug 10", func() (any, error) { return c.Deals(ctx, "a.example", "7:mug", 10) }, deals},
		{"add deal a/b {mug A mug 2026-07-31  [/mug]  }", func() (any, error) {
			return c.AddDeal(ctx, "a/b", deal.Written{ID: "mug", Title: title, Starts: "2026-07-31", Paths: []string{"/mug"}})
		}, deals.Deals[0]},
		{"change deal a.example m/g A mug", func() (any, error) { return c.ChangeDeal(ctx, "a.example", "m/g", deal.Change{Title: &title}) }, deals.Deals[0]},
		{"delete deal a.example mug", func() (any, error) { return nil, c.DeleteDeal(ctx, "a.example", "mug") }, nil},
		{"put deals a.example {[{mug    []  }] true}", func() (any, error) {
			return c.PutDeals(ctx, "a.example", control.Put{Deals: []deal.Written{{ID: "mug"}}, Try: true})
		}, put},
		{"deal stats a.example mug", func() (any, error) { return c.DealStats(ctx, "a.example", "mug") }, stats},
		{"query a.example by=day", func() (any, error) {
			return c.Query(ctx, control.Query{Site: "a.example", Parameters: url.Values{"by": {"day"}}})
		}, answer},
		{"receipt r", func() (any, error) { return c.Receipt(ctx, "r") }, holdfast.Sealed},
		{"audit", func() (any, error) { return c.Audit(ctx) }, books},
		{"verify", func() (any, error) { return c.Verify(ctx) }, report},
		{"import {[{a.example http://a.example/ r A 203.0.113.7 1970-01-01T00:00:00.007Z i}] {access log me [{a.example [{1970-01-01T00:00:00.007Z 1970-01-01T00:00:00.008Z}] []}]} true 5}", func() (any, error) {
			told := []holdfast.Told{{Site: "a.example", Written: []holdfast.Stretch{{From: 7, To: 8}}}}
			return c.Import(ctx, control.Import{Try: true, Show: 5, From: holdfast.Import{Source: "access log", By: "me", Told: told}, Hits: []control.Hit{{
				Site: "a.example", URL: "http://a.example/", Referrer: "r", Agent: "A", Address: netip.MustParseAddr("203.0.113.7"), Time: 7, ID: "i",
			}}})
		}, imported},
		{"tail {a/b?c true}", func() (any, error) {
			var all []control.Seen
			err := c.Tail(ctx, control.Tail{Site: "a/b?c", Refused: true}, func(s control.Seen) error {
				all = append(all, s)
				return nil
			})
			return all, err
		}, seen},
	}
	for i, call := range calls {
		got, err := call.do()
		if err != nil {
			t.Errorf("%s: %v", call.asked, err)
		}
		if diff := cmp.Diff(call.want, got); diff != "" {
			t.Errorf("%s: %s", call.asked, diff)
		}
		if len(b.asked) != i+1 || b.asked[i] != call.asked {
			t.Fatalf("the backend was asked for %q, want %q", b.asked, call.asked)
		}
	}
}

func TestATailEndsWithItsReaderOrItsServer(t *testing.T) {
	watch := func(c *control.Client, ctx context.Context, begun func()) error {
		n := 0
		return c.Tail(ctx, control.Tail{}, func(control.Seen) error {
			if n++; n == len(seen) {
				begun()
			}
			return nil
		})
	}
	c, _, _, stop := start(t, &watched{&backend{}})
	ctx, cancel := context.WithCancel(t.Context())
	if err := watch(c, ctx, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("when its reader has gone: %v", err)
	}
	if err := watch(c, t.Context(), func() { go stop() }); err != nil {
		t.Errorf("when its server has gone: %v", err)
	}
}

// watched goes on until nobody watches.
type watched struct{ *backend }

func (w *watched) Tail(ctx context.Context, t control.Tail, fn func(control.Seen) error) error {
	if err := w.backend.Tail(ctx, t, fn); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

func TestAnErrorBeforeATailBeginsKeepsItsClass(t *testing.T) {
	c, _, _, _ := start(t, &backend{err: fmt.Errorf("site x: %w", holdfast.ErrNoSite)})
	err := c.Tail(t.Context(), control.Tail{}, func(control.Seen) error { return nil })
	if !errors.Is(err, holdfast.ErrNoSite) {
		t.Errorf("got %v", err)
	}
}

func TestErrorsKeepTheirClass(t *testing.T) {
	cases := []struct {
		name  string
		err   error
		check func(error) bool
	}{
		{"a field", fmt.Errorf("add site: %w", &holdfast.FieldError{Field: "zone", Reason: "is none"}), func(err error) bool {
			var field *holdfast.FieldError
			return errors.As(err, &field) && field.Field == "zone" && field.Reason == "is none"
		}},
		{"no site", fmt.Errorf("site x: %w", holdfast.ErrNoSite), func(err error) bool {
			return errors.Is(err, holdfast.ErrNoSite) && err.Error() == "site x: no such site"
		}},
		{"unavailable", holdfast.ErrUnavailable, func(err error) bool { return errors.Is(err, holdfast.ErrUnavailable) }},
		{"damage", &holdfast.DamagedError{File: "f", What: "crc"}, func(err error) bool {
			return errors.Is(err, holdfast.ErrDamaged) && strings.Contains(err.Error(), "f at byte 0")
		}},
		{"a refusal with a hint", holdfast.Refuse(errors.New("no"), "type %s", "yes"), func(err error) bool {
			var hint *holdfast.HintError
			return errors.As(err, &hint) && hint.Hint == "type yes" && hint.Exit == 3 && err.Error() == "no"
		}},
		{"anything else", errors.New("out of luck"), func(err error) bool { return err.Error() == "out of luck" }},
	}
	b := &backend{}
	c, _, _, _ := start(t, b)
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			b.err = k.err
			if _, err := c.Status(t.Context()); err == nil || !k.check(err) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAServerThatIsGoneIsSaidToBe(t *testing.T) {
	c, _, _, stop := start(t, &backend{})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	_, err := c.Status(t.Context())
	if err == nil || !strings.HasPrefix(err.Error(), "the server ended before it answered: ") || strings.Contains(err.Error(), "http://") {
		t.Errorf("it says %v", err)
	}
}

func TestTheSocketIsForOneUser(t *testing.T) {
	_, dir, l, stop := start(t, &backend{})
	for _, name := range []string{l.Path(), dir.Path("socket")} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", name, mode)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{l.Path(), dir.Path("socket")} {
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there", name)
		}
	}
}

func TestNoServerRuns(t *testing.T) {
	if _, err := control.Dial(t.Context(), folder(t)); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("of a store that never had one: %v", err)
	}
	// One that was killed leaves its socket and the record of it.
	dir, sockets := folder(t), private(t)
	killed, err := control.Listen(dir, "ab12", nil, sockets)
	if err != nil {
		t.Fatal(err)
	}
	killed.SetUnlinkOnClose(false)
	killed.UnixListener.Close()
	if _, err := control.Dial(t.Context(), dir); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("after it was killed: %v", err)
	}
	again, err := control.Listen(dir, "ab12", nil, sockets)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

// What servers that were killed leave behind does not pile up.
func TestAServerRemovesSocketsOfServersThatAreGone(t *testing.T) {
	sockets := private(t)
	listen := func(store string) *control.Listener {
		t.Helper()
		l, err := control.Listen(folder(t), store, slog.New(slog.DiscardHandler), sockets)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l
	}
	gone, lately, runs := listen("gone"), listen("lately"), listen("runs")
	for _, killed := range []*control.Listener{gone, lately} {
		killed.SetUnlinkOnClose(false)
		killed.UnixListener.Close()
	}
	other := filepath.Join(sockets, "other.sock")
	if err := os.WriteFile(other, []byte("no socket"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Hour)
	for _, name := range []string{gone.Path(), runs.Path(), other} {
		if err := os.Chtimes(name, before, before); err != nil {
			t.Fatal(err)
		}
	}
	listen("another")
	for name, want := range map[string]bool{gone.Path(): false, lately.Path(): true, runs.Path(): true, other: true} {
		if _, err := os.Stat(name); (err == nil) != want {
			t.Errorf("%s is there: %v", name, err == nil)
		}
	}
}

func TestTheServerOfACopyIsNotThatOfTheStore(t *testing.T) {
	store, copied, sockets := folder(t), folder(t), private(t)
	of, err := control.Listen(store, "ab12", nil, sockets)
	if err != nil {
		t.Fatal(err)
	}
	defer of.Close()
	record, err := os.ReadFile(store.Path("socket"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(copied.Path("socket"), record, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Dial(t.Context(), copied); !errors.Is(err, control.ErrNotRunning) {
		t.Errorf("of a copy that nobody serves: %v", err)
	}
	ofCopy, err := control.Listen(copied, "ab12", nil, sockets)
	if err != nil {
		t.Fatal(err)
	}
	if err := ofCopy.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := control.Dial(t.Context(), store)
	if err != nil {
		t.Fatalf("after a copy was served: %v", err)
	}
	c.Close()
}

func TestFoldersThatWillNotDo(t *testing.T) {
	open, good := private(t), private(t)
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(good, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(good, "link")
	if err := os.Symlink(open, link); err != nil {
		t.Fatal(err)
	}
	bad := []string{filepath.Join(open, "no", "such"), open, file, link, filepath.Join(good, strings.Repeat("x", 120))}
	if _, err := control.Listen(folder(t), "ab12", nil, bad...); err == nil {
		t.Error("one of them does")
	}
	l, err := control.Listen(folder(t), "ab12", nil, append(bad, filepath.Join(good, "new"))...)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if want := filepath.Join(good, "new", "ab12-"); !strings.HasPrefix(l.Path(), want) {
		t.Errorf("got %s, want %s…", l.Path(), want)
	}
}

func TestStoppingCancelsWhatIsUnderWay(t *testing.T) {
	b := &backend{hold: make(chan struct{})}
	c, _, _, stop := start(t, b)
	ended := make(chan error)
	go func() { _, err := c.Verify(context.Background()); ended <- err }()
	<-b.hold
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("it says that everything was verified")
	}
}
