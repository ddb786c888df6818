// Command holdfast collects the clickstream of web sites, keeps it, and
// answers questions about it.
//
// Every verb has a file of its own here and does little itself: it reads what
// was typed, asks a store for it, and prints. Answers go to standard output
// and talk to standard error; with --json both are JSON. Verbs reach the store
// through the socket of the server that has it open, or open it for a moment
// when there is none.
//
// The status to exit with: 0 done, 1 failed, 2 wrong usage, 3 refused by a
// guard, 4 damage, loss or a difference found.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones must be known on machines that have no tzdata
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
