package main

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/collect/accesslog"
	"holdfast/serve/control"
)

// writeSummary prints what became of the lines of logs, or would.
func writeSummary(cmd *cobra.Command, s *accesslog.Summary, sites []control.Site) error {
	if wantsJSON(cmd) {
		return printJSON(cmd, s)
	}
	t := &table{head: []string{"", "LINES", ""}, right: []bool{false, true}}
	add := func(what string, n int64, means string) {
		if n == 0 {
			means = ""
		}
		t.add(what, count(n), means)
	}
	add("page views", s.PageViews, "kept, and counted")
	add("flagged", sum(s.Flagged), "kept, and not counted: "+reasonsOf(s.Flagged))
	add("duplicates", s.Duplicates, "were kept before")
	add("not page views", sum(s.NotPageViews), "left out: "+reasonsOf(s.NotPageViews))
	add("refused", sum(s.Refused), "cannot be kept: "+reasonsOf(s.Refused))
	add("unreadable", s.Unreadable, "not of the format, too long, or cut off")
	if s.Unfinished > 0 {
		add("unfinished", s.Unfinished, "page views of which nobody knows whether they are kept")
	}
	add("all", s.Lines, "")
	if err := printTable(cmd, t); err != nil {
		return err
	}
	sayTimes(cmd, s.Times, sites)
	for _, p := range s.Problems {
		say(cmd, "%s, line %d: %s", p.File, p.Line, plain(p.Error))
	}
	if s.Refused[holdfast.RefusedNoSite] > 0 {
		say(cmd, "lines name hosts that are no site's: holdfast site hosts SITE HOST... gives a site more of them; with --site all lines are that site's")
	}
	return nil
}

// sayTimes says of which time the logs tell, in the zone of each site.
func sayTimes(cmd *cobra.Command, times map[string]holdfast.Stretch, sites []control.Site) {
	shown := 0
	for _, site := range sites {
		of, ok := times[site.Name]
		loc, err := time.LoadLocation(site.Zone)
		if !ok || err != nil {
			continue
		}
		if shown++; shown > shownImports {
			say(cmd, "and of %s more", counted(int64(len(times)-shownImports), "site"))
			return
		}
		say(cmd, "%s: the logs are of %s to %s (%s)", site.Name, moment(of.From, loc), moment(of.To-1, loc), site.Zone)
	}
}

// sayTwice says of which sites there are page views of the same time that the
// logs are of which came through other doors: what both know is there twice, and
// nothing tells that it is the same.
func sayTwice(cmd *cobra.Command, s control.Backend, times map[string]holdfast.Stretch, sites []control.Site) {
	if wantsJSON(cmd) {
		return
	}
	asked := 0
	for _, site := range sites {
		of, ok := times[site.Name]
		if !ok {
			continue
		}
		if asked++; asked > shownImports {
			return
		}
		a, err := s.Query(cmd.Context(), control.Query{Site: site.Name, Parameters: url.Values{
			"metrics": {"views"}, "by": {"door"}, "from": {of.From.String()}, "to": {of.To.String()}, "limit": {"100"},
		}})
		if err != nil {
			say(cmd, "%s: it cannot be said whether page views of that time were kept before: %v", site.Name, err)
			continue
		}
		var others int64
		for _, row := range a.Rows {
			if n, ok := row[1].(int64); ok && row[0] != string(holdfast.DoorLog) {
				others += n
			}
		}
		if others > 0 {
			say(cmd, "%s: %s of that time came through other doors: what is in the logs too is counted twice; --from and --to leave it out", site.Name, counted(others, "page view"))
		}
	}
}

// reasonsOf writes what a number is made of, the most first.
func reasonsOf[K ~string](counts map[K]int64) string {
	reasons := slices.SortedFunc(maps.Keys(counts), func(a, b K) int {
		if counts[a] != counts[b] {
			return int(max(-1, min(1, counts[b]-counts[a])))
		}
		return strings.Compare(string(a), string(b))
	})
	parts := make([]string, len(reasons))
	for i, reason := range reasons {
		parts[i] = fmt.Sprintf("%s %s", reason, count(counts[reason]))
	}
	return strings.Join(parts, ", ")
}
