package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/collect/client"
)

// settings are what can be set in the file that --config names, in the
// environment, and by flags; each overrides the one before.
type settings struct {
	data             string
	listen           string
	publicURL        string   // where the public reaches the server: https://stats.example.com
	hosts            []string // other names it has
	trustedProxies   []netip.Prefix
	cloudflareRanges []netip.Prefix
	countryHeader    string // in which those say the client's country
	geoip            string // a file that knows where addresses are
	geoipASN         string // a file that knows whose networks they are in
	scriptName       string // of the file that pages run, below /js/
	endpointName     string // of the endpoint it sends to, below /api/
	limits           limits
	log              string
}

type limits struct {
	networkRate       float64 // requests a second of one network without a good key; 0: no limit
	networkBurst      int     // of them at once
	siteBytesPerDay   int64   // of input for one site; 0: no limit
	newStringsPerHour int     // different values of one column of one site; 0: no limit

	liveStreams           int // open at once; 0: none
	liveStreamsPerNetwork int
}

// The defaults. A network of an office or a mobile carrier stays far below 50
// requests a second; a column with 100,000 new values an hour is no column
// anybody can read. Half of the connections that there may be are left for
// everything that is not a stream.
var defaults = settings{
	listen:       "127.0.0.1:8080",
	scriptName:   "script.js",
	endpointName: "event",
	limits:       limits{networkRate: 50, networkBurst: 200, newStringsPerHour: 100_000, liveStreams: 2000, liveStreamsPerNetwork: 200},
	log:          "text",
}

// setting is one of them. In the file it is called by its key, in the
// environment HOLDFAST_ and the key, and as a flag by the key with dashes.
type setting struct {
	key  string
	help string
	like string // an element, if the value is a list; in the environment and as a flag with commas
	set  func(s *settings, values []string) error
}

func (st *setting) env() string {
	return "HOLDFAST_" + strings.ToUpper(strings.ReplaceAll(st.key, ".", "_"))
}

func (st *setting) flag() string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(st.key)
}

// allSettings returns the settings there are. docs/operating.md explains them.
func allSettings() []setting {
	return []setting{
		{key: "data", help: "`DIR` of the store", set: func(s *settings, v []string) error {
			s.data = v[0]
			return nil
		}},
		{key: "listen", help: "`ADDR` to serve on, as host:port; port 0 takes a free one (default 127.0.0.1:8080)", set: func(s *settings, v []string) error {
			s.listen = v[0]
			return checkListen(v[0])
		}},
		{key: "public_url", help: "`URL` at which the public reaches the server: https://stats.example.com", set: func(s *settings, v []string) (err error) {
			s.publicURL, err = publicURL(v[0])
			return err
		}},
		{key: "hosts", help: "other `NAMES` that the server answers to", like: "stats.example.com", set: func(s *settings, v []string) (err error) {
			s.hosts, err = hostNames(v)
			return err
		}},
		{key: "trusted_proxies", help: "`NETWORKS` whose forwarding headers are believed", like: "10.0.0.0/8", set: func(s *settings, v []string) (err error) {
			s.trustedProxies, err = client.ParseNetworks("trusted_proxies", v)
			return err
		}},
		{key: "cloudflare_ranges", help: "`NETWORKS` whose CF-Connecting-IP is believed", like: "10.0.0.0/8", set: func(s *settings, v []string) (err error) {
			s.cloudflareRanges, err = client.ParseNetworks("cloudflare_ranges", v)
			return err
		}},
		{key: "country_header", help: "`HEADER` in which trusted proxies say the client's country, like CF-IPCountry", set: func(s *settings, v []string) error {
			s.countryHeader = v[0]
			return checkHeader(v[0])
		}},
		{key: "geoip", help: "`FILE` that knows where addresses are, in MaxMind's format (.mmdb)", set: func(s *settings, v []string) error {
			s.geoip = v[0]
			return nil
		}},
		{key: "geoip_asn", help: "`FILE` that knows whose networks addresses are in, in MaxMind's format (.mmdb)", set: func(s *settings, v []string) error {
			s.geoipASN = v[0]
			return nil
		}},
		{key: "script_name", help: "`NAME` of the script for pages, below /js/ (default script.js)", set: func(s *settings, v []string) error {
			s.scriptName = v[0]
			return checkName(v[0], "deal-7.js")
		}},
		{key: "endpoint_name", help: "`NAME` of the endpoint that the script sends to, below /api/ (default event)", set: func(s *settings, v []string) error {
			s.endpointName = v[0]
			return checkName(v[0], "deal-7")
		}},
		{key: "limits.network_rate", help: "requests a second of a network without a good key; 0: no `LIMIT` (default 50)", set: func(s *settings, v []string) (err error) {
			s.limits.networkRate, err = number(v[0], 0, 1e6)
			return err
		}},
		{key: "limits.network_burst", help: "how `MANY` of them at once (default 200)", set: func(s *settings, v []string) (err error) {
			s.limits.networkBurst, err = whole[int](v[0], 1, 1e6)
			return err
		}},
		{key: "limits.site_bytes_per_day", help: "`BYTES` of events a site may be sent in a UTC day; 0: no limit (default 0)", set: func(s *settings, v []string) (err error) {
			s.limits.siteBytesPerDay, err = whole[int64](v[0], 0, 1e15)
			return err
		}},
		{key: "limits.new_strings_per_hour", help: "how `MANY` different values a column of a site may take in an hour; 0: no limit (default 100000)", set: func(s *settings, v []string) (err error) {
			s.limits.newStringsPerHour, err = whole[int](v[0], 0, 1e7)
			return err
		}},
		{key: "limits.live_streams", help: "how `MANY` may watch sites by streams at once; 0: nobody (default 2000)", set: func(s *settings, v []string) (err error) {
			s.limits.liveStreams, err = whole(v[0], 0, 3500)
			return err
		}},
		{key: "limits.live_streams_per_network", help: "how `MANY` of them in one network (default 200)", set: func(s *settings, v []string) (err error) {
			s.limits.liveStreamsPerNetwork, err = whole(v[0], 1, 3500)
			return err
		}},
		{key: "log", help: "`FORMAT` of the log on standard error: text or json (default text)", set: func(s *settings, v []string) error {
			if s.log = v[0]; s.log != "text" && s.log != "json" {
				return fmt.Errorf("%q is neither text nor json", v[0])
			}
			return nil
		}},
	}
}

