package events

import (
	"bytes"
	"net/netip"
	"strconv"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/door"
)

// decoder reads the events of a body, a JSON array or NDJSON.
type decoder struct {
	door.JSON
	rest  []byte // NDJSON: the lines not yet read
	array bool
	line  int
}

// start begins with a body. An array is checked to its end before any event of
// it is read: of one that is cut off nobody knows what else was in it.
func (d *decoder) start(body []byte) error {
	d.line, d.array = 0, false
	d.Forget()
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	if len(trimmed) == 0 {
		return &holdfast.FieldError{Reason: "the body is empty"}
	}
	if trimmed[0] != '[' {
		d.rest = body
		return nil
	}
	d.array = true
	d.Reset(body)
	if err := d.Skip(); err != nil {
		return door.NotJSON(err, "the array")
	}
	if !d.AtEnd() {
		return &holdfast.FieldError{Reason: "something follows the array"}
	}
	d.Reset(body)
	return d.Token()
}

// release forgets the body.
func (d *decoder) release() {
	d.Release(maxKept)
	d.rest = nil
}

// next reads the next event into in, which is empty. It is not ok at the end.
// The error is a *holdfast.FieldError, and concerns this event alone. The
// strings of in are views that last until next is called again.
func (d *decoder) next(in *collect.Input) (line int, ok bool, err error) {
	d.Forget()
	if d.array {
		return d.nextElement(in)
	}
	return d.nextLine(in)
}

func (d *decoder) nextElement(in *collect.Input) (int, bool, error) {
	if d.Kind() == ']' {
		return 0, false, nil
	}
	d.line++
	from := d.Offset()
	err := d.object(in)
	for err != nil && d.Depth() > 1 { // whose syntax is known to be right
		if kind := d.Kind(); kind == '}' || kind == ']' {
			_ = d.Token()
		} else if skip := d.Skip(); skip != nil {
			return d.line, false, skip
		}
	}
	in.Size = int(d.Offset() - from)
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
		d.Reset(line)
		if err := d.object(in); err != nil {
			return d.line, true, err
		}
		if !d.AtEnd() {
			return d.line, true, &holdfast.FieldError{Reason: "something follows the object on its line"}
		}
		return d.line, true, nil
	}
	return 0, false, nil
}

// left returns how many events were not read yet.
func (d *decoder) left() (n int64) {
	if d.array {
		return d.elements()
	}
	for line := range bytes.Lines(d.rest) {
		if len(bytes.TrimSpace(line)) > 0 {
			n++
		}
	}
	return n
}

// elements returns how many elements follow the one that was read last, of an
// array whose syntax is known to be right.
func (d *decoder) elements() (n int64) {
	rest, depth, quoted := d.Rest(), 0, false
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			depth++
		case c == '}', c == ']':
			depth--
		case c == ',' && depth == 0:
			n++
		}
	}
	return n
}

// object reads an event.
func (d *decoder) object(in *collect.Input) error {
	if d.Kind() != '{' {
		if _, err := d.Value(); err != nil {
			return err
		}
		return &holdfast.FieldError{Reason: "an event must be an object"}
	}
	if err := d.Token(); err != nil {
		return door.NotJSON(err, "the line")
	}
	var told uint32
	for {
		if d.Ends() {
			return d.Token()
		}
		raw, err := d.Value()
		if err != nil {
			return err
		}
		name := d.Unquote(raw)
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
	fVisitToken
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
	case "visit_token":
		return fVisitToken, d.str(&in.Token, "visit_token")
	case "country":
		in.CountryBy = holdfast.CountryBySender
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
	return 0, &holdfast.FieldError{Field: door.Clip(name), Reason: "is no field of an event"}
}

func mustBe(field, what string) error {
	return &holdfast.FieldError{Field: field, Reason: "must be " + what}
}

// str reads a string. Null is as good as nothing.
func (d *decoder) str(into *string, field string) error {
	raw, err := d.Value()
	switch {
	case err != nil:
		return err
	case raw[0] == '"':
		*into = d.Unquote(raw)
	case !door.IsNull(raw):
		return mustBe(field, "a string")
	}
	return nil
}

func (d *decoder) whole(in *collect.Input, sent collect.Sent, into *int64, field string) error {
	raw, err := d.Value()
	if err != nil || door.IsNull(raw) {
		return err
	}
	n, err := strconv.ParseInt(door.View(raw), 10, 64)
	if err != nil {
		return mustBe(field, "a whole number")
	}
	*into = n
	in.Sent |= sent
	return nil
}

func (d *decoder) truth(in *collect.Input, sent collect.Sent, into *bool, field string) error {
	raw, err := d.Value()
	if err != nil || door.IsNull(raw) {
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
	raw, err := d.Value()
	if err != nil || door.IsNull(raw) {
		return err
	}
	if raw[0] == '"' {
		in.Time, err = collect.ParseTime(d.Unquote(raw))
	} else {
		var ms int64
		ms, err = strconv.ParseInt(door.View(raw), 10, 64)
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
	raw, err := d.Value()
	switch {
	case err != nil || door.IsNull(raw):
		return err
	case raw[0] == '"':
		in.Screen = d.Unquote(raw)
	case raw[0] == '-' || '0' <= raw[0] && raw[0] <= '9':
		in.Screen = door.View(raw)
	default:
		return mustBe("screen", "a string or a number")
	}
	return nil
}
