package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"holdfast/serve/control"
)

func statusCommand() *cobra.Command {
	return withData(&cobra.Command{
		Use:     "status",
		Short:   "Say how a store is doing",
		Example: "  holdfast status --data /var/lib/holdfast",
		Args:    takes(),
		RunE: with(func(cmd *cobra.Command, s *opened, _ []string) error {
			st, err := s.Status(cmd.Context())
			if err != nil {
				return err
			}
			if err := printStatus(cmd, st); err != nil {
				return err
			}
			if len(st.Damage) > 0 {
				return found(fmt.Errorf("%s in the store", counted(int64(len(st.Damage)), "damaged place")),
					"nothing that was damaged is used; holdfast verify reads all there is")
			}
			return nil
		}),
	})
}

// shownImports is of how many sites a person is told what was imported of them.
const shownImports = 10

func printStatus(cmd *cobra.Command, st control.Status) error {
	if wantsJSON(cmd) {
		return printJSON(cmd, st)
	}
	lines := [][2]string{
		{"store", fmt.Sprintf("%s in %s, made %s", st.Store, st.Dir, st.Created)},
		{"server", "none runs"},
		{"as of", fmt.Sprintf("%s, record %d", st.AsOf.Time, st.AsOf.Seq)},
		{"sites", count(int64(st.Sites))},
		{"events", fmt.Sprintf("%s, of which %s not in files yet", count(st.Rows), count(int64(st.HotRows)))},
		{"files", fmt.Sprintf("%s, %s", counted(int64(st.Files), "file"), size(st.Bytes))},
		{"log", fmt.Sprintf("%s, %s, sealed up to record %d", counted(int64(st.LogFiles), "file"), size(st.LogBytes), st.SealedTo)},
	}
	if s := st.Server; s != nil {
		lines[1][1] = fmt.Sprintf("%s, process %d, on %s since %s", s.Program, s.Process, s.Address, s.Started)
		if t := s.Tokens; t != (control.Tokens{}) {
			lines = append(lines, [2]string{"tokens", fmt.Sprintf("%s named visitors since then, %s too old, %s no good", count(t.Used), count(t.Expired), count(t.Bad))})
		}
	}
	for i, t := range st.Imported {
		if i == shownImports {
			lines = append(lines, [2]string{"", fmt.Sprintf("and of %s more", counted(int64(len(st.Imported)-i), "site"))})
			break
		}
		lines = append(lines, [2]string{"import", fmt.Sprintf("%s of %s, %s to %s", t.Source, t.Site, t.From, t.To)})
	}
	for _, d := range st.Damage {
		lines = append(lines, [2]string{"damage", d})
	}
	for _, line := range lines {
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%-7s %s\n", line[0], line[1]); err != nil {
			return err
		}
	}
	return nil
}
