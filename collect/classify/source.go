package classify

import "strings"

// source is somewhere visitors come from.
type source struct {
	name string
	kind kind
}

// kind is what sort of place a source is.
type kind uint8

const (
	other kind = iota
	search
	social
	video
	shop
	mail
)

// origin is what is known of a referrer's host.
type origin struct {
	source
	spam bool // nobody comes from there
}

func readHost(host string) origin {
	s := sourceOfHost(host)
	return origin{s, s.name == host && isSpam(host)} // what has a name is somewhere
}

// sourceOfHost names the source of a referrer's host: of the longest domain
// above it that is known, or else the host itself.
func sourceOfHost(host string) source {
	for domain := host; ; {
		if s, ok := domains[domain]; ok {
			return s
		}
		if s, ok := ofBrand(domain); ok {
			return s
		}
		_, above, ok := strings.Cut(domain, ".")
		if !ok || !strings.Contains(above, ".") {
			return source{host, kindOfHost(host)}
		}
		domain = above
	}
}

// searches are what the search of a portal is called in its host's name.
var searches = []string{"search", "websearch", "isearch", "suche", "recherche", "buscador", "busca", "busqueda", "ricerca", "pesquisa", "szukaj", "hledani", "sok"}

// kindOfHost says of a host that nobody knows whether it calls itself a search
// engine.
func kindOfHost(host string) kind {
	for label := range strings.SplitSeq(host, ".") {
		name := strings.TrimLeft(label, "mw.-")
		if isOne(name, searches...) || strings.HasSuffix(name, "-search") {
			return search
		}
	}
	return other
}

// ofBrand knows the sources that have a domain in every country: google.de,
// google.co.uk.
func ofBrand(domain string) (source, bool) {
	brand, tld, _ := strings.Cut(domain, ".")
	s, ok := brands[brand]
	if !ok {
		return source{}, false
	}
	second, country, two := strings.Cut(tld, ".")
	if two && (len(country) != 2 || !isOne(second, "co", "com", "org", "net")) {
		return source{}, false
	}
	return s, two || len(tld) == 2 || isOne(tld, "com", "net", "org")
}

// sourceOfTag names the source that a URL's utm_source, source or ref names.
func sourceOfTag(tag string) source {
	name := strings.ToLower(tag)
	if s, ok := tags[name]; ok {
		return s
	}
	if strings.Contains(name, ".") {
		if s := sourceOfHost(strings.TrimPrefix(name, "www.")); s.name != name {
			return s
		}
	}
	return source{name: tag}
}
