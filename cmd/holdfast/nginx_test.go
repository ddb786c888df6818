package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// What people read is what the tests run.
func TestTheRecipeForNginxIsInTheDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"holdfast.conf", "holdfast-headers.conf", "site.conf"} {
		if !strings.Contains(string(page), "```nginx\n"+recipe(t, name)+"```\n") {
			t.Errorf("docs/operating.md does not have etc/nginx/%s as it is", name)
		}
	}
}

// places writes a file that knows the countries of some clients, and of nginx.
func places(t *testing.T) string {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test", IncludeReservedNetworks: true, RecordSize: 24})
	if err != nil {
		t.Fatal(err)
	}
	for address, country := range map[string]string{"127.0.0.1/32": "US", "127.0.0.11/32": "GB", "127.0.0.12/32": "FR", "203.0.113.0/24": "JP"} {
		_, network, err := net.ParseCIDR(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(network, mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(country)}}); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(t.TempDir(), "places.mmdb")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := tree.WriteTo(file); err != nil {
		t.Fatal(err)
	}
	return name
}

// Who somebody is follows from the address that nginx saw, whatever the
// client says.
func TestBehindNginxAClientIsWhoItIs(t *testing.T) {
	f := newFronted(t, "--geoip", places(t), "--country-header", "CF-IPCountry")
	f.up()
	for version := 1; version <= 2; version++ {
		path := "/v" + strconv.Itoa(version)
		for _, from := range []string{"127.0.0.11", "127.0.0.12"} {
			got := f.send(ask{from: from, version: version, body: view(path), header: []string{"Origin", "https://shop.example.com"}})
			if got.Header.Get("Access-Control-Allow-Origin") != "*" || got.body != "ok" {
				t.Errorf("the answer is %q, for origin %q", got.body, got.Header.Get("Access-Control-Allow-Origin"))
			}
			if token := got.Header.Get("Holdfast-Visit"); len(token) != 52 || !strings.Contains(got.Header.Get("Access-Control-Expose-Headers"), "Holdfast-Visit") {
				t.Errorf("the token is %q, and pages may read %q", token, got.Header.Get("Access-Control-Expose-Headers"))
			}
			fate := f.do(ask{version: version, url: statsHost + "/r/" + got.Header.Get("Holdfast-Receipt")})
			if !strings.Contains(fate.body, `"kept"`) {
				t.Errorf("of the receipt it is said: %s", fate.body)
			}
		}
		f.want("views, visitors by path, country where path = '"+path+"' for 7d", path+" FR 1 1, "+path+" GB 1 1")
	}
	f.want("visitors for 7d", "2")
	for _, lie := range [][]string{
		{"X-Forwarded-For", "203.0.113.1"}, {"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-For", "203.0.113.2, 127.0.0.1, 127.0.0.1"},
		{"X-Real-IP", "203.0.113.3"}, {"Forwarded", "for=203.0.113.4"}, {"Forwarded", "for=203.0.113.4", "X-Forwarded-For", "203.0.113.4"},
		{"CF-Connecting-IP", "203.0.113.5"}, {"CF-IPCountry", "JP"}, {"X-Plausible-IP", "203.0.113.6"}, {"X-Client-IP", "203.0.113.7"},
	} {
		f.send(ask{from: "127.0.0.11", body: view("/lie"), header: lie})
		f.send(ask{from: "127.0.0.11", version: 1, url: shopHost + "/hf/event", body: view("/lie"), header: lie})
	}
	f.want("views, visitors by country where path = '/lie' for 7d", "GB 20 1")
	f.want("visitors for 7d", "2")
	pixel := f.do(ask{from: "127.0.0.12", url: statsHost + "/pixel.gif?d=shop.example.com&u=https://shop.example.com/mail"})
	if pixel.StatusCode != http.StatusAccepted && pixel.StatusCode != http.StatusOK || pixel.Header.Get("Content-Type") != "image/gif" {
		t.Errorf("a pixel is answered with %s", pixel.Status)
	}
	f.want("views by country where path = '/mail' for 7d", "FR 1")
}

