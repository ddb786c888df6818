// These look from a browser at a program that then is not ten times as slow.

//go:build !race

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browsed is a site, shop.example, with pages of its own server, a store whose
// server can be killed, and a browser.
type browsed struct {
	t        *testing.T
	dir      string
	server   string // where browsers reach it
	flags    []string
	running  *running
	pages    *httptest.Server
	npm      string   // the folder of packages that the pages may import
	complain []string // what was thrown in the pages, without anybody to catch it

	mu      sync.Mutex // guards all below
	content map[string]string
}

// firefox is what the browser says it is. As itself it would be a bot.
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

func newBrowsed(t *testing.T) *browsed {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("needs a browser: apt-get install chromium")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // whose port is free then, for one server after the other
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	b := &browsed{t: t, dir: filepath.Join(t.TempDir(), "store"), server: "http://stats.example:" + port, content: map[string]string{}}
	b.flags = []string{"--data", b.dir, "--public-url", b.server}
	holdfastVerb(t, "init", "--data", b.dir, "--site", "shop.example")
	b.pages = httptest.NewServer(http.HandlerFunc(b.page))
	t.Cleanup(b.pages.Close)
	return b
}

// page answers with a page of the site. All but the scripts are pages.
func (b *browsed) page(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/npm/") && b.npm != "" {
		b.module(w, r)
		return
	}
	b.mu.Lock()
	content, ok := b.content[r.URL.Path]
	b.mu.Unlock()
	kind := "text/html; charset=utf-8"
	if strings.HasSuffix(r.URL.Path, ".js") {
		kind = "text/javascript; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
	}
	fmt.Fprint(w, content)
}

// put makes a page, or changes it.
func (b *browsed) put(path, content string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !strings.HasSuffix(path, ".js") {
		content = "<!doctype html><title>" + path + "</title>" + content + "<h1>" + path + "</h1>"
	}
	b.content[path] = content
}

// at returns the address of a page.
func (b *browsed) at(path string) string {
	_, port, _ := net.SplitHostPort(b.pages.Listener.Addr().String())
	return "http://shop.example:" + port + path
}

// snippet returns what a page has to contain.
func (b *browsed) snippet(flags ...string) string {
	b.t.Helper()
	return string(holdfastVerb(b.t, append([]string{"site", "snippet", "--data", b.dir, "--public-url", b.server, "shop.example"}, flags...)...))
}

// start starts the server.
func (b *browsed) start() {
	b.t.Helper()
	s, _, err := startServer("", ".", append(b.flags, "--listen", "127.0.0.1"+b.server[strings.LastIndex(b.server, ":"):])...)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	b.running = s
}

// kill ends it at once.
func (b *browsed) kill() {
	_ = b.running.cmd.Process.Kill()
	<-b.running.read
	_ = b.running.cmd.Wait()
}

// open starts a browser that knows nothing.
func (b *browsed) open(options ...chromedp.ExecAllocatorOption) context.Context {
	b.t.Helper()
	options = append(append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.UserAgent(firefox), chromedp.Flag("host-resolver-rules", "MAP *.example 127.0.0.1"),
		chromedp.Flag("enable-automation", false), chromedp.Flag("disable-blink-features", "AutomationControlled"),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(b.t.TempDir())), options...)
	ctx, cancel := context.WithTimeout(b.t.Context(), 5*time.Minute)
	b.t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	b.t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	b.t.Cleanup(cancel)
	b.listen(ctx)
	b.do(ctx)
	return ctx
}

// listen notes what is thrown.
func (b *browsed) listen(ctx context.Context) {
	err := chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*runtime.EventExceptionThrown); ok {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.complain = append(b.complain, text(e.ExceptionDetails))
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// text returns what was thrown.
func text(e *runtime.ExceptionDetails) string {
	if e.Exception != nil {
		return e.Text + " " + e.Exception.Description
	}
	return e.Text
}

type action = chromedp.Action[chromedp.Void]

// do has the browser do something that must succeed.
func (b *browsed) do(ctx context.Context, actions ...action) {
	b.t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// visit goes to a page.
func (b *browsed) visit(path string) action { return chromedp.Navigate(b.at(path)) }

// eval runs a script in the page.
func eval(script string) action { return chromedp.Evaluate[chromedp.Void](script) }

// find returns what the page says to a script.
func find[T any](ctx context.Context, b *browsed, script string) T {
	b.t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// harmless fails if anything was thrown.
func (b *browsed) harmless() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.complain {
		b.t.Errorf("thrown in a page: %s", text)
	}
}

// ask asks a question, and returns the rows of the answer as texts.
func (b *browsed) ask(question string, flags ...string) []string {
	b.t.Helper()
	var answer struct{ Rows [][]any }
	if err := json.Unmarshal(holdfastVerb(b.t, append([]string{"query", "--data", b.dir, "--json", question}, flags...)...), &answer); err != nil {
		b.t.Fatal(err)
	}
	var rows []string
	for _, row := range answer.Rows {
		rows = append(rows, strings.Trim(fmt.Sprint(row), "[]"))
	}
	return rows
}

// until asks until the answer is as wanted.
func (b *browsed) until(question string, want ...string) {
	b.t.Helper()
	var got []string
	for end := time.Now().Add(45 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if got = b.ask(question); strings.Join(got, "\n") == strings.Join(want, "\n") {
			return
		}
	}
	b.t.Fatalf("%s:\n%s\nwant\n%s", question, strings.Join(got, "\n"), strings.Join(want, "\n"))
}
