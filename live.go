package holdfast

import (
	"context"
	"slices"
)

// Watcher tells what happens on a site while it happens.
type Watcher interface {
	// Watch sends what is known of the site at once, and then once a second,
	// until ctx is done or nothing can be told any more; it then closes the
	// channel. Who receives slowly misses Seconds and holds up nobody: the next
	// one received is always the latest. Nobody may change what is received, as
	// all who watch the site share it. A site that is not known is ErrNoSite.
	//
	// It shows all that is known. What the public may see of it is Public's.
	Watch(ctx context.Context, site string) (<-chan Second, error)
}

// Second is what is known of a site's visitors at a moment. Only counted events
// are in it.
type Second struct {
	At   Millis `json:"at"`
	Here int64  `json:"here"` // visitors with an event in the last 5 minutes
	// Views are the page views of the last minute, and PerSecond the same for
	// each of its 60 seconds; the last of them has not ended.
	Views     int64   `json:"views"`
	PerSecond []int64 `json:"per_second"`
	// PerMinute are the page views of the last 30 minutes of the clock, the last
	// of which has not ended.
	PerMinute []int64 `json:"per_minute"`
	// Sources are where the visitors of the last 30 minutes came from, "" for
	// those who came from nowhere that is known, and Pages what they looked at;
	// the most visitors first.
	Sources []Seen `json:"sources"`
	Pages   []Seen `json:"pages"`
	// Estimated says that there are so many visitors that only some of them are
	// followed, and the numbers of visitors are accurate to about one per cent.
	Estimated bool `json:"estimated,omitempty"`

	Coverage Coverage `json:"coverage"` // of the last 30 minutes
	AsOf     AsOf     `json:"as_of"`    // all that was acknowledged until then is in it
}

// Seen is a name, of how many visitors it was seen, and in how many networks
// they are as far as those can be told apart.
type Seen struct {
	Name     string `json:"name"`
	Visitors int64  `json:"visitors"`
	Networks int64  `json:"networks,omitempty"`
}

// PublicVisitors is of how many visitors a name must be seen before the public
// is shown it, and PublicNetworks in how many networks they must be, so that
// nobody writes on a site's page by sending events.
const (
	PublicVisitors = 3
	PublicNetworks = 2
)

// SeenBySeveral says whether the public may see a name that so many visitors of
// one site day had, in so many networks. It must be one day: on the next, the
// same person is another visitor.
func SeenBySeveral(visitors, networks int64) bool {
	return visitors >= PublicVisitors && networks >= PublicNetworks
}

// Public returns what the public may see of s: no name that was not
// SeenBySeveral, not of how many networks, not who says what is not known and of how many events, and
// not where in the log it stands, which tells how much comes in altogether.
func (s Second) Public() Second {
	s.Sources, s.Pages = publicNames(s.Sources), publicNames(s.Pages)
	s.Coverage.Intervals = slices.Clone(s.Coverage.Intervals)
	for i := range s.Coverage.Intervals {
		s.Coverage.Intervals[i].Witness, s.Coverage.Intervals[i].Events = "", 0
	}
	s.AsOf.Seq = 0
	return s
}

func publicNames(all []Seen) []Seen {
	names := make([]Seen, 0, len(all))
	for _, n := range all {
		if n.Name == "" || SeenBySeveral(n.Visitors, n.Networks) {
			n.Networks = 0
			names = append(names, n)
		}
	}
	return names
}