// Some of the cases that Plausible's tests have, through nginx.
func TestBehindNginxEventsAreWhatTheyAre(t *testing.T) {
	f := newFronted(t)
	f.up()
	for _, k := range []struct {
		name     string
		from     string
		body     string
		header   []string
		status   int // 202
		question string
		want     string // of the answer to it; of the body, without a question
	}{
		{name: "the referrer and the width of the screen", body: `{"name":"pageview","url":"http://shop.example.com/a","domain":"shop.example.com","referrer":"http://m.facebook.com/","screen_width":1440}`,
			question: "views by path, source, screen where path = '/a' for 7d", want: "/a Facebook desktop 1"},
		{name: "a campaign", body: view("/b?utm_source=Newsletter&utm_medium=email"),
			question: "views by channel where path = '/b' for 7d", want: "Email 1"},
		{name: "properties and a value", body: `{"n":"bought","u":"https://shop.example.com/c","d":"shop.example.com","p":{"size":"L"},"$":{"amount":19.99,"currency":"EUR"}}`,
			question: "events, sum(value) by prop.size where name = 'bought' for 7d", want: "L 1 1999"},
		{name: "a path that is encoded", body: view("/%D8%AA%D8%AC%D8%B1%D8%A8%D8%A9"),
			question: "views by path where path = '/تجربة' for 7d", want: "/تجربة 1"},
		{name: "a bot is kept, and not counted", body: view("/bot"), header: []string{"User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
			question: "events by flag where path = '/bot' and flag exists for 7d", want: "bot 1"},
		{name: "no body that is one", body: "defnotjson", status: 400, want: `{"errors":{"request":["Unable to parse request body as json"]}}`},
		{name: "a site that is not ours", body: `{"n":"pageview","u":"https://other.example/","d":"other.example"}`, status: 400, want: `"domain":`},
		{name: "a body of a byte too many", body: strings.Repeat(" ", 1_000_001), status: 413, want: `"code":"too_large"`},
		{name: "a host that is not ours", body: view("/host"), header: []string{"Host", "evil.example"}, status: 421, want: `"code":"misdirected"`},
	} {
		t.Run(k.name, func(t *testing.T) {
			got := f.do(ask{url: statsHost + "/api/event", body: k.body, header: k.header})
			if k.status == 0 {
				k.status = http.StatusAccepted
			}
			if got.StatusCode != k.status {
				t.Fatalf("it is answered with %s\n%s", got.Status, got.body)
			}
			if k.question != "" {
				f.want(k.question, k.want)
			} else if !strings.Contains(strings.ReplaceAll(got.body, `": `, `":`), k.want) {
				t.Errorf("the answer is %s", got.body)
			}
		})
	}
	preflight, err := http.NewRequest(http.MethodOptions, statsHost+"/api/event", nil)
	if err != nil {
		t.Fatal(err)
	}
	preflight.Header.Set("Origin", "https://shop.example.com")
	preflight.Header.Set("Access-Control-Request-Method", "POST")
	res, err := f.client("127.0.0.9", 2).Do(preflight)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.Header.Get("Access-Control-Allow-Origin") != "*" || res.StatusCode >= 300 {
		t.Errorf("whoever asks leave is answered with %s, %v", res.Status, res.Header)
	}
}

// A batch may be as large as the server takes, which nginx's own bound is not.
func TestBehindNginxBatchesMayBeLarge(t *testing.T) {
	f := newFronted(t)
	key := strings.TrimSpace(string(holdfastVerb(t, "key", "add", "--data", f.store, "--scope", "collect")))
	f.up()
	var batch strings.Builder
	n := 0
	for ; batch.Len() < 9_900_000; n++ {
		fmt.Fprintf(&batch, `{"site":"shop.example.com","name":"pageview","url":"/batch","props":{"filler":%q}}`+"\n", strings.Repeat("x", 1900))
	}
	got := f.do(ask{url: statsHost + "/api/v1/events", body: batch.String(), header: []string{"Authorization", "Bearer " + key}})
	if got.StatusCode != http.StatusAccepted {
		t.Fatalf("%d bytes are answered with %s\n%s", batch.Len(), got.Status, got.body)
	}
	f.want("views for 7d", strconv.Itoa(n))
}

// sse is a stream of messages that a client reads.
type sse struct {
	t     *testing.T
	lines *bufio.Scanner
	res   *http.Response
}

// watch opens the stream of the site.
func (f *fronted) watch(from string, version int) *sse {
	f.t.Helper()
	client := f.client(from, version)
	client.Timeout = 0
	ctx, cancel := context.WithTimeout(f.t.Context(), 2*time.Minute)
	f.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", statsHost+"/api/v1/sites/shop.example.com/live", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	return &sse{f.t, lines, res}
}

// next returns how many are here, by the next message.
func (s *sse) next() int {
	s.t.Helper()
	for s.lines.Scan() {
		if data, ok := strings.CutPrefix(s.lines.Text(), "data: "); ok {
			var m struct{ Here int }
			if err := json.Unmarshal([]byte(data), &m); err != nil {
				s.t.Fatal(err)
			}
			return m.Here
		}
	}
	s.t.Fatalf("the stream ended: %v", s.lines.Err())
	return 0
}

// Each message of a stream comes when it is sent, and not once a buffer is full
// of them: an event is in one of the next.
func TestBehindNginxAStreamIsLive(t *testing.T) {
	f := newFronted(t, "--limits-live-streams-per-network", "1")
	f.up()
	here := 0
	for version := 1; version <= 2; version++ {
		s := f.watch(fmt.Sprintf("127.0.%d.1", version), version)
		if s.res.StatusCode != http.StatusOK || s.res.ProtoMajor != version {
			t.Fatalf("over HTTP/%d a stream is answered with %s over %s", version, s.res.Status, s.res.Proto)
		}
		s.next()
		messages := 0
		for i := range 3 {
			f.send(ask{from: fmt.Sprintf("127.0.%d.%d", version, 10+i), version: version, body: view("/live")})
			for here++; ; {
				if messages++; s.next() == here {
					break
				}
			}
		}
		if messages > 15 { // a buffer of 4 KB holds that many, for each of the three
			t.Errorf("over HTTP/%d three events are seen after %d messages", version, messages)
		}
		// Networks are those of clients, and not nginx's.
		if next := f.watch(fmt.Sprintf("127.0.%d.3", version), version); next.res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("the second stream of a network is answered with %s", next.res.Status)
		}
	}
}

