package door

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"

	"holdfast"
)

// JSON reads a text value by value. Values and strings are views of the text,
// or of scratch memory, and last until Forget; also when another text, which
// may be part of the first, was begun with meanwhile. Errors are
// *holdfast.FieldError.
type JSON struct {
	json    *jsontext.Decoder
	source  bytes.Buffer // what json reads
	text    []byte       // what source held at first
	scratch []byte       // strings that had escapes
}

// Names that are given twice are found by who reads them, which is cheaper
// than having all remembered for it.
var jsonOptions = []jsontext.Options{jsontext.AllowDuplicateNames(true)}

// Reset begins with a text.
func (j *JSON) Reset(text []byte) {
	j.text, j.source = text, *bytes.NewBuffer(text)
	if j.json == nil {
		j.json = jsontext.NewDecoder(&j.source, jsonOptions...)
		return
	}
	j.json.Reset(&j.source, jsonOptions...)
}

// Forget gives scratch memory free for other strings: those that were
// unquoted so far are no longer needed.
func (j *JSON) Forget() { j.scratch = j.scratch[:0] }

// Release forgets the text, and memory beyond so many bytes.
func (j *JSON) Release(kept int) {
	j.source, j.text = bytes.Buffer{}, nil
	if cap(j.scratch) > kept {
		j.scratch = nil
	}
}

// Kind returns the first character of the next value, '0' of a number, 0 at
// the end or where there is none.
func (j *JSON) Kind() byte { return byte(j.json.PeekKind()) }

// Token reads a brace or bracket.
func (j *JSON) Token() error {
	_, err := j.json.ReadToken()
	return err
}

// AtEnd says whether nothing follows.
func (j *JSON) AtEnd() bool {
	_, err := j.json.ReadToken()
	return err == io.EOF
}

// Skip skips the next value.
func (j *JSON) Skip() error { return j.json.SkipValue() }

// Depth returns how many objects and arrays are open.
func (j *JSON) Depth() int { return j.json.StackDepth() }

// Offset returns how many bytes were read.
func (j *JSON) Offset() int64 { return j.json.InputOffset() }

// Rest returns what was not read.
func (j *JSON) Rest() []byte { return j.text[j.json.InputOffset():] }

// Value reads the next value, or name, as it is written.
func (j *JSON) Value() ([]byte, error) {
	raw, err := j.json.ReadValue()
	if err != nil {
		return nil, NotJSON(err, "the line")
	}
	// The same bytes, but of our own, which last.
	end := j.json.InputOffset()
	return j.text[end-int64(len(raw)) : end], nil
}

// Ends says whether the object that is being read ends here, for less than it
// costs to ask the JSON decoder. It need not be right about what is no JSON:
// that is found out by who reads on.
func (j *JSON) Ends() bool {
	for _, c := range j.Rest() {
		if c > ' ' {
			return c == '}'
		}
	}
	return false
}

// Unquote returns the string that raw is.
func (j *JSON) Unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return View(raw[1 : len(raw)-1])
	}
	from := len(j.scratch)
	j.scratch, _ = jsontext.AppendUnquote(j.scratch, raw) // which was valid
	return View(j.scratch[from:])
}

// IsNull says whether raw is null.
func IsNull(raw []byte) bool { return raw[0] == 'n' }

// View returns a string that shares the memory of p.
func View(p []byte) string { return unsafe.String(unsafe.SliceData(p), len(p)) }

// Clip bounds what an error repeats of its input, and copies it.
func Clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return string(append([]byte(nil), s...))
}

// NotJSON names the field in which a text stops being JSON.
func NotJSON(err error, what string) error {
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
