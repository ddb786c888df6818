package traffic

import (
	"slices"
	"strings"

	"holdfast"
)

// Event returns the hit as an event that was collected through the API,
// classified, and given a visitor, with the same columns that package collect
// would give it, and the region and city besides. Ids are hashed under the
// Config's seed instead of a store's keys, so the numbers are others.
func (g *Generator) Event(h *Hit) holdfast.Event {
	site := &g.c.Sites[h.Site]
	e := holdfast.Event{
		Site: site.ID, Day: g.dayOf(h.Site, h.Time), Time: h.Time, Received: h.Arrival,
		Name: h.Name, Host: strings.TrimPrefix(h.Host, "www."), Path: h.Path, Title: h.Title, Referrer: h.Referrer,
		Country: h.Country, Language: h.language, Screen: h.Screen,
		Device: h.client.device, Browser: h.client.browser, OS: h.client.os, UserAgent: h.UserAgent,
		Interactive: h.Interactive, Engaged: h.Engaged, Scroll: h.Scroll,
		Value: h.Value, Currency: h.Currency,
		Door: holdfast.DoorAPI, Origin: holdfast.Collected, Flag: h.client.flag,
	}
	if len(h.Props) > 0 {
		e.Props = slices.Clone(h.Props)
	}
	if e.Country != "" {
		e.CountryBy = holdfast.CountryBySender
	}
	e.Region, e.City = place(h.Country, h.person)
	h.arrival(&e)
	if h.ID != 0 {
		e.ID = holdfast.EventID(mix(g.c.Seed^uint64(site.ID), h.ID))
	}
	switch {
	case h.Member != "":
		e.Visitor = holdfast.DeclaredVisitor(g.hash(site.ID, "member", h.Member))
	case h.Visitor != "":
		e.Visitor = holdfast.DeclaredVisitor(g.hash(site.ID, "visitor", h.Visitor))
	default:
		salt := mix(g.c.Seed^uint64(site.ID)<<32, uint64(e.Day))
		e.Visitor = holdfast.HashedVisitor(mix(salt, h.who))
	}
	return e
}

// arrival sets where the visitor came from.
func (h *Hit) arrival(e *holdfast.Event) {
	switch from := h.arrived; {
	case from == nil: // from within the site
	case from.source == "":
		if h.Name == holdfast.Pageview {
			e.Channel = from.channel
		}
	default:
		e.Source, e.Channel, e.UTM, e.Click = from.source, from.channel, from.utm, from.click
	}
}

// dayOf returns the site day of t.
func (g *Generator) dayOf(site int, t holdfast.Millis) holdfast.Day {
	gr := g.groupOf[site]
	if gr.dayFrom <= t && t < gr.dayTo {
		return gr.day
	}
	return g.c.Sites[site].Day(t)
}

func (g *Generator) hash(site holdfast.SiteID, kind, id string) uint64 {
	h := g.c.Seed ^ uint64(site)
	for _, s := range [...]string{kind, id} {
		for i := range len(s) {
			h = mix(h, uint64(s[i]))
		}
	}
	return h
}
