package classify_test

import (
	"testing"

	"holdfast"
	"holdfast/collect"
	"holdfast/collect/classify"
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
