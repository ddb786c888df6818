//go:build !race

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// foreign is a page of somebody else, who lets in what docs/embedding.md says
// is needed and nothing more, and whose style is meant for everything there is.
// It notes in host what the embedding does to it.
const foreign = `
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-n' SERVER; connect-src SERVER; frame-src SERVER; style-src 'nonce-n'; require-trusted-types-for 'script'; trusted-types 'none'">
<style nonce="n">
:not(html, body, iframe, holdfast-live, holdfast-referrals) { display: none !important; }
* { color: yellow !important; background: black !important; font: 40px/3 cursive !important; text-transform: uppercase !important; letter-spacing: 9px !important; direction: rtl; --bg: red !important; --text: red !important; }
main { display: flex !important; }
</style>
<script nonce="n">
var host = { streams: [], said: [], refused: [] };
EventSource = class extends EventSource { constructor(...all) { super(...all); host.streams.push(this); } };
for (const how of ["warn", "error"]) { const say = console[how]; console[how] = (...all) => { host.said.push(all.join(" ")); say.apply(console, all); }; }
document.addEventListener("securitypolicyviolation", (e) => host.refused.push(e.violatedDirective + " " + e.blockedURI));
host.names = () => Object.getOwnPropertyNames(window).filter((n) => isNaN(n)); // those of frames are numbers
host.before = host.names();
host.open = () => host.streams.filter((s) => s.readyState !== EventSource.CLOSED).length;
host.in = (selector, part) => document.querySelector(selector).shadowRoot.querySelector(part);
host.text = (selector) => host.in(selector, "[data-holdfast]")?.textContent.replace(/\s+/g, " ") ?? "";
host.style = (element, ...properties) => properties.map((p) => getComputedStyle(element)[p]).join(" ");
host.hide = (hidden) => { Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden }); document.dispatchEvent(new Event("visibilitychange")); };
</script>
<script src="SERVER/widget.js"></script>
<script src="SERVER/widget.js" defer></script>
<iframe src="SERVER/embed/shop.example/live" sandbox="allow-scripts allow-top-navigation-by-user-activation"></iframe>
<iframe src="SERVER/embed/shop.example/referrals?theme=dark"></iframe>
<p class="embed lead">mine</p>
<holdfast-live id="one" site="shop.example" theme="dark"><a href="#">statistics</a></holdfast-live>
<main><holdfast-live id="two" site="shop.example"></holdfast-live></main>
<holdfast-referrals id="graph" site="shop.example"></holdfast-referrals>
<holdfast-live id="private" site="private.example"></holdfast-live>
<holdfast-live id="nameless"></holdfast-live>
<holdfast-referrals id="lost" site="shop.example" server="ftp://nowhere"></holdfast-referrals>
`

