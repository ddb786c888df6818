package collect

import (
	"strings"

	"holdfast"
)

// readClient reads what is known of the visitor's browser.
func (b *Batch) readClient(e *holdfast.Event, in *Input) *refusal {
	var ok bool
	if e.Country, ok = b.capitals(in.Country, 2); !ok {
		return malformed("country", "is no country like DE (ISO 3166-1 alpha-2)")
	}
	if e.Country != "" {
		e.CountryBy = in.CountryBy
	}
	if e.Language, ok = b.language(in.Language); !ok {
		return malformed("language", "is no language like en or en-us (BCP 47)")
	}
	if e.Screen, ok = screenClass(in.Screen); !ok {
		return malformed("screen", "is none of phone, tablet, laptop, desktop, a width like 1440, or a size like 1440x900")
	}
	e.UserAgent = b.strings.keep(cut(strings.TrimSpace(in.UserAgent), holdfast.MaxUserAgent))
	return nil
}

// capitals returns a code of n letters as it is kept.
func (b *Batch) capitals(code string, n int) (string, bool) {
	if code == "" {
		return "", true
	}
	if len(code) != n {
		return "", false
	}
	from := len(b.scratch)
	for i := range n {
		c := code[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			return "", false
		}
		b.scratch = append(b.scratch, c)
	}
	return b.strings.keep(view(b.scratch[from:])), true
}

func (b *Batch) language(tag string) (string, bool) {
	tag = cut(tag, holdfast.MaxShort)
	from := len(b.scratch)
	for i := range len(tag) {
		c := tag[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case c == '_':
			c = '-'
		case 'a' <= c && c <= 'z', i > 0 && ('0' <= c && c <= '9' || c == '-'):
		default:
			return "", false
		}
		b.scratch = append(b.scratch, c)
	}
	return b.strings.keep(view(b.scratch[from:])), true
}

// Widths in CSS pixels from which on a screen is of the next class. They are
// those that style sheets commonly change at.
const (
	tabletWidth  = 576
	laptopWidth  = 992
	desktopWidth = 1440
)

func screenClass(s string) (class string, ok bool) {
	switch s {
	case "":
		return "", true
	case "phone":
		return "phone", true
	case "tablet":
		return "tablet", true
	case "laptop":
		return "laptop", true
	case "desktop":
		return "desktop", true
	}
	text, height, sized := strings.Cut(s, "x")
	width, ok := number(text)
	if ok && sized {
		_, ok = number(height)
	}
	if !ok {
		return "", false
	}
	switch {
	case width < tabletWidth:
		return "phone", true
	case width < laptopWidth:
		return "tablet", true
	case width < desktopWidth:
		return "laptop", true
	}
	return "desktop", true
}

// number reads 1 to 99999.
func number(s string) (n int, ok bool) {
	if len(s) == 0 || len(s) > 5 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int(s[i]-'0')
	}
	return n, n > 0
}
