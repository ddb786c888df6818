// Package jsfile serves scripts as pages load them: without comments and white
// space, compressed for whoever takes that, and only to those who do not have
// them already.
package jsfile

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// Handler serves a script to pages of any origin, also compressed. For how long
// it may be kept says cache, the value of Cache-Control.
func Handler(text, cache string) http.Handler {
	var compressed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&compressed, gzip.BestCompression)
	_, _ = z.Write([]byte(text)) // in memory
	_ = z.Close()
	sum := sha256.Sum256([]byte(text))
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", cache)
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
