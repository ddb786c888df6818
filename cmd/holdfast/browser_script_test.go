//go:build !race

package main

import (
	"context"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// What is asked of the site, at the end.
const (
	eachOnce = "events by name, path where name is not 'engagement' for 7d"
	ofOne    = "views, visitors, visits for 7d"
)

// Somebody looks at three pages and buys something, and meanwhile the server is
// killed and comes back.
func TestPagesAreCountedOnceThroughAKill(t *testing.T) {
	b := newBrowsed(t)
	for _, path := range []string{"/", "/deal", "/thanks"} {
		b.put(path, b.snippet())
	}
	b.start()
	ctx := b.open()
	b.do(ctx, b.visit("/"))
	b.until(eachOnce, "pageview / 1")
	if n := find[int](ctx, b, "localStorage.length"); n != 0 {
		t.Errorf("%d things are stored, and nothing went wrong", n)
	}
	b.kill()
	b.do(ctx, b.visit("/deal"), eval(`holdfast("bought", {value: 19.99, currency: "EUR", props: {size: "L"}})`))
	b.do(ctx, polled("localStorage.length >= 2"))
	b.start()
	b.do(ctx, b.visit("/thanks"))
	b.until(eachOnce, "bought /deal 1", "pageview / 1", "pageview /deal 1", "pageview /thanks 1")
	b.until(ofOne, "3 1 1")
	b.until("sum(value) by currency, prop.size where name is 'bought' for 7d", "EUR L 1999")
	b.do(ctx, polled("localStorage.length == 0"))
	b.harmless()
}

// The script takes nothing for its own because of the name it is under.
func TestWhatThePageStoresIsLeftAlone(t *testing.T) {
	b := newBrowsed(t)
	b.put("/", `<script>localStorage["holdfast.theme"] = "dark"; localStorage["holdfast.7"] = "x"</script>`+b.snippet())
	b.start()
	ctx := b.open()
	b.do(ctx, b.visit("/"))
	b.until(eachOnce, "pageview / 1")
	if got := find[string](ctx, b, `localStorage["holdfast.theme"] + localStorage["holdfast.7"]`); got != "darkx" {
		t.Errorf("of what the page stored is left %s", got)
	}
	b.harmless()
}

// A site that serves the script itself is visited before its server was ever
// there. The visitor stays on the last page until it is.
func TestNothingIsLostBeforeTheServerIsThere(t *testing.T) {
	for _, way := range []string{"--self-host", "--inline"} {
		t.Run(way, func(t *testing.T) {
			b := newBrowsed(t)
			element := b.snippet(way)
			if way == "--self-host" {
				b.put("/hello.js", element)
				element = strings.Replace(element[3:strings.Index(element, " */")], "THIS-FILE", "hello", 1)
			}
			for _, path := range []string{"/", "/deal", "/thanks"} {
				b.put(path, element)
			}
			ctx := b.open()
			b.do(ctx, b.visit("/"), b.visit("/deal"), eval(`holdfast("bought")`), b.visit("/thanks"))
			b.do(ctx, polled(`Object.keys(localStorage).filter(k => !localStorage[k].includes("engagement")).length == 4`))
			b.start()
			b.until(eachOnce, "bought /deal 1", "pageview / 1", "pageview /deal 1", "pageview /thanks 1")
			b.until(ofOne, "3 1 1")
			b.until("views by entry.path for 7d", "/ 3") // by their ages: they came at once
			b.do(ctx, polled("localStorage.length == 0"))
			b.harmless()
		})
	}
}

// The server takes connections and answers nothing; the page is left before it
// could know what becomes of its view, and the next one is stayed on.
func TestWhatIsOnItsWayWhenAPageIsLeftIsNotLost(t *testing.T) {
	b := newBrowsed(t)
	for _, path := range []string{"/", "/deal"} {
		b.put(path, b.snippet("--inline"))
	}
	mute, err := net.Listen("tcp", "127.0.0.1"+b.server[strings.LastIndex(b.server, ":"):])
	if err != nil {
		t.Fatal(err)
	}
	ctx := b.open()
	b.do(ctx, b.visit("/"), b.visit("/deal"))
	if got := find[[]string](ctx, b, `Object.keys(localStorage).map(k => JSON.parse(localStorage[k]).u)`); !slices.Contains(got, b.at("/")) {
		t.Errorf("what waits is of %q", got)
	}
	mute.Close()
	b.start()
	b.until(eachOnce, "pageview / 1", "pageview /deal 1")
	b.until(ofOne, "2 1 1")
	b.harmless()
}

// Two tabs have the same events to send again, and both do.
func TestTabsShareWhatWaits(t *testing.T) {
	b := newBrowsed(t)
	for _, path := range []string{"/", "/deal", "/other"} {
		b.put(path, b.snippet("--inline"))
	}
	ctx := b.open()
	b.do(ctx, b.visit("/"), b.visit("/deal"), eval(`holdfast("bought")`))
	other, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b.do(other, b.visit("/other"), polled(`Object.keys(localStorage).filter(k => !localStorage[k].includes("engagement")).length == 4`))
	b.start()
	b.do(ctx, eval(`dispatchEvent(new Event("online"))`))
	b.do(other, eval(`dispatchEvent(new Event("online"))`), polled("localStorage.length == 0"))
	b.until(eachOnce, "bought /deal 1", "pageview / 1", "pageview /deal 1", "pageview /other 1")
	b.until(ofOne, "3 1 1")
	b.harmless()
}

// Files and frames without an origin have no storage of their own, or none at
// all.
func TestOddPlaces(t *testing.T) {
	b := newBrowsed(t)
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(b.snippet("--inline")+"<h1>a file</h1>"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.put("/framed", b.snippet("--inline"))
	b.put("/frames", `<iframe sandbox="allow-scripts" src="/framed"></iframe><iframe srcdoc="`+html.EscapeString(b.snippet("--inline"))+`"></iframe>`)
	b.start()
	ctx := b.open()
	b.do(ctx, chromedp.Navigate("file://"+file), eval(`holdfast("in a file")`), b.visit("/frames"))
	b.until("events by name, path where name = 'pageview' and path = '/framed' for 7d", "pageview /framed 1")
	b.until("events by name where name = 'in a file' and flag exists or name = 'in a file' for 7d", "in a file 1")
	b.harmless()
}

// Somebody looks at a page while the server is not there yet, and then buys
// something, of which the site's server tells, with the token that the page
// had. It is the same visit.
func TestAPurchaseMeetsItsVisitor(t *testing.T) {
	b := newBrowsed(t)
	key := strings.TrimSpace(string(holdfastVerb(t, "key", "add", "--data", b.dir, "--scope", "collect")))
	b.put("/deal", b.snippet("--inline"))
	b.put("/else", "")
	ctx := b.open()
	b.do(ctx, b.visit("/deal"), eval(`holdfast.visit().then(token => window.token = token)`), polled("localStorage.length > 0"))
	if find[bool](ctx, b, "!!window.token") {
		t.Error("there is a token, and no server")
	}
	b.start()
	b.do(ctx, eval(`dispatchEvent(new Event("online"))`), polled("window.token"))
	buy := func(token string) {
		t.Helper()
		body := fmt.Sprintf(`{"site":"shop.example","name":"purchase","url":"/thanks","visit_token":%q,"value":1999,"currency":"EUR"}`, token)
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://127.0.0.1"+b.server[strings.LastIndex(b.server, ":"):]+"/api/v1/events", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if answer, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusAccepted {
			t.Fatalf("the purchase is answered %s %s", res.Status, answer)
		}
	}
	buy(find[string](ctx, b, "window.token"))
	b.do(ctx, b.visit("/else"), eval(`setTimeout(() => history.back())`))
	b.eventually(ctx, `location.pathname == "/deal" && !!window.holdfast`)
	b.do(ctx, eval(`holdfast.visit().then(token => window.later = token)`))
	b.eventually(ctx, "!!window.later")
	buy(find[string](ctx, b, "window.later"))
	b.until("visitors, visits, events(name = 'purchase') for 7d", "1 1 2")
	b.until("sum(value) by entry.path for 7d", "/deal 3998")
	if got := find[string](ctx, b, "JSON.stringify(localStorage) + document.cookie"); strings.Contains(got, find[string](ctx, b, "window.later")) {
		t.Errorf("the token is kept: %s", got)
	}
	b.harmless()
}

// eventually waits until a condition holds, in whichever page there is.
func (b *browsed) eventually(ctx context.Context, condition string) {
	b.t.Helper()
	for end := time.Now().Add(45 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition)); ok && err == nil {
			return
		}
	}
	b.t.Fatalf("%s is never true", condition)
}

