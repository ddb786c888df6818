package events

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"holdfast"
)

// readBody reads and inflates the body of r into work. Release gives its place
// back to other large bodies; it is never nil.
func (d *Door) readBody(w http.ResponseWriter, r *http.Request, work *work) (release func(), f *fault) {
	release = func() {}
	if r.ContentLength > d.MaxBody {
		return release, tooLarge("the body", d.MaxBody)
	}
	// A server that cannot set deadlines has its own.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d.BodyTime))
	var from io.Reader = http.MaxBytesReader(w, r.Body, d.MaxBody)
	limit := d.MaxBody
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		unzip, err := gzip.NewReader(from)
		if err != nil {
			return release, d.unreadable(err)
		}
		defer unzip.Close()
		from, limit = unzip, d.MaxInflated
	default:
		return release, unknownEncoding(encoding)
	}
	return d.fill(r, work, from, limit)
}

// fill reads all of from. Memory grows with what comes, not with what is
// announced, and beyond a megabyte only in so many requests at once.
func (d *Door) fill(r *http.Request, work *work, from io.Reader, limit int64) (release func(), f *fault) {
	release = func() {}
	large := false
	body := work.body[:0]
	for {
		if len(body) == cap(body) {
			if len(body) >= maxKept && !large {
				if large = d.enter(r); !large {
					return release, busy()
				}
				release = func() { <-d.large }
			}
			body = append(make([]byte, 0, max(4<<10, 2*cap(body))), body...)
		}
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		work.body = body
		switch {
		case int64(len(body)) > limit:
			return release, tooLarge("the inflated body", limit)
		case err == io.EOF:
			work.body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
			return release, nil
		case err != nil:
			return release, d.unreadable(err)
		}
	}
}

// maxWait is how long a large body waits for its place.
const maxWait = 10 * time.Second

func (d *Door) enter(r *http.Request) bool {
	wait := time.NewTimer(maxWait)
	defer wait.Stop()
	select {
	case d.large <- struct{}{}:
		return true
	case <-wait.C:
	case <-r.Context().Done():
	}
	return false
}

func (d *Door) unreadable(err error) *fault {
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return tooLarge("the body", d.MaxBody)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &fault{status: http.StatusRequestTimeout, reason: holdfast.RefusedMalformed, close: true,
			Code: "timeout", Message: "the body did not come in time"}
	}
	return &fault{status: http.StatusBadRequest, reason: holdfast.RefusedMalformed,
		Code: "malformed", Message: "the body cannot be read: " + err.Error()}
}
