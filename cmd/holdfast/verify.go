package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"holdfast/serve/control"
)

func verifyCommand() *cobra.Command {
	return withData(&cobra.Command{
		Use:   "verify",
		Short: "Read everything a store has, and check that it is as it was written",
		Long: `Read everything a store has: every checksum and the chain of the log, the
checkpoints, every file against its hash and its directory, the files of ids,
and the books against the events.

Exit status: 0 all is as it was written, 4 damage was found.`,
		Example: "  holdfast verify --data /var/lib/holdfast",
		Args:    takes(),
		RunE: with(func(cmd *cobra.Command, s *opened, _ []string) error {
			r, err := s.Verify(cmd.Context())
			if err != nil {
				return err
			}
			if err := printReport(cmd, r); err != nil {
				return err
			}
			if len(r.Problems) > 0 {
				return found(fmt.Errorf("found %s", counted(int64(len(r.Problems)), "problem")),
					"nothing was changed; what is sound stays readable, and answers say what is not")
			}
			return nil
		}),
	})
}

func printReport(cmd *cobra.Command, r control.Report) error {
	if wantsJSON(cmd) {
		return printJSON(cmd, r)
	}
	t := &table{head: []string{"CHECKED", ""}, right: []bool{false, true}}
	for _, what := range slices.Sorted(maps.Keys(r.Checked)) {
		t.add(what, count(r.Checked[what]))
	}
	if err := printTable(cmd, t); err != nil {
		return err
	}
	for _, p := range r.Problems {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "problem: %s\n", p); err != nil {
			return err
		}
	}
	if len(r.Problems) == 0 {
		say(cmd, "everything is as it was written")
	}
	return nil
}
