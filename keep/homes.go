package keep

import (
	"holdfast"
	"holdfast/keep/segment"
)

// homes says where the rows of days that are over belong, and how many wait in
// parts to come there. The home of a site day is the site's own file of the
// day, or, under site number 0, the file that small sites share for it.
type homes struct {
	rows    map[siteDayKey]int64  // of the files that are homes
	own     map[holdfast.Day]bool // days of which some site has a file of its own
	waiting map[siteDayKey]wait
	going   map[holdfast.Day]bool // dates that are not over yet, in some zone
}

// wait is rows of one home in parts.
type wait struct {
	rows  int64
	since holdfast.Millis
}

func newHomes(files []*openFile) *homes {
	h := &homes{rows: make(map[siteDayKey]int64), own: make(map[holdfast.Day]bool), waiting: make(map[siteDayKey]wait), going: make(map[holdfast.Day]bool)}
	for _, f := range files {
		switch segmentKind(f) {
		case segment.Day:
			h.rows[siteDayKey{f.Site, f.MinDay}] += f.Rows
			h.own[f.MinDay] = true
		case segment.Shared:
			h.rows[siteDayKey{0, f.MinDay}] += f.Rows
		}
	}
	return h
}

func (h *homes) of(d siteDayKey) siteDayKey {
	if h.own[d.day] {
		if _, has := h.rows[d]; has {
			return d
		}
	}
	return siteDayKey{0, d.day}
}

// addPart enters what waits in a part.
func (h *homes) addPart(f *openFile, now holdfast.Millis) {
	for i, d := range f.days {
		if now < f.part[i].over {
			h.going[d.day] = true
			continue
		}
		home := h.of(d)
		w, others := h.waiting[home]
		if w.rows += f.part[i].rows; !others || f.seen < w.since {
			w.since = f.seen
		}
		h.waiting[home] = w
	}
}

// due says whether what waits is enough, or waits for long enough, to rewrite
// the home. What sites share is written once their day is over in all zones.
func (h *homes) due(home siteDayKey, now holdfast.Millis) bool {
	w, ok := h.waiting[home]
	if !ok || home.site == 0 && h.going[home.day] {
		return false
	}
	return w.rows*lateShare >= h.rows[home] || now.Sub(w.since) >= lateFor
}

// wants says whether a file is a home that is due, or a part with rows for one.
func (h *homes) wants(f *openFile, now holdfast.Millis) bool {
	switch segmentKind(f) {
	case segment.Day:
		return h.due(siteDayKey{f.Site, f.MinDay}, now)
	case segment.Shared:
		return h.due(siteDayKey{0, f.MinDay}, now)
	case segment.Part:
		for i, d := range f.days {
			if now >= f.part[i].over && h.due(h.of(d), now) {
				return true
			}
		}
	}
	return false
}

// homeless returns which site days have no home among files.
func homeless(files []*openFile) func(siteDayKey) bool {
	h, months := newHomes(files), monthsIn(files)
	return func(d siteDayKey) bool {
		_, has := h.rows[h.of(d)]
		return !has && !months[monthOf(d.day)]
	}
}
