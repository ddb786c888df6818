package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/serve/control"
	"holdfast/serve/deal"
)

func dealCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "deal",
		Short: "Add deals, list, change, end and delete them, and show what came of one",
		Long: `Add deals, list, change, end and delete them, and show what came of one.

A deal is an item, campaign or period with a window of time: from its start to
its end or, without an end, until the site's next deal starts. docs/deals.md
explains it.`,
	}, dealAddCommand(), dealListCommand(), dealShowCommand(), dealSetCommand(), dealEndCommand(), dealDeleteCommand(), dealImportCommand())
}

// dealFlags are what may be said of a deal.
type dealFlags struct {
	title, starts, ends, goal, link string
	paths                           []string
}

const dealTimes = `Times are days (2026-07-31; as an end the day is included), moments in the
site's zone ('2026-07-31 18:30'), or moments in RFC 3339.`

func (f *dealFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.title, "title", "", "`TEXT` it is called by")
	cmd.Flags().StringVar(&f.starts, "starts", "", "`TIME` from which on it lasts")
	cmd.Flags().StringVar(&f.ends, "ends", "", "`TIME` until which it lasts; none: when the site's next deal starts")
	cmd.Flags().StringArrayVar(&f.paths, "path", nil, "`PATH` of a page that belongs to it; may be given several times; none: all pages")
	cmd.Flags().StringVar(&f.goal, "goal", "", "`NAME` of the event that counts as biting, such as purchase")
	cmd.Flags().StringVar(&f.link, "link", "", "`URL` of its page")
}

// change returns what of a deal the flags that were given change.
func (f *dealFlags) change(cmd *cobra.Command) (c deal.Change, any bool) {
	given := func(name string) bool {
		any = any || cmd.Flags().Changed(name)
		return cmd.Flags().Changed(name)
	}
	for _, p := range []struct {
		name string
		from *string
		to   **string
	}{{"title", &f.title, &c.Title}, {"starts", &f.starts, &c.Starts}, {"ends", &f.ends, &c.Ends}, {"goal", &f.goal, &c.Goal}, {"link", &f.link, &c.Link}} {
		if given(p.name) {
			*p.to = p.from
		}
	}
	if given("path") {
		paths := []string{}
		for _, p := range f.paths {
			if p != "" {
				paths = append(paths, p)
			}
		}
		c.Paths = &paths
	}
	return c, any
}

// withSite is a verb that does something with a site of a store: the one that
// --site names, or the only one there is.
func withSite(cmd *cobra.Command, do func(cmd *cobra.Command, s *opened, site control.Site, args []string) error) *cobra.Command {
	var name string
	cmd.RunE = with(func(cmd *cobra.Command, s *opened, args []string) error {
		site, err := siteAsked(cmd, s, name)
		if err != nil {
			return err
		}
		return do(cmd, s, site, args)
	})
	cmd.Flags().StringVar(&name, "site", "", "`HOST` of the site; needed if there are several")
	return withData(cmd)
}

func dealAddCommand() *cobra.Command {
	var f dealFlags
	cmd := withSite(&cobra.Command{
		Use:     "add ID",
		Short:   "Add a deal",
		Long:    "Add a deal.\n\n" + dealTimes,
		Example: "  holdfast deal add --data /var/lib/holdfast mug-2026 --title 'A blue mug' --starts 2026-07-31 --goal purchase",
		Args:    takes("ID"),
	}, func(cmd *cobra.Command, s *opened, site control.Site, args []string) error {
		d, err := s.AddDeal(cmd.Context(), site.Name, deal.Written{
			ID: args[0], Title: f.title, Starts: f.starts, Ends: f.ends, Paths: f.paths, Goal: f.goal, Link: f.link,
		})
		return printDeal(cmd, site, d, err)
	})
	f.add(cmd)
	return cmd
}

func dealSetCommand() *cobra.Command {
	var f dealFlags
	cmd := withSite(&cobra.Command{
		Use:   "set ID",
		Short: "Change a deal; its statistics follow at once",
		Long: `Change what of a deal is given; its statistics are those of its new window at
once. --ends '' lets it last until the next one starts, --path '' makes all
pages its own.

` + dealTimes,
		Example: "  holdfast deal set --data /var/lib/holdfast mug-2026 --ends '2026-08-01 12:00'",
		Args:    takes("ID"),
	}, func(cmd *cobra.Command, s *opened, site control.Site, args []string) error {
		c, any := f.change(cmd)
		if !any {
			return usage(fmt.Errorf("nothing to change is given"), "holdfast deal set --help lists what can be")
		}
		d, err := s.ChangeDeal(cmd.Context(), site.Name, args[0], c)
		return printDeal(cmd, site, d, err)
	})
	f.add(cmd)
	return cmd
}

