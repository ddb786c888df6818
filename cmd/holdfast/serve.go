package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/accesslog"
	"holdfast/collect/beacon"
	"holdfast/collect/beacon/script"
	"holdfast/collect/classify"
	"holdfast/collect/classify/geoip"
	"holdfast/collect/client"
	"holdfast/collect/events"
	"holdfast/collect/limit"
	"holdfast/internal/fsx"
	"holdfast/keep"
	"holdfast/serve"
	"holdfast/serve/api"
	"holdfast/serve/control"
	"holdfast/serve/live"
)

func serveCommand() *cobra.Command {
	var sealRows int
	cmd := withSettings(&cobra.Command{
		Use:   "serve --data DIR",
		Short: "Collect events and answer questions, until told to stop",
		Long: `Open a store, collect events and answer questions over HTTP. When it is ready
it says so in one line on standard error, with the address. It makes no store:
that is what holdfast init is for.

SIGTERM and SIGINT end it in order: what is under way is finished, and the exit
status is 0. A second one ends it at once, which loses nothing that was
acknowledged.`,
		Example: "  holdfast serve --data /var/lib/holdfast --listen 127.0.0.1:8080",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := readSettings(cmd)
			if err == nil {
				err = s.checkData()
			}
			if err != nil {
				return err
			}
			log := newLog(s.log, cmd.ErrOrStderr())
			for _, name := range unknownEnv() {
				log.Warn("variable of the environment is no setting", "name", name)
			}
			server := server{settings: s, sealRows: sealRows, log: log, stderr: cmd.ErrOrStderr()}
			return server.run(cmd.Context())
		},
	}, "data", "listen", "public_url", "hosts", "trusted_proxies", "cloudflare_ranges", "country_header", "geoip", "geoip_asn", "script_name", "endpoint_name", "limits.network_rate", "limits.network_burst",
		"limits.site_bytes_per_day", "limits.new_strings_per_hour", "limits.live_streams", "limits.live_streams_per_network", "log")
	cmd.Flags().IntVar(&sealRows, "seal-rows", 0, "events in memory before they are sealed into a file")
	cmd.Flags().MarkHidden("seal-rows") // for tests, which cannot wait for a million
	return cmd
}

// server serves a store.
type server struct {
	settings
	sealRows int // 0: the store's default
	log      *slog.Logger
	stderr   io.Writer
	listener net.Listener // nil: one on settings.listen
	note     string       // what every page begins with
	// ready, if it is set, is called once requests are answered.
	ready func(ctx context.Context, b *backend, address string) error
}

// run serves until ctx is done.
func (s *server) run(ctx context.Context) error {
	store, err := keep.Open(s.data, keep.Options{Log: s.log, SealRows: s.sealRows})
	if err != nil {
		return err
	}
	return errors.Join(s.serve(ctx, store), store.Close())
}

func (s *server) serve(ctx context.Context, store *keep.Store) (err error) {
	classifier, follow, err := s.classifier(s.log)
	if err != nil {
		return err
	}
	if s.listener == nil {
		if s.listener, err = net.Listen("tcp", s.settings.listen); err != nil {
			return holdfast.Hint(err, "--listen names another address; port 0 takes a free one")
		}
	}
	fsys, err := fsx.OpenDir(s.data)
	if err != nil {
		return err
	}
	defer fsys.Close()
	address := "http://" + s.listener.Addr().String()
	b := newBackend(store, &control.Server{
		Process: os.Getpid(), Program: buildVersion().String(), Started: holdfast.MillisOf(time.Now()), Address: address,
	})
	b.intake = accesslog.NewIntake(store, classifier, time.Now)
	group, ctx := errgroup.WithContext(ctx)
	for _, follow := range follow {
		group.Go(func() error { follow(ctx); return nil })
	}
	mux, watched := s.mux(store, b, classifier)
	group.Go(func() error { watched.Run(ctx); return nil })
	group.Go(func() error { return s.inOrder(ctx, mux.Serve(ctx, s.listener)) })
	if socket, err := control.Listen(fsys, store.Stamp().Store.String(), s.log); err != nil {
		s.log.Warn("no control socket: verbs cannot reach this server", "err", err)
	} else {
		group.Go(func() error { return s.inOrder(ctx, control.Serve(ctx, socket, b)) })
	}
	if s.settings.log == "json" {
		s.log.Info("listening", "address", address)
	} else {
		fmt.Fprintf(s.stderr, "holdfast: listening on %s\n", address)
	}
	if s.ready != nil {
		group.Go(func() error { return s.ready(ctx, b, address) })
	}
	return group.Wait()
}

