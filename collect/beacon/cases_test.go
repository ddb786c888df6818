package beacon_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"holdfast"
)

// is is what columns of an event must be, names and values in turn.
type is []string

// A kase is a request of a browser, and what becomes of it.
type kase struct {
	name    string
	body    string
	header  []string
	status  int    // 202 if it is 0
	errors  string // the answer's, with status 400
	dropped string // of how many events the answer says that they are not counted
	want    []is   // the events stored
}

// page is a page view of a.example with more fields.
func page(fields string) string {
	if fields != "" {
		fields = "," + fields
	}
	return `{"domain":"a.example","name":"pageview","url":"http://a.example/"` + fields + `}`
}

// at is a page view of a.example at a path, and what follows it.
func at(path string) string {
	return fmt.Sprintf(`{"d":"a.example","n":"pageview","u":"http://a.example%s"}`, path)
}

func from(referrer string) string { return page(fmt.Sprintf(`"referrer":%q`, referrer)) }

func custom(fields string) string {
	return `{"d":"a.example","n":"Signup","u":"http://a.example/",` + fields + `}`
}

func engagement(fields string) string {
	return strings.TrimSuffix(`{"d":"a.example","n":"engagement","u":"http://a.example/",`+fields, ",") + `}`
}

func many(n int) string {
	var props []string
	for i := range n {
		props = append(props, fmt.Sprintf(`"k%02d":%d`, i, i))
	}
	return strings.Join(props, ",")
}

func kept(n int) string {
	var props []string
	for i := range n {
		props = append(props, fmt.Sprintf(`k%02d=%d`, i, i))
	}
	return strings.Join(props, " ")
}

func agent(text string) []string { return []string{"User-Agent", text} }

const notJSON = `{"request":["Unable to parse request body as json"]}`

