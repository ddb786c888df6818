package main

import (
	"fmt"
	"strings"

	"holdfast"
	"holdfast/query"
)

// question is one of the standard questions, in each engine's words. The SQL
// is what somebody would write who knows the engine and looks at its plans:
// where it has several ways to say something, the fastest that was found.
//
// In SQL, {range} is the time asked about, {counted} the condition that leaves
// flagged events out, and {path} the deal's page. Flagged events are in no
// visit.
type question struct {
	name    string
	metrics string
	by      string
	where   string
	limit   int
	deal    bool // asks about the deal's page in its window
	duckdb  string
	click   string
}

// The questions that the owner of a site asks all the time.
var questions = []question{
	{
		name: "views by hour", metrics: "views", by: "hour",
		duckdb: `SELECT epoch_ms(date_trunc('hour', time)) AS hour, count(*) FROM events
			WHERE site = 1 AND {range} AND {counted} AND name = 'pageview' GROUP BY hour ORDER BY hour`,
		click: `SELECT toUnixTimestamp64Milli(toDateTime64(toStartOfHour(time), 3)) AS hour, count() FROM events
			WHERE site = 1 AND {range} AND {counted} AND name = 'pageview' GROUP BY hour ORDER BY hour`,
	},
	{
		name: "visitors by day", metrics: "visitors", by: "day",
		duckdb: `SELECT day, count(*) FROM (SELECT DISTINCT day, visitor FROM events
			WHERE site = 1 AND {range} AND {counted} AND visitor <> 0) GROUP BY day ORDER BY day`,
		click: `SELECT day, uniqExact(visitor) FROM events
			WHERE site = 1 AND {range} AND {counted} AND visitor <> 0 GROUP BY day ORDER BY day`,
	},
	{
		name: "top pages: views, visitors", metrics: "views, visitors", by: "path", limit: 10,
		duckdb: `SELECT path, sum(views)::BIGINT AS views, count(*) FROM (
				SELECT path, day, visitor, count(*) FILTER (name = 'pageview') AS views FROM events
				WHERE site = 1 AND {range} AND {counted} GROUP BY path, day, visitor)
			GROUP BY path ORDER BY views DESC, path LIMIT 10`,
		click: `SELECT path, countIf(name = 'pageview') AS views, uniqExact(day, visitor) FROM events
			WHERE site = 1 AND {range} AND {counted} GROUP BY path ORDER BY views DESC, path LIMIT 10`,
	},
	{
		name: "top sources: visits, bounce rate", metrics: "visits, bounce_rate", by: "source", limit: 10,
		duckdb: `WITH visits AS (
				SELECT day, visit_no, count(*) FILTER (name = 'pageview') = 1
					AND count(*) FILTER (interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced
				FROM events WHERE site = 1 AND {range} AND visit_no IS NOT NULL GROUP BY day, visit_no),
			seen AS (SELECT DISTINCT source, day, visit_no FROM events
				WHERE site = 1 AND {range} AND visit_no IS NOT NULL)
			SELECT source, count(*) AS visits, count(*) FILTER (bounced) / count(*) FROM seen JOIN visits USING (day, visit_no)
			GROUP BY source ORDER BY visits DESC, source LIMIT 10`,
		click: `SELECT source, count() AS visits, countIf(bounced) / count() FROM (
				SELECT arrayJoin(groupUniqArray(source)) AS source, countIf(name = 'pageview') = 1
					AND countIf(interactive AND name NOT IN ('pageview', 'engagement')) = 0 AS bounced
				FROM events WHERE site = 1 AND {range} AND visit_no <> 0 GROUP BY day, visit_no)
			GROUP BY source ORDER BY visits DESC, source LIMIT 10`,
	},
	{
		name: "a page and a source: views, visitors by day", metrics: "views, visitors", by: "day",
		where: "path = '/' and source = 'Google'",
		duckdb: `SELECT day, count(*) FILTER (name = 'pageview'), count(DISTINCT visitor) FROM events
			WHERE site = 1 AND {range} AND {counted} AND path = '/' AND source = 'Google' GROUP BY day ORDER BY day`,
		click: `SELECT day, countIf(name = 'pageview'), uniqExact(visitor) FROM events
			WHERE site = 1 AND {range} AND {counted} AND path = '/' AND source = 'Google' GROUP BY day ORDER BY day`,
	},
	{
		name: "entry pages: visits", metrics: "entries", by: "path", limit: 10,
		duckdb: `SELECT path, count(*) AS visits FROM events WHERE site = 1 AND {range} AND visit_entry
			GROUP BY path ORDER BY visits DESC, path LIMIT 10`,
		click: `SELECT path, count() AS visits FROM events WHERE site = 1 AND {range} AND visit_entry
			GROUP BY path ORDER BY visits DESC, path LIMIT 10`,
	},
	{
		name: "campaigns: value of purchases", metrics: "sum(value)", by: "entry.utm_campaign",
		where: "name = 'purchase'", limit: 10,
		duckdb: `SELECT utm_campaign, sum(value)::BIGINT AS total FROM
				(SELECT day, visit_no, sum(value) AS value FROM events
				WHERE site = 1 AND {range} AND name = 'purchase' AND visit_no IS NOT NULL GROUP BY day, visit_no) AS bought
			JOIN (SELECT day, visit_no, utm_campaign FROM events WHERE site = 1 AND {range} AND visit_entry) AS entries
			USING (day, visit_no) GROUP BY utm_campaign ORDER BY total DESC, utm_campaign LIMIT 10`,
		click: `SELECT utm_campaign, sum(value) AS total FROM
				(SELECT day, visit_no, utm_campaign FROM events WHERE site = 1 AND {range} AND visit_entry) AS entries
			JOIN (SELECT day, visit_no, sum(value) AS value FROM events
				WHERE site = 1 AND {range} AND name = 'purchase' AND visit_no <> 0 GROUP BY day, visit_no) AS bought
			USING (day, visit_no) GROUP BY utm_campaign ORDER BY total DESC, utm_campaign LIMIT 10`,
	},
	{
		name: "a deal's page in its window: views, visitors by hour", metrics: "views, visitors", by: "hour", deal: true,
		duckdb: `SELECT epoch_ms(date_trunc('hour', time)) AS hour, count(*) FILTER (name = 'pageview'), count(DISTINCT visitor) FROM events
			WHERE site = 1 AND {range} AND {counted} AND path = {path} GROUP BY hour ORDER BY hour`,
		click: `SELECT toUnixTimestamp64Milli(toDateTime64(toStartOfHour(time), 3)) AS hour, countIf(name = 'pageview'), uniqExact(visitor) FROM events
			WHERE site = 1 AND {range} AND {counted} AND path = {path} GROUP BY hour ORDER BY hour`,
	},
}

