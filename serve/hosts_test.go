package serve_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast/serve"
)

func TestHosts(t *testing.T) {
	addr, _ := start(t, serve.Options{Hosts: []string{"Stats.Example.com", "192.0.2.7", "2001:db8::7", "stats.example.org:8443"}})
	cases := []struct {
		name, host string
		status     int
	}{
		{"localhost is loopback", "localhost", 200},
		{"with a port too", "LocalHost:8080", 200},
		{"and below it", "a.localhost.:80", 200},
		{"an address of loopback", "127.0.0.5", 200},
		{"IPv6", "[::1]:80", 200},
		{"IPv6 without a port", "[::1]", 200},
		{"one of the names", "stats.example.com", 200},
		{"in other letters, with port and dot", "STATS.example.com.:443", 200},
		{"a name that was given with a port", "stats.example.org", 200},
		{"an address that is a name", "192.0.2.7:8080", 200},
		{"and in IPv6", "[2001:DB8:0::7]:80", 200},
		{"another name", "evil.example", 421},
		{"another address", "192.0.2.8", 421},
		{"any address", "0.0.0.0", 421},
		{"a name below one of ours", "x.stats.example.com", 421},
		{"a name above it", "example.com", 421},
		{"loopback in another's name", "localhost.evil.example", 421},
		{"loopback at the end of another's", "evillocalhost", 421},
		{"a user's name", "localhost@evil.example", 421},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequest("GET", "http://"+addr+"/a/b", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = c.host
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != c.status {
				t.Errorf("got %s, want %d", res.Status, c.status)
			}
		})
	}
}

func TestMisdirectedRequestsAreToldWhy(t *testing.T) {
	s := serve.New(serve.Options{})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "http://stats.example.com/x", nil))
	want := `{"error":{"code":"misdirected","message":"this server is not called \"stats.example.com\"","hint":"if it is, its operator names it in public_url or hosts; docs/operating.md explains them"}}`
	if w.Code != 421 || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// Somebody is told what was refused because of its host, and of nothing else.
func TestMisdirectedRequestsAreTold(t *testing.T) {
	var told []string
	s := serve.New(serve.Options{Misdirected: func(_ *http.Request, pattern string) { told = append(told, pattern) }})
	s.Handle("POST /a/{x}", http.NotFoundHandler())
	for _, url := range []string{"http://evil.example/a/b", "http://localhost/a/b", "http://evil.example/b", "http://evil.example/a//b"} {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", url, nil))
	}
	if got := fmt.Sprintf("%q", told); got != `["POST /a/{x}" "" "POST /a/{x}"]` {
		t.Errorf("told are %s", got)
	}
}

func TestTheAddressThatWasCalledIsTheServers(t *testing.T) {
	s := serve.New(serve.Options{})
	for host, want := range map[string]int{"198.51.100.3:8080": 404, "198.51.100.4:8080": 421} {
		r := httptest.NewRequest("GET", "http://"+host+"/x", nil)
		called := &net.TCPAddr{IP: net.IPv4(198, 51, 100, 3), Port: 8080}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, called)))
		if w.Code != want {
			t.Errorf("%s is answered %d, want %d", host, w.Code, want)
		}
	}
}

func TestWhoNamesNoHostIsRefused(t *testing.T) {
	addr, _ := start(t, serve.Options{})
	conn := dial(t, addr)
	fmt.Fprint(conn, "GET /a/b HTTP/1.0\r\n\r\n")
	if answer, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.0 421 ") {
		t.Errorf("got %q, %v", answer, err)
	}
}
