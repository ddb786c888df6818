package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/serve/control"
)

func keyCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "key",
		Short: "Make keys for programs, list them, and revoke them",
	}, keyAddCommand(), keyListCommand(), keyRevokeCommand())
}

func keyAddCommand() *cobra.Command {
	var scopes, sites []string
	var label string
	cmd := withData(&cobra.Command{
		Use:   "add --scope SCOPE",
		Short: "Make a key",
		Long: `Make a key and print it, this once: it is kept nowhere.

The scopes: own may do everything, read asks questions, collect sends events
dated up to 7 days back, import sends events dated from 1990 on. Without --site
the key is good for all sites.`,
		Example: "  holdfast key add --data /var/lib/holdfast --scope collect --site shop.example.com --label checkout",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			list := make([]holdfast.Scope, 0, len(scopes))
			for _, text := range scopes {
				scope, err := holdfast.ParseScope(text)
				if err != nil {
					return err
				}
				list = append(list, scope)
			}
			if len(list) == 0 {
				return usage(fmt.Errorf("--scope is required"), "own, read, collect or import; several with commas")
			}
			return with(func(cmd *cobra.Command, s *opened, _ []string) error {
				made, err := s.AddKey(cmd.Context(), control.NewKey{Scopes: list, Sites: sites, Label: label})
				if err != nil {
					return err
				}
				return printMadeKey(cmd, made)
			})(cmd, nil)
		},
	})
	cmd.Flags().StringSliceVar(&scopes, "scope", nil, "what it may be used for: own, read, collect, import; several with commas")
	cmd.Flags().StringSliceVar(&sites, "site", nil, "`HOST` it is good for; several with commas; none: all")
	cmd.Flags().StringVar(&label, "label", "", "`TEXT` to know it by")
	return cmd
}

func printMadeKey(cmd *cobra.Command, made control.MadeKey) error {
	if wantsJSON(cmd) {
		return printJSON(cmd, made)
	}
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), made.Token); err != nil {
		return err
	}
	say(cmd, "the key is shown this once; holdfast key revoke %s makes it useless", made.ID)
	return nil
}

func keyListCommand() *cobra.Command {
	return withData(&cobra.Command{
		Use:     "list",
		Short:   "List the keys that are good, without their secrets",
		Example: "  holdfast key list --data /var/lib/holdfast",
		Args:    takes(),
		RunE: with(func(cmd *cobra.Command, s *opened, _ []string) error {
			keys, err := s.Keys(cmd.Context())
			if err != nil {
				return err
			}
			if wantsJSON(cmd) {
				return printJSON(cmd, keys)
			}
			return printKeys(cmd, keys)
		}),
	})
}

func printKeys(cmd *cobra.Command, keys []control.Key) error {
	t := &table{head: []string{"ID", "SCOPES", "SITES", "LABEL", "CREATED"}}
	for _, k := range keys {
		sites := "all"
		if len(k.Sites) > 0 {
			sites = strings.Join(k.Sites, " ")
		}
		var scopes []string
		for _, scope := range k.Scopes {
			scopes = append(scopes, string(scope))
		}
		t.add(k.ID, strings.Join(scopes, " "), sites, plain(k.Label), k.Created.String())
	}
	return printTable(cmd, t)
}

func keyRevokeCommand() *cobra.Command {
	return withData(&cobra.Command{
		Use:     "revoke ID",
		Short:   "Make a key useless, for good",
		Example: "  holdfast key revoke --data /var/lib/holdfast x3k7q2ma",
		Args:    takes("ID"),
		RunE: with(func(cmd *cobra.Command, s *opened, args []string) error {
			if err := s.RevokeKey(cmd.Context(), args[0]); err != nil {
				return err
			}
			if wantsJSON(cmd) {
				return printJSON(cmd, map[string]string{"revoked": args[0]})
			}
			say(cmd, "key %s is not good for anything any more", args[0])
			return nil
		}),
	})
}
