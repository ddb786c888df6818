package traffic

import (
	"fmt"
	"strings"

	"holdfast"
)

// landing is where a source leads to.
type landing uint8

const (
	toAny  landing = iota // any page, the popular ones more often
	toHome                // today's deal, or the home page
	toDeal                // today's deal
	toOld                 // an earlier deal, or any page
)

// arrived is a way in which visitors come.
type arrived struct {
	referrer string
	query    string
	app      string // whose browser is used on phones
	source   string
	channel  string
	utm      holdfast.UTM
	click    string // its value follows query, and is different each time
	to       landing

	weight, rush float64 // shares at most times, and when a deal starts
}

// ways are all ways to come, except through the small sites that link.
func ways() []arrived {
	list := []arrived{
		{channel: "Direct", to: toHome, weight: 27, rush: 55},
		{channel: "Direct", to: toAny, weight: 6, rush: 2},
	}
	add := func(weight, rush float64, to landing, referrer, source, channel string) *arrived {
		list = append(list, arrived{referrer: referrer, source: source, channel: channel, to: to, weight: weight, rush: rush})
		return &list[len(list)-1]
	}
	const search, social, link = "Organic Search", "Organic Social", "Referral"
	add(22, 2, toAny, "https://www.google.com/", "Google", search)
	add(3, 0.5, toAny, "android-app://com.google.android.googlequicksearchbox/", "Google", search)
	add(3, 0.3, toAny, "https://www.bing.com/", "Bing", search)
	add(1.8, 0.2, toAny, "https://duckduckgo.com/", "DuckDuckGo", search)
	add(1, 0.1, toAny, "https://search.yahoo.com/", "Yahoo!", search)
	add(0.6, 0.1, toAny, "https://yandex.ru/", "Yandex", search)
	add(0.4, 0.1, toAny, "https://www.ecosia.org/", "Ecosia", search)
	add(0.4, 0.1, toAny, "https://search.brave.com/", "Brave", search)
	add(0.2, 0, toAny, "https://www.startpage.com/", "Startpage", search)
	add(0.2, 0, toAny, "https://www.baidu.com/", "Baidu", search)
	for _, host := range []string{"l", "m", "lm", "www"} {
		w := add(1, 1, toDeal, "https://"+host+".facebook.com/", "Facebook", social)
		w.app, w.click = "Facebook", "fbclid"
	}
	w := add(1.8, 1.5, toDeal, "https://l.instagram.com/", "Instagram", social)
	w.app, w.click = "Instagram", "fbclid"
	add(2.2, 2, toDeal, "https://www.reddit.com/", "Reddit", social)
	add(0.4, 0.3, toAny, "https://old.reddit.com/r/deals/", "Reddit", social)
	add(1.2, 1.2, toDeal, "https://t.co/", "Twitter", social)
	add(0.5, 0.1, toAny, "https://www.linkedin.com/", "LinkedIn", social)
	add(0.5, 0.2, toOld, "https://www.pinterest.com/", "Pinterest", social)
	add(0.6, 0.3, toDeal, "https://www.tiktok.com/", "TikTok", social).app = "TikTok"
	add(0.6, 0.2, toOld, "https://news.ycombinator.com/", "Hacker News", social)
	add(0.4, 0.4, toDeal, "https://go.bsky.app/", "Bluesky", social)
	add(0.2, 0.2, toDeal, "https://l.threads.com/", "Threads", social)
	add(0.1, 0.1, toDeal, "https://mastodon.social/", "Mastodon", social)
	add(0.2, 0.6, toDeal, "https://discord.com/", "Discord", social)
	add(0.2, 0.2, toDeal, "https://web.whatsapp.com/", "WhatsApp", social)
	add(0.2, 0.2, toDeal, "https://t.me/", "Telegram", social)
	add(1, 0.3, toOld, "https://www.youtube.com/", "YouTube", "Organic Video")
	add(0.4, 0, toAny, "https://en.wikipedia.org/", "Wikipedia", link)
	add(0.2, 0, toAny, "https://github.com/", "GitHub", link)
	add(0.3, 0.1, toAny, "https://www.perplexity.ai/", "Perplexity", link)
	add(0.3, 0.1, toAny, "https://gemini.google.com/", "Gemini", link)
	add(0.2, 0, toAny, "https://copilot.microsoft.com/", "Copilot", link)
	add(0.2, 0, toAny, "https://claude.ai/", "Claude", link)
	add(0.4, 0.5, toHome, "https://mail.google.com/", "Gmail", "Email")
	w = add(1.2, 0.1, toAny, "https://chatgpt.com/", "ChatGPT", link)
	w.query, w.utm.Source = "utm_source=chatgpt.com", "chatgpt.com"
	for i, host := range strings.Fields(`theverge.com arstechnica.com wired.com techcrunch.com engadget.com gizmodo.com
		lifehacker.com nytimes.com theguardian.com bbc.com cnet.com pcworld.com zdnet.com slickdeals.net dealnews.com
		heise.de golem.de spiegel.de lemonde.fr nu.nl`) {
		add(2.4/float64(i+2), 0.6/float64(i+2), toOld, "https://www."+host+"/", host, link)
	}
	return append(list, campaigns()...)
}

