package holdfast

import "fmt"

// SiteID is the number under which a site's events are kept. Numbers are never
// used twice within a store; names are only in the catalog.
type SiteID uint32

// VisitorID tells the visitors of one site day apart. It is one of four:
//
//	0                      nobody: the event has no visitor
//	16 … 2³²-1             an ordinal: the day's salt is dead, and the hash
//	                       was replaced by a number given by first appearance
//	bit 62 set, bit 61 not a hash under the day's salt, or a random number for
//	                       an event whose day's salt was dead when it came
//	bits 62 and 61 set     a hash of an id the site declares: the same visitor
//	                       on every day
//
// It is never negative, so that it is the same number in a Parquet INT64. Its
// lowest four bits are the visitor's Network.
type VisitorID int64

const (
	visitorHashed   VisitorID = 1 << 62
	visitorDeclared VisitorID = 1<<62 | 1<<61
	visitorKinds              = visitorDeclared
)

// HashedVisitor returns the visitor of one site day with this hash.
func HashedVisitor(hash uint64) VisitorID {
	return VisitorID(hash)&^visitorKinds&^(-1<<63) | visitorHashed
}

// DeclaredVisitor returns the visitor whom the site names, by the hash of the
// name.
func DeclaredVisitor(hash uint64) VisitorID {
	return VisitorID(hash)&^visitorKinds&^(-1<<63) | visitorDeclared
}

// Networks is how many networks visitors can be told to be in.
const Networks = 16

// Network is a keyed hash, of 0 to 15, of the network that the visitor was in:
// its address up to the /24, of IPv6 the /48. Two visitors of one site day with
// different ones were in different networks; two with the same may have been.
// It outlives the day's salt, and is too short to tell anybody by. Of a visitor
// whom the site names it is as random as the rest of the hash.
func (v VisitorID) Network() int { return int(v & (Networks - 1)) }

// In returns the visitor with a Network of this hash.
func (v VisitorID) In(network uint64) VisitorID {
	return v&^(Networks-1) | VisitorID(network&(Networks-1))
}

// Declared says that the visitor was named by the site, and so is the same on
// every day.
func (v VisitorID) Declared() bool { return v&visitorKinds == visitorDeclared }

// Hashed says that the visitor is known by a hash that must not outlive the
// day's salt.
func (v VisitorID) Hashed() bool { return v&visitorKinds == visitorHashed }

// VisitID is the keyed hash of a visit id that the site declared, or 0. Visits
// that nobody declared have no id: they follow from the events of a day.
type VisitID int64

// EventID is the keyed hash, over site and id, of an id the client gave, or 0.
// Two events with one EventID are one event.
type EventID uint64

// Event is one thing that happened on a site, as it is kept.
//
// Everything a site may send is here already validated, and everything about
// the visitor already reduced: no address ever gets this far.
type Event struct {
	Site     SiteID
	Day      Day    // the site day that Time falls in, decided when collected
	Time     Millis // when it happened
	Received Millis // when it reached this store, or the one it was imported from

	Name     string // pageview, engagement, or custom
	Host     string // without port, lower case, without "www."
	Path     string // begins with "/"; no query
	Title    string
	Referrer string // URL without fragment
	Source   string // what the referrer, click id or utm_source is called: Google
	Channel  string // how visitors of that kind come: Organic Search

	UTM   UTM
	Click string // kind of click id found in the URL: gclid, fbclid …; never its value

	Country   string    // ISO 3166-1 alpha-2
	CountryBy CountryBy // who says so; "" if there is none, or it was kept before this was
	Region    string    // ISO 3166-2
	City      string
	Language  string // BCP 47, lower case: en, en-us

	Screen    string // class of width: phone, tablet, laptop, desktop
	Device    string // phone, tablet, desktop, tv, console …
	Browser   string
	OS        string
	UserAgent string // kept, so that rules can be judged again

	Visitor     VisitorID
	Visit       VisitID // 0: folded from the day's events
	Interactive bool    // a custom event that is something the visitor did
	Engaged     int32   // ms the page was looked at; engagement events only
	Scroll      int8    // per cent of the page seen, or NoScroll

	Props    []Prop // by key, no key twice
	Value    int64  // minor units of Currency
	Currency string // ISO 4217, or "" when the event has no value

	ID     EventID
	Door   Door
	Origin Origin
	Flag   Flag
}