// A crowd is served by nginx: of all who look, one a second reaches the server.
func TestBehindNginxACrowdIsServedFromMemory(t *testing.T) {
	f := newFronted(t)
	f.up()
	f.send(ask{body: view("/deal")})
	for _, path := range []string{"/s/shop.example.com", "/s/shop.example.com/views.json", "/embed/shop.example.com/live", "/api/v1/sites/shop.example.com/live.json"} {
		t.Run(path, func(t *testing.T) {
			f.t = t
			var (
				crowd   sync.WaitGroup
				mu      sync.Mutex // guards all below
				asked   int
				answers = map[string]int{}
			)
			began := time.Now()
			for i := range 40 {
				client := f.client(fmt.Sprintf("127.0.1.%d", i+1), 1+i%2)
				crowd.Go(func() {
					for range 10 {
						res, err := client.Get(statsHost + path)
						if err != nil {
							t.Error(err)
							return
						}
						res.Body.Close()
						mu.Lock()
						answers[fmt.Sprint(res.StatusCode)]++
						if kept := res.Header.Get("X-Cache"); kept != "HIT" && kept != "UPDATING" {
							asked++
						}
						mu.Unlock()
					}
				})
			}
			crowd.Wait()
			if most := 2 + int(time.Since(began)/time.Second); asked > most || asked == 0 {
				t.Errorf("of 400 who looked %d reached the server in %s", asked, time.Since(began))
			}
			if answers["200"] != 400 {
				t.Errorf("they were answered with %v", answers)
			}
		})
	}
	f.t = t
	holdfastVerb(t, "site", "public", "--data", f.store, "shop.example.com", "off")
	live := statsHost + "/api/v1/sites/shop.example.com/live.json"
	for _, public := range []string{statsHost + "/s/shop.example.com", live} {
		for end := time.Now().Add(20 * time.Second); f.do(ask{url: public}).StatusCode != http.StatusNotFound; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s is still there", public)
			}
		}
	}
	key := strings.TrimSpace(string(holdfastVerb(t, "key", "add", "--data", f.store, "--scope", "read")))
	for range 2 {
		got := f.do(ask{url: live, header: []string{"Authorization", "Bearer " + key}})
		if got.StatusCode != http.StatusOK || got.Header.Get("X-Cache") != "BYPASS" {
			t.Errorf("with a key it is answered with %s, %s", got.Status, got.Header.Get("X-Cache"))
		}
		if got := f.do(ask{url: live}); got.StatusCode != http.StatusNotFound {
			t.Errorf("without one it is answered with %s", got.Status)
		}
	}
}

