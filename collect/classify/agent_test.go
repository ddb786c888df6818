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

// alike are the names by which uap-core calls what we call otherwise. It tells
// a browser on a telephone from the same on a desk; we have the device for that.
var alike = map[string]string{
	"IE": "Internet Explorer", "IE Mobile": "Internet Explorer", "IE Large Screen": "Internet Explorer", "Mobile Safari": "Safari", "WebKit Nightly": "Safari",
	"Mobile Safari UI/WKWebView": "iOS WebView", "Chrome Mobile": "Chrome", "Chrome Mobile iOS": "Chrome", "Chrome Mobile WebView": "Android WebView", "Android": "Android Browser",
	"Edge Mobile": "Edge", "Firefox Mobile": "Firefox", "Firefox iOS": "Firefox", "Firefox Beta": "Firefox", "Firefox (Shiretoko)": "Firefox", "Opera Mobile": "Opera", "Opera Touch": "Opera",
	"Opera GX": "Opera", "Opera Coast": "Opera", "Opera Tablet": "Opera", "Opera Neon": "Opera", "Amazon Silk": "Silk", "MiuiBrowser": "MIUI Browser", "VivoBrowser": "Vivo Browser", "Coc Coc": "Cốc Cốc",
	"QQ Browser Mobile": "QQ Browser", "QQ Browser Mini": "QQ Browser", "WeChat Browser": "WeChat", "DuckDuckGo Mobile": "DuckDuckGo", "Google": "Google app", "Facebook Messenger": "Messenger",
	"Aloha Browser": "Aloha", "Phoenix Browser": "Phoenix", "Baidu Browser": "Baidu", "Baidu Explorer": "Baidu", "360 Secure Browser": "360 Browser", "Smart Lenovo Browser": "Lenovo Browser",
	"Ecosia Android": "Ecosia", "Ecosia iOS": "Ecosia", "Qt Web Engine": "Qt WebEngine", "QtCarBrowser": "Tesla", "BlackBerry WebKit": "BlackBerry", "Slack Desktop Client": "Slack",
	"Dragon": "Comodo Dragon", "Norton": "Norton Browser", "AVG": "AVG Secure Browser", "CCleaner": "CCleaner Browser", "AOL Shield Browser": "AOL Shield", "Atom Browser": "Atom", "Mypal Browser": "Mypal",
	"Quark PC": "Quark", "Wolvic Browser": "Wolvic", "Vewd Browser": "Vewd", "Outlook-iOS": "Outlook", "Outlook-iOS-Android": "Outlook", "MacOutlook": "Outlook", "Steam Client": "Steam", "Steam GameOverlay": "Steam",
	"YahooMobileMail": "Yahoo! Mail", "NCSA Mosaic": "Mosaic", "UP.Browser": "Openwave", "Pinterest": "Pinterest", "MobileIron": "Chrome",

	"Mac OS X": "macOS", "Mac OS": "macOS", "Symbian OS": "Symbian", "Symbian^3": "Symbian", "Symbian^3 Anna": "Symbian", "Symbian^3 Belle": "Symbian", "BlackBerry OS": "BlackBerry", "BlackBerry Tablet OS": "BlackBerry",
	"Chrome OS": "ChromeOS", "WatchOS": "watchOS", "ATV OS X": "tvOS", "Web0S": "webOS", "Ubuntu": "Linux", "Debian": "Linux", "Gentoo": "Linux", "Red Hat": "Linux", "Mandriva": "Linux", "GoogleTV": "Android",
	"Chromecast Linux": "Chromecast", "Chromecast Android": "Chromecast", "Chromecast Fuchsia": "Chromecast", "Chromecast SmartSpeaker": "Chromecast", "Brew MP": "BREW",
}

// The cases of uap-core, half of which are crawlers and applications that
// nobody visits sites with. What counts is those whose family we name at all:
// there the two shall agree.
func TestAgentsAgreeWithOthers(t *testing.T) {
	for _, c := range []struct {
		file string
		of   func(*holdfast.Event) string
		bar  float64
	}{
		{"ua/test_ua.yaml", func(e *holdfast.Event) string { return e.Browser }, 0.91},
		{"ua/test_os.yaml", func(e *holdfast.Event) string { return e.OS }, 0.95},
	} {
		var cases struct {
			List []struct {
				Text   string `yaml:"user_agent_string"`
				Family string
			} `yaml:"test_cases"`
		}
		yamlData(t, c.file, &cases)
		named := map[string]bool{}
		said := make([]string, len(cases.List))
		classifier := classify.New()
		for i, k := range cases.List {
			e := holdfast.Event{UserAgent: k.Text}
			classifier.Classify(&e, collect.Hints{})
			said[i] = strings.Replace(c.of(&e), "iPadOS", "iOS", 1)
			named[said[i]] = true
		}
		var same, other, silent, unnamed int
		for i, k := range cases.List {
			want := k.Family
			if ours, ok := alike[want]; ok {
				want = ours
			}
			switch {
			case !named[want]:
				unnamed++
			case said[i] == want:
				same++
			case said[i] == "":
				silent++
			default:
				other++
			}
		}
		t.Logf("%s: of %d cases %d are of families that are named here: %d the same, %d another, %d none",
			c.file, len(cases.List), len(cases.List)-unnamed, same, other, silent)
		if float64(same) < c.bar*float64(same+other+silent) {
			t.Errorf("%s: only %d of %d agree", c.file, same, same+other+silent)
		}
	}
}

// Whatever an agent says, reading it takes a time that depends on its length
// alone, and sets no text that is not one of ours.
func FuzzAgents(f *testing.F) {
	f.Add("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36")
	f.Add("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
	f.Add("a@b.cd (compatible; compatible; Safari/1 (x) \xff\x00 /v1..")
	c := classify.New()
	f.Fuzz(func(t *testing.T, text string) {
		var read, again holdfast.Event
		read.UserAgent, again.UserAgent = text, text
		c.Classify(&read, collect.Hints{})
		classify.New().Classify(&again, collect.Hints{})
		if read.Browser != again.Browser || read.OS != again.OS || read.Device != again.Device || read.Flag != again.Flag {
			t.Errorf("read as %v, and as %v", read, again)
		}
		for _, said := range []string{read.Browser, read.OS, read.Device} {
			if len(said) > 24 {
				t.Errorf("%q is none of ours", said)
			}
		}
	})
}
