package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// program returns how to type the name of this program, in any folder, so that
// it is found.
func program() string {
	own, err := os.Executable()
	if err != nil {
		return "holdfast"
	}
	if found, err := exec.LookPath("holdfast"); err == nil && sameFile(found, own) {
		return "holdfast"
	}
	if dir, err := os.Getwd(); err == nil && byGoRun(own) && isSource(dir) {
		return "go run -C " + shellWord(dir) + " ./cmd/holdfast"
	}
	return shellWord(own)
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// byGoRun says whether go run made a program, which it removes at the end.
func byGoRun(own string) bool {
	return strings.Contains(own, string(filepath.Separator)+"go-build") && filepath.Base(filepath.Dir(own)) == "exe"
}

// isSource says whether go run finds this program from a folder.
func isSource(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "cmd", "holdfast", "main.go"))
	return err == nil
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+-]+$`)

// shellWord writes text so that a shell takes it for one word.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// openBrowser shows an address to the person at this machine, if to is their
// terminal and they have a desktop.
func openBrowser(to io.Writer, address string) bool {
	file, ok := to.(*os.File)
	if !ok || !isTerminal(file) || os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return false
	}
	cmd := exec.Command("xdg-open", address)
	if cmd.Start() != nil {
		return false
	}
	go cmd.Wait()
	return true
}
