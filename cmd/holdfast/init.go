package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/keep"
)

func initCommand() *cobra.Command {
	var site, zone string
	var public bool
	cmd := withData(&cobra.Command{
		Use:   "init --data DIR --site HOST",
		Short: "Make a store with one site, and the key of its owner",
		Long: `Make a store in a folder that is empty or not there yet, add a site to it, and
make a key that may do everything. The key is printed this once and kept
nowhere.

Nothing is public unless --public is given.`,
		Example: "  holdfast init --data /var/lib/holdfast --site shop.example.com --tz Europe/Berlin",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := dataDir(cmd)
			if err != nil {
				return err
			}
			if err := checkSite(site, zone); err != nil {
				return err
			}
			made, err := initStore(cmd.Context(), dir, site, zone, public)
			if err != nil {
				return err
			}
			return made.print(cmd, dir, zone, public)
		},
	})
	cmd.Flags().StringVar(&site, "site", "", "`HOST` name of the first site")
	cmd.Flags().StringVar(&zone, "tz", "UTC", "time `ZONE` in which the site's days are counted")
	cmd.Flags().BoolVar(&public, "public", false, "let the public see the site's page")
	return cmd
}

// checkSite finds what is wrong before anything is made.
func checkSite(site, zone string) error {
	if site == "" {
		return usage(fmt.Errorf("--site is required"), "name the host whose events are collected: --site shop.example.com")
	}
	if err := holdfast.CheckSiteName(site); err != nil {
		return fmt.Errorf("--site: %w", err)
	}
	if _, err := holdfast.LoadZone(zone); err != nil {
		return fmt.Errorf("--tz: %w", err)
	}
	return nil
}

// made is what init made.
type made struct {
	Store string `json:"store"`
	Site  string `json:"site"`
	Key   string `json:"key"`
}

func initStore(ctx context.Context, dir, site, zone string, public bool) (made, error) {
	stamp, err := keep.Init(dir, time.Now)
	if err != nil {
		return made{}, err
	}
	s, err := openAside(dir)
	if err != nil {
		return made{}, err
	}
	defer s.Close()
	if _, err := s.AddSite(ctx, site, zone, public); err != nil {
		return made{}, err
	}
	token, _, err := s.AddKey(ctx, []holdfast.Scope{holdfast.ScopeOwn}, nil, "owner")
	if err != nil {
		return made{}, err
	}
	return made{Store: stamp.Store.String(), Site: site, Key: token}, s.Close()
}

func (m made) print(cmd *cobra.Command, dir, zone string, public bool) error {
	if wantsJSON(cmd) {
		return printJSON(cmd, m)
	}
	if _, err := fmt.Fprintf(cmd.OutOrStdout(), "store  %s\nsite   %s\nkey    %s\n", m.Store, m.Site, m.Key); err != nil {
		return err
	}
	say(cmd, "the key may do everything and is shown this once: keep it where you keep passwords")
	say(cmd, "days of %s are counted in %s", m.Site, zone)
	if public {
		say(cmd, "the page of %s may be shown to everybody; this version has no pages yet, so nothing is served without a key", m.Site)
	} else {
		say(cmd, "nothing is public")
	}
	say(cmd, "next: holdfast serve --data %s", dir)
	return nil
}
