package deal

import (
	"fmt"
	"time"

	"holdfast"
)

// layouts are how moments are written on the clock of the site.
var layouts = []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05"}

// Moment reads a moment: as RFC 3339, with an offset of its own; in the site's
// zone, as 2026-07-31 18:30; or a day, of which it is the start of the one that
// many days later. Errors are *holdfast.FieldError of the field given.
func Moment(field, text string, site *holdfast.Site, later holdfast.Day) (holdfast.Millis, error) {
	if text == "" {
		return 0, &holdfast.FieldError{Field: field, Reason: "is required"}
	}
	if d, err := holdfast.ParseDay(text); err == nil {
		from, _ := site.Bounds(d + later)
		return from, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return holdfast.MillisOf(t), nil
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			return local(field, text, t, site)
		}
	}
	return 0, &holdfast.FieldError{Field: field, Reason: fmt.Sprintf(
		"%.60q is neither a day like 2026-07-31, nor 2026-07-31 18:30 in the site's zone, nor 2026-07-31T18:30:00+02:00", text)}
}

// local returns when the site's clock shows t, which must be once.
func local(field, text string, t time.Time, site *holdfast.Site) (holdfast.Millis, error) {
	day := holdfast.DayOf(t.Date())
	var found []holdfast.Millis
	// The offset of a zone changes within a day at most once or twice.
	for _, at := range []holdfast.Millis{holdfast.MillisOf(t) - 86400_000, holdfast.MillisOf(t), holdfast.MillisOf(t) + 86400_000} {
		_, offset := at.Time().In(site.Location(at)).Zone()
		m := holdfast.MillisOf(t) - holdfast.Millis(offset)*1000
		here := m.Time().In(site.Location(m))
		if here.Format(layouts[3]) == t.Format(layouts[3]) && (len(found) == 0 || found[0] != m) {
			found = append(found, m)
		}
	}
	reason := ""
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		reason = "the clocks skip it"
	default:
		reason = "the clocks show it twice"
	}
	return 0, &holdfast.FieldError{Field: field, Reason: fmt.Sprintf("%q: %s on %s; write it with its offset, like 2026-07-31T18:30:00+02:00", text, reason, day)}
}
