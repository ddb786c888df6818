package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"holdfast"
)

func TestErrorsSayWhatToDo(t *testing.T) {
	disk := func(errno syscall.Errno) error {
		return fmt.Errorf("open the store: %w", &os.PathError{Op: "openat", Path: "lock", Err: errno})
	}
	mounted := "is its disk mounted?"
	cases := []struct {
		name   string
		err    error
		status int
		hint   string
	}{
		{"a folder of somebody else", disk(syscall.EACCES), exitFailed, "run it as the user"},
		{"a folder of somebody else, whatever was thought of", holdfast.Hint(disk(syscall.EACCES), "%s", mounted), exitFailed, "run it as the user"},
		{"a folder that is not there", holdfast.Hint(disk(syscall.ENOENT), "%s", mounted), exitFailed, mounted},
		{"a disk mounted read-only", disk(syscall.EROFS), exitFailed, "read-only"},
		{"a full disk", disk(syscall.ENOSPC), exitFailed, "make room"},
		{"damage", fmt.Errorf("read: %w", &holdfast.DamagedError{File: "keys", What: "crc"}), exitDamage, "holdfast verify"},
		{"damage with a hint of its own", holdfast.Hint(&holdfast.DamagedError{File: "keys", What: "crc"}, "a hint"), exitDamage, "a hint"},
		{"an unknown site", holdfast.ErrNoSite, exitFailed, "holdfast site list"},
		{"anything else", errors.New("out of luck"), exitFailed, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			status, hint := judge(c.err)
			if status != c.status || !strings.Contains(hint, c.hint) || (c.hint == "") != (hint == "") {
				t.Errorf("got %d, %q", status, hint)
			}
		})
	}
}
