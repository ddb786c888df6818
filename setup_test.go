package holdfast_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
	"holdfast/collect/client"
	"holdfast/collect/events"
	"holdfast/collect/limit"
	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"
	"holdfast/keep"
	"holdfast/query"

	"github.com/google/go-cmp/cmp"
)

// A shop is one site, with everything that lies between its visitors and the
// answers about them: the door for events, the store, and the engine, put
// together as a server does it. Its disk forgets what was not synced, and its
// clock is turned by hand.
type shop struct {
	t      *testing.T
	disk   *faultfs.FS
	now    time.Time
	chance *rand.Rand
	opened byte
	keys   map[holdfast.Scope]string

	store  *keep.Store
	door   http.Handler
	engine *query.Engine
}

const shopName = "shop.example"

// newShop makes a store at the moment given, with one site.
func newShop(t *testing.T, zone string, now time.Time) *shop {
	t.Helper()
	s := &shop{t: t, disk: faultfs.New(), now: now, chance: rand.New(rand.NewPCG(1, 2)), keys: map[holdfast.Scope]string{}}
	if _, err := keep.InitFS(s.disk, s.clock, rand.NewChaCha8([32]byte{1})); err != nil {
		t.Fatal(err)
	}
	s.open()
	t.Cleanup(func() { s.store.Close() })
	if _, err := s.store.AddSite(t.Context(), shopName, zone, false); err != nil {
		t.Fatal(err)
	}
	for _, scope := range []holdfast.Scope{holdfast.ScopeCollect, holdfast.ScopeImport} {
		token, _, err := s.store.AddKey(t.Context(), []holdfast.Scope{scope}, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		s.keys[scope] = token
	}
	return s
}

func (s *shop) clock() time.Time { return s.now }

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) open() {
	s.t.Helper()
	s.must(s.tryOpen())
}

func (s *shop) tryOpen() error {
	s.opened++
	random := rand.NewChaCha8([32]byte{2, s.opened})
	store, err := keep.OpenFS(s.disk, keep.Options{Now: s.clock, Random: random, ByHand: true, LogBytes: 32 << 10})
	if err != nil {
		return err
	}
	s.store = store
	s.engine = query.New(storeViews{store}, query.Options{})
	s.door = events.New(events.Options{
		Collector: collect.New(collect.Options{
			Sites: store, Salts: store, Hasher: store, Books: store, Classifier: classify.New(), Sink: store,
			NewStringsPerHour: 100_000, Now: s.clock, Rand: random,
		}),
		Books: store, Keys: store, Receipts: store, Networks: limit.NewNetworks(0, 0, s.clock), Proxies: &client.Proxies{},
	})
	return nil
}

// restart stops the server in order and starts it again.
func (s *shop) restart() {
	s.t.Helper()
	s.must(s.store.Close())
	s.open()
}

// cut turns the power off and on again.
func (s *shop) cut() {
	s.t.Helper()
	s.disk.Inject(func(faultfs.Op) error { return faultfs.ErrPowerOff })
	s.store.Close()
	s.disk = s.disk.Crash(s.chance)
	s.open()
}

// tend does all that is due at the present moment.
func (s *shop) tend() {
	s.t.Helper()
	s.must(s.store.SealNow(s.t.Context()))
	s.must(s.store.Tend(s.t.Context()))
}

// tendLate brings rows that came late to the files of their days: they gather
// for a quarter of an hour first.
func (s *shop) tendLate() {
	s.t.Helper()
	s.tend()
	s.now = s.now.Add(15 * time.Minute)
	s.tend()
}

// tendDays lets some days go by, after which nothing waits for more to come.
func (s *shop) tendDays() {
	s.t.Helper()
	for range 10 {
		s.tend()
		s.now = s.now.Add(10 * time.Hour)
	}
	s.tend()
}

// A hit is an event as a site's server reports it. Without a time it happens
// when it is sent.
type hit map[string]any

