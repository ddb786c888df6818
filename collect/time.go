package collect

import (
	"fmt"
	"time"

	"holdfast"
)

// How far back and ahead events may be dated.
const (
	maxAge     = 48 * time.Hour     // at public doors; what is older is dated when it is received
	maxCollect = 7 * 24 * time.Hour // with a key of scope collect
	maxAhead   = 10 * time.Minute   // for clocks that are fast
)

// firstImport is from when on events may be imported: 1990-01-01, before there
// was a web.
const firstImport holdfast.Millis = 631_152_000_000

// rule is what a sender may do on a site.
type rule struct {
	allowed bool
	public  bool // no key: an age is believed within bounds, a time is not
	imports bool // dates from firstImport on; no budget of strings
	only    bool // the key is for nothing but importing
}

func (t Terms) ruleFor(site holdfast.SiteID) rule {
	if t.Key == nil {
		return rule{allowed: true, public: true}
	}
	imports := t.Key.May(holdfast.ScopeImport, site)
	collects := t.Key.May(holdfast.ScopeCollect, site)
	return rule{allowed: imports || collects, imports: imports, only: imports && !collects}
}

// date returns when the event of in happened, by the rule.
func (r rule) date(in *Input, now holdfast.Millis) (holdfast.Millis, *refusal) {
	switch {
	case r.public:
		if in.Has(SentAge) && in.Age >= 0 && in.Age <= maxAge.Milliseconds() {
			return now - holdfast.Millis(in.Age), nil
		}
		return now, nil
	case in.Has(SentTime) && in.Has(SentAge):
		return 0, malformed("age", "cannot be given together with time")
	case in.Has(SentTime):
		return in.Time, r.check("time", in.Time, now)
	case in.Has(SentAge):
		if in.Age < 0 {
			return 0, malformed("age", "is negative")
		}
		if in.Age > int64(now) {
			return 0, r.check("age", firstImport-1, now)
		}
		t := now - holdfast.Millis(in.Age)
		return t, r.check("age", t, now)
	}
	return now, nil
}

func (r rule) check(field string, t, now holdfast.Millis) *refusal {
	switch {
	case t > now.Add(maxAhead):
		return refuse(holdfast.RefusedTime, field, "is more than 10 minutes ahead")
	case t < firstImport:
		return refuse(holdfast.RefusedTime, field, "is before 1990-01-01")
	case !r.imports && t < now.Add(-maxCollect):
		return refuse(holdfast.RefusedTime, field, "is more than 7 days back, for which a key of scope import is needed")
	}
	return nil
}

// origin says how we know of an event that happened at t.
func (r rule) origin(t, now holdfast.Millis) holdfast.Origin {
	if r.only || t < now.Add(-maxCollect) {
		return holdfast.Imported
	}
	return holdfast.Collected
}

// ParseTime reads a moment written in RFC 3339.
func ParseTime(s string) (holdfast.Millis, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, &holdfast.FieldError{Field: "time", Reason: fmt.Sprintf("%q is neither RFC 3339, like 2026-07-31T18:30:00Z, nor milliseconds since 1970", cut(s, 40))}
	}
	return holdfast.MillisOf(t), nil
}
