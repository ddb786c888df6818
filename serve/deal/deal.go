// Package deal is deals as programs and people write and see them, and the
// statistics of one: what its site's visitors did in its window of time.
//
// The statistics are asked for as one batch of questions, so that all numbers
// of a deal are of one moment, with the coverage of the window beside them.
// They are for the site's owner: names of sources are there however few
// visitors came from them, and whoever shows them to the public leaves out
// what the public must not see.
package deal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"holdfast"
)

// Written is a deal as it is written: its times are text, as Moment reads it.
type Written struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Starts string   `json:"starts"`
	Ends   string   `json:"ends,omitempty"` // "": when the next one starts
	Paths  []string `json:"paths,omitempty"`
	Goal   string   `json:"goal,omitempty"`
	Link   string   `json:"link,omitempty"`
}

// Read returns the deal that is written, which is good. Errors are
// *holdfast.FieldError.
func (w *Written) Read(site *holdfast.Site) (holdfast.Deal, error) {
	d := holdfast.Deal{ID: w.ID}
	c := Change{Title: &w.Title, Starts: &w.Starts, Ends: &w.Ends, Paths: &w.Paths, Goal: &w.Goal, Link: &w.Link}
	return d, c.Apply(site, &d)
}

// Change is what of a deal is to be changed; nil stays as it is.
type Change struct {
	Title  *string   `json:"title,omitempty"`
	Starts *string   `json:"starts,omitempty"`
	Ends   *string   `json:"ends,omitempty"` // of "": when the next one starts
	Paths  *[]string `json:"paths,omitempty"`
	Goal   *string   `json:"goal,omitempty"`
	Link   *string   `json:"link,omitempty"`
}

// Apply changes d, which is good then. Errors are *holdfast.FieldError.
func (c *Change) Apply(site *holdfast.Site, d *holdfast.Deal) (err error) {
	set(&d.Title, c.Title)
	set(&d.Goal, c.Goal)
	set(&d.Link, c.Link)
	set(&d.Paths, c.Paths)
	if len(d.Paths) == 0 {
		d.Paths = nil
	}
	if c.Starts != nil {
		if d.Starts, err = Moment("starts", *c.Starts, site, 0); err != nil {
			return err
		}
	}
	if c.Ends != nil {
		d.Ends = 0
		if *c.Ends != "" {
			if d.Ends, err = Moment("ends", *c.Ends, site, 1); err != nil {
				return err
			}
		}
	}
	return d.Check()
}

// Differences returns the fields in which two deals differ.
func Differences(a, b *holdfast.Deal) (fields []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"title", a.Title == b.Title}, {"starts", a.Starts == b.Starts}, {"ends", a.Ends == b.Ends},
		{"paths", slices.Equal(a.Paths, b.Paths)}, {"goal", a.Goal == b.Goal}, {"link", a.Link == b.Link},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Shown is a deal as it is shown.
type Shown struct {
	ID     string           `json:"id"`
	Title  string           `json:"title"`
	Starts holdfast.Millis  `json:"starts"`
	Ends   *holdfast.Millis `json:"ends"` // nil: when the next one starts
	Paths  []string         `json:"paths"`
	Goal   string           `json:"goal"`
	Link   string           `json:"link"`

	Window    holdfast.Window `json:"window"`
	Previous  string          `json:"previous,omitempty"`
	Following string          `json:"following,omitempty"`
}

// Of returns d as it is shown at now.
func Of(d *holdfast.ScheduledDeal, now holdfast.Millis) Shown {
	s := Shown{
		ID: d.ID, Title: d.Title, Starts: d.Starts, Paths: d.Paths, Goal: d.Goal, Link: d.Link,
		Window: d.Window(now), Previous: d.Previous, Following: d.Following,
	}
	if d.Ends != 0 {
		s.Ends = &d.Ends
	}
	if s.Paths == nil {
		s.Paths = []string{}
	}
	return s
}

// Page is some deals of a site, the latest first.
type Page struct {
	Deals []Shown `json:"deals"`
	Total int     `json:"total"`          // deals of the site
	Next  string  `json:"next,omitempty"` // place before which the next page begins; "": this is the last
}

// Bounds on the deals of a page.
const (
	DefaultPage = 100
	MaxPage     = 1000
)

// Store is where the deals of sites are.
type Store interface {
	Deal(site holdfast.SiteID, id string) (holdfast.ScheduledDeal, bool)
	// DealsBefore returns those of a site's deals that come before a place in
	// their order, the nearest first, and at most limit; nil is the end.
	DealsBefore(site holdfast.SiteID, place *holdfast.Deal, limit int) []holdfast.ScheduledDeal
	NumDeals(site holdfast.SiteID) int
}

// PageOf returns the page of a site's deals that begins before a place that
// another page named, or with the latest deal. A limit of 0 is DefaultPage.
func PageOf(s Store, site *holdfast.Site, before string, limit int, now holdfast.Millis) (Page, error) {
	if limit == 0 {
		limit = DefaultPage
	}
	if limit < 0 || limit > MaxPage {
		return Page{}, &holdfast.FieldError{Field: "limit", Reason: fmt.Sprintf("is not a whole number from 1 to %d", MaxPage)}
	}
	var place *holdfast.Deal
	if before != "" {
		starts, id, ok := strings.Cut(before, ":")
		ms, err := strconv.ParseInt(starts, 10, 64)
		if !ok || err != nil {
			return Page{}, &holdfast.FieldError{Field: "before", Reason: "is no place that a page named as its next"}
		}
		place = &holdfast.Deal{Starts: holdfast.Millis(ms), ID: id}
	}
	found := s.DealsBefore(site.ID, place, limit+1)
	p := Page{Deals: []Shown{}, Total: s.NumDeals(site.ID)}
	if len(found) > limit {
		found = found[:limit]
		p.Next = fmt.Sprintf("%d:%s", found[limit-1].Starts, found[limit-1].ID)
	}
	for i := range found {
		p.Deals = append(p.Deals, Of(&found[i], now))
	}
	return p, nil
}

// Find returns a site's deal, or holdfast.ErrNoDeal.
func Find(s Store, site *holdfast.Site, id string) (holdfast.ScheduledDeal, error) {
	d, ok := s.Deal(site.ID, id)
	if !ok {
		return d, fmt.Errorf("deal %.64q of %s: %w", id, site.Name, holdfast.ErrNoDeal)
	}
	return d, nil
}
