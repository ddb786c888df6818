package main

import (
	"github.com/spf13/cobra"
)

func importCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "import",
		Short: "Take in what others recorded",
	}, importLogCommand())
}
