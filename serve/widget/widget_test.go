package widget_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast/serve/widget"
)

// maxBytes is how large the scripts may be as they are sent.
const maxBytes = 3072

func TestSize(t *testing.T) {
	for name, text := range map[string]string{"elements": widget.Elements(), "page": widget.Page()} {
		var sent bytes.Buffer
		z, _ := gzip.NewWriterLevel(&sent, gzip.BestCompression)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		t.Logf("%s: %d bytes, %d as sent", name, len(text), sent.Len())
		if sent.Len() >= maxBytes {
			t.Errorf("%s: %d bytes", name, sent.Len())
		}
	}
}

// What pages with a strict policy forbid is not in them, and nothing that
// leaves something behind in a page.
func TestWhatIsNotInThem(t *testing.T) {
	for name, text := range map[string]string{"elements": widget.Elements(), "page": widget.Page()} {
		for _, not := range []string{"eval", "Function(", "document.write", "innerHTML=", "outerHTML", "insertAdjacentHTML", "parseFromString", "cookie", "localStorage", "sessionStorage", "window.holdfast"} {
			if strings.Contains(text, not) {
				t.Errorf("%s: it has %s", name, not)
			}
		}
	}
}

func TestRoutes(t *testing.T) {
	mux := http.NewServeMux()
	widget.Routes(mux.Handle)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/widget.js", nil))
	if w.Code != 200 || w.Body.String() != widget.Elements() {
		t.Fatalf("it is answered with %d", w.Code)
	}
	for name, want := range map[string]string{
		"Cache-Control":                "public, max-age=600, stale-while-revalidate=86400, stale-if-error=604800",
		"Access-Control-Allow-Origin":  "*",
		"Cross-Origin-Resource-Policy": "cross-origin",
		"Content-Type":                 "text/javascript; charset=utf-8",
		"X-Content-Type-Options":       "nosniff",
		"Set-Cookie":                   "",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
