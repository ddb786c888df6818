package client_test

import (
	"net/http"
	"testing"

	"holdfast/collect/client"
)

func TestAddress(t *testing.T) {
	type header = map[string][]string
	xff := func(lines ...string) header { return header{"X-Forwarded-For": lines} }
	cases := []struct {
		name   string
		peer   string
		header header
		want   string
	}{
		{"the peer, if nobody is trusted", "203.0.113.9:1", xff("198.51.100.1"), "203.0.113.9"},
		{"the peer on loopback, which is not trusted either", "127.0.0.1:1", xff("198.51.100.1"), "127.0.0.1"},
		{"what a trusted proxy says", "10.0.0.1:1", xff("198.51.100.1"), "198.51.100.1"},
		{"the last that is not trusted, whatever the client wrote before it", "10.0.0.1:1", xff("1.1.1.1, 198.51.100.1, 10.0.0.2"), "198.51.100.1"},
		{"several lines count as one", "10.0.0.1:1", xff("1.1.1.1", "198.51.100.1", "10.0.0.2"), "198.51.100.1"},
		{"the first, if all are trusted", "10.0.0.1:1", xff("10.0.0.3, 10.0.0.2"), "10.0.0.3"},
		{"a port is cut off", "10.0.0.1:1", xff("198.51.100.1:4711"), "198.51.100.1"},
		{"brackets and a port are cut off", "10.0.0.1:1", xff("[2001:db8::7]:4711"), "2001:db8::7"},
		{"a mapped address is what it maps", "[::ffff:10.0.0.1]:1", xff("::ffff:198.51.100.1"), "198.51.100.1"},
		{"the last known, before garbage", "10.0.0.1:1", xff("198.51.100.1, unknown, 10.0.0.2"), "10.0.0.2"},
		{"the proxy, if it says nothing", "10.0.0.1:1", nil, "10.0.0.1"},
		{"Forwarded", "10.0.0.1:1", header{"Forwarded": {`for=1.1.1.1, For="[2001:db8::7]:4711";proto=https;by=10.0.0.1`}}, "2001:db8::7"},
		{"Forwarded that hides it", "10.0.0.1:1", header{"Forwarded": {"for=_secret"}}, "10.0.0.1"},
		{"both headers that agree", "10.0.0.1:1", header{"Forwarded": {"for=198.51.100.1"}, "X-Forwarded-For": {"198.51.100.1"}}, "198.51.100.1"},
		{"neither of both headers that differ", "10.0.0.1:1", header{"Forwarded": {"for=1.1.1.1"}, "X-Forwarded-For": {"198.51.100.1"}}, "10.0.0.1"},
		{"Cloudflare's word from Cloudflare", "173.245.48.1:1", header{"Cf-Connecting-Ip": {"198.51.100.1"}}, "198.51.100.1"},
		{"Cloudflare's word from others is nothing", "10.0.0.1:1", header{"Cf-Connecting-Ip": {"1.1.1.1"}}, "10.0.0.1"},
		{"Cloudflare's word through a trusted proxy", "10.0.0.1:1", header{"Cf-Connecting-Ip": {"198.51.100.1"}, "X-Forwarded-For": {"1.1.1.1, 173.245.48.1"}}, "198.51.100.1"},
		{"Cloudflare without a word", "173.245.48.1:1", xff("1.1.1.1"), "173.245.48.1"},
		{"none of a socket without addresses", "@", xff("1.1.1.1"), "invalid IP"},
	}
	trusted, err := client.ParseNetworks("trusted_proxies", []string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	cloudflare, err := client.ParseNetworks("cloudflare", []string{"173.245.48.0/20"})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := &client.Proxies{Trusted: trusted, Cloudflare: cloudflare}
			if i < 2 {
				p = &client.Proxies{}
			}
			r := &http.Request{RemoteAddr: c.peer, Header: http.Header(c.header)}
			if got := p.Address(r).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestNetworksThatAreNone(t *testing.T) {
	for _, text := range []string{"10.0.0.0/33", "nginx", "", "10.0.0"} {
		if _, err := client.ParseNetworks("trusted_proxies", []string{text}); err == nil {
			t.Errorf("%q is a network", text)
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("1.1.1.1, [::1]:80,,", `for="[::1]:80";by=x,for=`)
	p := &client.Proxies{}
	p.Trusted, _ = client.ParseNetworks("", []string{"0.0.0.0/0", "::/0"})
	f.Fuzz(func(t *testing.T, xff, forwarded string) {
		h := http.Header{"X-Forwarded-For": {xff}}
		if forwarded != "" {
			h["Forwarded"] = []string{forwarded}
		}
		r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: h}
		if got := p.Address(r); !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Errorf("got %s", got)
		}
	})
}
