//go:build !race

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// The scripts that Plausible's users have are run unchanged, as npm installs
// them into the folder that HOLDFAST_NPM names.
func TestPlausiblesTrackersWork(t *testing.T) {
	modules := filepath.Join(os.Getenv("HOLDFAST_NPM"), "node_modules")
	if os.Getenv("HOLDFAST_NPM") == "" {
		t.Skip("needs trackers: npm install --prefix DIR @plausible-analytics/tracker@0.4.6 plausible-tracker@0.3.9, and HOLDFAST_NPM=DIR")
	}
	cases := []struct{ name, file, script string }{
		{"@plausible-analytics/tracker", "@plausible-analytics/tracker/plausible.js", `
			import {init, track} from "/npm/@plausible-analytics/tracker/plausible.js";
			init({domain: "shop.example", endpoint: "SERVER/api/event"});
			track("bought", {props: {size: "L"}, revenue: {amount: 19.99, currency: "EUR"}, callback: r => window.answer = r.status});
			window.go = () => history.pushState(1, "", "/two");`},
		{"plausible-tracker", "plausible-tracker/build/module/index.js", `
			import Plausible from "/npm/plausible-tracker/build/module/index.js";
			const {trackEvent, enableAutoPageviews} = Plausible({domain: "shop.example", apiHost: "SERVER"});
			enableAutoPageviews();
			trackEvent("bought", {props: {size: "L"}, callback: () => window.answer = 202});
			window.go = () => history.pushState(1, "", "/two");`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBrowsed(t)
			b.npm = modules
			if _, err := os.Stat(filepath.Join(modules, c.file)); err != nil {
				t.Fatal(err)
			}
			b.put("/one", `<script type="module">`+strings.ReplaceAll(c.script, "SERVER", b.server)+`</script>`)
			b.put("/end", "")
			b.start()
			ctx := b.open()
			b.do(ctx, b.visit("/one"), polled("window.answer == 202"), eval("go()"), chromedp.Sleep(settled), b.visit("/end"))
			b.until(eachOnce, "bought /one 1", "pageview /one 1", "pageview /two 1")
			b.until(ofOne, "2 1 1")
			b.until("events by prop.size where name is 'bought' for 7d", "L 1")
			if c.name == "@plausible-analytics/tracker" {
				b.until("events by path where name is 'engagement' for 7d", "/one 1", "/two 1")
				b.until("sum(value) by currency where name is 'bought' for 7d", "EUR 1999")
			}
			b.harmless()
		})
	}
}

// module serves a file of the packages; like those who bundle it does not need
// its ending.
func (b *browsed) module(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/npm/")
	if !strings.HasSuffix(name, ".js") {
		name += ".js"
	}
	w.Header().Set("Content-Type", "text/javascript")
	http.ServeFileFS(w, r, os.DirFS(b.npm), name)
}
