// Bench puts Holdfast side by side with what its users would pick instead, on
// one machine, over the same events: DuckDB, ClickHouse, and for collecting a
// handler that parses and discards. README.md says how to run it.
//
// Before it measures an answer it compares it: all three must say the same.
//
// It measures one thing at a time, each engine in a process of its own, with
// as many threads as there are processors.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: go run . [flags] PART...

parts, in the order in which they need each other:
  load     make up traffic, and load it into Holdfast, DuckDB and ClickHouse
  size     bytes of each event, on disk
  ask      the standard questions: the same answers, and how long they take
  memory   a server over the loaded store: how fast it opens, what it takes
  ingest   events sent over HTTP, against handlers that discard them
  all      all of them

flags:
`

// settings are what a run is told.
type settings struct {
	dir        string
	events     int
	days       int
	threads    int
	runs       int
	seconds    time.Duration
	clickhouse bool
	profile    string
}

func main() {
	if len(os.Args) > 1 && strings.HasPrefix(os.Args[1], childPrefix) {
		if err := child(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	var s settings
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.Usage = func() { fmt.Fprint(flags.Output(), usage); flags.PrintDefaults() }
	flags.StringVar(&s.dir, "dir", filepath.Join(os.TempDir(), "holdfast-bench"), "folder for the data; what is loaded there already is used again")
	flags.IntVar(&s.events, "events", 20_000_000, "about how many events to load")
	flags.IntVar(&s.days, "days", 30, "days that they are spread over")
	flags.IntVar(&s.threads, "threads", processors(), "threads of each engine")
	flags.IntVar(&s.runs, "runs", 9, "times each question is asked; the median counts")
	flags.DurationVar(&s.seconds, "seconds", 10*time.Second, "time of each ingest measurement")
	flags.BoolVar(&s.clickhouse, "clickhouse", true, "compare with ClickHouse, which needs node and npm")
	flags.StringVar(&s.profile, "profile", "", "folder for CPU profiles of Holdfast's answers, one a question")
	flags.Parse(os.Args[1:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, s, flags.Args()); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// part is something to be measured. Those that load nothing print a section of
// the report.
type part struct {
	name string
	run  func(context.Context, *settings, *report) error
}

var parts = []part{{"load", load}, {"size", size}, {"ask", ask}, {"memory", memory}, {"ingest", ingest}}

func run(ctx context.Context, s settings, names []string) error {
	known := func(name string) bool {
		return name == "all" || slices.ContainsFunc(parts, func(p part) bool { return p.name == name })
	}
	if len(names) == 0 || !slices.ContainsFunc(names, known) {
		return errors.New("name a part, or all; -help lists them")
	}
	for _, name := range names {
		if !known(name) {
			return fmt.Errorf("there is no part %q; -help lists them", name)
		}
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if s.clickhouse {
		if err := findNode(); err != nil {
			return fmt.Errorf("%w; -clickhouse=false leaves ClickHouse out", err)
		}
	}
	began := time.Now()
	r := &report{}
	for _, p := range parts {
		if !slices.Contains(names, p.name) && !slices.Contains(names, "all") {
			continue
		}
		if err := p.run(ctx, &s, r); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	say("done after %s", time.Since(began).Round(time.Second))
	return r.print(os.Stdout, &s)
}

// say tells the person who waits what is going on.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
