package events_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/collecttest"
	"holdfast/collect/events"
	"holdfast/collect/limit"
)

func TestAllFields(t *testing.T) {
	s := start(t, nil)
	a := s.post(t, `[{"site":"a.example","name":"buy","url":"https://a.example/x","referrer":"https://t.co/","title":"T\u00e4",
		"time":"2026-07-31T13:59:00.250+02:00","id":"1","ip":"203.0.113.7","user_agent":"UA","visitor":null,"visit":"v","member":"m",
		"country":"DE","language":"de","screen":1440,"interactive":false,
		"props":{"s":"x","i":9007199254740993,"f":1.5,"b":true,"n":null,"e":1e3,"\u0061":-0},"value":-5,"currency":"USD"}]`)
	if a.status != 202 || a.Accepted != 1 || a.header.Get("Holdfast-Receipt") != "r1-1" {
		t.Fatalf("got %+v", a)
	}
	want := holdfast.Event{
		Site: 1, Day: holdfast.DayOf(2026, 7, 31), Time: holdfast.MillisOf(noon) - 59_750, Received: holdfast.MillisOf(noon),
		Name: "buy", Host: "a.example", Path: "/x", Title: "Tä", Referrer: "https://t.co/", Source: "Twitter", Channel: "Organic Social",
		Country: "DE", CountryBy: holdfast.CountryBySender, Language: "de", Screen: "desktop", UserAgent: "UA", Scroll: holdfast.NoScroll,
		Visitor: collecttest.Hasher{}.Member(1, "m"), Visit: collecttest.Hasher{}.Visit(1, "v"),
		Props: []holdfast.Prop{
			{Key: "a", Kind: holdfast.PropInt}, {Key: "b", Kind: holdfast.PropBool, Bool: true}, {Key: "e", Kind: holdfast.PropFloat, Float: 1000},
			{Key: "f", Kind: holdfast.PropFloat, Float: 1.5}, {Key: "i", Kind: holdfast.PropInt, Int: 9007199254740993}, {Key: "s", Kind: holdfast.PropString, Str: "x"},
		},
		Value: -5, Currency: "USD", ID: collecttest.Hasher{}.EventID(1, "1"), Door: holdfast.DoorAPI, Origin: holdfast.Collected,
	}
	if diff := cmp.Diff([]holdfast.Event{want}, s.sink.Events()); diff != "" {
		t.Error(diff)
	}
}

// bad are lines with what is wrong with each.
var bad = []struct{ name, line, field, why string }{
	{"an unknown field", `{"site":"a.example","name":"x","url":"/","colour":"red"}`, "colour", "is no field of an event"},
	{"a field twice", `{"site":"a.example","name":"x","name":"y","url":"/"}`, "name", "is given twice"},
	{"a field twice, once written with escapes", `{"site":"a.example","name":"x","n\u0061me":"y","url":"/"}`, "name", "is given twice"},
	{"a number for a string", `{"site":"a.example","name":404,"url":"/"}`, "name", "must be a string"},
	{"no token for one", `{"site":"a.example","name":"x","url":"/","visit_token":"AAAA"}`, "visit_token", "is no token that this site's pages got"},
	{"an object for a string", `{"site":"a.example","name":"x","url":{"a":[1]}}`, "url", "must be a string"},
	{"a string for a number", `{"site":"a.example","name":"x","url":"/","value":"5"}`, "value", "must be a whole number"},
	{"a fraction for a whole number", `{"site":"a.example","name":"x","url":"/","value":19.99}`, "value", "must be a whole number"},
	{"a number too large", `{"site":"a.example","name":"x","url":"/","age":9223372036854775808}`, "age", "must be a whole number"},
	{"a string for a truth", `{"site":"a.example","name":"x","url":"/","interactive":"yes"}`, "interactive", "must be true or false"},
	{"a day for a time", `{"site":"a.example","name":"x","url":"/","time":"2026-07-31"}`, "time", `"2026-07-31" is neither RFC 3339, like 2026-07-31T18:30:00Z, nor milliseconds since 1970`},
	{"a fraction for a time", `{"site":"a.example","name":"x","url":"/","time":1.5}`, "time", "must be a string in RFC 3339, or whole milliseconds since 1970"},
	{"a time before 1990", `{"site":"a.example","name":"x","url":"/","time":0}`, "time", "is before 1990-01-01"},
	{"words for an address", `{"site":"a.example","name":"x","url":"/","ip":"localhost"}`, "ip", "is no IP address"},
	{"an array for properties", `{"site":"a.example","name":"x","url":"/","props":[]}`, "props", "must be an object"},
	{"an array for a property", `{"site":"a.example","name":"x","url":"/","props":{"a":[]}}`, "props.a", "must be a string, a number, true or false"},
	{"a property twice", `{"site":"a.example","name":"x","url":"/","props":{"a":1,"a":2}}`, "props.a", "is given twice"},
	{"a number beyond all", `{"site":"a.example","name":"x","url":"/","props":{"a":1e999}}`, "props.a", "is larger than any number kept"},
	{"no object", `"x"`, "", "an event must be an object"},
	{"an unknown site", `{"site":"c.example","name":"x","url":"/"}`, "site", `there is no site "c.example"`},
	{"no url", `{"site":"a.example","name":"x"}`, "url", "is required"},
	{"null for what is required", `{"site":"a.example","name":null,"url":"/"}`, "name", "is required"},
}

