// Package control lets the command line talk to a running server on the same
// machine: HTTP over a socket that only the server's user and root may use.
//
// Backend is what the verbs need. A Client is one, of a server that runs;
// where none runs, whoever opened the store is one. So a verb does not know
// which it talks to.
package control

import (
	"context"
	"net/url"

	"holdfast"
)

// Backend does what the verbs of the command line ask for. Errors keep their
// class, field and hint on their way through a socket.
type Backend interface {
	Status(ctx context.Context) (Status, error)

	Sites(ctx context.Context) ([]Site, error)
	AddSite(ctx context.Context, s NewSite) (Site, error)
	SetZone(ctx context.Context, site, zone string) (Site, error)
	SetPublic(ctx context.Context, site string, public bool) (Site, error)
	SetHosts(ctx context.Context, site string, hosts []string) (Site, error)

	Keys(ctx context.Context) ([]Key, error)
	AddKey(ctx context.Context, k NewKey) (MadeKey, error)
	RevokeKey(ctx context.Context, id string) error

	Deals

	Query(ctx context.Context, q Query) (holdfast.Answer, error)
	Receipt(ctx context.Context, receipt string) (holdfast.Fate, error)
	// Audit returns the books of each site, by name; "" has what was refused
	// before its site was known.
	Audit(ctx context.Context) (map[string]holdfast.Account, error)
	// Verify reads everything the store has, which may take long.
	Verify(ctx context.Context) (Report, error)

	// Import keeps page views that happened elsewhere, and then of which time
	// they tell. After an error none of them is known to be kept; those with
	// ids may be sent again.
	Import(ctx context.Context, i Import) (Imported, error)
	// Tail calls fn for each event, or refusal, from now on, until ctx is done
	// or the server stops. It first calls it with nothing, to say that from
	// now on is now.
	Tail(ctx context.Context, t Tail, fn func(Seen) error) error
}

// Status is how a store, and the server that has it open, are doing.
type Status struct {
	StoreStatus
	Server *Server `json:"server"` // nil: none runs
}

// StoreStatus is how a store is doing.
type StoreStatus struct {
	Store    string          `json:"store"`
	Dir      string          `json:"dir"`
	Version  int             `json:"version"`
	Created  holdfast.Millis `json:"created"`
	Sites    int             `json:"sites"`
	AsOf     holdfast.AsOf   `json:"as_of"`
	Rows     int64           `json:"rows"`
	HotRows  int             `json:"hot_rows"`
	Files    int             `json:"files"`
	Bytes    int64           `json:"bytes"`
	LogFiles int             `json:"log_files"`
	LogBytes int64           `json:"log_bytes"`
	SealedTo holdfast.Seq    `json:"sealed_to"`
	Salts    int             `json:"salts"`
	Damage   []string        `json:"damage"`
	// Imported is the time that imports tell of, by site.
	Imported []holdfast.ImportedTime `json:"imported"`
}

// Server is a running server.
type Server struct {
	Process int             `json:"process"`
	Program string          `json:"program"` // its version
	Started holdfast.Millis `json:"started"`
	Address string          `json:"address"` // where it listens
	Tokens  Tokens          `json:"visit_tokens"`
}

// Tokens counts the visit tokens that came with events since the server
// started.
type Tokens struct {
	Used     int64 `json:"used"`      // they named the event's visitor
	OtherDay int64 `json:"other_day"` // of those, the ones of another day than the event
	Expired  int64 `json:"expired"`   // nobody can read them any more
	Bad      int64 `json:"bad"`       // forged, cut off, or another site's
}

// Site is a site, as its owner knows it.
type Site struct {
	ID      holdfast.SiteID `json:"id"`
	Name    string          `json:"name"`
	Zone    string          `json:"zone"`           // now
	Next    string          `json:"next,omitempty"` // from its next midnight on, if that is another
	Public  bool            `json:"public"`
	Created holdfast.Millis `json:"created"`
	Hosts   []string        `json:"hosts"`
}

// SiteOf returns s as its owner knows it at now.
func SiteOf(s *holdfast.Site, now holdfast.Millis) Site {
	site := Site{ID: s.ID, Name: s.Name, Zone: s.Zone(now), Public: s.Public, Created: s.Created, Hosts: s.Hosts}
	if last := s.Zones[len(s.Zones)-1]; last.From > now {
		site.Next = last.Zone
	}
	if site.Hosts == nil {
		site.Hosts = []string{}
	}
	return site
}

// NewSite is a site to be added.
type NewSite struct {
	Name   string `json:"name"`
	Zone   string `json:"zone"`
	Public bool   `json:"public"`
}

// Key is a key, without its token.
type Key struct {
	ID      string           `json:"id"`
	Scopes  []holdfast.Scope `json:"scopes"`
	Sites   []string         `json:"sites"` // none: all
	Label   string           `json:"label"`
	Created holdfast.Millis  `json:"created"`
}

// NewKey is a key to be made.
type NewKey struct {
	Scopes []holdfast.Scope `json:"scopes"`
	Sites  []string         `json:"sites"`
	Label  string           `json:"label"`
}

// MadeKey is a key that was just made, with the token, which nobody can tell
// again.
type MadeKey struct {
	Key
	Token string `json:"token"`
}

// Query is a question about a site in written form: the parameters are those
// of GET /api/v1/sites/{site}/stats.
type Query struct {
	Site       string     `json:"site"`
	Parameters url.Values `json:"parameters"`
}

// Report is what verifying found.
type Report struct {
	Checked  map[string]int64 `json:"checked"`
	Problems []string         `json:"problems"` // none: all is well
}
