package main

import (
	"os/exec"
	"testing"
)

func TestAShellTakesAWordAsItIs(t *testing.T) {
	for _, text := range []string{"/tmp/holdfast-demo-1", "/home/anna smith/store", "it's $HOME", "", "a\nb"} {
		out, err := exec.Command("sh", "-c", "printf %s "+shellWord(text)).Output()
		if err != nil || string(out) != text {
			t.Errorf("%q became %q, %v", text, out, err)
		}
	}
}
