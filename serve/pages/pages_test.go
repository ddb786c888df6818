package pages_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
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

var update = flag.Bool("update", false, "write what is served into testdata")

// one is Panels with one page.
type one struct{ page *panel.Page }

func (o one) Site(name string) (*holdfast.Site, error) {
	if name != o.page.Site {
		return nil, holdfast.ErrNoSite
	}
	site, err := holdfast.NewSite(1, name, "UTC", 0)
	if err == nil {
		site.Public = true
	}
	return site, err
}

func (o one) Page(_ context.Context, name string, of panel.Range) (*panel.Page, error) {
	if _, err := o.Site(name); err != nil {
		return nil, err
	}
	page := *o.page
	page.Range = of
	return &page, nil
}

func (o one) Deals(_ context.Context, name string, _ int) (*panel.Deals, error) {
	if _, err := o.Site(name); err != nil {
		return nil, err
	}
	return dealsOf(o.page), nil
}

func (o one) Deal(_ context.Context, name, id string) (*panel.Deal, error) {
	if _, err := o.Site(name); err != nil {
		return nil, err
	}
	if id != "mug" {
		return nil, holdfast.ErrNoDeal
	}
	return dealOf(o.page), nil
}

func at(clock string) holdfast.Millis {
	t, err := time.Parse("2006-01-02T15:04:05Z", "2026-07-31T"+clock+"Z")
	if err != nil {
		panic(err)
	}
	return holdfast.MillisOf(t)
}

const hour = 3_600_000

// typical is today at 14:02:07, completely known.
func typical() *panel.Page { return pageOf() }

// broken is the same day with records since 03:00, down from 09:20 to 11:40.
func broken() *panel.Page {
	return pageOf(
		holdfast.Interval{From: at("00:00:00"), To: at("03:00:00"), State: holdfast.Before},
		holdfast.Interval{From: at("09:20:00"), To: at("11:40:00"), State: holdfast.Down},
	)
}

func pageOf(gaps ...holdfast.Interval) *panel.Page {
	now := at("14:02:07")
	midnight := at("00:00:00")
	var all []holdfast.Interval
	from := midnight
	until := func(to holdfast.Millis, state holdfast.State) {
		if from < to {
			all = append(all, holdfast.Interval{From: from, To: to, State: state})
			from = to
		}
	}
	for _, g := range gaps {
		until(g.From, holdfast.Complete)
		until(g.To, g.State)
	}
	until(now, holdfast.Complete)
	until(midnight+24*hour, holdfast.Future)
	p := &panel.Page{
		Site: "shop.example", Range: panel.Today, Location: time.UTC, AsOf: holdfast.AsOf{Time: now, Seq: 7}, Since: midnight - 27*24*hour,
		Window: panel.Window{From: midnight, To: midnight + 24*hour, By: holdfast.Hour, Hour: at("14:00:00"),
			EarlierFrom: midnight - 7*24*hour, EarlierTo: at("14:00:00") - 7*24*hour, EarlierDays: 7},
		Coverage: holdfast.NewCoverage(all), Names: []string{"Google", "Reddit", "a.example", "b.example"},
	}
	var views, visits int64
	for i := range holdfast.Millis(24) {
		b := panel.Bucket{From: midnight + i*hour, To: midnight + (i+1)*hour, SoFar: i == 14}
		b.Coverage = p.Coverage.Within(b.From, b.To)
		b.Known = b.Coverage.Known()
		b.AtLeast = b.Known && b.Coverage.Spoiled()
		if b.Known && i != 4 { // at 4 nobody came
			n := int64(i*i%11 + 3)
			b.Direct, b.Sources, b.Other = n, []int64{2 * n, n / 2, 1, 0}, 2
			b.Visits = b.Direct + 2*n + n/2 + 1 + 2
			b.Views = 3 * b.Visits
		} else if b.Known {
			b.Sources = make([]int64, 4)
		}
		views, visits = views+b.Views, visits+b.Visits
		p.Buckets = append(p.Buckets, b)
	}
	visitors, rate, per, earlier, before := visits-5, 0.4213, 3.0, visits-20, 0.45
	p.Figures = panel.Figures{Visitors: &visitors, Views: &views, ViewsPerVisit: &per, BounceRate: &rate}
	if len(gaps) == 0 {
		p.UntilHour = &p.Figures
		p.Earlier = &panel.Figures{Visitors: &earlier, Views: &views, ViewsPerVisit: &per, BounceRate: &before}
	}
	p.Sources = panel.List{Rows: []panel.Row{{Name: "Google", N: 200}, {Name: "", N: 100}, {Name: "Reddit", N: 40}}, Other: 20, Total: 360}
	p.Pages = panel.List{Rows: []panel.Row{{Name: "/", N: 500}, {Name: "/sale", N: 300}}, Other: 90, Total: 890}
	p.Countries = panel.List{Rows: []panel.Row{{Name: "DE", N: 300}, {Name: "", N: 60}}, Total: 360}
	p.Devices = panel.List{Rows: []panel.Row{{Name: "phone", N: 360}}, Total: 360}
	p.HasDeals = true
	return p
}

