package events

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"

	"holdfast"
	"holdfast/collect"
)

// decoder reads the events of a body, a JSON array or NDJSON.
type decoder struct {
	json    *jsontext.Decoder
	source  bytes.Buffer // what json reads
	text    []byte       // what source held at first
	rest    []byte       // NDJSON: the lines not yet read
	array   bool
	line    int
	scratch []byte // strings that had escapes
}

// Fields are told twice by the decoder itself, which is cheaper than having
// them remembered for it.
var jsonOptions = []jsontext.Options{jsontext.AllowDuplicateNames(true)}

// start begins with a body. An array is checked to its end before any event of
// it is read: of one that is cut off nobody knows what else was in it.
func (d *decoder) start(body []byte) error {
	d.line, d.array, d.scratch = 0, false, d.scratch[:0]
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) == 0 {
		return &holdfast.FieldError{Reason: "the body is empty"}
	}
	if trimmed[0] != '[' {
		d.rest = body
		return nil
	}
	d.array = true
	d.reset(body)
	if err := d.json.SkipValue(); err != nil {
		return notJSON(err, "the array")
	}
	if _, err := d.json.ReadToken(); err != io.EOF {
		return &holdfast.FieldError{Reason: "something follows the array"}
	}
	d.reset(body)
	_, err := d.json.ReadToken()
	return err
}

func (d *decoder) reset(text []byte) {
	d.text, d.source = text, *bytes.NewBuffer(text)
	if d.json == nil {
		d.json = jsontext.NewDecoder(&d.source, jsonOptions...)
		return
	}
	d.json.Reset(&d.source, jsonOptions...)
}

// release forgets the body.
func (d *decoder) release() {
	d.source, d.text, d.rest = bytes.Buffer{}, nil, nil
	if cap(d.scratch) > maxKept {
		d.scratch = nil
	}
}

// next reads the next event into in, which is empty. It is not ok at the end.
// The error is a *holdfast.FieldError, and concerns this event alone. The
// strings of in are views that last until next is called again.
func (d *decoder) next(in *collect.Input) (line int, ok bool, err error) {
	d.scratch = d.scratch[:0]
	if d.array {
		return d.nextElement(in)
	}
	return d.nextLine(in)
}

func (d *decoder) nextElement(in *collect.Input) (int, bool, error) {
	if d.json.PeekKind() == ']' {
		return 0, false, nil
	}
	d.line++
	from := d.json.InputOffset()
	err := d.object(in)
	for err != nil && d.json.StackDepth() > 1 { // whose syntax is known to be right
		if kind := d.json.PeekKind(); kind == '}' || kind == ']' {
			_, _ = d.json.ReadToken()
		} else if skip := d.json.SkipValue(); skip != nil {
			return d.line, false, skip
		}
	}
	in.Size = int(d.json.InputOffset() - from)
	return d.line, true, err
}

func (d *decoder) nextLine(in *collect.Input) (int, bool, error) {
	for len(d.rest) > 0 {
		line := d.rest
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			line, d.rest = line[:end], line[end+1:]
		} else {
			d.rest = nil
		}
		d.line++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		in.Size = len(line) + 1
		d.reset(line)
		if err := d.object(in); err != nil {
			return d.line, true, err
		}
		if _, err := d.json.ReadToken(); err != io.EOF {
			return d.line, true, &holdfast.FieldError{Reason: "something follows the object on its line"}
		}
		return d.line, true, nil
	}
	return 0, false, nil
}

// notJSON names the field in which a text stops being JSON.
func notJSON(err error, what string) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF {
		return &holdfast.FieldError{Reason: what + " is not JSON: it ends in the middle"}
	}
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return &holdfast.FieldError{Reason: what + " is not JSON: " + err.Error()}
	}
	return &holdfast.FieldError{Field: syntax.JSONPointer.LastToken(),
		Reason: fmt.Sprintf("%s is not JSON at byte %d: %v", what, syntax.ByteOffset, syntax.Err)}
}

// value reads the next value, or name, as it is written.
func (d *decoder) value() ([]byte, error) {
	raw, err := d.json.ReadValue()
	if err != nil {
		return nil, notJSON(err, "the line")
	}
	// The same bytes, but of our own, which last.
	end := d.json.InputOffset()
	return d.text[end-int64(len(raw)) : end], nil
}

// ends says whether the object that is being read ends here, for less than it
// costs to ask the JSON decoder. It need not be right about what is no JSON:
// that is found out by who reads on.
func (d *decoder) ends() bool {
	for _, c := range d.text[d.json.InputOffset():] {
		if c > ' ' {
			return c == '}'
		}
	}
	return false
}

// unquote returns the string that raw is.
func (d *decoder) unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return view(raw[1 : len(raw)-1])
	}
	from := len(d.scratch)
	d.scratch, _ = jsontext.AppendUnquote(d.scratch, raw) // which was valid
	return view(d.scratch[from:])
}

// view returns a string that shares the memory of p.
func view(p []byte) string { return unsafe.String(unsafe.SliceData(p), len(p)) }

