package accesslog

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	errNotJSON  = errors.New("not a JSON object")
	errJSONTime = errors.New("no time with a zone, and no seconds since 1970")
)

// jsonReader reads objects a line. Its memory is used again.
type jsonReader struct {
	source bytes.Buffer
	dec    *jsontext.Decoder
}

var jsonOptions = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

func (r *jsonReader) start(text []byte) {
	r.source = *bytes.NewBuffer(text)
	if r.dec == nil {
		r.dec = jsontext.NewDecoder(&r.source, jsonOptions...)
		return
	}
	r.dec.Reset(&r.source, jsonOptions...)
}

// line reads the object that a line is.
func (p *parser) line(text []byte, field func(name string) error) error {
	p.json.start(text)
	if err := p.object(field); err != nil {
		return err
	}
	if _, err := p.json.dec.ReadToken(); err != io.EOF {
		return errNotJSON
	}
	return nil
}

// object reads an object. Field reads the value of each name, which has its
// quotation marks.
func (p *parser) object(field func(name string) error) error {
	dec := p.json.dec
	if dec.PeekKind() != '{' {
		return errNotJSON
	}
	if _, err := dec.ReadToken(); err != nil {
		return errNotJSON
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadValue()
		if err != nil || name.Kind() != '"' {
			return errNotJSON
		}
		if err := field(view(name)); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return notJSON(err)
}

func notJSON(err error) error {
	if err != nil {
		return errNotJSON
	}
	return nil
}

func (p *parser) skip() error { return notJSON(p.json.dec.SkipValue()) }

// text reads a string, or a number as it is written. Of a list it reads the
// first. Anything else is "".
func (p *parser) text(into *string) error {
	dec := p.json.dec
	switch dec.PeekKind() {
	case '[':
		return p.first(into)
	case '"', '0':
	default:
		return p.skip()
	}
	raw, err := dec.ReadValue()
	if err != nil {
		return errNotJSON
	}
	from := len(p.scratch)
	if raw.Kind() == '"' {
		if p.scratch, err = jsontext.AppendUnquote(p.scratch, raw); err != nil {
			var syntax *jsontext.SyntacticError
			if !errors.As(err, &syntax) { // invalid UTF-8 is mended, and no error of ours
				return errNotJSON
			}
		}
	} else {
		p.scratch = append(p.scratch, raw...)
	}
	*into = view(p.scratch[from:])
	return nil
}

func (p *parser) first(into *string) error {
	dec := p.json.dec
	if _, err := dec.ReadToken(); err != nil {
		return errNotJSON
	}
	for n := 0; dec.PeekKind() != ']'; n++ {
		read := p.skip
		if n == 0 {
			read = func() error { return p.text(into) }
		}
		if err := read(); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return notJSON(err)
}

// caddy reads a line of Caddy's log, which may hold other things than
// requests.
func (p *parser) caddy(text []byte, l *Line) error {
	var at, status, remote string
	requests := false
	err := p.line(text, func(name string) error {
		switch name {
		case `"ts"`:
			return p.text(&at)
		case `"status"`:
			return p.text(&status)
		case `"size"`:
			return p.text(&l.Bytes)
		case `"resp_headers"`:
			return p.headers(func(name string) *string {
				if equalFold(name, `"content-type"`) {
					return &l.Type
				}
				return nil
			})
		case `"request"`:
			requests = true
			return p.caddyRequest(l, &remote)
		}
		return p.skip()
	})
	if err != nil {
		return err
	}
	if l.Address == "" {
		l.Address = withoutPort(remote)
	}
	if !requests {
		if p.strict {
			return errAmbiguous
		}
		return errNoRequest
	}
	return p.finish(l, at, status)
}

func (p *parser) caddyRequest(l *Line, remote *string) error {
	var peer, client string
	if p.json.dec.PeekKind() != '{' {
		return p.skip()
	}
	err := p.object(func(name string) error {
		switch name {
		case `"remote_addr"`: // with port, before version 2.5
			return p.text(remote)
		case `"remote_ip"`:
			return p.text(&peer)
		case `"client_ip"`: // behind trusted proxies, from version 2.7 on
			return p.text(&client)
		case `"method"`:
			return p.text(&l.Method)
		case `"host"`:
			return p.text(&l.Host)
		case `"uri"`:
			return p.text(&l.Target)
		case `"headers"`:
			return p.headers(func(name string) *string {
				switch {
				case equalFold(name, `"referer"`):
					return &l.Referrer
				case equalFold(name, `"user-agent"`):
					return &l.Agent
				}
				return nil
			})
		}
		return p.skip()
	})
	if l.Address = client; client == "" {
		l.Address = peer
	}
	l.Host = withoutPort(l.Host)
	return err
}

// headers reads an object of lists.
func (p *parser) headers(wanted func(name string) *string) error {
	if p.json.dec.PeekKind() != '{' {
		return p.skip()
	}
	return p.object(func(name string) error {
		if into := wanted(name); into != nil {
			return p.text(into)
		}
		return p.skip()
	})
}

// nginx reads an object whose fields are called like nginx's variables, which
// is how most write their log_format.
func (p *parser) nginx(text []byte, l *Line) error {
	var at, status, request, sent, host string
	err := p.line(text, func(name string) error {
		switch name {
		case `"msec"`:
			return p.text(&at)
		case `"time_iso8601"`, `"time_local"`, `"@timestamp"`, `"timestamp"`, `"time"`:
			if at == "" {
				return p.text(&at)
			}
		case `"remote_addr"`:
			return p.text(&l.Address)
		case `"request"`:
			return p.text(&request)
		case `"request_method"`, `"method"`:
			return p.text(&l.Method)
		case `"request_uri"`:
			return p.text(&l.Target)
		case `"uri"`:
			if l.Target == "" {
				return p.text(&l.Target)
			}
		case `"status"`:
			return p.text(&status)
		case `"body_bytes_sent"`:
			return p.text(&l.Bytes)
		case `"bytes_sent"`:
			return p.text(&sent)
		case `"http_referer"`, `"http_referrer"`, `"referer"`, `"referrer"`:
			return p.text(&l.Referrer)
		case `"http_user_agent"`, `"user_agent"`:
			return p.text(&l.Agent)
		case `"host"`, `"http_host"`:
			return p.text(&l.Host)
		case `"server_name"`:
			return p.text(&host)
		case `"sent_http_content_type"`:
			return p.text(&l.Type)
		}
		return p.skip()
	})
	if err != nil {
		return err
	}
	if l.Bytes == "" {
		l.Bytes = sent
	}
	if l.Host == "" {
		l.Host = host
	}
	l.Host, l.Address, l.Referrer, l.Agent, l.Type = withoutPort(l.Host), named(l.Address), named(l.Referrer), named(l.Agent), named(l.Type)
	if l.Method == "" || l.Target == "" {
		_ = l.request(request) // finish says if that is none
	}
	return p.finish(l, at, status)
}

// finish reads what both formats write alike.
func (p *parser) finish(l *Line, at, status string) error {
	var ok bool
	if l.Time, ok = p.clock.written(at); !ok {
		return errJSONTime
	}
	if status == "0" {
		return errNoRequest // Caddy's, when the client went away
	}
	if l.Status = statusOf(status); l.Status == 0 {
		return errNoStatus
	}
	if l.Method == "" || l.Target == "" {
		return errNoRequest
	}
	return nil
}

func equalFold(name, lower string) bool {
	return len(name) == len(lower) && string(bytes.ToLower([]byte(name))) == lower
}
