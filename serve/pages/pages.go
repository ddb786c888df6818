// Package pages shows people what a public site's statistics are: a page, its
// two graphs as pictures and as JSON, a list of its deals, and a page for each
// of these.
//
// A page is made here, whole: it needs no script, and asks nobody else for
// anything. Its script, if it may run, only brings the page up to date and
// reads out what the pointer is on. Whatever visitors sent is written where it
// can be text and nothing else, and the browser is told to run and load only
// what this package serves.
//
// What is not known is never drawn as if it were zero: see graph.go. What the
// public may see is decided by package panel, not here.
package pages

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"holdfast"
	"holdfast/serve/fault"
	"holdfast/serve/panel"
)

// Panels answers what the public may ask.
type Panels interface {
	Site(name string) (*holdfast.Site, error)
	Page(ctx context.Context, site string, of panel.Range) (*panel.Page, error)
	Deals(ctx context.Context, site string, number int) (*panel.Deals, error)
	Deal(ctx context.Context, site, id string) (*panel.Deal, error)
}

// Options are what Pages work with.
type Options struct {
	Panels Panels
	// Watcher tells who is there now. It may be left out; then nothing is said
	// about it.
	Watcher holdfast.Watcher
	// Note is a sentence that every page begins with; "" is none.
	Note string
}

// Pages has the handlers.
type Pages struct {
	o Options
}

// New returns Pages.
func New(o Options) *Pages { return &Pages{o} }

//go:embed page.html
var pageText string

//go:embed graph.css
var graphStyle string

//go:embed page.css
var pageStyle string

//go:embed deals.css
var dealsStyle string

//go:embed page.js
var script string

var (
	pageTemplate = template.Must(template.New("page").Parse(pageText))
	style        = graphStyle + pageStyle + dealsStyle
	styleName    = "/s/-/page." + digest(style) + ".css"
	scriptName   = "/s/-/page." + digest(script) + ".js"
)

// digest is part of the name of a file that never changes under its name.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// pagePolicy lets a page load what this package serves, and nothing else.
const pagePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// picturePolicy lets a picture have its own style, known by its hash.
var picturePolicy = func() string {
	sum := sha256.Sum256([]byte(graphStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}()

// Routes adds the routes of pages to a mux.
func (p *Pages) Routes(handle func(pattern string, h http.Handler)) {
	handle("GET /s/{site}", http.HandlerFunc(p.page))
	handle("GET /s/{site}/views.svg", p.picture(viewsPicture))
	handle("GET /s/{site}/referrals.svg", p.picture(referralsPicture))
	handle("GET /s/{site}/views.json", p.data(viewsData))
	handle("GET /s/{site}/referrals.json", p.data(referralsData))
	handle("GET /s/{site}/deals", http.HandlerFunc(p.deals))
	handle("GET /s/{site}/deals/{id}", http.HandlerFunc(p.deal))
	handle("GET /s/{site}/deals/{id}/views.json", p.dealData(viewsData))
	handle("GET /s/{site}/deals/{id}/referrals.json", p.dealData(referralsData))
	handle("GET "+styleName, file("text/css; charset=utf-8", style))
	handle("GET "+scriptName, file("text/javascript; charset=utf-8", script))
	p.embedRoutes(handle)
}

// file serves a text that never changes.
func file(kind, text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		fmt.Fprint(w, text)
	})
}

// page answers GET /s/{site}.
func (p *Pages) page(w http.ResponseWriter, r *http.Request) {
	page, err := p.ask(r)
	if err != nil {
		refusePage(w, err)
		return
	}
	v := newView(page)
	v.Note, v.Here = p.o.Note, p.here(r.Context(), page.Site)
	if p.o.Watcher != nil {
		v.Live = "/api/v1/sites/" + url.PathEscape(page.Site) + "/live"
	}
	write(w, pageTemplate, v)
}

// write answers with a page.
func write(w http.ResponseWriter, t *template.Template, v any) {
	var text bytes.Buffer
	if err := t.Execute(&text, v); err != nil {
		refusePage(w, fmt.Errorf("make a page: %w", err))
		return
	}
	secure(w, pagePolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write(text.Bytes())
}

// ask asks for the page that r is about. Of what r says only the site's name
// and which range are read.
func (p *Pages) ask(r *http.Request) (*panel.Page, error) {
	return p.o.Panels.Page(r.Context(), r.PathValue("site"), panel.RangeOf(r.URL.Query().Get("range")))
}

// lately is how long a visitor is there after an event.
const lately = 5 * time.Minute

// hereTime is how long a page waits to know who is there now.
const hereTime = 200 * time.Millisecond

// here returns how many visitors are there now, in words, or "" if nobody
// knows.
func (p *Pages) here(ctx context.Context, site string) string {
	second, err := p.second(ctx, site, hereTime)
	if err != nil {
		return ""
	}
	return nowOf(second).Here
}

// secure says what the browser may do with what follows.
func secure(w http.ResponseWriter, policy string) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// noPage is what is said of sites and deals that do not exist, and of those
// that are not public: the same to the byte.
const noPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>No such page</title>
<main>
<h1>No such page</h1>
<p>There is no site or deal of this name here, or its owner shows it to nobody.</p>
</main>
`

// refusePage answers a person who cannot have a page.
func refusePage(w http.ResponseWriter, err error) {
	secure(w, pagePolicy)
	w.Header().Set("Cache-Control", "no-store")
	if !isNone(err) {
		fault.Write(w, fault.Public(err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	fmt.Fprint(w, noPage)
}

// isNone says whether there is nothing to be shown.
func isNone(err error) bool {
	return errors.Is(err, holdfast.ErrNoSite) || errors.Is(err, holdfast.ErrNoDeal)
}

// picture serves a graph as a picture.
func (p *Pages) picture(draw func(*panel.Page) []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		page, err := p.ask(r)
		if err != nil {
			refuseData(w, err)
			return
		}
		secure(w, picturePolicy)
		w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Write(draw(page))
	})
}

// data serves the numbers of a graph.
func (p *Pages) data(read func(*panel.Page) any) http.Handler { return dataOf(p.ask, read) }

// dealData serves the numbers of a graph of a deal.
func (p *Pages) dealData(read func(*panel.Page) any) http.Handler {
	return dataOf(func(r *http.Request) (*panel.Page, error) {
		d, err := p.askDeal(r)
		if err != nil {
			return nil, err
		}
		return &d.Page, nil
	}, read)
}

func dataOf(ask func(*http.Request) (*panel.Page, error), read func(*panel.Page) any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		page, err := ask(r)
		if err != nil {
			refuseData(w, err)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		fault.WriteJSON(w, http.StatusOK, read(page))
	})
}

// refuseData answers a program; of which site is not said.
func refuseData(w http.ResponseWriter, err error) {
	w.Header().Set("Cache-Control", "no-store")
	if isNone(err) {
		err = fault.New(http.StatusNotFound, fault.NoSite, "there is no public site of this name, or no such deal of it")
	}
	fault.Write(w, fault.Public(err))
}
