// Package script is what pages run to be counted: a file of less than 2 KB, as
// it is sent, that the server serves, or that a site serves itself or puts into
// its pages.
//
// script.js is its source, as people read it; what is served is the same
// without comments and white space. docs/script.md is its reference.
package script

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

//go:embed script.js
var source string

// endpoint is what stands in the source for where events are sent to.
const endpoint = `"/api/event"`

// Text returns the script for pages whose events go to an endpoint. That may be
// a path on the host that the script comes from.
func Text(to string) string {
	quoted, _ := json.Marshal(to) // strings always can be, and < stays no tag
	return strings.Replace(minify(source), endpoint, string(quoted), 1)
}

// Handler serves a script, also compressed. It is the same for all pages, so
// that browsers and proxies keep it for a day, and use an older one while they
// ask for the next.
func Handler(text string) http.Handler {
	var compressed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&compressed, gzip.BestCompression)
	_, _ = z.Write([]byte(text)) // in memory
	_ = z.Close()
	sum := sha256.Sum256([]byte(text))
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800")
		h.Set("Vary", "Accept-Encoding")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		body := []byte(text)
		h.Set("ETag", `"`+tag+`"`)
		if acceptsGzip(r.Header) {
			body = compressed.Bytes()
			h.Set("Content-Encoding", "gzip")
			h.Set("ETag", `"`+tag+`-gzip"`)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
}

// acceptsGzip says whether a client takes gzip, and does not say that it is
// worth nothing to it.
func acceptsGzip(h http.Header) bool {
	for _, field := range h["Accept-Encoding"] {
		for coding := range strings.SplitSeq(field, ",") {
			name, weight, given := strings.Cut(coding, ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") {
				return !given || strings.ContainsAny(weight, "123456789")
			}
		}
	}
	return false
}
