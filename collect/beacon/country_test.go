package beacon_test

import (
	"testing"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/beacon"
)

func TestCountries(t *testing.T) {
	said := []string{"CF-IPCountry", "FR", "X-Forwarded-For", visitor}
	cases := []struct {
		name, peer string
		header     []string
		body       string
		country    string
		by         holdfast.CountryBy
	}{
		{"a trusted proxy knows it", proxy, said, page(""), "FR", "proxy"},
		{"better than the browser", proxy, said, page(`"z":"Europe/Berlin"`), "FR", "proxy"},
		{"a stranger does not", visitor, said, page(""), "", ""},
		{"the browser has an estimate", visitor, said, page(`"z":"Europe/Berlin"`), "DE", "zone"},
		{"a proxy that does not know leaves it to the browser", proxy, []string{"CF-IPCountry", "XX"}, page(`"z":"Europe/Berlin"`), "DE", "zone"},
		{"of a server's visitor a proxy knows nothing", proxy, append([]string{"Authorization", "Bearer hf_c", "X-Plausible-IP", "192.0.2.7"}, said...), page(""), "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, func(o *beacon.Options, _ *collect.Options) { o.Proxies.CountryHeader = "CF-IPCountry" })
			s.do(request{"POST", "/api/event", c.body, c.peer, c.header})
			if e := s.sink.Events(); len(e) != 1 || e[0].Country != c.country || e[0].CountryBy != c.by {
				t.Errorf("got %+v", e)
			}
		})
	}
}
