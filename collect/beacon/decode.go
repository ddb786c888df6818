package beacon

import (
	"net/url"
	"strings"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/door"
)

// message is an event as it was sent, to one site or several.
type message struct {
	collect.Input
	domains []string
	wrong   problems        // what is wrong with it, if anything
	reason  holdfast.Reason // why it is refused, then
}

func (m *message) reset() {
	m.Input.Reset()
	clear(m.domains)
	*m = message{Input: m.Input, domains: m.domains[:0]}
}

func (m *message) refuse(reason holdfast.Reason, field, what string) {
	m.wrong.add(field, what)
	if m.reason == "" {
		m.reason = reason
	}
}

// given is a value as it was sent.
type given struct {
	kind byte   // its first character in JSON, '0' of a number; 0: not given
	text string // what a string says; all else as it is written
	rank uint8  // of the name that it was sent under
}

// field is what a value is for.
type field uint8

const (
	fName field = iota
	fURL
	fDomain
	fReferrer
	fHash
	fProps
	fRevenue
	fInteractive
	fScroll
	fEngaged
	fID
	fAge
	fWidth
	fLanguage
	fZone
	fToken
	fields
)

// names are what values may be sent under. Of two for one field the higher
// ranked one is taken.
var names = map[string]struct {
	field field
	rank  uint8
}{
	"n": {fName, 2}, "name": {fName, 1},
	"u": {fURL, 2}, "url": {fURL, 1},
	"d": {fDomain, 2}, "domain": {fDomain, 1},
	"r": {fReferrer, 2}, "referrer": {fReferrer, 1},
	"h": {fHash, 2}, "hashMode": {fHash, 1},
	"m": {fProps, 4}, "meta": {fProps, 3}, "p": {fProps, 2}, "props": {fProps, 1},
	"$": {fRevenue, 2}, "revenue": {fRevenue, 1},
	"i": {fInteractive, 2}, "interactive": {fInteractive, 1},
	"sd": {fScroll, 1}, "e": {fEngaged, 1},
	"id": {fID, 2}, "a": {fAge, 1},
	"w": {fWidth, 2}, "screen_width": {fWidth, 1},
	"l": {fLanguage, 1}, "z": {fZone, 1},
	"vt": {fToken, 1},
}

// decoder reads messages.
type decoder struct {
	json door.JSON
	sent [fields]given
}

// give notes a value. Null is as good as nothing, and so is false where no
// boolean is wanted.
func (d *decoder) give(name string, v given) {
	as, known := names[name]
	if !known || v.kind == 'n' || v.kind == 'f' && as.field != fInteractive {
		return
	}
	if name == "i" && v.kind == '"' {
		as.field = fID // the script's short name for it
		as.rank = 1
	}
	if v.rank = as.rank; v.rank >= d.sent[as.field].rank {
		d.sent[as.field] = v
	}
}

// notJSON is what Plausible says of what is none.
const notJSON = "Unable to parse request body as json"

// body reads the message of a body, whose memory it refers to.
func (d *decoder) body(m *message, text []byte) {
	d.json.Forget()
	d.json.Reset(text)
	if !d.object(func(name string, v given) bool { d.give(name, v); return true }) || !d.json.AtEnd() {
		m.refuse(holdfast.RefusedMalformed, "request", notJSON)
		return
	}
	d.read(m)
}

// query reads the message of a URL's query.
func (d *decoder) query(m *message, values url.Values) {
	d.json.Forget()
	for name, given := range values {
		d.give(name, valueOf(given[0]))
	}
	if d.sent[fName].kind == 0 {
		d.sent[fName] = given{kind: '"', text: holdfast.Pageview} // what else can a picture tell
	}
	d.read(m)
}

// valueOf returns what a text in a query is: a boolean, or else a string.
func valueOf(text string) given {
	switch text {
	case "":
		return given{kind: 'n'}
	case "true":
		return given{kind: 't', text: text}
	case "false":
		return given{kind: 'f', text: text}
	}
	return given{kind: '"', text: text}
}

