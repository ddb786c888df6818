package classify

import (
	"strings"

	"holdfast"
)

// headless are browsers that nobody sits before.
var headless = []string{"headless", "phantomjs", "puppeteer", "playwright", "selenium", "electron-prerender", "slimerjs", "splash"}

// robots are what programs that fetch pages call themselves or their makers,
// in lower case.
var robots = []string{
	"bot", "crawl", "spider", "slurp", "scrap", "+http", "(http", ";http", "; http",
	"curl/", "curl ", "wget", "libwww-perl", "python", "httpx", "aiohttp", "go-http-client", "java/", "okhttp", "httpclient", "http client",
	"http_", "http-", "apache-", "apachebench", "axios", "node-fetch", "undici", "got (", "guzzle", "php/", "perl", "ruby", "faraday", "typhoeus", "winhttp",
	"facebookexternalhit", "facebookcatalog", "meta-external", "whatsapp/", "skypeuripreview", "slack-", "vkshare", "embedly", "preview", "onebox",
	"lighthouse", "pagespeed", "gtmetrix", "pingdom", "uptime", "monitor", "statuscake", "site24x7", "newrelic", "datadog", "synthetic", "catchpoint", "gomezagent", "dareboost",
	"scan", "nmap", "nikto", "zgrab", "masscan", "sqlmap", "nuclei", "censys", "probe", "checker", "linkcheck", "validator", "analyzer", "burpcollaborator", "fuzz",
	"fetch", "feed", "rss/", "reader/", "archiv", "download", "harvest", "extract", "indexer", "verification",
	"googleother", "google-", "google web preview", "googleweblight", "mediapartners", "apis-google", "chatgpt-user", "gptbot", "openai", "claude-", "anthropic", "perplexity-", "bytespider", "cohere-",
	"yeti/", "seznam", "ahrefs", "semrush", "mj12", "dataprovider", "netcraft", "panscient", "nutch", "heritrix", "screaming frog",
	"prerender", "rendertron", "cms detector", "wordpress", "drupal", "jetpack", "postman", "insomnia", "cloudflare", "amazon-", "elb-health", "kube-probe", "healthcheck",
}

// people are words in the user agents of people's programs that look like
// those of robots.
var people = strings.NewReplacer(
	"cubot", "", // makes telephones
	"fubotv", "", "turbotab", "", "caboto", "",
	"camscanner", "",
	"mozacfetch", "",
)

func botOf(text string) holdfast.Flag {
	text = strings.ToLower(text)
	if hasAny(text, headless) {
		return holdfast.FlagHeadless
	}
	if hasAny(people.Replace(text), robots) {
		return holdfast.FlagBot
	}
	return holdfast.Counted
}
