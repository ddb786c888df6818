package classify

import "holdfast"

// headless are browsers that nobody sits before, in lower case.
var headless = []string{
	"headless", "phantomjs", "slimerjs", "puppeteer", "playwright", "selenium", "webdriver", "cypress/", "zombie.js", "electron-prerender", "splash version", "htmlunit", "jsdom/", "lightpanda",
	"casperjs", "testcafe", "chromedriver", "geckodriver", "pyppeteer", "browserless", "wkhtmlto", "cutycapt", "webkit2png", "phantomas", "watir", "capybara",
}

// robots are what programs that fetch pages call themselves or their makers,
// in lower case, whether they pass for a browser otherwise or not.
//
// They are what is commonly known, and what was found missing in every second
// entry of a list of crawlers and in lists of others; how many they find of the
// rest is what the test says.
var robots = []string{
	"bot!", "bots!", "robot", "crawl", "spider!", "slurp", "+http", "like gecko; compatible", "bingpreview",

	// Link previews and readers.
	"facebookexternalhit", "facebookcatalog", "facebookplatform", "meta-external", "skypeuripreview", "slack-", "vkshare", "embedly", "iframely", "cardyb", "googlemessages", "wechatdevtools",

	// Those who watch over sites.
	"lighthouse", "pagespeed", "ptst/", "speedcurve", "gtmetrix", "pingdom", "statuscake", "site24x7", "datadog", "ruxit", "catchpoint", "gomezagent", "dareboost", "; rigor", "dejaclick",
	"alertsite", "securityheaders", "foregenix", "arachni", "acunetix", "nessus", "openvas",
	"nmap", "nikto", "zgrab", "sqlmap", "nuclei", "censys", "shodan", "burpcollaborator", "(hydra", "dirbuster", "gobuster", "feroxbuster", "leakix",
	"onyphe", "binaryedge", "netsystemsresearch", "stretchoid", "zmeu", "jorgee", "fimap", "havij", "whatweb", "w3af", "skipfish",
	"websitepulse", "hetrixtools", "nodeping", "freshping", "betterstack", "oh dear", "ohdear", "uptrends", "pulsetic", "checkly", "montastic", "alertbot", "browsermob/", "webpagetest", "yellowlab",

	// Search engines, trainers of models, and their like.
	"googleother", "google-", "-google/", "-google;", "google web preview", "googleweblight", "googleproducer", "mediapartners", "duplexweb", "apis-google", "chatgpt-user", "openai", "claude-", "anthropic",
	"perplexity-", "cohere-", "mistralai-", "yeti/", "seznambot", "ahrefs", "semrush", "mj12", "dataprovider", "panscient", "nutch", "heritrix", "screaming frog", "ia_archiver", "daumoa", "twingly", "collapsify",
	"dmbrowser", "marketgoo", "sparkler/", "iplabel", "functionize", "convertify", "inspici", "sindup", "silktide", "hardenize", "watchtowr", "linktiger", "newsai", "testlocally", "hotjar version", "adbeat", "appinsights",
	"newsnow/", "webcapture", "mixnode", "ask jeeves", "sqwatcher", "wireless transcoder", "cloudflareobservatory", "uptime/1", "cyotek", " cursor/", "swcd ", "downcast/", "newsblur/", "reeder/", "feeddler", "ddg_android", "github-camo", "ips-agent", "medusa/", "playstore-google", "websitemetadata", "baidu transcoder",
	"xenu", "httrack", "webcopier", "webzip", "offline explorer", "sitesucker", "barkrowler", "trafilatura", "infotiger", "yacy", "ezooms", "turnitin", "safeassign", "nimbostratus", "admantx", "proximic", "grapeshot", "peer39",
	"yisou", "linguee", "ltx71", "zoominfo", "evc-batch", "brandverity", "gigablast", "hatena", "lipperhey", "metauri", "miniflux", "netestate", "newsgator", "pagepeeker", "qwantify", "qwarry", "scoutjet", "siteexplorer",
	"trendiction", "wesee", "woorank", "wotbox", "tineye", "aihit", "apify", "builtwith", "whatcms", "wappalyzer", "favicon", "aspiegel", "sistrix", "siteimprove", "sitelock", "sitecheck", "linkdex", "copyscape", "plagiarism",
}