// Elements and frames show a site's numbers on a page of another origin, and
// keep them up to date while the server goes and comes back. They do nothing to
// the page, nor the page to them.
func TestEmbeddedInAPageOfSomebodyElse(t *testing.T) {
	b := newBrowsed(t)
	holdfastVerb(t, "site", "public", "--data", b.dir, "shop.example", "on")
	holdfastVerb(t, "site", "add", "--data", b.dir, "private.example")
	key := strings.TrimSpace(string(holdfastVerb(t, "key", "add", "--data", b.dir, "--scope", "collect")))
	b.start()
	send := func(visitor int) { b.send(key, fmt.Sprint("visitor ", visitor)) }
	for v := range 3 {
		send(v)
	}
	b.put("/host", strings.ReplaceAll(foreign, "SERVER", b.server))
	ctx := b.open()
	b.do(ctx, b.visit("/host"))
	live, referrals := b.frame(ctx, "/live"), b.frame(ctx, "/referrals")

	const framed = `document.querySelector("[data-holdfast]").textContent.replace(/\s+/g, " ")`
	b.says(ctx, `host.text("#one")`, "3 here now")
	b.says(ctx, `host.text("#two")`, "3 here now")
	b.says(ctx, `host.text("#graph")`, "Most: 3 visits direct, 100 % of all.")
	b.says(live, framed, "3 here now")
	b.says(referrals, framed, "Most: 3 visits direct")
	b.do(live, eval("document.stays = true"))
	b.says(ctx, `host.text("#private")`, "No public site of this name")
	b.says(ctx, `host.text("#nameless")`, "<holdfast-live>: the attribute site is missing")
	b.says(ctx, `host.text("#lost")`, "<holdfast-referrals>: the attribute server is no address such as https://stats.example.com")

	for _, c := range []struct{ what, script, want string }{
		{"the style of a number", `host.style(host.in("#one", "strong"), "textTransform", "letterSpacing", "fontSize", "direction")`, "none normal 15px ltr"},
		{"its colour's being one of the page", `String(["rgb(255, 255, 0)", "rgb(255, 0, 0)"].includes(host.style(host.in("#one", "strong"), "color")))`, "false"},
		{"the style of an element", `host.style(host.in("#two", ".embed"), "display", "backgroundColor")`, "block rgb(255, 255, 255)"},
		{"the width of an element that is given none", `String(document.querySelector("#two").offsetWidth)`, "320"},
		{"the graph's being drawn", `String(host.in("#graph", ".narrow .layer").getBoundingClientRect().width + host.in("#graph", ".wide .layer").getBoundingClientRect().width > 0)`, "true"},
		{"the style of what is the page's own", `host.style(document.querySelector("p.embed"), "containerType", "padding", "fontSize")`, "normal 0px 40px"},
		{"how many sheets, links and attributes there are", `[document.adoptedStyleSheets.length, document.querySelectorAll("link, style").length, document.querySelector("#one").attributes.length].join()`, "0,1,3"},
		{"new global names", `host.names().filter((n) => !host.before.includes(n)).join()`, ""},
		{"what is stored", `document.cookie + localStorage.length + sessionStorage.length`, "00"},
	} {
		if got := find[string](ctx, b, c.script); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}

	// Numbers move, and nothing is loaded again. All elements have one stream;
	// without them, or if nobody looks, there is none.
	send(3)
	b.says(ctx, `host.text("#one")`, "4 here now")
	b.says(ctx, `host.text("#two")`, "4 here now")
	b.says(live, framed, "4 here now")
	streams := func(open, made int) {
		t.Helper()
		b.says(ctx, "host.open() + ` open of ` + host.streams.length", fmt.Sprintf("%d open of %d", open, made))
	}
	streams(1, 1)
	b.do(ctx, eval(`document.body.append(document.querySelector("#one")); document.querySelector("#two").remove()`))
	b.do(ctx, chromedp.Sleep(200*time.Millisecond)) // a second stream would be there
	streams(1, 1)
	b.do(ctx, eval(`host.one = document.querySelector("#one"); host.one.remove()`))
	streams(0, 1)
	b.do(ctx, eval(`document.body.append(host.one)`))
	streams(1, 2)
	b.do(ctx, eval(`host.hide(true)`))
	streams(0, 2)
	b.do(ctx, eval(`host.hide(false)`))
	streams(1, 3)

	// While the server is down they say so, and no number.
	b.kill()
	b.says(ctx, `host.text("#one")`, "Not reachable")
	b.says(live, framed, "Not reachable")
	if shown := find[string](ctx, b, `host.style(host.in("#one", "[data-here]").parentElement, "display")`); shown != "none" {
		t.Errorf("the number of before is shown (%s)", shown)
	}
	b.start()
	send(4)
	b.says(ctx, `host.text("#one")`, "5 here now")
	b.says(live, framed, "5 here now")
	if !find[bool](live, b, `document.stays && !document.querySelector(".away")`) {
		t.Error("the frame was loaded again, or still says that the server is away")
	}

	if refused := find[[]string](ctx, b, "host.refused"); len(refused) > 0 {
		t.Errorf("the page's policy refused %q", refused)
	}
	said := find[[]string](ctx, b, "host.said")
	slices.Sort(said)
	if len(said) != 2 || !strings.HasPrefix(said[0], "<holdfast-live>: the attribute site") || !strings.HasPrefix(said[1], "<holdfast-referrals>: the attribute server") {
		t.Errorf("the console was told %q", said)
	}

	// Nothing runs of what is answered, whoever answers.
	b.put("/embed/evil.example/live", `<link rel="stylesheet" href="/evil.css"><div data-holdfast="9" data-zone="&quot;>" onclick="ran = 1"><script>ran = 2</script><img src="x" onerror="ran = 3">
		<a href="javascript:ran = 4" onfocus="ran = 5" tabindex="0">link</a><p style="position: fixed" onpointerenter="ran = 6">text</p>
		<svg onload="ran = 7"><script>ran = 8</script><a xlink:href="javascript:ran = 9"><text>drawn</text></a><foreignObject><iframe srcdoc="&lt;script>parent.ran = 10&lt;/script>"></iframe></foreignObject></svg></div>`)
	b.put("/evil.css", "")
	b.put("/evil", fmt.Sprintf(`<script src="%s/widget.js"></script><holdfast-live site="evil.example" server="%s"></holdfast-live>`, b.server, b.at("/")))
	b.do(ctx, b.visit("/evil"))
	b.says(ctx, `document.querySelector("holdfast-live").shadowRoot.textContent`, "drawn")
	b.do(ctx, eval(`for (const e of document.querySelector("holdfast-live").shadowRoot.querySelectorAll("*")) { e.focus?.(); e.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })); }`))
	if got := find[string](ctx, b, `[...document.querySelector("holdfast-live").shadowRoot.querySelectorAll("*")].map((e) => e.localName + [...e.attributes].map((a) => " " + a.name).join("")).join(", ")`); got != "div data-holdfast data-zone, a tabindex, p, svg, a, text" {
		t.Errorf("of what may do something it has %s", got)
	}
	if find[bool](ctx, b, `"ran" in window`) {
		t.Error("something of it ran")
	}
	b.harmless()
}

