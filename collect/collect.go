// Package collect makes events of what doors read: it validates, normalises,
// dates, identifies and classifies them, and hands them to a holdfast.Sink.
//
// A door (collect/events and its like) parses a format into Inputs and adds
// them to a Batch. What is wrong with an Input costs only that Input, is a
// *holdfast.FieldError that names the field, and is in the books. What a Batch
// accepts is durable when Accept returns nil.
//
// The client's address is used for the visitor's hash and then dropped: it is
// in no Event and in no log line.
package collect

import (
	"crypto/rand"
	"hash/maphash"
	"io"
	"net/netip"
	"sync"
	"time"

	"holdfast"
)

// Sites knows the sites that events may be sent to.
type Sites interface {
	Site(name string) (*holdfast.Site, bool)
}

// Salts keeps the random salt of each site day for as long as it may live.
type Salts interface {
	// Salt returns the salt of a site day, and makes it at first use. It is
	// not ok when the day's salt is dead. An error means that a new salt could
	// not be made durable, so that nobody may be hashed with it.
	Salt(site holdfast.SiteID, day holdfast.Day, dayEnds holdfast.Millis) (salt [16]byte, ok bool, err error)
	// Made returns the salt of a site day if one was made. It makes none. It is
	// not alive when it is dead, and not made if there never was one.
	Made(site holdfast.SiteID, day holdfast.Day) (salt [16]byte, alive, made bool)
}

// Hasher hashes the ids that clients and sites give, under keys of the store.
type Hasher interface {
	EventID(site holdfast.SiteID, id string) holdfast.EventID
	Visitor(site holdfast.SiteID, id string) holdfast.VisitorID
	Member(site holdfast.SiteID, id string) holdfast.VisitorID
	Visit(site holdfast.SiteID, id string) holdfast.VisitID
}

// Books are told of every event that is refused. Site 0 means that no site is
// known.
type Books interface {
	Refused(site holdfast.SiteID, reason holdfast.Reason, n int64)
}

// Classifier sets what follows from the rest of an event: Source, Channel,
// Device, Browser, OS and Flag. It is called by many goroutines at once, and
// must not keep e or a string of in.
type Classifier interface {
	Classify(e *holdfast.Event, in Hints)
}

// Hints are what a Classifier needs and an Event does not hold.
type Hints struct {
	Address      netip.Addr // of the visitor's client, if known; it must not be kept
	ReferrerHost string     // lower case, without "www."; "" if there is no referrer
	Tag          string     // utm_source, or else source or ref, of the URL's query
	Internal     bool       // the referrer is a page of the site's own
	TimeZone     string     // the browser's, as it calls it: Europe/Berlin; "" if not known
	Prefetch     bool       // the browser fetched the page before anybody asked for it
}

// Options are what a Collector works with. Only Budget, Now and Rand may be
// left out.
type Options struct {
	Sites      Sites
	Salts      Salts
	Hasher     Hasher
	Books      Books
	Classifier Classifier
	Sink       holdfast.Sink

	// NewStringsPerHour is how many different values each text column of a
	// site may take in an hour; beyond it they count as Many. 0 is no bound.
	// It does not hold for keys of scope import.
	NewStringsPerHour int
	// SiteBytesPerDay is how many bytes of input a site may be sent in a UTC
	// day. 0 is no bound.
	SiteBytesPerDay int64

	Now  func() time.Time
	Rand io.Reader // for the visitors of days whose salt is dead
}

// Collector is the way from Inputs to a Sink. Its methods may be called by
// many goroutines at once.
type Collector struct {
	Options
	Tokens  Tokens
	budget  *budget
	volumes volumes
	batches sync.Pool
}

// New returns a Collector.
func New(o Options) *Collector {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	c := &Collector{Options: o, budget: newBudget(o.NewStringsPerHour), volumes: volumes{perDay: o.SiteBytesPerDay}}
	seed := maphash.MakeSeed()
	c.batches.New = func() any { return newBatch(seed) }
	return c
}
