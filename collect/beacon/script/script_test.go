package script_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast/collect/beacon/script"
)

// maxBytes is how large the script may be as it is sent.
const maxBytes = 2048

func TestSize(t *testing.T) {
	for _, to := range []string{"/api/event", "https://statistics.example.com/api/event-4711"} {
		text := script.Text(to)
		var sent bytes.Buffer
		z, _ := gzip.NewWriterLevel(&sent, gzip.BestCompression)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		t.Logf("to %s: %d bytes, %d as sent", to, len(text), sent.Len())
		if sent.Len() >= maxBytes {
			t.Errorf("%d bytes", sent.Len())
		}
	}
}

// A script inside a page must not end there, or be taken for a comment.
func TestTextMayStandInAPage(t *testing.T) {
	text := script.Text("https://a.example/</script><!--")
	for _, bad := range []string{"</", "<!--", "\n"} {
		if strings.Contains(text, bad) {
			t.Errorf("it has %q", bad)
		}
	}
	if !strings.Contains(text, `"https://a.example/\u003c/script`) {
		t.Error("it does not have its endpoint")
	}
}

// Browsers and proxies keep the script for a day.
func TestHandler(t *testing.T) {
	w := httptest.NewRecorder()
	script.Handler(script.Text("/api/event")).ServeHTTP(w, httptest.NewRequest("GET", "/js/script.js", nil))
	if w.Body.String() != script.Text("/api/event") || !strings.HasPrefix(w.Header().Get("Cache-Control"), "public, max-age=86400, ") {
		t.Errorf("it is served with %v", w.Header())
	}
}