// inOrder makes no failure of requests that had not ended when the server had
// to: nobody was told that they had succeeded.
func (s *server) inOrder(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		s.log.Warn("stopped before all requests had ended", "err", err)
		return nil
	}
	return err
}

func newLog(format string, w io.Writer) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// geoipInterval is how often it is looked whether a file about addresses was
// replaced. Those who make them do so daily at most.
const geoipInterval = time.Minute

// classifier returns the classifier for all doors, and what must run beside it.
func (s *settings) classifier(log *slog.Logger) (c *classify.Classifier, follow []func(context.Context), err error) {
	c = classify.New()
	if s.geoip != "" {
		places, err := geoip.Open(s.geoip, log)
		if err != nil {
			return nil, nil, holdfast.Hint(err, "geoip names a file in MaxMind's format (.mmdb) with countries; without it they are estimated")
		}
		c.Places = places
		follow = append(follow, func(ctx context.Context) { places.Follow(ctx, geoipInterval) })
	}
	if s.geoipASN != "" {
		networks, err := geoip.OpenNetworks(s.geoipASN, log)
		if err != nil {
			return nil, nil, holdfast.Hint(err, "geoip_asn names a file in MaxMind's format (.mmdb) with autonomous systems; without it bots are known by what they say")
		}
		c.Networks = networks
		follow = append(follow, func(ctx context.Context) { networks.Follow(ctx, geoipInterval) })
	}
	return c, follow, nil
}

// mux wires what is served, and returns with it what must run for those who
// watch.
func (s *server) mux(store *keep.Store, b *backend, classifier *classify.Classifier) (*serve.Server, *live.Live) {
	networks := limit.NewNetworks(s.limits.networkRate, s.limits.networkBurst, time.Now)
	proxies := &client.Proxies{Trusted: s.trustedProxies, Cloudflare: s.cloudflareRanges, CountryHeader: s.countryHeader}
	collector := collect.New(collect.Options{
		Sites: store, Salts: store, Hasher: store, Books: store, Classifier: classifier, Sink: store,
		NewStringsPerHour: s.limits.newStringsPerHour, SiteBytesPerDay: s.limits.siteBytesPerDay,
	})
	b.tokens = &collector.Tokens
	mux := serve.New(serve.Options{Log: s.log, Hosts: s.names(), Misdirected: s.misdirected(store)})
	mux.Handle("POST /api/v1/events", events.New(events.Options{
		Collector: collector, Books: store, Keys: store, Receipts: store, Networks: networks, Proxies: proxies,
	}))
	beacon.New(beacon.Options{
		Collector: collector, Books: store, Keys: store, Receipts: store, Networks: networks, Proxies: proxies,
		Endpoint: s.otherEndpoint(),
	}).Routes(mux.Handle)
	for _, path := range s.scripts() {
		mux.Handle("GET "+path, script.Handler(script.Text(s.endpoint())))
	}
	api.New(api.Options{
		Sites: store, Keys: store, Receipts: store, Deals: store, Parser: questions{}, Asker: b.asker,
		Ready: (&readiness{beat: store.Beat}).check,
		Allow: func(r *http.Request) (time.Duration, bool) { return networks.Allow(proxies.Address(r)) },
	}).Routes(mux.Handle)
	watched := s.live(store, networks, proxies)
	watched.Routes(mux.Handle)
	s.addPages(mux, store, b, watched)
	return mux, watched
}

// misdirected books the events that were sent to another host.
func (s *server) misdirected(books collect.Books) func(r *http.Request, pattern string) {
	doors := map[string]bool{"POST /api/event": true, "POST " + s.otherEndpoint(): true, "GET /pixel.gif": true, "POST /api/v1/events": true}
	return func(r *http.Request, pattern string) {
		if doors[pattern] && r.Method != http.MethodHead {
			books.Refused(0, holdfast.RefusedHost, 1)
		}
	}
}

// readiness knows whether the store can make anything durable, by doing it.
type readiness struct {
	beat func(context.Context) error

	mu  sync.Mutex // guards all below
	at  time.Time
	err error
}

// readyFor is how long one beat speaks for the store, so that whoever asks
// does not fill the log.
const readyFor = 2 * time.Second

func (r *readiness) check(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.at) >= readyFor {
		r.err = r.beat(context.WithoutCancel(ctx))
		r.at = time.Now()
	}
	return r.err
}
