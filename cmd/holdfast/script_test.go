package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"holdfast": main}) }

// TestScripts runs testdata/script. Besides the commands of testscript they
// have those below.
func TestScripts(t *testing.T) {
	mustNotStop(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			// The work folder's path is too long for a socket.
			env.Setenv("TMPDIR", os.TempDir())
			env.Values["servers"] = map[string]*running{}
			env.Values["watchers"] = map[string]*watching{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "capture": capture, "start": start, "halt": halt, "post": post, "get": get, "send": send, "flip": flip,
			"await": await, "places": writePlaces, "networks": writeNetworks, "watch": startWatching, "seen": seen, "unwatch": unwatch,
		},
		RequireUniqueNames: true,
	})
}

// mustNotStop makes sure that no script is taken for good though it ends early:
// testscript has a command stop, which is not that of a server.
func mustNotStop(t *testing.T) {
	t.Helper()
	names, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("scripts %v, %v", names, err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if regexp.MustCompile(`(?m)^stop\b`).Match(text) {
			t.Errorf("%s ends at its first stop: servers are ended with halt", name)
		}
	}
}

// exits STATUS CMD ARGS… runs a command that must exit with that status.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS CMD ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	status := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	ts.Logf("[exit status %d]", status)
	if status != want {
		ts.Fatalf("exit status is %d, not %d", status, want)
	}
}

// capture VAR REGEXP sets a variable to what matches in the last output.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture VAR REGEXP")
	}
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if found == nil {
		ts.Fatalf("nothing matches %s", args[1])
	}
	ts.Setenv(args[0], found[len(found)-1])
}

// running is a server that a script started.
type running struct {
	cmd    *exec.Cmd
	stderr *bytes.Buffer
	read   chan struct{} // closed when all of stderr was read
}

func servers(ts *testscript.TestScript) map[string]*running {
	return ts.Value("servers").(map[string]*running)
}

// start NAME FLAGS… starts holdfast serve on a free port, and sets $url when it
// is ready.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME FLAGS…")
	}
	s, url, err := startServer(ts.Getenv("PATH"), ts.MkAbs("."), append([]string{"--listen", "127.0.0.1:0"}, args[1:]...)...)
	if err != nil {
		ts.Fatalf("%v", err)
	}
	servers(ts)[args[0]] = s
	ts.Defer(func() { _ = s.cmd.Process.Kill() })
	ts.Setenv("url", url)
}

// programIn returns the holdfast of a list of folders.
func programIn(path string) string {
	for folder := range strings.SplitSeq(path, string(os.PathListSeparator)) {
		if _, err := os.Stat(folder + "/holdfast"); err == nil {
			return folder + "/holdfast"
		}
	}
	return "holdfast"
}

// startServer starts holdfast serve and waits until it says where.
func startServer(path, dir string, flags ...string) (*running, string, error) {
	s := &running{cmd: exec.Command(programIn(path), append([]string{"serve"}, flags...)...), stderr: &bytes.Buffer{}, read: make(chan struct{})}
	s.cmd.Dir = dir
	pipe, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, "", err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, "", err
	}
	url := make(chan string, 1)
	go func() {
		defer close(s.read)
		defer close(url)
		for lines := bufio.NewScanner(pipe); lines.Scan(); {
			s.stderr.WriteString(lines.Text() + "\n")
			if at, ok := strings.CutPrefix(lines.Text(), "holdfast: listening on "); ok {
				url <- at
			}
		}
	}()
	select {
	case at, ok := <-url:
		if !ok {
			return nil, "", fmt.Errorf("the server ended: %v\n%s", s.cmd.Wait(), s.stderr)
		}
		return s, at, nil
	case <-time.After(20 * time.Second):
		return nil, "", errors.New("the server is not ready after 20 s")
	}
}

// halt NAME ends a server in order.
func halt(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || servers(ts)[args[0]] == nil {
		ts.Fatalf("usage: halt NAME")
	}
	s := servers(ts)[args[0]]
	ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
	<-s.read
	err := s.cmd.Wait()
	ts.Logf("[%s]\n%s", args[0], s.stderr)
	if err != nil {
		ts.Fatalf("the server did not end in order: %v", err)
	}
}

// post [STATUS] FILE posts events with $key, and sets $receipt. The answer is
// the output.
func post(ts *testscript.TestScript, neg bool, args []string) {
	want := http.StatusAccepted
	if len(args) == 2 {
		status, err := strconv.Atoi(args[0])
		ts.Check(err)
		want, args = status, args[1:]
	}
	if neg || len(args) != 1 {
		ts.Fatalf("usage: post [STATUS] FILE")
	}
	res := request(ts, "POST", "/api/v1/events", strings.NewReader(ts.ReadFile(args[0])))
	if res.StatusCode != want {
		ts.Fatalf("the answer is %s, not %d", res.Status, want)
	}
	ts.Setenv("receipt", res.Header.Get("Holdfast-Receipt"))
}

// get STATUS PATH asks the server with $key. The answer is the output.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: get STATUS PATH")
	}
	if res := request(ts, "GET", args[1], nil); strconv.Itoa(res.StatusCode) != args[0] {
		ts.Fatalf("the answer is %s, not %s", res.Status, args[0])
	}
}

func request(ts *testscript.TestScript, method, path string, body io.Reader) *http.Response {
	req, err := http.NewRequest(method, ts.Getenv("url")+path, body)
	ts.Check(err)
	if key := ts.Getenv("key"); key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	ts.Check(err)
	_, err = ts.Stdout().Write(text)
	ts.Check(err)
	return res
}

// send STATUS METHOD PATH [BODY] ["NAME: VALUE"…] sends a request as it is
// given, without a key; BODY is a file. The answer's header and body are the
// output.
func send(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf(`usage: send STATUS METHOD PATH [BODY] ["NAME: VALUE"…]`)
	}
	want, headers, body := args[0], args[3:], ""
	if len(headers) > 0 && !strings.Contains(headers[0], ": ") {
		body, headers = ts.ReadFile(headers[0]), headers[1:]
	}
	req, err := http.NewRequest(args[1], ts.Getenv("url")+args[2], strings.NewReader(body))
	ts.Check(err)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if req.Header.Set(name, value); name == "Host" {
			req.Host = value
		}
	}
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	ts.Check(res.Header.Write(ts.Stdout()))
	_, err = io.Copy(ts.Stdout(), res.Body)
	ts.Check(err)
	if strconv.Itoa(res.StatusCode) != want {
		ts.Fatalf("the answer is %s, not %s", res.Status, want)
	}
}

// flip FILE flips a bit in the middle of a file.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: flip FILE")
	}
	name := ts.MkAbs(args[0])
	b, err := os.ReadFile(name)
	ts.Check(err)
	b[len(b)/2] ^= 1
	ts.Check(os.Chmod(name, 0o600))
	ts.Check(os.WriteFile(name, b, 0o600))
}
