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
	"search.aol.com": {"AOL", search}, "ixquick.com": {"Startpage", search}, "ixquick.de": {"Startpage", search}, "websearch.rakuten.co.jp": {"Rakuten", search},
	"search.smt.docomo.ne.jp": {"docomo", search}, "search.goo.ne.jp": {"goo", search}, "search.biglobe.ne.jp": {"BIGLOBE", search}, "search.nifty.com": {"nifty", search},
	"search.naver.com": {"Naver", search}, "search.daum.net": {"Daum", search}, "search.nate.com": {"Nate", search}, "search.zum.com": {"Zum", search}, "sm.cn": {"Shenma", search},
	"haosou.com": {"360 Search", search}, "so.360.cn": {"360 Search", search}, "soso.com": {"Soso", search}, "quark.sm.cn": {"Quark", search}, "zhongsou.com": {"Zhongsou", search},
	"go.mail.ru": {"Mail.ru", search}, "nova.rambler.ru": {"Rambler", search}, "sputnik.ru": {"Sputnik", search}, "meta.ua": {"Meta.ua", search}, "search.i.ua": {"I.UA", search},
	"suche.t-online.de": {"T-Online", search}, "suche.web.de": {"WEB.DE", search}, "suche.gmx.net": {"GMX", search}, "search.gmx.com": {"GMX", search}, "suche.freenet.de": {"freenet", search},
	"suche.1und1.de": {"1&1", search}, "metager.de": {"MetaGer", search}, "metager.org": {"MetaGer", search}, "fireball.de": {"Fireball", search}, "fireball.com": {"Fireball", search},
	"search.ch": {"search.ch", search}, "search.bluewin.ch": {"Bluewin", search}, "lemoteur.orange.fr": {"Orange", search}, "recherche.orange.fr": {"Orange", search}, "search.free.fr": {"Free", search},
	"virgilio.it": {"Virgilio", search}, "arianna.libero.it": {"Libero", search}, "search.tiscali.it": {"Tiscali", search}, "szukaj.onet.pl": {"Onet", search}, "szukaj.wp.pl": {"Wirtualna Polska", search},
	"search.centrum.cz": {"Centrum", search}, "zoznam.sk": {"Zoznam", search}, "najdi.si": {"Najdi.si", search}, "kvasir.no": {"Kvasir", search}, "startsiden.no": {"Startsiden", search}, "eniro.se": {"Eniro", search},
	"neti.ee": {"Neti", search}, "search.abv.bg": {"abv.bg", search}, "vinden.nl": {"Vinden", search}, "ilse.nl": {"Ilse", search}, "buscador.terra.com.br": {"Terra", search}, "busca.uol.com.br": {"UOL", search},
	"search.walla.co.il": {"Walla", search}, "yep.com": {"Yep", search}, "you.com": {"You.com", search}, "freespoke.com": {"Freespoke", search}, "stract.com": {"Stract", search}, "search.marginalia.nu": {"Marginalia", search},
	"gigablast.com": {"Gigablast", search}, "info.com": {"Info.com", search}, "infospace.com": {"InfoSpace", search}, "metacrawler.com": {"MetaCrawler", search}, "webcrawler.com": {"WebCrawler", search},
	"excite.com": {"Excite", search}, "excite.co.jp": {"Excite", search}, "lycos.com": {"Lycos", search}, "lycos.de": {"Lycos", search}, "altavista.com": {"AltaVista", search}, "exalead.com": {"Exalead", search},
	"entireweb.com": {"Entireweb", search}, "zapmeta.com": {"ZapMeta", search}, "oceanhero.today": {"OceanHero", search}, "karmasearch.org": {"Karma", search}, "ekoru.org": {"Ekoru", search}, "gibiru.com": {"Gibiru", search},
	"searchencrypt.com": {"Search Encrypt", search}, "privacywall.org": {"PrivacyWall", search}, "search.disconnect.me": {"Disconnect", search}, "searchlock.com": {"SearchLock", search}, "presearch.org": {"Presearch", search},
	"mysearch.com": {"MyWay", search}, "myway.com": {"MyWay", search}, "mywebsearch.com": {"MyWay", search}, "search.pch.com": {"PCH", search}, "search.avast.com": {"Avast", search}, "search.avira.com": {"Avira", search},
	"search.norton.com": {"Norton", search}, "search.xfinity.com": {"Xfinity", search}, "search.earthlink.net": {"EarthLink", search}, "search.yam.com": {"Yam", search}, "searx.be": {"SearXNG", search}, "yippy.com": {"Yippy", search},
	"com.duckduckgo.mobile.android": {"DuckDuckGo", search}, "com.ecosia.android": {"Ecosia", search}, "com.yandex.browser": {"Yandex", search}, "com.yandex.searchapp": {"Yandex", search},
	"com.microsoft.bing": {"Bing", search}, "com.brave.browser": {"Brave", search}, "ru.yandex.searchplugin": {"Yandex", search}, "com.nhn.android.search": {"Naver", search},

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
	"plus.google.com": {"Google+", social}, "workplace.com": {"Workplace", social}, "t.cn": {"Weibo", social}, "weixin.qq.com": {"WeChat", social}, "wechat.com": {"WeChat", social}, "qzone.qq.com": {"Qzone", social},
	"douban.com": {"Douban", social}, "renren.com": {"Renren", social}, "tieba.baidu.com": {"Baidu Tieba", social}, "zhidao.baidu.com": {"Baidu Zhidao", social}, "xiaohongshu.com": {"Xiaohongshu", social}, "v2ex.com": {"V2EX", social},
	"line.me": {"LINE", social}, "jp.naver.line.android": {"LINE", social}, "kakao.com": {"Kakao", social}, "mixi.jp": {"mixi", social}, "hatena.ne.jp": {"Hatena", social}, "ameblo.jp": {"Ameba", social},
	"odnoklassniki.ru": {"Odnoklassniki", social}, "vkontakte.ru": {"VKontakte", social}, "my.mail.ru": {"Moy Mir", social}, "livejournal.com": {"LiveJournal", social}, "pikabu.ru": {"Pikabu", social}, "habr.com": {"Habr", social},
	"mastodon.world": {"Mastodon", social}, "mastodon.cloud": {"Mastodon", social}, "mastodonapp.uk": {"Mastodon", social}, "mstdn.social": {"Mastodon", social}, "mas.to": {"Mastodon", social}, "hachyderm.io": {"Mastodon", social},
	"fosstodon.org": {"Mastodon", social}, "chaos.social": {"Mastodon", social}, "infosec.exchange": {"Mastodon", social}, "techhub.social": {"Mastodon", social}, "troet.cafe": {"Mastodon", social}, "pawoo.net": {"Mastodon", social},
	"mstdn.jp": {"Mastodon", social}, "org.joinmastodon.android": {"Mastodon", social}, "pixelfed.social": {"Pixelfed", social}, "lemmy.world": {"Lemmy", social}, "lemmy.ml": {"Lemmy", social}, "skyfeed.app": {"Bluesky", social},
	"nextdoor.com": {"Nextdoor", social}, "viadeo.com": {"Viadeo", social}, "myspace.com": {"Myspace", social}, "badoo.com": {"Badoo", social}, "taringa.net": {"Taringa!", social}, "nk.pl": {"nk.pl", social}, "wykop.pl": {"Wykop", social},
	"t.umblr.com": {"Tumblr", social}, "flickr.com": {"Flickr", social}, "dribbble.com": {"Dribbble", social}, "behance.net": {"Behance", social}, "deviantart.com": {"DeviantArt", social}, "goodreads.com": {"Goodreads", social},
	"last.fm": {"Last.fm", social}, "soundcloud.com": {"SoundCloud", social}, "foursquare.com": {"Foursquare", social}, "tripadvisor.com": {"Tripadvisor", social}, "yelp.com": {"Yelp", social}, "imgur.com": {"Imgur", social},
	"gab.com": {"Gab", social}, "truthsocial.com": {"Truth Social", social}, "parler.com": {"Parler", social}, "mewe.com": {"MeWe", social}, "minds.com": {"Minds", social}, "patreon.com": {"Patreon", social}, "coursera.org": {"Coursera", other},
	"steamcommunity.com": {"Steam", social}, "steampowered.com": {"Steam", social}, "steam.com": {"Steam", social}, "buymeacoffee.com": {"Buy Me a Coffee", social}, "beacons.ai": {"Beacons", social}, "disqus.com": {"Disqus", social},
	"com.snapchat.android": {"Snapchat", social}, "com.tumblr": {"Tumblr", social}, "com.discord": {"Discord", social}, "com.facebook.orca": {"Messenger", social}, "com.instagram.barcelona": {"Threads", social}, "com.vkontakte.android": {"VKontakte", social},

	// Watching.
	"youtube.com": {"YouTube", video}, "youtu.be": {"YouTube", video}, "com.google.android.youtube": {"YouTube", video},
	"vimeo.com": {"Vimeo", video}, "dailymotion.com": {"Dailymotion", video}, "tiktok.com": {"TikTok", social},
	"com.zhiliaoapp.musically": {"TikTok", social}, "bilibili.com": {"Bilibili", video}, "netflix.com": {"Netflix", video},
	"disneyplus.com": {"Disney+", video}, "rumble.com": {"Rumble", video},
	"twitch.tv": {"Twitch", video}, "nicovideo.jp": {"Niconico", video}, "youku.com": {"Youku", video}, "iqiyi.com": {"iQIYI", video}, "douyin.com": {"Douyin", social}, "huya.com": {"Huya", video}, "douyu.com": {"Douyu", video},
	"rutube.ru": {"RuTube", video}, "odysee.com": {"Odysee", video}, "twitcasting.tv": {"TwitCasting", video}, "hulu.com": {"Hulu", video}, "wistia.com": {"Wistia", video}, "kick.com": {"Kick", video}, "tv.apple.com": {"Apple TV", video},

	// Buying.
	"aliexpress.com": {"AliExpress", shop}, "alibaba.com": {"Alibaba", shop}, "walmart.com": {"Walmart", shop},
	"shopify.com": {"Shopify", shop}, "shop.app": {"Shop", shop}, "idealo.de": {"idealo", shop}, "rakuten.co.jp": {"Rakuten", shop},
	"mercadolibre.com":    {"Mercado Libre", shop},
	"mercadolivre.com.br": {"Mercado Libre", shop}, "shopping.yahoo.co.jp": {"Yahoo! Shopping", shop}, "target.com": {"Target", shop}, "bestbuy.com": {"Best Buy", shop}, "otto.de": {"OTTO", shop}, "zalando.de": {"Zalando", shop},
	"temu.com": {"Temu", shop}, "shein.com": {"SHEIN", shop}, "taobao.com": {"Taobao", shop}, "tmall.com": {"Tmall", shop}, "jd.com": {"JD.com", shop}, "flipkart.com": {"Flipkart", shop}, "allegro.pl": {"Allegro", shop},
	"bol.com": {"bol", shop}, "cdiscount.com": {"Cdiscount", shop}, "ozon.ru": {"Ozon", shop}, "wildberries.ru": {"Wildberries", shop}, "coupang.com": {"Coupang", shop}, "geizhals.de": {"Geizhals", shop}, "geizhals.at": {"Geizhals", shop},
	"pricerunner.com": {"PriceRunner", shop}, "billiger.de": {"billiger.de", shop}, "kakaku.com": {"Kakaku", shop}, "slickdeals.net": {"Slickdeals", shop}, "mydealz.de": {"mydealz", shop},

	// Reading mail.
	"outlook.live.com": {"Outlook", mail}, "outlook.office.com": {"Outlook", mail}, "outlook.office365.com": {"Outlook", mail},
	"mail.yahoo.com": {"Yahoo! Mail", mail}, "mail.aol.com": {"AOL Mail", mail}, "mail.proton.me": {"Proton Mail", mail},
	"mail.yandex.ru": {"Yandex Mail", mail}, "e.mail.ru": {"Mail.ru", mail}, "navigator.gmx.net": {"GMX", mail},
	"deref-gmx.net": {"GMX", mail}, "deref-web.de": {"WEB.DE", mail}, "mail.zoho.com": {"Zoho Mail", mail},
	"mail.live.com": {"Outlook", mail}, "mail.google": {"Gmail", mail}, "mail.qq.com": {"QQ Mail", mail}, "mail.163.com": {"NetEase Mail", mail}, "mail.naver.com": {"Naver Mail", mail}, "mail.ru": {"Mail.ru", mail},
	"deref-mail.com": {"GMX", mail}, "deref-1und1.de": {"1&1", mail}, "mail.gmx.net": {"GMX", mail}, "navigator.web.de": {"WEB.DE", mail}, "email.t-online.de": {"T-Online", mail}, "mail.libero.it": {"Libero Mail", mail}, "poczta.onet.pl": {"Onet", mail},
	"com.microsoft.office.outlook": {"Outlook", mail}, "com.yahoo.mobile.client.android.mail": {"Yahoo! Mail", mail}, "com.fsck.k9": {"K-9 Mail", mail}, "ch.protonmail.android": {"Proton Mail", mail}, "mail.tutanota.com": {"Tuta", mail}, "fastmail.com": {"Fastmail", mail},

	// Asking machines.
	"chatgpt.com": {"ChatGPT", other}, "chat.openai.com": {"ChatGPT", other}, "perplexity.ai": {"Perplexity", other},
	"claude.ai": {"Claude", other}, "copilot.microsoft.com": {"Copilot", other}, "chat.deepseek.com": {"DeepSeek", other},
	"phind.com": {"Phind", other}, "grok.com": {"Grok", other}, "chat.mistral.ai": {"Le Chat", other},
	"openai.com": {"ChatGPT", other}, "com.openai.chatgpt": {"ChatGPT", other}, "bard.google.com": {"Gemini", other}, "deepmind.google": {"Gemini", other}, "notebooklm.google.com": {"NotebookLM", other}, "meta.ai": {"Meta AI", other},
	"chat.qwen.ai": {"Qwen", other}, "kimi.com": {"Kimi", other}, "chatglm.cn": {"ChatGLM", other}, "doubao.com": {"Doubao", other}, "yiyan.baidu.com": {"ERNIE Bot", other}, "duck.ai": {"Duck.ai", other}, "iask.ai": {"iAsk", other},
	"poe.com": {"Poe", other}, "character.ai": {"Character.AI", other}, "app.writesonic.com": {"Writesonic", other}, "app.jasper.ai": {"Jasper", other}, "huggingface.co": {"Hugging Face", other}, "com.microsoft.copilot": {"Copilot", other},
	"claude.com": {"Claude", other}, "com.anthropic.claude": {"Claude", other}, "perplexity.com": {"Perplexity", other}, "ai.perplexity.app.android": {"Perplexity", other}, "gemini.google": {"Gemini", other}, "com.google.android.apps.bard": {"Gemini", other},
	"copilot.com": {"Copilot", other}, "m365.cloud.microsoft": {"Copilot", other}, "edgeservices.bing.com": {"Copilot", other}, "deepseek.com": {"DeepSeek", other}, "com.deepseek.chat": {"DeepSeek", other}, "x.ai": {"Grok", other}, "ai.x.grok": {"Grok", other},
	"ai.mistral.chat": {"Le Chat", other}, "qwen.ai": {"Qwen", other}, "kimi.ai": {"Kimi", other}, "kimi.moonshot.cn": {"Kimi", other}, "pi.ai": {"Pi", other}, "lumo.proton.me": {"Lumo", other}, "venice.ai": {"Venice", other},

	// Others.
	"wikipedia.org": {"Wikipedia", other}, "wikimedia.org": {"Wikimedia", other}, "news.yahoo.com": {"Yahoo! News", other}, "finance.yahoo.com": {"Yahoo! Finance", other}, "translate.googleusercontent.com": {"Google Translate", other},
	"sourceforge.net": {"SourceForge", other}, "store.google.com": {"Google Store", other}, "play.google.com": {"Google Play", other}, "maps.google.com": {"Google Maps", other}, "scholar.google.com": {"Google Scholar", search}, "sites.google.com": {"Google Sites", other},
	"github.com": {"GitHub", other}, "gitlab.com": {"GitLab", other},
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
	"copilot": {"Copilot", other}, "gemini": {"Gemini", other}, "deepseek": {"DeepSeek", other}, "grok": {"Grok", other}, "lechat": {"Le Chat", other}, "wikipedia": {"Wikipedia", other}, "github": {"GitHub", other},
}

// clicks are the sources that add a click id of a kind to their links.
var clicks = map[string]source{
	"gclid": {"Google", search}, "gbraid": {"Google", search}, "wbraid": {"Google", search}, "dclid": {"Google Ads", other},
	"fbclid": {"Facebook", social}, "igshid": {"Instagram", social}, "msclkid": {"Bing", search},
	"ttclid": {"TikTok", social}, "twclid": {"Twitter", social}, "li_fat_id": {"LinkedIn", social},
	"yclid": {"Yandex", search}, "epik": {"Pinterest", social}, "rdt_cid": {"Reddit", social}, "sccid": {"Snapchat", social},
}
