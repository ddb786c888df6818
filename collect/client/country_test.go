package client_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"holdfast/collect/client"
)

func TestCountry(t *testing.T) {
	networks, err := client.ParseNetworks("trusted_proxies", []string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, peer, header string
		said               []string
		country            string
	}{
		{"a trusted proxy knows it", "10.0.0.1:80", "CF-IPCountry", []string{"DE"}, "DE"},
		{"however it is written", "10.0.0.1:80", "cf-ipcountry", []string{"de"}, "DE"},
		{"nobody else does", "192.0.2.1:80", "CF-IPCountry", []string{"DE"}, ""},
		{"in no other header", "10.0.0.1:80", "X-Country", []string{"DE"}, ""},
		{"not if no header was named", "10.0.0.1:80", "", []string{"DE"}, ""},
		{"nor if there are two", "10.0.0.1:80", "CF-IPCountry", []string{"DE", "FR"}, ""},
		{"it is not known", "10.0.0.1:80", "CF-IPCountry", []string{"XX"}, ""},
		{"Tor is no country", "10.0.0.1:80", "CF-IPCountry", []string{"T1"}, ""},
		{"nor is a continent", "10.0.0.1:80", "CF-IPCountry", []string{"EU"}, ""},
		{"nor a name", "10.0.0.1:80", "CF-IPCountry", []string{"Germany"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.RemoteAddr = c.peer
			for _, said := range c.said {
				r.Header.Add("CF-IPCountry", said)
			}
			p := client.Proxies{Trusted: networks, CountryHeader: c.header}
			if got := p.Country(r); got != c.country {
				t.Errorf("got %q", got)
			}
		})
	}
}
