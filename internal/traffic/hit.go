package traffic

import (
	"net/netip"

	"holdfast"
)

// Hit is one thing that happened on a site, as a door gets to see it.
type Hit struct {
	Site    int             // index in Config.Sites
	Host    string          // of the site
	Time    holdfast.Millis // when it happened
	Arrival holdfast.Millis // when it was sent
	// ID is a number of the client's choice, of which IDText is the text; 0 if
	// it gave none. Repeat says that a hit with this id was sent before.
	ID     uint64
	Repeat bool

	Name  string // as in holdfast.Event
	Path  string
	Query string // without "?"
	Title string
	// Referrer is the page of another site that had the link. If there was
	// none, From is the path of the page of the site itself that had it.
	Referrer string
	From     string

	IP        netip.Addr
	UserAgent string
	Country   string
	Language  string
	Screen    string // phone, tablet, laptop or desktop; "" where no script ran

	Visitor, Member string // the site's ids for whom it was

	Interactive bool
	Engaged     int32 // ms
	Scroll      int8  // per cent, or holdfast.NoScroll

	Props    []holdfast.Prop // only good until the next hit
	Value    int64           // minor units
	Currency string

	// What classification is to find out.
	language string // lower case
	client   *client
	arrived  *arrived // nil: the page was reached from within the site
	who      uint64   // different for different addresses and user agents
	person   uint64   // the number of whoever it is
}

// IDText returns what a client sends as the id, or "".
func (h *Hit) IDText() string { return string(h.appendID(nil)) }

func (h *Hit) appendID(dst []byte) []byte {
	if h.ID == 0 {
		return dst
	}
	const digits = "0123456789abcdefghjkmnpqrstvwxyz"
	for shift := 60; shift >= 0; shift -= 5 {
		dst = append(dst, digits[h.ID>>shift&31])
	}
	return dst
}

// URL returns the address of the page.
func (h *Hit) URL() string { return string(h.appendURL(nil)) }

func (h *Hit) appendURL(dst []byte) []byte {
	dst = append(dst, "https://"...)
	dst = append(dst, h.Host...)
	dst = append(dst, h.Path...)
	if h.Query != "" {
		dst = append(dst, '?')
		dst = append(dst, h.Query...)
	}
	return dst
}

// FullReferrer returns the address of the page that had the link, or "".
func (h *Hit) FullReferrer() string {
	if h.From == "" {
		return h.Referrer
	}
	return "https://" + h.Host + h.From
}
