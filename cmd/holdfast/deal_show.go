package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/serve/control"
	"holdfast/serve/deal"
)

func dealShowCommand() *cobra.Command {
	return withSite(&cobra.Command{
		Use:   "show ID",
		Short: "Show what came of a deal",
		Long: `Show what came of a deal: who came in its window, when, and from where, how many
did not bite, and for how much of that time it is known what happened.`,
		Example: "  holdfast deal show --data /var/lib/holdfast mug-2026",
		Args:    takes("ID"),
	}, func(cmd *cobra.Command, s *opened, site control.Site, args []string) error {
		stats, err := s.DealStats(cmd.Context(), site.Name, args[0])
		if err != nil {
			return err
		}
		if wantsJSON(cmd) {
			return printJSON(cmd, stats)
		}
		return printStats(cmd, site, &stats)
	})
}

func printStats(cmd *cobra.Command, site control.Site, s *deal.Stats) error {
	out, loc := cmd.OutOrStdout(), zoneOf(site)
	ends := "ends"
	if s.Deal.Window.Open {
		ends = "and"
	}
	fmt.Fprintf(out, "%s\nstarts %s, %s %s\n\n", plain(s.Deal.Title), moment(s.Deal.Window.From, loc), ends, endOf(&s.Deal, loc))
	t := &table{head: []string{"", ""}, right: []bool{false, true}}
	t.add("visitors", known(s.Visitors, s.AtLeast))
	t.add("views", known(s.Views, s.AtLeast))
	t.add("visits", known(s.Visits, s.AtLeast))
	if g := s.Goal; g != nil {
		t.add("did "+plain(g.Name), known(&g.Visitors, s.AtLeast))
		t.add("didn't bite", didntBite(g))
	}
	if b := s.Busiest; b != nil {
		t.add("busiest "+string(b.Bucket), fmt.Sprintf("%s (%s)", b.At, counted(b.Views, "view")))
	}
	if err := writeBody(out, t); err != nil {
		return err
	}
	if len(s.Sources) > 0 {
		fmt.Fprintln(out)
		t := &table{head: []string{"SOURCE", "VISITORS", "VISITS"}, right: []bool{false, true, true}}
		for _, src := range s.Sources {
			t.add(sourceName(src), known(&src.Visitors, s.AtLeast), known(&src.Visits, s.AtLeast))
		}
		if err := t.write(out); err != nil {
			return err
		}
	}
	if len(s.OverTime) > 0 {
		fmt.Fprintln(out)
		t := &table{head: []string{strings.ToUpper(string(s.Bucket)), "VIEWS"}, right: []bool{false, true}}
		for _, b := range s.OverTime {
			t.add(b.At, known(b.Views, b.AtLeast))
		}
		if err := t.write(out); err != nil {
			return err
		}
	}
	a := holdfast.Answer{Coverage: s.Coverage, AsOf: s.AsOf}
	if s.AtLeast {
		a.AtLeast = []int{0}
	}
	return printCoverage(cmd, &a, site.Zone)
}

// writeBody writes a table that has no head.
func writeBody(w io.Writer, t *table) error {
	body := table{head: t.rows[0], right: t.right, rows: t.rows[1:]}
	return body.write(w)
}

func known(n *int64, atLeast bool) string {
	switch {
	case n == nil:
		return "unknown"
	case atLeast:
		return "≥ " + count(*n)
	}
	return count(*n)
}

// didntBite says which share of the visitors did not, or why nobody knows.
func didntBite(g *deal.Goal) string {
	switch {
	case g.DidntBite != nil:
		return measure("ratio", *g.DidntBite)
	case g.Linked != nil && *g.Linked < deal.EnoughLinked:
		return fmt.Sprintf("unknown: of %s of the events it is known whose they are", percent(*g.Linked))
	}
	return "unknown: there are no visitors"
}

func sourceName(s deal.Source) string {
	switch {
	case s.Other:
		return "(other)"
	case s.Source == "":
		return "(none)"
	}
	return plain(s.Source)
}
