package classify

import (
	_ "embed"
	"strings"
	"sync"
)

// spamText says itself where it is from.
//
//go:embed spam.txt
var spamText string

var spamDomains = sync.OnceValue(func() map[string]struct{} {
	domains := make(map[string]struct{}, strings.Count(spamText, "\n"))
	for line := range strings.Lines(spamText) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			domains[line] = struct{}{}
		}
	}
	return domains
})

// isSpam says whether host is one of those, or below one, that are named as
// referrers so that somebody looks them up.
func isSpam(host string) bool {
	domains := spamDomains()
	for {
		if _, ok := domains[host]; ok {
			return true
		}
		_, above, ok := strings.Cut(host, ".")
		if !ok {
			return false
		}
		host = above
	}
}
