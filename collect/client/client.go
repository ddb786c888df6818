// Package client finds out the address of the client that sent a request.
//
// It is the peer's, unless the peer is a proxy that the operator trusts: only
// then is what a proxy says believed, and only as far to the left as each
// saying comes from a trusted one. No address is trusted by itself, the
// loopback address no more than others.
package client

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"holdfast"
)

// Proxies are the networks whose word about the client is taken.
type Proxies struct {
	Trusted    []netip.Prefix // X-Forwarded-For or Forwarded
	Cloudflare []netip.Prefix // CF-Connecting-IP

	// CountryHeader is the header in which both say where the client is; "" if
	// they do not.
	CountryHeader string
}

// ParseNetworks reads networks like 10.0.0.0/8, and addresses. Setting is what
// they are called in errors.
func ParseNetworks(setting string, texts []string) ([]netip.Prefix, error) {
	networks := make([]netip.Prefix, 0, len(texts))
	for _, text := range texts {
		network, err := parseNetwork(text)
		if err != nil {
			return nil, &holdfast.FieldError{Field: setting, Reason: fmt.Sprintf("%q is no network like 10.0.0.0/8 and no address", text)}
		}
		networks = append(networks, network)
	}
	return networks, nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return network.Masked(), nil
}

// Address returns the address of the client that sent r, or the zero Addr if
// even the peer has none.
func (p *Proxies) Address(r *http.Request) netip.Addr {
	peer := peerOf(r)
	if !p.believes(peer) {
		return peer
	}
	client := peer
	for _, hop := range p.hops(r) {
		if contains(p.Cloudflare, client) {
			break
		}
		if !hop.IsValid() {
			return client // garbled, or hidden: the last that is known
		}
		client = hop
		if !p.believes(client) {
			return client
		}
	}
	if contains(p.Cloudflare, client) {
		if said, err := netip.ParseAddr(r.Header.Get("CF-Connecting-IP")); err == nil {
			return said.Unmap().WithZone("")
		}
	}
	return client
}

func peerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

func (p *Proxies) believes(addr netip.Addr) bool {
	return contains(p.Trusted, addr) || contains(p.Cloudflare, addr)
}

func contains(networks []netip.Prefix, addr netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

// hops returns who the proxies say they were called by, the last first. A
// proxy sets one of the two headers, and whoever calls it may set the other:
// where both are there and differ, neither is believed.
func (p *Proxies) hops(r *http.Request) []netip.Addr {
	old := listed(r.Header["X-Forwarded-For"], ParseAddress)
	std := listed(r.Header["Forwarded"], forwardedFor)
	switch {
	case len(std) == 0:
		return old
	case len(old) == 0 || equal(old, std):
		return std
	}
	return nil
}

func equal(a, b []netip.Addr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// maxHops is how many proxies are followed. Nobody has so many.
const maxHops = 32

func listed(lines []string, read func(string) netip.Addr) []netip.Addr {
	var hops []netip.Addr
	for i := len(lines) - 1; i >= 0; i-- {
		for line, more := lines[i], true; more && len(hops) < maxHops; {
			element := line
			at := strings.LastIndexByte(line, ',')
			if more = at >= 0; more {
				line, element = line[:at], line[at+1:]
			}
			hops = append(hops, read(strings.TrimSpace(element)))
		}
	}
	return hops
}

// forwardedFor reads an element of Forwarded: for="[2001:db8::1]:4711";proto=https
func forwardedFor(element string) netip.Addr {
	for pair := range strings.SplitSeq(element, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(strings.TrimSpace(key), "for") {
			return ParseAddress(strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	return netip.Addr{}
}

// ParseAddress reads an address with or without a port, and with or without
// brackets. It returns the zero Addr if there is none.
func ParseAddress(text string) netip.Addr {
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}
		}
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone("")
}
