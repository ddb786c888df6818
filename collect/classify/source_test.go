package classify_test

import (
	"testing"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
	"holdfast/collect/collecttest"
)

func TestArrivals(t *testing.T) {
	type tags struct{ tag, medium, campaign, click string }
	cases := []struct {
		name, host      string
		tags            tags
		source, channel string
	}{
		{"nothing", "", tags{}, "", "Direct"},
		{"a search engine", "google.de", tags{}, "Google", "Organic Search"},
		{"a search engine abroad", "google.com.br", tags{}, "Google", "Organic Search"},
		{"a host that only begins so", "google.example.com", tags{}, "google.example.com", "Referral"},
		{"a host that only ends so", "notfacebook.com", tags{}, "notfacebook.com", "Referral"},
		{"mail on a search engine", "mail.google.com", tags{}, "Gmail", "Email"},
		{"a part of a social network", "old.reddit.com", tags{}, "Reddit", "Organic Social"},
		{"a video", "m.youtube.com", tags{}, "YouTube", "Organic Video"},
		{"a shop", "amazon.co.uk", tags{}, "Amazon", "Organic Shopping"},
		{"an encyclopedia", "de.wikipedia.org", tags{}, "Wikipedia", "Referral"},
		{"an unknown site", "blog.someone.example", tags{}, "blog.someone.example", "Referral"},
		{"a tag goes before the referrer", "google.com", tags{tag: "betalist"}, "betalist", "Referral"},
		{"a tag in capitals", "", tags{tag: "FaceBook"}, "Facebook", "Organic Social"},
		{"a tag that is a host", "", tags{tag: "www.facebook.com"}, "Facebook", "Organic Social"},
		{"cpc at a search engine", "", tags{tag: "google", medium: "cpc"}, "Google", "Paid Search"},
		{"paid at a social network", "", tags{tag: "fb", medium: "paid_social"}, "Facebook", "Paid Social"},
		{"paid at a video", "", tags{tag: "youtube", medium: "cpv-cpm"}, "YouTube", "Paid Video"},
		{"paid at a shop", "", tags{tag: "shopify", medium: "ppc"}, "Shopify", "Paid Shopping"},
		{"a campaign of shopping", "", tags{tag: "google", medium: "cpc", campaign: "Shopping 7"}, "Google", "Paid Shopping"},
		{"a workshop is no shop", "", tags{tag: "google", medium: "cpc", campaign: "workshop"}, "Google", "Paid Search"},
		{"paid elsewhere", "", tags{tag: "someone", medium: "cpc"}, "someone", "Paid Other"},
		{"across networks", "", tags{tag: "google", medium: "cpc", campaign: "cross-network"}, "Google", "Cross-network"},
		{"a banner", "", tags{tag: "someone", medium: "banner"}, "someone", "Display"},
		{"a newsletter", "", tags{tag: "newsletter", medium: "email"}, "newsletter", "Email"},
		{"an affiliate", "", tags{tag: "partner", medium: "affiliate"}, "partner", "Affiliates"},
		{"a text message", "", tags{tag: "sms"}, "sms", "SMS"},
		{"sound", "", tags{tag: "podcast", medium: "audio"}, "podcast", "Audio"},
		{"a notification", "", tags{tag: "app", medium: "web-push"}, "app", "Mobile Push Notifications"},
		{"an unknown medium", "", tags{tag: "leaflet", medium: "paper"}, "leaflet", "Unassigned"},
		{"Google's click id from Google", "google.com", tags{click: "gclid"}, "Google", "Paid Search"},
		{"Google's click id from elsewhere", "duckduckgo.com", tags{click: "gclid"}, "DuckDuckGo", "Organic Search"},
		{"a click id alone", "", tags{click: "fbclid"}, "Facebook", "Organic Social"},
		{"a campaign alone", "", tags{campaign: "july"}, "", "Unassigned"},
	}
	c := classify.New()
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			e := holdfast.Event{Name: holdfast.Pageview, Click: k.tags.click, UTM: holdfast.UTM{Medium: k.tags.medium, Campaign: k.tags.campaign}}
			c.Classify(&e, collect.Hints{ReferrerHost: k.host, Tag: k.tags.tag})
			if e.Source != k.source || e.Channel != k.channel {
				t.Errorf("got %q by %q, want %q by %q", e.Source, e.Channel, k.source, k.channel)
			}
		})
	}
}

func TestOnlyArrivalsHaveAChannel(t *testing.T) {
	c := classify.New()
	inside := holdfast.Event{Name: holdfast.Pageview}
	c.Classify(&inside, collect.Hints{Internal: true})
	deed := holdfast.Event{Name: "purchase"}
	c.Classify(&deed, collect.Hints{})
	if inside.Channel != "" || deed.Channel != "" {
		t.Errorf("got %q and %q", inside.Channel, deed.Channel)
	}
}

