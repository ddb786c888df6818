package holdfast

// Reason says why a door refused an event. Refused events are in the books,
// and make their minute partial where they were a site's.
type Reason string

// The reasons.
const (
	RefusedMalformed   Reason = "malformed" // not in the door's format, or a field is wrong
	RefusedTooLarge    Reason = "too large" // a body or field beyond its limit
	RefusedNoSite      Reason = "no such site"
	RefusedForbidden   Reason = "forbidden"   // no key, or not for this
	RefusedHost        Reason = "host"        // sent to a host that is not this server's
	RefusedTime        Reason = "time"        // dated too far back or ahead
	RefusedRate        Reason = "rate"        // too many from one network, or too many bytes for one site
	RefusedUnavailable Reason = "unavailable" // the store could not make it durable
)

// Spoils says whether refusing for this reason leaves a hole in what is known:
// the event may well have been good.
func (r Reason) Spoils() bool { return r == RefusedRate || r == RefusedUnavailable }

// Account is the books of one site over its whole life: what came in, and
// what became of it.
//
//	Received = Counted + ΣFlagged + Duplicate + ΣRefused + ΣErased
type Account struct {
	Received  int64            `json:"received"`
	Counted   int64            `json:"counted"`
	Flagged   map[Flag]int64   `json:"flagged,omitempty"`
	Duplicate int64            `json:"duplicate"`
	Refused   map[Reason]int64 `json:"refused,omitempty"`
	Erased    map[string]int64 `json:"erased,omitempty"`
}

// Difference returns what was received and is in none of the columns; the
// books balance when it is 0.
func (a *Account) Difference() int64 {
	d := a.Received - a.Counted - a.Duplicate
	for _, n := range a.Flagged {
		d -= n
	}
	for _, n := range a.Refused {
		d -= n
	}
	for _, n := range a.Erased {
		d -= n
	}
	return d
}
