package collect

import (
	"fmt"
	"slices"
	"strings"

	"holdfast"
)

// refusal is why an Input becomes no event.
type refusal struct {
	reason holdfast.Reason
	holdfast.FieldError
}

func refuse(reason holdfast.Reason, field, why string) *refusal {
	return &refusal{reason, holdfast.FieldError{Field: field, Reason: why}}
}

func malformed(field, why string) *refusal { return refuse(holdfast.RefusedMalformed, field, why) }

func tooLong(field string, limit int) *refusal {
	return refuse(holdfast.RefusedTooLarge, field, fmt.Sprintf("longer than %d bytes", limit))
}

// read makes e, which is empty, of in.
func (b *Batch) read(e *holdfast.Event, in *Input) *refusal {
	v, err := b.siteOf(in)
	if err != nil {
		return err
	}
	if err := b.readName(e, in); err != nil {
		return err
	}
	if e.Time, err = v.rule.date(in, b.now); err != nil {
		return err
	}
	e.Site, e.Day, e.Received = v.site.ID, v.dayOf(e.Time), b.now
	e.Door, e.Origin = b.terms.Door, v.rule.origin(e.Time, b.now)
	hints, err := b.readPlace(e, in, v.site)
	if err != nil {
		return err
	}
	if err := b.readIDs(e, in, v.site); err != nil {
		return err
	}
	if err := b.readClient(e, in); err != nil {
		return err
	}
	if err := b.readDeeds(e, in); err != nil {
		return err
	}
	if err := b.readProps(e, in.Props); err != nil {
		return err
	}
	if !b.c.volumes.take(v.site.ID, b.now, in.Size) {
		return refuse(holdfast.RefusedRate, "site", fmt.Sprintf("has been sent the %d bytes it may be sent in a day", b.c.SiteBytesPerDay))
	}
	e.Title = b.strings.keep(cut(in.Title, holdfast.MaxTitle))
	b.c.Classifier.Classify(e, hints)
	if e.Flag == holdfast.Counted && !isOwn(v.site, e.Host) {
		e.Flag = holdfast.FlagForeignHost
	}
	return nil
}

func (b *Batch) siteOf(in *Input) (*visited, *refusal) {
	if in.Site == "" {
		return nil, malformed("site", "is required")
	}
	v := b.visit(in.Site)
	switch {
	case b.terms.Key != nil && len(b.terms.Key.Sites) > 0 && (v == nil || !v.rule.allowed):
		// Whoever holds a key for some sites does not learn which others exist.
		return nil, refuse(holdfast.RefusedForbidden, "site", fmt.Sprintf("the key is not for sending to %q", cut(in.Site, maxHost)))
	case v == nil:
		return nil, refuse(holdfast.RefusedNoSite, "site", fmt.Sprintf("there is no site %q", cut(in.Site, maxHost)))
	case !v.rule.allowed:
		return nil, refuse(holdfast.RefusedForbidden, "site", "the key is not for sending events")
	}
	return v, nil
}

func (b *Batch) readName(e *holdfast.Event, in *Input) *refusal {
	name := strings.TrimSpace(in.Name)
	switch {
	case name == "":
		return malformed("name", "is required")
	case len(name) > holdfast.MaxName:
		return tooLong("name", holdfast.MaxName)
	}
	e.Name = b.strings.keep(name)
	return nil
}

// readPlace reads where the event happened and where its visitor came from.
func (b *Batch) readPlace(e *holdfast.Event, in *Input, site *holdfast.Site) (Hints, *refusal) {
	url := strings.TrimSpace(in.URL)
	switch {
	case url == "":
		return Hints{}, malformed("url", "is required")
	case len(url) > holdfast.MaxURL:
		return Hints{}, tooLong("url", holdfast.MaxURL)
	}
	at, err := b.locate(url, site)
	if err != nil {
		return Hints{}, err
	}
	e.Host, e.Path = b.strings.keep(at.host), b.strings.keep(b.readPath(at.path, in.Fragment))
	hints := Hints{Address: in.Address, TimeZone: in.TimeZone, Prefetch: in.Prefetch}
	hints.Tag = b.readQuery(e, at.query)
	b.readReferrer(e, &hints, in.Referrer, site)
	return hints, nil
}

// noHost is the host of URLs that have none.
const noHost = "(none)"

func (b *Batch) locate(url string, site *holdfast.Site) (address, *refusal) {
	if url[0] == '/' && !strings.HasPrefix(url, "//") {
		url, _, _ = strings.Cut(url, "#")
		path, query, _ := strings.Cut(url, "?")
		return address{host: BareHost(site.Name), path: path, query: query}, nil
	}
	at, ok := split(url)
	switch {
	case hasScheme(url, "data"), hasScheme(url, "javascript"), hasScheme(url, "blob"):
		return at, malformed("url", "its scheme is not allowed")
	case !ok, at.host == "" && at.scheme != "file":
		return at, malformed("url", "is no URL like https://"+site.Name+"/path")
	case at.host == "":
		at.host = noHost
	}
	return at, nil
}

func hasScheme(url, scheme string) bool {
	return len(url) > len(scheme) && url[len(scheme)] == ':' && strings.EqualFold(url[:len(scheme)], scheme)
}

// readReferrer keeps the referrer, unless it is none or a page of the site.
func (b *Batch) readReferrer(e *holdfast.Event, hints *Hints, referrer string, site *holdfast.Site) {
	referrer = strings.TrimSpace(referrer)
	if referrer == "" {
		return
	}
	from, ok := split(referrer)
	if !ok || !strings.Contains(from.host, ".") && !strings.Contains(from.host, ":") {
		return
	}
	switch from.scheme {
	case "http", "https", "android-app", "ios-app":
	default:
		return
	}
	if from.host == e.Host || isNamed(site, from.host) {
		hints.Internal = true
		return
	}
	referrer, _, _ = strings.Cut(referrer, "#")
	e.Referrer = b.strings.keep(cut(referrer, holdfast.MaxURL))
	hints.ReferrerHost = from.host
}

// isOwn says whether events on host are the site's.
func isOwn(site *holdfast.Site, host string) bool {
	return isNamed(site, host) || slices.Contains(site.Hosts, "*")
}

func isNamed(site *holdfast.Site, host string) bool {
	if host == BareHost(site.Name) {
		return true
	}
	for _, h := range site.Hosts {
		if host == BareHost(h) {
			return true
		}
	}
	return false
}

func (b *Batch) readIDs(e *holdfast.Event, in *Input, site *holdfast.Site) *refusal {
	switch {
	case len(in.ID) > holdfast.MaxID:
		return tooLong("id", holdfast.MaxID)
	case len(in.Visit) > holdfast.MaxID:
		return tooLong("visit", holdfast.MaxID)
	case len(in.Visitor) > holdfast.MaxID:
		return tooLong("visitor", holdfast.MaxID)
	case len(in.Member) > holdfast.MaxID:
		return tooLong("member", holdfast.MaxID)
	}
	if in.ID != "" {
		e.ID = b.c.Hasher.EventID(e.Site, in.ID)
	}
	if in.Visit != "" {
		e.Visit = b.c.Hasher.Visit(e.Site, in.Visit)
	}
	if b.declare(e, in); e.Visitor == 0 && in.Token != "" {
		return b.readToken(e, in, site)
	}
	return nil
}
