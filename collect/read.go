package collect

import (
	"fmt"
	"math"
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
	if err := b.readIDs(e, in); err != nil {
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
	e.Host, e.Path = b.strings.keep(at.host), b.strings.keep(b.readPath(at.path))
	var hints Hints
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

func (b *Batch) readIDs(e *holdfast.Event, in *Input) *refusal {
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
	b.declare(e, in)
	return nil
}

func (b *Batch) readClient(e *holdfast.Event, in *Input) *refusal {
	var ok bool
	if e.Country, ok = b.capitals(in.Country, 2); !ok {
		return malformed("country", "is no country like DE (ISO 3166-1 alpha-2)")
	}
	if e.Language, ok = b.language(in.Language); !ok {
		return malformed("language", "is no language like en or en-us (BCP 47)")
	}
	if e.Screen, ok = screenClass(in.Screen); !ok {
		return malformed("screen", "is none of phone, tablet, laptop, desktop, a width like 1440, or a size like 1440x900")
	}
	e.UserAgent = b.strings.keep(cut(strings.TrimSpace(in.UserAgent), holdfast.MaxUserAgent))
	return nil
}

// capitals returns a code of n letters as it is kept.
func (b *Batch) capitals(code string, n int) (string, bool) {
	if code == "" {
		return "", true
	}
	if len(code) != n {
		return "", false
	}
	from := len(b.scratch)
	for i := range n {
		c := code[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			return "", false
		}
		b.scratch = append(b.scratch, c)
	}
	return b.strings.keep(view(b.scratch[from:])), true
}

func (b *Batch) language(tag string) (string, bool) {
	tag = cut(tag, holdfast.MaxShort)
	from := len(b.scratch)
	for i := range len(tag) {
		c := tag[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case c == '_':
			c = '-'
		case 'a' <= c && c <= 'z', i > 0 && ('0' <= c && c <= '9' || c == '-'):
		default:
			return "", false
		}
		b.scratch = append(b.scratch, c)
	}
	return b.strings.keep(view(b.scratch[from:])), true
}

// Widths in CSS pixels from which on a screen is of the next class. They are
// those that style sheets commonly change at.
const (
	tabletWidth  = 576
	laptopWidth  = 992
	desktopWidth = 1440
)

func screenClass(s string) (class string, ok bool) {
	switch s {
	case "":
		return "", true
	case "phone":
		return "phone", true
	case "tablet":
		return "tablet", true
	case "laptop":
		return "laptop", true
	case "desktop":
		return "desktop", true
	}
	text, height, sized := strings.Cut(s, "x")
	width, ok := number(text)
	if ok && sized {
		_, ok = number(height)
	}
	if !ok {
		return "", false
	}
	switch {
	case width < tabletWidth:
		return "phone", true
	case width < laptopWidth:
		return "tablet", true
	case width < desktopWidth:
		return "laptop", true
	}
	return "desktop", true
}

// number reads 1 to 99999.
func number(s string) (n int, ok bool) {
	if len(s) == 0 || len(s) > 5 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int(s[i]-'0')
	}
	return n, n > 0
}

// maxEngaged is the longest a page may have been looked at: a day.
const maxEngaged = 24 * 60 * 60 * 1000

// readDeeds reads what the visitor did: looked, scrolled, spent.
func (b *Batch) readDeeds(e *holdfast.Event, in *Input) *refusal {
	e.Scroll = holdfast.NoScroll
	switch {
	case e.Name == holdfast.Engagement:
		if !in.Has(SentEngaged) && !in.Has(SentScroll) {
			return malformed("engaged", "or scroll is required with engagement")
		}
	case in.Has(SentEngaged):
		return malformed("engaged", "is only for events named engagement")
	case in.Has(SentScroll):
		return malformed("scroll", "is only for events named engagement")
	case e.Name != holdfast.Pageview:
		e.Interactive = !in.Has(SentInteractive) || in.Interactive
	}
	if in.Has(SentEngaged) {
		if in.Engaged < 0 || in.Engaged > maxEngaged {
			return malformed("engaged", "is not within 0 and 86400000 ms")
		}
		e.Engaged = int32(in.Engaged)
	}
	if in.Has(SentScroll) {
		if in.Scroll < 0 || in.Scroll > 100 {
			return malformed("scroll", "is not within 0 and 100 per cent")
		}
		e.Scroll = int8(in.Scroll)
	}
	if !in.Has(SentValue) {
		return nil
	}
	var ok bool
	e.Value = in.Value
	if e.Currency, ok = b.capitals(in.Currency, 3); !ok {
		return malformed("currency", "is no currency like EUR (ISO 4217)")
	}
	if e.Currency == "" {
		return malformed("currency", "is required with value")
	}
	return nil
}

// readProps keeps the properties, sorted by key.
func (b *Batch) readProps(e *holdfast.Event, props []holdfast.Prop) *refusal {
	if len(props) == 0 {
		return nil
	}
	if len(props) > holdfast.MaxProps {
		return refuse(holdfast.RefusedTooLarge, "props", fmt.Sprintf("has more than %d properties", holdfast.MaxProps))
	}
	for i := range props {
		if err := checkProp(&props[i]); err != nil {
			return err
		}
	}
	slices.SortFunc(props, func(p, q holdfast.Prop) int { return strings.Compare(p.Key, q.Key) })
	e.Props = make([]holdfast.Prop, len(props))
	for i, p := range props {
		if i > 0 && p.Key == props[i-1].Key {
			return malformed("props."+own(p.Key), "is given twice")
		}
		p.Key, p.Str = b.strings.keep(p.Key), b.strings.keep(p.Str)
		e.Props[i] = p
	}
	return nil
}

func checkProp(p *holdfast.Prop) *refusal {
	switch {
	case strings.TrimSpace(p.Key) == "":
		return malformed("props", "has a property without a name")
	case len(p.Key) > holdfast.MaxPropKey:
		return tooLong("props."+own(cut(p.Key, 40))+"…", holdfast.MaxPropKey)
	case len(p.Str) > holdfast.MaxPropValue:
		return tooLong("props."+own(p.Key), holdfast.MaxPropValue)
	case p.Kind == holdfast.PropFloat && (math.IsNaN(p.Float) || math.IsInf(p.Float, 0)):
		return malformed("props."+own(p.Key), "is not a finite number")
	}
	return nil
}