func polled(condition string) action { return chromedp.Poll[chromedp.Void](condition) }

// early is what a page has that calls before the script is there, as it is in
// docs/script.md.
const early = `window.holdfast = window.holdfast || function () { (holdfast.q = holdfast.q || []).push(arguments) };
holdfast.visit = holdfast.visit || function () { return new Promise(holdfast) };
`

// hosts are pages that the script meets, and what is counted of them. What they
// find wrong they note in window.wrong.
var hosts = []struct {
	name   string
	before string // in the page, before the script
	after  string
	tag    string   // attributes of the script; "" is as printed
	events []string // name and path
}{
	{name: "calls before the script is there wait for it",
		before: early + `holdfast("early")`,
		events: []string{"early /page 1", "pageview /page 1"}},
	{name: "navigation in the page is counted, once for each page",
		after: `history.pushState(7, "", "/two"); history.replaceState(8, "", "/two?x=1"); history.pushState(9, "", "/two#part");
			history.replaceState(1, "", "/three"); if (history.state !== 1) wrong("state")`,
		events: []string{"pageview /page 1", "pageview /three 1", "pageview /two 1"}},
	{name: "going back is counted",
		after:  `history.pushState(1, "", "/two"); history.back()`,
		events: []string{"pageview /page 2", "pageview /two 1"}},
	{name: "fragments are no pages", after: `location.hash = "part"`, events: []string{"pageview /page 1"}},
	{name: "unless they are said to be", tag: "data-hash", after: `location.hash = "part"`,
		events: []string{"pageview /page 1", "pageview /page#part 1"}},
	{name: "history refuses as it did before",
		after:  `try { history.pushState(1, "", "https://elsewhere.example/"); wrong("no error") } catch (e) { if (e.name != "SecurityError") wrong(e) }`,
		events: []string{"pageview /page 1"}},
	{name: "Do Not Track is not asked about", before: `Object.defineProperty(navigator, "doNotTrack", {value: "1"})`,
		events: []string{"pageview /page 1"}},
	{name: "unless the site wants it", tag: "data-respect-dnt", before: `Object.defineProperty(navigator, "doNotTrack", {value: "1"})`,
		after: `holdfast("refused"); history.pushState(1, "", "/two");
			let told; holdfast.visit().then(t => told = t === undefined); setTimeout(() => told || wrong("no end of waiting for a token"), 300)`},
	{name: "and so is Global Privacy Control", tag: "data-respect-dnt", before: `Object.defineProperty(navigator, "globalPrivacyControl", {value: true})`,
		after: `holdfast("refused")`},
	{name: "nor does anybody wait who waited before", tag: "data-respect-dnt", before: early + `Object.defineProperty(navigator, "doNotTrack", {value: "1"})
			let told; holdfast.visit().then(t => told = t === undefined); setTimeout(() => told || wrong("no end of waiting for a token"), 500)`},
	{name: "the token is there once an answer is", before: early + `holdfast.visit().then(t => { holdfast("waited"); if (t.length != 52) wrong(t) })`,
		after:  `holdfast.visit().then(t => { if (t.length != 52) wrong(t); holdfast.visit().then(t => { if (t.length != 52) wrong(t); holdfast("got it") }) })`,
		events: []string{"got it /page 1", "pageview /page 1", "waited /page 1"}},
	{name: "who asks for nothing is counted", tag: "data-respect-dnt", events: []string{"pageview /page 1"}},
	{name: "a page that is rendered ahead is counted once it is seen",
		before: `var ahead = true; Object.defineProperty(document, "prerendering", {get: () => ahead}); window.holdfast = undefined`,
		after: `holdfast("waits"); history.replaceState(1, "", "/seen");
			setTimeout(() => { ahead = false; document.dispatchEvent(new Event("prerenderingchange")) }, 300)`,
		events: []string{"pageview /seen 1", "waits /seen 1"}},
	{name: "one that is never seen is not",
		before: `Object.defineProperty(document, "prerendering", {value: true})`, after: `holdfast("never"); holdfast.visit().then(() => wrong("a token"))`},
	{name: "the script may be there twice", after: `document.head.append(document.scripts[1].cloneNode())`,
		events: []string{"pageview /page 1"}},
	{name: "it makes do without storage",
		before: `Object.defineProperty(window, "localStorage", {get() { throw new DOMException("no", "SecurityError") }})`,
		after:  `holdfast("done")`, events: []string{"done /page 1", "pageview /page 1"}},
	{name: "and with a full one, when requests fail",
		before: `localStorage.other = "x".repeat((5 << 20) - 5); const send = fetch; let n = 0; window.fetch = (...args) => n++ ? send(...args) : Promise.reject(new TypeError("no"))`,
		after:  `setTimeout(() => { if (localStorage.length != 1) wrong("stored"); holdfast("done") }, 200)`,
		events: []string{"done /page 1", "pageview /page 1"}},
	{name: "it makes do without fetch", before: `delete window.fetch`, after: `holdfast("done")`,
		events: []string{"done /page 1", "pageview /page 1"}},
	{name: "calls that make no sense do no harm",
		after: `const loop = {}; loop.loop = loop;
			for (const args of [[], [null], [Symbol()], ["a", null], ["b", 7], ["c", {props: loop}], ["d", {props: 1n}], ["e", {get props() { throw 1 }}], ["f", {value: {}}], ["g", {props: "none"}]])
				try { if (holdfast(...args) !== undefined) wrong("answers") } catch (e) { wrong(e) }`,
		events: []string{"a /page 1", "b /page 1", "f /page 1", "g /page 1", "pageview /page 1"}},
	{name: "an event may be nothing that the visitor did", after: `holdfast("seen", {interactive: false})`,
		events: []string{"pageview /page 1", "seen /page 1"}},
	{name: "it has one global name", before: `var names = Object.getOwnPropertyNames(window).concat("names", "after", "holdfast")`,
		after: `for (const name of Object.getOwnPropertyNames(window)) if (!names.includes(name)) wrong(name)`, events: []string{"pageview /page 1"}},
	{name: "it leaves alone what others store", before: `localStorage.other = "1"; localStorage.holdfastish = "2"`,
		after: `if (localStorage.length != 2) wrong("stored")`, events: []string{"pageview /page 1"}},
	{name: "what a page forbids it does without", before: `document.head.insertAdjacentHTML("beforeend", "<meta http-equiv=Content-Security-Policy content=\"connect-src 'none'\">")`,
		after: `holdfast("blocked")`},
}