// While the server is down nginx says so to whoever sends, and goes on serving
// the script, which keeps events until the server is back.
func TestBehindNginxTheServerIsDown(t *testing.T) {
	f := newFronted(t)
	f.up()
	scripts := []string{statsHost + "/js/script.js", statsHost + "/widget.js", shopHost + "/hf/script.js"}
	had := map[string]string{}
	for _, at := range scripts {
		got := f.do(ask{url: at, header: []string{"Accept-Encoding", "br"}})
		if got.StatusCode != http.StatusOK || !strings.Contains(got.body, "holdfast") {
			t.Fatalf("%s is answered with %s\n%s", at, got.Status, got.body)
		}
		had[at] = got.body
	}
	f.down()
	for _, at := range scripts {
		for _, takes := range []string{"gzip, deflate, br, zstd", "identity"} {
			got := f.do(ask{url: at, header: []string{"Accept-Encoding", takes}})
			if compressed := got.Header.Get("Content-Encoding") == "gzip"; got.StatusCode != http.StatusOK || compressed != strings.HasPrefix(takes, "gzip") || !compressed && got.body != had[at] {
				t.Errorf("with the server down %s is answered with %s, %v", at, got.Status, got.Header)
			}
		}
	}
	for _, at := range []string{statsHost + "/api/event", shopHost + "/hf/event"} {
		if got := f.do(ask{url: at, body: view("/down")}); got.StatusCode != http.StatusBadGateway {
			t.Errorf("with the server down an event is answered with %s", got.Status)
		}
	}
	if got := f.do(ask{url: statsHost + "/readyz"}); got.StatusCode != http.StatusBadGateway {
		t.Errorf("with the server down it is ready with %s", got.Status)
	}
	f.up()
	f.send(ask{body: view("/up")})
	f.want("views by path for 7d", "/up 1")
}

// The log of a site is kept by nginx while the server is down, and fills the
// hole: the lines of its time, and no others. Visitors are the same ones.
func TestTheLogOfNginxFillsAHole(t *testing.T) {
	f := newFronted(t)
	for _, name := range []string{"index.html", "deal.html", "a \"b\" ü.html", "style.css"} {
		f.write("www/shop.example.com/"+name, "<title>"+name+"</title>")
	}
	f.up()
	look := func(from, path string, header ...string) {
		t.Helper()
		if got := f.do(ask{from: from, version: 1 + len(path)%2, url: shopHost + path, header: header}); got.StatusCode != http.StatusOK {
			t.Fatalf("%s is answered with %s", path, got.Status)
		}
	}
	look("127.0.0.11", "/")
	f.send(ask{from: "127.0.0.11", url: shopHost + "/hf/event", body: view("/")})
	f.down()
	from := time.Now()
	time.Sleep(2 * time.Millisecond) // nginx's clock has milliseconds
	look("127.0.0.11", "/deal.html?utm_source=Newsletter&utm_medium=email")
	look("127.0.0.12", "/deal.html", "Referer", "https://www.google.com/")
	look("127.0.0.12", "/a%20%22b%22%20%C3%BC.html", "Referer", `https://shop.example.com/?q="\ü`)
	look("127.0.0.13", "/deal.html", "User-Agent", "curl/8.16.0")
	look("127.0.0.12", "/style.css")
	if got := f.do(ask{url: shopHost + "/missing.html"}); got.StatusCode != http.StatusNotFound {
		t.Fatalf("what is not there is answered with %s", got.Status)
	}
	f.do(ask{from: "127.0.0.11", url: shopHost + "/hf/event", body: view("/deal.html")})
	time.Sleep(2 * time.Millisecond)
	to := time.Now()
	f.up()
	look("127.0.0.14", "/")
	f.send(ask{from: "127.0.0.14", url: shopHost + "/hf/event", body: view("/")})

	script := `holdfast import log --data $STORE --site shop.example.com --from $FROM --to $TO --json $LOG`
	for _, want := range []string{`"page_views":3`, `"page_views":0`} { // twice: nothing is counted again
		cmd := exec.Command("sh", "-c", script)
		cmd.Env = append(os.Environ(), "FROM="+inHole(from), "TO="+inHole(to), "LOG="+filepath.Join(f.dir, "log/shop.example.com.log"), "STORE="+f.store)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(strings.Join(strings.Fields(string(out)), ""), want) {
			t.Fatalf("%v: %s\nwant %s", err, out, want)
		}
	}
	f.want("views by path for 7d", `/ 2, /deal.html 2, /a "b" ü.html 1`)
	f.want("views by source where source exists for 7d", "Google 1, Newsletter 1")
	f.want("events by flag where flag exists for 7d", "bot 1")
	f.want("visitors for 7d", "3")
	covered, err := exec.Command("holdfast", "query", "--data", f.store, "--json", "views for 7d").Output()
	if err != nil || !bytes.Contains(covered, []byte(`"state":"partial","origin":"reconstructed","witness":"page views from the access log, imported 20`)) {
		t.Errorf("%v: the hole is not filled in %s", err, covered)
	}
}

// inHole writes a time to the millisecond.
func inHole(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
