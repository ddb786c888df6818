package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
)

// printJSON prints v on a line of standard output.
func printJSON(cmd *cobra.Command, v any) error {
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printTable prints t on standard output.
func printTable(cmd *cobra.Command, t *table) error { return t.write(cmd.OutOrStdout()) }

// say talks to the person on standard error, unless a program listens.
func say(cmd *cobra.Command, format string, args ...any) {
	if !wantsJSON(cmd) {
		cmd.PrintErrf("holdfast: "+format+"\n", args...)
	}
}

// count writes n with spaces between thousands: 1 234 567.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}

// size writes a number of bytes so that a person reads it.
func size(n int64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1000, 0
	for f >= 999.95 && unit < len(units)-1 {
		f, unit = f/1000, unit+1
	}
	return fmt.Sprintf("%.1f %cB", f, units[unit])
}

// counted writes a number of things: 1 file, 2 files.
func counted(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + one + "s"
}
