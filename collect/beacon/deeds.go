package beacon

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"holdfast"
	"holdfast/collect"
)

func (d *decoder) readName(m *message) {
	v := d.sent[fName]
	text := strings.TrimSpace(v.text)
	switch {
	case v.kind == 0, v.kind == '"' && text == "":
		m.refuse(holdfast.RefusedMalformed, "event_name", "can't be blank")
	case v.kind != '"' && !isWhole(v):
		m.refuse(holdfast.RefusedMalformed, "event_name", "is invalid")
	case utf8.RuneCountInString(text) > holdfast.MaxName:
		m.refuse(holdfast.RefusedTooLarge, "event_name", "should be at most 120 character(s)")
	case len(text) > holdfast.MaxName:
		m.refuse(holdfast.RefusedTooLarge, "event_name", "should be at most 120 byte(s)")
	default:
		m.Name = text
	}
}

// readDeeds reads what the visitor did. What makes no sense is as good as
// nothing.
func (d *decoder) readDeeds(m *message) {
	in := &m.Input
	if v := d.sent[fInteractive]; v.kind == 't' || v.kind == 'f' {
		in.Interactive = v.kind == 't'
		in.Sent |= collect.SentInteractive
	}
	if in.Name != holdfast.Engagement {
		return
	}
	if scroll, ok := whole(d.sent[fScroll]); ok && scroll >= 0 {
		in.Scroll = min(scroll, 100)
		in.Sent |= collect.SentScroll
	}
	if engaged, ok := whole(d.sent[fEngaged]); ok && engaged >= 0 && engaged < tooLong {
		in.Engaged = min(engaged, collect.MaxEngaged)
		in.Sent |= collect.SentEngaged
	}
	if !in.Has(collect.SentScroll) && !in.Has(collect.SentEngaged) {
		m.refuse(holdfast.RefusedMalformed, "event_name", "engagement event requires a valid integer value for at least one of 'sd' or 'e' fields")
	}
}

// tooLong is an engagement that only old scripts with a fault send: 30 days.
const tooLong = 30 * 24 * 3600 * 1000

func isWhole(v given) bool { return v.kind == '0' && !strings.ContainsAny(v.text, ".eE") }

// whole reads a whole number, also from a string. Of others the fraction is
// dropped.
func whole(v given) (int64, bool) {
	if v.kind != '0' && v.kind != '"' {
		return 0, false
	}
	text, fraction, _ := strings.Cut(v.text, ".")
	if strings.ContainsAny(fraction, "eE") {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// width returns the width of a screen, or "" if it is none.
func width(v given) string {
	if n, ok := whole(v); !ok || n <= 0 || n > 99_999 {
		return ""
	}
	text, _, _ := strings.Cut(v.text, ".")
	return strings.TrimLeft(text, "+0")
}
