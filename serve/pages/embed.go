package pages

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"holdfast/serve/fault"
	"holdfast/serve/panel"
	"holdfast/serve/widget"
)

// Embedded pages are parts of a site's page for frames of other pages, and what
// the elements of package widget show. They are public as the page is, and
// their numbers and graphs are made by what makes those of the page.

//go:embed embed.html
var embedText string

//go:embed embed.css
var embedOwnStyle string

var (
	embedTemplate   = template.Must(template.New("embed").Parse(embedText))
	embedStyle      = embedded(graphStyle) + embedOwnStyle
	embedStyleName  = "/embed/-/embed." + digest(embedStyle) + ".css"
	embedScript     = widget.Page()
	embedScriptName = "/embed/-/embed." + digest(embedScript) + ".js"
)

// embedded returns the style of graphs with its colours as those of what is
// embedded: so they do not follow from the page around, and data-theme has a
// choice.
func embedded(style string) string {
	light, rest, _ := strings.Cut(style, "@media (prefers-color-scheme: dark) {\n")
	dark, rules, _ := strings.Cut(rest, "\n}\n")
	dark += "\n"
	of := func(style, selector string) string { return strings.ReplaceAll(style, ":root", selector) }
	return of(light, ".embed") + "@media (prefers-color-scheme: dark) {\n" + of(dark, ".embed") + "}\n" +
		of(light, `.embed[data-theme="light"]`) + of(dark, `.embed[data-theme="dark"]`) + rules
}

// embedPolicy is pagePolicy for pages that may be framed by any other.
const embedPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors *"

// embedRoutes adds the routes of what is embedded.
func (p *Pages) embedRoutes(handle func(pattern string, h http.Handler)) {
	handle("GET /embed/{site}/live", p.embed(p.embedLive))
	handle("GET /embed/{site}/referrals", p.embed(p.embedReferrals))
	handle("GET "+embedStyleName, shared(file("text/css; charset=utf-8", embedStyle)))
	handle("GET "+embedScriptName, shared(file("text/javascript; charset=utf-8", embedScript)))
}

// shared lets pages of any origin have what h answers.
func shared(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.ServeHTTP(w, r)
	})
}

// embedView is what the template shows.
type embedView struct {
	Title, Theme  string
	Style, Script string

	Words string // what is said if there is nothing to show; "" otherwise

	Site, Link    string
	Clock, Zone   string
	Complete      string // how complete it is
	Live, State   string // where the numbers of the moment are, and what is known of them
	Now           *now
	Summary       string
	Graph, Narrow Graph
}

// newEmbedView begins with what both pages have.
func newEmbedView(p *panel.Page) *embedView {
	return &embedView{
		Site: p.Site, Link: "/s/" + url.PathEscape(p.Site), Zone: p.Location.String(),
		Clock: p.AsOf.Time.Time().In(p.Location).Format(clockFormat), Complete: completeness(p),
	}
}

// embed answers with an embedded page.
func (p *Pages) embed(make func(*http.Request) (*embedView, error)) http.Handler {
	return shared(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := make(r)
		status, cache := http.StatusOK, "no-cache"
		if err != nil {
			v, status = refusedEmbed(w, err)
			cache = "no-store"
		}
		v.Style = embedStyleName
		if theme := r.URL.Query().Get("theme"); theme == "light" || theme == "dark" {
			v.Theme = theme
		}
		var text bytes.Buffer
		if err := embedTemplate.Execute(&text, v); err != nil {
			fault.Write(w, fault.Public(fmt.Errorf("make a page: %w", err)))
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", embedPolicy)
		h.Set("Cross-Origin-Embedder-Policy", "require-corp") // without it pages that ask for it may not frame this
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", cache)
		w.WriteHeader(status)
		w.Write(text.Bytes())
	}))
}

// refusedEmbed says that there is nothing to show: of a site that is not public
// the same as of one that does not exist.
func refusedEmbed(w http.ResponseWriter, err error) (*embedView, int) {
	if isNone(err) {
		return &embedView{Title: "No public site", Words: "No public site of this name"}, http.StatusNotFound
	}
	f := fault.Public(err)
	if f.Retry > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(max(f.Retry, time.Second).Seconds())))
	}
	return &embedView{Title: "No answer", Words: "No answer just now"}, f.Status
}

// embedReferrals is the graph of where today's visits come from.
func (p *Pages) embedReferrals(r *http.Request) (*embedView, error) {
	page, err := p.o.Panels.Page(r.Context(), r.PathValue("site"), panel.Today)
	if err != nil {
		return nil, err
	}
	v := newEmbedView(page)
	v.Title = "Where visits to " + page.Site + " come from"
	v.Script, v.Summary = embedScriptName, referralsSummary(page)
	v.Graph, v.Narrow = referralsGraph(page, "r", panel.Named), referralsGraph(page, "n", 3)
	return v, nil
}
