package classify_test

import (
	"testing"

	"github.com/goccy/go-yaml"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
)

// The words for bots were found on every second user agent of these lists,
// from the first on, and on lists of others without those that are here, too.
// The other half was never looked at but for the totals below, and says how good
// they are: to look at it, in order to find more, would make this test
// worthless.
func TestBotsThatNobodyLookedAt(t *testing.T) {
	c := classify.New()
	flagged := func(agents []string) (n int) {
		for _, text := range agents {
			e := holdfast.Event{UserAgent: text}
			c.Classify(&e, collect.Hints{})
			if e.Flag != holdfast.Counted {
				n++
			}
		}
		return n
	}
	crawlers, browsers := agentsOf(t, "ua/crawlers.yml"), agentsOf(t, "ua/browsers.yml")
	if len(crawlers) != 626 || len(browsers) != 555 {
		t.Fatalf("there are %d crawlers and %d browsers, not 626 and 555: their halves are others than those that were looked at", len(crawlers), len(browsers))
	}
	t.Logf("of those looked at: %d of %d crawlers, %d of %d browsers",
		flagged(half(crawlers, 0)), len(half(crawlers, 0)), flagged(half(browsers, 0)), len(half(browsers, 0)))
	hidden, people := half(crawlers, 1), half(browsers, 1)
	bots, wrong := flagged(hidden), flagged(people)
	t.Logf("of the others:      %d of %d crawlers, %d of %d browsers", bots, len(hidden), wrong, len(people))
	if bots*10 < len(hidden)*9 {
		t.Errorf("only %d of %d crawlers are flagged", bots, len(hidden))
	}
	if wrong > 6 {
		t.Errorf("%d of %d browsers are taken for bots", wrong, len(people))
	}
}

// agentsOf returns the user agents of a list, in its order.
func agentsOf(t *testing.T, name string) []string {
	t.Helper()
	var makers yaml.MapSlice
	yamlData(t, name, &makers)
	var agents []string
	for _, maker := range makers {
		for _, text := range maker.Value.([]any) {
			agents = append(agents, text.(string))
		}
	}
	return agents
}

func TestBots(t *testing.T) {
	cases := []struct {
		name, userAgent string
		flag            holdfast.Flag
	}{
		{"a search engine", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", holdfast.FlagBot},
		{"one dressed as a telephone", "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", holdfast.FlagBot},
		{"a trainer of models", "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", holdfast.FlagBot},
		{"a link preview", "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", holdfast.FlagBot},
		{"a command line", "curl/8.9.1", holdfast.FlagBot},
		{"a library", "python-requests/2.32.3", holdfast.FlagBot},
		{"a monitor", "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", holdfast.FlagBot},
		{"one that writes what browsers say in its own way", "mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) chrome/149.0.0.0 safari/537.36", holdfast.FlagBot},
		{"one that leaves its host in a browser's place", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36 (Looker, looker.example)", holdfast.FlagBot},
		{"a name and a version", "Looker/1.2", holdfast.FlagBot},
		{"an application that counts its builds", "Reader/14.35.18.28.2", holdfast.Counted},
		{"a browser built for a company", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36 Looker/1.2", holdfast.Counted},
		{"a browser that is tried out", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15 Technology Preview", holdfast.Counted},
		{"a browser without a window", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/149.0.0.0 Safari/537.36", holdfast.FlagHeadless},
	}
	c := classify.New()
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			e := holdfast.Event{UserAgent: k.userAgent}
			c.Classify(&e, collect.Hints{})
			if e.Flag != k.flag {
				t.Errorf("got %q", e.Flag)
			}
		})
	}
}