// object reads an event.
func (d *decoder) object(in *collect.Input) error {
	if d.json.PeekKind() != '{' {
		if _, err := d.value(); err != nil {
			return err
		}
		return &holdfast.FieldError{Reason: "an event must be an object"}
	}
	if _, err := d.json.ReadToken(); err != nil {
		return notJSON(err, "the line")
	}
	var told uint32
	for {
		if d.ends() {
			_, err := d.json.ReadToken()
			return err
		}
		raw, err := d.value()
		if err != nil {
			return err
		}
		name := d.unquote(raw)
		field, err := d.field(in, name)
		if err != nil {
			return err
		}
		if told&field != 0 {
			return &holdfast.FieldError{Field: name, Reason: "is given twice"}
		}
		told |= field
	}
}

// The fields, as bits.
const (
	fSite uint32 = 1 << iota
	fName
	fURL
	fReferrer
	fTitle
	fTime
	fAge
	fID
	fIP
	fUserAgent
	fVisitor
	fVisit
	fMember
	fCountry
	fLanguage
	fScreen
	fInteractive
	fEngaged
	fScroll
	fProps
	fValue
	fCurrency
)

// field reads the value of the field with this name.
func (d *decoder) field(in *collect.Input, name string) (uint32, error) {
	switch name {
	case "site":
		return fSite, d.str(&in.Site, "site")
	case "name":
		return fName, d.str(&in.Name, "name")
	case "url":
		return fURL, d.str(&in.URL, "url")
	case "referrer":
		return fReferrer, d.str(&in.Referrer, "referrer")
	case "title":
		return fTitle, d.str(&in.Title, "title")
	case "time":
		return fTime, d.time(in)
	case "age":
		return fAge, d.whole(in, collect.SentAge, &in.Age, "age")
	case "id":
		return fID, d.str(&in.ID, "id")
	case "ip":
		return fIP, d.address(in)
	case "user_agent":
		return fUserAgent, d.str(&in.UserAgent, "user_agent")
	case "visitor":
		return fVisitor, d.str(&in.Visitor, "visitor")
	case "visit":
		return fVisit, d.str(&in.Visit, "visit")
	case "member":
		return fMember, d.str(&in.Member, "member")
	case "country":
		return fCountry, d.str(&in.Country, "country")
	case "language":
		return fLanguage, d.str(&in.Language, "language")
	case "screen":
		return fScreen, d.screen(in)
	case "interactive":
		return fInteractive, d.truth(in, collect.SentInteractive, &in.Interactive, "interactive")
	case "engaged":
		return fEngaged, d.whole(in, collect.SentEngaged, &in.Engaged, "engaged")
	case "scroll":
		return fScroll, d.whole(in, collect.SentScroll, &in.Scroll, "scroll")
	case "props":
		return fProps, d.props(in)
	case "value":
		return fValue, d.whole(in, collect.SentValue, &in.Value, "value")
	case "currency":
		return fCurrency, d.str(&in.Currency, "currency")
	}
	return 0, &holdfast.FieldError{Field: clip(name), Reason: "is no field of an event"}
}

// clip bounds what an error repeats of its input.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return string(append([]byte(nil), s...))
}

func mustBe(field, what string) error {
	return &holdfast.FieldError{Field: field, Reason: "must be " + what}
}

func isNull(raw []byte) bool { return raw[0] == 'n' }

// str reads a string. Null is as good as nothing.
func (d *decoder) str(into *string, field string) error {
	raw, err := d.value()
	switch {
	case err != nil:
		return err
	case raw[0] == '"':
		*into = d.unquote(raw)
	case !isNull(raw):
		return mustBe(field, "a string")
	}
	return nil
}

func (d *decoder) whole(in *collect.Input, sent collect.Sent, into *int64, field string) error {
	raw, err := d.value()
	if err != nil || isNull(raw) {
		return err
	}
	n, err := strconv.ParseInt(view(raw), 10, 64)
	if err != nil {
		return mustBe(field, "a whole number")
	}
	*into = n
	in.Sent |= sent
	return nil
}

func (d *decoder) truth(in *collect.Input, sent collect.Sent, into *bool, field string) error {
	raw, err := d.value()
	if err != nil || isNull(raw) {
		return err
	}
	if raw[0] != 't' && raw[0] != 'f' {
		return mustBe(field, "true or false")
	}
	*into = raw[0] == 't'
	in.Sent |= sent
	return nil
}

func (d *decoder) time(in *collect.Input) error {
	raw, err := d.value()
	if err != nil || isNull(raw) {
		return err
	}
	if raw[0] == '"' {
		in.Time, err = collect.ParseTime(d.unquote(raw))
	} else {
		var ms int64
		ms, err = strconv.ParseInt(view(raw), 10, 64)
		in.Time = holdfast.Millis(ms)
		if err != nil {
			err = mustBe("time", "a string in RFC 3339, or whole milliseconds since 1970")
		}
	}
	in.Sent |= collect.SentTime
	return err
}

func (d *decoder) address(in *collect.Input) error {
	var text string
	if err := d.str(&text, "ip"); err != nil || text == "" {
		return err
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return &holdfast.FieldError{Field: "ip", Reason: "is no IP address"}
	}
	in.Address = addr
	return nil
}

// screen reads a class, a size or a width.
func (d *decoder) screen(in *collect.Input) error {
	raw, err := d.value()
	switch {
	case err != nil || isNull(raw):
		return err
	case raw[0] == '"':
		in.Screen = d.unquote(raw)
	case raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9':
		in.Screen = view(raw)
	default:
		return mustBe("screen", "a string or a number")
	}
	return nil
}
