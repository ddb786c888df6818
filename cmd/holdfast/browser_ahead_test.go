//go:build !race

package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// ahead has the browser prefetch or prerender a page before anybody goes to it.
func ahead(what, page string) string {
	return fmt.Sprintf(`<script type="speculationrules">{%q: [{"source": "list", "urls": [%q], "eagerness": "immediate"}]}</script>`, what, page)
}

// led goes to the page that /go.js names, as soon as it names one.
const led = `<script>setInterval(() => document.prerendering || fetch("/go.js").then(r => r.text()).then(to => {
	if (to.startsWith("/") && to != location.pathname) location.href = to }), 100)</script>`

// asked notes what a server is asked for: paths with queries, alone and with the
// purpose.
type asked struct {
	http.Handler

	mu   sync.Mutex // guards all below
	list []string
}

func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.list = append(a.list, r.URL.RequestURI(), r.URL.RequestURI()+" "+r.Header.Get("Sec-Purpose"))
	a.mu.Unlock()
	a.Handler.ServeHTTP(w, r)
}

func (a *asked) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.list)
}

func (a *asked) has(what string) bool { return slices.Contains(a.all(), what) }

// await waits until something was asked for.
func (a *asked) await(t *testing.T, what string) {
	t.Helper()
	for end := time.Now().Add(45 * time.Second); !a.has(what); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q is never asked for; of %q", what, a.all())
		}
	}
}

// A browser renders pages ahead that somebody may go to, and fetches others.
// They are counted once somebody sees them, and a public page has no stream
// until then. What happens is known from the servers alone: while somebody
// looks into a page, browsers render none ahead of it.
func TestPagesAheadOfTheirVisitors(t *testing.T) {
	b := newBrowsed(t)
	pages := &asked{Handler: b.pages.Config.Handler}
	b.pages.Config.Handler = pages
	told := `<script>
		const tell = (what) => fetch("/told" + location.pathname + "?" + what);
		holdfast.visit().then((token) => tell("token" + token.length));
		holdfast("said");
		addEventListener("load", () => tell(document.prerendering ? "ahead" : "seen"));
		document.addEventListener("prerenderingchange", () => tell("activated"));
	</script>`
	b.put("/", b.snippet("--inline")+led+ahead("prerender", "/next")+ahead("prerender", "/never"))
	b.put("/next", b.snippet("--inline")+led+told+ahead("prefetch", "/later"))
	b.put("/never", b.snippet("--inline")+told)
	b.put("/later", b.snippet("--inline")+told)
	holdfastVerb(t, "site", "public", "--data", b.dir, "shop.example", "on")
	b.start()

	server, err := url.Parse("http://127.0.0.1" + b.server[strings.LastIndex(b.server, ":"):])
	if err != nil {
		t.Fatal(err)
	}
	stats := &asked{Handler: httputil.NewSingleHostReverseProxy(server)}
	front := http.NewServeMux()
	front.Handle("/", stats)
	front.HandleFunc("GET /start", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html>"+led+ahead("prerender", "/s/shop.example"))
	})
	var mu sync.Mutex // guards to
	to := ""
	front.HandleFunc("GET /go.js", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprint(w, to)
	})
	proxy := httptest.NewServer(front)
	t.Cleanup(proxy.Close)
	_, port, _ := net.SplitHostPort(proxy.Listener.Addr().String())
	statistics := "http://stats.example:" + port

	ctx := b.open(chromedp.Flag("unsafely-treat-insecure-origin-as-secure", strings.TrimSuffix(b.at("/"), "/")+","+statistics))
	open := func(at string) {
		t.Helper()
		if _, err := chromedp.CallBrowser(ctx, target.CreateTarget, target.CreateTargetParams{URL: at}); err != nil {
			t.Fatal(err)
		}
	}
	open(b.at("/"))
	for _, path := range []string{"/next", "/never"} {
		pages.await(t, path+" prefetch;prerender")
		pages.await(t, "/told"+path+"?ahead")
	}
	b.until(eachOnce, "pageview / 1")
	time.Sleep(settled)
	if got := b.ask(eachOnce); len(got) != 1 {
		t.Errorf("counted %q, while nobody saw the others", got)
	}
	b.put("/go.js", "/next")
	pages.await(t, "/told/next?activated")
	pages.await(t, "/told/next?token52")
	pages.await(t, "/later prefetch")
	b.until(eachOnce, "pageview / 1", "pageview /next 1", "said /next 1")
	b.put("/go.js", "/later")
	pages.await(t, "/told/later?seen")
	b.until(eachOnce, "pageview / 1", "pageview /later 1", "pageview /next 1", "said /later 1", "said /next 1")
	b.until(ofOne, "3 1 1")

	open(statistics + "/start")
	stats.await(t, "/s/shop.example prefetch;prerender")
	time.Sleep(settled)
	const live = "/api/v1/sites/shop.example/live"
	if stats.has(live) {
		t.Error("a page that nobody sees has a stream")
	}
	mu.Lock()
	to = "/s/shop.example"
	mu.Unlock()
	stats.await(t, live)
}
