package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"holdfast"
	"holdfast/internal/traffic"
	"holdfast/keep"
)

// way is a way of sending events.
type way struct {
	name        string
	connections int
	each        int // events a request
}

var ways = []way{{"single events, 64 connections", 64, 1}, {"single events, 512 connections", 512, 1}, {"batches of 1000, 8 connections", 8, 1000}}

// batched is how many events are sent in batches: more than are sealed at
// once, so that sealing goes on beside.
const batched = 1_200_000

// receiver is a server that events are sent to.
type receiver struct {
	name    string
	start   func(context.Context) (*server, error)
	results []result // by way
	rest    int64    // bytes of memory after all of them
	peak    int64
}

// ingest sends the same events to Holdfast and to handlers that discard them.
func ingest(ctx context.Context, s *settings, r *report) error {
	program, err := buildHoldfast(ctx, s.dir)
	if err != nil {
		return err
	}
	dir := filepath.Join(s.dir, "ingest")
	key, err := freshStore(ctx, dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	discard := func(kind string) func(context.Context) (*server, error) {
		return func(ctx context.Context) (*server, error) {
			return startServer(ctx, s.threads, self, childPrefix+"discard", kind)
		}
	}
	receivers := []*receiver{
		{name: "Holdfast", start: func(ctx context.Context) (*server, error) {
			return startServer(ctx, s.threads, program, "serve", "--data", dir, "--listen", "127.0.0.1:0")
		}},
		{name: "its door, discarding", start: discard("door")},
		{name: "encoding/json, discarding", start: discard("json")},
	}
	for _, rcv := range receivers {
		say("sending to %s", rcv.name)
		if err := rcv.measure(ctx, s, key); err != nil {
			return fmt.Errorf("%s: %w", rcv.name, err)
		}
	}
	r.ingested(s, receivers)
	return nil
}

// freshStore makes an empty store with the site that hits are sent to.
func freshStore(ctx context.Context, dir string) (key string, err error) {
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if _, err := keep.Init(dir, time.Now); err != nil {
		return "", err
	}
	store, err := keep.Open(dir, keep.Options{Aside: true, LogBytes: 1 << 20})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if _, err := store.AddSite(ctx, siteName, siteZone, false); err != nil {
		return "", err
	}
	key, _, err = store.AddKey(ctx, []holdfast.Scope{holdfast.ScopeOwn}, nil, "owner")
	return key, err
}

// measure sends events in all ways, to one process.
func (r *receiver) measure(ctx context.Context, s *settings, key string) error {
	server, err := r.start(ctx)
	if err != nil {
		return err
	}
	err = func() error {
		for i, w := range ways {
			n := int(s.seconds.Seconds() * 40_000) // more than can be sent
			if w.each > 1 {
				n = batched
			}
			requests, err := hits(uint64(i+1), n, w.each, server.address, key)
			if err != nil {
				return err
			}
			result, err := send(ctx, server.address, requests, w, s.seconds)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			r.results = append(r.results, result)
		}
		r.rest, r.peak = memoryOf(server.pid()), peakOf(server.pid())
		return nil
	}()
	return errors.Join(err, server.stop())
}

// hits returns requests with n hits of yesterday, each hits in one. No two
// seeds have an id in common.
func hits(seed uint64, n, each int, address, key string) ([][]byte, error) {
	site, err := holdfast.NewSite(1, siteName, siteZone, 0)
	if err != nil {
		return nil, err
	}
	yesterday := site.Day(holdfast.MillisOf(time.Now())) - 1
	g, err := traffic.New(traffic.Typical(seed, yesterday, 1, traffic.Site{Site: site, PerDay: 2 * float64(n)}))
	if err != nil {
		return nil, err
	}
	var requests [][]byte
	var body []byte
	in := 0
	for h := range g.Hits() {
		body = append(traffic.AppendJSON(body, h), '\n')
		if in++; in < each {
			continue
		}
		head := fmt.Sprintf("POST /api/v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", address, key, len(body))
		requests = append(requests, append([]byte(head), body...))
		if len(requests)*each >= n {
			break
		}
		body, in = body[:0], 0
	}
	return requests, nil
}
