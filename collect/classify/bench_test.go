package classify_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
)

const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36"

func BenchmarkClassify(b *testing.B) {
	c := classify.New()
	ua := strings.Clone(chrome)
	b.ReportAllocs()
	for b.Loop() {
		e := holdfast.Event{Name: holdfast.Pageview, UserAgent: ua}
		c.Classify(&e, collect.Hints{ReferrerHost: "google.de"})
	}
}

// Agents that nobody has seen before: somebody's who means harm, in all the
// length there is, or new versions of what is common.
func BenchmarkUnseenAgents(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	letters := make([]byte, holdfast.MaxUserAgent)
	for i := range letters {
		letters[i] = byte(' ' + random.IntN(95))
	}
	for _, k := range []struct{ name, text string }{
		{"common", chrome},
		{"longest, at random", string(letters)},
		{"longest, half words", strings.Repeat("Mozilla/5.0 (compatible; Andro Mobil Sofa crawle spide ", 10)[:holdfast.MaxUserAgent]},
		{"longest, addresses", strings.Repeat("a@b.", holdfast.MaxUserAgent/4)},
	} {
		b.Run(k.name, func(b *testing.B) {
			c := classify.New()
			agents := make([]string, 1<<14) // more than are remembered
			for i := range agents {
				agents[i] = k.text[:len(k.text)-3] + string([]byte{byte('a' + i>>10), byte(' ' + i>>5&31), byte('@' + i&31)})
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				e := holdfast.Event{UserAgent: agents[i%len(agents)]}
				c.Classify(&e, collect.Hints{})
			}
		})
	}
}
