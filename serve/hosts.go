package serve

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"holdfast/serve/fault"
)

// hosts are the names that the server answers to. A page elsewhere that has
// its own name lead here, to read what only those who reach the server may
// read, is so sent away: its requests carry its name.
type hosts struct {
	names map[string]bool
	log   *slog.Logger

	mu     sync.Mutex // guards all below
	warned time.Time
}

func newHosts(names []string, log *slog.Logger) *hosts {
	h := &hosts{names: make(map[string]bool), log: log}
	for _, name := range names {
		h.names[hostOf(name)] = true
	}
	return h
}

// has says whether r is for this server: for a loopback name, for the address
// that the connection came to, or for one of its names.
func (h *hosts) has(r *http.Request) bool {
	host := hostOf(r.Host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") || h.names[host] {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && (addr.IsLoopback() || addr == cameTo(r))
}

// cameTo returns the server's address on the connection of r.
func cameTo(r *http.Request) netip.Addr {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return local.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// hostOf returns a host in lower case, without port, brackets and final dot,
// and an address as it is usually written.
func hostOf(hostport string) string {
	host := hostport
	if name, _, err := net.SplitHostPort(hostport); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().String()
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// refuse answers a request for somebody else.
func (h *hosts) refuse(w http.ResponseWriter, r *http.Request) {
	host := clip(r.Host)
	h.warn(host)
	fault.Write(w, &fault.Fault{Status: http.StatusMisdirectedRequest, Code: fault.Misdirected,
		Message: fmt.Sprintf("this server is not called %q", host),
		Hint:    "if it is, its operator names it in public_url or hosts; docs/operating.md explains them"})
}

// warnEvery is how often it is said that requests are for somebody else.
const warnEvery = time.Minute

func (h *hosts) warn(host string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := time.Now(); now.Sub(h.warned) >= warnEvery {
		h.warned = now
		h.log.Warn("refused a request for a host that is neither public_url's nor in hosts", "host", host)
	}
}

// clip bounds what is repeated of a request.
func clip(s string) string {
	if len(s) > 253 {
		return s[:253] + "…"
	}
	return s
}
