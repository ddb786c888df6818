package query

import (
	"fmt"

	"holdfast/keep/rows"
)

// partText is a column of text in one part: its values, and the codes of its
// rows.
//
// Where the rows are few and their table's values many, as those of a small
// site among others, only the values that are there are taken, under codes of
// their own: what is done for each value is then done for few.
type partText struct {
	part  int // -1: of none
	texts []string
	few   []uint32 // codes of the rows, if they are not the table's

	codes   []uint32 // of the names, if asked for
	scratch codeMap
	in      codesBuffer
}

// fewer is how many times as many values as rows there must be for it to be
// worth looking which values are there.
const fewer = 2

// text returns a column of text in a part.
func (d *day) text(c rows.Text, p *part) *partText {
	t := &d.texts[c]
	if t.part == p.no {
		return t
	}
	t.part, t.few, t.codes = p.no, nil, nil
	dict, err := p.rows.Dict(c)
	d.fail(err)
	t.texts = dict
	if err != nil || p.n == 0 {
		return t
	}
	if len(dict) == 0 {
		d.fail(fmt.Errorf("column %s has rows and no values", c))
		return t
	}
	if len(dict) > fewer*p.n {
		d.takeFew(t, c, p)
	}
	return t
}

func (d *day) takeFew(t *partText, c rows.Text, p *part) {
	codes, err := t.in.read(p.rows, c, 0, p.n, len(t.texts))
	if err != nil {
		d.fail(err)
		return
	}
	t.scratch.reset()
	t.few = make([]uint32, p.n)
	for i := range t.few {
		t.few[i] = t.scratch.code(uint64(codes.At(i)))
	}
	texts := make([]string, len(t.scratch.keys))
	for i, code := range t.scratch.keys {
		texts[i] = t.texts[code]
	}
	t.texts = texts
}

// codesIn reads the codes of rows lo to hi of a column of text in a part.
func (d *day) codesIn(t *partText, c rows.Text, p *part, lo, hi int, in *codesBuffer) rows.Codes {
	if t.few != nil {
		return rows.Codes{U32: t.few[lo:hi]}
	}
	codes, err := in.read(p.rows, c, lo, hi, len(t.texts))
	if err != nil {
		d.fail(err)
		in.u32 = zeroed(in.u32, hi-lo)
		return rows.Codes{U32: in.u32}
	}
	return codes
}

// nameCodes returns the codes of a part's values among the names of their
// column.
func (d *day) nameCodes(c rows.Text, p *part) []uint32 {
	t := d.text(c, p)
	if t.codes == nil && d.err == nil {
		t.codes = d.scan.names(c).codesOf(p.rows.Key, t.texts)
	}
	return t.codes
}
