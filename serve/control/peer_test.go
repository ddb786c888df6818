package control_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestOtherUsersAreHungUpOn opens the modes of folder and socket, so that only
// the question who is at the other end is left to keep others out.
func TestOtherUsersAreHungUpOn(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be another user: run the test as root")
	}
	b := &backend{}
	_, _, l, _ := start(t, b)
	for name, mode := range map[string]os.FileMode{filepath.Dir(l.Path()): 0o755, l.Path(): 0o666} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	if answer, err := as(65534, l.Path()); err != nil || answer != "" {
		t.Errorf("another user is told %q, %v", answer, err)
	}
	if answer, err := as(0, l.Path()); err != nil || !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
		t.Errorf("root is told %q, %v", answer, err)
	}
	if len(b.asked) != 1 {
		t.Errorf("the backend was asked for %q", b.asked)
	}
}

// as asks for the status as another user, and returns the answer.
func as(user uintptr, socket string) (answer string, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread changes its user alone, and ends with this goroutine.
		runtime.LockOSThread()
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, user, user, user); errno != 0 {
			err = errno
			return
		}
		var conn net.Conn
		if conn, err = net.Dial("unix", socket); err != nil {
			return
		}
		defer conn.Close()
		if err = conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return
		}
		// Whoever is hung up on may not even get to write.
		_, _ = io.WriteString(conn, "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		text, _ := io.ReadAll(conn)
		answer = string(text)
	}()
	<-done
	return answer, err
}