func serve(p *panel.Page, change ...func(*pages.Options)) http.Handler {
	o := pages.Options{Panels: one{p}}
	for _, c := range change {
		c(&o)
	}
	mux := http.NewServeMux()
	pages.New(o).Routes(mux.Handle)
	return mux
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

func TestGolden(t *testing.T) {
	for name, page := range map[string]*panel.Page{"typical": typical(), "broken": broken()} {
		h := serve(page)
		for file, path := range map[string]string{
			"page.html": "", "views.svg": "/views.svg", "referrals.svg": "/referrals.svg", "views.json": "/views.json", "referrals.json": "/referrals.json",
			"deals.html": "/deals", "deal.html": "/deals/mug",
		} {
			t.Run(name+" "+file, func(t *testing.T) {
				w := get(h, "/s/shop.example"+path)
				if w.Code != 200 {
					t.Fatalf("status %d: %s", w.Code, w.Body)
				}
				got := readable(w.Body.String())
				golden := filepath.Join("testdata", name+"."+file)
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
			})
		}
	}
}

// readable puts each element on a line, and leaves out what changes with every
// change of style or script.
func readable(text string) string {
	if from, to := strings.Index(text, "<style>"), strings.Index(text, "</style>"); from >= 0 {
		text = text[:from] + text[to+len("</style>"):]
	}
	for _, kind := range []string{".css", ".js"} {
		if i := strings.Index(text, kind+`"`); i >= 12 {
			text = text[:i-12] + "DIGEST" + text[i:]
		}
	}
	text = strings.ReplaceAll(text, "><", ">\n<")
	return strings.ReplaceAll(text, `},{"from"`, "},\n"+`{"from"`)
}

func TestWhatIsNotKnownIsNotZero(t *testing.T) {
	var data struct {
		Buckets []struct{ Views *int64 }
	}
	if err := json.Unmarshal(get(serve(broken()), "/s/shop.example/views.json").Body.Bytes(), &data); err != nil {
		t.Fatal(err)
	}
	for i, known := range map[int]bool{1: false, 4: true, 9: true, 10: false, 12: true, 20: false} {
		if got := data.Buckets[i].Views != nil; got != known {
			t.Errorf("%d:00 known: %v", i, got)
		}
	}
	if *data.Buckets[4].Views != 0 {
		t.Error("the measured zero is none")
	}
	svg := get(serve(broken()), "/s/shop.example/views.svg").Body.String()
	// The line of nothing is under hours 3 to 9, and 11 to 14.
	if want := `class="zero" d="M30 144H100M110 144H150"`; !strings.Contains(svg, want) {
		t.Errorf("no %s in %s", want, readable(svg))
	}
	for _, want := range []string{"records begin", ">down<", "url(#v-hatch)", "url(#v-thin)", "2 h 20 min missing today, figures are at least", "down 09:20–11:40"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in the picture", want)
		}
	}
}

