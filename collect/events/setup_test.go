package events_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
	"holdfast/collect/client"
	"holdfast/collect/collecttest"
	"holdfast/collect/events"
	"holdfast/collect/limit"
)

var noon = time.Date(2026, 7, 31, 12, 0, 0, 0, time.UTC)

type setup struct {
	url   string
	sink  *collecttest.Sink
	books *collecttest.Books
}

func start(tb testing.TB, change func(*events.Options, *collect.Options)) *setup {
	tb.Helper()
	s := &setup{sink: &collecttest.Sink{}, books: &collecttest.Books{}}
	now := func() time.Time { return noon }
	co := collect.Options{
		Sites: collecttest.NewSites(tb, "UTC", "a.example", "b.example"), Salts: &collecttest.Salts{}, Hasher: collecttest.Hasher{},
		Books: s.books, Classifier: classify.New(), Sink: s.sink, Now: now,
	}
	o := events.Options{
		Books: s.books, Receipts: collecttest.Sealer{}, Proxies: &client.Proxies{},
		Networks: limit.NewNetworks(50, 200, now),
		Keys: collecttest.Keys{
			"hf_c": {Scopes: []holdfast.Scope{holdfast.ScopeCollect}},
			"hf_i": {Scopes: []holdfast.Scope{holdfast.ScopeImport}},
			"hf_o": {Scopes: []holdfast.Scope{holdfast.ScopeOwn}},
			"hf_r": {Scopes: []holdfast.Scope{holdfast.ScopeRead}},
			"hf_b": {Scopes: []holdfast.Scope{holdfast.ScopeCollect}, Sites: []holdfast.SiteID{2}},
		},
	}
	if change != nil {
		change(&o, &co)
	}
	o.Collector = collect.New(co)
	server := httptest.NewServer(events.New(o))
	tb.Cleanup(server.Close)
	s.url = server.URL
	return s
}

type answered struct {
	status int
	header http.Header

	Accepted int
	Refused  int
	Errors   []lineError
	More     int
	Unread   int
	Error    struct{ Code, Message, Hint string }
}

type lineError struct {
	Line  int
	Field string
	Error string
}

func (s *setup) post(tb testing.TB, body string, headers ...string) answered {
	tb.Helper()
	return s.send(tb, strings.NewReader(body), headers...)
}

// send posts a body with the key hf_c, unless the headers, names and values in
// turn, say otherwise.
func (s *setup) send(tb testing.TB, body io.Reader, headers ...string) answered {
	tb.Helper()
	req, err := http.NewRequest("POST", s.url, body)
	if err != nil {
		tb.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer hf_c")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	a := answered{status: res.StatusCode, header: res.Header}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&a); err != nil {
		tb.Fatalf("answer %s: %v", text, err)
	}
	return a
}

const good = `{"site":"a.example","name":"pageview","url":"https://a.example/"}`
