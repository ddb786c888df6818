package accesslog_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast/collect/accesslog"
)

func TestWhatIsAPageView(t *testing.T) {
	for target, want := range map[string]accesslog.Reason{
		"/":                                    "",
		"/deal/4711":                           "",
		"/deal/4711/?utm_source=mail":          "",
		"/index.html":                          "",
		"/INDEX.PHP?id=1":                      "",
		"/wiki/Version_1.2":                    "",
		"/~anna/john.doe":                      "",
		"/blog/feed-the-birds":                 "",
		"/health/advice":                       "",
		"http://shop.example/":                 "",
		"http://shop.example":                  "",
		"/shop.cgi?picture=a.png":              "",
		"/page.html;jsessionid=ab.png":         "",
		"/style.css":                           accesslog.Asset,
		"/app.4f3a.js?v=1":                     accesslog.Asset,
		"/LOGO.PNG":                            accesslog.Asset,
		"/a.png;x=y":                           accesslog.Asset,
		"http://shop.example/logo.svg#a":       accesslog.Asset,
		"/robots.txt":                          accesslog.Asset,
		"/sitemap.xml.gz":                      accesslog.Asset,
		"/favicon.ico":                         accesslog.Asset,
		"/paper.pdf":                           accesslog.Asset,
		"/.well-known/security":                accesslog.Machine,
		"/shop/.git/config":                    accesslog.Machine,
		"/api":                                 accesslog.Machine,
		"/api/event":                           accesslog.Machine,
		"/w/api.php?action=query":              accesslog.Machine,
		"/wp-admin/admin-ajax.php":             accesslog.Machine,
		"/blog/feed/":                          accesslog.Machine,
		"/blog/tags/puppet?flav=rss20":         accesslog.Machine,
		"/?feed=rss2":                          accesslog.Machine,
		"/healthz":                             accesslog.Machine,
		"/cdn-cgi/challenge":                   accesslog.Machine,
		"/articles?format=html":                "",
		"/" + strings.Repeat("a", 50) + ".abc": "",
	} {
		if got := accesslog.Judge(&accesslog.Line{Method: "GET", Status: 200, Target: target}); got != want {
			t.Errorf("%s: %q, not %q", target, got, want)
		}
	}
	for _, test := range []struct {
		line accesslog.Line
		want accesslog.Reason
	}{
		{accesslog.Line{Method: "POST", Status: 200}, accesslog.OtherMethod},
		{accesslog.Line{Method: "HEAD", Status: 200}, accesslog.OtherMethod},
		{accesslog.Line{Method: "GET", Status: 304}, ""},
		{accesslog.Line{Method: "GET", Status: 206}, ""},
		{accesslog.Line{Method: "GET", Status: 301}, accesslog.OtherStatus},
		{accesslog.Line{Method: "GET", Status: 404}, accesslog.OtherStatus},
		{accesslog.Line{Method: "GET", Status: 101}, accesslog.OtherStatus},
		{accesslog.Line{Method: "GET", Status: 200, Type: "Text/HTML; charset=utf-8"}, ""},
		{accesslog.Line{Method: "GET", Status: 200, Type: "application/json"}, accesslog.OtherType},
	} {
		test.line.Target = "/"
		if got := accesslog.Judge(&test.line); got != test.want {
			t.Errorf("%+v: %q, not %q", test.line, got, test.want)
		}
	}
}

// Wikimedia says of 89 requests whether it counts them as page views. Where we
// differ it is about hosts, headers and actions that are Wikimedia's own.
func TestTheRuleAgreesWithWikimedia(t *testing.T) {
	r := csv.NewReader(bytes.NewReader(testdata(t, "ua/pageview_test_data.csv")))
	r.LazyQuotes, r.FieldsPerRecord = true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	head := rows[0]
	cell := func(row []string, name string) string { return strings.TrimSpace(row[slices.Index(head, name)]) }
	agreed, ours, theirs := 0, 0, 0
	for _, row := range rows[1:] {
		l := accesslog.Line{Method: "GET", Target: cell(row, "uri_path"), Type: cell(row, "content_type")}
		l.Status, _ = strconv.Atoi(cell(row, "http_status"))
		if query := strings.TrimPrefix(cell(row, "uri_query"), "?"); query != "-" {
			l.Target += "?" + query
		}
		switch got, want := accesslog.Judge(&l) == "", cell(row, "is_pageview") == "true"; {
		case got == want:
			agreed++
		case got:
			ours++
			t.Logf("only ours: %s", row[0])
		default:
			theirs++
			t.Logf("only theirs: %s", row[0])
		}
	}
	t.Logf("of %d, agreed on %d; only ours %d, only theirs %d", len(rows)-1, agreed, ours, theirs)
	if agreed < 64 {
		t.Errorf("agrees on %d of %d", agreed, len(rows)-1)
	}
}
