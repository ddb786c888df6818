package main

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parameterOf says which parameter of a question follows a word of it.
var parameterOf = map[string]string{
	"by": "by", "where": "where", "for": "period", "on": "period", "from": "from", "to": "to",
	"tz": "tz", "order": "order", "limit": "limit", "kind": "kind", "with": "other",
}

// splitQuestion takes a question in words apart into its parameters. What each
// says is left to who reads parameters.
func splitQuestion(text string) (url.Values, error) {
	s := questionSplitter{text: text, parameter: "metrics", found: url.Values{}}
	for s.at < len(text) {
		s.step()
	}
	s.end()
	if s.err != nil {
		return nil, s.err
	}
	if with := s.found.Get("other"); s.found.Has("other") {
		if !strings.EqualFold(with, "other") {
			return nil, fmt.Errorf("with %s: only \"with other\" is known", with)
		}
		s.found.Set("other", "true")
	}
	return s.found, nil
}

// questionSplitter goes through a question and collects what belongs to one
// parameter after the other.
type questionSplitter struct {
	text      string
	at        int
	depth     int    // of parentheses
	parameter string // that the text belongs to
	part      strings.Builder
	found     url.Values
	err       error
}

// step moves on by a word, a quoted text or a character.
func (s *questionSplitter) step() {
	switch c := s.text[s.at]; {
	case c == '\'' || c == '"':
		s.quoted(c)
	case inQuestionWord(s.text[s.at:]):
		s.word()
	default:
		switch c {
		case '(':
			s.depth++
		case ')':
			s.depth--
		}
		s.part.WriteByte(c)
		s.at++
	}
}

// quoted takes a quoted text along. Where only a value can stand, double
// quotes are as good as single ones, which shells take away.
func (s *questionSplitter) quoted(mark byte) {
	from := s.at
	for s.at++; s.at < len(s.text); s.at++ {
		if s.text[s.at] != mark {
			continue
		}
		if s.at+1 == len(s.text) || s.text[s.at+1] != mark {
			break
		}
		s.at++
	}
	s.at = min(s.at+1, len(s.text))
	quoted := s.text[from:s.at]
	ofName := from > 0 && s.text[from-1] == '.'
	if mark == '"' && !ofName && len(quoted) >= 2 && (s.parameter == "where" || s.depth > 0) {
		value := strings.ReplaceAll(quoted[1:len(quoted)-1], `""`, `"`)
		quoted = "'" + strings.ReplaceAll(value, "'", "''") + "'"
	}
	s.part.WriteString(quoted)
}

func inQuestionWord(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_.:+-/", r)
}

func (s *questionSplitter) word() {
	from := s.at
	for s.at < len(s.text) && inQuestionWord(s.text[s.at:]) {
		_, n := utf8.DecodeRuneInString(s.text[s.at:])
		s.at += n
	}
	word := s.text[from:s.at]
	next, ok := parameterOf[strings.ToLower(word)]
	switch {
	case !ok || s.depth > 0 || next == "to" && s.parameter != "from":
		s.part.WriteString(word)
	case next == "by" && s.parameter == "order" && strings.TrimSpace(s.part.String()) == "":
	default:
		s.end()
		s.parameter = next
	}
}

// end keeps what was collected for a parameter.
func (s *questionSplitter) end() {
	text := strings.TrimSpace(s.part.String())
	s.part.Reset()
	switch {
	case s.err != nil || s.parameter == "metrics" && text == "":
	case s.found.Has(s.parameter):
		s.err = fmt.Errorf("%s is given twice", s.parameter)
	case text == "":
		s.err = fmt.Errorf("%s: nothing follows it", s.parameter)
	default:
		s.found.Set(s.parameter, text)
	}
}
