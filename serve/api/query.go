package api

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"holdfast"
	"holdfast/serve/fault"
)

// Bounds on POST /api/v1/query.
const (
	maxBody      = 1 << 20
	maxQuestions = 64
	// maxValues is how many values, rows times columns, the answers of one
	// request may have. The largest single question has 4,000,000; a value
	// takes some 50 bytes until it is sent.
	maxValues = 5_000_000
)

// question is holdfast.Question as clients write it: each part in its JSON or
// in its written form.
type question struct {
	Site    string         `json:"site"`
	From    jsontext.Value `json:"from"` // ms, or text
	To      jsontext.Value `json:"to"`
	Period  string         `json:"period"`
	Zone    string         `json:"zone"`
	Kind    holdfast.Kind  `json:"kind"`
	Metrics jsontext.Value `json:"metrics"` // []holdfast.Metric, []text or text
	By      jsontext.Value `json:"by"`      // []holdfast.Dimension or text
	Where   jsontext.Value `json:"where"`   // holdfast.Filter or text
	Order   jsontext.Value `json:"order"`   // []holdfast.Order or text
	Limit   *int           `json:"limit"`
	Other   bool           `json:"other"`
}

// query answers POST /api/v1/query.
func (a *API) query(w http.ResponseWriter, r *http.Request) {
	start := a.Now()
	key, f := a.keyOf(r)
	if f != nil {
		fault.Write(w, f)
		return
	}
	asked, several, err := readBody(w, r)
	if err != nil {
		fault.Write(w, fault.Of(err))
		return
	}
	questions := make([]holdfast.Question, len(asked))
	for i := range asked {
		if questions[i], err = a.read(&key, &asked[i]); err != nil {
			f := *fault.Of(err)
			if several && f.Field != "" {
				f.Field = fmt.Sprintf("questions[%d].%s", i, f.Field)
			}
			fault.Write(w, &f)
			return
		}
	}
	if n := values(questions); several && n > maxValues {
		fault.Write(w, fault.Of(&holdfast.FieldError{Field: "questions",
			Reason: fmt.Sprintf("may be answered with %d values, their limits times their columns, which is more than %d", n, maxValues)}))
		return
	}
	answers, err := a.ask(r.Context(), questions)
	switch {
	case err != nil:
		fault.Write(w, fault.Of(err))
	case several:
		a.answer(w, start, struct {
			Answers []holdfast.Answer `json:"answers"`
		}{answers})
	default:
		a.answer(w, start, answers[0])
	}
}

// values returns how many values the answers have at most.
func values(questions []holdfast.Question) int {
	n := 0
	for _, q := range questions {
		n += cmp.Or(q.Limit, holdfast.DefaultLimit) * (len(q.By) + max(1, len(q.Metrics)))
	}
	return n
}

// readBody reads one question, or several as {"questions": [...]}.
func readBody(w http.ResponseWriter, r *http.Request) (asked []question, several bool, err error) {
	body, err := readAll(w, r)
	if err != nil {
		return nil, false, err
	}
	var both struct {
		question
		Questions *[]question `json:"questions"`
	}
	if err := strict(body, &both, ""); err != nil {
		return nil, false, err
	}
	if at, ok := nullInList(body); ok {
		return nil, false, &holdfast.FieldError{Field: join("", at), Reason: "is null, and a list has none"}
	}
	if both.Questions == nil {
		return []question{both.question}, false, nil
	}
	switch asked = *both.Questions; {
	case !reflect.ValueOf(both.question).IsZero():
		return nil, true, &holdfast.FieldError{Field: "questions", Reason: "cannot be given together with the fields of a question"}
	case len(asked) == 0:
		return nil, true, &holdfast.FieldError{Field: "questions", Reason: "is empty"}
	case len(asked) > maxQuestions:
		return nil, true, &holdfast.FieldError{Field: "questions", Reason: fmt.Sprintf("are more than %d", maxQuestions)}
	}
	return asked, true, nil
}

// readAll reads a body within bounds.
func readAll(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return nil, fault.New(http.StatusRequestEntityTooLarge, fault.TooLarge, fmt.Sprintf("the body is longer than %d bytes", maxBody))
	}
	if err != nil {
		return nil, fault.New(http.StatusBadRequest, fault.Malformed, "the body cannot be read: "+err.Error())
	}
	return body, nil
}

