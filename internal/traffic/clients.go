package traffic

import (
	"fmt"
	"strings"

	"holdfast"
)

// client is a program that fetches pages, in all its versions.
type client struct {
	device, browser, os string
	flag                holdfast.Flag
	// weight is its share of people, in countries with few and with many
	// iPhones. Of crawlers and apps the first is their share among them.
	weight [2]float64
	// pattern is its user agent: {c} Chrome's version, {f} Firefox's, {s}
	// Safari's, {o} Opera's, {d} a phone, {i} an iPhone, {a} a number that
	// goes up.
	pattern string
}

const (
	onWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36"
	onMac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/"
	onLinux   = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36"
	onPhone   = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Mobile Safari/537.36"
	onTablet  = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36"
	onIPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	onIPad    = "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
	inAndroid = "Mozilla/5.0 (Linux; Android 16; {d}; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/{c}.0.7{a}.88 Mobile Safari/537.36 "
)

// browsers are what people use.
var browsers = []client{
	{"desktop", "Chrome", "Windows", "", [2]float64{22, 21}, onWindows},
	{"desktop", "Chrome", "macOS", "", [2]float64{2.5, 7}, onMac + "537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36"},
	{"desktop", "Chrome", "Linux", "", [2]float64{1.6, 1.5}, onLinux},
	{"desktop", "Chrome", "ChromeOS", "", [2]float64{0.3, 1.3}, "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36"},
	{"desktop", "Edge", "Windows", "", [2]float64{4, 7.5}, onWindows + " Edg/{c}.0.0.0"},
	{"desktop", "Edge", "macOS", "", [2]float64{0.1, 0.4}, onMac + "537.36 (KHTML, like Gecko) Chrome/{c}.0.0.0 Safari/537.36 Edg/{c}.0.0.0"},
	{"desktop", "Safari", "macOS", "", [2]float64{1.5, 7}, onMac + "605.1.15 (KHTML, like Gecko) Version/{s} Safari/605.1.15"},
	{"desktop", "Firefox", "Windows", "", [2]float64{1.9, 2.6}, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{f}.0) Gecko/20100101 Firefox/{f}.0"},
	{"desktop", "Firefox", "macOS", "", [2]float64{0.2, 0.6}, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:{f}.0) Gecko/20100101 Firefox/{f}.0"},
	{"desktop", "Firefox", "Linux", "", [2]float64{0.5, 0.7}, "Mozilla/5.0 (X11; Linux x86_64; rv:{f}.0) Gecko/20100101 Firefox/{f}.0"},
	{"desktop", "Opera", "Windows", "", [2]float64{2, 1.3}, onWindows + " OPR/{o}.0.0.0"},
	{"desktop", "Vivaldi", "Windows", "", [2]float64{0.1, 0.15}, onWindows + " Vivaldi/8.{a}"},
	{"desktop", "Yandex Browser", "Windows", "", [2]float64{0.9, 0.1}, onWindows + " YaBrowser/26.{a}.0.0"},
	{"phone", "Safari", "iOS", "", [2]float64{7, 27}, onIPhone + "Version/{s} Mobile/15E148 Safari/604.1"},
	{"phone", "Chrome", "iOS", "", [2]float64{0.9, 2.8}, onIPhone + "CriOS/{c}.0.7{a}.52 Mobile/15E148 Safari/604.1"},
	{"phone", "Google app", "iOS", "", [2]float64{0.3, 1.1}, onIPhone + "GSA/4{a}.0.8 Mobile/15E148 Safari/604.1"},
	{"phone", "DuckDuckGo", "iOS", "", [2]float64{0.05, 0.3}, onIPhone + "Version/{s} Mobile/15E148 DuckDuckGo/7 Safari/605.1.15"},
	{"phone", "Chrome", "Android", "", [2]float64{41, 11.5}, onPhone},
	{"phone", "Samsung Internet", "Android", "", [2]float64{3.6, 1.8}, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/30.0 Chrome/{c}.0.0.0 Mobile Safari/537.36"},
	{"phone", "Firefox", "Android", "", [2]float64{0.5, 0.7}, "Mozilla/5.0 (Android 16; Mobile; rv:{f}.0) Gecko/{f}.0 Firefox/{f}.0"},
	{"phone", "Opera", "Android", "", [2]float64{2.2, 0.3}, onPhone + " OPR/{a}.0.0.0"},
	{"phone", "UC Browser", "Android", "", [2]float64{1.2, 0.02}, "Mozilla/5.0 (Linux; U; Android 13; en-US; {d}) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/123.0.6312.80 UCBrowser/13.{a} Mobile Safari/537.36"},
	{"phone", "MIUI Browser", "Android", "", [2]float64{0.9, 0.1}, "Mozilla/5.0 (Linux; U; Android 15; en-us; {d}) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/123.0.6312.118 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.{a}-gn"},
	{"tablet", "Chrome", "Android", "", [2]float64{1.1, 0.8}, onTablet},
	{"tablet", "Silk", "Android", "", [2]float64{0.02, 0.2}, "Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/{c}.1.1 like Chrome/{c}.0.0.0 Safari/537.36"},
	{"tablet", "Safari", "iPadOS", "", [2]float64{0.3, 1}, onIPad + "Version/{s} Mobile/15E148 Safari/604.1"},
	{"tv", "Chrome", "webOS", "", [2]float64{0.05, 0.08}, "Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.270 Safari/537.36"},
	{"console", "Safari", "PlayStation", "", [2]float64{0.03, 0.06}, "Mozilla/5.0 (PlayStation; PlayStation 5/9.60) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15"},
}

// apps show pages themselves when a link in them is followed on a phone: by
// name, on Android and on an iPhone.
var apps = map[string][2]*client{
	"Facebook": {
		{"phone", "Facebook", "Android", "", [2]float64{1, 1}, inAndroid + "[FB_IAB/FB4A;FBAV/5{a}.0.0.44.99;]"},
		{"phone", "Facebook", "iOS", "", [2]float64{1, 1}, onIPhone + "Mobile/23A355 [FBAN/FBIOS;FBAV/5{a}.0.0.30.106;FBDV/iPhone{i};FBMD/iPhone;FBSN/iOS;FBSV/26.1;FBSS/3;FBLC/en_US;FBOP/80]"},
	},
	"Instagram": {
		{"phone", "Instagram", "Android", "", [2]float64{1, 1}, inAndroid + "Instagram 4{a}.0.0.41.73 Android (36/16; 450dpi; 1080x2340; {d})"},
		{"phone", "Instagram", "iOS", "", [2]float64{1, 1}, onIPhone + "Mobile/23A355 Instagram 4{a}.0.0.31.82 (iPhone{i}; iOS 26_1; en_US; en; scale=3.00; 1206x2622)"},
	},
	"TikTok": {
		{"phone", "TikTok", "Android", "", [2]float64{1, 1}, inAndroid + "musical_ly_2024{a} BytedanceWebview/d8a21c6"},
		{"phone", "TikTok", "iOS", "", [2]float64{1, 1}, onIPhone + "Mobile/23A355 musical_ly_4{a} BytedanceWebview/d8a21c6"},
	},
}

// crawlers say so.
var crawlers = []client{
	bot(27, "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{c}.0.7{a}.60 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "phone", "Chrome", "Android"),
	bot(4, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/{c}.0.7{a}.60 Safari/537.36", "", "Chrome", ""),
	bot(13, "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)", "", "", ""),
	bot(10, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3; +https://openai.com/gptbot)", "", "", ""),
	bot(9, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "", "", ""),
	bot(8, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/{c}.0.0.0 Safari/537.36", "", "Chrome", ""),
	bot(7, "Mozilla/5.0 (Linux; Android 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36 (compatible; Bytespider; spider-feedback@bytedance.com)", "phone", "", "Android"),
	bot(6, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)", "desktop", "Safari", "macOS"),
	bot(5, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Amazonbot/0.1; +https://developer.amazon.com/support/amazonbot) Chrome/119.0.6045.214 Safari/537.36", "", "Chrome", ""),
	bot(4, "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "", "", ""),
	bot(3, "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)", "", "", ""),
	bot(2, "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", "", "", ""),
	bot(2, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)", "", "", ""),
	bot(2, "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot", "", "", ""),
	bot(1.5, "Mozilla/5.0 (compatible; MJ12bot/v2.0.2; http://mj12bot.com/)", "", "", ""),
	bot(1, "CCBot/2.0 (https://commoncrawl.org/faq/)", "", "", ""),
	bot(1, "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "", "", ""),
	bot(1, "python-requests/2.32.5", "", "", ""),
	bot(0.6, "Go-http-client/2.0", "", "", ""),
	bot(0.5, "curl/8.16.0", "", "", ""),
	{"desktop", "Chrome", "Linux", holdfast.FlagHeadless, [2]float64{2.4, 2.4}, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/{c}.0.0.0 Safari/537.36"},
}

func bot(weight float64, pattern, device, browser, os string) client {
	return client{device, browser, os, holdfast.FlagBot, [2]float64{weight, weight}, pattern}
}

var phones = strings.Fields(`SM-S938B SM-S931B SM-S928B SM-S921B SM-S918B SM-S911B SM-A566B SM-A556B SM-A546B SM-A366B
	SM-A356B SM-A256B SM-A166B SM-A156B SM-A065F SM-G991B SM-F966B SM-F766B Pixel_10_Pro Pixel_10 Pixel_9_Pro Pixel_9
	Pixel_9a Pixel_8_Pro Pixel_8 Pixel_8a Pixel_7 2412DPC0AG 24069PC21G 23127PN0CG 2409BRN2CA 24117RN76G 23106RN0DA
	2311DRK48G 22101316G CPH2653 CPH2609 CPH2581 CPH2525 CPH2477 RMX3998 RMX3890 RMX3771 V2413 V2334 V2249 V2207
	motorola_edge_60 moto_g85_5G moto_g56 moto_g34 ONEPLUS_A13 NE2213 XQ-EC54 A065 Nokia_G42_5G TECNO_CL6 Infinix_X6871`)

// iPhones, by their maker's numbers.
var iPhones = strings.Fields(`18,1 18,2 18,3 18,4 17,1 17,2 17,3 17,4 17,5 16,1 16,2 15,2 15,3 15,4 15,5 14,2 14,3 14,5 14,7 14,8 13,2 12,8`)

// clientKey is a user agent: a client in one version on one device.
type clientKey struct {
	client  *client
	release int32 // counted in steps of four weeks
	device  uint8
}

// agents makes user agents, each once.
type agents map[clientKey]string

// agent returns what the client of somebody sends on a day. Most are up to
// date within two weeks; a few never are.
func (a agents) agent(c *client, day holdfast.Day, who uint64) string {
	age := holdfast.Day(who % 14)
	switch lag := who >> 8 % 100; {
	case lag < 72:
	case lag < 88:
		age += 28
	case lag < 94:
		age += 28 * holdfast.Day(1+who>>16%4)
	default:
		age += 28 * holdfast.Day(1+who>>16%24)
	}
	key := clientKey{c, int32(day-age-chromeDay) / releaseDays, 0}
	if strings.Contains(c.pattern, "{d}") || strings.Contains(c.pattern, "{i}") {
		key.device = uint8(who >> 24 % 64)
	}
	text, ok := a[key]
	if !ok {
		text = key.text()
		a[key] = text
	}
	return text
}

// Chrome 144 and Firefox 147 came out on 2026-01-13, and each next version
// four weeks later. Safari 26 came out in September 2025.
const releaseDays = 28

var chromeDay = holdfast.DayOf(2026, 1, 13)

func (k clientKey) text() string {
	release := int(k.release)
	since := (chromeDay + holdfast.Day(release*releaseDays)) - holdfast.DayOf(2025, 9, 15)
	safari := "18.6" // after which the version became the year
	if since >= 0 {
		safari = fmt.Sprintf("%d.%d", 26+since/365, since%365/52)
	}
	return strings.NewReplacer(
		"{c}", fmt.Sprint(max(144+release, 90)),
		"{f}", fmt.Sprint(max(147+release, 91)),
		"{o}", fmt.Sprint(max(128+release, 76)),
		"{s}", safari,
		"{a}", fmt.Sprint(30+(release%60+60)%60),
		"{d}", strings.ReplaceAll(phones[int(k.device)%len(phones)], "_", " "),
		"{i}", iPhones[int(k.device)%len(iPhones)],
	).Replace(k.client.pattern)
}