// campaigns are the ways that somebody paid for, or sent mail for. The
// newsletter's is named for its day, which newsletter adds.
func campaigns() (list []arrived) {
	add := func(weight, rush float64, to landing, referrer, source, channel, click string, utm holdfast.UTM) {
		list = append(list, arrived{referrer: referrer, source: source, channel: channel, click: click, utm: utm,
			query: queryOf(utm), to: to, weight: weight, rush: rush})
	}
	for _, season := range []string{"winter-sale", "spring-clean", "summer-sale", "back-to-school", "black-friday", "brand"} {
		for i := range 40 {
			term := adjectives[(i*7+len(season))%len(adjectives)] + " " + nouns[(i*11+len(season)*3)%len(nouns)]
			share := 0.35 / float64(i+2)
			add(share/2, share/20, toAny, "https://www.google.com/", "Google", "Paid Search", "gclid",
				holdfast.UTM{Source: "google", Medium: "cpc", Campaign: season, Term: term})
			if i%4 == 0 {
				add(share/3, share/20, toAny, "https://www.bing.com/", "Bing", "Paid Search", "msclkid",
					holdfast.UTM{Source: "bing", Medium: "cpc", Campaign: season, Term: term})
			}
		}
		for _, content := range []string{"carousel-1", "carousel-2", "story", "reel", "video-15s"} {
			add(0.05, 0.03, toDeal, "https://l.facebook.com/", "Facebook", "Paid Social", "fbclid",
				holdfast.UTM{Source: "facebook", Medium: "paid_social", Campaign: season, Content: content})
			add(0.02, 0.01, toDeal, "https://l.instagram.com/", "Instagram", "Paid Social", "fbclid",
				holdfast.UTM{Source: "instagram", Medium: "paid_social", Campaign: season, Content: content})
		}
		add(0.07, 0, toAny, "", "criteo", "Display", "", holdfast.UTM{Source: "criteo", Medium: "display", Campaign: season})
	}
	for i := range 25 {
		partner := word(adjectives, uint64(i*13)) + "-" + word(nouns, uint64(i*29)) + "-blog"
		add(0.25/float64(i+1), 0.1/float64(i+1), toOld, "", partner, "Affiliates", "",
			holdfast.UTM{Source: partner, Medium: "affiliate", Campaign: "partners"})
	}
	add(0.6, 6, toDeal, "", "app", "Mobile Push Notifications", "", holdfast.UTM{Source: "app", Medium: "push", Campaign: "new-deal"})
	return list
}

// newsletter returns the ways in which the newsletter of a day brings people.
func newsletter(name string) (list []arrived) {
	for _, content := range []string{"button", "picture", "headline", "footer"} {
		utm := holdfast.UTM{Source: "newsletter", Medium: "email", Campaign: name, Content: content}
		list = append(list, arrived{source: utm.Source, channel: "Email", utm: utm, query: queryOf(utm), to: toDeal})
	}
	return list
}

// Shares of the newsletter.
const (
	newsletterWeight = 5
	newsletterRush   = 20
)

func queryOf(utm holdfast.UTM) string {
	var b strings.Builder
	for _, f := range [...]struct{ key, value string }{
		{"utm_source", utm.Source}, {"utm_medium", utm.Medium}, {"utm_campaign", utm.Campaign},
		{"utm_term", utm.Term}, {"utm_content", utm.Content},
	} {
		if f.value != "" {
			fmt.Fprintf(&b, "&%s=%s", f.key, strings.ReplaceAll(f.value, " ", "+"))
		}
	}
	return strings.TrimPrefix(b.String(), "&")
}

// smallSites are n sites that link, the first ones more often.
func smallSites(seed uint64, n int) []arrived {
	list := make([]arrived, n)
	endings := strings.Fields("com net org blog dev de co.uk fr nl ca com.au me io info eu it es pl se shop")
	for i := range list {
		r := mix(seed, 1<<41+uint64(i))
		host := fmt.Sprintf("%s-%s-%d.%s", word(adjectives, r), word(nouns, r>>12), i, endings[int(r>>24%20*(r>>30%20)/20)])
		path := "/"
		switch r >> 60 % 4 {
		case 1:
			path = fmt.Sprintf("/%d/%02d/%s-%s/", 2012+r>>36%15, 1+r>>40%12, word(topics, r>>44), word(nouns, r>>50))
		case 2:
			path = "/links.html"
		case 3:
			path = "/" + word(topics, r>>44)
		}
		list[i] = arrived{referrer: "https://" + host + path, source: host, channel: "Referral", to: toAny}
	}
	return list
}

// Shares of all small sites together.
const (
	smallWeight = 6
	smallRush   = 1
)
