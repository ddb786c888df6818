package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/internal/traffic"
	"holdfast/query"
)

// month is a store of three sites: a busy one, whose days have files of their
// own, and two whose days share them.
func month(t *testing.T) (*loaded, *query.Engine, *sql.DB) {
	t.Helper()
	var small []traffic.Site
	for i, zone := range []string{"America/Chicago", "Asia/Tokyo"} {
		site, err := holdfast.NewSite(holdfast.SiteID(i+2), fmt.Sprintf("small%d.example", i), zone, 0)
		if err != nil {
			t.Fatal(err)
		}
		small = append(small, traffic.Site{Site: site, PerDay: 700})
	}
	dir := filepath.Join(t.TempDir(), "store")
	l, err := makeStore(t.Context(), dir, 180_000, 3, small...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openStore(dir, l.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r, err := s.Verify(context.WithoutCancel(t.Context())); err != nil || len(r.Problems) > 0 {
			t.Errorf("the store is not sound: %v, %v", r.Problems, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if status := s.Status(); status.HotRows > 0 || status.Rows != l.Rows {
		t.Fatalf("%d of %d rows are not sealed", status.HotRows, l.Rows)
	}
	db, err := openDuckDB("", 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec("CREATE VIEW events AS SELECT * REPLACE (make_timestamp(epoch_us(time)) AS time) FROM " + readParquet(l.Files)); err != nil {
		t.Fatal(err)
	}
	return l, newEngine(s), db
}

// TestDuckDBReadsTheSameFromTheFiles has DuckDB open the sealed files, and
// compares its answers with Holdfast's.
func TestDuckDBReadsTheSameFromTheFiles(t *testing.T) {
	l, engine, db := month(t)
	t.Run("every row is there", func(t *testing.T) {
		got, err := selectRows(t.Context(), db, "SELECT count(*) FROM events")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][]any{{l.Rows}}, got); diff != "" {
			t.Error(diff)
		}
	})
	for i := range questions {
		q := &questions[i]
		for _, flagged := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, flagged=%v", q.name, flagged), func(t *testing.T) {
				ask, err := q.forHoldfast(l, flagged)
				if err != nil {
					t.Fatal(err)
				}
				same(t, engine, db, ask, q.sql(q.duckdb, l, flagged, duckMoment))
			})
		}
	}
	for _, column := range []string{
		"name", "host", "path", "title", "referrer", "source", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_term",
		"utm_content", "click", "country", "country_by", "region", "city", "language", "screen", "device", "browser", "os", "user_agent", "currency", "flag",
	} {
		for site, name := range []string{siteName, "small0.example", "small1.example"} {
			t.Run("events, views and visitors by "+column+" of "+name, func(t *testing.T) {
				// Flags are asked for by asking for all events.
				condition := "flag = ''"
				if column == "flag" {
					condition = "true"
				}
				same(t, engine, db, topOf(t, l, name, "events, views, visitors, sum(value), mean(scroll)", column), fmt.Sprintf(
					`SELECT %[1]s, count(*) AS events, count(*) FILTER (name = 'pageview'), count(DISTINCT (day, visitor)) FILTER (visitor <> 0),
					coalesce(sum(value), 0)::BIGINT, avg(scroll) FROM events
					WHERE site = %[2]d AND %[3]s GROUP BY %[1]s ORDER BY events DESC, %[1]s LIMIT 20`, column, site+1, condition))
			})
		}
	}
	for _, prop := range []string{"prop.items.int", "prop.product", "prop.seconds.float", "prop.first.bool"} {
		t.Run("how many events have "+prop, func(t *testing.T) {
			key := prop
			for _, kind := range []string{".int", ".float", ".bool"} {
				key = strings.TrimSuffix(key, kind)
			}
			ask := topOf(t, l, siteName, "count("+key+")", "")
			same(t, engine, db, ask, fmt.Sprintf(`SELECT 'all', count("%s") FROM events WHERE site = 1 AND flag = ''`, prop))
		})
	}
}

// topOf asks for the first 20 groups by a column, or for all events together.
func topOf(t *testing.T, l *loaded, site, metrics, by string) holdfast.Question {
	t.Helper()
	m, err := query.ParseMetrics(metrics)
	if err != nil {
		t.Fatal(err)
	}
	q := holdfast.Question{Site: site, From: l.From - 2*86_400_000, To: l.To + 2*86_400_000, Metrics: m, Limit: 20}
	if by != "" {
		q.By = []holdfast.Dimension{holdfast.Dimension(by)}
	}
	return q
}

// same asks both, and compares.
func same(t *testing.T, engine *query.Engine, db *sql.DB, q holdfast.Question, sql string) {
	t.Helper()
	answers, err := engine.Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	rows := answers[0].Rows
	if len(q.By) == 0 {
		rows = [][]any{append([]any{"all"}, rows[0]...)}
	}
	theirs, err := selectRows(t.Context(), db, sql)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain(theirs), plain(rows)); diff != "" {
		t.Errorf("%s\n(-DuckDB +Holdfast):\n%s", sql, diff)
	}
	if len(rows) == 0 {
		t.Error("nobody knows anything")
	}
}