func checkListen(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%q is not an address like 127.0.0.1:8080", addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q: %q is not a port", addr, port)
	}
	return nil
}

// checkHeader says so if name is none that a header can have.
func checkHeader(name string) error {
	if name == "" || strings.Trim(name, "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return fmt.Errorf("%q is no header like CF-IPCountry", name)
	}
	return nil
}

// checkName says so if name is none that can stand at the end of a path.
func checkName(name, like string) error {
	if len(name) > 64 || strings.Trim(name, ".") == "" || strings.Trim(name, "-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return fmt.Errorf("%q is no name like %s, of at most 64 letters, digits, dots, dashes and underscores", name, like)
	}
	return nil
}

func number(text string, low, high float64) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= low && n <= high) {
		return 0, fmt.Errorf("%q is not a number from %g to %.0f", text, low, high)
	}
	return n, nil
}

func whole[T int | int64](text string, low, high T) (T, error) {
	n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
	if err != nil || n < int64(low) || n > int64(high) {
		return 0, fmt.Errorf("%q is not a whole number from %d to %d", text, low, high)
	}
	return T(n), nil
}

// withSettings gives cmd the flags of these settings.
func withSettings(cmd *cobra.Command, keys ...string) *cobra.Command {
	for _, st := range allSettings() {
		for _, key := range keys {
			if key == st.key {
				cmd.Flags().String(st.flag(), "", st.help)
			}
		}
	}
	return cmd
}

// withData gives cmd the flag --data.
func withData(cmd *cobra.Command) *cobra.Command { return withSettings(cmd, "data") }

// readSettings returns the settings that hold for cmd.
func readSettings(cmd *cobra.Command) (settings, error) {
	s := defaults
	all := allSettings()
	file, _ := cmd.Flags().GetString("config")
	if file == "" {
		file = os.Getenv("HOLDFAST_CONFIG")
	}
	if file != "" {
		if err := readFile(file, &s, all); err != nil {
			return s, err
		}
	}
	for _, st := range all {
		if text := os.Getenv(st.env()); text != "" {
			if err := st.setText(&s, text); err != nil {
				return s, usage(fmt.Errorf("%s: %w", st.env(), reasonOf(err)), "docs/operating.md lists the settings")
			}
		}
		if f := cmd.Flags().Lookup(st.flag()); f != nil && f.Changed {
			if err := st.setText(&s, f.Value.String()); err != nil {
				return s, usage(fmt.Errorf("--%s: %w", st.flag(), reasonOf(err)), "%s --help explains the flags", cmd.CommandPath())
			}
		}
	}
	return s, nil
}

// unknownEnv returns the variables of the environment that look like settings
// and are none.
func unknownEnv() (names []string) {
	known := map[string]bool{"HOLDFAST_CONFIG": true}
	for _, st := range allSettings() {
		known[st.env()] = true
	}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "HOLDFAST_") && !known[name] {
			names = append(names, name)
		}
	}
	return names
}

// setText sets what stands in the environment or in a flag.
func (st *setting) setText(s *settings, text string) error {
	if st.like == "" {
		return st.set(s, []string{text})
	}
	var values []string
	for v := range strings.SplitSeq(text, ",") {
		if v = strings.TrimSpace(v); v != "" {
			values = append(values, v)
		}
	}
	return st.set(s, values)
}

// reasonOf leaves out the field of an error, where the setting is named
// already.
func reasonOf(err error) error {
	if field, ok := err.(*holdfast.FieldError); ok {
		return fmt.Errorf("%s", field.Reason)
	}
	return err
}

// dataDir returns the folder of the store that cmd is about.
func dataDir(cmd *cobra.Command) (string, error) {
	s, err := readSettings(cmd)
	if err != nil {
		return "", err
	}
	return s.data, s.checkData()
}

func (s *settings) checkData() error {
	if s.data == "" {
		return usage(fmt.Errorf("--data is required"), "name the folder of the store: --data DIR, HOLDFAST_DATA, or data in the file that --config names")
	}
	return nil
}
