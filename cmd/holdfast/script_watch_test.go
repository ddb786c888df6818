package main

import (
	"bufio"
	"bytes"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// watching is a holdfast tail that a script started.
type watching struct {
	cmd   *exec.Cmd
	lines chan string // of its output
}

// watch NAME FLAGS… starts holdfast tail, and goes on once it watches.
func startWatching(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: watch NAME FLAGS…")
	}
	w := &watching{cmd: exec.Command(programIn(ts.Getenv("PATH")), append([]string{"tail"}, args[1:]...)...), lines: make(chan string, 100)}
	w.cmd.Dir = ts.MkAbs(".")
	stdout, err := w.cmd.StdoutPipe()
	ts.Check(err)
	stderr, err := w.cmd.StderrPipe()
	ts.Check(err)
	ts.Check(w.cmd.Start())
	ts.Defer(func() { _ = w.cmd.Process.Kill() })
	begun := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(stderr).ReadString('\n')
		begun <- line
	}()
	select {
	case line := <-begun:
		if !strings.Contains(line, "watching") {
			ts.Fatalf("it says %s", line)
		}
	case <-time.After(20 * time.Second):
		ts.Fatalf("it does not watch after 20 s")
	}
	go func() {
		defer close(w.lines)
		for all := bufio.NewScanner(stdout); all.Scan(); {
			w.lines <- all.Text()
		}
	}()
	watchers(ts)[args[0]] = w
}

func watchers(ts *testscript.TestScript) map[string]*watching {
	return ts.Value("watchers").(map[string]*watching)
}

// seen NAME N makes the output of the next N lines that a holdfast tail
// prints. They may take as long as the books take.
func seen(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 || watchers(ts)[args[0]] == nil {
		ts.Fatalf("usage: seen NAME N")
	}
	var out bytes.Buffer
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	for range want {
		select {
		case line, ok := <-watchers(ts)[args[0]].lines:
			if !ok {
				ts.Fatalf("it ended after\n%s", out.String())
			}
			out.WriteString(line + "\n")
		case <-time.After(20 * time.Second):
			ts.Fatalf("after 20 s it has printed\n%s", out.String())
		}
	}
	_, err = ts.Stdout().Write(out.Bytes())
	ts.Check(err)
}

// unwatch NAME waits for a holdfast tail to end, once its server has.
func unwatch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || watchers(ts)[args[0]] == nil {
		ts.Fatalf("usage: unwatch NAME")
	}
	w := watchers(ts)[args[0]]
	for line := range w.lines {
		ts.Fatalf("it prints more: %s", line)
	}
	ts.Check(w.cmd.Wait())
}
