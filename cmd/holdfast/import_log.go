package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/accesslog"
	"holdfast/serve/control"
	"holdfast/serve/deal"
)

func importLogCommand() *cobra.Command {
	var l logImport
	cmd := withSettings(&cobra.Command{
		Use:   "log FILE...",
		Short: "Take page views from the access logs of web servers",
		Long: `Read access logs, plain or gzip, and keep the page views in them. - is standard
input.

The formats are combined, common, vhost-combined, nginx (the same as combined),
caddy (JSON) and nginx-json; which it is follows from the first lines. A page
view is a GET that was answered with 200 to 299 or 304, of what is neither an
asset nor an address for programs. docs/importing.md has the rule, and says what
becomes of everything else.

It is also kept of which time the logs tell, so that an hour in which nobody
came is told from one of which there is no log. --from and --to leave out what
is of another time, as when a log has to fill a hole. They are days, of which
--to is included, moments of the site's clock ('2026-07-31 18:30'), or RFC 3339.
If sites have different clocks, --site has to say whose, or RFC 3339 is needed.

A log may be read again, whole or in parts and in any order: what is known
already is not counted twice. The summary adds up to every line.

Exit status: 0 done, 1 failed on the way, or it is no such log, 4 a compressed log
is damaged. What the summary says is kept is kept; the same command again adds
the rest.`,
		Example: `  holdfast import log --data /var/lib/holdfast --site shop.example.com /var/log/nginx/access.log*
  holdfast import log --data /var/lib/holdfast --site shop.example.com --dry-run access.log.gz`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(errors.New("FILE is required"), "%s", cmd.UseLine())
			}
			return l.run(cmd, args)
		},
	}, "data", "geoip", "geoip_asn")
	cmd.Flags().StringVar(&l.site, "site", "", "`HOST` of the site, if the lines do not name theirs, or are all of one")
	cmd.Flags().StringVar(&l.format, "format", "", "`FORMAT` of the lines, if it cannot be told from the first")
	cmd.Flags().StringVar(&l.from, "from", "", "`TIME` from which on page views are taken; none: all")
	cmd.Flags().StringVar(&l.to, "to", "", "`TIME` until which they are taken; none: all")
	cmd.Flags().BoolVar(&l.dryRun, "dry-run", false, "print what twenty lines would become, and the summary of all, and change nothing")
	return cmd
}

// logImport is what to import, and how.
type logImport struct {
	site, format string
	from, to     string
	dryRun       bool
}

// importLogBytes is the size of log files while a store is open for an import:
// large enough for many batches, and soon filled with zeros.
const importLogBytes = 16 << 20

func (l *logImport) run(cmd *cobra.Command, names []string) error {
	var o accesslog.Options
	if l.format != "" {
		var err error
		if o.Format, err = accesslog.ParseFormat(l.format); err != nil {
			return usage(fmt.Errorf("--format: %w", reasonOf(err)), "without it the format is found out")
		}
	}
	if err := checkFiles(names); err != nil {
		return err
	}
	s, err := openStoreWith(cmd, importLogBytes)
	if err != nil {
		return err
	}
	if err := classifyAsServer(cmd, s); err != nil {
		return errors.Join(err, s.Close())
	}
	return errors.Join(l.into(cmd, s, o, names), s.Close())
}

