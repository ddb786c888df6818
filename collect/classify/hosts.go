package classify

// brands are sources with a domain in many countries, by its first label.
var brands = map[string]source{
	"google": {"Google", search}, "bing": {"Bing", search}, "yahoo": {"Yahoo!", search},
	"yandex": {"Yandex", search}, "ecosia": {"Ecosia", search}, "qwant": {"Qwant", search},
	"amazon": {"Amazon", shop}, "ebay": {"eBay", shop}, "etsy": {"Etsy", shop},
	"pinterest": {"Pinterest", social}, "twitch": {"Twitch", video},
}

// domains are well-known sources, by the domain at or above the referrer's
// host.
var domains = map[string]source{
	// Searching.
	"duckduckgo.com": {"DuckDuckGo", search}, "baidu.com": {"Baidu", search}, "sogou.com": {"Sogou", search},
	"so.com": {"360 Search", search}, "naver.com": {"Naver", search}, "daum.net": {"Daum", search},
	"seznam.cz": {"Seznam", search}, "search.brave.com": {"Brave", search}, "startpage.com": {"Startpage", search},
	"kagi.com": {"Kagi", search}, "search.yahoo.co.jp": {"Yahoo! Japan", search}, "yahoo.co.jp": {"Yahoo! Japan", search},
	"ya.ru": {"Yandex", search}, "ask.com": {"Ask", search}, "aol.com": {"AOL", search}, "swisscows.com": {"Swisscows", search},
	"mojeek.com": {"Mojeek", search}, "presearch.com": {"Presearch", search}, "dogpile.com": {"Dogpile", search},
	"cn.bing.com": {"Bing", search}, "ntp.msn.com": {"Bing", search}, "search.auone.jp": {"au", search},
	"com.google.android.googlequicksearchbox": {"Google", search}, "lens.google.com": {"Google", search},
	"coccoc.com": {"Cốc Cốc", search}, "onesearch.com": {"OneSearch", search}, "lilo.org": {"Lilo", search},

	// Google's that do not search.
	"mail.google.com": {"Gmail", mail}, "news.google.com": {"Google News", other}, "docs.google.com": {"Google Docs", other},
	"groups.google.com": {"Google Groups", other}, "translate.google.com": {"Google Translate", other},
	"gemini.google.com": {"Gemini", other}, "com.google.android.gm": {"Gmail", mail},
	"shopping.google.com": {"Google Shopping", shop}, "ads.google.com": {"Google Ads", other},
	"googleadservices.com": {"Google Ads", other}, "doubleclick.net": {"Google Ads", other},
	"com.google.android.apps.searchlite": {"Google", search}, "syndicatedsearch.goog": {"Google", search},

	// Talking.
	"facebook.com": {"Facebook", social}, "fb.com": {"Facebook", social}, "fb.me": {"Facebook", social},
	"messenger.com": {"Messenger", social}, "instagram.com": {"Instagram", social}, "threads.net": {"Threads", social},
	"threads.com": {"Threads", social}, "twitter.com": {"Twitter", social}, "x.com": {"Twitter", social}, "t.co": {"Twitter", social},
	"com.twitter.android": {"Twitter", social}, "com.facebook.katana": {"Facebook", social}, "com.instagram.android": {"Instagram", social},
	"linkedin.com": {"LinkedIn", social}, "lnkd.in": {"LinkedIn", social}, "com.linkedin.android": {"LinkedIn", social},
	"reddit.com": {"Reddit", social}, "redd.it": {"Reddit", social}, "com.reddit.frontpage": {"Reddit", social},
	"news.ycombinator.com": {"Hacker News", social}, "lobste.rs": {"Lobsters", social}, "slashdot.org": {"Slashdot", social},
	"digg.com": {"Digg", social}, "tumblr.com": {"Tumblr", social}, "pin.it": {"Pinterest", social}, "com.pinterest": {"Pinterest", social},
	"vk.com": {"VKontakte", social}, "ok.ru": {"Odnoklassniki", social}, "weibo.com": {"Weibo", social}, "weibo.cn": {"Weibo", social},
	"bsky.app": {"Bluesky", social}, "mastodon.social": {"Mastodon", social}, "mastodon.online": {"Mastodon", social},
	"quora.com": {"Quora", social}, "snapchat.com": {"Snapchat", social}, "discord.com": {"Discord", social},
	"discordapp.com": {"Discord", social}, "discord.gg": {"Discord", social}, "t.me": {"Telegram", social},
	"telegram.org": {"Telegram", social}, "telegram.me": {"Telegram", social}, "org.telegram.messenger": {"Telegram", social},
	"whatsapp.com": {"WhatsApp", social}, "wa.me": {"WhatsApp", social}, "com.whatsapp": {"WhatsApp", social},
	"com.slack": {"Slack", social}, "app.slack.com": {"Slack", social}, "xing.com": {"XING", social},
	"linktr.ee": {"Linktree", social}, "stackoverflow.com": {"Stack Overflow", social}, "stackexchange.com": {"Stack Exchange", social},
	"producthunt.com": {"Product Hunt", social}, "medium.com": {"Medium", social}, "substack.com": {"Substack", social},
	"flipboard.com": {"Flipboard", social}, "zhihu.com": {"Zhihu", social}, "meetup.com": {"Meetup", social},

	// Watching.
	"youtube.com": {"YouTube", video}, "youtu.be": {"YouTube", video}, "com.google.android.youtube": {"YouTube", video},
	"vimeo.com": {"Vimeo", video}, "dailymotion.com": {"Dailymotion", video}, "tiktok.com": {"TikTok", social},
	"com.zhiliaoapp.musically": {"TikTok", social}, "bilibili.com": {"Bilibili", video}, "netflix.com": {"Netflix", video},
	"disneyplus.com": {"Disney+", video}, "rumble.com": {"Rumble", video},

	// Buying.
	"aliexpress.com": {"AliExpress", shop}, "alibaba.com": {"Alibaba", shop}, "walmart.com": {"Walmart", shop},
	"shopify.com": {"Shopify", shop}, "shop.app": {"Shop", shop}, "idealo.de": {"idealo", shop}, "rakuten.co.jp": {"Rakuten", shop},
	"mercadolibre.com": {"Mercado Libre", shop},

	// Reading mail.
	"outlook.live.com": {"Outlook", mail}, "outlook.office.com": {"Outlook", mail}, "outlook.office365.com": {"Outlook", mail},
	"mail.yahoo.com": {"Yahoo! Mail", mail}, "mail.aol.com": {"AOL Mail", mail}, "mail.proton.me": {"Proton Mail", mail},
	"mail.yandex.ru": {"Yandex Mail", mail}, "e.mail.ru": {"Mail.ru", mail}, "navigator.gmx.net": {"GMX", mail},
	"deref-gmx.net": {"GMX", mail}, "deref-web.de": {"WEB.DE", mail}, "mail.zoho.com": {"Zoho Mail", mail},

	// Asking machines.
	"chatgpt.com": {"ChatGPT", other}, "chat.openai.com": {"ChatGPT", other}, "perplexity.ai": {"Perplexity", other},
	"claude.ai": {"Claude", other}, "copilot.microsoft.com": {"Copilot", other}, "chat.deepseek.com": {"DeepSeek", other},
	"you.com": {"You.com", other}, "phind.com": {"Phind", other}, "grok.com": {"Grok", other}, "chat.mistral.ai": {"Le Chat", other},

	// Others.
	"wikipedia.org": {"Wikipedia", other}, "github.com": {"GitHub", other}, "gitlab.com": {"GitLab", other},
	"apple.com": {"Apple", other}, "msn.com": {"MSN", other}, "statics.teams.cdn.office.net": {"Microsoft Teams", other},
	"teams.microsoft.com": {"Microsoft Teams", other}, "notion.so": {"Notion", other}, "feedly.com": {"Feedly", other},
	"getpocket.com": {"Pocket", other},
}

