package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
	"holdfast/collect/client"
	"holdfast/collect/collecttest"
	"holdfast/collect/events"
	"holdfast/collect/limit"
	"holdfast/serve"
)

// discardChild serves POST /api/v1/events with a handler that takes events and
// keeps none: Holdfast's own door, with everything up to the store behind it,
// or the least that somebody would write with the standard library.
func discardChild(args []string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	fmt.Fprintf(os.Stderr, "listening on http://%s\n", listener.Addr())
	if args[0] == "json" {
		s := &http.Server{Handler: http.HandlerFunc(discardJSON)}
		go func() {
			<-ctx.Done()
			s.Close()
		}()
		if err := s.Serve(listener); err != http.ErrServerClosed {
			return err
		}
		return nil
	}
	site, err := holdfast.NewSite(1, siteName, siteZone, 0)
	if err != nil {
		return err
	}
	mux := serve.New(serve.Options{})
	books := &collecttest.Books{}
	mux.Handle("POST /api/v1/events", events.New(events.Options{
		Collector: collect.New(collect.Options{
			Sites: collecttest.Sites{siteName: site}, Salts: &collecttest.Salts{}, Hasher: collecttest.Hasher{},
			Books: books, Classifier: classify.New(), Sink: nowhere{}, NewStringsPerHour: 100_000,
		}),
		Books: books, Keys: anyKey{}, Receipts: anyKey{}, Networks: limit.NewNetworks(50, 200, time.Now), Proxies: &client.Proxies{},
	}))
	return mux.Serve(ctx, listener)
}

// nowhere takes events and forgets them.
type nowhere struct{}

func (nowhere) Accept(_ context.Context, events []holdfast.Event) (holdfast.Receipt, error) {
	return holdfast.Receipt{Seq: 1, Count: len(events)}, nil
}

// anyKey lets everybody in, and seals no receipt.
type anyKey struct{}

func (anyKey) Key(string) (holdfast.Key, bool) {
	return holdfast.Key{Scopes: []holdfast.Scope{holdfast.ScopeOwn}}, true
}

func (anyKey) Seal(holdfast.Receipt) string {
	return "00000000000000000000000000000000000000000000000000000"
}

// line is an event as it is sent.
type line struct {
	Site        string         `json:"site"`
	Name        string         `json:"name"`
	URL         string         `json:"url"`
	Referrer    string         `json:"referrer"`
	Title       string         `json:"title"`
	Time        int64          `json:"time"`
	Age         int64          `json:"age"`
	ID          string         `json:"id"`
	IP          string         `json:"ip"`
	UserAgent   string         `json:"user_agent"`
	Visitor     string         `json:"visitor"`
	Visit       string         `json:"visit"`
	Member      string         `json:"member"`
	Country     string         `json:"country"`
	Language    string         `json:"language"`
	Screen      string         `json:"screen"`
	Interactive bool           `json:"interactive"`
	Engaged     int64          `json:"engaged"`
	Scroll      int64          `json:"scroll"`
	Props       map[string]any `json:"props"`
	Value       int64          `json:"value"`
	Currency    string         `json:"currency"`
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func discardJSON(w http.ResponseWriter, r *http.Request) {
	body := bodies.Get().(*bytes.Buffer)
	defer bodies.Put(body)
	body.Reset()
	if _, err := io.Copy(body, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	n := 0
	for text := range bytes.Lines(body.Bytes()) {
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		n++
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, `{"accepted":%d,"refused":0}`+"\n", n)
}
