package segment

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"holdfast"
)

// Properties without a column are kept as one JSON object a row, keys
// ascending. A number with a point, an exponent or both is a float, any other
// an int of 64 bits, so that types and values come back exactly.

func appendProps(dst []byte, props []holdfast.Prop) []byte {
	dst = append(dst, '{')
	for i := range props {
		p := &props[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendQuoted(dst, p.Key)
		dst = append(dst, ':')
		switch p.Kind {
		case holdfast.PropInt:
			dst = strconv.AppendInt(dst, p.Int, 10)
		case holdfast.PropFloat:
			dst = appendFloat(dst, p.Float)
		case holdfast.PropBool:
			dst = strconv.AppendBool(dst, p.Bool)
		default:
			dst = appendQuoted(dst, p.Str)
		}
	}
	return append(dst, '}')
}

func appendFloat(dst []byte, v float64) []byte {
	at := len(dst)
	dst = strconv.AppendFloat(dst, v, 'g', -1, 64)
	for _, c := range dst[at:] {
		if c == '.' || c == 'e' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

func appendQuoted(dst []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, `\u00`...)
			dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

var errProps = errors.New("properties are no flat JSON object")

// parseProps reads an object as appendProps writes it; spaces are not expected.
func parseProps(s string) ([]holdfast.Prop, error) {
	rest, ok := strings.CutPrefix(s, "{")
	if !ok {
		return nil, errProps
	}
	var props []holdfast.Prop
	for rest != "}" {
		if len(props) > 0 {
			if rest, ok = strings.CutPrefix(rest, ","); !ok {
				return nil, errProps
			}
		}
		var p holdfast.Prop
		if p.Key, rest, ok = cutQuoted(rest); !ok {
			return nil, errProps
		}
		if rest, ok = strings.CutPrefix(rest, ":"); !ok || rest == "" {
			return nil, errProps
		}
		if rest[0] == '"' {
			p.Kind = holdfast.PropString
			if p.Str, rest, ok = cutQuoted(rest); !ok {
				return nil, errProps
			}
		} else {
			end := strings.IndexAny(rest, ",}")
			if end < 0 || !parseScalar(rest[:end], &p) {
				return nil, errProps
			}
			rest = rest[end:]
		}
		props = append(props, p)
	}
	return props, nil
}

// cutQuoted cuts the string that s begins with off s.
func cutQuoted(s string) (v, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", "", false
	}
	escaped := false
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			if !escaped {
				return s[1:i], s[i+1:], true
			}
			err := json.Unmarshal([]byte(s[:i+1]), &v)
			return v, s[i+1:], err == nil
		}
	}
	return "", "", false
}

func parseScalar(s string, p *holdfast.Prop) bool {
	var err error
	switch {
	case s == "true" || s == "false":
		p.Kind, p.Bool = holdfast.PropBool, s == "true"
	case strings.ContainsAny(s, ".e"):
		p.Kind = holdfast.PropFloat
		p.Float, err = strconv.ParseFloat(s, 64)
		return err == nil && !math.IsInf(p.Float, 0)
	default:
		p.Kind = holdfast.PropInt
		p.Int, err = strconv.ParseInt(s, 10, 64)
	}
	return err == nil
}
