package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/serve"
	"holdfast/serve/api"
)

var noon = time.Date(2026, 7, 31, 12, 0, 0, 0, time.UTC)

type sites map[string]*holdfast.Site

func (s sites) Site(name string) (*holdfast.Site, bool) {
	site, ok := s[name]
	return site, ok
}

type keys map[string]holdfast.Key

func (k keys) Key(token string) (holdfast.Key, bool) {
	key, ok := k[token]
	return key, ok
}

type receipts map[string]holdfast.Fate

func (r receipts) Fate(receipt string) (holdfast.Fate, error) {
	if receipt == "broken" {
		return "", errors.New("disk on fire")
	}
	if fate, ok := r[receipt]; ok {
		return fate, nil
	}
	return holdfast.NotOurs, nil
}

// parser writes what it is given into the question.
type parser struct{}

func (parser) Question(site *holdfast.Site, v url.Values, now holdfast.Millis) (holdfast.Question, error) {
	if tz := v.Get("tz"); strings.Contains(tz, "Mars") {
		return holdfast.Question{}, &holdfast.FieldError{Field: "tz", Reason: "is no zone"}
	}
	if strings.Contains(v.Get("metrics"), "vews") {
		return holdfast.Question{}, &holdfast.FieldError{Field: "metrics", Reason: `"vews" is no metric; the nearest is views`}
	}
	return holdfast.Question{Site: site.Name, To: now, Zone: v.Encode()}, nil
}

// asker answers with the questions, as JSON.
type asker struct {
	err  error
	hold chan struct{} // until it is closed, or the context is done
}

func (a *asker) Ask(ctx context.Context, questions ...holdfast.Question) ([]holdfast.Answer, error) {
	if a.hold != nil {
		select {
		case <-a.hold:
		case <-ctx.Done():
			return nil, fmt.Errorf("scan: %w", ctx.Err())
		}
	}
	if a.err != nil {
		return nil, a.err
	}
	answers := make([]holdfast.Answer, len(questions))
	for i, q := range questions {
		text, err := json.Marshal(q)
		if err != nil {
			return nil, err
		}
		answers[i] = holdfast.Answer{Columns: []holdfast.Column{{Name: "question"}}, Rows: [][]any{{string(text)}}, Coverage: holdfast.NewCoverage(nil)}
	}
	return answers, nil
}

type setup struct {
	url   string
	asker *asker
	ready error
	allow bool
}

func start(t *testing.T, change ...func(*api.Options)) *setup {
	t.Helper()
	s := &setup{asker: &asker{}, allow: true}
	o := api.Options{
		Sites: sites{}, Parser: parser{}, Asker: s.asker, Now: func() time.Time { return noon },
		Receipts: receipts{"abc": holdfast.Sealed},
		Ready:    func(context.Context) error { return s.ready },
		Allow:    func(*http.Request) (time.Duration, bool) { return 3 * time.Second, s.allow },
		Keys: keys{
			"hf_r": {Scopes: []holdfast.Scope{holdfast.ScopeRead}},
			"hf_o": {Scopes: []holdfast.Scope{holdfast.ScopeOwn}},
			"hf_c": {Scopes: []holdfast.Scope{holdfast.ScopeCollect}},
			"hf_2": {Scopes: []holdfast.Scope{holdfast.ScopeRead}, Sites: []holdfast.SiteID{2}},
		},
	}
	for i, name := range []string{"a.example", "b.example"} {
		site, err := holdfast.NewSite(holdfast.SiteID(i+1), name, "UTC", 0)
		if err != nil {
			t.Fatal(err)
		}
		o.Sites.(sites)[name] = site
	}
	for _, c := range change {
		c(&o)
	}
	server := serve.New(serve.Options{})
	api.New(o).Routes(server.Handle)
	h := httptest.NewServer(server)
	t.Cleanup(h.Close)
	s.url = h.URL
	return s
}

type answered struct {
	status int
	header http.Header
	body   string
	Error  struct{ Code, Field, Message, Hint string }
}

func (s *setup) do(t *testing.T, method, path, key, body string) answered {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answered{status: res.StatusCode, header: res.Header, body: string(text)}
	if a.status == http.StatusNoContent {
		return a
	}
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatalf("answer %s: %v", text, err)
	}
	return a
}