func TestOthersAreNotThere(t *testing.T) {
	h := serve(typical())
	for _, path := range []string{"", "/views.svg", "/referrals.svg", "/views.json", "/referrals.json", "/deals", "/deals/mug", "/deals/mug/views.json", "/deals/mug/referrals.json"} {
		for _, query := range []string{"", "?range=7d", "?range=%00&where=1"} {
			w := get(h, "/s/private.example"+path+query)
			other := get(h, "/s/nobody.example"+path+query)
			if w.Code != 404 || w.Body.String() != other.Body.String() || cmp.Diff(w.Header(), other.Header()) != "" || strings.Contains(w.Body.String(), "private") {
				t.Errorf("%s%s: %d %s", path, query, w.Code, w.Body)
			}
		}
	}
}

func TestParametersChangeNothingElse(t *testing.T) {
	h := serve(typical())
	plain := get(h, "/s/shop.example").Body.String()
	for _, query := range []string{"?range=", "?range=1d", "?range=%3Cscript%3E", "?from=0&to=9&by=user_agent&where=1&metrics=events&limit=9", "?%zz", "?range=%00"} {
		if w := get(h, "/s/shop.example"+query); w.Body.String() != plain {
			t.Errorf("%s changes the page", query)
		}
	}
}

func TestPolicy(t *testing.T) {
	h := serve(typical())
	for _, path := range []string{"/s/shop.example", "/s/unknown.example", "/s/shop.example/views.svg"} {
		header := get(h, path).Header()
		policy := header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, header)
		}
	}
	page := get(h, "/s/shop.example").Body.String()
	for _, not := range []string{"style=", "onload=", "http:", "https:", "//"} {
		if strings.Contains(page, not) {
			t.Errorf("the page has %q", not)
		}
	}
	for _, attribute := range []string{`rel="stylesheet" href="`, `script src="`} {
		_, rest, _ := strings.Cut(page, attribute)
		name, _, _ := strings.Cut(rest, `"`)
		if w := get(h, name); w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

// hostile are names that somebody would like a page to run, or to be misread.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, `</svg><script>alert(1)</script>`,
	`{{.Site}}`, `]]><script>`, `<!--`, `&lt;script&gt;`, "\u202egpj.exe", "\x00\x01\x1b[31m", "\xff\xfe", "a\u2028b", `</title><h1>x`, `</style>`,
	strings.Repeat("W", 2000), strings.Repeat("/%3Cscript%3E", 100), "url(#v-hatch)", "e\u0301\u0301\u0301", "🏴‍☠️", "",
}

// with is a page on which every name is that one.
func with(name string) *panel.Page {
	p := typical()
	p.Names = []string{name, name, name, name}
	for _, l := range []*panel.List{&p.Sources, &p.Pages, &p.Countries, &p.Devices} {
		l.Rows = []panel.Row{{Name: name, N: 5}}
	}
	return p
}

func TestHostileNames(t *testing.T) {
	for _, name := range hostile {
		checkName(t, name)
	}
}

func FuzzNames(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) { checkName(t, name) })
}

// checkName checks that a name makes text, and nothing else.
func checkName(t *testing.T, name string) {
	t.Helper()
	h, plain := serve(with(name)), serve(with("plain"))
	tags, want := tagsOf(t, get(h, "/s/shop.example").Body), tagsOf(t, get(plain, "/s/shop.example").Body)
	if name != "" { // which has a colour and a name of its own
		if diff := cmp.Diff(want, tags); diff != "" {
			t.Errorf("%q changes the page's elements (-want +got):\n%s", name, diff)
		}
		const embed = "/embed/shop.example/referrals"
		if diff := cmp.Diff(tagsOf(t, get(plain, embed).Body), tagsOf(t, get(h, embed).Body)); diff != "" {
			t.Errorf("%q changes the elements of what is embedded (-want +got):\n%s", name, diff)
		}
	}
	for _, path := range []string{"/views.svg", "/referrals.svg"} {
		d := xml.NewDecoder(get(h, "/s/shop.example"+path).Body)
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%q in %s: %v", name, path, err)
			}
			if e, ok := token.(xml.StartElement); ok && (e.Name.Local == "script" || e.Name.Local == "a" || e.Name.Local == "foreignObject") {
				t.Errorf("%q makes a %s in %s", name, e.Name.Local, path)
			}
		}
	}
}

