package main

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"strconv"
	"time"

	"holdfast"
	"holdfast/keep"
	"holdfast/query"
)

// holdfastChild answers questions from the store in args[0], at the moment
// args[1].
func holdfastChild(args []string) error {
	now, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	s, err := openStore(args[0], holdfast.Millis(now))
	if err != nil {
		return err
	}
	defer s.Close()
	engine := newEngine(s)
	return serveRequests(func(q *request) (func() [][]any, error) {
		if q.Profile != "" {
			if err := profile(engine, q); err != nil {
				return nil, err
			}
			q.Profile = ""
		}
		answers, err := engine.Ask(context.Background(), *q.Question)
		if err != nil {
			return nil, err
		}
		return func() [][]any { return answers[0].Rows }, nil
	})
}

// openStore opens a loaded store as verbs do, at a moment when all is settled.
func openStore(dir string, now holdfast.Millis) (*keep.Store, error) {
	return keep.Open(dir, keep.Options{Aside: true, LogBytes: 1 << 20, Now: now.Time})
}

func newEngine(s *keep.Store) *query.Engine {
	return query.New(query.Snapshots(func() (query.View, error) { return s.View(), nil }), query.Options{})
}

// profileFor is long enough for a profile that says something.
const profileFor = 3 * time.Second

func profile(engine *query.Engine, q *request) error {
	f, err := os.Create(q.Profile)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	for began := time.Now(); time.Since(began) < profileFor; {
		if _, err := engine.Ask(context.Background(), *q.Question); err != nil {
			return fmt.Errorf("profile: %w", err)
		}
	}
	return nil
}
