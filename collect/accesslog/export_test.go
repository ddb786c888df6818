package accesslog

import "errors"

// Parse takes a line apart.
func Parse(f Format, text string) (Line, error) {
	p := parser{format: f}
	var l Line
	err := p.parse([]byte(text), &l)
	return l, err
}

// IsNoRequest says whether a line is whole and tells of no request.
func IsNoRequest(err error) bool { return errors.Is(err, errNoRequest) }

// Detect finds out the format of a log by its first lines.
func Detect(head string) (Format, error) { return detect([]byte(head)) }
