package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// sizes are bytes of a loaded store.
type sizes struct {
	parquet, ids, log, other int64
	idColumn                 int64 // of parquet, what event ids take
	columns                  []columnSize
	duckdb, clickhouse       table
}

type columnSize struct {
	name  string
	bytes int64
}

// size says how many bytes an event takes.
func size(ctx context.Context, s *settings, r *report) error {
	l, err := s.loaded()
	if err != nil {
		return err
	}
	var z sizes
	err = eachFile(s.store(), func(name string, bytes int64) error {
		switch {
		case strings.HasSuffix(name, ".parquet"):
			z.parquet += bytes
		case strings.HasSuffix(name, ".ids"):
			z.ids += bytes
		case filepath.Base(filepath.Dir(name)) == "log":
			z.log += bytes
		default:
			z.other += bytes
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := z.readColumns(ctx, l); err != nil {
		return err
	}
	if err := readJSON(filepath.Join(s.dir, "duckdb.json"), &z.duckdb); err != nil {
		return err
	}
	if s.clickhouse {
		if err := readJSON(filepath.Join(s.dir, "clickhouse.json"), &z.clickhouse); err != nil {
			return err
		}
	}
	r.sizes(l, &z)
	return nil
}

// readColumns asks DuckDB what is in the files.
func (z *sizes) readColumns(ctx context.Context, l *loaded) error {
	db, err := openDuckDB("", 1)
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := selectRows(ctx, db, "SELECT path_in_schema, sum(total_compressed_size)::BIGINT AS bytes FROM parquet_metadata(['"+
		strings.Join(l.Files, "', '")+"']) GROUP BY path_in_schema ORDER BY bytes DESC")
	if err != nil {
		return err
	}
	for _, row := range rows {
		c := columnSize{fmt.Sprint(row[0]), row[1].(int64)}
		if c.name == "id" {
			z.idColumn = c.bytes
		}
		z.columns = append(z.columns, c)
	}
	return nil
}