// strict reads JSON in which every name is known and is given once. Errors
// name the field, below the field under.
func strict(text []byte, into any, under string) error {
	err := json.Unmarshal(text, into, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	e := holdfast.FieldError{Field: under}
	var syntax *jsontext.SyntacticError
	var meaning *json.SemanticError
	switch {
	case errors.As(err, &syntax):
		e.Field, e.Reason = join(under, syntax.JSONPointer), fmt.Sprintf("is not JSON at byte %d: %v", syntax.ByteOffset, syntax.Err)
	case errors.As(err, &meaning) && errors.Is(meaning.Err, json.ErrUnknownName):
		e.Field, e.Reason = join(under, meaning.JSONPointer), "is not known"
	case errors.As(err, &meaning):
		e.Field, e.Reason = join(under, meaning.JSONPointer), "has a value of the wrong type"
		if meaning.Err != nil {
			e.Reason += ": " + meaning.Err.Error()
		}
	default:
		e.Reason = err.Error()
	}
	if e.Field == "" {
		return fault.New(http.StatusBadRequest, fault.Malformed, "the body "+e.Reason)
	}
	return &e
}

// nullInList finds a null in a list, which would be taken for an empty value.
// The text is known to be JSON.
func nullInList(text []byte) (at jsontext.Pointer, found bool) {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.ReadToken()
		if err != nil {
			return "", false
		}
		if in, _ := d.StackIndex(d.StackDepth()); token.Kind() == 'n' && in == '[' {
			return d.StackPointer(), true
		}
	}
}

// maxName is about how long the name of a field in an error may get: a body may
// be nested thousands of levels deep.
const maxName = 250

// join names what is at a place below under: questions[1].where.values.
func join(under string, at jsontext.Pointer) string {
	name := under
	for part := range at.Tokens() {
		if len(name) > maxName {
			return name + "…"
		}
		_, err := strconv.Atoi(part)
		switch {
		case name == "":
			name = clip(part)
		case err == nil:
			name += "[" + part + "]"
		default:
			name += "." + clip(part)
		}
	}
	return name
}

// read makes a question of q. What is written goes through the parser, as from
// a URL; what is JSON already then takes its place.
func (a *API) read(key *holdfast.Key, q *question) (holdfast.Question, error) {
	site, err := a.siteFor(key, q.Site)
	if err != nil {
		return holdfast.Question{}, err
	}
	values, own := url.Values{}, holdfast.Question{}
	set := func(name, value string) {
		if value != "" {
			values.Set(name, value)
		}
	}
	set("period", q.Period)
	set("tz", q.Zone)
	set("kind", string(q.Kind))
	if q.Limit != nil {
		values.Set("limit", strconv.Itoa(*q.Limit))
	}
	if q.Other {
		values.Set("other", "true")
	}
	for _, part := range []struct {
		name string
		text jsontext.Value
		into any
	}{
		{"from", q.From, nil}, {"to", q.To, nil}, {"metrics", q.Metrics, &own.Metrics},
		{"by", q.By, &own.By}, {"where", q.Where, &own.Where}, {"order", q.Order, &own.Order},
	} {
		written, err := readPart(part.name, part.text, part.into)
		if err != nil {
			return holdfast.Question{}, err
		}
		set(part.name, written)
	}
	read, err := a.Parser.Question(site, values, holdfast.MillisOf(a.Now()))
	if err != nil {
		return holdfast.Question{}, renamed(err)
	}
	return overlay(read, own), nil
}

// renamed calls the zone as JSON does.
func renamed(err error) error {
	var field *holdfast.FieldError
	if errors.As(err, &field) && field.Field == "tz" {
		return &holdfast.FieldError{Field: "zone", Reason: field.Reason}
	}
	return err
}

func overlay(q, own holdfast.Question) holdfast.Question {
	if own.Metrics != nil {
		q.Metrics = own.Metrics
	}
	if own.By != nil {
		q.By = own.By
	}
	if own.Where != nil {
		q.Where = own.Where
	}
	if own.Order != nil {
		q.Order = own.Order
	}
	return q
}

// readPart returns the written form of a part, or sets into from its JSON.
func readPart(name string, text jsontext.Value, into any) (string, error) {
	switch text.Kind() {
	case 'n', jsontext.KindInvalid:
		return "", nil
	case '"':
		var written string
		err := strict(text, &written, name)
		return written, err
	case '0':
		ms, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil || into != nil {
			break
		}
		return holdfast.Millis(ms).String(), nil
	case '[':
		if metrics, ok := into.(*[]holdfast.Metric); ok {
			return readMetrics(text, metrics)
		}
	}
	if into == nil {
		return "", &holdfast.FieldError{Field: name, Reason: "must be milliseconds since 1970, a day or a moment in RFC 3339"}
	}
	return "", strict(text, into, name)
}

// readMetrics reads metrics that are all written, or all JSON.
func readMetrics(text jsontext.Value, into *[]holdfast.Metric) (string, error) {
	var written []string
	if json.Unmarshal(text, &written) == nil {
		return strings.Join(written, ","), nil
	}
	return "", strict(text, into, "metrics")
}
