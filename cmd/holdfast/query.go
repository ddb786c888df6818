package main

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/serve/control"
)

// defaultPeriod is what is asked about unless something else is said.
const defaultPeriod = "30d"

// questionFlags are the parameters of a question, which are flags too.
var questionFlags = []struct{ name, help string }{
	{"metrics", "`METRICS` to count, such as views,visitors"},
	{"by", "`COLUMNS` to group by, such as source,device"},
	{"where", "`FILTER`, such as source = 'Google' and not path contains '/admin'"},
	{"period", "`PERIOD`: today, yesterday, 7d, 30d, month, year, 12mo, 2026-07, 2026-07-31, 2026-07-01..2026-07-31"},
	{"from", "first `DAY` or moment, instead of a period"},
	{"to", "last `DAY`, or the first moment after"},
	{"tz", "time `ZONE` of days and hours; the site's own"},
	{"order", "`COLUMNS` to sort by; -views puts the greatest first"},
	{"limit", "how `MANY` rows"},
	{"kind", "`KIND` of rows: groups, rows (single events), or values"},
}

func queryCommand() *cobra.Command {
	var site string
	var other bool
	cmd := withData(&cobra.Command{
		Use:   "query [QUESTION]",
		Short: "Ask a question about the events of a site",
		Long: `Ask a question about the events of a site. What is counted comes first; the
rest follows in any order:

  METRICS [by COLUMNS] [where FILTER] [for PERIOD | on DAY | from DAY to DAY]
  [tz ZONE] [order COLUMNS] [limit N] [with other]

or as flags, which mean the same. Without a time the last 30 days are asked
about. Under the answer stands its coverage: for how much of that time it is
known what happened. docs/questions.md explains the words, docs/metrics.md the
metrics.`,
		Example: `  holdfast query --data /var/lib/holdfast 'views, visitors by source where country = "DE" for 7d'
  holdfast query --data /var/lib/holdfast --site shop.example.com 'bounce_rate by day for month'
  holdfast query --data /var/lib/holdfast 'views by path on 2026-07-31 order -views limit 10 with other'`,
		Args: cobra.ArbitraryArgs,
		RunE: with(func(cmd *cobra.Command, s *opened, args []string) error {
			parameters, err := readQuestion(cmd, args, other)
			if err != nil {
				return err
			}
			of, err := siteAsked(cmd, s, site)
			if err != nil {
				return err
			}
			answer, err := s.Query(cmd.Context(), control.Query{Site: of.Name, Parameters: parameters})
			if err != nil {
				return err
			}
			if wantsJSON(cmd) {
				return printJSON(cmd, answer)
			}
			zone := of.Zone
			if tz := parameters.Get("tz"); tz != "" {
				zone = tz
			}
			return printAnswer(cmd, &answer, zone)
		}),
	})
	cmd.Flags().StringVar(&site, "site", "", "`HOST` of the site; needed if there are several")
	cmd.Flags().BoolVar(&other, "other", false, "add a row for what is beyond the limit")
	for _, f := range questionFlags {
		cmd.Flags().String(f.name, "", f.help)
	}
	return cmd
}

// readQuestion returns the parameters of the question that was typed.
func readQuestion(cmd *cobra.Command, args []string, other bool) (url.Values, error) {
	parameters, err := splitQuestion(strings.Join(args, " "))
	if err != nil {
		return nil, usage(err, "holdfast query --help has examples; quote the question for your shell")
	}
	for _, f := range questionFlags {
		if !cmd.Flags().Changed(f.name) {
			continue
		}
		if parameters.Has(f.name) {
			return nil, usage(fmt.Errorf("%s is given in the question and as a flag", f.name), "give it once")
		}
		text, _ := cmd.Flags().GetString(f.name)
		parameters.Set(f.name, text)
	}
	if other {
		parameters.Set("other", "true")
	}
	if !parameters.Has("period") && !parameters.Has("from") && !parameters.Has("to") {
		parameters.Set("period", defaultPeriod)
	}
	if !parameters.Has("metrics") && !parameters.Has("kind") {
		return nil, usage(fmt.Errorf("metrics: is required"), "for example: holdfast query 'views, visitors by source for 7d'")
	}
	return parameters, nil
}

// siteAsked returns the site that the question is about.
func siteAsked(cmd *cobra.Command, s *opened, name string) (control.Site, error) {
	sites, err := s.Sites(cmd.Context())
	if err != nil {
		return control.Site{}, err
	}
	var names []string
	for _, site := range sites {
		if site.Name == name {
			return site, nil
		}
		names = append(names, site.Name)
	}
	switch {
	case name != "":
		return control.Site{}, holdfast.Hint(fmt.Errorf("%w: %q%s", holdfast.ErrNoSite, name, nearest(name, names)), "holdfast site list names those there are")
	case len(sites) == 1:
		return sites[0], nil
	case len(sites) == 0:
		return control.Site{}, holdfast.Hint(fmt.Errorf("the store has no site"), "holdfast site add makes one")
	}
	return control.Site{}, usage(fmt.Errorf("--site is required: there are several"), "%s", strings.Join(names[:min(len(names), 10)], ", "))
}

// printAnswer prints an answer as a table, and what it rests on.
func printAnswer(cmd *cobra.Command, a *holdfast.Answer, zone string) error {
	t := &table{}
	for _, c := range a.Columns {
		name := plain(c.Name)
		if c.Unit != "" && c.Unit != "ratio" && c.Unit != "s" {
			name += " (" + c.Unit + ")"
		}
		t.head = append(t.head, name)
		t.right = append(t.right, c.Role == holdfast.RoleMetric)
	}
	atLeast := make(map[int]bool, len(a.AtLeast))
	for _, i := range a.AtLeast {
		atLeast[i] = true
	}
	for i, row := range a.Rows {
		cells := make([]string, len(row))
		for j, value := range row {
			cells[j] = cell(a.Columns[j], value, atLeast[i], a.OtherRow && i == len(a.Rows)-1)
			if a.Columns[j].Name == "country" && slices.Contains(a.Estimated, i) {
				cells[j] = "~ " + cells[j]
			}
		}
		t.add(cells...)
	}
	if err := printTable(cmd, t); err != nil {
		return err
	}
	return printCoverage(cmd, a, zone)
}

// cell returns a value as a person reads it.
func cell(c holdfast.Column, value any, atLeast, other bool) string {
	if c.Role == holdfast.RoleDimension {
		switch {
		case other:
			return "(other)"
		case value == nil || value == "":
			return "(none)"
		}
		return plain(fmt.Sprint(value))
	}
	if value == nil {
		return "unknown"
	}
	text := measure(c.Unit, value)
	if atLeast && (c.Unit == "" || c.Unit == "minor units") {
		text = "≥ " + text
	}
	return text
}

// measure writes a metric with its unit.
func measure(unit string, value any) string {
	switch n := value.(type) {
	case int64:
		if unit == "s" {
			return duration(float64(n))
		}
		return count(n)
	case float64:
		switch unit {
		case "ratio":
			return strconv.FormatFloat(100*n, 'f', 1, 64) + " %"
		case "s":
			return duration(n)
		}
		return strings.TrimSuffix(strconv.FormatFloat(n, 'f', 2, 64), ".00")
	}
	return plain(fmt.Sprint(value))
}

func duration(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
}
