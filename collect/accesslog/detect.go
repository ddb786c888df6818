package accesslog

import (
	"bytes"
	"errors"
)

// guessLines is how many lines are looked at to find out the format.
const guessLines = 50

// errUnknownFormat is of logs in which no line can be read.
var errUnknownFormat = errors.New("its lines are of no format that is known")

// detect returns the format that most of the first lines have; of several the
// first of Formats. Only if none has, odd names of users are allowed for.
func detect(head []byte) (Format, error) {
	for _, strict := range []bool{true, false} {
		var best Format
		most := 0
		for _, f := range Formats() {
			p := parser{format: f, strict: strict}
			if !strict && f == VHost {
				continue // would take an address for a host
			}
			if n := p.understands(head); n > most {
				best, most = f, n
			}
		}
		if most > 0 {
			return best, nil
		}
	}
	return "", errUnknownFormat
}

// understands returns how many of the first lines can be read.
func (p *parser) understands(head []byte) (n int) {
	var l Line
	for range guessLines {
		text, rest, whole := bytes.Cut(head, []byte("\n"))
		if !whole && len(head) >= maxLine || len(text) == 0 && !whole {
			break
		}
		head = rest
		if err := p.parse(bytes.TrimSuffix(text, []byte("\r")), &l); err == nil || errors.Is(err, errNoRequest) {
			n++
		}
	}
	return n
}
