package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/serve/control"
)

func tailCommand() *cobra.Command {
	var t control.Tail
	cmd := withData(&cobra.Command{
		Use:   "tail",
		Short: "Print events as they come, until told to stop",
		Long: `Print a line for each event that a running server keeps, from now on: when it
happened, its site, name, path, source, and the flag if it is not counted. Of
visitors nothing is shown. A slow reader holds up nobody, and is told what it
missed.

With --refused it prints instead how many events were refused, in which minute,
of which site, and why, as the books get to know it: with the next event that is
kept, or within ten seconds.`,
		Example: `  holdfast tail --data /var/lib/holdfast --site shop.example.com`,
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return watch(cmd, t)
		},
	})
	cmd.Flags().StringVar(&t.Site, "site", "", "`HOST` of the site; without it all")
	cmd.Flags().BoolVar(&t.Refused, "refused", false, "print what was refused, and why")
	return cmd
}

func watch(cmd *cobra.Command, t control.Tail) error {
	c, err := dialServer(cmd)
	if err != nil {
		return err
	}
	err = c.Tail(cmd.Context(), t, func(s control.Seen) error {
		switch {
		case s == control.Seen{} && wantsJSON(cmd):
			cmd.PrintErrln(`{"watching":true}`)
			return nil
		case s == control.Seen{}:
			say(cmd, "watching; what happens from now on is printed")
			return nil
		case wantsJSON(cmd):
			return printJSON(cmd, s)
		}
		_, err := fmt.Fprintln(cmd.OutOrStdout(), seenLine(s))
		return err
	})
	switch {
	case errors.Is(err, context.Canceled): // that is how one stops it
		err = nil
	case err == nil:
		say(cmd, "the server has stopped")
	}
	return errors.Join(err, c.Close())
}

// dialServer returns a client of the server that has the store open.
func dialServer(cmd *cobra.Command) (*control.Client, error) {
	dir, err := dataDir(cmd)
	if err != nil {
		return nil, err
	}
	fsys, err := fsx.OpenDir(dir)
	if err != nil {
		return nil, fmt.Errorf("find the server: %w", err)
	}
	defer fsys.Close()
	c, err := control.Dial(cmd.Context(), fsys)
	if errors.Is(err, control.ErrNotRunning) {
		return nil, holdfast.Hint(err, "without one nothing comes in; holdfast serve --data %s starts it", dir)
	}
	return c, err
}

// seenLine writes what was seen for a person, with a dash for what is not
// there.
func seenLine(s control.Seen) string {
	switch {
	case s.Missed != "":
		return "missed: " + plain(s.Missed)
	case s.Refused != "":
		return fmt.Sprintf("%s  %s  refused %s: %s", s.Time, orDash(s.Site), count(s.Events), plain(string(s.Refused)))
	}
	return fmt.Sprintf("%s  %s  %s  %s  %s  %s", s.Time, orDash(s.Site), orDash(s.Name), orDash(s.Path), orDash(s.Source), orDash(string(s.Flag)))
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return plain(s)
}
