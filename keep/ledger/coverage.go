package ledger

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"holdfast"
)

// Coverage says, for each moment from from to to, what the store knows of the
// site. The store is alive now if running is true and it could say so in the log
// lately; its own records of the site begin when that was created.
//
// What the store itself saw goes before what was imported: imports fill times
// in which it was down, and those before its records, and nothing else.
func (l *Ledger) Coverage(site *holdfast.Site, from, to, now holdfast.Millis, running bool) []holdfast.Interval {
	l.mu.RLock()
	defer l.mu.RUnlock()
	c := canvas{from: from, to: to}
	c.paint(from, to, holdfast.Interval{State: holdfast.Down, Witness: "no record in the log"})
	began := holdfast.Millis(math.MaxInt64) // when the site's own collecting did
	for i, up := range l.ups {
		if running && i == len(l.ups)-1 && now.Sub(up.To) <= Silence {
			up.To = max(up.To, now)
		}
		if up.To > max(up.From, site.Created) {
			began = min(began, max(up.From, site.Created))
		}
		c.paint(up.From, up.To, holdfast.Interval{State: holdfast.Complete, Origin: holdfast.Collected, Witness: "beats in the log"})
	}
	// In order of time: then what each splits has few others behind it.
	for _, s := range l.spoiledLocked(site.ID, from, to) {
		begin := holdfast.Millis(s.minute * 60_000)
		c.paintComplete(begin, begin+60_000, holdfast.Interval{
			State: holdfast.Partial, Origin: holdfast.Collected, Events: s.events,
			Witness: fmt.Sprintf("refused: %s", s.reason),
		})
	}
	for _, d := range l.damage {
		c.paint(d.From, d.To, holdfast.Interval{State: holdfast.Unreadable, Origin: holdfast.Collected, Witness: d.What})
	}
	c.paint(from, site.Created, holdfast.Interval{State: holdfast.Before, Witness: "site added " + moment(site.Created, site.Location(site.Created))})
	if im := l.imported[site.ID]; im != nil {
		im.paint(&c, began)
	}
	c.paint(now, to, holdfast.Interval{State: holdfast.Future})
	return c.joined()
}

// spoiledLocked returns the minutes from from to to, ascending, that were
// spoiled for the site: as its own, or when no site was known.
func (l *Ledger) spoiledLocked(site holdfast.SiteID, from, to holdfast.Millis) (list []spoiled) {
	for _, of := range []holdfast.SiteID{site, 0} {
		all := l.spoiled[of]
		lo := sort.Search(len(all), func(i int) bool { return holdfast.Millis(all[i].minute+1)*60_000 > from })
		hi := sort.Search(len(all), func(i int) bool { return holdfast.Millis(all[i].minute)*60_000 >= to })
		list = append(list, all[lo:max(lo, hi)]...)
	}
	slices.SortStableFunc(list, compareSpoiled)
	return list
}

// canvas is a stretch of time that intervals are painted on, later ones over
// earlier ones.
type canvas struct {
	from, to  holdfast.Millis
	intervals []holdfast.Interval // ascending, joining up
}

func (c *canvas) paint(from, to holdfast.Millis, with holdfast.Interval) {
	c.paintOver(from, to, with, func(holdfast.State) bool { return true })
}

// paintComplete paints only where nothing worse is known already.
func (c *canvas) paintComplete(from, to holdfast.Millis, with holdfast.Interval) {
	c.paintOver(from, to, with, func(s holdfast.State) bool { return s == holdfast.Complete || s == with.State })
}

func (c *canvas) paintOver(from, to holdfast.Millis, with holdfast.Interval, over func(holdfast.State) bool) {
	from, to = max(from, c.from), min(to, c.to)
	if from >= to {
		return
	}
	with.From, with.To = from, to
	if len(c.intervals) == 0 {
		c.intervals = []holdfast.Interval{with}
		return
	}
	// Only the intervals that from … to touches change.
	lo, _ := slices.BinarySearchFunc(c.intervals, from, func(iv holdfast.Interval, t holdfast.Millis) int {
		return cmp.Compare(iv.To, t+1)
	})
	hi := lo
	var fresh []holdfast.Interval
	for ; hi < len(c.intervals) && c.intervals[hi].From < to; hi++ {
		iv := c.intervals[hi]
		if !over(iv.State) {
			fresh = append(fresh, iv)
			continue
		}
		if iv.From < from {
			head := iv
			head.To = from
			fresh = append(fresh, head)
		}
		middle := with
		middle.From, middle.To = max(iv.From, from), min(iv.To, to)
		if middle.State == iv.State && middle.From == iv.From && middle.To == iv.To {
			middle.Events += iv.Events
		}
		fresh = append(fresh, middle)
		if iv.To > to {
			tail := iv
			tail.From = to
			fresh = append(fresh, tail)
		}
	}
	c.intervals = slices.Replace(c.intervals, lo, hi, fresh...)
}

// fill paints pieces, which ascend, where with says what each makes of an
// interval.
func (c *canvas) fill(pieces []piece, with func(over *holdfast.Interval, p *piece) (holdfast.Interval, bool)) {
	if len(pieces) == 0 {
		return
	}
	var all []holdfast.Interval
	next := 0
	for _, iv := range c.intervals {
		for next < len(pieces) && pieces[next].to <= iv.From {
			next++
		}
		rest := iv
		for i := next; i < len(pieces) && pieces[i].from < iv.To; i++ {
			filled, ok := with(&iv, &pieces[i])
			if !ok {
				continue
			}
			filled.From, filled.To = max(pieces[i].from, iv.From), min(pieces[i].to, iv.To)
			if head := rest; head.From < filled.From {
				head.To = filled.From
				all = append(all, head)
			}
			all = append(all, filled)
			rest.From = filled.To
		}
		if rest.From < rest.To {
			all = append(all, rest)
		}
	}
	c.intervals = all
}

// joined returns the intervals, equal neighbours as one.
func (c *canvas) joined() []holdfast.Interval {
	var out []holdfast.Interval
	for _, iv := range c.intervals {
		if n := len(out); n > 0 && out[n-1].State == iv.State && out[n-1].Origin == iv.Origin && out[n-1].Witness == iv.Witness {
			out[n-1].To = iv.To
			out[n-1].Events += iv.Events
			continue
		}
		out = append(out, iv)
	}
	return out
}

// moment writes a moment as clocks of a zone show it, with the zone.
func moment(t holdfast.Millis, in *time.Location) string {
	return t.Time().In(in).Format("2006-01-02 15:04 MST")
}
