package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
)

// side is one of the engines that are put side by side.
type side struct {
	name  string
	dir   string // of its data
	start func(context.Context) (*engine, error)
	ask   func(q *question, flagged bool) (request, error)

	cold, warm, flagged []float64 // ms, by question
	nothing             float64   // ms to answer a question about nothing
	peak                int64     // bytes, having answered all
}

func (s *settings) sides(l *loaded) []*side {
	sides := []*side{{
		name: "Holdfast", dir: s.store(),
		start: func(ctx context.Context) (*engine, error) {
			return startSelf(ctx, "holdfast", s.threads, s.store(), strconv.FormatInt(int64(l.Now), 10))
		},
		ask: func(q *question, flagged bool) (request, error) {
			ask, err := q.forHoldfast(l, flagged)
			return request{Question: &ask}, err
		},
	}, {
		name: "DuckDB", dir: filepath.Dir(s.duckdbFile()),
		start: func(ctx context.Context) (*engine, error) {
			return startSelf(ctx, "duckdb", s.threads, s.duckdbFile(), strconv.Itoa(s.threads))
		},
		ask: func(q *question, flagged bool) (request, error) {
			return request{SQL: q.sql(q.duckdb, l, flagged, duckMoment)}, nil
		},
	}}
	if s.clickhouse {
		sides = append(sides, &side{
			name: "ClickHouse", dir: filepath.Join(s.clickhouseDir(), "data"),
			start: s.startClickHouse,
			ask: func(q *question, flagged bool) (request, error) {
				return request{SQL: q.sql(q.click, l, flagged, clickMoment)}, nil
			},
		})
	}
	return sides
}

// ask compares the answers of all sides, and then how long they take.
func ask(ctx context.Context, s *settings, r *report) error {
	l, err := s.loaded()
	if err != nil {
		return err
	}
	sides := s.sides(l)
	if err := compare(ctx, sides); err != nil {
		return err
	}
	say("all answers are equal")
	for _, side := range sides {
		say("asking %s", side.name)
		if err := side.askWarm(ctx, s); err != nil {
			return err
		}
		if err := side.askCold(ctx); err != nil {
			return err
		}
	}
	r.answers(l, s, sides)
	return nil
}

// compare asks all sides all questions, and fails unless they say the same.
func compare(ctx context.Context, sides []*side) (err error) {
	engines := make([]*engine, len(sides))
	defer func() {
		for _, e := range engines {
			if e != nil {
				err = errors.Join(err, e.close())
			}
		}
	}()
	for i, side := range sides {
		if engines[i], err = side.start(ctx); err != nil {
			return err
		}
	}
	for i := range questions {
		for _, flagged := range []bool{false, true} {
			var want []string
			for j, side := range sides {
				got, err := side.answer(engines[j], &questions[i], flagged)
				if err != nil {
					return err
				}
				if j == 0 {
					want = got
					continue
				}
				if diff := cmp.Diff(want, got); diff != "" {
					return fmt.Errorf("%s: the answers differ (-%s +%s):\n%s", questions[i].name, sides[0].name, side.name, diff)
				}
			}
			if len(want) == 0 {
				return fmt.Errorf("%s: nobody knows anything", questions[i].name)
			}
		}
	}
	return nil
}

func (s *side) answer(e *engine, q *question, flagged bool) ([]string, error) {
	ask, err := s.ask(q, flagged)
	if err != nil {
		return nil, err
	}
	ask.Runs = 1
	r, err := e.ask(ask)
	return plain(r.Rows), err
}

// plain writes rows in the same way for all engines. Buckets of time without
// events are left out: only some engines have them.
func plain(rows [][]any) (list []string) {
	for _, row := range rows {
		var cells []string
		empty := true
		for i, v := range row {
			text := plainValue(v)
			empty = empty && (i == 0 || text == "0" || text == "null")
			cells = append(cells, text)
		}
		if !empty {
			list = append(list, strings.Join(cells, "\t"))
		}
	}
	return list
}

func plainValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case int64:
		return plainValue(float64(v))
	case float64:
		return strconv.FormatFloat(v, 'g', 15, 64)
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return plainValue(float64(t.UnixMilli())) // an hour
		}
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return plainValue(f)
		}
		return v
	}
	return fmt.Sprint(v)
}

// warmUps are asked before the runs that count. With flagged events included
// fewer runs count: there is little to be learnt from them.
const (
	warmUps     = 2
	flaggedRuns = 3
)

// askWarm asks each question several times, in one process.
func (s *side) askWarm(ctx context.Context, set *settings) error {
	e, err := s.start(ctx)
	if err != nil {
		return err
	}
	err = s.askAll(e, set)
	s.peak = peakOf(e.cmd.Process.Pid)
	return errors.Join(err, e.close())
}

func (s *side) askAll(e *engine, set *settings) error {
	for _, flagged := range []bool{false, true} {
		for i := range questions {
			ask, err := s.ask(&questions[i], flagged)
			if err != nil {
				return err
			}
			if ask.Question != nil && set.profile != "" && !flagged {
				ask.Profile = filepath.Join(set.profile, fmt.Sprintf("question%d.prof", i+1))
			}
			ask.Runs = warmUps + set.runs
			if flagged {
				ask.Runs = warmUps + min(set.runs, flaggedRuns)
			}
			r, err := e.ask(ask)
			if err != nil {
				return err
			}
			if ms := median(r.Millis[warmUps:]); flagged {
				s.flagged = append(s.flagged, ms)
			} else {
				s.warm = append(s.warm, ms)
			}
		}
	}
	if ask, err := s.ask(&questions[0], false); err != nil || ask.SQL == "" {
		return err
	}
	r, err := e.ask(request{SQL: "SELECT 1", Runs: warmUps + set.runs})
	s.nothing = median(r.Millis)
	return err
}

// askCold asks each question once in a process that was never asked before,
// when nothing of its data is in the system's cache.
func (s *side) askCold(ctx context.Context) error {
	for i := range questions {
		if err := dropCache(s.dir); err != nil {
			return err
		}
		e, err := s.start(ctx)
		if err != nil {
			return err
		}
		ms, err := s.askOnce(e, &questions[i])
		if err := errors.Join(err, e.close()); err != nil {
			return err
		}
		s.cold = append(s.cold, ms)
	}
	return nil
}

func (s *side) askOnce(e *engine, q *question) (float64, error) {
	ask, err := s.ask(q, false)
	if err != nil {
		return 0, err
	}
	ask.Runs = 1
	r, err := e.ask(ask)
	if err != nil {
		return 0, err
	}
	return r.Millis[0], nil
}

func median(ms []float64) float64 {
	sorted := slices.Sorted(slices.Values(ms))
	return sorted[len(sorted)/2]
}

// bytesIn is what the files in a folder take.
func bytesIn(dir string) (total int64, err error) {
	err = eachFile(dir, func(_ string, bytes int64) error {
		total += bytes
		return nil
	})
	return total, err
}

func eachFile(dir string, do func(name string, bytes int64) error) error {
	return filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return do(name, info.Size())
	})
}
