//go:build !race

package main

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// A browser without a window says so, and what it sends is kept and not counted;
// its visits that say they are somebody else's are.
func TestABrowserWithoutAWindowIsNotCounted(t *testing.T) {
	b := newBrowsed(t)
	b.put("/", b.snippet())
	b.put("/self", b.snippet())
	b.start()
	b.do(b.open(chromedp.Flag("user-agent", false)), b.visit("/self"))
	b.until("events by flag, path where name = 'pageview' for 7d", "bot:headless /self 1")
	b.do(b.open(), b.visit("/"))
	b.until(eachOnce, "pageview / 1")
	b.until("events by flag, path where name = 'pageview' for 7d", " / 1", "bot:headless /self 1")
	b.harmless()
}
