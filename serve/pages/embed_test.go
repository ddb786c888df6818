package pages_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast"
	"holdfast/serve/pages"
	"holdfast/serve/panel"
)

// watched tells one second.
type watched holdfast.Second

func (w watched) Watch(context.Context, string) (<-chan holdfast.Second, error) {
	seconds := make(chan holdfast.Second, 1)
	seconds <- holdfast.Second(w)
	return seconds, nil
}

// second is 14:02:07, when 1312 are here; gaps are in the last half hour.
func second(gaps ...holdfast.Interval) watched {
	now := at("14:02:07")
	var all []holdfast.Interval
	from := now.Add(-30 * time.Minute)
	for _, g := range gaps {
		all = append(all, holdfast.Interval{From: from, To: g.From, State: holdfast.Complete}, g)
		from = g.To
	}
	if from < now {
		all = append(all, holdfast.Interval{From: from, To: now, State: holdfast.Complete})
	}
	s := watched{At: now, Here: 1312, Coverage: holdfast.NewCoverage(all), AsOf: holdfast.AsOf{Time: now, Seq: 7},
		Sources: []holdfast.Seen{{Name: "secret.example", Visitors: 1}}}
	for i := range int64(30) {
		n := i * i % 13
		if at := now - now%60000 - 60000*holdfast.Millis(29-i); !s.Coverage.Within(at, at+60000).Known() {
			n = 0
		}
		s.PerMinute = append(s.PerMinute, n)
	}
	return s
}

var gap = holdfast.Interval{From: at("13:41:00"), To: at("13:47:30"), State: holdfast.Down, Witness: "anna", Events: 4711}

func embedded(p *panel.Page, s watched) http.Handler {
	return serve(p, func(o *pages.Options) { o.Watcher = s })
}

func TestEmbedGolden(t *testing.T) {
	for name, h := range map[string]http.Handler{"typical": embedded(typical(), second()), "broken": embedded(broken(), second(gap))} {
		for _, page := range []string{"live", "referrals"} {
			t.Run(name+" "+page, func(t *testing.T) {
				w := get(h, "/embed/shop.example/"+page)
				if w.Code != 200 {
					t.Fatalf("status %d: %s", w.Code, w.Body)
				}
				got := readable(w.Body.String())
				golden := filepath.Join("testdata", name+".embed_"+page+".html")
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("run with -update if it should be so (-want +got):\n%s", diff)
				}
				if strings.Contains(got, "anna") || strings.Contains(got, "4711") || strings.Contains(got, "secret") {
					t.Error("it says what only the operator knows")
				}
			})
		}
	}
}

func TestEmbedHeaders(t *testing.T) {
	h := embedded(typical(), second())
	for _, c := range []struct{ path, cache string }{
		{"/embed/shop.example/live", "no-cache"}, {"/embed/shop.example/referrals?theme=dark", "no-cache"}, {"/embed/private.example/live", "no-store"},
	} {
		want := http.Header{
			"Access-Control-Allow-Origin":  {"*"},
			"Cache-Control":                {c.cache},
			"Content-Security-Policy":      {"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors *"},
			"Content-Type":                 {"text/html; charset=utf-8"},
			"Cross-Origin-Embedder-Policy": {"require-corp"},
			"Cross-Origin-Resource-Policy": {"cross-origin"},
			"Referrer-Policy":              {"no-referrer"},
			"X-Content-Type-Options":       {"nosniff"},
		}
		if diff := cmp.Diff(want, get(h, c.path).Header()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.path, diff)
		}
	}
	page := get(h, "/embed/shop.example/live").Body.String()
	for _, attribute := range []string{`rel="stylesheet" href="`, `script src="`} {
		_, rest, _ := strings.Cut(page, attribute)
		name, _, _ := strings.Cut(rest, `"`)
		w := get(h, name)
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	// Everything else is framed by nobody, but pictures, which do nothing.
	for _, path := range []string{"/s/shop.example", "/s/shop.example/deals", "/s/shop.example/deals/mug", "/s/private.example"} {
		if policy := get(h, path).Header().Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: %s", path, policy)
		}
	}
}

