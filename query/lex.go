package query

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"holdfast"
)

// Bounds on what is written. They are far above what a person or a page asks,
// and keep a hostile address from costing more than it carries.
const (
	maxText  = 64 << 10 // bytes of one written filter, list of metrics or order
	maxDepth = 64       // conditions within conditions
	maxNodes = 1000     // conditions in one filter
)

type kind uint8

const (
	end    kind = iota
	word        // a name or keyword; prop."odd key" is one word, without its quotes
	quoted      // 'text', without its quotes
	named       // "name", without its quotes
	digits      // 12, -3.5
	symbol      // ( ) , = != -
	bad         // cannot be read; the lexer's err says why
)

type token struct {
	kind kind
	text string
	pos  int // byte it begins at
	end  int // byte after it
}

// lexer cuts a written question into tokens. After what cannot be read there
// is no token any more that anybody wants, so that parsers need to look at err
// only where they report an error, as want does.
type lexer struct {
	field string // what the text is, for errors
	text  string
	at    int
	tok   token // the one to be looked at
	err   error
}

func newLexer(field, text string) (*lexer, error) {
	if len(text) > maxText {
		return nil, &holdfast.FieldError{Field: field, Reason: fmt.Sprintf("longer than %d bytes", maxText)}
	}
	l := &lexer{field: field, text: text}
	l.next()
	return l, l.err
}

// errorf names the character that the error is about.
func (l *lexer) errorf(pos int, format string, args ...any) error {
	at := utf8.RuneCountInString(l.text[:min(pos, len(l.text))]) + 1
	return &holdfast.FieldError{Field: l.field, Reason: fmt.Sprintf("at character %d: ", at) + fmt.Sprintf(format, args...)}
}

// want is the error of a token that is not what must stand there.
func (l *lexer) want(what string) error {
	if l.err != nil {
		return l.err
	}
	return l.errorf(l.tok.pos, "want %s, not %s", what, l.tok)
}

func (t token) String() string {
	switch t.kind {
	case end:
		return "the end"
	case quoted:
		return quote(t.text)
	}
	return fmt.Sprintf("%q", t.text)
}

// next moves on to the next token.
func (l *lexer) next() {
	if l.err != nil {
		return
	}
	for l.at < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.at]) >= 0 {
		l.at++
	}
	l.tok = token{pos: l.at}
	if l.at < len(l.text) {
		l.read()
	}
	l.tok.end = l.at
	if l.err != nil {
		l.tok.kind = bad
	}
}

func (l *lexer) read() {
	start := l.at
	r, _ := utf8.DecodeRuneInString(l.text[start:])
	switch {
	case r == '\'':
		l.tok.kind, l.tok.text = quoted, l.quoted('\'')
	case r == '"':
		l.tok.kind, l.tok.text = named, l.quoted('"')
	case r >= '0' && r <= '9', r == '-' && digitAt(l.text, start+1):
		l.at++
		l.skip(func(r rune) bool { return r == '.' || r >= '0' && r <= '9' })
		l.tok.kind, l.tok.text = digits, l.text[start:l.at]
	case beginsWord(r):
		l.tok.kind, l.tok.text = word, l.word()
	case strings.HasPrefix(l.text[start:], "!="):
		l.symbol(2)
	case strings.IndexByte("(),=-", l.text[start]) >= 0:
		l.symbol(1)
	default:
		l.err = l.errorf(start, "%q means nothing here", r)
	}
}

func (l *lexer) symbol(n int) {
	l.tok.kind, l.tok.text = symbol, l.text[l.at:l.at+n]
	l.at += n
}

func (l *lexer) word() string {
	start := l.at
	l.skip(inWord)
	w := l.text[start:l.at]
	if strings.HasSuffix(w, ".") && l.at < len(l.text) && l.text[l.at] == '"' {
		w += l.quoted('"')
	}
	return w
}

func (l *lexer) skip(in func(rune) bool) {
	for l.at < len(l.text) {
		r, size := utf8.DecodeRuneInString(l.text[l.at:])
		if !in(r) {
			return
		}
		l.at += size
	}
}

// quoted reads a text in quotes, which stand for themselves when doubled.
func (l *lexer) quoted(mark byte) string {
	start := l.at
	l.at++
	var b strings.Builder
	for l.at < len(l.text) {
		c := l.text[l.at]
		l.at++
		if c == mark {
			if l.at == len(l.text) || l.text[l.at] != mark {
				return b.String()
			}
			l.at++
		}
		b.WriteByte(c)
	}
	l.err = l.errorf(start, "the quote is not closed")
	return ""
}

func digitAt(s string, i int) bool { return i < len(s) && s[i] >= '0' && s[i] <= '9' }

func beginsWord(r rune) bool { return r == '_' || unicode.IsLetter(r) && r != utf8.RuneError }

func inWord(r rune) bool {
	return beginsWord(r) || unicode.IsDigit(r) || r == '.' || r == '-' || r == ':'
}

// take says whether the token is this symbol or, in any case, this keyword,
// and moves past it.
func (l *lexer) take(s string) bool {
	switch l.tok.kind {
	case symbol:
		if l.tok.text != s {
			return false
		}
	case word:
		if !strings.EqualFold(l.tok.text, s) {
			return false
		}
	default:
		return false
	}
	l.next()
	return true
}

func (l *lexer) expect(s string) error {
	if !l.take(s) {
		return l.want(fmt.Sprintf("%q", s))
	}
	return nil
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
