package holdfast

import (
	"fmt"
	"math"
	"regexp"
	"sort"
	"strings"
	"time"
)

// Site is what the catalog knows of a site.
type Site struct {
	ID      SiteID
	Name    string // its host, lower case: shop.example.com
	Public  bool   // its owner lets the public see its public page
	Created Millis
	Zones   []ZoneSpan // ascending; never empty
	Hosts   []string   // other hosts whose events are its own; "*" for any

	calendar []span // Zones, loaded
}

// ZoneSpan says in which zone a site's days are counted from a moment on.
type ZoneSpan struct {
	From Millis // a midnight of the zone before; math.MinInt64 in the first
	Zone string // IANA name
}

type span struct {
	from  Millis
	first Day // the first day that begins or goes on in this zone
	loc   *time.Location
}

var hostname = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$`)

// CheckSiteName says what is wrong with name as the name of a site: it must be
// a host name of at most 253 bytes, lower case, without port and final dot.
func CheckSiteName(name string) error {
	switch {
	case name == "":
		return &FieldError{"site", "is required"}
	case len(name) > 253:
		return &FieldError{"site", "longer than 253 bytes"}
	case !hostname.MatchString(name):
		return &FieldError{"site", fmt.Sprintf("%q is not a host name in lower case, like shop.example.com", name)}
	}
	return nil
}

// NewSite returns a site whose days are those of zone.
func NewSite(id SiteID, name, zone string, created Millis) (*Site, error) {
	s := &Site{ID: id, Name: name, Created: created, Zones: []ZoneSpan{{From: math.MinInt64, Zone: zone}}}
	if err := CheckSiteName(name); err != nil {
		return nil, err
	}
	return s, s.Load()
}

// Load makes the site's calendar from Zones. It must be called once whenever
// Zones were set; all other methods may then be called by many goroutines.
func (s *Site) Load() error { return s.LoadFrom(new(Zones)) }

// LoadFrom is Load with zones that other sites may be in as well.
func (s *Site) LoadFrom(zones *Zones) error {
	calendar := make([]span, 0, len(s.Zones))
	for i, z := range s.Zones {
		loc, err := zones.Load(z.Zone)
		if err != nil {
			return fmt.Errorf("site %s: %w", s.Name, err)
		}
		sp := span{from: z.From, first: math.MinInt32, loc: loc}
		if i > 0 {
			prev := calendar[i-1]
			sp.first = max(localDay(int64(z.From)-1, prev.loc), prev.first) + 1
			for sp.first.next().Midnight(loc) <= z.From {
				sp.first++ // the new zone is so far ahead that the date is over there
			}
		}
		calendar = append(calendar, sp)
	}
	s.calendar = calendar
	return nil
}

func (d Day) next() Day { return d + 1 }

// LoadZone returns the zone with this IANA name.
func LoadZone(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || strings.EqualFold(name, "local") {
		return nil, &FieldError{"zone", fmt.Sprintf("%q is not a time zone; names look like Europe/Berlin or UTC", name)}
	}
	return loc, nil
}

// Zones are zones that were loaded, so that thousands of sites share a few. The
// zero value has none.
type Zones struct{ byName map[string]*time.Location }

// Load returns the zone with this IANA name.
func (z *Zones) Load(name string) (*time.Location, error) {
	if loc := z.byName[name]; loc != nil {
		return loc, nil
	}
	loc, err := LoadZone(name)
	if err != nil {
		return nil, err
	}
	if z.byName == nil {
		z.byName = make(map[string]*time.Location)
	}
	z.byName[name] = loc
	return loc, nil
}

// Zone returns the name of the zone the site is in at t.
func (s *Site) Zone(t Millis) string { return s.Zones[s.spanAt(t)].Zone }

// Location returns the zone the site is in at t.
func (s *Site) Location(t Millis) *time.Location { return s.calendar[s.spanAt(t)].loc }

// Day returns the site day that t falls in.
func (s *Site) Day(t Millis) Day {
	sp := &s.calendar[s.spanAt(t)]
	d := max(localDay(int64(t), sp.loc), sp.first)
	// A clock that goes back over midnight shows a date twice; the day is the
	// one whose bounds t lies in.
	for t < s.start(d) {
		d--
	}
	for t >= s.start(d+1) {
		d++
	}
	return d
}

// Bounds returns the first moment of d and the first after it. It is empty
// for a date that the site never had.
func (s *Site) Bounds(d Day) (from, to Millis) { return s.start(d), s.start(d + 1) }

// start returns the moment from which on the site's day is d or later.
func (s *Site) start(d Day) Millis {
	// The last span in which d, or a later day, may begin.
	i := sort.Search(len(s.calendar), func(i int) bool { return s.calendar[i].first > d }) - 1
	i = max(i, 0)
	sp := &s.calendar[i]
	t := sp.from
	if d > sp.first || i == 0 {
		t = max(t, d.Midnight(sp.loc))
	}
	if i+1 < len(s.calendar) {
		t = min(t, s.calendar[i+1].from)
	}
	return t
}

func (s *Site) spanAt(t Millis) int {
	i := len(s.Zones) - 1
	for i > 0 && t < s.Zones[i].From {
		i--
	}
	return i
}

// Rezone returns the zones after a change to zone that is made at now: it
// applies from the site's next midnight.
func (s *Site) Rezone(zone string, now Millis) ([]ZoneSpan, error) {
	if _, err := LoadZone(zone); err != nil {
		return nil, err
	}
	_, next := s.Bounds(s.Day(now))
	zones := append([]ZoneSpan(nil), s.Zones...)
	if last := &zones[len(zones)-1]; last.From >= next {
		last.Zone = zone // a second change before the first applied
	} else if last.Zone != zone {
		zones = append(zones, ZoneSpan{From: next, Zone: zone})
	}
	return zones, nil
}
