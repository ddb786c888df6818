package classify

import (
	"strings"

	"holdfast"
)

// agent is what a user agent says of itself.
type agent struct {
	device, browser, os string
	flag                holdfast.Flag
}

// readAgent reads a user agent. Browsers claim to be each other, so the most
// particular claim is looked for first.
func readAgent(text string) agent {
	a := agent{browser: browserOf(text), os: osOf(text), flag: botOf(text)}
	a.device = deviceOf(text, a.os)
	return a
}

// A claim is a word in a user agent, and what it says.
type claim struct{ word, means string }

func first(text string, claims []claim) string {
	for _, c := range claims {
		if strings.Contains(text, c.word) {
			return c.means
		}
	}
	return ""
}

var browsers = []claim{
	{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"Edge/", "Edge"},
	{"OPR/", "Opera"}, {"OPT/", "Opera"}, {"OPiOS/", "Opera"}, {"OPX/", "Opera"}, {"Opera", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"}, {"YaBrowser/", "Yandex Browser"}, {"YaApp", "Yandex Browser"},
	{"Vivaldi/", "Vivaldi"}, {"UCBrowser/", "UC Browser"}, {"UBrowser/", "UC Browser"}, {"MiuiBrowser/", "MIUI Browser"},
	{"HuaweiBrowser/", "Huawei Browser"}, {"HeyTapBrowser/", "HeyTap Browser"}, {"VivoBrowser/", "Vivo Browser"},
	{"QQBrowser/", "QQ Browser"}, {"MicroMessenger/", "WeChat"}, {"Whale/", "Whale"}, {"Silk/", "Silk"},
	{"DuckDuckGo/", "DuckDuckGo"}, {"Ddg/", "DuckDuckGo"}, {"Brave/", "Brave"}, {"Ecosia", "Ecosia"},
	{"Instagram", "Instagram"}, {"FBAN/", "Facebook"}, {"FBAV/", "Facebook"}, {"FB_IAB", "Facebook"},
	{"GSA/", "Google app"}, {"Snapchat", "Snapchat"}, {"Pinterest/", "Pinterest"}, {"musical_ly", "TikTok"}, {"BytedanceWebview", "TikTok"},
	{"LinkedInApp", "LinkedIn"}, {"Line/", "LINE"},
	{"SeaMonkey/", "SeaMonkey"}, {"PaleMoon/", "Pale Moon"}, {"Waterfox/", "Waterfox"},
	{"Focus/", "Firefox Focus"}, {"Klar/", "Firefox Focus"}, {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"},
	{"MSIE ", "Internet Explorer"}, {"Trident/", "Internet Explorer"},
	{"; wv)", "Android WebView"}, {"CriOS/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"},
	{"Konqueror", "Konqueror"}, {"Epiphany/", "Epiphany"},
}

func browserOf(text string) string {
	if name := first(text, browsers); name != "" {
		return name
	}
	switch apple := strings.Contains(text, "AppleWebKit/"); {
	case apple && strings.Contains(text, "Android") && strings.Contains(text, "Version/"):
		return "Android Browser"
	case apple && strings.Contains(text, "Version/") && strings.Contains(text, "Safari/"):
		return "Safari"
	case apple && (strings.Contains(text, "iPhone") || strings.Contains(text, "iPad")):
		return "iOS WebView"
	}
	return ""
}

var systems = []claim{
	{"Windows Phone", "Windows Phone"}, {"Xbox", "Xbox"}, {"Windows", "Windows"},
	{"AppleTV", "tvOS"}, {"Apple TV", "tvOS"}, {"Watch OS", "watchOS"}, {"watchOS", "watchOS"},
	{"iPad", "iPadOS"}, {"iPhone", "iOS"}, {"iPod", "iOS"},
	{"CrOS", "ChromeOS"}, {"PlayStation", "PlayStation"}, {"PLAYSTATION", "PlayStation"}, {"Nintendo", "Nintendo"},
	{"Tizen", "Tizen"}, {"Web0S", "webOS"}, {"webOS", "webOS"}, {"KAIOS", "KaiOS"}, {"OpenHarmony", "HarmonyOS"}, {"HarmonyOS", "HarmonyOS"},
	{"BlackBerry", "BlackBerry"}, {"BB10", "BlackBerry"}, {"SymbianOS", "Symbian"}, {"Symbian", "Symbian"},
	{"Roku", "Roku"}, {"Android", "Android"}, {"Macintosh", "macOS"}, {"Mac OS X", "macOS"}, {"Darwin/", "macOS"},
	{"FreeBSD", "FreeBSD"}, {"OpenBSD", "OpenBSD"}, {"NetBSD", "NetBSD"}, {"Ubuntu", "Linux"}, {"Linux", "Linux"}, {"X11", "Unix"},
}

func osOf(text string) string {
	if strings.Contains(text, "CFNetwork/") && !strings.Contains(text, "Mac") && strings.Contains(text, "iOS") {
		return "iOS"
	}
	return first(text, systems)
}

var televisions = []string{
	"SmartTV", "SMART-TV", "Smart TV", "HbbTV", "AppleTV", "Apple TV", "Android TV", "GoogleTV", "BRAVIA", "Roku",
	"CrKey", "NetCast", "Web0S", "AFTS", "AFTT", "AFTM", "AFTB", "AFTN", "AFTKA", " TV ", "TV Safari", "LG Browser",
}

func deviceOf(text, os string) string {
	switch {
	case hasAny(text, televisions):
		return "tv"
	case os == "Xbox", os == "PlayStation", os == "Nintendo":
		return "console"
	case os == "watchOS":
		return "watch"
	case os == "iPadOS", strings.Contains(text, "Tablet"), strings.Contains(text, "PlayBook"), strings.Contains(text, "Kindle"):
		if strings.Contains(text, "Tablet PC") {
			return "desktop" // Windows with a pen
		}
		return "tablet"
	case os == "iOS", os == "Windows Phone", os == "KaiOS", os == "BlackBerry", os == "Symbian":
		return "phone"
	case os == "Android", os == "HarmonyOS", os == "Tizen", os == "webOS":
		if strings.Contains(text, "Mobile") || !strings.Contains(text, "Mozilla/") {
			return "phone"
		}
		return "tablet"
	case strings.Contains(text, "Mobile"), strings.Contains(text, "MIDP"):
		return "phone"
	case os != "" && strings.Contains(text, "Mozilla/"), strings.HasPrefix(text, "Opera/"):
		return "desktop"
	}
	return ""
}

func hasAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