// frame returns the frame in the page whose address ends so.
func (b *browsed) frame(ctx context.Context, end string) context.Context {
	b.t.Helper()
	for limit := time.Now().Add(45 * time.Second); time.Now().Before(limit); time.Sleep(50 * time.Millisecond) {
		all, err := chromedp.Targets(ctx)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, target := range all {
			if address, _, _ := strings.Cut(target.URL, "?"); target.Type == "iframe" && strings.HasSuffix(address, end) {
				frame, cancel := chromedp.NewContext(ctx, chromedp.WithTargetID(target.TargetID))
				b.t.Cleanup(cancel)
				b.listen(frame)
				return frame
			}
		}
	}
	b.t.Fatalf("there is no frame of …%s", end)
	return nil
}

// says waits until a script returns what has some words in it. Unlike polled it
// does not rely on frames being drawn.
func (b *browsed) says(ctx context.Context, script, words string) {
	b.t.Helper()
	var got string
	for limit := time.Now().Add(45 * time.Second); time.Now().Before(limit); time.Sleep(50 * time.Millisecond) {
		if got = find[string](ctx, b, script); strings.Contains(got, words) {
			return
		}
	}
	b.t.Fatalf("it says %q, want %q", got, words)
}

// send sends a view by a visitor.
func (b *browsed) send(key, visitor string) {
	b.t.Helper()
	body, err := json.Marshal(map[string]string{"site": "shop.example", "name": "pageview", "visitor": visitor, "url": "https://shop.example/", "user_agent": firefox})
	if err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), "POST", strings.Replace(b.server, "stats.example", "127.0.0.1", 1)+"/api/v1/events", strings.NewReader(string(body)))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		b.t.Fatalf("an event is answered with %s", res.Status)
	}
}
