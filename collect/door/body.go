package door

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

// Bounds are those of bodies.
type Bounds struct {
	Sent     int64         // bytes as sent
	Inflated int64         // bytes after inflating
	Time     time.Duration // in which the body must have come
	Kept     int           // bytes up to which a body is not large, and its memory worth keeping
	Large    int           // bodies that are in memory at once and large
}

// Bodies reads the bodies of requests within bounds. It may be used by many
// goroutines at once.
type Bodies struct {
	Bounds
	large chan struct{}
}

// NewBodies returns Bodies.
func NewBodies(b Bounds) *Bodies {
	return &Bodies{Bounds: b, large: make(chan struct{}, b.Large)}
}

// Read reads and inflates the body of r into the memory of buffer, or more if
// it needs more; memory is worth passing to the next Read. Release, which is
// never nil, gives the body's place back to other large ones.
func (b *Bodies) Read(w http.ResponseWriter, r *http.Request, buffer []byte) (body, memory []byte, release func(), f *Fault) {
	read := reading{Bodies: b, buffer: buffer[:0], release: func() {}}
	if f = read.all(w, r); f != nil && f.Close {
		b.drain(r)
	}
	body = bytes.TrimPrefix(read.buffer, []byte("\xef\xbb\xbf"))
	if memory = read.buffer; cap(memory) > b.Kept {
		memory = nil
	}
	return body, memory, read.release, f
}

// reading is the reading of one body.
type reading struct {
	*Bodies
	buffer  []byte
	release func()
}

func (b *reading) all(w http.ResponseWriter, r *http.Request) *Fault {
	// A server that cannot set deadlines has its own.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(b.Time))
	if r.ContentLength > b.Sent {
		return tooLarge("the body", b.Sent)
	}
	var from io.Reader = http.MaxBytesReader(w, r.Body, b.Sent)
	limit := b.Sent
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		unzip, err := gzip.NewReader(from)
		if err != nil {
			return b.unreadable(err)
		}
		defer unzip.Close()
		from, limit = unzip, b.Inflated
	default:
		return unknownEncoding(encoding)
	}
	return b.fill(r, from, limit)
}

// drained is how many times as much as may be sent is taken from somebody who
// sends more.
const drained = 4

// drain throws away the rest of a body that is refused. Most clients read the
// answer only when they have sent everything, and never see it if the
// connection ends before.
func (b *Bodies) drain(r *http.Request) {
	if r.ContentLength > drained*b.Sent || r.ContentLength > b.Sent && r.Header.Get("Expect") != "" {
		return // there is too much of it, or it waits for the answer
	}
	_, _ = io.CopyN(io.Discard, r.Body, drained*b.Sent)
}

// fill reads all of from. Memory grows with what comes, not with what is
// announced, and beyond what is kept only in so many requests at once.
func (b *reading) fill(r *http.Request, from io.Reader, limit int64) *Fault {
	large := false
	for {
		if len(b.buffer) == cap(b.buffer) {
			if len(b.buffer) >= b.Kept && !large {
				if large = b.enter(r); !large {
					return busy()
				}
				b.release = func() { <-b.large }
			}
			b.buffer = append(make([]byte, 0, max(4<<10, 2*cap(b.buffer))), b.buffer...)
		}
		n, err := from.Read(b.buffer[len(b.buffer):cap(b.buffer)])
		b.buffer = b.buffer[:len(b.buffer)+n]
		switch {
		case int64(len(b.buffer)) > limit:
			return tooLarge("the inflated body", limit)
		case err == io.EOF:
			return nil
		case err != nil:
			return b.unreadable(err)
		}
	}
}

// maxWait is how long a large body waits for its place.
const maxWait = 10 * time.Second

func (b *Bodies) enter(r *http.Request) bool {
	wait := time.NewTimer(maxWait)
	defer wait.Stop()
	select {
	case b.large <- struct{}{}:
		return true
	case <-wait.C:
	case <-r.Context().Done():
	}
	return false
}

func busy() *Fault {
	f := Unavailable("too many large bodies at once", "send it again later")
	f.Close = true
	return f
}

func (b *Bodies) unreadable(err error) *Fault {
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return tooLarge("the body", b.Sent)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &Fault{Status: http.StatusRequestTimeout, Reason: holdfast.RefusedMalformed, Close: true,
			Code: "timeout", Message: "the body did not come in time"}
	}
	return &Fault{Status: http.StatusBadRequest, Reason: holdfast.RefusedMalformed,
		Code: "malformed", Message: "the body cannot be read: " + err.Error()}
}