// A flood of what is bad is not looked at for long, and is counted. Who sends
// as much that is good is read to the end.
func TestAFloodOfBadEvents(t *testing.T) {
	const n = 25_000
	bad, last := `{"site":"a.example","name":"x"}`, `{"site":"a.example","name":"last","url":"/"}`
	cases := []struct {
		name string
		good int // before the bad ones
		read int // of the bad ones
	}{
		{"nothing good", 0, 10_001},
		{"a little that is good", 5, 10_006},
		{"enough that is good", n - 10_000, n},
	}
	for _, c := range cases {
		for _, as := range []struct{ name, begin, between, end string }{{"lines", "", "\n", "\n"}, {"array", "[", ",", "]"}} {
			t.Run(c.name+", "+as.name, func(t *testing.T) {
				s := start(t, nil)
				body := as.begin + strings.Repeat(good+as.between, c.good) + strings.Repeat(bad+as.between, n) + last + as.end
				a := s.post(t, body)
				unread, accepted := n-c.read+1, c.good
				if c.read == n {
					unread, accepted = 0, c.good+1
				}
				refused := n + c.good + 1 - accepted
				if a.Accepted != accepted || a.Refused != refused || a.Unread != unread || a.More != c.read-100 || len(a.Errors) != 100 {
					t.Errorf("accepted %d of %d, refused %d of %d, of which unread %d of %d, more %d, listed %d", a.Accepted, accepted, a.Refused, refused, a.Unread, unread, a.More, len(a.Errors))
				}
				if len(s.sink.Events()) != accepted {
					t.Errorf("kept %d of %d", len(s.sink.Events()), accepted)
				}
				want := map[collecttest.Refusal]int64{{Site: 1, Reason: holdfast.RefusedMalformed}: int64(c.read)}
				if unread > 0 {
					want[collecttest.Refusal{Site: 0, Reason: holdfast.RefusedMalformed}] = int64(unread)
				}
				if diff := cmp.Diff(want, s.books.All()); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// broken are lines that are not JSON, which would spoil an array.
var broken = []struct{ name, line, field, why string }{
	{"a line cut off", `{"site":"a.example","name":`, "", "the line is not JSON: it ends in the middle"},
	{"no JSON", `hello`, "", "the line is not JSON at byte 0: invalid character 'h' at start of value"},
	{"two objects", good + good, "", "something follows the object on its line"},
	{"a part of an array", `{"site":"a.example","name":"x","url":"/"},`, "", "something follows the object on its line"},
	{"half a character", `{"site":"a.example","name":"x","url":"/","title":"` + "\xff" + `"}`, "title", "the line is not JSON at byte 50: invalid UTF-8"},
}

func TestABadLineCostsTheOthersNothing(t *testing.T) {
	lines := append(append(bad[:0:0], bad...), broken...)
	s := start(t, nil)
	var body strings.Builder
	var want []lineError
	for i, c := range lines {
		fmt.Fprintf(&body, "%s\n%s\r\n\n", good, c.line)
		want = append(want, lineError{3*i + 2, c.field, c.why})
	}
	body.WriteString(good) // without a line's end
	a := s.post(t, body.String())
	if a.status != 202 || a.Accepted != len(lines)+1 || a.Refused != len(lines) || len(s.sink.Events()) != len(lines)+1 {
		t.Errorf("got %d, accepted %d, refused %d, kept %d", a.status, a.Accepted, a.Refused, len(s.sink.Events()))
	}
	if diff := cmp.Diff(want, a.Errors); diff != "" {
		t.Error(diff)
	}
}

func TestABadElementCostsTheOthersNothing(t *testing.T) {
	s := start(t, nil)
	var elements []string
	var want []lineError
	for i, c := range bad {
		elements = append(elements, good, c.line)
		want = append(want, lineError{2*i + 2, c.field, c.why})
	}
	a := s.post(t, "\n["+strings.Join(append(elements, good), ",\n")+"]\n")
	if a.status != 202 || a.Accepted != len(bad)+1 || a.Refused != len(bad) {
		t.Errorf("got %d, accepted %d, refused %d", a.status, a.Accepted, a.Refused)
	}
	if diff := cmp.Diff(want, a.Errors); diff != "" {
		t.Error(diff)
	}
}

func TestNothingAccepted(t *testing.T) {
	cases := []struct {
		name, body string
		status     int
		field, why string
	}{
		{"an empty body", " \n", 400, "", "the body is empty"},
		{"an array cut off", "[" + good + "," + good[:20], 400, "", "the array is not JSON: it ends in the middle"},
		{"an array that is not JSON", "[" + good + " " + good + "]", 400, "", "the array is not JSON at byte 67: invalid character '{' after array element (expecting ',' or ']')"},
		{"something behind the array", "[" + good + "]\n" + good, 400, "", "something follows the array"},
		{"bad lines alone", "{}\n{}", 400, "site", "is required"},
		{"an array without events", "[]", 202, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, nil)
			a := s.post(t, c.body)
			if a.status != c.status || a.Accepted != 0 || a.header.Get("Holdfast-Receipt") != "" || len(s.sink.Events()) != 0 {
				t.Errorf("got %+v", a)
			}
			if c.why == "" {
				return
			}
			if len(a.Errors) == 0 || a.Errors[0].Field != c.field || a.Errors[0].Error != c.why {
				t.Errorf("got %+v", a.Errors)
			}
		})
	}
}

func TestErrorsAreListedUpTo100(t *testing.T) {
	a := start(t, nil).post(t, strings.Repeat("{}\n", 150)+good)
	if a.Accepted != 1 || a.Refused != 150 || len(a.Errors) != 100 || a.More != 50 {
		t.Errorf("accepted %d, refused %d, listed %d, more %d", a.Accepted, a.Refused, len(a.Errors), a.More)
	}
}

func TestKeys(t *testing.T) {
	cases := []struct {
		name, header, body string
		status             int
	}{
		{"no key", "", good, 401},
		{"an unknown key", "Bearer hf_x", good, 401},
		{"a key of another scheme", "Basic aGY=", good, 401},
		{"a key for reading", "Bearer hf_r", good, 403},
		{"a key for another site", "Bearer hf_b", good, 403},
		{"a key for one of two sites", "Bearer hf_b", good + "\n" + `{"site":"b.example","name":"x","url":"/"}`, 202},
		{"an owner's key", "Bearer hf_o", good, 202},
		{"a collect key for the past", "Bearer hf_c", `{"site":"a.example","name":"x","url":"/","time":"2020-01-01T00:00:00Z"}`, 400},
		{"an import key for the past", "Bearer hf_i", `{"site":"a.example","name":"x","url":"/","time":"2020-01-01T00:00:00Z"}`, 202},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, nil)
			if a := s.post(t, c.body, "Authorization", c.header); a.status != c.status {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestStrangersAreHeldBack(t *testing.T) {
	s := start(t, func(o *events.Options, _ *collect.Options) {
		o.Networks = limit.NewNetworks(0.5, 3, func() time.Time { return noon })
	})
	for range 3 {
		if a := s.post(t, good, "Authorization", "Bearer guess"); a.status != 401 {
			t.Fatalf("got %+v", a)
		}
	}
	a := s.post(t, good, "Authorization", "Bearer guess")
	if a.status != 429 || a.header.Get("Retry-After") != "2" {
		t.Errorf("got %+v", a)
	}
	if a := s.post(t, good); a.status != 202 {
		t.Errorf("a good key is held back: %+v", a)
	}
	for by, n := range s.books.All() {
		if by.Reason.Spoils() {
			t.Errorf("strangers make the minute of site %d partial: %d refused for %q", by.Site, n, by.Reason)
		}
	}
}

func TestBodies(t *testing.T) {
	packed := func(p []byte) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(p)
		z.Close()
		return b.String()
	}
	many := strings.Repeat(good+"\n", 3)
	cases := []struct {
		name, body, encoding string
		status               int
		code                 string
	}{
		{"gzip", packed([]byte(many)), "gzip", 202, ""},
		{"gzip in two parts", packed([]byte(good+"\n")) + packed([]byte(good)), "gzip", 202, ""},
		{"identity", many, "Identity", 202, ""},
		{"a byte order mark", "\xef\xbb\xbf" + good, "", 202, ""},
		{"a bomb", packed(make([]byte, 40<<20)), "gzip", 413, "too_large"},
		{"gzip cut off", packed([]byte(many))[:30], "gzip", 400, "malformed"},
		{"what is not gzip", many, "gzip", 400, "malformed"},
		{"an unknown encoding", many, "br", 415, "encoding"},
		{"a body too large", strings.Repeat(good+"\n", 160_000), "", 413, "too_large"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, nil)
			a := s.post(t, c.body, "Content-Encoding", c.encoding)
			if a.status != c.status || a.Error.Code != c.code {
				t.Errorf("got %+v", a)
			}
		})
	}
	t.Run("a body of unknown length that is too large", func(t *testing.T) {
		s := start(t, nil)
		a := s.send(t, io.LimitReader(endless{}, 11_000_000))
		if a.status != 413 {
			t.Errorf("got %+v", a)
		}
	})
}

// endless is white space without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

func TestASlowBodyIsGivenUp(t *testing.T) {
	s := start(t, func(o *events.Options, _ *collect.Options) { o.BodyTime = 50 * time.Millisecond })
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hf_c\r\nContent-Length: 1000\r\n\r\n%s\n", good)
	answer, err := io.ReadAll(conn) // ends as the server hangs up
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") {
		t.Errorf("got %s", answer)
	}
	if len(s.sink.Events()) != 0 {
		t.Error("events of half a body are kept")
	}
}

func TestManyEventsAreHandedOnInChunks(t *testing.T) {
	s := start(t, func(o *events.Options, _ *collect.Options) { o.Chunk = 10 })
	a := s.post(t, strings.Repeat(good+"\nbad\n", 95))
	if a.status != 202 || a.Accepted != 95 || a.Refused != 95 || a.header.Get("Holdfast-Receipt") != "r10-5" {
		t.Errorf("got %d, %d, %d, %s", a.status, a.Accepted, a.Refused, a.header.Get("Holdfast-Receipt"))
	}
	if n := len(s.sink.Events()); n != 95 {
		t.Errorf("kept %d", n)
	}
}

func TestRepeatsAreAnsweredLikeTheFirst(t *testing.T) {
	s := start(t, nil)
	body := `{"site":"a.example","name":"x","url":"/","id":"1"}`
	first, again := s.post(t, body), s.post(t, body)
	if again.status != first.status || again.Accepted != first.Accepted || again.header.Get("Holdfast-Receipt") == "" {
		t.Errorf("got %+v and %+v", first, again)
	}
	if n := len(s.sink.Events()); n != 1 {
		t.Errorf("kept %d", n)
	}
}

func TestTheStoreCannotKeepAnything(t *testing.T) {
	s := start(t, func(o *events.Options, _ *collect.Options) { o.Chunk = 10 })
	s.sink.Fail(3, fmt.Errorf("append: %w", holdfast.ErrUnavailable))
	a := s.post(t, strings.Repeat(good+"\n", 55))
	if a.status != 503 || a.header.Get("Retry-After") != "5" || a.header.Get("Holdfast-Receipt") != "" {
		t.Errorf("got %+v", a)
	}
	// The rest of the body may go unread, but what was read is in the books.
	if n := s.books.All()[collecttest.Refusal{Site: 1, Reason: holdfast.RefusedUnavailable}]; n < 10 || n > 35 {
		t.Errorf("booked %d", n)
	}
	if a.Accepted != 20 || a.Error.Code != "unavailable" || !strings.Contains(a.Error.Hint, "first 20") {
		t.Errorf("got %+v", a)
	}
	s.sink.Fail(0, errors.New("out of luck"))
	if a := s.post(t, good); a.status != 503 || a.Accepted != 0 {
		t.Errorf("got %+v", a)
	}
}

// held is a sink that waits to be let go.
type held struct {
	collecttest.Sink
	came, goes chan struct{}
}

func (h *held) Accept(ctx context.Context, events []holdfast.Event) (holdfast.Receipt, error) {
	h.came <- struct{}{}
	<-h.goes
	return h.Sink.Accept(ctx, events)
}

func TestASenderWhoLeavesHasSent(t *testing.T) {
	sink := &held{came: make(chan struct{}), goes: make(chan struct{})}
	s := start(t, func(_ *events.Options, o *collect.Options) { o.Sink = sink })
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "POST", s.url, strings.NewReader(good))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer hf_c")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
		}
	}()
	<-sink.came
	leave()
	<-gone
	time.Sleep(20 * time.Millisecond) // until the server notices
	sink.goes <- struct{}{}
	for range 100 {
		if len(sink.Events()) == 1 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n, refused := len(sink.Events()), s.books.All(); n != 1 || len(refused) != 0 {
		t.Errorf("kept %d, refused %v", n, refused)
	}
}

