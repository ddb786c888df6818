//go:build !race

package main

import (
	"os/exec"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"
)

// A site whose script and endpoint are its own, by the recipe, is visited while
// Holdfast is down: nginx serves the pages and the script, and what it answers
// with instead of Holdfast makes the script keep what it sends.
func TestThroughNginxNothingIsLostWhileTheServerIsDown(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("needs a browser: apt-get install chromium")
	}
	f := newFronted(t)
	element := regexp.MustCompile(`<script defer .*</script>`).FindString(recipe(t, "site.conf"))
	for _, name := range []string{"index.html", "deal.html", "thanks.html"} {
		f.write("www/shop.example.com/"+name, "<!doctype html><title>"+name+"</title>"+element+"<h1>"+name+"</h1>")
	}
	f.up()
	b := &browsed{t: t, dir: f.store}
	ctx := b.open(chromedp.Flag("host-resolver-rules", "MAP *.example.com:443 "+f.https), chromedp.Flag("ignore-certificate-errors", true))
	b.do(ctx, chromedp.Navigate(shopHost+"/"))
	b.until(eachOnce, "pageview / 1")
	if got := find[string](ctx, b, `performance.getEntriesByType("navigation")[0].nextHopProtocol`); got != "h2" {
		t.Errorf("the page came over %s", got)
	}
	f.down()
	b.do(ctx, chromedp.Navigate(shopHost+"/deal.html"), eval(`holdfast("bought", {value: 19.99, currency: "EUR"})`),
		polled(`Object.values(localStorage).filter(e => !e.includes("engagement")).length == 2`))
	f.up()
	b.do(ctx, chromedp.Navigate(shopHost+"/thanks.html"))
	b.until(eachOnce, "bought /deal.html 1", "pageview / 1", "pageview /deal.html 1", "pageview /thanks.html 1")
	b.until(ofOne, "3 1 1")
	b.do(ctx, polled("localStorage.length == 0"), chromedp.Navigate(statsHost+"/s/shop.example.com"), polled(`document.getElementById("here")?.textContent === "1"`))
	b.harmless()
}
