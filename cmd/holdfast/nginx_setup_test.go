package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fronted is a store whose server has nginx in front of it, with the files of
// etc/nginx as they are but for ports, and folders, which are the test's.
// Clients have addresses of their own: all of 127.0.0.0/8 is this machine.
type fronted struct {
	t       *testing.T
	dir     string // nginx's
	store   string
	port    string // the server's
	https   string // nginx's address
	roots   *x509.CertPool
	flags   []string
	running *running // the server; nil while it is down
}

const (
	statsHost = "https://stats.example.com"
	shopHost  = "https://shop.example.com"
)

// newFronted makes a store with a public site, and starts nginx before it.
func newFronted(t *testing.T, flags ...string) *fronted {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/nginx") // which is not in everybody's PATH
	}
	if err != nil {
		t.Skip("needs a proxy: apt-get install nginx")
	}
	dir := t.TempDir()
	f := &fronted{t: t, dir: filepath.Join(dir, "nginx"), store: filepath.Join(dir, "store"), port: freePort(t)}
	f.flags = append([]string{"--data", f.store, "--listen", "127.0.0.1:" + f.port, "--public-url", statsHost, "--trusted-proxies", "127.0.0.1"}, flags...)
	holdfastVerb(t, "init", "--data", f.store, "--site", "shop.example.com")
	holdfastVerb(t, "site", "public", "--data", f.store, "shop.example.com", "on")
	for _, folder := range []string{"conf.d", "snippets", "sites-enabled", "certs", "private", "cache", "log", "www/shop.example.com"} {
		if err := os.MkdirAll(filepath.Join(f.dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	f.certify("stats.example.com", "shop.example.com")
	f.run(program)
	return f
}

// freePort returns a port of 127.0.0.1 that was free just now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// write makes a file of nginx's.
func (f *fronted) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// certify makes certificates for names, and believes them.
func (f *fronted) certify(names ...string) {
	f.t.Helper()
	f.roots = x509.NewCertPool()
	for i, name := range names {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			f.t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			f.t.Fatal(err)
		}
		private, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			f.t.Fatal(err)
		}
		certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		f.write("certs/"+name+".pem", string(certificate))
		f.write("private/"+name+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
		f.roots.AppendCertsFromPEM(certificate)
	}
}

// nginxConf stands for Debian's /etc/nginx/nginx.conf, which is about the whole
// machine.
const nginxConf = `%[2]spid %[1]s/pid;
error_log %[1]s/log/error.log;
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path %[1]s/cache/body;
	proxy_temp_path %[1]s/cache/proxy;
	fastcgi_temp_path %[1]s/cache/fastcgi;
	uwsgi_temp_path %[1]s/cache/uwsgi;
	scgi_temp_path %[1]s/cache/scgi;
	types { text/html html; text/css css; }
	include conf.d/*.conf;
	include sites-enabled/*;
}
`

// run starts nginx. Others may take a port before it does; then it gets others.
func (f *fronted) run(program string) {
	f.t.Helper()
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n" // the folders are root's
	}
	f.write("nginx.conf", fmt.Sprintf(nginxConf, f.dir, user))
	for range 5 {
		https := freePort(f.t)
		f.https = "127.0.0.1:" + https
		replace := strings.NewReplacer(
			"listen 80;", "listen 127.0.0.1:"+freePort(f.t)+";", "listen [::]:80;", "",
			"listen 443 ", "listen "+f.https+" ", "listen [::]:443 ssl http2;", "",
			"127.0.0.1:8080", "127.0.0.1:"+f.port,
			"/etc/ssl/certs", f.dir+"/certs", "/etc/ssl/private", f.dir+"/private",
			"/var/cache", f.dir+"/cache", "/var/log/nginx", f.dir+"/log", "/var/www", f.dir+"/www",
		)
		for from, to := range map[string]string{"holdfast.conf": "conf.d/holdfast.conf", "holdfast-headers.conf": "snippets/holdfast-headers.conf", "site.conf": "sites-enabled/shop.example.com"} {
			f.write(to, replace.Replace(recipe(f.t, from)))
		}
		if f.starts(program) {
			return
		}
	}
	f.t.Fatalf("nginx does not start:\n%s", f.errors())
}

