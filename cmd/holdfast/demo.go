package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"holdfast/keep"
)

func demoCommand() *cobra.Command {
	var d demo
	cmd := withSettings(&cobra.Command{
		Use:   "demo",
		Short: "Make up 30 days of traffic, serve it, and show what can be asked",
		Long: `Make a store in a scratch folder, make up traffic of the last 30 days for it,
with an afternoon on which the server was down, and serve it. It prints a few
answers, and the addresses to try. The traffic goes on while it runs.

All of it is made up. The folder is removed at the end, unless --dir or --keep
is given.`,
		Example: "  holdfast demo --once",
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
}

func (d *demo) run(ctx context.Context) error {
	began := time.Now()
	listener, err := d.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	if d.dir == "" {
		if d.dir, err = os.MkdirTemp("", "holdfast-demo-"); err != nil {
			return err
		}
		if !d.keep {
			defer os.RemoveAll(d.dir)
		}
	} else if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	say(d.cmd, "making up %d days of traffic for %s in %s", d.days, demoSite, d.dir)
	if d.past, err = makePast(ctx, d.dir, d.days, d.perDay); err != nil {
		return fmt.Errorf("make up traffic: %w", err)
	}
	say(d.cmd, "made up %s in %s", counted(d.past.sent, "event"), time.Since(began).Round(100*time.Millisecond))
	return d.serve(ctx, listener)
}

// listen opens the address first: it would be a pity to fail at the end.
func (d *demo) listen() (net.Listener, error) {
	l, err := net.Listen("tcp", d.settings.listen)
	if err != nil && !d.cmd.Flags().Changed("listen") {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	return l, err
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
			return d.goOn(ctx, b.store)
		},
	}
	return server.run(ctx)
}

// invite says what to try.
func (d *demo) invite(address string) {
	auth := "-H 'Authorization: Bearer " + d.past.key + "'"
	d.cmd.PrintErrf(`holdfast: all of this traffic is made up, and goes on. Open

  %[2]s/s/%[3]s

or try:

  curl %[1]s '%[2]s/api/v1/sites/%[3]s/stats?metrics=views,visitors&by=country&period=7d&limit=5'
  curl %[1]s --get '%[2]s/api/v1/sites/%[3]s/stats' -d period=today -d metrics=views,bounce_rate -d by=hour \
    --data-urlencode "where=source = 'Google'"
  curl %[1]s -d '{"site":"%[3]s","name":"pageview","url":"https://%[3]s/hello"}' %[2]s/api/v1/events
  holdfast query --data %[4]s 'views, visitors by path where channel = "Email" for 7d limit 10'
  holdfast verify --data %[4]s

holdfast: Ctrl-C ends it
`, auth, address, demoSite, d.dir)
}

// goOn makes the traffic arrive as time goes on.
func (d *demo) goOn(ctx context.Context, store *keep.Store) error {
	door := d.past.door(store, time.Now)
	for d.past.more {
		select {
		case <-time.After(time.Until(d.past.hit.Arrival.Time())):
		case <-ctx.Done():
			return nil
		}
		if err := door.take(ctx, d.past); err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("make up traffic: %w", err)
		}
	}
	return nil
}