// arrive returns the event of a page view with a referrer, or of a URL with a
// query, as a collector makes it.
func arrive(t *testing.T, c *classify.Classifier, referrer string) holdfast.Event {
	t.Helper()
	return view(t, c, "https://shop.example/", referrer)
}

func view(t *testing.T, c *classify.Classifier, address, referrer string) holdfast.Event {
	t.Helper()
	sink := &collecttest.Sink{}
	sites := collecttest.NewSites(t, "UTC", "shop.example")
	batch := collect.New(collect.Options{Sites: sites, Salts: &collecttest.Salts{}, Hasher: collecttest.Hasher{},
		Books: &collecttest.Books{}, Classifier: c, Sink: sink}).Batch(collect.Terms{Door: holdfast.DoorBeacon})
	defer batch.Close()
	if err := batch.Add(&collect.Input{Site: "shop.example", Name: holdfast.Pageview, URL: address, Referrer: referrer}); err != nil {
		t.Fatal(err)
	}
	if _, err := batch.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	return sink.Events()[0]
}

// What the table of a well-known model says, from URL and referrer to source
// and channel.
func TestCasesOfThoseBefore(t *testing.T) {
	cases := []struct{ name, query, referrer, source, channel string }{
		{"a social network", "", "https://facebook.com", "Facebook", "Organic Social"},
		{"with a page", "", "https://facebook.com/page/", "Facebook", "Organic Social"},
		{"with a query and a fragment", "", "https://www.indiehackers.com/page?query#hash", "indiehackers.com", "Referral"},
		{"the site itself", "", "https://www.shop.example/other", "", ""},
		{"a machine of its own", "", "http://localhost:4000/", "", "Direct"},
		{"no URL", "", "https:://twitter.com", "", "Direct"},
		{"no page", "", "ftp://wat", "", "Direct"},
		{"somebody's blog", "", "https://blog.example.com/", "blog.example.com", "Referral"},
		{"an application", "", "android-app://some.android.app", "some.android.app", "Referral"},
		{"a source in the URL", "?utm_source=betalist", "", "betalist", "Referral"},
		{"or as source", "?source=betalist", "", "betalist", "Referral"},
		{"or as ref", "?ref=betalist", "", "betalist", "Referral"},
		{"a source as it is spelled", "?utm_source=facebook", "", "Facebook", "Organic Social"},
		{"threads", "?utm_source=threads", "", "Threads", "Organic Social"}, {"ig", "?utm_source=ig", "", "Instagram", "Organic Social"},
		{"yt", "?utm_source=yt", "", "YouTube", "Organic Video"}, {"yt-ads", "?utm_source=yt-ads", "", "YouTube", "Paid Video"},
		{"fb", "?utm_source=fb", "", "Facebook", "Organic Social"}, {"fb-ads", "?utm_source=fb-ads", "", "Facebook", "Paid Social"},
		{"Reddit-ads", "?utm_source=Reddit-ads", "", "Reddit", "Paid Social"}, {"google_ads", "?utm_source=google_ads", "", "Google", "Paid Search"},
		{"Adwords", "?utm_source=Adwords", "", "Google", "Paid Search"},
		{"an asking machine", "", "https://www.perplexity.ai/", "Perplexity", "Referral"}, {"one in the URL", "?utm_source=perplexity", "", "Perplexity", "Referral"},
		{"as ChatGPT writes it", "?utm_source=chatgpt.com", "", "ChatGPT", "Referral"}, {"as Copilot does", "?utm_source=copilot.com", "", "Copilot", "Referral"}, {"DeepSeek in the URL", "?utm_source=deepseek", "", "DeepSeek", "Referral"},
		{"an encyclopedia", "", "https://en.wikipedia.org/", "Wikipedia", "Referral"}, {"on telephones", "", "https://de.m.wikipedia.org/", "Wikipedia", "Referral"},
		{"a browser's first page", "", "https://ntp.msn.com/", "Bing", "Organic Search"},
		{"yandex.ru", "", "https://yandex.ru/", "Yandex", "Organic Search"}, {"yandex.com.tr", "", "https://yandex.com.tr/", "Yandex", "Organic Search"},
		{"yandex.kz", "", "https://yandex.kz/", "Yandex", "Organic Search"}, {"ya.ru", "", "https://ya.ru/", "Yandex", "Organic Search"},
		{"discord.com", "", "https://discord.com/", "Discord", "Organic Social"}, {"discordapp.com", "", "https://discordapp.com/", "Discord", "Organic Social"},
		{"canary.discord.com", "", "https://canary.discord.com/", "Discord", "Organic Social"}, {"ptb.discord.com", "", "https://ptb.discord.com/", "Discord", "Organic Social"},
		{"t.me", "", "https://t.me/", "Telegram", "Organic Social"}, {"sogou", "", "https://www.sogou.com/", "Sogou", "Organic Search"},
		{"linktr.ee", "", "https://linktr.ee/", "Linktree", "Organic Social"}, {"mail", "", "https://mail.google.com/", "Gmail", "Email"},
		{"mail on telephones", "", "android-app://com.google.android.gm", "Gmail", "Email"},
		{"across networks", "?utm_campaign=cross-network", "", "", "Cross-network"},
		{"paid at a shop", "?utm_source=shopify&utm_medium=paid", "", "Shopify", "Paid Shopping"},
		{"paid at a search engine", "?utm_source=duckduckgo&utm_medium=paid", "", "DuckDuckGo", "Paid Search"},
		{"paid at Google", "?utm_source=google&utm_medium=paid", "", "Google", "Paid Search"},
		{"paid at TikTok", "?utm_source=tiktok&utm_medium=paid", "", "TikTok", "Paid Social"},
		{"paid at a video", "?utm_source=youtube&utm_medium=paid", "", "YouTube", "Paid Video"},
		{"paid by the referrer", "?utm_medium=paid", "https://duckduckgo.com", "DuckDuckGo", "Paid Search"},
		{"a click at Google", "?gclid=x", "https://google.com", "Google", "Paid Search"},
		{"a click elsewhere", "?gclid=x", "https://duckduckgo.com", "DuckDuckGo", "Organic Search"},
		{"Microsoft's click at Bing", "?msclkid=x", "https://bing.com", "Bing", "Paid Search"},
		{"and elsewhere", "?msclkid=x", "https://duckduckgo.com", "DuckDuckGo", "Organic Search"},
		{"a banner", "?utm_medium=banner", "", "", "Display"}, {"paid elsewhere", "?utm_medium=cpc", "", "", "Paid Other"},
		{"a video", "?utm_medium=video", "", "", "Organic Video"}, {"a social medium", "?utm_medium=social", "", "", "Organic Social"},
		{"mail by its medium", "?utm_medium=email", "", "", "Email"}, {"mail by its source", "?utm_source=newsletter", "", "newsletter", "Email"},
		{"a text message", "?utm_medium=sms", "", "", "SMS"}, {"sound", "?utm_medium=audio", "", "", "Audio"},
		{"a notification", "?utm_medium=web-push", "", "", "Mobile Push Notifications"}, {"on telephones only", "?utm_medium=mobile", "", "", "Mobile Push Notifications"},
		{"an affiliate", "?utm_medium=affiliate", "", "", "Affiliates"}, {"referral", "?utm_medium=referral", "", "", "Referral"}, {"a link", "?utm_medium=link", "", "", "Referral"},
		{"shopping in a campaign", "?utm_campaign=summer-shop", "", "", "Organic Shopping"},
		{"nothing", "", "", "", "Direct"},
	}
	c := classify.New()
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			e := view(t, c, "https://shop.example/"+k.query, k.referrer)
			if e.Source != k.source || e.Channel != k.channel {
				t.Errorf("got %q by %q, want %q by %q", e.Source, e.Channel, k.source, k.channel)
			}
		})
	}
}

