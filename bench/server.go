package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a process that serves HTTP.
type server struct {
	cmd     *exec.Cmd
	address string        // host:port
	opened  time.Duration // until it said that it listens
	ended   chan struct{} // once its output has ended
}

// buildHoldfast builds the program as it is installed.
func buildHoldfast(ctx context.Context, dir string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "holdfast").Output()
	if err != nil {
		return "", fmt.Errorf("find the module holdfast, run this in its folder bench: %w", err)
	}
	program := filepath.Join(dir, "bin", "holdfast")
	cmd := exec.CommandContext(ctx, "go", "build", "-C", strings.TrimSpace(string(root)), "-trimpath", "-o", program, "./cmd/holdfast")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return program, cmd.Run()
}

// startServer starts a program and waits until it says, on standard error, on
// which address it listens.
func startServer(ctx context.Context, threads int, program string, args ...string) (*server, error) {
	s := &server{cmd: exec.CommandContext(ctx, program, args...), ended: make(chan struct{})}
	s.cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(threads))
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	said, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(said)
	var heard []string
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "listening on http://"); ok {
			s.address, s.opened = address, time.Since(began)
			go s.passOn(lines)
			return s, nil
		}
		heard = append(heard, lines.Text())
	}
	return nil, fmt.Errorf("%s did not listen: %w\n%s", program, s.cmd.Wait(), strings.Join(heard, "\n"))
}

// passOn shows what the server complains about.
func (s *server) passOn(lines *bufio.Scanner) {
	defer close(s.ended)
	for lines.Scan() {
		if text := lines.Text(); strings.Contains(text, "level=ERROR") || strings.Contains(text, "level=WARN") {
			fmt.Fprintln(os.Stderr, text)
		}
	}
}

func (s *server) pid() int { return s.cmd.Process.Pid }

// stop ends the server in order.
func (s *server) stop() error {
	s.cmd.Process.Signal(syscall.SIGTERM)
	<-s.ended
	err := s.cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == -1 {
		return nil // the signal ended it
	}
	return err
}
