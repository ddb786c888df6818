package accesslog_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/accesslog"
	"holdfast/collect/collecttest"
)

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// store keeps events in memory, those with one id once.
type store struct {
	collecttest.Sites
	*collecttest.Salts
	collecttest.Hasher
	*collecttest.Books

	mu     sync.Mutex
	events []holdfast.Event
	have   map[holdfast.EventID]bool
	fail   []error // what the next calls fail with; nil: nothing
	told   []holdfast.Import
}

func (s *store) Imported(_ context.Context, im holdfast.Import) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, im)
	return nil
}

func (s *store) Import(_ context.Context, events []holdfast.Event) (holdfast.Receipt, []bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.fail) > 0 {
		err := s.fail[0]
		s.fail = s.fail[1:]
		if err != nil {
			clear(events) // they belong to the store
			return holdfast.Receipt{}, nil, err
		}
	}
	fresh := make([]bool, len(events))
	for i, e := range events {
		if fresh[i] = !s.have[e.ID]; fresh[i] {
			s.have[e.ID] = true
			s.events = append(s.events, e)
		}
	}
	return holdfast.Receipt{Seq: 1}, fresh, nil
}

func newStore(tb testing.TB, sites ...string) *store {
	tb.Helper()
	if len(sites) == 0 {
		sites = []string{"shop.example", "news.example"}
	}
	return &store{
		Sites: collecttest.NewSites(tb, "UTC", sites...), Salts: &collecttest.Salts{}, Books: &collecttest.Books{}, have: map[holdfast.EventID]bool{},
	}
}

func (s *store) intake() *accesslog.Intake {
	return accesslog.NewIntake(s, bots{}, func() time.Time { return noon })
}

// bots flags those who say that they are some.
type bots struct{}

func (bots) Classify(e *holdfast.Event, _ collect.Hints) {
	if strings.Contains(strings.ToLower(e.UserAgent), "bot") {
		e.Flag = holdfast.FlagBot
	}
}

// read imports a log, and returns what became of its lines, which must add up.
func (s *store) read(tb testing.TB, site string, log string, change ...func(*accesslog.Options)) (accesslog.Summary, error) {
	tb.Helper()
	o := accesslog.Options{Door: s.intake(), Site: site}
	for _, c := range change {
		c(&o)
	}
	im := accesslog.New(o)
	err := im.File(tb.Context(), "access.log", strings.NewReader(log))
	if closed := im.Close(tb.Context()); err == nil {
		err = closed
	}
	sum := im.Summary()
	if d := sum.Difference(); d != 0 {
		tb.Errorf("%d lines are in none of the numbers of %+v", d, sum)
	}
	return sum, err
}

// mustRead is read of a log that can be read to its end.
func (s *store) mustRead(tb testing.TB, site string, log string, change ...func(*accesslog.Options)) accesslog.Summary {
	tb.Helper()
	sum, err := s.read(tb, site, log, change...)
	if err != nil {
		tb.Fatal(err)
	}
	return sum
}

// line is a page view in combined format, a number of seconds after 18:30.
func line(second int, path, agent string) string {
	return "203.0.113.7 - - [" + time.Date(2026, 7, 30, 18, 30, second, 0, time.UTC).Format("02/Jan/2006:15:04:05 -0700") +
		`] "GET ` + path + ` HTTP/1.1" 200 512 "-" "` + agent + `"` + "\n"
}

func zipped(tb testing.TB, text string) string {
	tb.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// testdata returns the bytes of a file of the data beside the project, and
// skips the test where that is absent.
func testdata(tb testing.TB, name string) []byte {
	tb.Helper()
	dir := os.Getenv("HOLDFAST_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	text, err := os.ReadFile(filepath.Join(dir, name))
	if os.IsNotExist(err) {
		tb.Skipf("the test data is not there: set HOLDFAST_TEST_DATA to the folder that %s is in", name)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// semicomplete is a real log of 10,000 lines.
func semicomplete(tb testing.TB) string {
	tb.Helper()
	r, err := gzip.NewReader(bytes.NewReader(testdata(tb, "logs/semicomplete_scrubbed_sorted_10k.log.gz")))
	if err != nil {
		tb.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