// settled is how long it takes until all that a page sends was sent.
const settled = 700 * time.Millisecond

func TestHostPages(t *testing.T) {
	b := newBrowsed(t)
	b.start()
	ctx := b.open()
	for i, c := range hosts {
		t.Run(c.name, func(t *testing.T) {
			site := fmt.Sprintf("case%d.example", i)
			holdfastVerb(t, "site", "add", "--data", b.dir, site)
			holdfastVerb(t, "site", "hosts", "--data", b.dir, site, "*")
			tag := strings.Replace(b.snippet(), `data-domain="shop.example"`, `data-domain="`+site+`" `+c.tag, 1)
			b.put("/page", `<script>window.wrongs = []; function wrong(e) { wrongs.push(String(e)) } addEventListener("error", e => wrong(e.message)); addEventListener("unhandledrejection", e => wrong(e.reason));`+
				c.before+`</script>`+strings.Replace(tag, "defer", "", 1)+`<script>{`+c.after+`}</script>`)
			b.do(ctx, b.visit("/page"), chromedp.Sleep(settled))
			if got := find[[]string](ctx, b, "wrongs"); len(got) > 0 {
				t.Errorf("wrong: %v", got)
			}
			got := b.ask(eachOnce, "--site", site)
			for end := time.Now().Add(15 * time.Second); !slices.Equal(got, c.events) && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
				got = b.ask(eachOnce, "--site", site)
			}
			if !slices.Equal(got, c.events) {
				t.Errorf("counted %q, want %q", got, c.events)
			}
			b.do(ctx, eval("try { localStorage.clear() } catch (e) {}"))
		})
	}
	b.harmless()
}