func TestSpam(t *testing.T) {
	c := classify.New()
	for _, k := range []struct {
		name, referrer, query string
		flag                  holdfast.Flag
	}{
		{"a spammer", "https://www.1-best-seo.com/", "", holdfast.FlagSpam},
		{"one below", "https://a.b.semalt.com/", "", holdfast.FlagSpam},
		{"one in the URL", "", "?utm_source=semalt.com", holdfast.FlagSpam},
		{"somebody who sounds like one", "https://notsemalt.com/", "", holdfast.Counted},
		{"a search engine that the list has, too", "https://www.searchencrypt.com/", "", holdfast.Counted},
		{"anybody else", "https://blog.example.com/", "", holdfast.Counted},
	} {
		t.Run(k.name, func(t *testing.T) {
			if e := view(t, c, "https://shop.example/"+k.query, k.referrer); e.Flag != k.flag {
				t.Errorf("got %q", e.Flag)
			}
		})
	}
}

func TestPrefetched(t *testing.T) {
	e := holdfast.Event{Name: holdfast.Pageview}
	classify.New().Classify(&e, collect.Hints{Prefetch: true})
	if e.Flag != holdfast.FlagPrefetch {
		t.Errorf("got %q", e.Flag)
	}
}

// Whatever a referrer is called, classifying it ends, and remembers nothing of
// what is not the referrer's.
func FuzzReferrers(f *testing.F) {
	f.Add("google.de", "fb", "cpc", "gclid")
	f.Add("search..", ".", "cp", "")
	f.Add("a.b.c.d.semalt.com", "x.y", "shop", "dclid")
	c := classify.New()
	f.Fuzz(func(t *testing.T, host, tag, medium, click string) {
		e := holdfast.Event{Name: holdfast.Pageview, Click: click, UTM: holdfast.UTM{Medium: medium, Campaign: tag}}
		c.Classify(&e, collect.Hints{ReferrerHost: host, Tag: tag})
		if e.Channel == "" {
			t.Error("it has no channel")
		}
	})
}
