package beacon_test

import (
	"testing"
)

// arrival is where a visitor came from, by the page's URL and the referrer, and
// what that is called.
type arrival struct {
	name, query, referrer string
	source, channel       string
}

var arrivals = []arrival{
	{"nothing said is direct", "", "", "", "Direct"},
	{"a campaign across networks", "?utm_campaign=cross-network", "", "", "Cross-network"},
	{"a paid campaign about shopping", "?utm_campaign=shopping&utm_medium=paid", "", "", "Paid Shopping"},
	{"a paid visit from a shop", "?utm_medium=paid&utm_source=shopify", "", "Shopify", "Paid Shopping"},
	{"a paid visit from a search engine", "?utm_medium=paid", "https://duckduckgo.com/", "DuckDuckGo", "Paid Search"},
	{"one named in the URL", "?utm_source=google&utm_medium=paid", "", "Google", "Paid Search"},
	{"Google's click id makes Google paid", "?gclid=123identifier", "https://google.com", "Google", "Paid Search"},
	{"and nobody else", "?gclid=123identifier", "https://duckduckgo.com", "DuckDuckGo", "Organic Search"},
	{"Microsoft's click id makes Bing paid", "?msclkid=123identifier", "https://bing.com", "Bing", "Paid Search"},
	{"what is called adwords is Google, paid", "?utm_source=Adwords&utm_medium=cpc", "", "Google", "Paid Search"},
	{"a paid visit from a social network", "?utm_medium=paid", "https://tiktok.com", "TikTok", "Paid Social"},
	{"a paid visit from videos", "?utm_medium=paid", "https://youtube.com", "YouTube", "Paid Video"},
	{"a banner", "?utm_medium=banner", "", "", "Display"},
	{"anything else that is paid", "?utm_medium=cpc", "", "", "Paid Other"},
	{"a shop", "", "https://shopify.com", "Shopify", "Organic Shopping"},
	{"a campaign about shopping", "?utm_campaign=video-shopping-x", "", "", "Organic Shopping"},
	{"a social network", "", "https://facebook.com", "Facebook", "Organic Social"},
	{"a social network named by the medium", "?utm_medium=social", "", "", "Organic Social"},
	{"videos", "", "https://vimeo.com", "Vimeo", "Organic Video"},
	{"a search engine", "", "https://duckduckgo.com", "DuckDuckGo", "Organic Search"},
	{"mail named by the source", "?utm_source=email", "", "email", "Email"},
	{"mail named by the medium", "?utm_medium=email", "", "", "Email"},
	{"a newsletter", "?utm_medium=newsletter", "", "", "Email"},
	{"mail read in a browser", "", "https://mail.google.com/mail/u/0/", "Gmail", "Email"},
	{"affiliates", "?utm_medium=affiliate", "", "", "Affiliates"},
	{"a referral named by the medium", "?utm_medium=referral", "", "", "Referral"},
	{"a page elsewhere", "", "https://othersite.example", "othersite.example", "Referral"},
	{"audio", "?utm_medium=audio", "", "", "Audio"},
	{"text messages named by the source", "?utm_source=sms", "", "sms", "SMS"},
	{"text messages named by the medium", "?utm_medium=sms", "", "", "SMS"},
	{"push messages", "?utm_medium=app-push", "", "", "Mobile Push Notifications"},
	{"push messages for telephones", "?utm_medium=example-mobile", "", "", "Mobile Push Notifications"},
	{"push messages by Firebase", "?utm_source=firebase", "", "firebase", "Mobile Push Notifications"},

	{"threads", "?utm_source=threads", "", "Threads", "Organic Social"},
	{"ig", "?utm_source=ig", "", "Instagram", "Organic Social"},
	{"yt", "?utm_source=yt", "", "YouTube", "Organic Video"},
	{"yt-ads", "?utm_source=yt-ads&utm_medium=cpc", "", "YouTube", "Paid Video"},
	{"fb", "?utm_source=fb", "", "Facebook", "Organic Social"},
	{"fb-ads", "?utm_source=fb-ads&utm_medium=cpc", "", "Facebook", "Paid Social"},
	{"fbad", "?utm_source=facebook_ads&utm_medium=paid", "", "Facebook", "Paid Social"},
	{"Reddit-ads", "?utm_source=Reddit-ads&utm_medium=cpc", "", "Reddit", "Paid Social"},
	{"google_ads", "?utm_source=google_ads&utm_medium=cpc", "", "Google", "Paid Search"},
	{"perplexity", "?utm_source=perplexity", "", "Perplexity", "Referral"},
	{"Wikipedia in any language", "", "https://en.m.wikipedia.org", "Wikipedia", "Referral"},
	{"a browser's start page that searches with Bing", "", "https://ntp.msn.com", "Bing", "Organic Search"},
	{"Yandex in Russia", "", "https://yandex.ru", "Yandex", "Organic Search"},
	{"Yandex in Turkey", "", "https://yandex.com.tr", "Yandex", "Organic Search"},
	{"Yandex in Kazakhstan", "", "https://yandex.kz", "Yandex", "Organic Search"},
	{"Yandex by its short name", "", "https://ya.ru", "Yandex", "Organic Search"},
	{"Discord", "", "https://discord.com", "Discord", "Organic Social"},
	{"Discord's trial", "", "https://canary.discord.com", "Discord", "Organic Social"},
	{"Discord's older name", "", "https://discordapp.com", "Discord", "Organic Social"},
	{"Telegram's links", "", "https://t.me", "Telegram", "Organic Social"},
	{"Telegram in a browser", "", "https://web.telegram.org", "Telegram", "Organic Social"},
	{"Sogou on telephones", "", "https://wap.sogou.com", "Sogou", "Organic Search"},
	{"Linktree", "", "https://linktr.ee", "Linktree", "Organic Social"},
}

func TestArrivals(t *testing.T) {
	s := start(t)
	for _, c := range arrivals {
		t.Run(c.name, func(t *testing.T) {
			s.post(`{"d":"a.example","n":"pageview","u":"https://a.example/` + c.query + `","r":"` + c.referrer + `"}`)
			all := s.sink.Events()
			e := all[len(all)-1]
			if e.Source != c.source || e.Channel != c.channel {
				t.Errorf("got %q by %q, want %q by %q", e.Source, e.Channel, c.source, c.channel)
			}
		})
	}
}
