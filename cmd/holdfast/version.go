package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"holdfast/keep"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which version of the program this is, and of what it writes",
		Example: "  holdfast version --json",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := buildVersion()
			if wantsJSON(cmd) {
				return printJSON(cmd, v)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "holdfast %s\nbuilt with %s for %s\nwrites stores of version %d\n", v, v.Go, v.Platform, v.Store)
			return err
		},
	}
}

type version struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Changed  bool   `json:"changed,omitempty"` // since the revision
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Store    int    `json:"store_format"`
}

// buildVersion says what the linker knows of this program.
func buildVersion() version {
	v := version{Version: "of no release", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Store: keep.FormatVersion}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Changed = s.Value == "true"
		}
	}
	return v
}

// String returns the version, with the revision if it is of no release.
func (v version) String() string {
	text := v.Version
	if v.Revision != "" {
		text += " (" + v.Revision[:min(12, len(v.Revision))]
		if v.Changed {
			text += ", changed"
		}
		text += ")"
	}
	return text
}