func dealEndCommand() *cobra.Command {
	var at string
	cmd := withSite(&cobra.Command{
		Use:     "end ID",
		Short:   "End a deal, now or at another time",
		Long:    "End a deal, now or at another time.\n\n" + dealTimes,
		Example: "  holdfast deal end --data /var/lib/holdfast mug-2026",
		Args:    takes("ID"),
	}, func(cmd *cobra.Command, s *opened, site control.Site, args []string) error {
		if at == "" {
			at = holdfast.MillisOf(time.Now()).String()
		}
		d, err := s.ChangeDeal(cmd.Context(), site.Name, args[0], deal.Change{Ends: &at})
		return printDeal(cmd, site, d, err)
	})
	cmd.Flags().StringVar(&at, "at", "", "`TIME` at which it ends, instead of now")
	return cmd
}

func dealDeleteCommand() *cobra.Command {
	return withSite(&cobra.Command{
		Use:     "delete ID",
		Short:   "Delete a deal; what happened in its window stays",
		Example: "  holdfast deal delete --data /var/lib/holdfast mug-2026",
		Args:    takes("ID"),
	}, func(cmd *cobra.Command, s *opened, site control.Site, args []string) error {
		if err := s.DeleteDeal(cmd.Context(), site.Name, args[0]); err != nil {
			return err
		}
		if wantsJSON(cmd) {
			return printJSON(cmd, map[string]string{"deleted": args[0]})
		}
		say(cmd, "deal %s is deleted; nothing that happened is", args[0])
		return nil
	})
}

func dealListCommand() *cobra.Command {
	var limit int
	cmd := withSite(&cobra.Command{
		Use:     "list",
		Short:   "List the deals of a site, the latest first",
		Example: "  holdfast deal list --data /var/lib/holdfast --limit 20",
		Args:    takes(),
	}, func(cmd *cobra.Command, s *opened, site control.Site, _ []string) error {
		if limit < 0 {
			return usage(fmt.Errorf("--limit %d: less than 0", limit), "0 lists all of them")
		}
		list, total, err := listDeals(cmd, s, site, limit)
		if err != nil {
			return err
		}
		if wantsJSON(cmd) {
			return printJSON(cmd, list)
		}
		if err := printDeals(cmd, site, list); err != nil {
			return err
		}
		if len(list) < total {
			say(cmd, "these are the latest %s of %s; --limit 0 lists all", count(int64(len(list))), counted(int64(total), "deal"))
		}
		return nil
	})
	cmd.Flags().IntVar(&limit, "limit", deal.DefaultPage, "how `MANY`; 0: all")
	return cmd
}

// listDeals returns so many deals, or all if limit is 0, and how many there
// are.
func listDeals(cmd *cobra.Command, s *opened, site control.Site, limit int) (list []deal.Shown, total int, err error) {
	list = []deal.Shown{}
	for before := ""; ; {
		want := deal.MaxPage
		if limit > 0 {
			want = min(want, limit-len(list))
		}
		p, err := s.Deals(cmd.Context(), site.Name, before, want)
		if err != nil {
			return nil, 0, err
		}
		list = append(list, p.Deals...)
		if before = p.Next; before == "" || len(list) == limit {
			return list, p.Total, nil
		}
	}
}

// printDeal prints a deal as a change left it, unless that failed.
func printDeal(cmd *cobra.Command, site control.Site, d deal.Shown, err error) error {
	switch {
	case err != nil:
		return err
	case wantsJSON(cmd):
		return printJSON(cmd, d)
	}
	return printDeals(cmd, site, []deal.Shown{d})
}

func printDeals(cmd *cobra.Command, site control.Site, list []deal.Shown) error {
	t := &table{head: []string{"ID", "TITLE", "STARTS", "ENDS", "GOAL", "PATHS"}}
	loc := zoneOf(site)
	for _, d := range list {
		t.add(d.ID, plain(d.Title), moment(d.Window.From, loc), endOf(&d, loc), plain(d.Goal), plain(strings.Join(d.Paths, " ")))
	}
	return printTable(cmd, t)
}

// endOf says when a deal ends.
func endOf(d *deal.Shown, loc *time.Location) string {
	switch {
	case d.Window.Open:
		return "goes on"
	case d.Ends == nil:
		return moment(d.Window.To, loc) + " (the next starts)"
	}
	return moment(d.Window.To, loc)
}

func zoneOf(site control.Site) *time.Location {
	loc, err := holdfast.LoadZone(site.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}