// cases are those that Plausible's own tests have, and some of our own. Where
// those store nothing, here it is stored with a flag.
var cases = []kase{
	// The format.
	{name: "a page view is kept", body: page(`"referrer":"http://m.facebook.com/","screen_width":1440`),
		want: []is{{"site", "a.example", "name", "pageview", "host", "a.example", "path", "/", "source", "Facebook", "screen", "desktop", "flag", ""}}},
	{name: "the content type does not matter", body: page(""), header: []string{"Content-Type", "text/plain"}, want: []is{{"path", "/"}}},
	{name: "nor does that of a form", body: page(""), header: []string{"Content-Type", "application/x-www-form-urlencoded"}, want: []is{{"path", "/"}}},
	{name: "an empty body is refused", body: "", status: 400, errors: notJSON},
	{name: "a body of words is refused", body: "defnotjson", status: 400, errors: notJSON},
	{name: "a string is no event", body: `"\"<script>\""`, status: 400, errors: notJSON},
	{name: "an array is no event", body: "[" + page("") + "]", status: 400, errors: notJSON},
	{name: "nothing may follow the event", body: page("") + page(""), status: 400, errors: notJSON},
	{name: "half an event is none", body: page("")[:40], status: 400, errors: notJSON},
	{name: "white space and unknown fields do not matter", body: " " + page(`"x":{"y":[1]},"v":24`) + "\n", want: []is{{"path", "/"}}},
	{name: "the short names mean the same", body: `{"n":"pageview","u":"http://www.a.example/x","d":"a.example","r":"https://facebook.com"}`,
		want: []is{{"name", "pageview", "host", "a.example", "path", "/x", "source", "Facebook"}}},
	{name: "the short names go before", body: page(`"n":"short","u":"http://a.example/short"`), want: []is{{"name", "short", "path", "/short"}}},
	{name: "null is as good as nothing", body: page(`"n":null,"u":null,"d":null,"r":null,"p":null,"h":null,"i":null`), want: []is{{"name", "pageview"}}},

	// Sites.
	{name: "several domains each get the event", body: `{"n":"pageview","u":"http://a.example/","d":"a.example,roll-up.example"}`,
		want: []is{{"site", "a.example", "age", "0s"}, {"site", "roll-up.example", "age", "0s", "host", "a.example", "flag", ""}}},
	{name: "a domain named twice gets it once", body: `{"n":"pageview","u":"http://a.example/","d":"a.example, www.a.example,,A.example"}`, want: []is{{"site", "a.example"}}},
	{name: "one of two that is not ours costs the other nothing", body: `{"n":"pageview","u":"http://a.example/","d":"c.example,a.example"}`,
		dropped: "1", want: []is{{"site", "a.example"}}},
	{name: "www is no part of a domain", body: `{"n":"x","u":"http://a.example/","d":" www.a.example "}`, want: []is{{"site", "a.example", "name", "x"}}},
	{name: "without a domain it is that of the URL", body: `{"n":"pageview","u":"http://www.a.example/x"}`, want: []is{{"site", "a.example", "path", "/x"}}},
	{name: "a domain that is not ours is refused", body: `{"n":"pageview","u":"http://a.example/","d":"c.example"}`, status: 400, errors: `{"domain":["there is no site \"c.example\""]}`},
	{name: "an empty domain is refused", body: `{"n":"pageview","u":"http://a.example/","d":""}`, status: 400, errors: `{"domain":["can't be blank"]}`},
	{name: "more than 20 domains are refused", body: `{"n":"pageview","u":"http://a.example/","d":"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u"}`,
		status: 400, errors: `{"domain":["names more than 20 sites"]}`},
	{name: "a page elsewhere is flagged", body: `{"n":"pageview","u":"http://copy.example/","d":"a.example"}`, dropped: "1",
		want: []is{{"host", "copy.example", "flag", "foreign-host"}}},

	// URLs.
	{name: "www is no part of a host", body: `{"d":"a.example","n":"pageview","u":"http://www.a.example/"}`, want: []is{{"host", "a.example"}}},
	{name: "no path is the root", body: `{"d":"a.example","n":"pageview","u":"http://a.example"}`, want: []is{{"path", "/"}}},
	{name: "space after a path goes", body: at("/path "), want: []is{{"path", "/path"}}},
	{name: "encoded space after a path goes too", body: at("/path%20"), want: []is{{"path", "/path"}}},
	{name: "a path is decoded", body: at("/%D8%AA%D8%AC%D8%B1%D8%A8%D8%A9"), want: []is{{"path", "/تجربة"}}},
	{name: "a fragment is dropped", body: at("/#page-a"), want: []is{{"path", "/"}}},
	{name: "a fragment names the page in hash mode", body: strings.Replace(at("/#page-a"), "{", `{"h":1,`, 1), want: []is{{"path", "/#page-a"}}},
	{name: "hash mode may be off", body: strings.Replace(at("/#page-a"), "{", `{"h":0,`, 1), want: []is{{"path", "/"}}},
	{name: "hash mode has a long name", body: strings.Replace(at("/#page-a"), "{", `{"hashMode":1,`, 1), want: []is{{"path", "/#page-a"}}},
	{name: "a file has no host", body: `{"d":"a.example","n":"pageview","u":"file:///android_asset/www/index.html"}`, dropped: "1",
		want: []is{{"host", "(none)", "path", "/android_asset/www/index.html", "flag", "foreign-host"}}},
	{name: "an extension's host is its id", body: `{"d":"a.example","n":"pageview","u":"chrome-extension://liipgellkffekalgefpjolodblggkmjg/popup.html"}`, dropped: "1",
		want: []is{{"host", "liipgellkffekalgefpjolodblggkmjg", "path", "/popup.html"}}},
	{name: "a path alone is on the site", body: `{"d":"a.example","n":"pageview","u":"/x"}`, want: []is{{"host", "a.example", "path", "/x", "flag", ""}}},
	{name: "no URL is refused", body: `{"d":"a.example","n":"pageview"}`, status: 400, errors: `{"url":["is required"]}`},
	{name: "neither URL nor domain is refused for both", body: `{"n":"pageview"}`, status: 400, errors: `{"domain":["can't be blank"],"url":["is required"]}`},
	{name: "a URL without a host names no domain", body: `{"n":"pageview","u":"about:config"}`, status: 400, errors: `{"domain":["can't be blank"]}`},
	{name: "a data URL is refused", body: `{"d":"a.example","n":"pageview","u":"data:text/html,x"}`, status: 400, errors: `{"url":["scheme is not allowed"]}`},
	{name: "so is a script", body: `{"d":"a.example","n":"pageview","u":"JavaScript:alert(1)"}`, status: 400, errors: `{"url":["scheme is not allowed"]}`},
	{name: "a URL that is too long is refused", body: at("/" + strings.Repeat("x", 5000)), status: 400, errors: `{"url":["must be a valid url"]}`},
	{name: "a URL must be a string", body: `{"d":"a.example","n":"pageview","u":{"a":1}}`, status: 400, errors: `{"url":["must be a valid url"]}`},

	// Names.
	{name: "a custom event is kept", body: `{"d":"a.example","n":"custom event","u":"http://a.example/"}`, want: []is{{"name", "custom event", "interactive", "true"}}},
	{name: "a name may be a whole number", body: `{"d":"a.example","n":404,"u":"http://a.example/"}`, want: []is{{"name", "404"}}},
	{name: "a name that is too long is refused", body: `{"d":"a.example","n":"` + strings.Repeat("x", 500) + `","u":"http://a.example/"}`,
		status: 400, errors: `{"event_name":["should be at most 120 character(s)"]}`},
	{name: "a name of 120 characters is not too long", body: `{"d":"a.example","n":"` + strings.Repeat("x", 120) + `","u":"http://a.example/"}`, want: []is{{"name", strings.Repeat("x", 120)}}},
	{name: "no name is refused", body: `{"d":"a.example","u":"http://a.example/"}`, status: 400, errors: `{"event_name":["can't be blank"]}`},
	{name: "null is no name", body: `{"d":"a.example","n":null,"u":"http://a.example/"}`, status: 400, errors: `{"event_name":["can't be blank"]}`},
	{name: "a blank name is none", body: `{"d":"a.example","n":"  ","u":"http://a.example/"}`, status: 400, errors: `{"event_name":["can't be blank"]}`},
	{name: "a list is no name", body: `{"d":"a.example","n":["list","of","things"],"u":"http://a.example/"}`, status: 400, errors: `{"event_name":["is invalid"]}`},
	{name: "a fraction is no name", body: `{"d":"a.example","n":4.5,"u":"http://a.example/"}`, status: 400, errors: `{"event_name":["is invalid"]}`},
	{name: "an event may say that nobody did anything", body: custom(`"i":false`), want: []is{{"interactive", "false"}}},
	{name: "and that somebody did", body: custom(`"interactive":true`), want: []is{{"interactive", "true"}}},

	// User agents.
	{name: "a crawler is flagged", body: page(""), header: agent("generic crawler"), dropped: "1", want: []is{{"flag", "bot"}}},
	{name: "a headless browser is flagged", body: page(""), dropped: "1", want: []is{{"flag", "bot:headless"}},
		header: agent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/85.0.4183.83 Safari/537.36")},
	{name: "a user agent is read", body: page(""), want: []is{{"os", "macOS", "browser", "Chrome", "device", "desktop"}}},
	{name: "a telephone is one", body: page(""), want: []is{{"device", "phone", "os", "Android"}},
		header: agent("Mozilla/5.0 (Linux; Android 6.0; U007 Pro Build/MRA58K; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/44.0.2403.119 Mobile Safari/537.36")},
	{name: "a tablet is one", body: page(""), want: []is{{"device", "tablet"}},
		header: agent("Mozilla/5.0 (Linux; U; Android 4.2.2; it-it; Surfing TAB B 9.7 3G Build/JDQ39) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Safari/534.30")},
	{name: "what is not known has no device", body: page(""), header: agent("unknown UA"), want: []is{{"device", ""}}},

	// Referrers.
	{name: "a referrer is known by its host", body: from("https://facebook.com"), want: []is{{"source", "Facebook", "channel", "Organic Social"}}},
	{name: "a referrer is kept as it is", body: from("https://facebook.com/page/"), want: []is{{"referrer", "https://facebook.com/page/", "source", "Facebook"}}},
	{name: "without its fragment", body: from("https://www.indiehackers.com/page?query=param#hash"), want: []is{{"referrer", "https://www.indiehackers.com/page?query=param"}}},
	{name: "one that is not known is its host", body: from("https://www.indiehackers.com/landing-page-feedback"), want: []is{{"source", "indiehackers.com"}}},
	{name: "a page of the site is none", body: from("https://a.example/x"), want: []is{{"referrer", "", "source", ""}}},
	{name: "localhost is none", body: from("http://localhost:4000/"), want: []is{{"referrer", "", "source", ""}}},
	{name: "what is no URL is none", body: from("https:://twitter.com"), want: []is{{"referrer", "", "source", ""}}},
	{name: "other schemes are none", body: from("ftp://wat"), want: []is{{"referrer", "", "source", ""}}},
	{name: "a host below the site's is another", body: from("https://blog.a.example/x"), want: []is{{"source", "blog.a.example"}}},
	{name: "an application is one", body: from("android-app://some.android.app"), want: []is{{"referrer", "android-app://some.android.app", "source", "some.android.app"}}},
	{name: "a spammer is flagged", body: from("https://www.1-best-seo.com"), dropped: "1", want: []is{{"flag", "spam"}}},
	{name: "a long one is cut", body: from("http://far.example/" + strings.Repeat("x", 2481)), want: []is{{"referrer", "http://far.example/" + strings.Repeat("x", 1981)}}},
	{name: "a referrer that is no string is none", body: page(`"r":["x"]`), want: []is{{"referrer", ""}}},

	// Campaigns.
	{name: "utm_source names the source", body: at("/?utm_source=betalist"), want: []is{{"source", "betalist", "utm", "betalist||"}}},
	{name: "utm_source goes before the referrer", body: strings.Replace(at("/?utm_source=betalist"), "{", `{"r":"https://betalist.com/my-product",`, 1), want: []is{{"source", "betalist"}}},
	{name: "ref names the source", body: at("/?ref=betalist"), want: []is{{"source", "betalist"}}},
	{name: "source names the source", body: at("/?source=betalist"), want: []is{{"source", "betalist"}}},
	{name: "what is known has one name", body: at("/?utm_source=facebook"), want: []is{{"source", "Facebook", "utm", "facebook||"}}},
	{name: "utm tags are kept", body: at("/?utm_medium=ads&utm_source=instagram&utm_campaign=video_story"), want: []is{{"utm", "instagram|ads|video_story", "source", "Instagram"}}},
	{name: "they are decoded", body: at("/?utm_source=%25balle%25"), want: []is{{"utm", "%balle%||"}}},
	{name: "and keep their quotes", body: at("/?utm_source=%22balle%22"), want: []is{{"utm", `"balle"||`}}},

	// Properties.
	{name: "properties become strings", body: custom(`"props":{"bool_test":true,"no":false,"number_test":12,"f":1.50}`),
		want: []is{{"props", "bool_test=true f=1.50 no=false number_test=12"}}},
	{name: "properties may be JSON in a string", body: custom(`"props":"{\"number_test\":12,\"s\":\"a\\\"b\"}"`), want: []is{{"props", `number_test=12 s=a"b`}}},
	{name: "a string that is no object has none", body: custom(`"props":"\"show-more:button\""`), want: []is{{"props", ""}}},
	{name: "nor has one that is not whole", body: custom(`"props":"{\"a\":1"`), want: []is{{"props", ""}}},
	{name: "a list has none", body: custom(`"props":[1]`), want: []is{{"props", ""}}},
	{name: "lists are dropped", body: custom(`"props":"{\"wat\":[\"some-thing\"],\"other\":\"key\"}"`), want: []is{{"props", "other=key"}}},
	{name: "objects are dropped", body: custom(`"props":{"foo":{"bar":"baz"},"other_key":1}`), want: []is{{"props", "other_key=1"}}},
	{name: "blank keys and values are dropped", body: custom(`"props":{"a":"","b":null,"":"x","  ":"y","c":" ","good":"one"}`), want: []is{{"props", "good=one"}}},
	{name: "the last of two with one key is kept", body: custom(`"props":{"a":1,"b":2,"a":3}`), want: []is{{"props", "a=3 b=2"}}},
	{name: "m goes before props", body: custom(`"props":{"a":1},"m":{"b":2}`), want: []is{{"props", "b=2"}}},
	{name: "p is short for props", body: custom(`"p":{"a":1}`), want: []is{{"props", "a=1"}}},
	{name: "the first 30 are kept", body: custom(`"props":{` + many(50) + `}`), want: []is{{"props", kept(30)}}},
	{name: "a key that is too long is refused", body: custom(`"props":{"` + strings.Repeat("k", 500) + `":1}`), status: 400,
		errors: `{"props":["` + strings.Repeat("k", 64) + `…: keys should have at most 300 bytes and values 2000 bytes"]}`},
	{name: "a value that is too long is refused", body: custom(`"props":{"k":"` + strings.Repeat("v", 2500) + `"}`), status: 400,
		errors: `{"props":["k: keys should have at most 300 bytes and values 2000 bytes"]}`},

	// Money.
	{name: "revenue is kept in minor units", body: custom(`"$":{"amount":10.2,"currency":"USD"}`), want: []is{{"value", "1020 USD"}}},
	{name: "revenue may be JSON in a string", body: custom(`"revenue":"{\"amount\":\"10.29\",\"currency\":\"usd\"}"`), want: []is{{"value", "1029 USD"}}},
	{name: "yen have no decimals", body: custom(`"$":{"amount":1500,"currency":"JPY"}`), want: []is{{"value", "1500 JPY"}}},
	{name: "dinars have three", body: custom(`"$":{"amount":1.5,"currency":"KWD"}`), want: []is{{"value", "1500 KWD"}}},
	{name: "a bad currency is no revenue", body: custom(`"$":{"amount":10,"currency":"dollars"}`), want: []is{{"value", "0"}}},
	{name: "nor is a bad amount", body: custom(`"$":{"amount":"ten","currency":"USD"}`), want: []is{{"value", "0"}}},
	{name: "nor one too large", body: custom(`"$":{"amount":1e300,"currency":"USD"}`), want: []is{{"value", "0"}}},

	// Engagement.
	{name: "how far was scrolled is kept", body: engagement(`"sd":25`), want: []is{{"scroll", "25", "engaged", "0"}}},
	{name: "more than all is all", body: engagement(`"sd":101`), want: []is{{"scroll", "100"}}},
	{name: "it may be a string", body: engagement(`"sd":"1"`), want: []is{{"scroll", "1"}}},
	{name: "less than nothing is not known", body: engagement(`"sd":-1,"e":500`), want: []is{{"scroll", "-1", "engaged", "500"}}},
	{name: "how long was looked is kept", body: engagement(`"e":12345`), want: []is{{"engaged", "12345", "scroll", "-1"}}},
	{name: "more than a day is a day", body: engagement(`"e":90000000`), want: []is{{"engaged", "86400000"}}},
	{name: "a month is a fault of the script", body: engagement(`"e":2592000000,"sd":3`), want: []is{{"engaged", "0", "scroll", "3"}}},
	{name: "an engagement without either is refused", body: engagement(""), status: 400,
		errors: `{"event_name":["engagement event requires a valid integer value for at least one of 'sd' or 'e' fields"]}`},
	{name: "other events have none", body: page(`"sd":25,"e":100`), want: []is{{"scroll", "-1", "engaged", "0"}}},

	// What is ours.
	{name: "an age dates the event", body: page(`"a":90000`), want: []is{{"age", "1m30s"}}},
	{name: "an age may have a fraction", body: page(`"a":1500.25`), want: []is{{"age", "1.5s"}}},
	{name: "an age of two days is believed", body: page(`"a":172800000`), want: []is{{"age", "48h0m0s"}}},
	{name: "more than that is the time of receipt", body: page(`"a":172800001`), want: []is{{"age", "0s"}}},
	{name: "and so is less than nothing", body: page(`"a":-5`), want: []is{{"age", "0s"}}},
	{name: "and what is no number", body: page(`"a":"long ago"`), want: []is{{"age", "0s"}}},
	{name: "nobody can date an event", body: page(`"time":"2020-01-01T00:00:00Z"`), want: []is{{"age", "0s"}}},
	{name: "the width of the screen gives its class", body: page(`"w":390`), want: []is{{"screen", "phone"}}},
	{name: "it may have a fraction or be a string", body: page(`"w":"1279.5"`), want: []is{{"screen", "laptop"}}},
	{name: "a screen without width has no class", body: page(`"w":0`), want: []is{{"screen", ""}}},
	{name: "the language is kept", body: page(`"l":"de-AT"`), header: []string{"Accept-Language", "fr"}, want: []is{{"language", "de-at"}}},
	{name: "or else the one accepted first", body: page(""), header: []string{"Accept-Language", "fr-CH, fr;q=0.9, *;q=0.5"}, want: []is{{"language", "fr-ch"}}},
	{name: "what is no language is none", body: page(`"l":"<b>"`), header: []string{"Accept-Language", "*"}, want: []is{{"language", ""}}},
	{name: "a page that was fetched before anybody asked is flagged", body: page(""), header: []string{"Sec-Purpose", "prefetch;prerender"}, dropped: "1", want: []is{{"flag", "prefetch"}}},
	{name: "the browser's time zone is a hint at the country", body: page(`"z":"Europe/Vienna"`), want: []is{{"country", "AT"}}},
	{name: "an id that is too long is refused", body: page(`"id":"` + strings.Repeat("x", 65) + `"`), status: 400, errors: `{"id":["longer than 64 bytes"]}`},
	{name: "i is an id if it is a string", body: custom(`"i":"` + strings.Repeat("x", 65) + `"`), status: 400, errors: `{"id":["longer than 64 bytes"]}`},
}

func TestCases(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					s := start(t)
					w := s.do(request{"POST", "/api/event", c.body, way.peer, slices.Concat(c.header, way.header)})
					if w.Code != cmp.Or(c.status, 202) {
						t.Fatalf("got %d %s", w.Code, w.Body)
					}
					checkAnswer(t, c, w.Body.String(), w.Header().Get)
					checkEvents(t, s, c)
					checkVisitor(t, s, c)
				})
			}
		})
	}
}