func TestStats(t *testing.T) {
	s := start(t)
	a := s.do(t, "GET", "/api/v1/sites/a.example/stats?period=7d&metrics=views,visitors&by=day&where="+url.QueryEscape("path is '/a'"), "hf_r", "")
	if a.status != 200 || a.header.Get("Cache-Control") != "private, no-cache" || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("got %+v", a)
	}
	want := `{"columns":[{"name":"question","role":""}],"rows":[["{\"site\":\"a.example\",\"from\":0,\"to\":1785499200000,\"zone\":\"by=day\\u0026metrics=views%2Cvisitors\\u0026period=7d\\u0026where=path+is+%27%2Fa%27\"}"]],` +
		`"coverage":{"state":"future","ratio":1,"intervals":null},"as_of":{"time":0,"seq":0}}` + "\n"
	if diff := cmp.Diff(want, a.body); diff != "" {
		t.Error(diff)
	}
}

func TestStatsRefused(t *testing.T) {
	cases := []struct {
		name, key, path string
		status          int
		code, field     string
	}{
		{"no key", "", "a.example/stats", 401, "unauthorized", ""},
		{"an unknown key", "hf_x", "a.example/stats", 401, "unauthorized", ""},
		{"a key for sending", "hf_c", "a.example/stats", 403, "forbidden", "site"},
		{"a key for another site", "hf_2", "a.example/stats", 403, "forbidden", "site"},
		{"a key for another site, and no site", "hf_2", "c.example/stats", 403, "forbidden", "site"},
		{"no site", "hf_o", "c.example/stats", 404, "no_site", "site"},
		{"an unknown parameter", "hf_r", "a.example/stats?perod=7d", 400, "malformed", "perod"},
		{"a parameter twice", "hf_r", "a.example/stats?by=a&by=b", 400, "malformed", "by"},
		{"a query that is none", "hf_r", "a.example/stats?by=%zz", 400, "malformed", ""},
		{"a query too long", "hf_r", "a.example/stats?where=" + strings.Repeat("x", 17<<10), 414, "too_large", ""},
		{"an unknown metric", "hf_r", "a.example/stats?metrics=vews", 400, "malformed", "metrics"},
		{"an unknown zone", "hf_r", "a.example/stats?tz=Mars", 400, "malformed", "tz"},
	}
	s := start(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := s.do(t, "GET", "/api/v1/sites/"+c.path, c.key, "")
			if a.status != c.status || a.Error.Code != c.code || a.Error.Field != c.field || a.Error.Message == "" {
				t.Errorf("got %+v", a)
			}
		})
	}
	s.allow = false
	if a := s.do(t, "GET", "/api/v1/sites/a.example/stats", "guess", ""); a.status != 429 || a.header.Get("Retry-After") != "3" {
		t.Errorf("guessing keys: got %+v", a)
	}
	if a := s.do(t, "GET", "/api/v1/sites/a.example/stats", "hf_r", ""); a.status != 200 {
		t.Errorf("a good key is held back: %+v", a)
	}
}

// asked returns the questions that were answered.
func asked(t *testing.T, a answered) []holdfast.Question {
	t.Helper()
	if a.status != 200 {
		t.Fatalf("got %+v", a)
	}
	var body struct {
		holdfast.Answer
		Answers []holdfast.Answer
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		t.Fatal(err)
	}
	if body.Answers == nil {
		body.Answers = []holdfast.Answer{body.Answer}
	}
	questions := make([]holdfast.Question, len(body.Answers))
	for i, answer := range body.Answers {
		if err := json.Unmarshal([]byte(answer.Rows[0][0].(string)), &questions[i]); err != nil {
			t.Fatal(err)
		}
	}
	return questions
}

