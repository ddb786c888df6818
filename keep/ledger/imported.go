package ledger

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"holdfast"
	"holdfast/keep/record"
)

// What is known of imports is two unions of stretches of time, so that neither
// their order nor how often one is repeated makes a difference: when a log was
// written, to within an hour, and of which time it tells, be it that it was
// silent. All else follows from those when coverage is asked for.
//
//	log         ..|||.|..|.|            |.||......|||.......
//	written       [--------]            [--]      [-]         no silence of an hour
//	told          [---------------------------------]         from the first line to the last
//	coverage    before|complete   |partial |complete  |before
//	                              hours without a line
//
// Between two logs that are not far apart it is the same, unless only a part of
// one was taken there: where one was cut nothing is known behind the cut.

// hour is the unit in which a silence of a log counts: its hours, as UTC has
// them, that have no line.
const hour = holdfast.Millis(holdfast.LogSilence / time.Millisecond)

// nextLog is how soon after the end of one log another has to begin for the two
// to be parts of one: those of a site that nobody visits at night are.
const nextLog = 24 * hour

// imported is what imports tell of a site's time.
type imported struct {
	from          []importer // by the number that stretches have
	written, told stretches
	cut           []holdfast.Millis // ascending; no two logs are one across these
}

// importer is what an import was of, and whose.
type importer struct {
	source, by string
	on         holdfast.Day
}

// stretches are ascending and do not overlap.
type stretches []stretch

type stretch struct {
	from, to holdfast.Millis
	by       int // the first to tell of it
}

// with adds what is not yet there of a stretch.
func (l stretches) with(from, to holdfast.Millis, by int) stretches {
	lo := sort.Search(len(l), func(i int) bool { return l[i].to >= from })
	hi, at := lo, from
	var fresh stretches
	put := func(s stretch) {
		if n := len(fresh); n > 0 && fresh[n-1].to == s.from && fresh[n-1].by == s.by {
			fresh[n-1].to = s.to
			return
		}
		fresh = append(fresh, s)
	}
	for ; hi < len(l) && l[hi].from <= to; hi++ {
		if at < l[hi].from {
			put(stretch{at, l[hi].from, by})
		}
		put(l[hi])
		at = max(at, l[hi].to)
	}
	if at < to {
		put(stretch{at, to, by})
	}
	return slices.Replace(l, lo, hi, fresh...)
}

// after returns the first stretch that goes on after t.
func (l stretches) after(t holdfast.Millis) int {
	return sort.Search(len(l), func(i int) bool { return l[i].to > t })
}

// cover says whether all of from to to is in them.
func (l stretches) cover(from, to holdfast.Millis) bool {
	for i := l.after(from); i < len(l) && l[i].from <= from; i++ {
		if from = l[i].to; from >= to {
			return true
		}
	}
	return from >= to
}

// applyImportedLocked enters of which time an import tells.
func (l *Ledger) applyImportedLocked(e *record.Imported) {
	im := l.imported[e.Site]
	if im == nil {
		im = &imported{}
		l.imported[e.Site] = im
	}
	who := importer{e.Source, e.By, e.On}
	by := slices.Index(im.from, who)
	if by < 0 {
		by, im.from = len(im.from), append(im.from, who)
	}
	for _, s := range e.Written {
		im.written = im.written.with(s.From, s.To, by)
	}
	for _, s := range e.Told {
		im.told = im.told.with(s.From, s.To, by)
	}
	for _, at := range e.Cut {
		if i, known := slices.BinarySearch(im.cut, at); !known {
			im.cut = slices.Insert(im.cut, i, at)
		}
	}
}

// Tells says whether all that an import tells of is known already.
func (l *Ledger) Tells(e *record.Imported) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	im := l.imported[e.Site]
	if im == nil {
		return len(e.Written)+len(e.Told) == 0
	}
	for _, s := range e.Written {
		if !im.written.cover(s.From, s.To) {
			return false
		}
	}
	for _, s := range e.Told {
		if !im.told.cover(s.From, s.To) {
			return false
		}
	}
	for _, at := range e.Cut {
		if _, known := slices.BinarySearch(im.cut, at); !known && !im.told.cover(at-1, at+1) {
			return false
		}
	}
	return true
}

// checkpoint returns what applying makes the same of.
func (im *imported) checkpoint(site holdfast.SiteID) []record.Imported {
	list := make([]record.Imported, len(im.from))
	for i, who := range im.from {
		list[i] = record.Imported{Site: site, Source: who.source, By: who.by, On: who.on}
	}
	for _, s := range im.written {
		list[s.by].Written = append(list[s.by].Written, holdfast.Stretch{From: s.from, To: s.to})
	}
	for _, s := range im.told {
		list[s.by].Told = append(list[s.by].Told, holdfast.Stretch{From: s.from, To: s.to})
	}
	if len(list) > 0 {
		list[0].Cut = slices.Clone(im.cut)
	}
	return slices.DeleteFunc(list, func(e record.Imported) bool { return len(e.Written)+len(e.Told)+len(e.Cut) == 0 })
}

