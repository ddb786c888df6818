package classify

import (
	"strings"
	"sync"

	"holdfast"
)

// agent is what a user agent says of itself. Every text is one of those in
// this package: what an agent calls itself otherwise goes into no column.
type agent struct {
	device, browser, os string
	flag                holdfast.Flag
}

// A claim is a word in a user agent, and what it says.
type claim struct{ word, means string }

// The lists of words that are looked for as they are written, and those that
// are looked for in any case.
const (
	inBrowsers list = iota
	inSystems
	inTelevisions
)

const (
	inRobots list = iota
	inHeadless
	inPrograms
	inDeeds
	inSpelled
)

// reader reads user agents. It is made once, since it never changes.
type reader struct{ exact, folded *finder }

var agentReader = sync.OnceValue(func() *reader {
	var exact, folded []word
	exact = appendClaims(exact, inBrowsers, browsers)
	exact = appendClaims(exact, inSystems, systems)
	exact = appendWords(exact, inTelevisions, televisions)
	for text, m := range markWords {
		exact = append(exact, word{text: text, marks: m})
	}
	folded = appendWords(folded, inRobots, robots)
	folded = appendWords(folded, inHeadless, headless)
	folded = appendWords(folded, inPrograms, programs)
	folded = appendWords(folded, inDeeds, deeds)
	folded = appendClaims(folded, inSpelled, spelled)
	for _, text := range people {
		folded = append(folded, word{text: text, hides: true})
		for _, ended := range endings(text + "|") {
			folded = append(folded, word{text: ended, hides: true})
		}
	}
	return &reader{newFinder(exact, false), newFinder(folded, true)}
})

func appendClaims(words []word, in list, claims []claim) []word {
	for i, c := range claims {
		words = append(words, word{text: c.word, list: in, rank: uint16(i + 1)})
	}
	return words
}

func appendWords(words []word, in list, texts []string) []word {
	for i, text := range texts {
		for _, ended := range endings(text) {
			words = append(words, word{text: ended, list: in, rank: uint16(i + 1)})
		}
	}
	return words
}

// endings returns the texts that a word stands for. With "|" no letter and no
// digit follows it; with "!" something does that ends the name of a program,
// and not one in the name of a telephone.
func endings(text string) (ended []string) {
	switch name := text[:len(text)-1]; text[len(text)-1] {
	case '|':
		for _, c := range " /;)(,.:-_+=&@'\"]|" + string(end) {
			ended = append(ended, name+string(c))
		}
	case '!':
		for _, c := range "/;),.:-+" + string(end) {
			ended = append(ended, name+string(c))
		}
	default:
		ended = []string{text}
	}
	return ended
}

// claimed returns what the first of claims means that was seen.
func (s *sight) claimed(in list, claims []claim) string {
	if n := s.first[in]; n != 0 {
		return claims[n-1].means
	}
	return ""
}

// The words that say something together with others.
const (
	markWebKit marks = 1 << iota
	markSafari
	markVersion
	markAndroid
	markPhone // Apple's
	markMac
	markDarwin
	markIntel
	markGecko
	markFirefox
	markMobile
	markTablet
	markPen
	markMozilla
	markExplorer
	markHandset // what telephones without applications said
)

var markWords = map[string]marks{
	"AppleWebKit/": markWebKit, "Safari/": markSafari, "Version/": markVersion, "Android": markAndroid,
	"iPhone": markPhone, "iPad": markPhone, "iPod": markPhone, "Mac": markMac,
	"CFNetwork/": markDarwin, "Darwin/": markDarwin, "x86_64": markIntel, "i386": markIntel,
	"Gecko/": markGecko, "Firefox/": markFirefox, "Mobile": markMobile, "Tablet": markTablet, "PlayBook": markTablet, "Tablet PC": markPen,
	"Mozilla/": markMozilla, "MSIE": markExplorer, "Trident/": markExplorer, "MIDP": markHandset, "midp": markHandset, "CLDC": markHandset, "Nokia": markHandset, "SonyEricsson": markHandset, "SAMSUNG-": markHandset,
	"SEC-": markHandset, "LG-": markHandset, "LGE-": markHandset, "MOT-": markHandset, "mot-": markHandset, "Motorola": markHandset, "SHARP-": markHandset, "SIE-": markHandset, "Alcatel": markHandset,
	"ALCATEL": markHandset, "ZTE-": markHandset, "Vodafone/": markHandset, "DoCoMo/": markHandset, "KDDI-": markHandset, "J-PHONE/": markHandset, "SoftBank/": markHandset, "Panasonic-": markHandset, "PHILIPS-": markHandset, "HTC_": markHandset, "Ericsson": markHandset, "SAGEM": markHandset, "NEC-": markHandset,
	"PANTECH": markHandset, "Palm": markHandset, "portalmmm": markHandset, "KYOCERA": markHandset, "SANYO": markHandset, "HUAWEI": markHandset, "BenQ": markHandset, "Profile/": markHandset, "UP.Link": markHandset, "UP/": markHandset, "WAP": markHandset,
}

// read reads a user agent. Browsers claim to be each other, so the most
// particular claim is looked for first.
func (r *reader) read(text string) agent {
	text = text[:min(len(text), holdfast.MaxUserAgent)]
	exact, folded := r.exact.find(text), r.folded.find(text)
	a := agent{browser: browserOf(text, &exact), os: osOf(text, &exact, &folded)}
	a.device = deviceOf(text, &exact, a.os)
	a.flag = flagOf(text, &exact, &folded, a)
	return a
}

func isOpera(text string) bool { return strings.HasPrefix(text, "Opera/") }