func checkAnswer(t *testing.T, c kase, body string, header func(string) string) {
	t.Helper()
	if c.status == 400 {
		if want := `{"errors":` + c.errors + "}\n"; body != want {
			t.Errorf("answered %s, want %s", body, want)
		}
		return
	}
	if body != "ok" || header("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("answered %q as %s", body, header("Content-Type"))
	}
	if header("Holdfast-Receipt") == "" || header("Cache-Control") != "no-store" {
		t.Error("no receipt, or it may be cached")
	}
	if got := header("X-Plausible-Dropped"); got != c.dropped {
		t.Errorf("says that %q are dropped, want %q", got, c.dropped)
	}
}

func checkEvents(t *testing.T, s *setup, c kase) {
	t.Helper()
	events := s.sink.Events()
	if len(events) != len(c.want) {
		t.Fatalf("stored %d events, want %d", len(events), len(c.want))
	}
	var refused int64
	for _, n := range s.books.All() {
		refused += n
	}
	if c.status == 400 && refused != 1 {
		t.Errorf("booked %v", s.books.All())
	}
	for i := range events {
		e := &events[i]
		got, want := map[string]string{}, map[string]string{}
		for j := 0; j < len(c.want[i]); j += 2 {
			column := c.want[i][j]
			got[column], want[column] = columns(s, e)[column], c.want[i][j+1]
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("event %d: (-want +got)\n%s", i, diff)
		}
		if e.Door != holdfast.DoorBeacon || e.Origin != holdfast.Collected || e.Visitor == 0 {
			t.Errorf("event %d came by %q, %q, visitor %d", i, e.Door, e.Origin, e.Visitor)
		}
	}
}

// checkVisitor makes sure that the events are of the one who comes from the
// visitor's address.
func checkVisitor(t *testing.T, s *setup, c kase) {
	t.Helper()
	events := s.sink.Events()
	if len(events) == 0 {
		return
	}
	s.post(page(""), c.header...)
	all := s.sink.Events()
	if direct := all[len(all)-1]; direct.Day == events[0].Day && direct.Visitor != events[0].Visitor {
		t.Errorf("the visitor is %d, and directly %d", events[0].Visitor, direct.Visitor)
	}
}
