package traffic

import (
	"strconv"

	"holdfast"
)

// JSON returns the hit as a line for POST /api/v1/events, dated with its time,
// without the line feed.
func JSON(h *Hit) []byte { return AppendJSON(nil, h) }

// AppendJSON adds the hit to dst as JSON does.
func AppendJSON(dst []byte, h *Hit) []byte {
	dst = append(dst, `{"site":`...)
	dst = appendText(dst, h.Host)
	dst = append(dst, `,"name":`...)
	dst = appendText(dst, h.Name)
	dst = append(dst, `,"url":"`...)
	dst = h.appendURL(dst) // in which nothing needs escaping
	dst = append(dst, `","time":`...)
	dst = strconv.AppendInt(dst, int64(h.Time), 10)
	if h.ID != 0 {
		dst = append(dst, `,"id":"`...)
		dst = append(h.appendID(dst), '"')
	}
	if h.From != "" {
		dst = append(dst, `,"referrer":"https://`...)
		dst = append(dst, h.Host...)
		dst = append(append(dst, h.From...), '"')
	} else {
		dst = appendField(dst, "referrer", h.Referrer)
	}
	dst = appendField(dst, "title", h.Title)
	dst = append(dst, `,"ip":"`...)
	dst = append(h.IP.AppendTo(dst), '"')
	dst = appendField(dst, "user_agent", h.UserAgent)
	dst = appendField(dst, "visitor", h.Visitor)
	dst = appendField(dst, "member", h.Member)
	dst = appendField(dst, "country", h.Country)
	dst = appendField(dst, "language", h.Language)
	dst = appendField(dst, "screen", h.Screen)
	return append(appendDeeds(dst, h), '}')
}

// appendDeeds adds what the visitor did.
func appendDeeds(dst []byte, h *Hit) []byte {
	switch h.Name {
	case holdfast.Pageview:
	case holdfast.Engagement:
		dst = append(dst, `,"engaged":`...)
		dst = strconv.AppendInt(dst, int64(h.Engaged), 10)
		if h.Scroll != holdfast.NoScroll {
			dst = append(dst, `,"scroll":`...)
			dst = strconv.AppendInt(dst, int64(h.Scroll), 10)
		}
	default:
		if !h.Interactive {
			dst = append(dst, `,"interactive":false`...)
		}
	}
	if len(h.Props) > 0 {
		dst = appendProps(append(dst, `,"props":`...), h.Props)
	}
	if h.Currency != "" {
		dst = append(dst, `,"value":`...)
		dst = strconv.AppendInt(dst, h.Value, 10)
		dst = appendField(dst, "currency", h.Currency)
	}
	return dst
}

func appendProps(dst []byte, props []holdfast.Prop) []byte {
	for i, p := range props {
		if i == 0 {
			dst = append(dst, '{')
		} else {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, p.Key), ':')
		switch p.Kind {
		case holdfast.PropString:
			dst = appendText(dst, p.Str)
		case holdfast.PropInt:
			dst = strconv.AppendInt(dst, p.Int, 10)
		case holdfast.PropFloat:
			from := len(dst)
			dst = strconv.AppendFloat(dst, p.Float, 'f', -1, 64)
			dst = appendFraction(dst, from)
		case holdfast.PropBool:
			dst = strconv.AppendBool(dst, p.Bool)
		}
	}
	return append(dst, '}')
}

// appendFraction makes sure that a number is read as no whole one.
func appendFraction(dst []byte, from int) []byte {
	for _, c := range dst[from:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// appendField adds a field, unless it is empty.
func appendField(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	return appendText(append(dst, `":`...), value)
}

// appendText adds a string. None has control characters.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}