// recipe returns a file of etc/nginx.
func recipe(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../etc/nginx/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// starts starts nginx, and says whether it serves.
func (f *fronted) starts(program string) bool {
	f.t.Helper()
	cmd := exec.Command(program, "-p", f.dir, "-c", filepath.Join(f.dir, "nginx.conf"), "-e", filepath.Join(f.dir, "log/error.log"), "-g", "daemon off;")
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case <-ended:
			return false
		case <-time.After(20 * time.Millisecond):
		}
		if conn, err := net.Dial("tcp", f.https); err == nil {
			conn.Close()
			break
		}
	}
	f.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if f.t.Failed() {
			f.t.Logf("nginx says\n%s", f.errors())
		}
	})
	return true
}

func (f *fronted) errors() string {
	text, _ := os.ReadFile(filepath.Join(f.dir, "log/error.log"))
	return string(text)
}

// up starts the server.
func (f *fronted) up() {
	f.t.Helper()
	s, _, err := startServer("", ".", f.flags...)
	if err != nil {
		f.t.Fatal(err)
	}
	f.running = s
	f.t.Cleanup(f.down)
}

// down kills it.
func (f *fronted) down() {
	if f.running == nil {
		return
	}
	_ = f.running.cmd.Process.Kill()
	<-f.running.read
	_ = f.running.cmd.Wait()
	f.running = nil
}

// client returns a client at an address, that speaks HTTP/1.1 or HTTP/2.
func (f *fronted) client(address string, version int) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	protocols := &http.Protocols{}
	protocols.SetHTTP1(version == 1)
	protocols.SetHTTP2(version == 2)
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", f.https)
		},
		TLSClientConfig: &tls.Config{RootCAs: f.roots},
		Protocols:       protocols,
	}
	f.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// answer is what came back.
type answer struct {
	*http.Response
	body string
}

// ask is a request; method is GET, or POST if there is a body.
type ask struct {
	from    string // 127.0.0.9
	version int    // of HTTP; 2
	url     string
	body    string
	header  []string // names and values in turn
}

func (f *fronted) do(a ask) answer {
	f.t.Helper()
	method := http.MethodGet
	if a.body != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(f.t.Context(), method, a.url, strings.NewReader(a.body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("User-Agent", firefoxOnLinux)
	for i := 0; i < len(a.header); i += 2 {
		if req.Header.Set(a.header[i], a.header[i+1]); a.header[i] == "Host" {
			req.Host = a.header[i+1]
		}
	}
	version := cmp.Or(a.version, 2)
	client := f.client(cmp.Or(a.from, "127.0.0.9"), version)
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	if res.ProtoMajor != version {
		f.t.Fatalf("it speaks %s", res.Proto)
	}
	return answer{res, string(text)}
}

const firefoxOnLinux = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// view is the body of a page view.
func view(path string) string {
	return fmt.Sprintf(`{"n":"pageview","u":"https://shop.example.com%s","d":"shop.example.com","z":"Asia/Tokyo"}`, path)
}

// send sends a page view that must be kept.
func (f *fronted) send(a ask) answer {
	f.t.Helper()
	a.url = cmp.Or(a.url, statsHost+"/api/event")
	got := f.do(a)
	if got.StatusCode != http.StatusAccepted || got.Header.Get("Holdfast-Receipt") == "" {
		f.t.Fatalf("an event is answered with %s\n%s", got.Status, got.body)
	}
	return got
}

// asked returns the rows of an answer, as texts.
func (f *fronted) asked(question string) string {
	f.t.Helper()
	var answer struct{ Rows [][]any }
	if err := json.Unmarshal(holdfastVerb(f.t, "query", "--data", f.store, "--json", question), &answer); err != nil {
		f.t.Fatal(err)
	}
	var rows bytes.Buffer
	for i, row := range answer.Rows {
		if i > 0 {
			rows.WriteString(", ")
		}
		rows.WriteString(strings.Trim(fmt.Sprint(row), "[]"))
	}
	return rows.String()
}

// want checks an answer.
func (f *fronted) want(question, want string) {
	f.t.Helper()
	if got := f.asked(question); got != want {
		f.t.Errorf("%s:\n%s\nwant\n%s", question, got, want)
	}
}
