//go:build !race

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe is what looks at pages as those do who cannot see them, or not well. It
// is not part of the pages: their policy lets no script in but their own.
func axe(t *testing.T) string {
	t.Helper()
	if os.Getenv("HOLDFAST_NPM") == "" {
		t.Skip("needs a judge: npm install --prefix DIR axe-core@4.14.1, and HOLDFAST_NPM=DIR")
	}
	text, err := os.ReadFile(filepath.Join(os.Getenv("HOLDFAST_NPM"), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// broken is a rule that a page breaks, and where.
type broken struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		Target         []any
		FailureSummary string
	}
}

func (b *broken) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s, %s: %s", b.ID, b.Impact, b.Help)
	for _, n := range b.Nodes {
		fmt.Fprintf(&text, "\n    %v: %s\n        %s", n.Target, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n        "))
	}
	return text.String()
}

// scheme has pages be light or dark.
func scheme(name string) action {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	})
}

// Pages of a site with a month of traffic and a hole in it, and what is said
// where there are none, keep to the rules that axe-core knows: none is broken
// that it calls serious or critical.
func TestPagesBreakNoRuleOfAxe(t *testing.T) {
	judge := axe(t)
	b := newBrowsed(t)
	b.dir = filepath.Join(t.TempDir(), "demo")
	b.flags = []string{"--data", b.dir, "--public-url", b.server}
	holdfastVerb(t, "demo", "--once", "--dir", b.dir, "--listen", "127.0.0.1:0", "--days", "30", "--per-day", "1000")
	b.start()
	ctx := b.open()

	site := b.server + "/s/" + demoSite
	b.do(ctx, chromedp.Navigate(site+"/deals"))
	deals := find[[]string](ctx, b, `[...document.querySelectorAll("a[href*='/deals/']")].map((a) => a.href)`)
	if len(deals) <= holeDaysAgo {
		t.Fatalf("there are only the deals %q", deals)
	}
	embedded := b.server + "/embed/" + demoSite
	pages := []string{embedded + "/live", embedded + "/referrals", site, site + "?range=7d", site + "?range=30d", site + "?range=12mo", site + "/deals", deals[0], deals[holeDaysAgo], b.server + "/s/none.example"}
	for _, color := range []string{"light", "dark"} {
		for _, width := range []int64{320, 1280} {
			b.do(ctx, scheme(color), chromedp.EmulateViewport(width, 900))
			for _, page := range pages {
				b.do(ctx, chromedp.Navigate(page))
				if dark := find[bool](ctx, b, `matchMedia("(prefers-color-scheme: dark)").matches`); dark != (color == "dark") {
					t.Fatalf("the browser is not %s", color)
				}
				for _, rule := range b.judged(ctx, judge) {
					say := t.Logf
					if slices.Contains([]string{"serious", "critical"}, rule.Impact) {
						say = t.Errorf
					}
					say("%s at %d px, %s:\n  %s", strings.TrimPrefix(page, b.server), width, color, &rule)
				}
			}
		}
	}
	b.seesWhatIsBroken(ctx, judge, site)
	b.harmless()
}

// seesWhatIsBroken checks that a page would not pass with a picture that has no
// words, and words that nobody can read.
func (b *browsed) seesWhatIsBroken(ctx context.Context, judge, page string) {
	b.t.Helper()
	b.do(ctx, chromedp.Navigate(page), eval(`document.querySelector("main, body").insertAdjacentHTML("beforeend",
		"<img src='data:,'><p id=pale>pale</p>");
		const p = document.getElementById("pale").style; p.color = "#777"; p.background = "#888"`))
	var found []string
	for _, rule := range b.judged(ctx, judge) {
		if slices.Contains([]string{"serious", "critical"}, rule.Impact) {
			found = append(found, rule.ID)
		}
	}
	slices.Sort(found)
	if !slices.Equal(found, []string{"color-contrast", "image-alt"}) {
		b.t.Errorf("of a page that is broken it finds %q", found)
	}
}

// judged returns the rules that the page breaks, or may break. The contrast of
// what is written in pictures axe cannot tell; serve/pages computes it.
func (b *browsed) judged(ctx context.Context, judge string) []broken {
	b.t.Helper()
	b.do(ctx, eval(judge))
	rules, err := chromedp.Run(ctx, chromedp.Evaluate[[]broken](`axe.run().then((r) => r.passes.length
		? [...r.violations, ...r.incomplete.filter((rule) => rule.id !== "color-contrast")]
		: Promise.reject("nothing was looked at"))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatal(err)
	}
	return rules
}
