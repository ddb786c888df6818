package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holdfast"
)

// The statuses to exit with.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 3
	exitDamage  = 4
)

// usage is an error in what was typed.
func usage(err error, hint string, args ...any) error {
	return &holdfast.HintError{Err: err, Hint: fmt.Sprintf(hint, args...), Exit: exitUsage}
}

// found is an error that says that something is wrong with the store.
func found(err error, hint string, args ...any) error {
	return &holdfast.HintError{Err: err, Hint: fmt.Sprintf(hint, args...), Exit: exitDamage}
}

// report tells the person why cmd failed, and returns the status to exit with.
func report(cmd *cobra.Command, err error) int {
	verb := strings.TrimPrefix(cmd.CommandPath(), "holdfast")
	status, hint := judge(err)
	if wantsJSON(cmd) {
		text, _ := json.Marshal(struct {
			Error string `json:"error"`
			Hint  string `json:"hint,omitempty"`
			Exit  int    `json:"exit"`
		}{err.Error(), hint, status})
		cmd.PrintErrln(string(text))
		return status
	}
	if verb != "" {
		verb = verb[1:] + ": "
	}
	cmd.PrintErrf("holdfast: %s%v\n", verb, err)
	if hint != "" {
		cmd.PrintErrf("holdfast: hint: %s\n", hint)
	}
	return status
}

// judge says how an error is to be answered.
func judge(err error) (status int, hint string) {
	var hinted *holdfast.HintError
	if errors.As(err, &hinted) {
		hint, status = hinted.Hint, hinted.Exit
	}
	var field *holdfast.FieldError
	switch {
	case status != 0:
	case errors.Is(err, holdfast.ErrDamaged):
		status = exitDamage
	case errors.As(err, &field):
		status = exitUsage
	default:
		status = exitFailed
	}
	return status, cmp.Or(hintOfDisk(err), hint, hintOf(err))
}

// hintOfDisk says what to do about a disk that refuses, whatever was tried.
func hintOfDisk(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "run it as the user whose store it is, or as root; ls -ld names the user"
	case errors.Is(err, syscall.EROFS):
		return "the disk is mounted read-only, as happens to one that fails: dmesg may say why; what was acknowledged is safe"
	case errors.Is(err, syscall.ENOSPC):
		return "the disk is full: make room on it; what was acknowledged is safe"
	}
	return ""
}

// hintOf says what to do about an error that came without a hint.
func hintOf(err error) string {
	switch {
	case errors.Is(err, holdfast.ErrNoSite):
		return "holdfast site list names those there are"
	case errors.Is(err, holdfast.ErrNoDeal):
		return "holdfast deal list names those there are"
	case errors.Is(err, holdfast.ErrDamaged):
		return "what is damaged was left as it is: holdfast verify names all of it; put a good copy in its place while no server runs"
	}
	return ""
}

// flagError names the flag nearest to one that is not known.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usage(err, "%s --help explains the flags", cmd.CommandPath())
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	name := "--" + unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		name = "-" + unknown.GetSpecifiedShortnames()
	}
	return usage(fmt.Errorf("there is no flag %s%s", name, nearest(name, names)), "%s --help explains the flags", cmd.CommandPath())
}
