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

func TestMinify(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"white space goes", "var a = 1;\n\n  a ++;", "var a=1;a++;"},
		{"but not between words", "return  void\n0", "return void 0"},
		{"nor between what would be another sign", "a + +b - -c", "a+ +b- -c"},
		{"comments go", "a; // one \"\nb; /* two // */ c; // end", "a;b;c;"},
		{"a comment parts words as white space does", "var/* */a", "var a"},
		{"strings stay", `f( "// a  \" b;}" , "" )`, `f("// a  \" b;}","")`},
		{"the last semicolon of a block goes", "if (a) { b; }", "if(a){b}"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := script.Minify(c.text); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestHandler(t *testing.T) {
	h := script.Handler(script.Text("/api/event"))
	get := func(header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/js/script.js", nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	plain := get()
	if plain.Body.String() != script.Text("/api/event") || plain.Header().Get("Content-Encoding") != "" {
		t.Error("not the script as it is")
	}
	z := get("Accept-Encoding", "br, gzip;q=0.8")
	r, err := gzip.NewReader(z.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(r)
	if string(text) != plain.Body.String() || z.Header().Get("ETag") == plain.Header().Get("ETag") {
		t.Error("not the same compressed, or with one tag")
	}
	for _, no := range []string{"gzip;q=0", "gzip; q=0.0", "br", "x-gzip"} {
		if w := get("Accept-Encoding", no); w.Header().Get("Content-Encoding") != "" {
			t.Errorf("%q got it compressed", no)
		}
	}
	if w := get("If-None-Match", plain.Header().Get("ETag")); w.Code != 304 || w.Body.Len() > 0 {
		t.Errorf("who has it already got %d", w.Code)
	}
	if got := plain.Header().Get("Content-Type"); got != "text/javascript; charset=utf-8" {
		t.Errorf("it is %s", got)
	}
}
