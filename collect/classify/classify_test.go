package classify_test

import (
	"strings"
	"testing"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
)

func TestAgents(t *testing.T) {
	cases := []struct{ name, userAgent, device, browser, os string }{
		{"Chrome on Windows", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36", "desktop", "Chrome", "Windows"},
		{"Edge, which says Chrome", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36 Edg/149.0.0.0", "desktop", "Edge", "Windows"},
		{"Opera, which says Chrome", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36 OPR/130.0.0.0", "desktop", "Opera", "Linux"},
		{"Safari on a Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", "desktop", "Safari", "macOS"},
		{"Safari on an iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1", "phone", "Safari", "iOS"},
		{"Chrome on an iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/149.0.0.0 Mobile/15E148 Safari/604.1", "phone", "Chrome", "iOS"},
		{"an iPad", "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1", "tablet", "Safari", "iPadOS"},
		{"an Android phone", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Mobile Safari/537.36", "phone", "Chrome", "Android"},
		{"an Android tablet", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36", "tablet", "Chrome", "Android"},
		{"Samsung's browser", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "phone", "Samsung Internet", "Android"},
		{"Firefox on Android", "Mozilla/5.0 (Android 15; Mobile; rv:148.0) Gecko/148.0 Firefox/148.0", "phone", "Firefox", "Android"},
		{"Firefox on Linux", "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0", "desktop", "Firefox", "Linux"},
		{"a page in Instagram", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22G86 Instagram 390.0.0.28.85 (iPhone15,2; iOS 18_6; en_US; en; scale=3.00; 1179x2556; 1)", "phone", "Instagram", "iOS"},
		{"a page in an Android application", "Mozilla/5.0 (Linux; Android 15; SM-S928B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/149.0.0.0 Mobile Safari/537.36", "phone", "Android WebView", "Android"},
		{"a Chromebook", "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36", "desktop", "Chrome", "ChromeOS"},
		{"a television", "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/7.0 TV Safari/537.36", "tv", "Safari", "Tizen"},
		{"a console", "Mozilla/5.0 (PlayStation; PlayStation 5/9.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15", "console", "Safari", "PlayStation"},
		{"Internet Explorer", "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "desktop", "Internet Explorer", "Windows"},
		{"a telephone maker that sounds like a bot", "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36", "phone", "Chrome", "Android"},
		{"nothing known", "unknown UA", "", "", ""},
	}
	c := classify.New()
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			for range 2 { // read, and remembered
				e := holdfast.Event{UserAgent: k.userAgent}
				c.Classify(&e, collect.Hints{})
				if e.Device != k.device || e.Browser != k.browser || e.OS != k.os || e.Flag != holdfast.Counted {
					t.Errorf("got %q %q %q %q", e.Device, e.Browser, e.OS, e.Flag)
				}
			}
		})
	}
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

func TestArrivals(t *testing.T) {
	type tags struct{ tag, medium, campaign, click string }
	cases := []struct {
		name, host      string
		tags            tags
		source, channel string
	}{
		{"nothing", "", tags{}, "", "Direct"},
		{"a search engine", "google.de", tags{}, "Google", "Organic Search"},
		{"a search engine abroad", "google.com.br", tags{}, "Google", "Organic Search"},
		{"a host that only begins so", "google.example.com", tags{}, "google.example.com", "Referral"},
		{"a host that only ends so", "notfacebook.com", tags{}, "notfacebook.com", "Referral"},
		{"mail on a search engine", "mail.google.com", tags{}, "Gmail", "Email"},
		{"a part of a social network", "old.reddit.com", tags{}, "Reddit", "Organic Social"},
		{"a video", "m.youtube.com", tags{}, "YouTube", "Organic Video"},
		{"a shop", "amazon.co.uk", tags{}, "Amazon", "Organic Shopping"},
		{"an encyclopedia", "de.wikipedia.org", tags{}, "Wikipedia", "Referral"},
		{"an unknown site", "blog.someone.example", tags{}, "blog.someone.example", "Referral"},
		{"a tag goes before the referrer", "google.com", tags{tag: "betalist"}, "betalist", "Referral"},
		{"a tag in capitals", "", tags{tag: "FaceBook"}, "Facebook", "Organic Social"},
		{"a tag that is a host", "", tags{tag: "www.facebook.com"}, "Facebook", "Organic Social"},
		{"cpc at a search engine", "", tags{tag: "google", medium: "cpc"}, "Google", "Paid Search"},
		{"paid at a social network", "", tags{tag: "fb", medium: "paid_social"}, "Facebook", "Paid Social"},
		{"paid at a video", "", tags{tag: "youtube", medium: "cpv-cpm"}, "YouTube", "Paid Video"},
		{"paid at a shop", "", tags{tag: "shopify", medium: "ppc"}, "Shopify", "Paid Shopping"},
		{"a campaign of shopping", "", tags{tag: "google", medium: "cpc", campaign: "Shopping 7"}, "Google", "Paid Shopping"},
		{"a workshop is no shop", "", tags{tag: "google", medium: "cpc", campaign: "workshop"}, "Google", "Paid Search"},
		{"paid elsewhere", "", tags{tag: "someone", medium: "cpc"}, "someone", "Paid Other"},
		{"across networks", "", tags{tag: "google", medium: "cpc", campaign: "cross-network"}, "Google", "Cross-network"},
		{"a banner", "", tags{tag: "someone", medium: "banner"}, "someone", "Display"},
		{"a newsletter", "", tags{tag: "newsletter", medium: "email"}, "newsletter", "Email"},
		{"an affiliate", "", tags{tag: "partner", medium: "affiliate"}, "partner", "Affiliates"},
		{"a text message", "", tags{tag: "sms"}, "sms", "SMS"},
		{"sound", "", tags{tag: "podcast", medium: "audio"}, "podcast", "Audio"},
		{"a notification", "", tags{tag: "app", medium: "web-push"}, "app", "Mobile Push Notifications"},
		{"an unknown medium", "", tags{tag: "leaflet", medium: "paper"}, "leaflet", "Unassigned"},
		{"Google's click id from Google", "google.com", tags{click: "gclid"}, "Google", "Paid Search"},
		{"Google's click id from elsewhere", "duckduckgo.com", tags{click: "gclid"}, "DuckDuckGo", "Organic Search"},
		{"a click id alone", "", tags{click: "fbclid"}, "Facebook", "Organic Social"},
		{"a campaign alone", "", tags{campaign: "july"}, "", "Unassigned"},
	}
	c := classify.New()
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			e := holdfast.Event{Name: holdfast.Pageview, Click: k.tags.click, UTM: holdfast.UTM{Medium: k.tags.medium, Campaign: k.tags.campaign}}
			c.Classify(&e, collect.Hints{ReferrerHost: k.host, Tag: k.tags.tag})
			if e.Source != k.source || e.Channel != k.channel {
				t.Errorf("got %q by %q, want %q by %q", e.Source, e.Channel, k.source, k.channel)
			}
		})
	}
}

func TestOnlyArrivalsHaveAChannel(t *testing.T) {
	c := classify.New()
	inside := holdfast.Event{Name: holdfast.Pageview}
	c.Classify(&inside, collect.Hints{Internal: true})
	deed := holdfast.Event{Name: "purchase"}
	c.Classify(&deed, collect.Hints{})
	if inside.Channel != "" || deed.Channel != "" {
		t.Errorf("got %q and %q", inside.Channel, deed.Channel)
	}
}

func BenchmarkClassify(b *testing.B) {
	c := classify.New()
	ua := strings.Clone("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36")
	b.ReportAllocs()
	for range b.N {
		e := holdfast.Event{Name: holdfast.Pageview, UserAgent: ua}
		c.Classify(&e, collect.Hints{ReferrerHost: "google.de"})
	}
}
