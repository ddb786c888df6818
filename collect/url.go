package collect

import (
	"strings"
	"unicode/utf8"

	"holdfast"
)

// address is a URL taken apart. Its strings are views of the URL where nothing
// had to be changed.
type address struct {
	scheme string // lower case
	host   string // lower case, without user, port, final dot and "www."
	path   string // as written
	query  string // as written, without "?"
}

// split takes a URL apart that has a scheme and "//". The fragment is dropped.
func split(url string) (a address, ok bool) {
	if i := strings.IndexByte(url, '#'); i >= 0 {
		url = url[:i]
	}
	end := strings.IndexByte(url, ':')
	if end < 0 || !strings.HasPrefix(url[end:], "://") || !isScheme(url[:end]) {
		return a, false
	}
	a.scheme = strings.ToLower(url[:end])
	rest := url[end+len("://"):]
	i := 0
	for i < len(rest) && rest[i] != '/' && rest[i] != '?' {
		i++
	}
	authority, rest := rest[:i], rest[i:]
	a.path, a.query, _ = strings.Cut(rest, "?")
	a.host, ok = hostOf(authority)
	return a, ok
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || !('0' <= s[i] && s[i] <= '9' || s[i] == '+' || s[i] == '-' || s[i] == '.')) {
			return false
		}
	}
	return s != ""
}

// maxHost is the longest name that the DNS can hold.
const maxHost = 253

func hostOf(authority string) (string, bool) {
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	if strings.HasPrefix(authority, "[") {
		inside, after, ok := strings.Cut(authority[1:], "]")
		return strings.ToLower(inside), ok && inside != "" && (after == "" || isPort(after)) && plainHost(inside)
	}
	if i := strings.LastIndexByte(authority, ':'); i >= 0 {
		if !isPort(authority[i:]) {
			return "", false
		}
		authority = authority[:i]
	}
	host := strings.TrimSuffix(strings.ToLower(authority), ".")
	return BareHost(host), len(host) <= maxHost && plainHost(host)
}

func isPort(s string) bool {
	for _, c := range s[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s[0] == ':'
}

// plainHost says whether nothing is in s that can be in no host's name.
func plainHost(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '"', '\'', '`', '<', '>', '\\', '^', '{', '}', '|', '%', ',', ';', 0x7f:
			return false
		}
		if s[i] <= ' ' {
			return false
		}
	}
	return true
}

// HostOf returns the host of a URL as it is kept: in lower case, without user,
// port and "www.". It is "" if the URL has none.
func HostOf(url string) string {
	a, ok := split(strings.TrimSpace(url))
	if !ok {
		return ""
	}
	return a.host
}

// BareHost returns host without a leading "www.".
func BareHost(host string) string {
	if bare, ok := strings.CutPrefix(host, "www."); ok && bare != "" {
		return bare
	}
	return host
}

// readPath returns a path as it is kept: percent signs decoded, unless that
// gives something that is no text, without trailing white space, and with the
// fragment if there is one.
func (b *Batch) readPath(path, fragment string) string {
	if strings.IndexByte(path, '%') >= 0 {
		path = b.decode(path, false)
	}
	if path = strings.TrimRight(path, " \t\r\n"); path == "" {
		path = "/"
	}
	if fragment == "" {
		return path
	}
	return path + "#" + b.decode(fragment, false)
}

// decode replaces percent-encoded bytes, and plus signs in queries by spaces.
// What cannot be decoded to printable UTF-8 is returned as it is. The result
// is a view of the batch's scratch memory.
func (b *Batch) decode(s string, query bool) string {
	from := len(b.scratch)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+' && query:
			c = ' '
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		if c < ' ' || c == 0x7f {
			b.scratch = b.scratch[:from]
			return s
		}
		b.scratch = append(b.scratch, c)
	}
	if decoded := b.scratch[from:]; utf8.Valid(decoded) {
		return view(decoded)
	}
	b.scratch = b.scratch[:from]
	return s
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// readQuery sets the campaign and the kind of click id that a query names, and
// returns what it says of the source: utm_source, or else source or ref.
func (b *Batch) readQuery(e *holdfast.Event, query string) (tag string) {
	var ref, source string
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		key, value, _ := strings.Cut(pair, "=")
		if value == "" {
			continue
		}
		switch key {
		case "utm_source":
			e.UTM.Source = b.utm(value)
		case "utm_medium":
			e.UTM.Medium = b.utm(value)
		case "utm_campaign":
			e.UTM.Campaign = b.utm(value)
		case "utm_term":
			e.UTM.Term = b.utm(value)
		case "utm_content":
			e.UTM.Content = b.utm(value)
		case "source":
			source = b.utm(value)
		case "ref":
			ref = b.utm(value)
		default:
			if e.Click == "" {
				e.Click = clickKind(key)
			}
		}
	}
	switch {
	case e.UTM.Source != "":
		return e.UTM.Source
	case source != "":
		return source
	}
	return ref
}

func (b *Batch) utm(value string) string {
	if strings.ContainsAny(value, "%+") {
		value = b.decode(value, true)
	}
	return b.strings.keep(cut(strings.TrimSpace(value), holdfast.MaxShort))
}

// clickKind returns key if it is what an advertiser's click id is called.
func clickKind(key string) string {
	switch key {
	case "gclid": // Google
		return "gclid"
	case "gbraid":
		return "gbraid"
	case "wbraid":
		return "wbraid"
	case "dclid":
		return "dclid"
	case "fbclid": // Facebook and Instagram
		return "fbclid"
	case "igshid":
		return "igshid"
	case "msclkid": // Microsoft
		return "msclkid"
	case "ttclid": // TikTok
		return "ttclid"
	case "twclid": // Twitter
		return "twclid"
	case "li_fat_id": // LinkedIn
		return "li_fat_id"
	case "yclid": // Yandex
		return "yclid"
	case "epik": // Pinterest
		return "epik"
	case "rdt_cid": // Reddit
		return "rdt_cid"
	case "ScCid", "sccid": // Snapchat
		return "sccid"
	}
	return ""
}
