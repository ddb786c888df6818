package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/keep/ids"
)

func dumpIDsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ids FILE",
		Short: "Print the event ids in a file of them",
		Long: `Print the event ids in a file of them, ascending. An id is a keyed hash of what
the client sent, so that nothing of it can be read here.`,
		Example: "  holdfast dump ids /var/lib/holdfast/files/day-2026-07-31-….ids",
		Args:    takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, name, err := openBeside(args[0])
			if err != nil {
				return fmt.Errorf("open %s: %w", args[0], err)
			}
			defer dir.Close()
			return ids.Read(dir, ".", name, func(list []holdfast.EventID) error {
				for _, id := range list {
					text := fmt.Sprintf("%016x", uint64(id))
					if wantsJSON(cmd) {
						text = fmt.Sprintf("{%q:%q}", "id", text)
					}
					if _, err := fmt.Fprintln(cmd.OutOrStdout(), text); err != nil {
						return err
					}
				}
				return cmd.Context().Err()
			})
		},
	}
}
