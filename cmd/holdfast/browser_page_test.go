//go:build !race

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A site's page, with names that are as long and as hostile as they may be,
// fits into every width, and stays up to date without being loaded again.
func TestThePageInABrowser(t *testing.T) {
	b := newBrowsed(t)
	holdfastVerb(t, "site", "public", "--data", b.dir, "shop.example", "on")
	key := strings.TrimSpace(string(holdfastVerb(t, "key", "add", "--data", b.dir, "--scope", "collect")))
	holdfastVerb(t, "deal", "add", "long", "--data", b.dir, "--starts", time.Now().AddDate(0, 0, -2).Format(time.DateOnly), "--goal", strings.Repeat("W", 120),
		"--title", strings.Repeat("W", 400), "--link", "https://"+strings.Repeat("w", 60)+"."+strings.Repeat("w", 60)+".example/")
	holdfastVerb(t, "deal", "add", "hostile", "--data", b.dir, "--starts", time.Now().AddDate(0, 0, -1).Format(time.DateOnly),
		"--title", "<img src=x onerror=onHostile()>", "--link", "https://shop.example/")
	b.start()
	send := func(visitor, path, source string) {
		body, err := json.Marshal(map[string]string{"site": "shop.example", "name": "pageview", "visitor": visitor,
			"url": "https://shop.example" + path + "?utm_source=" + source, "user_agent": firefox})
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest("POST", strings.Replace(b.server, "stats.example", "127.0.0.1", 1)+"/api/v1/events", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusAccepted {
			t.Fatalf("an event is answered with %s", res.Status)
		}
	}
	for v := range 3 {
		send(fmt.Sprint(v), "/"+strings.Repeat("W", 900), strings.Repeat("W", 90))
		send(fmt.Sprint(v), "/%3Cscript%3EonHostile()%3C/script%3E", "")
		send(fmt.Sprint("x", v), "/a", "%3Cimg%20src=x%20onerror=onHostile()%3E")
	}
	ctx := b.open()
	page := b.server + "/s/shop.example"
	for _, width := range []int64{320, 768, 1280} {
		for _, query := range []string{"", "?range=7d", "?range=30d", "?range=12mo", "/deals", "/deals/long", "/deals/hostile"} {
			b.do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(page+query))
			if over := find[int](ctx, b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
				t.Errorf("at %d px the page%s is %d px too wide", width, query, over)
			}
			clipped := find[string](ctx, b, `[...document.querySelectorAll("h1, h2, dd, dt, nav a, .trust, .n, .sentence, .when-long, .deals p, .deals strong, .small-graph")].filter((e) => {
				const r = e.getBoundingClientRect(); return r.right > innerWidth + 0.5 || r.left < 0 }).map((e) => e.textContent).join(", ")`)
			if clipped != "" {
				t.Errorf("at %d px these of the page%s are cut off: %s", width, query, clipped)
			}
		}
	}
	b.do(ctx, chromedp.Navigate(page+"/deals/hostile"), eval(`document.querySelector("#views-graph .plot").focus()`),
		eval(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true, cancelable: true }))`),
		polled(`document.getElementById("views-readout").textContent.includes(" · ")`))
	if n := find[int](ctx, b, `document.querySelectorAll("script:not([src]), img").length`); n != 0 {
		t.Errorf("a title made %d elements", n)
	}
	b.do(ctx, chromedp.Navigate(page), eval("window.stays = true"), polled(`document.getElementById("here")?.textContent === "6"`))
	if n := find[int](ctx, b, `document.querySelectorAll("script:not([src]), img").length`); n != 0 {
		t.Errorf("names made %d elements", n)
	}
	began := time.Now()
	send("new", "/b", "")
	b.do(ctx, polled(`document.getElementById("here").textContent === "7"`), polled(`document.getElementById("figures").textContent.includes("Visitors7")`))
	if !find[bool](ctx, b, "window.stays === true") {
		t.Error("the page was loaded again")
	}
	t.Logf("it was up to date after %s", time.Since(began).Round(time.Millisecond))

	b.do(ctx, eval(`document.querySelector("#views-graph .plot").focus()`),
		eval(`document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true, cancelable: true }))`),
		polled(`document.getElementById("views-readout").textContent.includes(" · ")`))
	b.harmless()
}
