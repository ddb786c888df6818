package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"holdfast/internal/fsx"
	"holdfast/serve/fault"
)

// ErrNotRunning: no server has the store open.
var ErrNotRunning = errors.New("no server is running")

// Client talks to the server of a store. It implements Backend.
type Client struct {
	socket string
	http   http.Client
}

// Dial returns a client of the server that has the store in dir open, or
// ErrNotRunning.
func Dial(ctx context.Context, dir fsx.FS) (*Client, error) {
	text, err := fsx.ReadFile(dir, recordName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotRunning
	}
	if err != nil {
		return nil, fmt.Errorf("find the server: %w", err)
	}
	c := &Client{socket: strings.TrimSpace(string(text))}
	if !strings.HasSuffix(c.socket, place(dir)+".sock") {
		return nil, ErrNotRunning // the record was copied with the store
	}
	c.http.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dial(ctx, c.socket)
	}}
	conn, err := dial(ctx, c.socket)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil, ErrNotRunning // it was killed, or the machine was restarted
	case err != nil:
		return nil, fmt.Errorf("reach the server: %w", err)
	}
	return c, conn.Close()
}

// dial connects to a socket behind which is a process that may be trusted as
// much as this one.
func dial(ctx context.Context, socket string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, err
	}
	if err := checkServer(conn.(*net.UnixConn)); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", socket, err), conn.Close())
	}
	return conn, nil
}

// Close ends the client.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

func path(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(p))
	}
	return b.String()
}

func (c *Client) do(ctx context.Context, method, path string, body, into any) error {
	var from io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		from = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://holdfast"+path, from)
	if err != nil {
		return err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return unanswered(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return failure(res)
	}
	if into == nil {
		return nil
	}
	dec := json.NewDecoder(res.Body)
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

// unanswered says why there is no answer, without the address that nobody typed.
func unanswered(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	for _, gone := range []error{io.EOF, syscall.EPIPE, syscall.ECONNRESET, syscall.ECONNREFUSED, fs.ErrNotExist} {
		if errors.Is(err, gone) {
			return fmt.Errorf("the server ended before it answered: %w", err)
		}
	}
	return fmt.Errorf("ask the server: %w", err)
}

// maxFault bounds how much of an error is read.
const maxFault = 1 << 20

func failure(res *http.Response) error {
	var body struct{ Error *fault.Fault }
	err := json.NewDecoder(io.LimitReader(res.Body, maxFault)).Decode(&body)
	if err != nil || body.Error == nil {
		return fmt.Errorf("ask the server: it answers %s", res.Status)
	}
	return body.Error.Err()
}

// numbers makes int64 of whole numbers and float64 of others, as they were
// before they became JSON.
func numbers(rows [][]any) error {
	for _, row := range rows {
		for i, value := range row {
			n, ok := value.(json.Number)
			if !ok {
				continue
			}
			if whole, err := n.Int64(); err == nil {
				row[i] = whole
				continue
			}
			f, err := n.Float64()
			if err != nil {
				return fmt.Errorf("read the server's answer: %w", err)
			}
			row[i] = f
		}
	}
	return nil
}