// How long and how far a page was looked at is sent when it is left, also when
// it is left for another without loading one.
func TestEngagement(t *testing.T) {
	b := newBrowsed(t)
	b.put("/long", "<script>document.hasFocus = () => true</script>"+b.snippet()+`<div style="height: 5000px"></div>`)
	b.put("/end", b.snippet())
	b.start()
	ctx := b.open()
	b.do(ctx, b.visit("/long"), chromedp.Sleep(time.Second), eval(`scrollTo(0, 2000)`), chromedp.Sleep(200*time.Millisecond),
		eval(`scrollTo(0, 0); history.pushState(1, "", "/short")`), chromedp.Sleep(200*time.Millisecond), b.visit("/end"))
	b.until("views by path for 7d", "/end 1", "/long 1", "/short 1")
	b.until("events by path where name = 'engagement' for 7d", "/long 1", "/short 1")
	for _, c := range []struct {
		what      string
		low, high int
	}{
		{"max(scroll) where path = '/long'", 40, 60}, {"max(scroll) where path = '/short'", 5, 20},
		{"sum(engaged) where path = '/long'", 1000, 10000}, {"sum(engaged) where path = '/short'", 100, 10000},
	} {
		got, err := strconv.Atoi(b.ask(c.what + " for 7d")[0])
		if err != nil || got < c.low || got > c.high {
			t.Errorf("%s is %d, want %d to %d", c.what, got, c.low, c.high)
		}
	}
	b.harmless()
}
