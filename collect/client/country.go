package client

import "net/http"

// Country returns the country that a trusted proxy says the client is in, in
// the header that the operator named, or "" if none says so. Proxies have codes
// of their own for what is no country: XX and ZZ for unknown, T1 for Tor.
func (p *Proxies) Country(r *http.Request) string {
	if p.CountryHeader == "" || !p.believes(peerOf(r)) {
		return ""
	}
	said := r.Header[http.CanonicalHeaderKey(p.CountryHeader)]
	if len(said) != 1 || len(said[0]) != 2 {
		return "" // two mean that one is of whoever called the proxy
	}
	code := [2]byte{said[0][0] &^ 0x20, said[0][1] &^ 0x20}
	for _, c := range code {
		if c < 'A' || c > 'Z' {
			return ""
		}
	}
	switch country := string(code[:]); country {
	case "XX", "ZZ", "AP", "EU": // the last two are parts of the world
		return ""
	default:
		return country
	}
}
