package classify

import "strings"

// isShapedLikeRobot says whether a user agent is not as browsers have them.
// Which words are in it does not matter, so these rules also find programs
// that nobody has seen yet.
func isShapedLikeRobot(text string, seen *sight, a agent) bool {
	if seen.has(markHandset) {
		return false // whose user agents have any shape
	}
	if hasAddress(text) || strings.HasPrefix(text, "WhatsApp") && a.os == "" {
		return true // the latter is what looks at links, for those who read them
	}
	if strings.HasPrefix(text, "mozilla/") {
		return true // browsers write it as it was first written
	}
	if claimed, ok := strings.CutPrefix(text, "Mozilla/"); ok {
		return isClaimOfRobot(claimed, a)
	}
	return a == agent{} && isNames(text)
}

// isClaimOfRobot judges what follows "Mozilla/". Browsers of the years in which
// that was followed by less than 5.0 said nothing else that is known.
func isClaimOfRobot(claimed string, a agent) bool {
	claimed, modern := strings.CutPrefix(claimed, "5.0 ")
	first, isFirst := strings.CutPrefix(claimed, "(compatible; ")
	switch {
	case a == agent{} && isFirst:
		return modern && !strings.HasPrefix(first, "U;")
	case a == agent{}:
		return modern && claimed != "" && claimed[0] != '('
	case isPlain(a.browser):
		return isSignedAfter(claimed, "like Gecko") || a.device == "desktop" && isSigned(claimed)
	}
	return false
}

// isPlain says whether a browser is one that others claim to be.
func isPlain(browser string) bool {
	return browser == "Chrome" || browser == "Firefox" || browser == "Safari"
}

// isSignedAfter says whether a name stands where browsers write
// "(KHTML, like Gecko)".
func isSignedAfter(claimed, words string) bool {
	_, after, ok := strings.Cut(claimed, words)
	name := strings.TrimLeft(after, ",; ")
	return ok && name != after && name != "" && isLetter(name[0]) && after[0] != ' ' && !strings.HasPrefix(name, "Safari")
}

// isSigned says whether a host follows what a browser for desks ends with. A
// name is added there by people, too: by those who build browsers for a
// distribution or a company.
func isSigned(claimed string) bool {
	at := max(strings.LastIndex(claimed, " Safari/"), strings.LastIndex(claimed, " Firefox/"))
	if at < 0 {
		return false
	}
	_, tail, _ := strings.Cut(claimed[at+1:], " ")
	for len(tail) > 0 {
		n := strings.IndexAny(tail, " (),;")
		if n < 0 {
			n = len(tail)
		}
		if isHost(tail[:n]) {
			return true
		}
		tail = tail[min(n+1, len(tail)):]
	}
	return false
}

// isHost says whether text begins with a name like example.com.
func isHost(text string) bool {
	name, _, _ := strings.Cut(text, "/")
	first, top, ok := strings.Cut(name, ".")
	return ok && first != "" && isName(name) && len(top) >= 2 && isLetter(top[0]) && isLetter(top[1])
}

// isShapedLikeBrowser says whether a user agent is as browsers have them, on
// telephones that are no computers too.
func isShapedLikeBrowser(seen *sight, a agent) bool {
	return a.browser != "" || a.device != "" || seen.has(markHandset) || a.os != "" && !isServer(a.os) && seen.has(markMozilla)
}

// isServer says whether few people sit before such a system, and those who do
// have browsers that are known.
func isServer(os string) bool {
	switch os {
	case "Linux", "Unix", "FreeBSD", "OpenBSD", "NetBSD", "Solaris":
		return true
	}
	return false
}

// spared are words in the names of what plays sound or shows pages or mail to
// people. Somebody who calls himself unknown hides; that does not make him a
// bot.
var spared = []string{"unknown", "pod", "radio", "player", "music", "tune", "stream", "garmin", "browser", "screen", "tv", "app/", "mail", "audio", "video"}

// isNames says whether text is but the names of a program and what it is made
// of, with their versions or not. What people use also says in parentheses what
// it runs on.
func isNames(text string) bool {
	if len(text) < 3 || strings.Contains(text, "(") || hasAny(strings.ToLower(text), spared) {
		return false
	}
	name, version, _ := strings.Cut(text, "/")
	if isBuild(version) {
		return false
	}
	for word := range strings.SplitSeq(name, " ") {
		if !isName(word) {
			return false
		}
	}
	return len(name) > 1
}

// isBuild says whether version counts builds, as those of applications do that
// are given to people: in more than four numbers, or by the day.
func isBuild(version string) bool {
	version, _, _ = strings.Cut(version, " ")
	digits := 0
	for i := 0; i < len(version) && digits < 8; i++ {
		if digits++; !isDigit(version[i]) {
			digits = 0
		}
	}
	return digits == 8 || strings.Count(version, ".") >= 4
}

func isName(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case isDigit(c), isLetter(c), c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

func hasAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// hasAddress says whether there is an address for mail in text.
func hasAddress(text string) bool {
	for {
		at := strings.IndexByte(text, '@')
		if at < 0 {
			return false
		}
		text = text[at+1:]
		end := 0
		for end < len(text) && (isLetter(text[end]) || isDigit(text[end]) || text[end] == '-' || text[end] == '.') {
			end++
		}
		if isHost(text[:end]) {
			return true
		}
	}
}
