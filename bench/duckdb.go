package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"holdfast"
)

func (s *settings) duckdbFile() string { return filepath.Join(s.dir, "duckdb", "events.db") }

// table is what is known of a loaded table of another engine.
type table struct {
	Version string
	Took    time.Duration
	Bytes   int64 // on disk
	Small   int64 // on disk, of a second table with codecs that favour size; 0: none
}

// loadDuckDB makes a table of the store's files: DuckDB reads them as they
// are.
func loadDuckDB(ctx context.Context, s *settings) error {
	l, err := s.loaded()
	if err != nil {
		return err
	}
	var t table
	if err := readJSON(filepath.Join(s.dir, "duckdb.json"), &t); err == nil {
		say("duckdb is loaded already")
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file := s.duckdbFile()
	if err := errors.Join(os.RemoveAll(filepath.Dir(file)), os.MkdirAll(filepath.Dir(file), 0o700)); err != nil {
		return err
	}
	db, err := openDuckDB(file, s.threads)
	if err != nil {
		return err
	}
	defer db.Close()
	began := time.Now()
	// The files are in the order of their days, and sorted by time.
	for _, statement := range []string{
		"CREATE TABLE events AS SELECT * REPLACE (make_timestamp(epoch_us(time)) AS time) FROM " + readParquet(l.Files),
		"CHECKPOINT",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	t.Took = time.Since(began)
	var rows int64
	if err := db.QueryRowContext(ctx, "SELECT count(*), version() FROM events").Scan(&rows, &t.Version); err != nil {
		return err
	}
	if rows != l.Rows {
		return fmt.Errorf("read %d rows of %d", rows, l.Rows)
	}
	if err := db.Close(); err != nil {
		return err
	}
	if t.Bytes, err = bytesIn(filepath.Dir(file)); err != nil {
		return err
	}
	say("loaded them into duckdb %s in %s", t.Version, t.Took.Round(time.Second))
	return writeJSON(filepath.Join(s.dir, "duckdb.json"), t)
}

func openDuckDB(file string, threads int) (*sql.DB, error) {
	db, err := sql.Open("duckdb", fmt.Sprintf("%s?threads=%d", file, threads))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// readParquet is what reads files in SQL. Not all have columns for the same
// properties.
func readParquet(files []string) string {
	return "read_parquet(['" + strings.Join(files, "', '") + "'], union_by_name = true)"
}

// duckMoment is a moment in SQL.
func duckMoment(t holdfast.Millis) string {
	return "TIMESTAMP '" + t.Time().UTC().Format("2006-01-02 15:04:05.000") + "'"
}

// duckdbChild answers questions from the database args[0] with args[1]
// threads.
func duckdbChild(args []string) error {
	db, err := sql.Open("duckdb", args[0]+"?access_mode=read_only&threads="+args[1])
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := db.Ping(); err != nil {
		return err
	}
	return serveRequests(func(q *request) (func() [][]any, error) {
		rows, err := selectRows(context.Background(), db, q.SQL)
		return func() [][]any { return rows }, err
	})
}

// selectRows returns what a query gives.
func selectRows(ctx context.Context, db *sql.DB, query string) ([][]any, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all [][]any
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		for i, v := range row {
			switch v := v.(type) {
			case time.Time:
				row[i] = v.Format(time.DateOnly)
			case *big.Int:
				row[i] = v.String()
			}
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
