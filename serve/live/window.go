package live

import (
	"math/bits"
	"slices"
	"time"

	"holdfast"
)

// How far back things are told, and how far back they are kept: who came from
// somewhere within the hour still came from there.
const (
	hereFor    = 5 * 60 // seconds
	seenFor    = 30 * 60
	keptFor    = 60 * 60
	viewsFor   = 60
	minutesFor = 30 // minutes
	keptTime   = keptFor * time.Second
)

// maxPages is how many pages a visitor is followed on: the last ones.
const maxPages = 8

// topNames is how many sources and pages are told.
const topNames = 10

// second is a moment as seconds since 1970. It lasts until 2106.
type second uint32

func secondOf(t holdfast.Millis) second { return second(max(t, 0) / 1000) }

// window is what is known of the last hour of a site. It is the same in
// whichever order events come, so that it can be begun from what is kept while
// new ones come in. Its memory is bounded: by following, if there are too many
// visitors, only every second, fourth … of them, and by a bound on names.
type window struct {
	after holdfast.Seq // what it was begun from had all records up to this

	visitors []visitor
	at       map[holdfast.VisitorID]int32
	halved   uint // one of 2^halved visitors is followed
	names    names

	perSecond, perMinute tally // of views

	counts []seen // scratch, by name
}

// visitor is one who is followed.
type visitor struct {
	id       holdfast.VisitorID
	last     second
	source   name // the latest that is known
	sourceAt second
	pages    [maxPages]page // the latest; those not used have at 0
}

type page struct {
	name name
	at   second
}

// seen is of how many visitors a name was seen, and a bit for each network.
type seen struct {
	visitors int32
	networks uint16
}

func (s *seen) of(v *visitor) {
	s.visitors++
	s.networks |= 1 << v.id.Network()
}

func newWindow(after holdfast.Seq) *window {
	return &window{after: after, at: make(map[holdfast.VisitorID]int32), names: newNames()}
}

// add takes in an event. It happened when its sender says, and no later than
// it came.
func (w *window) add(e *holdfast.Event, now second) {
	at := min(secondOf(min(e.Time, e.Received)), now)
	if e.Flag != holdfast.Counted || at+keptFor <= now {
		return
	}
	if e.Name == holdfast.Pageview {
		w.perSecond.add(at, now, viewsFor)
		w.perMinute.add(at/60, now/60, minutesFor)
	}
	v := w.visitor(e.Visitor)
	if v == nil {
		return
	}
	v.last = max(v.last, at)
	if e.Source != "" {
		w.addSource(v, e.Source, at)
	}
	if e.Name == holdfast.Pageview {
		v.addPage(w.names.of(e.Path), at)
	}
}

// visitor returns the visitor with this id, or nil if it is not followed.
func (w *window) visitor(id holdfast.VisitorID) *visitor {
	if id == 0 || !w.follows(id) {
		return nil
	}
	i, ok := w.at[id]
	if !ok {
		i = int32(len(w.visitors))
		w.visitors, w.at[id] = append(w.visitors, visitor{id: id}), i
	}
	return &w.visitors[i]
}

// follows says whether a visitor is of those that are followed.
func (w *window) follows(id holdfast.VisitorID) bool {
	const mix = 0x9e3779b97f4a7c15 // 2⁶⁴ ÷ the golden ratio: ordinals are not random
	return uint64(id)*mix>>(64-w.halved) == 0
}

func (w *window) addSource(v *visitor, text string, at second) {
	if at < v.sourceAt || at == v.sourceAt && text >= w.names.text(v.source) && v.source != 0 {
		return // of two in one second the first by name, whichever came first
	}
	v.source, v.sourceAt = w.names.of(text), at
}

