package jsfile

import "strings"

// Minify returns a script without its comments and the white space that it
// does not need. The script must have neither regular expressions nor template
// strings, and ends all statements with semicolons.
func Minify(text string) string {
	out := make([]byte, 0, len(text))
	last, space := byte('\n'), false
	for i, n := 0, 0; i < len(text); i += n {
		n = 1
		switch c := text[i]; {
		case c <= ' ':
			space = true
			continue
		case strings.HasPrefix(text[i:], "//"):
			n, space = lengthTo(text[i:], "\n"), true
			continue
		case strings.HasPrefix(text[i:], "/*"):
			n, space = lengthTo(text[i:], "*/"), true
			continue
		case c == '"':
			n = lengthOfString(text[i:])
		case c == '}' && last == ';':
			out = out[:len(out)-1]
		case space && needsSpace(last, c):
			out = append(out, ' ')
		}
		out = append(out, text[i:i+n]...)
		last, space = text[i+n-1], false
	}
	return string(out)
}

// lengthTo returns the length of text up to and with an end, or all of it.
func lengthTo(text, end string) int {
	if i := strings.Index(text, end); i >= 0 {
		return i + len(end)
	}
	return len(text)
}

// lengthOfString returns the length of the string that text begins with.
func lengthOfString(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// needsSpace says whether two characters would mean something else together.
func needsSpace(a, b byte) bool {
	return isWord(a) && isWord(b) || a == b && (a == '+' || a == '-')
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
