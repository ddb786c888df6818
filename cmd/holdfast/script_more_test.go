package main

import (
	"os"
	"regexp"
	"time"

	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/rogpeppe/go-internal/testscript"
)

// await REGEXP CMD ARGS… runs a command again and again until what it prints
// matches.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: await REGEXP CMD ARGS…")
	}
	want := regexp.MustCompile("(?m)" + args[0])
	for until := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(until) {
			ts.Fatalf("nothing matches %s", args[0])
		}
	}
}

// places FILE NETWORK writes a file in MaxMind's format in which a network is
// in New Zealand.
func writePlaces(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: places FILE NETWORK")
	}
	file, err := mmdb(args[1], newZealand)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), file, 0o600))
}

// networks FILE NETWORK NAME writes a file in MaxMind's format in which somebody
// of this name runs a network.
func writeNetworks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: networks FILE NETWORK NAME")
	}
	file, err := mmdb(args[1], mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(64500), "autonomous_system_organization": mmdbtype.String(args[2])})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), file, 0o600))
}