// UTM is the campaign an event's URL names.
type UTM struct{ Source, Medium, Campaign, Term, Content string }

// NoScroll is the Scroll of an event that does not say how far was scrolled.
const NoScroll int8 = -1

// Names of events with a meaning of their own. All others are custom.
const (
	Pageview   = "pageview"
	Engagement = "engagement"
)

// Bounds of what an event may hold. Doors refuse what is longer, or cut it
// where this says so.
const (
	MaxName      = 120  // bytes
	MaxURL       = 2000 // bytes; referrers are cut to it
	MaxTitle     = 500  // bytes; cut
	MaxShort     = 100  // bytes of each utm field, language, city and the like; cut
	MaxUserAgent = 500  // bytes; cut
	MaxID        = 64   // bytes of a client's id
	MaxProps     = 30   // per event
	MaxPropKey   = 300  // bytes
	MaxPropValue = 2000 // bytes
)

// Door names the way an event came in.
type Door string

// The doors.
const (
	DoorBeacon Door = "beacon" // browsers
	DoorAPI    Door = "api"    // POST /api/v1/events
	DoorLog    Door = "log"    // access logs
	DoorInflux Door = "influx" // line protocol
	DoorImport Door = "import" // another system's history
)

// Origin says how we know of an event.
type Origin string

// The origins.
const (
	Collected     Origin = "collected"     // this store saw it happen
	Imported      Origin = "imported"      // another system's record of it
	Reconstructed Origin = "reconstructed" // filled in afterwards, from a log
)

// CountryBy names who says which country an event is from.
type CountryBy string

// Who may say it. What a time zone says is an estimate.
const (
	CountryBySender CountryBy = "sender" // the program that sent the event
	CountryByProxy  CountryBy = "proxy"  // a trusted proxy, in a header
	CountryByFile   CountryBy = "file"   // a file of places, of the client's address
	CountryByZone   CountryBy = "zone"   // the time zone that the browser is in
)

// Flag says why a stored event is not counted. The zero Flag is counted.
type Flag string

// The flags. Nothing is thrown away for having one.
const (
	Counted         Flag = ""
	FlagBot         Flag = "bot"
	FlagHeadless    Flag = "bot:headless"
	FlagDatacentre  Flag = "bot:datacentre"
	FlagSpam        Flag = "spam"
	FlagExcludedIP  Flag = "excluded:ip"
	FlagPrefetch    Flag = "prefetch"
	FlagForeignHost Flag = "foreign-host"
)

// Flags returns all flags, Counted first.
func Flags() []Flag {
	return []Flag{Counted, FlagBot, FlagHeadless, FlagDatacentre, FlagSpam, FlagExcludedIP, FlagPrefetch, FlagForeignHost}
}

// PropKind is the type of a property's value.
type PropKind uint8

// The kinds of property.
const (
	PropString PropKind = iota + 1
	PropInt
	PropFloat
	PropBool
)

// String returns the kind's name.
func (k PropKind) String() string {
	switch k {
	case PropString:
		return "string"
	case PropInt:
		return "int"
	case PropFloat:
		return "float"
	case PropBool:
		return "bool"
	}
	return fmt.Sprintf("PropKind(%d)", uint8(k))
}

// Prop is a property of an event: a key and a typed value. Only the field of
// its Kind is set.
type Prop struct {
	Key   string
	Kind  PropKind
	Str   string
	Int   int64
	Float float64 // finite
	Bool  bool
}
