package door_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect/collecttest"
	"holdfast/collect/door"
)

func TestKeys(t *testing.T) {
	keys := collecttest.Keys{"hf_a": {ID: "a"}}
	cases := []struct {
		name, header string
		id           string
		known, shown bool
	}{
		{"a key", "Bearer hf_a", "a", true, true},
		{"a scheme in other letters, and more spaces", "bearer  hf_a ", "a", true, true},
		{"a key that is not known", "Bearer hf_b", "", false, true},
		{"another scheme", "Basic aGZfYQ==", "", false, true},
		{"none", "", "", false, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", nil)
			if c.header != "" {
				r.Header.Set("Authorization", c.header)
			}
			if key, known, shown := door.KeyOf(keys, r); key.ID != c.id || known != c.known || shown != c.shown {
				t.Errorf("got %q, %t, %t", key.ID, known, shown)
			}
		})
	}
}

var bounds = door.Bounds{Sent: 40_000, Inflated: 60_000, Time: time.Second, Kept: 8 << 10, Large: 1}

func zipped(n int) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(make([]byte, n))
	z.Close()
	return b.String()
}

func TestBodies(t *testing.T) {
	cases := []struct {
		name, body, encoding string
		length               int // of what is read
		status               int // of the fault, or 0
	}{
		{"an empty one", "", "", 0, 0},
		{"a short one", "abc", "", 3, 0},
		{"a byte order mark is none of it", "\xef\xbb\xbfabc", "", 3, 0},
		{"as long as may be", strings.Repeat("x", 40_000), "", 40_000, 0},
		{"longer", strings.Repeat("x", 40_001), "", 0, 413},
		{"inflated as long as may be", zipped(60_000), "gzip", 60_000, 0},
		{"inflated longer", zipped(60_001), "gzip", 0, 413},
		{"cut off", zipped(60_000)[:50], "gzip", 0, 400},
		{"no gzip", "abc", "gzip", 0, 400},
		{"another encoding", "abc", "zstd", 0, 415},
	}
	bodies := door.NewBodies(bounds)
	var memory []byte
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
			r.Header.Set("Content-Encoding", c.encoding)
			var body []byte
			body, kept, release, f := bodies.Read(httptest.NewRecorder(), r, memory)
			defer release()
			if memory = kept; cap(memory) > bounds.Kept {
				t.Errorf("%d bytes are kept", cap(memory))
			}
			if f == nil && c.status != 0 || f != nil && f.Status != c.status {
				t.Fatalf("got %+v, want %d", f, c.status)
			}
			if f == nil && len(body) != c.length {
				t.Errorf("read %d bytes, want %d", len(body), c.length)
			}
		})
	}
}

func TestWhoSendsTooMuchReadsWhy(t *testing.T) {
	const sent = 4 << 20
	bodies := door.NewBodies(door.Bounds{Sent: sent, Inflated: sent, Time: 10 * time.Second, Kept: 1 << 20, Large: 1})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _, release, f := bodies.Read(w, r, nil)
		defer release()
		f.Write(w)
	}))
	defer server.Close()
	for name, header := range map[string]string{
		"announced": fmt.Sprintf("Content-Length: %d\r\n\r\n", 3*sent),
		"in chunks": fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n", 3*sent),
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			text := "POST / HTTP/1.1\r\nHost: a\r\n" + header + strings.Repeat("x", 3*sent) + "\r\n0\r\n\r\n"
			if _, err := io.WriteString(conn, text); err != nil {
				t.Fatal(err)
			}
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if res.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("got %s", res.Status)
			}
		})
	}
}

func TestLargeBodiesTakeTurns(t *testing.T) {
	bodies := door.NewBodies(bounds)
	large := func() (release func(), f *door.Fault) {
		r := httptest.NewRequest("POST", "/", strings.NewReader(strings.Repeat("x", 20_000)))
		_, _, release, f = bodies.Read(httptest.NewRecorder(), r, nil)
		return release, f
	}
	release, f := large()
	if f != nil {
		t.Fatal(f)
	}
	second := make(chan *door.Fault)
	go func() {
		release, f := large()
		defer release()
		second <- f
	}()
	select {
	case <-second:
		t.Fatal("two are in memory at once")
	case <-time.After(20 * time.Millisecond):
	}
	if _, _, _, f := bodies.Read(httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader("small")), nil); f != nil {
		t.Errorf("a small one has to wait: %+v", f)
	}
	release()
	if f := <-second; f != nil {
		t.Errorf("the second is refused: %+v", f)
	}
}

func TestFaults(t *testing.T) {
	w := httptest.NewRecorder()
	door.TooMany(1500 * time.Millisecond).Write(w)
	body, _ := io.ReadAll(w.Body)
	want := `{"error":{"code":"rate","message":"too many requests from this network"}}` + "\n"
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "2" || string(body) != want {
		t.Errorf("got %d %v %s", w.Code, w.Header(), body)
	}
	if d := door.UntilMidnight(time.Date(2026, 7, 31, 23, 0, 0, 0, time.FixedZone("", 3600))); d != 2*time.Hour {
		t.Errorf("the day ends in %s", d)
	}
	if f := door.Unavailable("x", ""); f.Reason != holdfast.RefusedUnavailable || f.Wait != door.RetryAfter {
		t.Errorf("got %+v", f)
	}
}

func TestJSON(t *testing.T) {
	var j door.JSON
	j.Reset([]byte(` {"a\u0062" : "c\n", "d": [1, {}]} `))
	if j.Kind() != '{' || j.Token() != nil || j.Ends() {
		t.Fatal("no object")
	}
	var got []string
	for !j.Ends() {
		raw, err := j.Value()
		if err != nil {
			t.Fatal(err)
		}
		if raw[0] == '"' {
			got = append(got, j.Unquote(raw))
		} else {
			got = append(got, door.View(raw))
		}
	}
	if j.Token() != nil || !j.AtEnd() {
		t.Error("it does not end")
	}
	j.Reset([]byte(`{"x`)) // what was read lasts
	if want := "ab|c\n|d|[1, {}]"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(got, "|"), want)
	}
	_ = j.Token()
	if _, err := j.Value(); err == nil || !strings.Contains(err.Error(), "is not JSON: it ends in the middle") {
		t.Errorf("got %v", err)
	}
}
