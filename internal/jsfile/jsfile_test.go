package jsfile_test

import (
	"compress/gzip"
	"io"
	"net/http/httptest"
	"testing"

	"holdfast/internal/jsfile"
)

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
			if got := jsfile.Minify(c.text); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestHandler(t *testing.T) {
	const text = "f();"
	h := jsfile.Handler(text, "max-age=1")
	get := func(header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/file.js", nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	plain := get()
	if plain.Body.String() != text || plain.Header().Get("Content-Encoding") != "" {
		t.Error("not the script as it is")
	}
	z := get("Accept-Encoding", "br, gzip;q=0.8")
	r, err := gzip.NewReader(z.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(r)
	if string(got) != plain.Body.String() || z.Header().Get("ETag") == plain.Header().Get("ETag") {
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
	if got := plain.Header().Get("Cache-Control"); got != "max-age=1" {
		t.Errorf("it may be kept for %s", got)
	}
}
