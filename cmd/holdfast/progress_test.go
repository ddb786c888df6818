package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal returns both ends of a terminal.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return person, program
}

// Who watches sees how far it is; a file that is written to does not.
func TestProgressIsForAPersonWhoWatches(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "store")
	verb(t, exitDone, "init", "--data", data, "--site", "shop.example")
	name := write(t, dir, "access.log.gz", zippedLog(t, 9000))
	imports := func(flags ...string) *exec.Cmd {
		args := append([]string{"import", "log", "--data", data, "--site", "shop.example", name}, flags...)
		return exec.Command(programIn(os.Getenv("PATH")), args...)
	}

	person, program := terminal(t)
	cmd := imports()
	cmd.Stderr = program
	var seen bytes.Buffer
	read := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	go func() {
		_, err := seen.ReadFrom(person) // until nobody has the other end open
		read <- err
	}()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	<-read
	if text := seen.String(); !strings.Contains(text, "\r\x1b[K4 096 lines, ") || !strings.Contains(text, "\r\x1b[Kholdfast: shop.example: the logs are of ") {
		t.Errorf("on a terminal it says %q", text)
	}

	var stdout, stderr bytes.Buffer
	for _, flags := range [][]string{nil, {"--dry-run"}, {"--json"}} {
		cmd := imports(flags...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
	}
	if text := stdout.String() + stderr.String(); strings.Contains(text, "\r") || strings.Contains(text, "\x1b") {
		t.Errorf("elsewhere it says %q", text)
	}
}
