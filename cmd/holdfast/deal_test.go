package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast"
	"holdfast/serve/control"
	"holdfast/serve/deal"
)

// A program puts deals and asks what came of them; what it changes of a window
// changes the statistics of all deals that it concerns, at once and also after
// the server was killed.
func TestDealsOverHTTP(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	var made struct{ Key string }
	if err := json.Unmarshal(holdfastVerb(t, "init", "--data", dir, "--site", "shop.example", "--tz", "Europe/Berlin", "--json"), &made); err != nil {
		t.Fatal(err)
	}
	var server *running
	var url string
	start := func() {
		t.Helper()
		var err error
		if server, url, err = startServer(os.Getenv("PATH"), t.TempDir(), "--data", dir, "--listen", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
	}
	kill := func() {
		_ = server.cmd.Process.Kill()
		<-server.read
		_ = server.cmd.Wait()
	}
	start()
	defer func() { kill() }()
	do := func(method, path, body string, status int, into any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+made.Key)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != status {
			t.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, text, err)
		}
		if into != nil {
			if err := json.Unmarshal(text, into); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
	}
	var events strings.Builder
	for hour := range 10 { // one visitor an hour from 8 to 17
		fmt.Fprintf(&events, `{"site":"shop.example","name":"pageview","url":"/","visitor":"v%d","time":"2026-07-31T%02d:00:00+02:00"}`+"\n", hour, 8+hour)
	}
	do("POST", "/api/v1/events", events.String(), http.StatusAccepted, nil)
	const deals = "/api/v1/sites/shop.example/deals"
	do("PUT", deals+"/morning", `{"title": "Morning", "starts": "2026-07-31"}`, http.StatusCreated, nil)
	do("PUT", deals+"/noon", `{"title": "Noon", "starts": "2026-07-31 12:00", "ends": "2026-07-31"}`, http.StatusCreated, nil)
	want := func(morning, noon int64) {
		t.Helper()
		for id, n := range map[string]int64{"morning": morning, "noon": noon} {
			var s deal.Stats
			do("GET", deals+"/"+id+"/stats", "", http.StatusOK, &s)
			if s.Visitors == nil || *s.Visitors != n || *s.Views != n || len(s.Coverage.Intervals) == 0 {
				t.Errorf("%s: %+v, want %d visitors", id, s, n)
			}
		}
	}
	want(4, 6)
	do("PUT", deals+"/noon", `{"title": "Noon", "starts": "2026-07-31 14:30", "ends": "2026-07-31"}`, http.StatusOK, nil)
	want(7, 3)
	kill()
	start()
	want(7, 3)
	do("PUT", deals+"/morning", `{"title": "Morning", "starts": "2026-07-31", "ends": "2026-07-31 09:00"}`, http.StatusOK, nil)
	want(1, 3)
	do("DELETE", deals+"/morning", "", http.StatusNoContent, nil)
	do("GET", deals+"/morning/stats", "", http.StatusNotFound, nil)
}

// A line that is too long for a request costs the others nothing, and many long
// ones are put a few at a time.
func TestLongLinesOfATable(t *testing.T) {
	var text strings.Builder
	text.WriteString("id,title,starts\n")
	for i := range 40 {
		fmt.Fprintf(&text, "d%d,%s,2026-07-31\n", i, strings.Repeat("x", 900_000))
	}
	fmt.Fprintf(&text, "long,%s,2026-07-31\nshort,Short,2026-07-31\n", strings.Repeat("x", 1<<20))
	to := &puts{}
	im := dealImport{to: to, site: "shop.example", lines: map[string]int{}}
	if err := im.read(t.Context(), strings.NewReader(text.String())); err != nil {
		t.Fatal(err)
	}
	if to.deals != 41 || to.most > maxLines+maxLine || len(im.sum.Wrong) != 1 || im.sum.Wrong[0].Line != 42 {
		t.Errorf("%d put, %d bytes at once, wrong: %v", to.deals, to.most, im.sum.Wrong)
	}
}

// FuzzDealTable reads what is no table: every line of it is put, or is wrong.
func FuzzDealTable(f *testing.F) {
	f.Add("id,title,starts\na,A,2026-07-31\nb,B\n\"c")
	f.Add("\ufeffID,Title,Starts,paths\r\na,A,2026-07-31,/a /b\r\n\r\na,A,2026-07-31,\r\n")
	f.Add("starts,title,id\n\"\n\",,\n")
	f.Fuzz(func(t *testing.T, text string) {
		to := &puts{}
		im := dealImport{to: to, site: "shop.example", lines: map[string]int{}}
		if err := im.read(t.Context(), strings.NewReader(text)); err != nil {
			return
		}
		if im.sum.Added != to.deals {
			t.Errorf("%d added, and %d put", im.sum.Added, to.deals)
		}
		for _, w := range im.sum.Wrong {
			if w.Line < 2 || w.Line > strings.Count(text, "\n")+1 || w.Error == "" {
				t.Errorf("wrong: %+v", w)
			}
		}
	})
}

// puts counts the deals that are put.
type puts struct {
	control.Backend
	deals int
	most  int // bytes of titles at once
}

func (p *puts) PutDeals(_ context.Context, _ string, what control.Put) ([]control.PutDeal, error) {
	list := what.Deals
	put := make([]control.PutDeal, len(list))
	for i := range put {
		put[i].Change = holdfast.DealAdded
	}
	p.deals += len(list)
	size := 0
	for _, w := range list {
		size += len(w.Title)
	}
	p.most = max(p.most, size)
	return put, nil
}
