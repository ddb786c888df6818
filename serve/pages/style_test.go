package pages_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestContrast computes how well what is written and drawn is told from its
// ground, as WCAG 2 does: 4.5 for text, 3 for what is drawn.
func TestContrast(t *testing.T) {
	text, err := os.ReadFile("graph.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(text), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("there is no dark scheme")
	}
	dark, _, _ = strings.Cut(dark, ".graph text")
	variable := regexp.MustCompile(`--([a-z0-9]+): (#[0-9a-f]{6});`)
	for scheme, css := range map[string]string{"light": light, "dark": dark} {
		colours := map[string]string{}
		for _, m := range variable.FindAllStringSubmatch(css, -1) {
			colours[m[1]] = m[2]
		}
		wanted := map[string]float64{"text": 7, "muted": 4.5, "bar": 3, "hatch": 3}
		for i := range 24 {
			wanted["s"+strconv.Itoa(i)] = 2.5 // each also has its name beside it
		}
		for name, want := range wanted {
			if got := contrast(t, colours[name], colours["bg"]); got < want {
				t.Errorf("%s: --%s %s has a contrast of %.2f, and should have %.1f", scheme, name, colours[name], got, want)
			}
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) != 7 {
		t.Fatalf("%q is no colour", hex)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
