package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// result is what became of requests.
type result struct {
	events   int
	took     time.Duration
	p50, p99 time.Duration
}

func (r *result) perSecond() float64 { return float64(r.events) / r.took.Seconds() }

// send sends requests over some connections, each the next one as soon as the
// last is answered, until all are sent or the time is over. It speaks just
// enough HTTP for that, to leave the processors to the server.
func send(ctx context.Context, address string, requests [][]byte, w way, atMost time.Duration) (result, error) {
	clients := make([]*sender, w.connections)
	for i := range clients {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return result{}, err
		}
		defer conn.Close()
		clients[i] = &sender{conn: conn, answers: bufio.NewReader(conn)}
	}
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, len(clients))
	began := time.Now()
	for i, c := range clients {
		wg.Go(func() {
			for ctx.Err() == nil {
				at := int(next.Add(1)) - 1
				if at >= len(requests) {
					return
				}
				if errs[i] = c.send(requests[at]); errs[i] != nil {
					cancel()
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	var all []time.Duration
	for _, c := range clients {
		all = append(all, c.took...)
	}
	if err := errors.Join(errs...); err != nil || len(all) == 0 {
		return result{}, fmt.Errorf("%d requests were answered: %w", len(all), err)
	}
	slices.Sort(all)
	return result{events: len(all) * w.each, took: took, p50: all[len(all)/2], p99: all[len(all)*99/100]}, nil
}

// sender is one connection.
type sender struct {
	conn    net.Conn
	answers *bufio.Reader
	took    []time.Duration
}

var (
	accepted = []byte("HTTP/1.1 202 ")
	length   = []byte("Content-Length: ")
)

func (c *sender) send(request []byte) error {
	began := time.Now()
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	status, err := c.answers.ReadSlice('\n')
	if err != nil {
		return err
	}
	good, said := bytes.HasPrefix(status, accepted), string(status)
	size := 0
	for {
		line, err := c.answers.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if text, ok := bytes.CutPrefix(line, length); ok {
			if size, err = strconv.Atoi(string(bytes.TrimSpace(text))); err != nil {
				return err
			}
		}
	}
	if !good {
		body, _ := io.ReadAll(io.LimitReader(c.answers, int64(size)))
		return fmt.Errorf("%s%s", said, body)
	}
	if _, err := c.answers.Discard(size); err != nil {
		return err
	}
	c.took = append(c.took, time.Since(began))
	return nil
}