// tagsOf returns the elements of a page, with the names of their attributes.
func tagsOf(t *testing.T, r io.Reader) []string {
	t.Helper()
	var tags []string
	for _, e := range elementsOf(t, r) {
		text := e.Name.Local
		for _, a := range e.Attr {
			text += " " + a.Name.Local
		}
		tags = append(tags, text)
	}
	return tags
}

// elementsOf returns the elements of a page in the order they begin. An element
// that ends is one with the name "/" and what ends.
func elementsOf(t *testing.T, r io.Reader) []xml.StartElement {
	t.Helper()
	d := xml.NewDecoder(r)
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var all []xml.StartElement
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			all = append(all, e.Copy())
		case xml.EndElement:
			all = append(all, xml.StartElement{Name: xml.Name{Local: "/" + e.Name.Local}})
		case xml.Comment:
			t.Errorf("there is a comment: %s", e)
		}
	}
}

// watcher says that so many are there.
type watcher int64

func (w watcher) Watch(context.Context, string) (<-chan holdfast.Second, error) {
	c := make(chan holdfast.Second, 1)
	c <- holdfast.Second{At: 1, Here: int64(w), Coverage: holdfast.Coverage{Intervals: []holdfast.Interval{{From: 0, To: 1, State: holdfast.Complete}}}}
	return c, nil
}

type noWatcher struct{}

func (noWatcher) Watch(context.Context, string) (<-chan holdfast.Second, error) {
	return make(chan holdfast.Second), nil
}

func TestHereNow(t *testing.T) {
	cases := []struct {
		name  string
		watch holdfast.Watcher
		want  bool
	}{
		{"312 are there", watcher(312), true},
		{"nobody can tell in time", noWatcher{}, false},
		{"nobody is asked", nil, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			body := get(serve(typical(), func(o *pages.Options) { o.Watcher = c.watch }), "/s/shop.example").Body.String()
			if got := strings.Contains(body, `data-fresh>312</strong> here now`); got != c.want || !c.want && strings.Contains(body, "here now") {
				t.Errorf("said: %v", got)
			}
		})
	}
}

func TestAccessibility(t *testing.T) {
	ids := map[string]bool{}
	var levels, refs []string
	drawings := 0 // one within another
	for _, e := range elementsOf(t, get(serve(broken()), "/s/shop.example").Body) {
		attr := map[string]string{}
		for _, a := range e.Attr {
			attr[a.Name.Local] = a.Value
		}
		if id := attr["id"]; id != "" {
			if ids[id] {
				t.Errorf("two elements have the id %s", id)
			}
			ids[id] = true
		}
		switch name := e.Name.Local; name {
		case "html":
			if attr["lang"] == "" {
				t.Error("the page says no language")
			}
		case "h1", "h2", "h3":
			levels = append(levels, name)
		case "section", "nav":
			if attr["aria-label"] == "" && attr["aria-labelledby"] == "" {
				t.Errorf("a %s has no name", name)
			}
		case "th":
			if attr["scope"] == "" {
				t.Error("a heading of a table has no scope")
			}
		case "svg":
			if drawings++; drawings == 1 && attr["aria-hidden"] == "" && (attr["role"] != "img" || attr["aria-label"] == "") {
				t.Error("a graph has no name")
			}
		case "/svg":
			drawings--
		}
		if r := attr["aria-labelledby"]; r != "" {
			refs = append(refs, r)
		}
	}
	if len(levels) == 0 || levels[0] != "h1" || strings.Count(strings.Join(levels, " "), "h1") != 1 {
		t.Errorf("headings are %v", levels)
	}
	for _, r := range refs {
		if !ids[r] {
			t.Errorf("a section is called after %s, which is not there", r)
		}
	}
}

func TestRanges(t *testing.T) {
	for _, r := range panel.Ranges {
		w := get(serve(typical()), fmt.Sprintf("/s/shop.example?range=%s", r))
		if w.Code != 200 || strings.Count(w.Body.String(), `aria-current="page"`) != 1 {
			t.Errorf("%s: %d", r, w.Code)
		}
	}
}