// tags are what sources are commonly called in URLs, in lower case.
var tags = map[string]source{
	"google": {"Google", search}, "adwords": {"Google", search}, "google_ads": {"Google", search}, "google-ads": {"Google", search},
	"googleads": {"Google", search}, "bing": {"Bing", search}, "bing-ads": {"Bing", search}, "yahoo": {"Yahoo!", search},
	"duckduckgo": {"DuckDuckGo", search}, "ddg": {"DuckDuckGo", search}, "baidu": {"Baidu", search}, "yandex": {"Yandex", search},
	"ecosia": {"Ecosia", search}, "qwant": {"Qwant", search}, "brave": {"Brave", search}, "naver": {"Naver", search},
	"facebook": {"Facebook", social}, "fb": {"Facebook", social}, "fb-ads": {"Facebook", social}, "fb_ads": {"Facebook", social},
	"facebook-ads": {"Facebook", social}, "facebook_ads": {"Facebook", social}, "meta": {"Facebook", social},
	"instagram": {"Instagram", social}, "ig": {"Instagram", social}, "threads": {"Threads", social},
	"twitter": {"Twitter", social}, "x": {"Twitter", social}, "linkedin": {"LinkedIn", social}, "reddit": {"Reddit", social},
	"reddit-ads": {"Reddit", social}, "pinterest": {"Pinterest", social}, "tiktok": {"TikTok", social}, "snapchat": {"Snapchat", social},
	"mastodon": {"Mastodon", social}, "bluesky": {"Bluesky", social}, "telegram": {"Telegram", social}, "whatsapp": {"WhatsApp", social},
	"discord": {"Discord", social}, "hackernews": {"Hacker News", social}, "hn": {"Hacker News", social}, "vk": {"VKontakte", social},
	"linktree": {"Linktree", social}, "producthunt": {"Product Hunt", social}, "quora": {"Quora", social},
	"youtube": {"YouTube", video}, "yt": {"YouTube", video}, "yt-ads": {"YouTube", video}, "youtube-ads": {"YouTube", video},
	"vimeo": {"Vimeo", video}, "twitch": {"Twitch", video},
	"amazon": {"Amazon", shop}, "ebay": {"eBay", shop}, "etsy": {"Etsy", shop}, "shopify": {"Shopify", shop}, "idealo": {"idealo", shop},
	"google_shopping": {"Google Shopping", shop}, "google-shopping": {"Google Shopping", shop},
	"gmail": {"Gmail", mail}, "outlook": {"Outlook", mail},
	"chatgpt": {"ChatGPT", other}, "openai": {"ChatGPT", other}, "perplexity": {"Perplexity", other}, "claude": {"Claude", other},
	"copilot": {"Copilot", other}, "gemini": {"Gemini", other}, "wikipedia": {"Wikipedia", other}, "github": {"GitHub", other},
}

// clicks are the sources that add a click id of a kind to their links.
var clicks = map[string]source{
	"gclid": {"Google", search}, "gbraid": {"Google", search}, "wbraid": {"Google", search}, "dclid": {"Google Ads", other},
	"fbclid": {"Facebook", social}, "igshid": {"Instagram", social}, "msclkid": {"Bing", search},
	"ttclid": {"TikTok", social}, "twclid": {"Twitter", social}, "li_fat_id": {"LinkedIn", social},
	"yclid": {"Yandex", search}, "epik": {"Pinterest", social}, "rdt_cid": {"Reddit", social}, "sccid": {"Snapchat", social},
}