// cutWithin says whether only a part of a log was taken at some moment from
// from to to.
func (im *imported) cutWithin(from, to holdfast.Millis) bool {
	i, _ := slices.BinarySearch(im.cut, from)
	return i < len(im.cut) && im.cut[i] <= to
}

// piece is a time that imports tell of.
type piece struct {
	from, to holdfast.Millis
	silent   bool // the log has nothing in all of its hours
	near     bool // it has something less than an hour before or after each moment
	by       int
}

// pieces returns the pieces of the time from from to to, ascending.
func (im *imported) pieces(from, to holdfast.Millis) (list []piece) {
	put := func(p piece) {
		if p.from < p.to && p.from < to && p.to > from {
			list = append(list, p)
		}
	}
	all := im.written
	for i := max(0, all.after(from)-1); i < len(all) && all[i].from < to; i++ {
		s := all[i]
		put(piece{from: s.from, to: s.to, near: true, by: s.by})
		if i+1 == len(all) {
			break
		}
		next := all[i+1].from
		silence := piece{from: hours(s.to + hour - 1), to: hours(next), silent: true, by: s.by}
		t := im.told.after(s.to)
		told := im.told.cover(s.to, next)
		switch {
		case !told && (next-s.to > nextLog || im.cutWithin(s.to, next)):
			continue // nothing tells of it
		case next-s.to < hour:
			put(piece{from: s.to, to: next, near: true, by: s.by})
			continue
		case silence.from >= silence.to:
			put(piece{from: s.to, to: next, by: s.by})
			continue
		case told:
			silence.by = im.told[t].by
		}
		put(piece{from: s.to, to: silence.from, by: s.by})
		put(silence)
		put(piece{from: silence.to, to: next, by: all[i+1].by})
	}
	return list
}

// hours returns t cut to the hour.
func hours(t holdfast.Millis) holdfast.Millis { return t - ((t%hour)+hour)%hour }

// paint paints what imports tell of over the time that nobody else knows of.
// Before the site's own collecting began a log is all there is, and what it has
// is complete. In a hole of that it tells of page views only, so that they are
// at least so many, and only where it was written then.
func (im *imported) paint(c *canvas, began holdfast.Millis) {
	c.fill(im.pieces(c.from, c.to), func(over *holdfast.Interval, p *piece) (holdfast.Interval, bool) {
		who := im.from[p.by].String()
		switch {
		case over.State == holdfast.Down && over.From >= began:
			return holdfast.Interval{State: holdfast.Partial, Origin: holdfast.Reconstructed, Witness: "page views from the " + who}, p.near
		case over.State != holdfast.Down && over.State != holdfast.Before:
			return holdfast.Interval{}, false
		case p.silent:
			return holdfast.Interval{State: holdfast.Partial, Origin: holdfast.Imported, Witness: "no line in the " + who}, true
		}
		return holdfast.Interval{State: holdfast.Complete, Origin: holdfast.Imported, Witness: who}, true
	})
}

// String returns the import in words: access log, imported 2026-07-31 by alice.
func (i importer) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, imported %s", i.source, i.on)
	if i.by != "" {
		b.WriteString(" by " + i.by)
	}
	return b.String()
}

// Since returns when the records of a site begin, and how that is known.
func (l *Ledger) Since(site *holdfast.Site) (holdfast.Millis, holdfast.Origin) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if im := l.imported[site.ID]; im != nil && len(im.written) > 0 && im.written[0].from < site.Created {
		return im.written[0].from, holdfast.Imported
	}
	return site.Created, holdfast.Collected
}

// Imported returns the time of a site that imports tell of; it is not ok if
// there were none.
func (l *Ledger) Imported(site *holdfast.Site) (t holdfast.ImportedTime, ok bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	im := l.imported[site.ID]
	if im == nil || len(im.written) == 0 {
		return t, false
	}
	var sources []string
	for _, who := range im.from {
		if !slices.Contains(sources, who.source) {
			sources = append(sources, who.source)
		}
	}
	slices.Sort(sources)
	last := im.written[len(im.written)-1]
	return holdfast.ImportedTime{
		Site: site.Name, Source: strings.Join(sources, ", "), Stretch: holdfast.Stretch{From: im.written[0].from, To: last.to},
	}, true
}