// calls is how many of deeds nobody adds to Internet Explorer.
const calls = 3

// deeds are what robots do, in lower case. Telephones and their applications
// are called so, too, and so is what is added to Internet Explorer.
var deeds = []string{
	"bot|", "bots|", "spider", "scrap", "scan", "fetch", "harvest", "monitor", "uptime", "synthetic", "checker", "linkcheck", "validator", "analyzer", "inspector", "detector", "audit", "optimizer", "optimiser", "verification",
	"preview", "prerender", "rendertron", "onebox", "screenshot", "browsershot", "proxy", "transcoder", "feed", "archiv", "indexer", "semantic", "agent/", "verify", "cloudflare", "rss/", "rss ", "mailto:", "(http", "; http", ";http", " http://", " https://",
}

// programs are words that also stand in the user agents of people's browsers,
// and so say something only of what is no browser otherwise. In lower case.
var programs = []string{
	// Libraries and command lines.
	"curl", "wget", "aria2", "lftp", "libwww-perl", "lwp::", "lwp-", "python", "httpx", "aiohttp", "urllib", "urlgrabber", "go-http-client", "go-resty", "java/1", "java1", "sdk-java", "javaws", "okhttp", "httpclient", "http client",
	"http_", "http-", "apache-", "apachebench", "axios", "node-fetch", "node.js", "nodejs", "undici", "got (", "superagent", "guzzle", "php", "perl", "ruby", "faraday", "typhoeus", "rest-client", "restsharp",
	"winhttp", "wininet", "indy library", "dart:io", "reqwest", "hyper/", "ureq/", "grpc", "netty", "akka", "vert.x", "jersey", "resteasy", "cxf", "aws-sdk", "boto", "minio", "postman", "insomnia", "httpie",
	"cryptoapi", "jmeter", "gatling", "vegeta", "powershell", "cfnetwork (", "urlconnection", "webclient",

	// What they do.
	"://", "www.", ".com", ".org", ".net/", ".net)", ".io", "download", "extract", "probe", "healthcheck", "health-check", "healthservice", "resolver", "callback", "webhook", "notifier", "daemon", "recon", "hunter", "sniff", "fuzz", "rss", "aggregator", "newspaper", "agent|",
	"useragent", "certificate", "classifier", "w3c", "analyz", "linkcheck", "pubsub", "swcd",

	// Machines that talk to machines.
	"wordpress", "drupal", "joomla", "discourse", "jetpack", "mastodon", "zendesk web", "ifttt", "zapier", "logic-apps", "hubspot", "cloudflare", "cloudfront", "fastly", "cdn", "amazon-",
	"microsoft-", "azure", "elb-health", "kube-probe", "collectd", "nagios", "zabbix", "munin", "ansible", "terraform", "docker", "git/", "svn/", "webdav", "sophos", "clamav", "kaspersky", "trendmicro", "barracuda", "tenable", "paloaltonetworks", "qualys", "netcraft", "sucuri", "measurement", "owler", "biglotron", "newrelic", "dynatrace",
	"whatsapp/", "rb.gy", "bitly", "tweetmeme", "nuzzel", "updown.io", "newsblur", "feedly", "inoreader", "netvibes", "akregator", "liferea", "reeder", "blogtrottr", "seznam", "webcollage",
}

// people are words in the user agents of people's programs that end like one
// of robots. Some make telephones, and some television.
var people = []string{"cubot", "camscan", "mozacfetch", "developerpreview", "technology preview", "technology%20preview"}

func flagOf(text string, exact, folded *sight, a agent) holdfast.Flag {
	switch {
	case folded.first[inHeadless] != 0:
		return holdfast.FlagHeadless
	case folded.first[inRobots] != 0, isShapedLikeRobot(text, exact, a):
		return holdfast.FlagBot
	case folded.first[inDeeds] != 0 && !isHeld(a.device) && (a.browser == "" || exact.has(markMozilla)) && (folded.first[inDeeds] <= calls || !exact.hasAny(markExplorer)):
		return holdfast.FlagBot
	case folded.first[inPrograms] != 0 && !isShapedLikeBrowser(exact, a):
		return holdfast.FlagBot
	}
	return holdfast.Counted
}

// isHeld says whether people hold or watch such a device, and fetch nothing
// with it.
func isHeld(device string) bool { return device != "" && device != "desktop" }