// classifyAsServer has a store that this process opened classify page views as
// a server with these settings would.
func classifyAsServer(cmd *cobra.Command, s *opened) error {
	b, ok := s.Backend.(*backend)
	if !ok {
		for _, name := range []string{"geoip", "geoip-asn"} {
			if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
				say(cmd, "--%s makes no difference: a server is running, and classifies with what it was started with", name)
			}
		}
		return nil
	}
	set, err := readSettings(cmd)
	if err != nil {
		return err
	}
	classifier, _, err := set.classifier(newLog(set.log, cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	b.intake = accesslog.NewIntake(b.store, classifier, b.now)
	return nil
}

// checkFiles finds out before anything is done whether all files can be read.
func checkFiles(names []string) error {
	for _, name := range names {
		if name == "-" {
			continue
		}
		info, err := os.Stat(name)
		switch {
		case err != nil:
			return err
		case info.IsDir():
			return usage(fmt.Errorf("%s is a folder", name), "name the files in it: %s/*", name)
		case !info.Mode().IsRegular():
			continue // what is read of it cannot be read again
		}
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (l *logImport) into(cmd *cobra.Command, s *opened, o accesslog.Options, names []string) error {
	sites, err := s.Sites(cmd.Context())
	if err != nil {
		return err
	}
	hosts := hostsOf(sites)
	if o.Site = l.site; o.Site != "" {
		var ok bool
		if o.Site, ok = hosts[collect.BareHost(strings.ToLower(l.site))]; !ok {
			return fmt.Errorf("site %q: %w", l.site, holdfast.ErrNoSite)
		}
	}
	if err := l.times(sites, &o); err != nil {
		return err
	}
	o.Sites = func(host string) (string, bool) {
		site, ok := hosts[collect.BareHost(host)]
		return site, ok
	}
	o.Door, o.By = door{s}, whoAmI()
	if l.dryRun {
		return (&dryRun{cmd: cmd, to: s}).run(o, names, sites)
	}
	return importLogs(cmd, s, o, names, sites)
}

// times reads the time whose page views are taken, by the clock of o.Site or,
// if that is not said, of all sites.
func (l *logImport) times(sites []control.Site, o *accesslog.Options) (err error) {
	zones := map[string]bool{}
	for _, site := range sites {
		if o.Site == "" || site.Name == o.Site {
			zones[site.Zone] = true
		}
	}
	zone := "UTC"
	if len(zones) == 1 {
		zone = slices.Collect(maps.Keys(zones))[0]
	}
	clock, err := holdfast.NewSite(1, "site", zone, 0)
	if err != nil {
		return err
	}
	read := func(flag, text string, later holdfast.Day) (holdfast.Millis, error) {
		if text == "" {
			return 0, nil
		}
		at, err := deal.Moment(flag, text, clock, later)
		if _, exact := time.Parse(time.RFC3339, text); err == nil && exact != nil && len(zones) > 1 {
			return 0, usage(fmt.Errorf("%s: %q: the clocks of the sites differ", flag, text), "name a site with --site, or write moments like 2026-07-31T18:30:00+02:00")
		}
		return at, err
	}
	if o.From, err = read("--from", l.from, 0); err != nil {
		return err
	}
	if o.To, err = read("--to", l.to, 1); err != nil {
		return err
	}
	if o.To != 0 && o.From >= o.To {
		return usage(fmt.Errorf("--to: is not after --from"), "a day is included: --from 2026-07-31 --to 2026-07-31 is that day")
	}
	return nil
}

// hostsOf returns the name of each site by the hosts that are its own.
func hostsOf(sites []control.Site) map[string]string {
	hosts := map[string]string{}
	for _, site := range sites {
		for _, host := range site.Hosts {
			hosts[collect.BareHost(host)] = site.Name
		}
	}
	for _, site := range sites { // whose names go before
		hosts[collect.BareHost(site.Name)] = site.Name
	}
	return hosts
}

func importLogs(cmd *cobra.Command, s control.Backend, o accesslog.Options, names []string, sites []control.Site) error {
	sum, err := readLogs(cmd.Context(), cmd, o, names)
	if sum.Lines > 0 || err == nil {
		if shown := writeSummary(cmd, &sum, sites); shown != nil {
			return shown
		}
		sayTwice(cmd, s, sum.Times, sites)
	}
	switch {
	case err != nil && !errors.Is(err, holdfast.ErrDamaged) && sum.Lines > 0:
		const again = "the summary says what is kept; the same command again adds the rest, and nothing twice"
		if hintOfDisk(err) != "" { // which is what there is to do first
			say(cmd, again)
		}
		return holdfast.Hint(err, again)
	case err == nil && sum.Difference() != 0:
		return found(fmt.Errorf("%d lines are in none of the numbers", sum.Difference()), "this is an error in the program")
	}
	return err
}

// readLogs reads logs, and returns what became of their lines.
func readLogs(ctx context.Context, cmd *cobra.Command, o accesslog.Options, names []string) (accesslog.Summary, error) {
	progress := newProgress(cmd, names)
	o.Progress = progress.show
	im := accesslog.New(o)
	err := readAll(ctx, im, names, progress)
	if closed := im.Close(ctx); closed != nil && !errors.Is(err, closed) {
		err = errors.Join(err, closed)
	}
	progress.end()
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	return im.Summary(), err
}

// readAll reads one log after the other. A log that is damaged or no log does
// not keep those behind it from being read.
func readAll(ctx context.Context, im *accesslog.Importer, names []string, progress *progress) error {
	var errs []error
	for _, name := range names {
		err := readLog(ctx, im, name, progress)
		var field *holdfast.FieldError
		if errs = append(errs, err); errors.As(err, &field) || ctx.Err() != nil || im.Failed() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

func readLog(ctx context.Context, im *accesslog.Importer, name string, progress *progress) error {
	if name == "-" {
		return im.File(ctx, "standard input", progress.reading(os.Stdin))
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return im.File(ctx, name, progress.reading(file))
}

// whoAmI returns what the user is called whose verb this is, or "".
func whoAmI() string {
	me, err := user.Current()
	if err != nil {
		return ""
	}
	return me.Username
}

// door is the way of hits into a store, wherever that is open.
type door struct{ to control.Backend }

var _ accesslog.Door = door{}

func (d door) Take(ctx context.Context, hits []accesslog.Hit, from holdfast.Import) (accesslog.Taken, error) {
	done, err := d.to.Import(ctx, control.Import{Hits: sentHits(hits), From: from})
	return takenOf(&done), err
}

func takenOf(done *control.Imported) accesslog.Taken {
	taken := accesslog.Taken{Counted: done.Counted, Flagged: done.Flagged, Duplicate: done.Duplicate}
	for _, r := range done.Refused {
		taken.Refused = append(taken.Refused, accesslog.Refusal(r))
	}
	return taken
}

func sentHits(hits []accesslog.Hit) []control.Hit {
	sent := make([]control.Hit, len(hits))
	for i := range hits {
		sent[i] = control.Hit(hits[i])
	}
	return sent
}
