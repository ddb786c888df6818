package accesslog

import (
	"strings"
)

// Reason says why a line that can be read is no page view.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	NoRequest   Reason = "no request"   // a broken one, or a line of the log about something else
	Outside     Reason = "outside"      // of a time whose page views are not taken
	OtherMethod Reason = "method"       // not GET
	OtherStatus Reason = "status"       // neither 200 to 299 nor 304
	OtherType   Reason = "content type" // the line names it, and it is not HTML
	Asset       Reason = "asset"        // a file that is part of a page, or no page
	Machine     Reason = "machine path" // an address for programs
)

// Judge says why l is no page view, or "" if it is one. docs/importing.md has
// the rule in words.
func Judge(l *Line) Reason {
	switch {
	case l.Method != "GET":
		return OtherMethod
	case (l.Status < 200 || l.Status > 299) && l.Status != 304:
		return OtherStatus
	case l.Type != "" && !isHTML(l.Type):
		return OtherType
	}
	path, query := pathOf(l.Target)
	switch {
	case isAsset(path):
		return Asset
	case isMachine(path), isFeed(query):
		return Machine
	}
	return ""
}

func isHTML(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return kind == "text/html" || kind == "application/xhtml+xml"
}

// pathOf returns path and query of what was requested.
func pathOf(target string) (path, query string) {
	if i := strings.IndexByte(target, '#'); i >= 0 {
		target = target[:i]
	}
	path, query, _ = strings.Cut(target, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok && path[0] != '/' {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return rest[i:], query
		}
		return "/", query
	}
	return path, query
}

// assets are the endings of files that browsers fetch for a page, and of those
// that are not looked at as pages.
var assets = set(
	// parts of pages
	"css less scss js mjs cjs jsx ts tsx map wasm json jsonld webmanifest manifest xml xsl xslt txt htc",
	// pictures and fonts
	"ico cur png jpg jpeg jpe gif svg svgz webp avif apng bmp tif tiff heic psd ai eps woff woff2 ttf otf eot",
	// sound and moving pictures
	"mp3 m4a ogg oga opus wav flac aac mid mp4 m4v m4s ogv webm mov avi mkv flv swf wmv mpg mpeg ts m3u8 mpd vtt srt",
	// feeds
	"rss atom rdf ics opml",
	// documents and programs to be downloaded
	"pdf ps doc docx xls xlsx ppt pptx odt ods odp rtf csv tsv epub mobi tex log md5 sha1 sha256 sig asc pem crt",
	"zip gz tgz bz2 xz zst 7z rar tar jar war deb rpm apk ipa exe msi dmg pkg iso img bin gem whl crx xpi torrent",
	// source text
	"c h cc cpp hpp java go rs rb py pyc lua sh bat diff patch vim conf cfg ini yml yaml toml sql bak swp pcap spec",
)

func isAsset(path string) bool {
	last := path[strings.LastIndexByte(path, '/')+1:]
	last, _, _ = strings.Cut(last, ";") // /page.html;jsessionid=…
	dot := strings.LastIndexByte(last, '.')
	return dot >= 0 && assets.has(last[dot+1:])
}

// Paths for programs: those below machines, those that are one of probes, and
// those that end in one of scripts.
var (
	machines = set("api graphql cdn-cgi wp-json wp-admin wp-includes wp-content _next _nuxt socket.io",
		"server-status server-info nginx_status stub_status fpm-status actuator phpmyadmin")
	probes  = set("healthz readyz livez ping metrics autodiscover")
	scripts = set("api.php load.php xmlrpc.php wp-cron.php wp-login.php admin-ajax.php matomo.php piwik.php",
		"feed rss atom trackback oembed")
)

func isMachine(path string) bool {
	path = strings.Trim(path, "/")
	first, _, _ := strings.Cut(path, "/")
	last := path[strings.LastIndexByte(path, '/')+1:]
	return machines.has(first) || probes.has(path) || scripts.has(last) ||
		strings.HasPrefix(path, ".") || strings.Contains(path, "/.") // .well-known, .git, .env
}

// isFeed says whether a query asks for the page in a form for programs.
func isFeed(query string) bool {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		key, value, _ := strings.Cut(pair, "=")
		switch key {
		case "feed", "flav", "format", "output":
			for _, form := range []string{"rss", "atom", "rdf", "json", "xml"} {
				if strings.HasPrefix(value, form) {
					return true
				}
			}
		}
	}
	return false
}

// words is a set of short words in lower case.
type words map[string]struct{}

func set(lists ...string) words {
	w := words{}
	for _, list := range lists {
		for word := range strings.FieldsSeq(list) {
			w[word] = struct{}{}
		}
	}
	return w
}

const longestWord = 16

func (w words) has(s string) bool {
	if s == "" || len(s) > longestWord {
		return false
	}
	var lower [longestWord]byte
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		lower[i] = c
	}
	_, ok := w[string(lower[:len(s)])]
	return ok
}

// Reasons returns all reasons.
func Reasons() []Reason {
	return []Reason{NoRequest, Outside, OtherMethod, OtherStatus, OtherType, Asset, Machine}
}