func (v *visitor) addPage(n name, at second) {
	oldest := 0
	for i := range v.pages {
		p := &v.pages[i]
		if p.at > 0 && p.name == n {
			p.at = max(p.at, at)
			return
		}
		if p.at < v.pages[oldest].at {
			oldest = i
		}
	}
	if v.pages[oldest].at < at {
		v.pages[oldest] = page{n, at}
	}
}

// thin follows half as many visitors from now on.
func (w *window) thin() {
	w.halved++
	w.keep(func(v *visitor) bool { return w.follows(v.id) })
}

// forget drops visitors of whom nothing is told any more.
func (w *window) forget(now second) {
	w.keep(func(v *visitor) bool { return v.last+keptFor > now })
}

func (w *window) keep(wanted func(*visitor) bool) {
	for i := 0; i < len(w.visitors); {
		if wanted(&w.visitors[i]) {
			i++
			continue
		}
		delete(w.at, w.visitors[i].id)
		last := len(w.visitors) - 1
		if w.visitors[i] = w.visitors[last]; i < last {
			w.at[w.visitors[i].id] = int32(i)
		}
		w.visitors = w.visitors[:last]
	}
	if cap(w.visitors) > 64 && len(w.visitors) < cap(w.visitors)/4 {
		w.visitors = slices.Clone(w.visitors)
	}
}

// tidy drops names that no visitor has any more, if there is no room for more.
func (w *window) tidy(now second) {
	if !w.names.full() {
		return
	}
	fresh := newNames()
	for i := range w.visitors {
		v := &w.visitors[i]
		v.source = fresh.of(w.names.text(v.source))
		for j := range v.pages {
			p := &v.pages[j]
			if p.at+seenFor <= now {
				*p = page{}
			} else {
				p.name = fresh.of(w.names.text(p.name))
			}
		}
	}
	w.names = fresh
}

// tell writes what is known into s.
func (w *window) tell(s *holdfast.Second, now second) {
	s.Estimated = w.halved > 0
	s.PerSecond = w.perSecond.last(now, viewsFor)
	for _, n := range s.PerSecond {
		s.Views += n
	}
	s.PerMinute = w.perMinute.last(now/60, minutesFor)
	for i := range w.visitors {
		if w.visitors[i].last+hereFor > now {
			s.Here += 1 << w.halved
		}
	}
	s.Sources = w.top(func(v *visitor, count []seen) {
		if v.last+seenFor > now {
			count[v.source].of(v)
		}
	})
	s.Pages = w.top(func(v *visitor, count []seen) {
		for i := range v.pages {
			if p := &v.pages[i]; p.at+seenFor > now {
				count[p.name].of(v)
			}
		}
	})
}

// top returns the names that most visitors have.
func (w *window) top(each func(v *visitor, count []seen)) []holdfast.Seen {
	w.counts = slices.Grow(w.counts[:0], w.names.len())[:w.names.len()]
	clear(w.counts)
	for i := range w.visitors {
		each(&w.visitors[i], w.counts)
	}
	least := int32(1)
	if w.halved > 0 {
		least = holdfast.PublicVisitors // fewer stand for nothing
	}
	top := make([]holdfast.Seen, 0, topNames+1)
	for n, seen := range w.counts {
		if seen.visitors < least {
			continue
		}
		s := holdfast.Seen{
			Name: w.names.text(name(n)), Visitors: int64(seen.visitors) << w.halved,
			Networks: int64(bits.OnesCount16(seen.networks)),
		}
		if len(top) == topNames && !before(s, top[topNames-1]) {
			continue
		}
		i, _ := slices.BinarySearchFunc(top, s, func(a, b holdfast.Seen) int {
			if before(a, b) {
				return -1
			}
			return 1
		})
		top = slices.Insert(top, i, s)
		top = top[:min(len(top), topNames)]
	}
	return top
}

// before says whether a is told before b.
func before(a, b holdfast.Seen) bool {
	if a.Visitors != b.Visitors {
		return a.Visitors > b.Visitors
	}
	return a.Name < b.Name
}
