package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"holdfast"
)

func receiptCommand() *cobra.Command {
	return withData(&cobra.Command{
		Use:   "receipt RECEIPT",
		Short: "Say what has become of the events that a receipt was given for",
		Long: `Say what has become of the events that a receipt was given for. A receipt is
what a door answers with in Holdfast-Receipt.

  kept      in the log, synced
  sealed    in a file
  not ours  no receipt of this store
  missing   given by this store for events it does not have: it is older than
            it was, as after a restore

Exit status: 0 the events are there, 4 they are missing, 1 not ours.`,
		Example: "  holdfast receipt --data /var/lib/holdfast 3v8k…",
		Args:    takes("RECEIPT"),
		RunE: with(func(cmd *cobra.Command, s *opened, args []string) error {
			fate, err := s.Receipt(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return printFate(cmd, fate)
		}),
	})
}

func printFate(cmd *cobra.Command, fate holdfast.Fate) (err error) {
	if wantsJSON(cmd) {
		err = printJSON(cmd, map[string]holdfast.Fate{"fate": fate})
	} else {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), fate)
	}
	switch {
	case err != nil:
		return err
	case fate == holdfast.Missing:
		return found(fmt.Errorf("the events of this receipt are missing"), "the store is older than it was when it gave the receipt; send them again if you still have them")
	case fate == holdfast.NotOurs:
		return holdfast.Hint(fmt.Errorf("no receipt of this store"), "receipts are 52 letters and digits; is it of another store?")
	}
	return nil
}
