package classify

var televisions = []string{
	"SmartTV", "SMART-TV", "Smart TV", "Smart-TV", "HbbTV", "AppleTV", "Apple TV", "Android TV", "GoogleTV", "BRAVIA", "Bravia", "Roku", "Large Screen", "Nexus Player",
	"CrKey", "NetCast", "Web0S", "AFTS", "AFTT", "AFTM", "AFTB", "AFTN", "AFTK", "AFTD", "AFTA", "AFTR", " TV ", "TV Safari", "LG Browser", "VIERA", "Viera", "WebTV", "DTV",
}

// deviceOf says what the browser runs on. What is not said it does not guess.
func deviceOf(text string, seen *sight, os string) string {
	switch {
	case os == "Xbox", os == "PlayStation", os == "Nintendo":
		return "console"
	case os == "tvOS", seen.first[inTelevisions] != 0:
		return "tv"
	case os == "watchOS":
		return "watch"
	case os == "iPadOS", os == "Kindle", seen.has(markTablet):
		if seen.has(markPen) {
			return "desktop" // Windows with a pen
		}
		return "tablet"
	case os == "iOS", os == "Windows Phone", os == "Windows Mobile", os == "KaiOS", os == "BlackBerry", os == "Symbian",
		os == "Bada", os == "BREW", os == "Nokia Series 40", os == "Firefox OS":
		return "phone"
	case os == "Android", os == "HarmonyOS", os == "Tizen", os == "webOS":
		if seen.has(markMobile) || !seen.has(markMozilla) {
			return "phone"
		}
		return "tablet"
	case seen.hasAny(markMobile | markHandset):
		return "phone"
	case os != "" && seen.has(markMozilla), isOpera(text):
		return "desktop"
	}
	return ""
}
