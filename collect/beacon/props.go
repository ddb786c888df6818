package beacon

import (
	"strings"

	"holdfast"
	"holdfast/collect/door"
)

// readProps reads properties, from an object or from a string that is one in
// JSON. All values become strings; those that are empty, lists or objects are
// dropped, and so are those beyond the first 30.
func (d *decoder) readProps(m *message) {
	if !d.inner(d.sent[fProps]) {
		return
	}
	isObject := d.object(func(key string, v given) bool {
		if strings.TrimSpace(key) == "" || strings.TrimSpace(v.text) == "" || v.kind == 'n' || v.kind == '{' || v.kind == '[' {
			return true
		}
		p := holdfast.Prop{Key: key, Kind: holdfast.PropString, Str: v.text}
		for i := range m.Props {
			if m.Props[i].Key == key {
				m.Props[i] = p
				return true
			}
		}
		m.Props = append(m.Props, p)
		return len(m.Props) < holdfast.MaxProps
	})
	if !isObject {
		m.Props = m.Props[:0]
	}
	for _, p := range m.Props {
		if len(p.Key) > holdfast.MaxPropKey || len(p.Str) > holdfast.MaxPropValue {
			m.refuse(holdfast.RefusedTooLarge, "props", door.Clip(p.Key)+": keys should have at most 300 bytes and values 2000 bytes")
		}
	}
}

// inner begins to read a value that is an object, or a string that may be one.
func (d *decoder) inner(v given) bool {
	if v.kind != '{' && v.kind != '"' {
		return false
	}
	d.json.Reset([]byte(v.text))
	return true
}
