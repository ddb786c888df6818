package live_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
	"holdfast/collect/client"
	"holdfast/collect/events"
	"holdfast/collect/limit"
	"holdfast/keep"
	"holdfast/serve"
	"holdfast/serve/live"
)

// feed is a store's, as a server has it.
type feed struct {
	*keep.Store
	deaf *atomic.Bool // it misses records that come meanwhile, and says so after
}

func (f feed) Snapshot() live.Snapshot { return f.View() }

func (f feed) Follow(ctx context.Context, after holdfast.Seq, fn func(holdfast.Seq, []holdfast.Event, error) error) error {
	missed := false
	return f.Store.Follow(ctx, after, func(e keep.Entry) error {
		if f.deaf.Load() {
			missed = missed || len(e.Events) > 0
			return nil
		}
		if missed {
			missed = false
			return fn(e.Seq, nil, errors.New("records are missing"))
		}
		return fn(e.Seq, e.Events, e.Missed)
	})
}

// setup is a server with a store, as visitors and watchers meet it: site
// pub.example is public, priv.example is not.
type setup struct {
	dir   string
	store *keep.Store
	keys  map[holdfast.Scope]string
	deaf  atomic.Bool
	ahead atomic.Int64 // how far the clock is, in ns
	live  live.Options // of the next start
	serve serve.Options

	addr    string
	release context.CancelFunc
	ended   chan error
}

func (s *setup) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

func newSetup(tb testing.TB) *setup {
	tb.Helper()
	s := &setup{dir: filepath.Join(tb.TempDir(), "store"), keys: map[holdfast.Scope]string{}}
	s.live = live.Options{Streams: 3000, Every: 100 * time.Millisecond, Allow: func(*http.Request) (time.Duration, bool) { return 0, true }}
	if _, err := keep.Init(s.dir, s.now); err != nil {
		tb.Fatal(err)
	}
	s.open(tb)
	for name, public := range map[string]bool{"pub.example": true, "priv.example": false} {
		if _, err := s.store.AddSite(tb.Context(), name, "UTC", public); err != nil {
			tb.Fatal(err)
		}
	}
	for _, scope := range []holdfast.Scope{holdfast.ScopeRead, holdfast.ScopeImport} {
		token, _, err := s.store.AddKey(tb.Context(), []holdfast.Scope{scope}, nil, "")
		if err != nil {
			tb.Fatal(err)
		}
		s.keys[scope] = token
	}
	tb.Cleanup(func() { s.stop(tb) })
	return s
}

func (s *setup) open(tb testing.TB) {
	tb.Helper()
	store, err := keep.Open(s.dir, keep.Options{Now: s.now})
	if err != nil {
		tb.Fatal(err)
	}
	s.store = store
}

// start serves, as cmd does it.
func (s *setup) start(tb testing.TB, listeners ...net.Listener) *live.Live {
	tb.Helper()
	o := s.live
	o.Feed, o.Keys, o.Now = feed{s.store, &s.deaf}, s.store, s.now
	proxies := &client.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	o.Address = proxies.Address
	watched := live.New(o)
	mux := serve.New(s.serve)
	watched.Routes(mux.Handle)
	mux.Handle("POST /api/v1/events", events.New(events.Options{
		Collector: collect.New(collect.Options{Sites: s.store, Salts: s.store, Hasher: s.store, Books: s.store, Classifier: classify.New(), Sink: s.store, Now: s.now}),
		Books:     s.store, Keys: s.store, Receipts: s.store, Networks: limit.NewNetworks(0, 0, s.now), Proxies: proxies,
	}))
	l := append(listeners, nil)[0]
	if l == nil {
		var err error
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			tb.Fatal(err)
		}
	}
	s.addr, s.ended = l.Addr().String(), make(chan error, 2)
	ctx, cancel := context.WithCancel(context.Background())
	s.release = cancel
	go func() { watched.Run(ctx); s.ended <- nil }()
	go func() { s.ended <- mux.Serve(ctx, l) }()
	return watched
}

// stop stops serving, and closes the store.
func (s *setup) stop(tb testing.TB) {
	tb.Helper()
	if s.release != nil {
		s.release()
		if err := errors.Join(<-s.ended, <-s.ended); err != nil {
			tb.Error(err)
		}
		s.release = nil
	}
	if r, err := s.store.Verify(context.Background()); err != nil || len(r.Problems) > 0 {
		if !strings.Contains(fmt.Sprint(err), "closed") {
			tb.Errorf("the store: %v %v", r.Problems, err)
		}
	}
	if err := s.store.Close(); err != nil {
		tb.Error(err)
	}
}

// visit sends a page view of a visitor.
func (s *setup) visit(tb testing.TB, site, path, referrer string, visitor int, more string) {
	tb.Helper()
	body := fmt.Sprintf(`{"site":%q,"name":"pageview","url":%q,"referrer":%q,"visitor":"v%d"%s}`, site, path, referrer, visitor, more)
	req, err := http.NewRequest("POST", "http://"+s.addr+"/api/v1/events", strings.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.keys[holdfast.ScopeImport])
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	text, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != 202 {
		tb.Fatalf("%s: %s", res.Status, text)
	}
}

// stream is one that is read by hand, without a goroutine of its own.
type stream struct {
	conn net.Conn
	res  *http.Response
	in   *bufio.Reader
}

// watch opens a stream; header is lines like "Authorization: Bearer …".
func (s *setup) watch(tb testing.TB, site string, header ...string) *stream {
	tb.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close() })
	lines := append([]string{"GET /api/v1/sites/" + site + "/live HTTP/1.1", "Host: localhost"}, header...)
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		tb.Fatal(err)
	}
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return &stream{conn, res, bufio.NewReader(res.Body)}
}

// message is one of a stream.
type message struct {
	id      int64
	data    string
	comment string
	retry   string
}

func (s *stream) next() (m message, err error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return m, err
	}
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return m, err
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "id":
			if m.id, err = strconv.ParseInt(value, 10, 64); err != nil {
				return m, err
			}
		case "data":
			m.data = value
		case "retry":
			m.retry = value
		case "":
			if value == "" {
				return m, nil
			}
			m.comment = value
		default:
			return m, fmt.Errorf("line %q", line)
		}
	}
}

// second returns the next Second.
func (s *stream) second(tb testing.TB) (got holdfast.Second) {
	tb.Helper()
	for {
		m, err := s.next()
		if err != nil {
			tb.Fatal(err)
		}
		if m.data == "" {
			continue
		}
		if err := json.Unmarshal([]byte(m.data), &got); err != nil {
			tb.Fatal(err)
		}
		if got.At != holdfast.Millis(m.id) {
			tb.Fatalf("message %d is of %d", m.id, got.At)
		}
		return got
	}
}

// answered is an answer, and what it says.
type answered struct {
	status int
	header http.Header
	body   string
	holdfast.Second
}

// ask asks for live.json; header is names and values in turn.
func (s *setup) ask(tb testing.TB, path string, header ...string) answered {
	tb.Helper()
	req, err := http.NewRequest("GET", "http://"+s.addr+"/api/v1/sites/"+path, nil)
	if err != nil {
		tb.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	a := answered{status: res.StatusCode, header: res.Header, body: string(text)}
	if err := json.Unmarshal(text, &a.Second); err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return a
}
