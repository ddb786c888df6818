package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// run runs one command line and returns the status to exit with.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	return report(cmd, err)
}

func newRoot() *cobra.Command {
	root := group(&cobra.Command{
		Use:   "holdfast",
		Short: "Collect the clickstream of web sites, keep it, and answer questions about it",
		Long: `Holdfast collects the clickstream of web sites, keeps it so that it cannot be
lost without anyone noticing, and answers questions about it.

Exit status: 0 done, 1 failed, 2 wrong usage, 3 refused by a guard,
4 damage, loss or a difference found.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	},
		initCommand(), serveCommand(), siteCommand(), dealCommand(), keyCommand(), importCommand(), queryCommand(), tailCommand(), statusCommand(),
		verifyCommand(), auditCommand(), receiptCommand(), dumpCommand(), versionCommand(), demoCommand(),
	)
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().Bool("json", false, "print the answer as JSON on standard output, and errors as JSON on standard error")
	root.PersistentFlags().String("config", "", "`FILE` with settings, in YAML; docs/operating.md lists them")
	root.CompletionOptions.HiddenDefaultCmd = true
	return root
}

// group makes cmd a command that only has others below it.
func group(cmd *cobra.Command, children ...*cobra.Command) *cobra.Command {
	cmd.AddCommand(children...)
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var names []string
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				names = append(names, c.Name())
			}
		}
		if len(args) == 0 {
			return usage(fmt.Errorf("a verb is required: %s", strings.Join(names, ", ")), "%s --help explains them", cmd.CommandPath())
		}
		return usage(fmt.Errorf("there is no verb %q%s", args[0], nearest(args[0], names)), "the verbs are %s", strings.Join(names, ", "))
	}
	return cmd
}

// takes makes sure that exactly these arguments were given.
func takes(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usage(fmt.Errorf("%s is required", names[len(args)]), "%s", cmd.UseLine())
		case len(args) > len(names):
			return usage(fmt.Errorf("%q is one argument too many", args[len(names)]), "%s", cmd.UseLine())
		}
		return nil
	}
}

// wantsJSON says whether --json was given.
func wantsJSON(cmd *cobra.Command) bool {
	yes, _ := cmd.Flags().GetBool("json")
	return yes
}
