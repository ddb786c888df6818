package collect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/collect"
)

func TestURLs(t *testing.T) {
	cases := []struct{ name, url, host, path string }{
		{"no path is the root", "https://shop.example.com", "shop.example.com", "/"},
		{"a query alone is the root", "https://shop.example.com?a=b", "shop.example.com", "/"},
		{"a fragment is not kept", "https://shop.example.com/a#b?c", "shop.example.com", "/a"},
		{"a host is lower case, without www", "HTTPS://WWW.Shop.Example.COM/A", "shop.example.com", "/A"},
		{"user and port are not kept", "https://me:pw@shop.example.com:8080/", "shop.example.com", "/"},
		{"a final dot is not kept", "https://shop.example.com./", "shop.example.com", "/"},
		{"an address in brackets loses them", "http://[2001:DB8::1]:80/x", "2001:db8::1", "/x"},
		{"a path is decoded", "https://shop.example.com/caf%C3%A9%20au%20lait", "shop.example.com", "/café au lait"},
		{"plus stays plus in a path", "https://shop.example.com/a+b", "shop.example.com", "/a+b"},
		{"percent signs that mean nothing stay", "https://shop.example.com/100%/%zz/%4", "shop.example.com", "/100%/%zz/%4"},
		{"what is not UTF-8 stays encoded", "https://shop.example.com/%ff%41", "shop.example.com", "/%ff%41"},
		{"control characters stay encoded", "https://shop.example.com/a%00b%0a", "shop.example.com", "/a%00b%0a"},
		{"trailing space goes", "https://shop.example.com/a%20%20", "shop.example.com", "/a"},
		{"a path alone is on the site", "/cart?x=1#y", "shop.example.com", "/cart"},
		{"a file has no host", "file:///home/me/index.html", "(none)", "/home/me/index.html"},
		{"an extension is its id", "chrome-extension://abcdef/popup.html", "abcdef", "/popup.html"},
	}
	s := newSetup(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := s.one(t, collectKey, page(func(in *collect.Input) { in.URL = c.url }))
			if e.Host != c.host || e.Path != c.path {
				t.Errorf("got %q %q, want %q %q", e.Host, e.Path, c.host, c.path)
			}
		})
	}
}

func TestFragmentsThatNameThePage(t *testing.T) {
	s := newSetup(t)
	for _, c := range []struct{ name, fragment, path string }{
		{"a fragment follows the path", "page-a", "/x#page-a"},
		{"it is decoded", "/caf%C3%A9", "/x#/café"},
		{"none leaves the path alone", "", "/x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := s.one(t, collectKey, page(func(in *collect.Input) { in.URL, in.Fragment = "/x?a=b#y", c.fragment }))
			if e.Path != c.path {
				t.Errorf("got %q, want %q", e.Path, c.path)
			}
		})
	}
}

func TestHostOf(t *testing.T) {
	for url, want := range map[string]string{
		" https://me@WWW.Shop.Example.com:8080/x ": "shop.example.com", "file:///x": "", "/x": "", "about:config": "", "": "",
	} {
		if got := collect.HostOf(url); got != want {
			t.Errorf("host of %q is %q, want %q", url, got, want)
		}
	}
}

func TestReferrers(t *testing.T) {
	s := newSetup(t)
	s.sites["shop.example.com"].Hosts = []string{"pay.example.net"}
	cases := []struct{ name, referrer, kept, source, channel string }{
		{"none is direct", "", "", "", "Direct"},
		{"a search engine", "https://www.google.co.uk/", "https://www.google.co.uk/", "Google", "Organic Search"},
		{"an application", "android-app://some.android.app", "android-app://some.android.app", "some.android.app", "Referral"},
		{"another of the owner's hosts", "https://blog.example.com/x", "https://blog.example.com/x", "blog.example.com", "Referral"},
		{"the site itself gives nothing", "https://www.shop.example.com/x", "", "", ""},
		{"a host of the site gives nothing", "https://pay.example.net/", "", "", ""},
		{"a host without dots is none", "http://localhost:4000/", "", "", "Direct"},
		{"garbage is none", "https:://twitter.com", "", "", "Direct"},
		{"other schemes are none", "ftp://files.example.net/", "", "", "Direct"},
		{"the fragment goes", "https://facebook.com/page#x", "https://facebook.com/page", "Facebook", "Organic Social"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := s.one(t, collectKey, page(func(in *collect.Input) { in.Referrer = c.referrer }))
			got := []string{e.Referrer, e.Source, e.Channel}
			if diff := cmp.Diff([]string{c.kept, c.source, c.channel}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	long := "https://far.example/" + strings.Repeat("é", 1500)
	e := s.one(t, collectKey, page(func(in *collect.Input) { in.Referrer = long }))
	if len(e.Referrer) != 2000 || !strings.HasPrefix(long, e.Referrer) {
		t.Errorf("a long referrer is cut to %d bytes", len(e.Referrer))
	}
}

func TestCampaigns(t *testing.T) {
	s := newSetup(t)
	cases := []struct {
		name, query string
		utm         holdfast.UTM
		source      string
	}{
		{"all five", "utm_source=s&utm_medium=m&utm_campaign=c&utm_term=t&utm_content=o", holdfast.UTM{Source: "s", Medium: "m", Campaign: "c", Term: "t", Content: "o"}, "s"},
		{"encoded", "utm_source=%25balle%25&utm_campaign=a+b%2Bc", holdfast.UTM{Source: "%balle%", Campaign: "a b+c"}, "%balle%"},
		{"source and ref name the source alone", "ref=betalist", holdfast.UTM{}, "betalist"},
		{"utm_source goes before ref", "ref=a&source=b&utm_source=facebook", holdfast.UTM{Source: "facebook"}, "Facebook"},
		{"empty ones are none", "utm_source=&utm_medium", holdfast.UTM{}, ""},
		{"long ones are cut", "utm_term=" + strings.Repeat("x", 200), holdfast.UTM{Term: strings.Repeat("x", 100)}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := s.one(t, collectKey, page(func(in *collect.Input) { in.URL = "/?" + c.query }))
			if e.UTM != c.utm || e.Source != c.source {
				t.Errorf("got %+v from %q, want %+v from %q", e.UTM, e.Source, c.utm, c.source)
			}
		})
	}
}

func TestHostsThatAreNotTheSites(t *testing.T) {
	s := newSetup(t)
	at := func(url string) holdfast.Flag {
		t.Helper()
		return s.one(t, collectKey, page(func(in *collect.Input) { in.URL = url })).Flag
	}
	flags := func() [3]holdfast.Flag {
		return [3]holdfast.Flag{at("https://www.shop.example.com/"), at("https://pay.example.net/"), at("https://copy.example/")}
	}
	foreign := holdfast.FlagForeignHost
	if got := flags(); got != [3]holdfast.Flag{"", foreign, foreign} {
		t.Error(got)
	}
	s.sites["shop.example.com"].Hosts = []string{"www.pay.example.net"}
	if got := flags(); got != [3]holdfast.Flag{"", "", foreign} {
		t.Error(got)
	}
	s.sites["shop.example.com"].Hosts = []string{"*"}
	if got := flags(); got != [3]holdfast.Flag{} {
		t.Error(got)
	}
	bot := s.one(t, collectKey, page(func(in *collect.Input) {
		in.URL, in.UserAgent = "https://copy.example/", "Googlebot/2.1 (+http://www.google.com/bot.html)"
	}))
	if bot.Flag != holdfast.FlagBot {
		t.Errorf("a bot elsewhere is %q", bot.Flag)
	}
}