// object reads an object and gives its values, until it is told to stop. It
// says whether it was one.
func (d *decoder) object(give func(name string, v given) bool) bool {
	if d.json.Kind() != '{' || d.json.Token() != nil {
		return false
	}
	for !d.json.Ends() {
		raw, err := d.json.Value()
		if err != nil {
			return false
		}
		name := d.json.Unquote(raw)
		kind := d.json.Kind()
		if raw, err = d.json.Value(); err != nil {
			return false
		}
		v := given{kind: kind}
		if kind == '"' {
			v.text = d.json.Unquote(raw)
		} else {
			v.text = door.View(raw)
		}
		if !give(name, v) {
			return true
		}
	}
	return d.json.Token() == nil
}

// read makes a message of what was sent.
func (d *decoder) read(m *message) {
	d.readURL(m)
	d.readDomains(m)
	d.readName(m)
	d.readProps(m)
	d.readDeeds(m)
	d.readRevenue(m)
	in := &m.Input
	if v := d.sent[fReferrer]; v.kind == '"' {
		in.Referrer = v.text
	}
	if v := d.sent[fID]; v.kind == '"' || v.kind == '0' {
		in.ID = v.text
	}
	if age, ok := whole(d.sent[fAge]); ok && age >= 0 {
		in.Age = age
		in.Sent |= collect.SentAge
	}
	in.Screen = width(d.sent[fWidth])
	if v := d.sent[fLanguage]; v.kind == '"' {
		in.Language = language(v.text)
	}
	if v := d.sent[fToken]; v.kind == '"' {
		in.Token = v.text
	}
	if v := d.sent[fZone]; v.kind == '"' && len(v.text) <= maxZone {
		in.TimeZone = v.text
	}
}

// maxZone is the longest name of a time zone. Those there are are half as long.
const maxZone = 64

func (d *decoder) readURL(m *message) {
	v := d.sent[fURL]
	text := strings.TrimSpace(v.text)
	scheme, _, _ := strings.Cut(text, ":")
	switch {
	case v.kind == 0:
		m.refuse(holdfast.RefusedMalformed, "url", "is required")
	case len(text) > holdfast.MaxURL:
		m.refuse(holdfast.RefusedTooLarge, "url", "must be a valid url")
	case v.kind != '"' || text == "":
		m.refuse(holdfast.RefusedMalformed, "url", "must be a valid url")
	case strings.EqualFold(scheme, "data"), strings.EqualFold(scheme, "blob"), strings.EqualFold(scheme, "javascript"):
		m.refuse(holdfast.RefusedMalformed, "url", "scheme is not allowed")
	default:
		m.URL = text
	}
	if hash := d.sent[fHash]; hash.text == "1" || hash.kind == 't' {
		_, m.Fragment, _ = strings.Cut(m.URL, "#")
	}
}

// maxDomains is how many sites one message may be for. Each is an event.
const maxDomains = 20

// readDomains reads which sites the event is for: those named, or else the one
// of the URL.
func (d *decoder) readDomains(m *message) {
	v := d.sent[fDomain]
	if v.kind != '"' {
		v.text = collect.HostOf(m.URL)
	}
	for domain := range strings.SplitSeq(v.text, ",") {
		domain = collect.BareHost(strings.ToLower(strings.TrimSpace(domain)))
		switch {
		case domain == "" || contains(m.domains, domain):
		case len(m.domains) >= maxDomains:
			m.domains = m.domains[:0]
			m.refuse(holdfast.RefusedTooLarge, "domain", "names more than 20 sites")
			return
		default:
			m.domains = append(m.domains, domain)
		}
	}
	if len(m.domains) == 0 {
		m.refuse(holdfast.RefusedMalformed, "domain", "can't be blank")
	}
}

func contains(texts []string, text string) bool {
	for _, t := range texts {
		if t == text {
			return true
		}
	}
	return false
}
