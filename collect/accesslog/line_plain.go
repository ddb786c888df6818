package accesslog

import (
	"errors"
	"net/netip"
	"strings"
)

// The formats that Apache's mod_log_config and nginx share:
//
//	common:         ADDRESS IDENT USER [TIME] "METHOD TARGET PROTOCOL" STATUS BYTES
//	combined:       common "REFERRER" "AGENT"
//	vhost-combined: HOST:PORT combined
//
// What follows is not looked at. A user's name may have spaces in it.

var (
	errNoTime    = errors.New("no time like [31/Jul/2026:18:30:00 +0200]")
	errNoFields  = errors.New("too few fields before the time")
	errNoQuotes  = errors.New("no request in quotation marks")
	errNoStatus  = errors.New("no status of three digits")
	errNoBytes   = errors.New("no number of bytes")
	errNoAgent   = errors.New("no referrer and user agent in quotation marks")
	errAmbiguous = errors.New("more fields than the format has")
)

func (p *parser) plain(s string, l *Line) error {
	if p.format == VHost {
		var host string
		host, s, _ = strings.Cut(s, " ")
		l.Host = withoutPort(host)
	}
	address, s, _ := strings.Cut(s, " ")
	l.Address = named(address)
	if p.strict && p.format == VHost {
		if _, err := netip.ParseAddr(l.Address); err != nil {
			return errAmbiguous // combined, of a user whose name has a space
		}
	}
	s, err := p.time(s, l)
	if err != nil {
		return err
	}
	request, s, ok := p.quoted(s)
	if !ok {
		return errNoQuotes
	}
	if s, err = l.answer(s); err != nil {
		return err
	}
	if p.format == Common {
		if p.strict && s != "" {
			return errAmbiguous
		}
	} else if err := p.client(s, l); err != nil {
		return err
	}
	return l.request(request)
}

// time reads on to behind the time, over user names in which anything may be.
func (p *parser) time(s string, l *Line) (rest string, err error) {
	err = errNoTime
	for at := 0; ; at++ {
		next := strings.IndexByte(s[at:], '[')
		if next < 0 || len(s) < at+next+len("[31/Jul/2026:18:30:00 +0200]") {
			return s, err
		}
		at += next
		end := at + len("[31/Jul/2026:18:30:00 +0200")
		if s[end] != ']' {
			continue
		}
		t, ok := p.clock.plain(s[at+1 : end])
		if !ok {
			continue
		}
		l.Time = t
		switch fields := strings.Count(s[:at], " "); {
		case fields < 2:
			return s, errNoFields
		case fields > 2 && p.strict:
			return s, errAmbiguous
		}
		return strings.TrimPrefix(s[end+1:], " "), nil
	}
}

// answer reads status and number of bytes.
func (l *Line) answer(s string) (rest string, err error) {
	status, s, _ := strings.Cut(strings.TrimPrefix(s, " "), " ")
	if l.Status = statusOf(status); l.Status == 0 {
		return s, errNoStatus
	}
	size, s, _ := strings.Cut(s, " ")
	if !isNumber(size) && size != "-" {
		return s, errNoBytes
	}
	l.Bytes = size
	return s, nil
}

func (p *parser) client(s string, l *Line) error {
	referrer, s, ok := p.quoted(s)
	if !ok {
		return errNoAgent
	}
	agent, _, ok := p.quoted(strings.TrimPrefix(s, " "))
	if !ok {
		return errNoAgent
	}
	l.Referrer, l.Agent = named(referrer), named(agent)
	return nil
}

// request reads what is between the first quotation marks. Clients send
// anything there, and the server logs it.
func (l *Line) request(s string) error {
	method, target, ok := strings.Cut(s, " ")
	if !ok || !isMethod(method) {
		return errNoRequest
	}
	if end := strings.LastIndex(target, " HTTP/"); end >= 0 {
		target = target[:end]
	}
	if target == "" {
		return errNoRequest
	}
	l.Method, l.Target = method, target
	return nil
}

// quoted reads a string in quotation marks. Apache writes \" and \\ and \xhh
// in it, nginx \x22, \x5C and \xHH.
func (p *parser) quoted(s string) (inside, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", s, false
	}
	s = s[1:]
	end := strings.IndexByte(s, '"')
	if end < 0 {
		return "", s, false
	}
	if strings.IndexByte(s[:end], '\\') < 0 {
		return s[:end], s[end+1:], true
	}
	from := len(p.scratch)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"':
			return view(p.scratch[from:]), s[i+1:], true
		case c != '\\' || i+1 == len(s):
			p.scratch = append(p.scratch, c)
			continue
		}
		i++
		if s[i] == 'x' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			p.scratch = append(p.scratch, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			continue
		}
		p.scratch = append(p.scratch, unescaped(s[i]))
	}
	return "", s, false
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'v':
		return '\v'
	}
	return c
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

// statusOf reads a status, or returns 0.
func statusOf(s string) int {
	if len(s) != 3 || !isNumber(s) {
		return 0
	}
	return int(s[0]-'0')*100 + int(s[1]-'0')*10 + int(s[2]-'0')
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && len(s) < 20
}

func isMethod(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return s != "" && len(s) <= 20
}

// withoutPort returns a host in lower case without its port and final dot.
func withoutPort(host string) string {
	if at := strings.LastIndexByte(host, ':'); at >= 0 && isNumber(host[at+1:]) && (strings.IndexByte(host, ':') == at || host[at-1] == ']') {
		host = host[:at]
	}
	host = strings.TrimSuffix(host, ".")
	if strings.ContainsFunc(host, func(r rune) bool { return 'A' <= r && r <= 'Z' }) {
		host = strings.ToLower(host)
	}
	return named(host)
}
