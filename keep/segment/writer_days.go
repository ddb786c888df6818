package segment

import (
	"fmt"
	"math"
	"slices"

	"holdfast"
	"holdfast/keep/rows"
)

// dayBook keeps the directory while rows are written.
type dayBook struct {
	start func(holdfast.SiteID, holdfast.Day) holdfast.Millis
	days  []SiteDay
	known map[siteDate]bool
	rows  int64
	hour  int                           // being counted
	next  holdfast.Millis               // when it ends
	count map[holdfast.Flag]*rows.Tally // of this hour
	order []holdfast.Flag               // of count
}

type siteDate struct {
	site holdfast.SiteID
	day  holdfast.Day
}

// labels are what the codes of a text column mean.
type labels struct {
	dict  rows.Dict
	codes []uint32
}

// add counts the rows of a group, after those added before.
func (b *dayBook) add(sites, days, times []int64, flags, names labels) error {
	if b.known == nil {
		b.known = map[siteDate]bool{}
		b.count = map[holdfast.Flag]*rows.Tally{}
	}
	pageview := uint32(math.MaxUint32)
	for code, name := range names.dict {
		if name == holdfast.Pageview {
			pageview = uint32(code)
		}
	}
	var tallies []*rows.Tally // by code of the flag; nil until seen in this hour
	clearHour := func() { tallies = make([]*rows.Tally, len(flags.dict)) }
	clearHour()
	// The hour that an earlier group was in goes on.
	for code, flag := range flags.dict {
		tallies[code] = b.count[holdfast.Flag(flag)]
	}
	for i, site := range sites {
		d := b.last()
		t := holdfast.Millis(times[i])
		if d == nil || int64(d.Site) != site || int64(d.Day) != days[i] {
			b.closeHour()
			clearHour()
			key := siteDate{holdfast.SiteID(site), holdfast.Day(days[i])}
			if b.known[key] {
				return fmt.Errorf("rows of site %d, day %s are not in one piece", key.site, key.day)
			}
			b.known[key] = true
			b.days = append(b.days, SiteDay{Site: key.site, Day: key.day, Start: b.start(key.site, key.day),
				First: b.rows + int64(i), Min: t, Max: t})
			d = b.last()
			b.hour = -1
		}
		if t < d.Max {
			return fmt.Errorf("rows of site %d, day %s are not in order of time", d.Site, d.Day)
		}
		d.Max = t
		d.Rows++
		if b.hour < 0 || t >= b.next {
			b.closeHour()
			clearHour()
			b.hour = int(hourOf(t, d.Start))
			b.next = math.MaxInt64
			if b.hour < math.MaxUint8 {
				b.next = d.Start + holdfast.Millis(b.hour+1)*3_600_000
			}
		}
		flag := flags.codes[i]
		tally := tallies[flag]
		if tally == nil {
			name := holdfast.Flag(flags.dict[flag])
			tally = &rows.Tally{Hour: uint8(b.hour), Flag: name}
			tallies[flag], b.count[name] = tally, tally
			b.order = append(b.order, name)
		}
		tally.Events++
		if names.codes[i] == pageview {
			tally.Views++
		}
	}
	b.rows += int64(len(sites))
	return nil
}

func (b *dayBook) last() *SiteDay {
	if len(b.days) == 0 {
		return nil
	}
	return &b.days[len(b.days)-1]
}

// closeHour adds the hour's tallies to the last site day.
func (b *dayBook) closeHour() {
	slices.Sort(b.order)
	for _, flag := range b.order {
		d := b.last()
		d.Tallies = append(d.Tallies, *b.count[flag])
		delete(b.count, flag)
	}
	b.order = b.order[:0]
}

// finish returns all site days in the order of the file.
func (b *dayBook) finish() []SiteDay {
	b.closeHour()
	return b.days
}