func TestQueryInBothForms(t *testing.T) {
	s := start(t)
	now := holdfast.MillisOf(noon)
	written := asked(t, s.do(t, "POST", "/api/v1/query", "hf_r", `{"site":"a.example","from":"2026-07-01","to":1785499200000,"zone":"UTC",
		"kind":"groups","metrics":["views","sum(value)"],"by":"source,day","where":"path is '/a'","order":"-views","limit":0,"other":true}`))
	want := holdfast.Question{Site: "a.example", To: now, Zone: url.Values{
		"from": {"2026-07-01"}, "to": {"2026-07-31T12:00:00.000Z"}, "tz": {"UTC"}, "kind": {"groups"}, "metrics": {"views,sum(value)"},
		"by": {"source,day"}, "where": {"path is '/a'"}, "order": {"-views"}, "limit": {"0"}, "other": {"true"}}.Encode()}
	if diff := cmp.Diff([]holdfast.Question{want}, written); diff != "" {
		t.Error(diff)
	}
	native := asked(t, s.do(t, "POST", "/api/v1/query", "hf_r", `{"questions":[{"site":"a.example","period":"7d",
		"metrics":[{"func":"sum","of":"value","where":{"op":"is","column":"name","values":["buy"]}}],"by":["source","prop.a,b"],
		"where":{"op":"not","args":[{"op":"exists","column":"title"}]},"order":[{"column":"value","desc":true}]},{"site":"b.example"}]}`))
	wants := []holdfast.Question{{Site: "a.example", To: now, Zone: "period=7d",
		Metrics: []holdfast.Metric{{Func: holdfast.Sum, Of: "value", Where: &holdfast.Filter{Op: holdfast.Is, Column: "name", Values: []string{"buy"}}}},
		By:      []holdfast.Dimension{"source", "prop.a,b"},
		Where:   &holdfast.Filter{Op: holdfast.Not, Args: []holdfast.Filter{{Op: holdfast.Exists, Column: "title"}}},
		Order:   []holdfast.Order{{Column: "value", Desc: true}}}, {Site: "b.example", To: now}}
	if diff := cmp.Diff(wants, native); diff != "" {
		t.Error(diff)
	}
}

