package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"holdfast"
)

// Each engine runs in a process of its own, so that its memory is its own and
// its first answer is really the first. A child reads requests from its
// standard input, a line each, and writes a reply a line.

// request asks for a question to be answered several times.
type request struct {
	Question *holdfast.Question `json:"question,omitempty"`
	SQL      string             `json:"sql,omitempty"`
	Runs     int                `json:"runs"`
	Profile  string             `json:"profile,omitempty"` // file to write a CPU profile of the runs to
}

// reply is how long each run took, and what the answer was.
type reply struct {
	Millis []float64 `json:"millis"`
	Rows   [][]any   `json:"rows"`
	Error  string    `json:"error,omitempty"`
}

const childPrefix = "-child-"

// child runs as one of the children, until its input ends.
func child(args []string) error {
	switch strings.TrimPrefix(args[0], childPrefix) {
	case "holdfast":
		return holdfastChild(args[1:])
	case "duckdb":
		return duckdbChild(args[1:])
	case "discard":
		return discardChild(args[1:])
	}
	return fmt.Errorf("there is no child %q", args[0])
}

// serveRequests answers requests with what answer returns; only that is timed.
func serveRequests(answer func(*request) (func() [][]any, error)) error {
	in := json.NewDecoder(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		var q request
		if err := in.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var r reply
		for range q.Runs {
			began := time.Now()
			rows, err := answer(&q)
			r.Millis = append(r.Millis, float64(time.Since(began).Nanoseconds())/1e6)
			if err != nil {
				r.Error = err.Error()
				break
			}
			if r.Rows == nil {
				r.Rows = rows()
			}
		}
		if err := out.Encode(r); err != nil {
			return err
		}
	}
}

// engine is a process that answers.
type engine struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// startSelf starts a child of this program.
func startSelf(ctx context.Context, name string, threads int, args ...string) (*engine, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{childPrefix + name}, args...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(threads))
	return startEngine(name, cmd)
}

func startEngine(name string, cmd *exec.Cmd) (e *engine, err error) {
	e = &engine{name: name, cmd: cmd}
	cmd.Stderr = os.Stderr
	if e.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	e.out = bufio.NewReaderSize(out, 1<<20)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return e, nil
}

// ask has a request answered.
func (e *engine) ask(q request) (reply, error) {
	var r reply
	if err := json.NewEncoder(e.in).Encode(q); err != nil {
		return r, fmt.Errorf("ask %s: %w", e.name, err)
	}
	line, err := e.out.ReadBytes('\n')
	if err != nil {
		return r, fmt.Errorf("ask %s: %w", e.name, err)
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return r, fmt.Errorf("ask %s: %w", e.name, err)
	}
	if r.Error != "" {
		return r, fmt.Errorf("ask %s: %s: %s", e.name, q.SQL, r.Error)
	}
	return r, nil
}

// close lets the process end, and waits for that.
func (e *engine) close() error {
	e.in.Close()
	if err := e.cmd.Wait(); err != nil {
		return fmt.Errorf("end %s: %w", e.name, err)
	}
	return nil
}
