package classify

import "strings"

// browsers are the words by which browsers, and applications that show pages,
// tell themselves from what they are made of. Those on a telephone have the
// name of those on a desk.
var browsers = []claim{
	// Pages shown by applications.
	{"FBAN/Messenger", "Messenger"}, {"MessengerLite", "Messenger"}, {"FBAN/", "Facebook"}, {"FBAV/", "Facebook"}, {"FB_IAB", "Facebook"},
	{"Instagram", "Instagram"}, {"Barcelona ", "Threads"}, {"Snapchat", "Snapchat"}, {"Pinterest", "Pinterest"}, {"pinterest/", "Pinterest"},
	{"musical_ly", "TikTok"}, {"BytedanceWebview", "TikTok"}, {"TikTok", "TikTok"}, {"trill_", "TikTok"},
	{"LinkedInApp", "LinkedIn"}, {" Line/", "LINE"}, {"KAKAOTALK", "KakaoTalk"}, {"MicroMessenger/", "WeChat"}, {"WhatsApp", "WhatsApp"},
	{"Twitter for", "Twitter"}, {"TwitterAndroid", "Twitter"}, {"Telegram", "Telegram"}, {"weibo", "Weibo"}, {"Weibo", "Weibo"},
	{"Reddit/", "Reddit"}, {"Slack_SSB/", "Slack"}, {"Slack/", "Slack"}, {"Teams/", "Microsoft Teams"}, {"Spotify/", "Spotify"}, {"discord/", "Discord"},
	{"Viber/", "Viber"}, {"Flipboard/", "Flipboard"}, {"baiduboxapp/", "Baidu"}, {"GSA/", "Google app"}, {"GoogleApp/", "Google app"},
	{"Microsoft Outlook", "Outlook"}, {"ms-office", "Microsoft Office"}, {"MSOffice", "Microsoft Office"}, {"Microsoft Office/", "Microsoft Office"},
	{"Outlook-iOS", "Outlook"}, {"MacOutlook/", "Outlook"}, {"Thunderbird/", "Thunderbird"}, {"Postbox/", "Postbox"}, {"YahooMobileMail/", "Yahoo! Mail"},
	{"Windows-Live-Mail/", "Windows Live Mail"}, {"iTunes/", "iTunes"}, {"QuickTime/", "QuickTime"}, {"Valve Steam", "Steam"}, {"Kindle/", "Kindle"},

	// Browsers made of Chromium.
	{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"Edge/", "Edge"}, {"EdgeOS/", "Edge"},
	{"OPR/", "Opera"}, {"OPT/", "Opera"}, {"OPiOS/", "Opera"}, {"OPX/", "Opera"}, {"OPRGX/", "Opera"}, {"Coast/", "Opera"},
	{"Opera Mini/", "Opera Mini"}, {"Opera", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"}, {"YaBrowser/", "Yandex Browser"}, {"YaApp", "Yandex Browser"}, {"YaSearchBrowser/", "Yandex Browser"},
	{"Vivaldi/", "Vivaldi"}, {"UCBrowser/", "UC Browser"}, {"UBrowser/", "UC Browser"}, {"UC Browser", "UC Browser"}, {"UCWEB", "UC Browser"},
	{"MiuiBrowser/", "MIUI Browser"}, {"HuaweiBrowser/", "Huawei Browser"}, {"HonorBrowser/", "Honor Browser"}, {"HeyTapBrowser/", "HeyTap Browser"},
	{"VivoBrowser/", "Vivo Browser"}, {"Mint Browser/", "Mint Browser"}, {"Mb2345Browser/", "2345 Browser"}, {"2345Explorer", "2345 Browser"},
	{"QQBrowser", "QQ Browser"}, {"Whale/", "Whale"}, {"Silk/", "Silk"}, {"coc_coc_browser/", "Cốc Cốc"}, {"Quark", "Quark"},
	{"DuckDuckGo/", "DuckDuckGo"}, {"Ddg/", "DuckDuckGo"}, {"Brave/", "Brave"}, {"Brave ", "Brave"}, {"Ecosia", "Ecosia"}, {"Avast", "Avast Secure Browser"},
	{"AVG/", "AVG Secure Browser"}, {"CCleaner/", "CCleaner Browser"}, {"Norton/", "Norton Browser"}, {"AlohaBrowser/", "Aloha"}, {"Aloha", "Aloha"},
	{"Puffin/", "Puffin"}, {"Dolphin", "Dolphin"}, {"Dolfin/", "Dolfin"}, {"Maxthon", "Maxthon"}, {"MXiOS/", "Maxthon"}, {"Sleipnir", "Sleipnir"}, {" Iron/", "Iron"},
	{"Iron Safari", "Iron"}, {"Comodo_Dragon/", "Comodo Dragon"}, {"Dragon/", "Comodo Dragon"}, {"Otter", "Otter"}, {"QupZilla/", "QupZilla"}, {"Falkon/", "Falkon"},
	{"Midori", "Midori"}, {"qutebrowser/", "qutebrowser"}, {"baidubrowser", "Baidu"}, {"bdbrowser", "Baidu"}, {"BIDUBrowser", "Baidu"}, {"FlyFlow/", "Baidu"},
	{"360SE", "360 Browser"}, {"360EE", "360 Browser"}, {"QIHU", "360 Browser"}, {"MetaSr", "Sogou Explorer"}, {"Sogou", "Sogou Explorer"}, {"LBBROWSER", "Liebao"},
	{"SLBrowser/", "Lenovo Browser"}, {"SLB/", "Lenovo Browser"}, {"HiBrowser/", "HiBrowser"}, {"PHX/", "Phoenix"}, {"Phoenix/", "Phoenix"},
	{"OculusBrowser/", "Oculus Browser"}, {"Wolvic/", "Wolvic"}, {"Iridium/", "Iridium"}, {"Sputnik", "Sputnik"}, {"Atom/", "Atom"},
	{"AOLShield/", "AOL Shield"}, {"AOL ", "AOL"}, {"RockMelt/", "RockMelt"}, {"Electron/", "Electron"}, {"QtWebEngine/", "Qt WebEngine"},
	{"QtCarBrowser", "Tesla"}, {"Tesla/", "Tesla"}, {"Vewd/", "Vewd"}, {"NintendoBrowser/", "Nintendo Browser"}, {"NetCast", "NetCast"},
	{"webOSBrowser/", "webOS Browser"}, {"WebAppManager", "webOS Browser"}, {"Roku/", "Roku"}, {"Ladybird/", "Ladybird"}, {"Servo/", "Servo"},

	// Browsers made of Gecko.
	{"SeaMonkey/", "SeaMonkey"}, {"PaleMoon/", "Pale Moon"}, {"Waterfox/", "Waterfox"}, {"Basilisk/", "Basilisk"}, {"Mypal/", "Mypal"}, {"LibreWolf/", "LibreWolf"},
	{"Iceweasel/", "Iceweasel"}, {"IceCat/", "IceCat"}, {"IceDragon/", "Comodo IceDragon"}, {"K-Meleon", "K-Meleon"}, {"Camino/", "Camino"}, {"Galeon/", "Galeon"},
	{"Flock/", "Flock"}, {"Songbird/", "Songbird"}, {"conkeror", "Conkeror"}, {"Conkeror", "Conkeror"}, {"Navigator/", "Netscape"}, {"Netscape", "Netscape"},
	{"Sailfish", "Sailfish Browser"}, {"Focus/", "Firefox Focus"}, {"Klar/", "Firefox Focus"}, {"FxiOS/", "Firefox"}, {"Firefox", "Firefox"}, {"Minimo/", "Minimo"}, {"MozacFetch/", "Firefox"}, {"BonEcho", "Firefox"}, {"GranParadiso", "Firefox"}, {"Minefield/", "Firefox"}, {"Shiretoko", "Firefox"}, {"Namoroka", "Firefox"},

	// Old telephones.
	{"IEMobile", "Internet Explorer"}, {"Pocket Internet Explorer", "Internet Explorer"}, {"BlackBerry", "BlackBerry"}, {"BB10", "BlackBerry"}, {"PlayBook", "BlackBerry"},
	{"NokiaBrowser/", "Nokia Browser"}, {"OviBrowser/", "Ovi Browser"}, {"BrowserNG/", "Nokia Browser"}, {"NokiaBrowser", "Nokia Browser"},
	{"NetFront", "NetFront"}, {"Obigo", "Obigo"}, {"ObigoInternetBrowser", "Obigo"}, {"UP.Browser", "Openwave"}, {"Teleca", "Teleca"}, {"Openwave", "Openwave"},

	{"MSIE ", "Internet Explorer"}, {"Trident/", "Internet Explorer"},
	{"; wv)", "Android WebView"}, {"CriOS/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"},
	{"Konqueror", "Konqueror"}, {"Epiphany/", "Epiphany"}, {"iCab", "iCab"}, {"OmniWeb", "OmniWeb"}, {"Arora/", "Arora"}, {"Dooble/", "Dooble"}, {"rekonq", "Rekonq"},

	// Browsers without pictures, or nearly.
	{"Lynx", "Lynx"}, {"ELinks", "ELinks"}, {"Links (", "Links"}, {"w3m", "w3m"}, {"Dillo", "Dillo"}, {"NetSurf", "NetSurf"},
	{"IBrowse", "IBrowse"}, {"Amiga-AWeb", "AWeb"}, {"AmigaVoyager", "Voyager"}, {"Mosaic", "Mosaic"}, {"WebExplorer", "IBM WebExplorer"}, {"LineMode", "Line Mode Browser"}, {"ABrowse", "ABrowse"},
	{"NetPositive", "NetPositive"}, {"Xiino/", "Xiino"}, {"Audacious/", "Audacious"}, {"mpv ", "mpv"}, {"AirPlay/", "AirPlay"}, {"HotJava", "HotJava"}, {"Charon", "Charon"}, {"Arachne", "Arachne"}, {"edbrowse", "edbrowse"}, {"retawq", "retawq"}, {"Emacs", "Emacs"}, {"Uzbl", "Uzbl"}, {"Hv3", "Hv3"},
	{"Lotus-Notes", "Lotus Notes"}, {"WebTV", "WebTV"}, {"Bunjalloo", "Bunjalloo"}, {"OffByOne", "OffByOne"}, {"Off By One", "OffByOne"}, {"Oregano", "Oregano"}, {"Fresco", "Fresco"}, {"Links ", "Links"},

	// Players.
	{"VLC", "VLC"}, {"Kodi", "Kodi"}, {"XBMC", "Kodi"}, {"NSPlayer/", "Windows Media Player"}, {"Windows-Media-Player", "Windows Media Player"}, {"AppleCoreMedia/", "Apple Core Media"}, {"Lavf/", "FFmpeg"},
	{"ExoPlayer", "ExoPlayer"}, {"stagefright", "Android Media"}, {"Sonos/", "Sonos"}, {"UnityPlayer/", "Unity"}, {"Valve/Steam", "Steam"}, {"EpicGamesLauncher", "Epic Games"}, {"Winamp", "Winamp"}, {"foobar2000", "foobar2000"},
}

func browserOf(text string, seen *sight) string {
	if name := seen.claimed(inBrowsers, browsers); name != "" {
		return name
	}
	switch {
	case seen.has(markWebKit | markAndroid):
		return "Android Browser"
	case seen.has(markWebKit | markVersion | markSafari), seen.has(markWebKit | markSafari | markMac), strings.HasPrefix(text, "MobileSafari/"):
		return "Safari"
	case seen.has(markWebKit | markPhone):
		return "iOS WebView"
	}
	return ""
}
