package events

import (
	"bytes"
	"strconv"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/door"
)

// props reads the properties of an event.
func (d *decoder) props(in *collect.Input) error {
	if d.Kind() != '{' {
		raw, err := d.Value()
		if err != nil || door.IsNull(raw) {
			return err
		}
		return mustBe("props", "an object")
	}
	if err := d.Token(); err != nil {
		return door.NotJSON(err, "the line")
	}
	for !d.Ends() {
		raw, err := d.Value()
		if err != nil {
			return err
		}
		key := d.Unquote(raw)
		if raw, err = d.Value(); err != nil {
			return err
		}
		if door.IsNull(raw) {
			continue
		}
		p, err := d.prop(key, raw)
		if err != nil {
			return err
		}
		if len(in.Props) > holdfast.MaxProps {
			continue // one too many is enough to refuse them
		}
		in.Props = append(in.Props, p)
	}
	return d.Token()
}

func (d *decoder) prop(key string, raw []byte) (holdfast.Prop, error) {
	p := holdfast.Prop{Key: key}
	switch raw[0] {
	case '"':
		p.Kind, p.Str = holdfast.PropString, d.Unquote(raw)
	case 't', 'f':
		p.Kind, p.Bool = holdfast.PropBool, raw[0] == 't'
	case '{', '[':
		return p, mustBe("props."+door.Clip(key), "a string, a number, true or false")
	default:
		return p, number(&p, raw)
	}
	return p, nil
}

// number reads whole numbers of 64 bits as such and all others as float64.
func number(p *holdfast.Prop, raw []byte) error {
	if !bytes.ContainsAny(raw, ".eE") {
		if n, err := strconv.ParseInt(door.View(raw), 10, 64); err == nil {
			p.Kind, p.Int = holdfast.PropInt, n
			return nil
		}
	}
	f, err := strconv.ParseFloat(door.View(raw), 64)
	if err != nil {
		return &holdfast.FieldError{Field: "props." + door.Clip(p.Key), Reason: "is larger than any number kept"}
	}
	p.Kind, p.Float = holdfast.PropFloat, f
	return nil
}
