package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"holdfast"
)

func demoCommand() *cobra.Command {
	var d demo
	cmd := withSettings(&cobra.Command{
		Use:   "demo",
		Short: "Make up 30 days of traffic, serve it, and show what can be asked",
		Long: `Make a store in a scratch folder, make up traffic of the last 30 days for it,
with an afternoon on which the server was down, and serve it. It prints a few
answers and what to try, and opens the page where there is a browser. While it
runs the traffic goes on, over HTTP, with a deal every midnight.

All of it is made up. The folder is removed at the end, unless --dir or --keep
is given.`,
		Example: "  holdfast demo\n  holdfast demo --once",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(cmd)
			if err != nil {
				return err
			}
			if d.days < 8 || d.days > 400 {
				return usage(fmt.Errorf("--days: %d is not from 8 to 400", d.days), "the answers are about the last 7 days")
			}
			d.cmd, d.settings = cmd, s
			return d.run(cmd.Context())
		},
	}, "listen")
	cmd.Flags().IntVar(&d.days, "days", 30, "how `MANY` days of traffic to make up")
	cmd.Flags().IntVar(&d.perDay, "per-day", 10_000, "how `MANY` events a day")
	cmd.Flags().StringVar(&d.dir, "dir", "", "`DIR` to make the store in, and leave it there")
	cmd.Flags().BoolVar(&d.keep, "keep", false, "leave the scratch folder there")
	cmd.Flags().BoolVar(&d.once, "once", false, "print the answers and end")
	return cmd
}

// demo is one run of the verb.
type demo struct {
	settings
	cmd    *cobra.Command
	days   int
	perDay int
	dir    string
	keep   bool
	once   bool
	past   *past

	scratch bool // dir is to be removed
}

func (d *demo) run(ctx context.Context) error {
	began := time.Now()
	listener, err := d.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := d.makeDir(); err != nil {
		return err
	}
	err = d.runIn(ctx, listener, began)
	return errors.Join(err, d.leave())
}

func (d *demo) runIn(ctx context.Context, listener net.Listener, began time.Time) (err error) {
	say(d.cmd, "making up %d days of traffic for %s in %s", d.days, demoSite, d.dir)
	d.past, err = makePast(ctx, d.dir, d.days, d.perDay)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make up traffic: %w", err)
	}
	say(d.cmd, "made up %s in %s", counted(d.past.sent, "event"), time.Since(began).Round(100*time.Millisecond))
	return d.serve(ctx, listener)
}

// listen opens the address first: it would be a pity to fail at the end.
func (d *demo) listen() (net.Listener, error) {
	address := d.settings.listen
	l, err := net.Listen("tcp", address)
	if err == nil {
		return l, nil
	}
	if address != defaults.listen {
		return nil, holdfast.Hint(err, "nothing was made; --listen names another address, and --listen 127.0.0.1:0 takes a free port")
	}
	if l, err = net.Listen("tcp", "127.0.0.1:0"); err == nil {
		say(d.cmd, "%s is taken; this is at %s instead", address, l.Addr())
	}
	return l, err
}

// makeDir makes the folder, and its path one that is good from anywhere.
func (d *demo) makeDir() (err error) {
	if d.dir == "" {
		d.scratch = !d.keep
		d.dir, err = os.MkdirTemp("", "holdfast-demo-")
		return err
	}
	if d.dir, err = filepath.Abs(d.dir); err != nil {
		return err
	}
	return os.MkdirAll(d.dir, 0o700)
}

// leave says what is left of it all.
func (d *demo) leave() error {
	if !d.scratch {
		if d.past != nil {
			say(d.cmd, "the store stays in %[1]s: %[2]s serve --data %[1]s serves it", shellWord(d.dir), program())
		}
		return nil
	}
	if err := os.RemoveAll(d.dir); err != nil {
		return holdfast.Hint(err, "%s is of no use any more: remove it", d.dir)
	}
	if !d.once {
		say(d.cmd, "ended; %s is removed, and nothing is left of it", d.dir)
	}
	return nil
}

// serve serves the store as it would be for real, with the time that it is.
func (d *demo) serve(ctx context.Context, listener net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s := d.settings
	s.data = d.dir
	server := server{
		settings: s, stderr: d.cmd.ErrOrStderr(), listener: listener,
		note: "All of this traffic is made up.",
		log:  slog.New(slog.NewTextHandler(d.cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn})),
		ready: func(ctx context.Context, b *backend, address string) error {
			if err := d.show(ctx, b); err != nil {
				return err
			}
			if d.once {
				stop()
				return nil
			}
			d.invite(address)
			return d.goOn(ctx, b.store, address)
		},
	}
	return server.run(ctx)
}

// invite says what to try, and opens the page.
func (d *demo) invite(address string) {
	page := address + "/s/" + demoSite
	opens := "Open"
	if openBrowser(d.cmd.ErrOrStderr(), page) {
		opens = "A browser should open"
	}
	auth := "-H 'Authorization: Bearer " + d.past.key + "'"
	d.cmd.PrintErrf(`holdfast: all of this traffic is made up, and goes on. %[7]s

  %[5]s
  %[5]s/deals

or try:

  curl %[1]s '%[2]s/api/v1/sites/%[3]s/stats?metrics=views,visitors&by=country&period=7d&limit=5'
  curl %[1]s --get '%[2]s/api/v1/sites/%[3]s/stats' -d period=today -d metrics=views,bounce_rate -d by=hour \
    --data-urlencode "where=source = 'Google'"
  curl %[1]s -d '{"site":"%[3]s","name":"pageview","url":"https://%[3]s/hello"}' %[2]s/api/v1/events
  %[6]s query --data %[4]s 'views, visitors by path where channel = "Email" for 7d limit 10'
  %[6]s tail --data %[4]s
  %[6]s verify --data %[4]s

holdfast: Ctrl-C ends it
`, auth, address, demoSite, shellWord(d.dir), page, program(), opens)
}