func pageOf(ip, page string) hit {
	return hit{"site": shopName, "name": "pageview", "url": page, "ip": ip, "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
}

func (h hit) at(t time.Time) hit {
	h["time"] = t.UnixMilli()
	return h
}

// post sends hits to the door.
func (s *shop) post(scope holdfast.Scope, hits ...hit) *httptest.ResponseRecorder {
	s.t.Helper()
	var body bytes.Buffer
	for _, h := range hits {
		s.must(json.NewEncoder(&body).Encode(h))
	}
	r := httptest.NewRequest(http.MethodPost, "/api/v1/events", &body)
	r.Header.Set("Authorization", "Bearer "+s.keys[scope])
	w := httptest.NewRecorder()
	s.door.ServeHTTP(w, r)
	return w
}

// send sends hits to the door, which must take them all.
func (s *shop) send(scope holdfast.Scope, hits ...hit) {
	s.t.Helper()
	w := s.post(scope, hits...)
	if want := fmt.Sprintf(`{"accepted":%d,"refused":0}`, len(hits)); w.Code != http.StatusAccepted || strings.TrimSpace(w.Body.String()) != want {
		s.t.Fatalf("%d hits sent at %s are answered %d %s", len(hits), s.now, w.Code, w.Body)
	}
}

// asked is a question as people write it. Its period is two days, both
// included, or two moments.
type asked struct{ period, metrics, by, where, zone string }

func (s *shop) question(q asked) holdfast.Question {
	s.t.Helper()
	site, ok := s.store.Site(shopName)
	if !ok {
		s.t.Fatal("the site is gone")
	}
	question := holdfast.Question{Site: shopName, Zone: q.zone}
	var err error
	question.From, question.To, err = query.ParsePeriod(q.period, site, q.zone, holdfast.MillisOf(s.now))
	s.must(err)
	question.Metrics, err = query.ParseMetrics(q.metrics)
	s.must(err)
	question.By, err = query.ParseDimensions(q.by)
	s.must(err)
	if q.where != "" {
		question.Where, err = query.ParseFilter(q.where)
		s.must(err)
	}
	return question
}

// ask returns the rows of the answer, each as its values with spaces between.
func (s *shop) ask(q asked) []string {
	s.t.Helper()
	answers, err := s.engine.Ask(s.t.Context(), s.question(q))
	s.must(err)
	list := []string{}
	for _, row := range answers[0].Rows {
		list = append(list, strings.TrimSuffix(fmt.Sprintln(row...), "\n"))
	}
	return list
}

// want compares the rows of an answer.
func (s *shop) want(q asked, rows ...string) {
	s.t.Helper()
	if diff := cmp.Diff(rows, s.ask(q)); diff != "" {
		s.t.Errorf("at %s, %+v (-want +got):\n%s", s.now.UTC().Format(time.RFC3339), q, diff)
	}
}

// answers returns all of what is answered, but for the moment it is of.
func (s *shop) answers(questions []asked) []string {
	s.t.Helper()
	var list []string
	for _, q := range questions {
		answers, err := s.engine.Ask(s.t.Context(), s.question(q))
		s.must(err)
		answers[0].AsOf = holdfast.AsOf{}
		text, err := json.Marshal(answers[0])
		s.must(err)
		list = append(list, string(text))
	}
	return list
}

// live brings what is in memory through all the forms that rows take in their
// life, through stops and power cuts, and makes sure that the questions, about
// time that has passed, are answered the same to the byte, and that nothing of
// the store is damaged.
func (s *shop) live(questions ...asked) {
	s.t.Helper()
	s.must(s.store.Beat(s.t.Context())) // from here on nothing is learned about the past
	want := s.answers(questions)
	same := func(form string) {
		s.t.Helper()
		for i, got := range s.answers(questions) {
			if got != want[i] {
				s.t.Errorf("%s, %+v is answered otherwise (-want +got):\n%s", form, questions[i], cmp.Diff(want[i], got))
			}
		}
	}
	s.cut()
	same("read again from the log")
	s.must(s.store.SealNow(s.t.Context()))
	same("sealed")
	s.restart()
	same("opened again")
	s.now = s.now.Add(26 * time.Hour)
	s.tend()
	s.wantKinds(0, "shared", "shared with hashes", "month")
	same("in files of their days")
	s.cut()
	same("in files of their days, after a power cut")
	s.now = s.now.Add(50 * time.Hour)
	s.tend() // salts die
	s.now = s.now.Add(time.Hour)
	s.tend()
	s.wantKinds(0, "shared", "month")
	same("with ordinals for hashes")
	s.now = s.now.Add(40 * 24 * time.Hour)
	s.tend()
	s.wantKinds(0, "shared", "month") // a month of which there is one day is as it was
	same("in a file of the month")
	s.restart()
	same("in a file of the month, opened again")
	s.check()
}

// check reads all of the store and finds nothing wrong.
func (s *shop) check() {
	s.t.Helper()
	report, err := s.store.Verify(context.Background())
	s.must(err)
	if len(report.Problems) > 0 {
		s.t.Errorf("verify finds %q", report.Problems)
	}
}

// holding returns the names of the files that have bytes somewhere in them.
func (s *shop) holding(what []byte) []string {
	s.t.Helper()
	list := []string{}
	s.walk(".", func(name string, data []byte) {
		if bytes.Contains(data, what) {
			list = append(list, name)
		}
	})
	return list
}

// walk calls fn for every file of the store.
func (s *shop) walk(folder string, fn func(name string, data []byte)) {
	s.t.Helper()
	entries, err := s.disk.ReadDir(folder)
	s.must(err)
	for _, e := range entries {
		name := path.Join(folder, e.Name())
		if e.IsDir() {
			s.walk(name, fn)
			continue
		}
		data, err := fsx.ReadFile(s.disk, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the log takes its spares away when it likes
		}
		s.must(err)
		fn(name, data)
	}
}

// wantKinds makes sure that the store consists of that many files, or any
// number if it is 0, and that all are of these kinds.
func (s *shop) wantKinds(files int, kinds ...string) {
	s.t.Helper()
	have := s.store.Files()
	if len(have) == 0 || files != 0 && files != len(have) {
		s.t.Errorf("at %s the store consists of %d files", s.now, len(have))
	}
	for _, f := range have {
		kind := f.Kind
		if f.Hashed {
			kind += " with hashes"
		}
		if !slices.Contains(kinds, kind) {
			s.t.Errorf("at %s the store has %s: it is a %s, not one of %q", s.now, f.Name, kind, kinds)
		}
	}
}