func TestABudgetThatIsUsedUp(t *testing.T) {
	s := start(t, func(_ *events.Options, o *collect.Options) { o.SiteBytesPerDay = 200 })
	a := s.post(t, strings.Repeat(good+"\n", 5))
	if a.status != 202 || a.Accepted != 3 || a.Refused != 2 {
		t.Errorf("got %+v", a)
	}
	if a := s.post(t, good); a.status != 429 || a.header.Get("Retry-After") != "43200" {
		t.Errorf("got %+v", a)
	}
	want := map[collecttest.Refusal]int64{{Site: 1, Reason: holdfast.RefusedRate}: 3}
	if diff := cmp.Diff(want, s.books.All()); diff != "" {
		t.Error(diff)
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	s := start(t, func(o *events.Options, _ *collect.Options) { o.Chunk, o.LargeBodies = 50, 1 })
	var wg sync.WaitGroup
	for c := range 8 {
		wg.Go(func() {
			var body strings.Builder
			for i := range 300 {
				fmt.Fprintf(&body, `{"site":"a.example","name":"c%d","url":"/%d","ip":"203.0.113.%d","props":{"i":%d}}`+"\n", c, i, c, i)
			}
			if a := s.post(t, body.String()); a.status != 202 || a.Accepted != 300 {
				t.Errorf("got %+v", a)
			}
		})
	}
	wg.Wait()
	seen := map[string]int64{}
	for _, e := range s.sink.Events() {
		if want := fmt.Sprintf("/%d", e.Props[0].Int); e.Path != want {
			t.Errorf("the path of %s is %s", want, e.Path)
		}
		seen[e.Name]++
	}
	for name, n := range seen {
		if n != 300 {
			t.Errorf("%s came %d times", name, n)
		}
	}
}

func TestContentTypeDoesNotMatter(t *testing.T) {
	s := start(t, nil)
	for _, kind := range []string{"application/json", "text/plain", "application/x-www-form-urlencoded", "nonsense"} {
		if a := s.post(t, good, "Content-Type", kind); a.status != http.StatusAccepted {
			t.Errorf("%s: got %+v", kind, a)
		}
	}
}