// forHoldfast returns the question for Holdfast. With flagged it is about all
// events, those of bots included.
func (q *question) forHoldfast(l *loaded, flagged bool) (holdfast.Question, error) {
	ask := holdfast.Question{Site: l.Site, From: l.From, To: l.To, By: []holdfast.Dimension{holdfast.Dimension(q.by)}, Limit: q.limit}
	where := []string{}
	if q.where != "" {
		where = append(where, q.where)
	}
	if q.deal {
		ask.From, ask.To = l.Deal.From, l.Deal.To
		where = append(where, "path = '"+l.Deal.Path+"'")
	}
	if flagged {
		where = append(where, "flag != 'none'") // speaks of the flag, and so of all events
	}
	var err error
	if ask.Metrics, err = query.ParseMetrics(q.metrics); err != nil {
		return ask, err
	}
	if len(where) > 0 {
		ask.Where, err = query.ParseFilter(strings.Join(where, " and "))
	}
	return ask, err
}

// sql returns the question for an engine that tells the time with moment.
func (q *question) sql(text string, l *loaded, flagged bool, moment func(holdfast.Millis) string) string {
	from, to := l.From, l.To
	if q.deal {
		from, to = l.Deal.From, l.Deal.To
	}
	counted := "flag = ''"
	if flagged {
		counted = "true"
	}
	return strings.NewReplacer(
		"{range}", fmt.Sprintf("time >= %s AND time < %s", moment(from), moment(to)),
		"{counted}", counted, "{path}", "'"+l.Deal.Path+"'", "\n", " ", "\t", "",
	).Replace(text)
}