func TestEmbedOthersAreNotThere(t *testing.T) {
	h := embedded(typical(), second())
	for _, page := range []string{"live", "referrals"} {
		for _, query := range []string{"", "?theme=dark", "?range=7d&where=1"} {
			w, other := get(h, "/embed/private.example/"+page+query), get(h, "/embed/nobody.example/"+page+query)
			if w.Code != 404 || w.Body.String() != other.Body.String() || cmp.Diff(w.Header(), other.Header()) != "" || strings.Contains(w.Body.String(), "private") {
				t.Errorf("%s%s: %d %s", page, query, w.Code, w.Body)
			}
			if !strings.Contains(w.Body.String(), "No public site of this name") {
				t.Errorf("%s%s does not say so: %s", page, query, w.Body)
			}
		}
	}
}

func TestEmbedParameters(t *testing.T) {
	h := embedded(typical(), second())
	for _, page := range []string{"live", "referrals"} {
		plain := get(h, "/embed/shop.example/"+page).Body.String()
		for _, query := range []string{"?range=12mo", "?theme=", "?theme=%22%3E%3Cscript%3E", "?theme=Dark", "?from=0&by=path&limit=9", "?%zz"} {
			if get(h, "/embed/shop.example/"+page+query).Body.String() != plain {
				t.Errorf("%s%s changes the page", page, query)
			}
		}
		for _, theme := range []string{"light", "dark"} {
			body := get(h, "/embed/shop.example/"+page+"?theme="+theme).Body.String()
			if !strings.Contains(body, `data-theme="`+theme+`"`) || !strings.Contains(body, `<meta name="color-scheme" content="`+theme+`">`) {
				t.Errorf("%s is not %s: %s", page, theme, body)
			}
		}
	}
}

// A theme that is asked for has all colours, whatever the reader prefers.
func TestEmbedThemes(t *testing.T) {
	h := embedded(typical(), second())
	_, rest, _ := strings.Cut(get(h, "/embed/shop.example/live").Body.String(), `rel="stylesheet" href="`)
	name, _, _ := strings.Cut(rest, `"`)
	css := get(h, name).Body.String()
	block := func(selector string) string {
		_, rest, _ := strings.Cut(css, selector+" {")
		text, _, _ := strings.Cut(rest, "}")
		return strings.Join(strings.Fields(text), " ")
	}
	light, dark := block("\n.embed"), block("\t.embed")
	if !strings.Contains(light, "--bg: #ffffff;") || block(`.embed[data-theme="light"]`) != light {
		t.Errorf("light is %q, and asked for %q", light, block(`.embed[data-theme="light"]`))
	}
	if !strings.Contains(dark, "--bg: #14171a;") || !strings.HasPrefix(block(`.embed[data-theme="dark"]`), dark) {
		t.Errorf("dark is %q, and asked for %q", dark, block(`.embed[data-theme="dark"]`))
	}
	if strings.Contains(css, ":root") {
		t.Error("it has rules for the page around")
	}
}

func TestEmbedWhatIsNotKnownIsNotZero(t *testing.T) {
	now := at("14:02:07")
	silent := second(holdfast.Interval{From: at("13:50:00"), To: now, State: holdfast.Down})
	silent.Here = 0
	body := get(embedded(typical(), silent), "/embed/shop.example/live").Body.String()
	for _, want := range []string{"Not known who is here", "12 min 7 s missing in this half hour, figures are at least", ">down<", "url(#l-hatch)"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, readable(body))
		}
	}
	if strings.Contains(body, "data-here") || strings.Contains(body, "here now") {
		t.Error("it has a number of those who are here")
	}
	short := second(holdfast.Interval{From: at("14:00:00"), To: at("14:01:30"), State: holdfast.Down})
	if body := get(embedded(typical(), short), "/embed/shop.example/live").Body.String(); !strings.Contains(body, `aria-label="at least">≥</span><strong data-here>1,312`) {
		t.Errorf("it does not say at least: %s", readable(body))
	}
}

func TestEmbedWhenNobodyCanTell(t *testing.T) {
	left, leave := context.WithCancel(t.Context())
	leave()
	for name, watch := range map[string]holdfast.Watcher{"nobody can tell in time": noWatcher{}, "nobody is asked": nil} {
		h := serve(typical(), func(o *pages.Options) { o.Watcher = watch })
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(left, "GET", "/embed/shop.example/live", nil))
		if w.Code < 499 || !strings.Contains(w.Body.String(), "No answer just now") || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