func TestQueryRefused(t *testing.T) {
	wide := `{"site":"a.example","by":["x"` + strings.Repeat(`,"x"`, 80) + `]},`
	cases := []struct {
		name, body string
		status     int
		field      string
	}{
		{"no JSON", `{`, 400, ""},
		{"nothing", ``, 400, ""},
		{"an array", `[]`, 400, ""},
		{"no site", `{}`, 400, "site"},
		{"an unknown site", `{"site":"c.example"}`, 404, "site"},
		{"an unknown field", `{"site":"a.example","sort":"x"}`, 400, "sort"},
		{"a field twice", `{"site":"a.example","site":"a.example"}`, 400, "site"},
		{"a wrong type", `{"site":5}`, 400, "site"},
		{"a wrong type within", `{"site":"a.example","where":{"op":"is","values":"x"}}`, 400, "where.values"},
		{"an unknown field within", `{"site":"a.example","order":[{"column":"x","asc":true}]}`, 400, "order[0].asc"},
		{"metrics of both kinds", `{"site":"a.example","metrics":["views",{"func":"sum"}]}`, 400, "metrics[0]"},
		{"null for a metric", `{"site":"a.example","metrics":[null]}`, 400, "metrics[0]"},
		{"null for the second of them", `{"site":"a.example","metrics":["views",null]}`, 400, "metrics[1]"},
		{"null for a dimension", `{"site":"a.example","by":["source", null]}`, 400, "by[1]"},
		{"null for an order", `{"site":"a.example","order":[null]}`, 400, "order[0]"},
		{"null for a filter", `{"site":"a.example","where":{"op":"and","args":[{"op":"is","column":"name","values":[null]}]}}`, 400, "where.args[0].values[0]"},
		{"null for a question", `{"questions":[{"site":"a.example"},null]}`, 400, "questions[1]"},
		{"a fraction for a time", `{"site":"a.example","from":1.5}`, 400, "from"},
		{"a truth for a time", `{"site":"a.example","from":true}`, 400, "from"},
		{"a number for a filter", `{"site":"a.example","where":5}`, 400, "where"},
		{"an unknown zone", `{"site":"a.example","zone":"Mars"}`, 400, "zone"},
		{"an unknown metric in the second question", `{"questions":[{"site":"a.example"},{"site":"a.example","metrics":"vews"}]}`, 400, "questions[1].metrics"},
		{"an unknown field in the second question", `{"questions":[{"site":"a.example"},{"x":1}]}`, 400, "questions[1].x"},
		{"no questions", `{"questions":[]}`, 400, "questions"},
		{"questions and a question", `{"site":"a.example","questions":[{"site":"a.example"}]}`, 400, "questions"},
		{"too many questions", `{"questions":[` + strings.Repeat(`{},`, 64) + `{}]}`, 400, "questions"},
		{"questions with too many values", `{"questions":[` + strings.TrimSuffix(strings.Repeat(wide, 64), ",") + `]}`, 400, "questions"},
		{"a body too large", `{"site":"` + strings.Repeat("x", 1<<20) + `"}`, 413, ""},
	}
	s := start(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := s.do(t, "POST", "/api/v1/query", "hf_r", c.body)
			if a.status != c.status || a.Error.Field != c.field || a.Error.Message == "" || len(a.body) > 1000 {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestErrorsNameFieldsThatAreNestedDeeplyInBrief(t *testing.T) {
	a := start(t).do(t, "POST", "/api/v1/query", "hf_r", strings.Repeat(`{"where":`, 9000))
	if !strings.HasPrefix(a.Error.Field, "where.where.") || !strings.HasSuffix(a.Error.Field, "…") || len(a.body) > 1000 {
		t.Errorf("got %d bytes: %.300s", len(a.body), a.body)
	}
}

func TestWhatGoesWrongInAsking(t *testing.T) {
	cases := []struct {
		name   string
		err    error
		status int
		code   string
		hint   string
	}{
		{"a question without sense", &holdfast.FieldError{Field: "by", Reason: "is no dimension"}, 400, "malformed", ""},
		{"damage", fmt.Errorf("scan: %w", holdfast.Hint(&holdfast.DamagedError{File: "f", What: "crc"}, "run holdfast verify")), 500, "damaged", "run holdfast verify"},
		{"anything else", errors.New("out of luck"), 500, "internal", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := start(t)
			s.asker.err = c.err
			a := s.do(t, "GET", "/api/v1/sites/a.example/stats", "hf_r", "")
			if a.status != c.status || a.Error.Code != c.code || a.Error.Hint != c.hint {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestAskingIsBounded(t *testing.T) {
	s := start(t, func(o *api.Options) { o.Slots, o.Wait, o.AskTime = 1, 20*time.Millisecond, 300*time.Millisecond })
	s.asker.hold = make(chan struct{})
	first := make(chan answered)
	go func() { first <- s.do(t, "GET", "/api/v1/sites/a.example/stats", "hf_r", "") }()
	time.Sleep(50 * time.Millisecond)
	if a := s.do(t, "GET", "/api/v1/sites/a.example/stats", "hf_r", ""); a.status != 503 || a.Error.Code != "busy" || a.header.Get("Retry-After") != "1" {
		t.Errorf("without a slot: got %+v", a)
	}
	if a := <-first; a.status != 503 || a.Error.Code != "timeout" {
		t.Errorf("out of time: got %+v", a)
	}
	close(s.asker.hold)
	if a := s.do(t, "GET", "/api/v1/sites/a.example/stats", "hf_r", ""); a.status != 200 {
		t.Errorf("the slot is not free again: %+v", a)
	}
}

func TestReceipts(t *testing.T) {
	s := start(t)
	for receipt, want := range map[string]string{"abc": `{"fate":"sealed"}`, "abd": `{"fate":"not ours"}`} {
		a := s.do(t, "GET", "/r/"+receipt, "", "")
		if (a.status == 200) != (receipt == "abc") || strings.TrimSpace(a.body) != want || a.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: got %+v", receipt, a)
		}
	}
	if a := s.do(t, "GET", "/r/abd", "", ""); a.status != 404 {
		t.Errorf("got %+v", a)
	}
	if a := s.do(t, "GET", "/r/broken", "", ""); a.status != 500 || a.Error.Code != "internal" {
		t.Errorf("got %+v", a)
	}
	s.allow = false
	if a := s.do(t, "GET", "/r/abc", "", ""); a.status != 429 {
		t.Errorf("got %+v", a)
	}
}

func TestHealth(t *testing.T) {
	s := start(t)
	for path, status := range map[string]int{"/healthz": 200, "/readyz": 200} {
		if a := s.do(t, "GET", path, "", ""); a.status != status {
			t.Errorf("%s: got %+v", path, a)
		}
	}
	s.ready = errors.New("no space left on device")
	if a := s.do(t, "GET", "/readyz", "", ""); a.status != 503 || !strings.Contains(a.body, "no space left") {
		t.Errorf("got %+v", a)
	}
	if a := s.do(t, "GET", "/healthz", "", ""); a.status != 200 {
		t.Errorf("got %+v", a)
	}
}
