package accesslog_test

import (
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/collect/accesslog"

	"github.com/google/go-cmp/cmp"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// halfPastFour is 18:30 in summer in Berlin.
var halfPastFour = holdfast.MillisOf(time.Date(2026, 7, 31, 16, 30, 0, 0, time.UTC))

// linesOfFormats are lines, and what is in them.
var linesOfFormats = []struct {
	name   string
	format accesslog.Format
	text   string
	want   accesslog.Line
}{
	{"combined", accesslog.Combined,
		`203.0.113.7 - - [31/Jul/2026:18:30:00 +0200] "GET /a?b=c HTTP/1.1" 200 2326 "https://www.google.com/" "` + firefox + `"`,
		accesslog.Line{Address: "203.0.113.7", Time: halfPastFour, Method: "GET", Target: "/a?b=c", Status: 200, Bytes: "2326", Referrer: "https://www.google.com/", Agent: firefox}},
	{"nginx's main, which names who the request was forwarded for", accesslog.Combined,
		`2001:db8::1 - anna [31/Jul/2026:18:30:00 +0200] "POST / HTTP/2.0" 304 0 "-" "-" "198.51.100.9"`,
		accesslog.Line{Address: "2001:db8::1", Time: halfPastFour, Method: "POST", Target: "/", Status: 304, Bytes: "0"}},
	{"a user with spaces and brackets", accesslog.Combined,
		`203.0.113.7 - Anna [the first] B [31/Jul/2026:16:30:00 +0000] "GET / HTTP/1.1" 200 - "-" "A"`,
		accesslog.Line{Address: "203.0.113.7", Time: halfPastFour, Method: "GET", Target: "/", Status: 200, Bytes: "-", Agent: "A"}},
	{"quotation marks and bytes, escaped by Apache and by nginx", accesslog.Combined,
		`203.0.113.7 - - [31/Jul/2026:18:30:00 +0200] "GET /\"a\" \x5C HTTP/1.1" 200 1 "http://x.example/\xc3\xbc" "A \"B\" \x22C\x22 \\ \t \q \x4"`,
		accesslog.Line{Address: "203.0.113.7", Time: halfPastFour, Method: "GET", Target: `/"a" \`, Status: 200, Bytes: "1", Referrer: "http://x.example/ü", Agent: "A \"B\" \"C\" \\ \t q x4"}},
	{"a target with spaces, and no protocol", accesslog.Combined,
		`203.0.113.7 - - [31/Jul/2026:18:30:00 +0200] "GET /a b" 200 1 "-" "A"`,
		accesslog.Line{Address: "203.0.113.7", Time: halfPastFour, Method: "GET", Target: "/a b", Status: 200, Bytes: "1", Agent: "A"}},
	{"common", accesslog.Common,
		`host.example - - [31/Jul/2026:18:30:00 +0200] "GET / HTTP/1.1" 200 2326`,
		accesslog.Line{Address: "host.example", Time: halfPastFour, Method: "GET", Target: "/", Status: 200, Bytes: "2326"}},
	{"vhost combined", accesslog.VHost,
		`Shop.Example:443 203.0.113.7 - - [31/Jul/2026:18:30:00 +0200] "GET / HTTP/1.1" 200 2326 "-" "A"`,
		accesslog.Line{Host: "shop.example", Address: "203.0.113.7", Time: halfPastFour, Method: "GET", Target: "/", Status: 200, Bytes: "2326", Agent: "A"}},
	{"caddy", accesslog.Caddy,
		`{"level":"info","ts":1785515400.5241024,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"10.0.0.1","remote_port":"41342","client_ip":"203.0.113.7","proto":"HTTP/2.0","method":"GET","host":"shop.example:8443","uri":"/\u00fc?a=\"b\"","headers":{"User-Agent":["A"],"Referer":["https://x.example/"],"Accept":["*/*"]},"tls":{"version":772}},"duration":0.0009,"size":10900,"status":200,"resp_headers":{"Content-Type":["text/html; charset=utf-8"],"Vary":["A","B"]}}`,
		accesslog.Line{Host: "shop.example", Address: "203.0.113.7", Time: halfPastFour + 524, Method: "GET", Target: `/ü?a="b"`, Status: 200, Bytes: "10900", Referrer: "https://x.example/", Agent: "A", Type: "text/html; charset=utf-8"}},
	{"caddy of old, with a text for the time", accesslog.Caddy,
		`{"ts":"2026-07-31T18:30:00.000+0200","request":{"remote_addr":"[2001:db8::1]:41342","method":"GET","host":"shop.example","uri":"/"},"size":1,"status":200}`,
		accesslog.Line{Host: "shop.example", Address: "[2001:db8::1]", Time: halfPastFour, Method: "GET", Target: "/", Status: 200, Bytes: "1"}},
	{"nginx JSON, all of it text", accesslog.NginxJSON,
		`{"time_iso8601":"2026-07-31T18:30:00+02:00","msec":"1785515400.123","remote_addr":"203.0.113.7","request":"GET /a?b HTTP/1.1","status":"200","body_bytes_sent":"17","http_referer":"-","http_user_agent":"A","host":"shop.example"}`,
		accesslog.Line{Host: "shop.example", Address: "203.0.113.7", Time: halfPastFour + 123, Method: "GET", Target: "/a?b", Status: 200, Bytes: "17", Agent: "A"}},
	{"nginx JSON, with numbers and parts of the request", accesslog.NginxJSON,
		`{"time_local":"31/Jul/2026:18:30:00 +0200","remote_addr":"203.0.113.7","request_method":"GET","request_uri":"/a?b","uri":"/a","status":200,"bytes_sent":17,"server_name":"shop.example","upstream":[1,{"x":null}]}`,
		accesslog.Line{Host: "shop.example", Address: "203.0.113.7", Time: halfPastFour, Method: "GET", Target: "/a?b", Status: 200, Bytes: "17"}},
}

func TestLinesAreTakenApart(t *testing.T) {
	for _, test := range linesOfFormats {
		t.Run(test.name, func(t *testing.T) {
			got, err := accesslog.Parse(test.format, test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if found, err := accesslog.Detect(test.text + "\n"); err != nil || found != test.format {
				t.Errorf("it is taken for %q, %v", found, err)
			}
		})
	}
}

func TestWhatCannotBeReadSaysWhy(t *testing.T) {
	const before, after = `203.0.113.7 - - [31/Jul/2026:18:30:00 +0200] `, ` "-" "A"`
	for _, test := range []struct {
		name   string
		format accesslog.Format
		text   string
		want   string
	}{
		{"nothing", accesslog.Combined, "", "no time like"},
		{"binary", accesslog.Combined, "\x00\xff\x1b[31m", "no time like"},
		{"a time without a zone", accesslog.Combined, `203.0.113.7 - - [31/Jul/2026:18:30:00] "GET / HTTP/1.1" 200 1` + after, "no time like"},
		{"a day that is none", accesslog.Combined, `203.0.113.7 - - [31/Feb/2026:18:30:00 +0200] "GET / HTTP/1.1" 200 1` + after, "no time like"},
		{"no user", accesslog.Combined, `203.0.113.7 [31/Jul/2026:18:30:00 +0200] "GET / HTTP/1.1" 200 1` + after, "too few fields"},
		{"no quotation marks", accesslog.Combined, before + `GET / HTTP/1.1 200 1` + after, "no request in quotation marks"},
		{"a request that does not end", accesslog.Combined, before + `"GET / HTTP/1.1 200 1`, "no request in quotation marks"},
		{"an escape at the end", accesslog.Combined, before + `"GET / \`, "no request in quotation marks"},
		{"a status of four digits", accesslog.Combined, before + `"GET / HTTP/1.1" 2000 1` + after, "no status"},
		{"bytes that are none", accesslog.Combined, before + `"GET / HTTP/1.1" 200 many` + after, "no number of bytes"},
		{"common where combined is expected", accesslog.Combined, before + `"GET / HTTP/1.1" 200 1`, "no referrer and user agent"},
		{"an agent that is cut off", accesslog.Combined, before + `"GET / HTTP/1.1" 200 1 "-" "Mozilla`, "no referrer and user agent"},
		{"no JSON", accesslog.Caddy, before, "not a JSON object"},
		{"JSON that is cut off", accesslog.Caddy, `{"ts":1,"request":{"method":"GET"`, "not a JSON object"},
		{"two objects", accesslog.Caddy, `{"ts":1,"status":200,"request":{}} {}`, "not a JSON object"},
		{"a time on the wall", accesslog.Caddy, `{"ts":"2026/07/31 18:30:00","status":200,"request":{}}`, "no time with a zone"},
		{"a time beyond all bounds", accesslog.NginxJSON, `{"msec":1e300,"status":200,"request":"GET / HTTP/1.1"}`, "no time with a zone"},
		{"no status", accesslog.NginxJSON, `{"msec":"1.5","request":"GET / HTTP/1.1"}`, "no status"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := accesslog.Parse(test.format, test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) || accesslog.IsNoRequest(err) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

func TestLinesWithoutARequestAreNoDamage(t *testing.T) {
	const before = `203.0.113.7 - - [31/Jul/2026:18:30:00 +0200] `
	for name, test := range map[string]struct {
		format accesslog.Format
		text   string
	}{
		"the client said nothing":        {accesslog.Combined, before + `"-" 408 0 "-" "-"`},
		"the client spoke TLS":           {accesslog.Combined, before + `"\x16\x03\x01\x02" 400 226 "-" "-"`},
		"the client spoke another way":   {accesslog.Common, before + `"" 400 0`},
		"the line is of something else":  {accesslog.Caddy, `{"level":"info","ts":1785515400.5,"msg":"serving initial configuration"}`},
		"the client went before the end": {accesslog.Caddy, `{"ts":1785515400.5,"request":{"method":"GET","uri":"/"},"status":0}`},
		"nginx could not understand it":  {accesslog.NginxJSON, `{"msec":1785515400.5,"status":400,"request":""}`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := accesslog.Parse(test.format, test.text); !accesslog.IsNoRequest(err) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

func TestTheFormatIsWhatMostLinesHave(t *testing.T) {
	combined := line(1, "/", "A")
	vhost := "shop.example:80 " + combined
	common := combined[:strings.Index(combined, ` "-"`)] + "\n"
	named := strings.Replace(combined, "- -", "- Anna B", 1)
	for _, test := range []struct {
		name string
		head string
		want accesslog.Format
	}{
		{"combined", combined, accesslog.Combined},
		{"combined, without an end of line", strings.TrimSuffix(combined, "\n"), accesslog.Combined},
		{"combined, with ends of line of Windows", strings.ReplaceAll(combined, "\n", "\r\n"), accesslog.Combined},
		{"combined, behind rubbish", "\x00\x01\nsomething\n" + combined + combined, accesslog.Combined},
		{"combined, and mostly of a user with a space", named + named + combined, accesslog.Combined},
		{"common", common + common, accesslog.Common},
		{"vhost combined", vhost + vhost, accesslog.VHost},
		{"caddy, behind lines of its start", `{"level":"info","ts":1.5,"msg":"using provided configuration"}` + "\n" + caddyLine, accesslog.Caddy},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, err := accesslog.Detect(test.head); err != nil || got != test.want {
				t.Errorf("it is taken for %q, %v", got, err)
			}
		})
	}
	if got, err := accesslog.Detect("a\nb\n\n"); err == nil {
		t.Errorf("rubbish is taken for %q", got)
	}
}

const caddyLine = `{"ts":1785515400.5,"request":{"remote_ip":"203.0.113.7","method":"GET","host":"shop.example","uri":"/"},"size":1,"status":200}` + "\n"

func FuzzLine(f *testing.F) {
	for _, test := range linesOfFormats {
		f.Add(test.text)
	}
	f.Add(`203.0.113.7 - - [31/Jul/2026:18:30:00 +0200] "\x16\x03\x01" 400 226 "-" "-"`)
	f.Add(`{"ts":1e9,"request":[[{"method":"GET"}]],"status":"200","resp_headers":{"Content-Type":[]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range accesslog.Formats() {
			l, err := accesslog.Parse(format, text)
			if err != nil {
				continue
			}
			if l.Target == "" && accesslog.Judge(&l) == "" || l.Status < 0 || l.Status > 999 {
				t.Errorf("%s makes of %q %+v", format, text, l)
			}
			again, err := accesslog.Parse(format, text)
			if err != nil || again != l {
				t.Errorf("%s: read twice, it is another: %+v, %v", format, again, err)
			}
		}
	})
}
