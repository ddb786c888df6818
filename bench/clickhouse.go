package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"holdfast"
)

// ClickHouse comes as a library for node. clickhouse.mjs speaks for it.

//go:embed clickhouse.mjs
var clickhouseScript []byte

// chdbVersion is the package that has ClickHouse 26.7 in it.
const chdbVersion = "3.4.0"

func findNode() error {
	for _, name := range []string{"node", "npm"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("ClickHouse needs %s: %w", name, err)
		}
	}
	return nil
}

func (s *settings) clickhouseDir() string { return filepath.Join(s.dir, "clickhouse") }

// installClickHouse fetches the library, once.
func installClickHouse(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "clickhouse.mjs"), clickhouseScript, 0o600); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "chdb")); err == nil {
		return nil
	}
	say("fetching ClickHouse: npm install chdb@%s", chdbVersion)
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"private": true}`+"\n"), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "chdb@"+chdbVersion)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stderr, os.Stderr
	return cmd.Run()
}

func (s *settings) startClickHouse(ctx context.Context) (*engine, error) {
	cmd := exec.CommandContext(ctx, "node", "clickhouse.mjs", "data", strconv.Itoa(s.threads))
	cmd.Dir = s.clickhouseDir()
	return startEngine("clickhouse", cmd)
}

// loadClickHouse makes a table of the store's files.
func loadClickHouse(ctx context.Context, s *settings) error {
	l, err := s.loaded()
	if err != nil {
		return err
	}
	var t table
	if err := readJSON(filepath.Join(s.dir, "clickhouse.json"), &t); err == nil {
		say("clickhouse is loaded already")
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := installClickHouse(ctx, s.clickhouseDir()); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(s.clickhouseDir(), "data")); err != nil {
		return err
	}
	columns, err := columnsOf(ctx, l.Files)
	if err != nil {
		return err
	}
	e, err := s.startClickHouse(ctx)
	if err != nil {
		return err
	}
	err = t.fill(e, l, columns)
	if err := errors.Join(err, e.close()); err != nil {
		return err
	}
	say("loaded them into clickhouse %s in %s", t.Version, t.Took.Round(time.Second))
	return writeJSON(filepath.Join(s.dir, "clickhouse.json"), t)
}

func (t *table) fill(e *engine, l *loaded, columns []column) error {
	began := time.Now()
	statements := []string{createTable("events", columns, "")}
	for _, file := range l.Files {
		statements = append(statements, insert("events", file, columns))
	}
	statements = append(statements, "OPTIMIZE TABLE events FINAL")
	for i, statement := range append(statements,
		createTable("small", columns, "ZSTD(3)"), "INSERT INTO small SELECT * FROM events", "OPTIMIZE TABLE small FINAL") {
		if _, err := e.ask(request{SQL: statement, Runs: 1}); err != nil {
			return err
		}
		if i == len(statements)-1 {
			t.Took = time.Since(began)
		}
	}
	r, err := e.ask(request{Runs: 1, SQL: `SELECT version(), (SELECT count() FROM events),
		(SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'events'),
		(SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'small')`})
	if err != nil {
		return err
	}
	t.Version = fmt.Sprint(r.Rows[0][0])
	if rows := fmt.Sprint(r.Rows[0][1]); rows != strconv.FormatInt(l.Rows, 10) {
		return fmt.Errorf("read %s rows of %d", rows, l.Rows)
	}
	for i, into := range []*int64{&t.Bytes, &t.Small} {
		if *into, err = strconv.ParseInt(fmt.Sprint(r.Rows[0][2+i]), 10, 64); err != nil {
			return err
		}
	}
	_, err = e.ask(request{SQL: "DROP TABLE small SYNC", Runs: 1})
	return err
}

// column is a column of the files: its name, and its type in ClickHouse.
type column struct{ name, kind string }

// columnsOf returns the columns of files, with the types that somebody would
// choose who knows ClickHouse: LowCardinality for text that repeats, no NULL
// where 0 says the same.
func columnsOf(ctx context.Context, files []string) ([]column, error) {
	db, err := openDuckDB("", 1)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := selectRows(ctx, db, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+readParquet(files)+")")
	if err != nil {
		return nil, err
	}
	kinds := map[string]string{
		"UINTEGER": "UInt32", "INTEGER": "Int32", "BIGINT": "Int64", "DOUBLE": "Float64", "BOOLEAN": "Bool", "DATE": "Date",
		"TIMESTAMP WITH TIME ZONE": "DateTime64(3, 'UTC')", "VARCHAR": "LowCardinality(String)", "JSON": "String",
	}
	var columns []column
	for _, row := range rows {
		name, kind := fmt.Sprint(row[0]), kinds[fmt.Sprint(row[1])]
		isProp := strings.HasPrefix(name, "prop.")
		switch {
		case kind == "":
			return nil, fmt.Errorf("column %s has type %v, which has none in ClickHouse", name, row[1])
		case name == "prop.order": // each is another
			kind = "String"
		case isProp && kind != "LowCardinality(String)":
			kind = "Nullable(" + kind + ")"
		case name == "scroll":
			kind = "Int8 DEFAULT -1"
		}
		columns = append(columns, column{name, kind})
	}
	return columns, nil
}

// createTable is for a site's events over time, as questions ask for them.
func createTable(name string, columns []column, codec string) string {
	var list []string
	for _, c := range columns {
		kind := c.kind
		switch {
		case c.name == "time":
			kind += " CODEC(Delta, " + orElse(codec, "LZ4") + ")"
		case codec != "":
			kind += " CODEC(" + codec + ")"
		}
		list = append(list, fmt.Sprintf("`%s` %s", flat(c.name), kind))
	}
	return "CREATE TABLE " + name + " (" + strings.Join(list, ", ") + ") ENGINE = MergeTree ORDER BY (site, time)"
}

// insert reads a file into a table.
func insert(name, file string, columns []column) string {
	var structure, from, into []string
	for _, c := range columns {
		kind, _, _ := strings.Cut(c.kind, " DEFAULT")
		if !strings.HasPrefix(kind, "Nullable") {
			kind = strings.Replace("Nullable("+kind+")", "Nullable(LowCardinality(String))", "Nullable(String)", 1)
		}
		structure = append(structure, fmt.Sprintf("`%s` %s", c.name, kind))
		from, into = append(from, "`"+c.name+"`"), append(into, "`"+flat(c.name)+"`")
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM file('%s', Parquet, '%s') SETTINGS insert_null_as_default = 1",
		name, strings.Join(into, ", "), strings.Join(from, ", "), file, strings.ReplaceAll(strings.Join(structure, ", "), "'", "\\'"))
}

// flat is a column's name without dots, which mean something in ClickHouse.
func flat(name string) string { return strings.ReplaceAll(name, ".", "_") }

// clickMoment is a moment in SQL.
func clickMoment(t holdfast.Millis) string {
	return "toDateTime64('" + t.Time().UTC().Format("2006-01-02 15:04:05.000") + "', 3, 'UTC')"
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
