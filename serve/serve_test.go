package serve_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/serve"
)

// start serves with o on a free port until the test ends, or stop is called.
func start(t *testing.T, o serve.Options) (addr string, stop func() error) {
	t.Helper()
	s := serve.New(o)
	s.Handle("GET /a/{x}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.PathValue("x")) }))
	s.Handle("POST /a/{x}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	s.Handle("GET /slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(200 * time.Millisecond)
		fmt.Fprint(w, "done")
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(cancel)
	return l.Addr().String(), func() error { cancel(); return <-ended }
}

func TestRoutes(t *testing.T) {
	addr, _ := start(t, serve.Options{})
	cases := []struct {
		name, method, path string
		status             int
		body, allow        string
	}{
		{"a route", "GET", "/a/b%20c", 200, "b c", ""},
		{"another method", "DELETE", "/a/b", 405, `{"error":{"code":"method","message":"/a/b is not for DELETE, but for GET and HEAD and POST"}}` + "\n", "GET, HEAD, POST"},
		{"nothing", "GET", "/b", 404, `{"error":{"code":"not_found","message":"there is nothing at \"/b\"","hint":"docs/api.md lists what there is"}}` + "\n", ""},
		{"a path that is not clean", "POST", "//a/../a/b?x", 307, `{"error":{"code":"moved","message":"this is at \"/a/b?x\""}}` + "\n", ""},
		{"or of another method", "GET", "/./a/b?x", 307, `{"error":{"code":"moved","message":"this is at \"/a/b?x\""}}` + "\n", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequest(c.method, "http://"+addr+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.DefaultTransport.RoundTrip(req) // which follows no one elsewhere
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, _ := io.ReadAll(res.Body)
			if kind := res.Header.Get("Content-Type"); kind != "application/json" && c.status != 200 {
				t.Errorf("it is %q", kind)
			}
			if to := res.Header.Get("Location"); (to == "/a/b?x") != (c.status == 307) {
				t.Errorf("it is said to be at %q", to)
			}
			if res.StatusCode != c.status || string(body) != c.body || res.Header.Get("Allow") != c.allow {
				t.Errorf("got %d %s, allow %q", res.StatusCode, body, res.Header.Get("Allow"))
			}
		})
	}
}

func TestSlowHeadersAreHungUpOn(t *testing.T) {
	addr, _ := start(t, serve.Options{HeaderTime: 50 * time.Millisecond})
	conn := dial(t, addr)
	fmt.Fprint(conn, "GET /a/b HTTP/1.1\r\nHost:")
	if _, err := io.ReadAll(conn); err != nil {
		t.Error(err)
	}
}

func TestLongHeadersAreRefused(t *testing.T) {
	addr, _ := start(t, serve.Options{})
	conn := dial(t, addr)
	fmt.Fprintf(conn, "GET /a/b HTTP/1.1\r\nHost: localhost\r\nX-Long: %s\r\n\r\n", strings.Repeat("x", 40<<10))
	if line, _ := bufio.NewReader(conn).ReadString('\n'); !strings.Contains(line, "431") {
		t.Errorf("got %q", line)
	}
}

func TestConnectionsAreCapped(t *testing.T) {
	addr, _ := start(t, serve.Options{Connections: 1})
	first, second := dial(t, addr), dial(t, addr)
	fmt.Fprint(second, "GET /a/b HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if err := second.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Read(make([]byte, 1)); err == nil {
		t.Error("a second connection is answered beside the first")
	}
	first.Close()
	if err := second.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(second).ReadString('\n'); !strings.Contains(line, "200") {
		t.Errorf("after the first: %q, %v", line, err)
	}
}

func TestStoppingLetsAnswersEnd(t *testing.T) {
	addr, stop := start(t, serve.Options{})
	conn := dial(t, addr)
	fmt.Fprint(conn, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
	time.Sleep(50 * time.Millisecond)
	if err := stop(); err != nil {
		t.Error(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.HasSuffix(string(answer), "done") {
		t.Errorf("got %q, %v", answer, err)
	}
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("connections are still taken")
	}
}

func TestStoppingDoesNotWaitForEver(t *testing.T) {
	addr, stop := start(t, serve.Options{Grace: 20 * time.Millisecond})
	conn := dial(t, addr)
	fmt.Fprint(conn, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
	time.Sleep(50 * time.Millisecond)
	if err := stop(); err == nil {
		t.Error("it does not say that something was cut off")
	}
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
