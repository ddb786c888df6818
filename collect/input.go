package collect

import (
	"net/netip"

	"holdfast"
)

// Input is an event as a door read it: typed, but otherwise as it was sent.
//
// Its strings may be views of a buffer of the door. A Batch copies what it
// keeps, so the door may use the buffer again once Add has returned.
type Input struct {
	Site     string
	Name     string
	URL      string
	Fragment string // of the page's address, where it names the page
	Referrer string
	Title    string

	Time holdfast.Millis // if Has(SentTime)
	Age  int64           // ms, if Has(SentAge)

	ID        string
	Address   netip.Addr // of the visitor's client, if known
	UserAgent string
	Visitor   string // the site's own id of the visitor
	Member    string // the site's own id of the person who is signed in
	Visit     string // the site's own id of the visit
	Token     string // a visit token, which names the visitor

	Country   string
	CountryBy holdfast.CountryBy // who says so, if anybody does
	Language  string
	Screen    string // a class, a width, or width x height, in CSS pixels
	TimeZone  string // the browser's, as it calls it
	Prefetch  bool   // the request says that nobody has asked for the page yet

	Interactive bool  // if Has(SentInteractive)
	Engaged     int64 // ms, if Has(SentEngaged)
	Scroll      int64 // per cent, if Has(SentScroll)

	Props    []holdfast.Prop
	Value    int64 // minor units, if Has(SentValue)
	Currency string

	Sent Sent
	Size int // bytes the event took in its request
}

// Sent says which of the fields were sent whose zero value means something.
type Sent uint8

// The fields.
const (
	SentTime Sent = 1 << iota
	SentAge
	SentInteractive
	SentEngaged
	SentScroll
	SentValue
)

// Has says whether the field was sent.
func (in *Input) Has(field Sent) bool { return in.Sent&field != 0 }

// Reset makes in empty, keeping the memory of its properties.
func (in *Input) Reset() { *in = Input{Props: in.Props[:0]} }
