package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast/serve/control"
)

func siteCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "site",
		Short: "Add sites, list them, change them, and print what their pages need",
	}, siteAddCommand(), siteListCommand(), siteZoneCommand(), sitePublicCommand(), siteHostsCommand(), siteSnippetCommand())
}

func siteAddCommand() *cobra.Command {
	var zone string
	var public bool
	cmd := withData(&cobra.Command{
		Use:     "add HOST",
		Short:   "Add a site",
		Example: "  holdfast site add --data /var/lib/holdfast --tz Europe/Berlin news.example.com",
		Args:    takes("HOST"),
		RunE: changeSite(func(cmd *cobra.Command, s *opened, args []string) (control.Site, error) {
			return s.AddSite(cmd.Context(), control.NewSite{Name: args[0], Zone: zone, Public: public})
		}),
	})
	cmd.Flags().StringVar(&zone, "tz", "UTC", "time `ZONE` in which the site's days are counted")
	cmd.Flags().BoolVar(&public, "public", false, "let the public see the site's page")
	return cmd
}

func siteZoneCommand() *cobra.Command {
	return withData(&cobra.Command{
		Use:   "zone HOST ZONE",
		Short: "Count a site's days in another zone, from its next midnight on",
		Long: `Count a site's days in another zone, from its next midnight on. Days that are
over stay what they were.`,
		Example: "  holdfast site zone --data /var/lib/holdfast shop.example.com America/New_York",
		Args:    takes("HOST", "ZONE"),
		RunE: changeSite(func(cmd *cobra.Command, s *opened, args []string) (control.Site, error) {
			return s.SetZone(cmd.Context(), args[0], args[1])
		}),
	})
}

func sitePublicCommand() *cobra.Command {
	return withData(&cobra.Command{
		Use:     "public HOST on|off",
		Short:   "Let the public see a site's page, or not",
		Example: "  holdfast site public --data /var/lib/holdfast shop.example.com off",
		Args:    takes("HOST", "on or off"),
		RunE: changeSite(func(cmd *cobra.Command, s *opened, args []string) (control.Site, error) {
			if args[1] != "on" && args[1] != "off" {
				return control.Site{}, usage(fmt.Errorf("%q is neither on nor off", args[1]), "%s", cmd.UseLine())
			}
			return s.SetPublic(cmd.Context(), args[0], args[1] == "on")
		}),
	})
}

func siteHostsCommand() *cobra.Command {
	return withData(&cobra.Command{
		Use:   "hosts HOST [OTHER...]",
		Short: "Say which other hosts' events are a site's own",
		Long: `Say which other hosts' events are a site's own, instead of those named before;
none: only the site's own host. '*' is any host. Events on hosts that are not
the site's own are kept with the flag foreign-host, and not counted.`,
		Example: "  holdfast site hosts --data /var/lib/holdfast shop.example.com shop.example.org pay.example.com",
		Args: func(cmd *cobra.Command, args []string) error {
			return takes("HOST")(cmd, args[:min(1, len(args))])
		},
		RunE: changeSite(func(cmd *cobra.Command, s *opened, args []string) (control.Site, error) {
			return s.SetHosts(cmd.Context(), args[0], args[1:])
		}),
	})
}

// changeSite is a verb that changes a site and prints it as it is then.
func changeSite(change func(*cobra.Command, *opened, []string) (control.Site, error)) func(*cobra.Command, []string) error {
	return with(func(cmd *cobra.Command, s *opened, args []string) error {
		site, err := change(cmd, s, args)
		if err != nil {
			return err
		}
		if wantsJSON(cmd) {
			return printJSON(cmd, site)
		}
		return printSites(cmd, []control.Site{site})
	})
}

func siteListCommand() *cobra.Command {
	return withData(&cobra.Command{
		Use:     "list",
		Short:   "List the sites",
		Example: "  holdfast site list --data /var/lib/holdfast",
		Args:    takes(),
		RunE: with(func(cmd *cobra.Command, s *opened, _ []string) error {
			sites, err := s.Sites(cmd.Context())
			if err != nil {
				return err
			}
			if wantsJSON(cmd) {
				return printJSON(cmd, sites)
			}
			return printSites(cmd, sites)
		}),
	})
}

func printSites(cmd *cobra.Command, sites []control.Site) error {
	t := &table{head: []string{"SITE", "ZONE", "PUBLIC", "OTHER HOSTS", "CREATED"}}
	for _, s := range sites {
		zone, public := s.Zone, "no"
		if s.Next != "" {
			zone += fmt.Sprintf(" (%s from the next midnight)", s.Next)
		}
		if s.Public {
			public = "yes"
		}
		t.add(s.Name, zone, public, strings.Join(s.Hosts, " "), s.Created.String())
	}
	return printTable(cmd, t)
}
