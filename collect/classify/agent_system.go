package classify

import "strings"

// systems are the words by which operating systems are told apart.
var systems = []claim{
	{"Windows Phone", "Windows Phone"}, {"WP7", "Windows Phone"}, {"Windows CE", "Windows Mobile"}, {"Windows Mobile", "Windows Mobile"},
	{"Xbox", "Xbox"}, {"Windows", "Windows"}, {"Win16", "Windows"}, {"Win32", "Windows"}, {"Win64", "Windows"}, {"Win9", "Windows"}, {"WinNT", "Windows"}, {"Win 9", "Windows"},
	{"AppleTV", "tvOS"}, {"Apple TV", "tvOS"}, {"tvOS", "tvOS"}, {"Watch OS", "watchOS"}, {"watchOS", "watchOS"}, {"Apple Watch", "watchOS"},
	{"iPad", "iPadOS"}, {"iPhone", "iOS"}, {"iPod", "iOS"}, {"iOS", "iOS"}, {"iPhone OS", "iOS"}, {"com.apple.mobile", "iOS"},
	{"CrOS", "ChromeOS"}, {"PlayStation", "PlayStation"}, {"(PS3", "PlayStation"}, {"(PS4", "PlayStation"}, {"PSP ", "PlayStation"}, {"PLAYSTATION", "PlayStation"}, {"Nintendo", "Nintendo"},
	{"Tizen", "Tizen"}, {"Web0S", "webOS"}, {"webOS", "webOS"}, {"hpwOS", "webOS"}, {"KAIOS", "KaiOS"}, {"OpenHarmony", "HarmonyOS"}, {"HarmonyOS", "HarmonyOS"},
	{"BlackBerry", "BlackBerry"}, {"BB10", "BlackBerry"}, {"RIM Tablet", "BlackBerry"}, {"PlayBook", "BlackBerry"},
	{"Symbian", "Symbian"}, {"SymbOS", "Symbian"}, {"S60", "Symbian"}, {"Series60", "Symbian"}, {"Series40", "Nokia Series 40"}, {"Bada", "Bada"}, {"bada", "Bada"},
	{"BREW", "BREW"}, {"Brew ", "BREW"}, {"MeeGo", "MeeGo"}, {"Maemo", "Maemo"}, {"Sailfish", "Sailfish"}, {"Roku", "Roku"}, {"CrKey", "Chromecast"}, {"GoogleTV", "Android"},
	{"Kindle", "Kindle"}, {"Silk-Accelerated", "Android"}, {"Android", "Android"}, {"Adr ", "Android"}, {"Dalvik/", "Android"},
	{"Macintosh", "macOS"}, {"Mac OS X", "macOS"}, {"MacOS", "macOS"}, {"Mac_P", "macOS"}, {"macOS", "macOS"}, {"os=Mac", "macOS"},
	{"FreeBSD", "FreeBSD"}, {"OpenBSD", "OpenBSD"}, {"NetBSD", "NetBSD"}, {"SunOS", "Solaris"}, {"Haiku", "Haiku"}, {"BeOS", "BeOS"}, {"OS/2", "OS/2"}, {"SerenityOS", "SerenityOS"},
	{"QNX", "QNX"}, {"IRIX", "IRIX"}, {"HP-UX", "HP-UX"}, {"AIX", "AIX"}, {"DragonFly", "DragonFly"}, {"Syllable", "Syllable"}, {"Inferno", "Inferno"}, {"Plan 9", "Plan 9"}, {"AROS", "AROS"}, {"Fuchsia", "Fuchsia"}, {"Dreamcast", "Dreamcast"},
	{"Amiga", "AmigaOS"}, {"MorphOS", "MorphOS"}, {"RISC OS", "RISC OS"}, {"Ubuntu", "Linux"}, {"Linux", "Linux"}, {"Fedora", "Linux"}, {"Debian", "Linux"}, {"Gentoo", "Linux"}, {"X11", "Unix"},
}

// spelled are the systems as those write them who write all in lower case.
var spelled = []claim{
	{"android", "Android"}, {"iphone os", "iOS"}, {"(ios", "iOS"}, {"ios ", "iOS"}, {"win10", "Windows"}, {"windows", "Windows"}, {"mac os", "macOS"}, {"linux", "Linux"},
}

func osOf(text string, exact, folded *sight) string {
	if exact.has(markGecko|markFirefox) && !exact.hasAny(markAndroid) &&
		(strings.HasPrefix(text, "Mozilla/5.0 (Mobile; ") || strings.HasPrefix(text, "Mozilla/5.0 (Tablet; ")) {
		return "Firefox OS"
	}
	if name := exact.claimed(inSystems, systems); name != "" {
		return name
	}
	switch {
	case exact.has(markDarwin | markIntel):
		return "macOS"
	case exact.has(markDarwin): // the two share the version numbers of Darwin; applications are for telephones
		return "iOS"
	}
	return folded.claimed(inSpelled, spelled)
}
