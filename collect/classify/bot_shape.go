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
	if claimed, ok := strings.CutPrefix(text, "Mozilla/"); ok {
		return isClaimOfRobot(claimed, seen, a)
	}
	return a == agent{} && isNames(text)
}

// isClaimOfRobot judges what follows "Mozilla/".
func isClaimOfRobot(claimed string, seen *sight, a agent) bool {
	_, claimed, _ = strings.Cut(claimed, " ")
	first, isFirst := strings.CutPrefix(claimed, "(compatible; ")
	switch {
	case strings.Contains(first, "compatible; ") && !seen.has(markExplorer):
		return true // a browser says so at the beginning
	case a == agent{} && isFirst:
		return !strings.HasPrefix(first, "U;")
	case a == agent{}:
		return claimed != "" && (claimed[0] != '(' || seen.has(markWebKit))
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

// isSigned says whether something in parentheses ends what a browser for desks
// ends with its version.
func isSigned(claimed string) bool {
	at := max(strings.LastIndex(claimed, " Safari/"), strings.LastIndex(claimed, " Firefox/"))
	if at < 0 {
		return false
	}
	_, tail, _ := strings.Cut(claimed[at+1:], "/")
	n := 0
	for n < len(tail) && (isDigit(tail[n]) || tail[n] == '.') {
		n++
	}
	switch tail = tail[n:]; {
	case strings.HasPrefix(tail, "; "), strings.HasPrefix(tail, "'"):
		return true
	case strings.HasPrefix(tail, " ("):
		return len(tail) > 2 && isLetter(tail[2])
	case strings.HasPrefix(tail, " "):
		return isHost(tail[1:])
	}
	return false
}

// isHost says whether text begins with a name like example.com.
func isHost(text string) bool {
	name, _, _ := strings.Cut(text, "/")
	_, top, ok := strings.Cut(name, ".")
	return ok && isName(name) && len(top) >= 2 && isLetter(top[0]) && isLetter(top[1])
}

// isShapedLikeBrowser says whether a user agent is as browsers have them, on
// telephones that are no computers too.
func isShapedLikeBrowser(seen *sight, a agent) bool {
	return a.browser != "" || a.device != "" || seen.has(markHandset) || a.os != "" && !isServer(a.os)
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

// spared are words in the names of what plays sound or shows pages to people.
// Somebody who calls himself unknown hides; that does not make him a bot.
var spared = []string{"unknown", "pod", "radio", "player", "music", "tune", "stream", "garmin", "browser", "screen", "tv"}

// isNames says whether text is but names: a program's, with its version or not,
// and those of what it is made of; or one, and something about it in
// parentheses.
func isNames(text string) bool {
	if len(text) < 3 || hasAny(strings.ToLower(text), spared) {
		return false
	}
	text, aside, _ := strings.Cut(text, " (")
	names, _, versioned := strings.Cut(text, "/")
	for name := range strings.SplitSeq(names, " ") {
		if !isName(name) {
			return false
		}
	}
	return len(names) > 1 && !strings.Contains(text, "(") && (aside == "" || versioned && strings.IndexByte(aside, ')') == len(aside)-1)
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
