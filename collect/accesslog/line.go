package accesslog

import (
	"errors"
	"unicode/utf8"
	"unsafe"

	"holdfast"
)

// Line is a line of an access log, taken apart. Its strings last until the
// next line is read.
type Line struct {
	Host     string // the virtual host, if the line names it, without port
	Address  string // of the client, as logged; "" if it is not
	Time     holdfast.Millis
	Method   string
	Target   string // as requested: /path?query, or a whole URL
	Status   int
	Bytes    string // of the answer, as logged
	Referrer string // "" if there is none
	Agent    string // "" if there is none
	Type     string // content type of the answer, if the line names it
}

// Format is how a log is written.
type Format string

// The formats.
const (
	Combined  Format = "combined"       // of Apache and nginx; nginx's main, which goes on behind it, too
	Common    Format = "common"         // without referrer and user agent
	VHost     Format = "vhost-combined" // combined, behind virtual host and port
	Caddy     Format = "caddy"          // JSON, as Caddy writes it
	NginxJSON Format = "nginx-json"     // JSON with the names of nginx's variables
)

// Formats returns all formats, in the order in which they are tried.
func Formats() []Format { return []Format{VHost, Combined, Common, Caddy, NginxJSON} }

// ParseFormat reads the name of a format. The default of nginx has two.
func ParseFormat(name string) (Format, error) {
	if name == "nginx" {
		return Combined, nil
	}
	for _, f := range Formats() {
		if name == string(f) {
			return f, nil
		}
	}
	return "", &holdfast.FieldError{Field: "format", Reason: "is none of combined, common, vhost-combined, nginx, caddy, nginx-json"}
}

// NamesHosts says whether lines of the format may name their virtual host.
func (f Format) NamesHosts() bool { return f != Combined && f != Common }

// errNoRequest is of lines that are whole, and tell of no request that could
// be understood, or of none at all.
var errNoRequest = errors.New("no request")

// parser takes lines apart. It is for one goroutine.
type parser struct {
	format  Format
	strict  bool   // the format is a guess: what only looks like it is wrong
	scratch []byte // what had escapes in the line
	clock   clock
	json    jsonReader
}

// parse reads a line, without its end, into l. The error is errNoRequest, or
// says why the line cannot be read.
func (p *parser) parse(text []byte, l *Line) error {
	*l = Line{}
	p.scratch = p.scratch[:0]
	switch p.format {
	case Combined, Common, VHost:
		return p.plain(view(text), l)
	case Caddy:
		return p.caddy(text, l)
	}
	return p.nginx(text, l)
}

// named returns s, or "" where servers write a dash for nothing.
func named(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

// view returns a string that shares the memory of p.
func view(p []byte) string { return unsafe.String(unsafe.SliceData(p), len(p)) }

// cut returns the longest beginning of s of at most n bytes that ends between
// characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
