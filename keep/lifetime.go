package keep

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"holdfast"
	"holdfast/keep/hot"
	"holdfast/keep/salts"
	"holdfast/keep/segment"
)

// siteDayKey names a site day.
type siteDayKey struct {
	site holdfast.SiteID
	day  holdfast.Day
}

// compareDays orders site days as they lie in parts.
func compareDays(a, b siteDayKey) int {
	return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.site, b.site))
}

func sortedDays(days map[siteDayKey]*siteDay) []siteDayKey {
	return slices.SortedFunc(maps.Keys(days), compareDays)
}

func segmentKind(f *openFile) segment.Kind {
	kind, _ := segment.KindNamed(f.Kind)
	return kind
}

// isOver says whether a site day has been over for long enough to leave the
// parts.
func (s *Store) isOver(d siteDayKey, now holdfast.Millis) bool {
	return now >= s.dayEnd(d).Add(settleAfter)
}

func (s *Store) dayEnd(d siteDayKey) holdfast.Millis { return s.dayStart(d.site, d.day+1) }

// readDays reads which site days a file holds, and from when on a part should
// be compacted, once.
func (s *Store) readDays(f *openFile) error {
	f.mu.Lock()
	known := f.days != nil
	f.mu.Unlock()
	if known {
		return nil
	}
	r, err := s.open(f)
	if err != nil {
		return err
	}
	inside := make(map[siteDayKey]int64)
	if err := eachSiteDay(r, func(d *segmentDay) error {
		inside[siteDayKey{d.Site, d.Day}] += d.Rows
		return nil
	}); err != nil {
		return err
	}
	days := slices.AppendSeq(make([]siteDayKey, 0, len(inside)), maps.Keys(inside))
	slices.SortFunc(days, compareDays)
	var part []partDay
	ripe := holdfast.Millis(math.MaxInt64)
	if segmentKind(f) == segment.Part {
		for _, d := range days {
			over := s.dayEnd(d).Add(settleAfter)
			part = append(part, partDay{inside[d], over})
			ripe = min(ripe, over)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.days, f.part, f.ripe = days, part, max(ripe, f.seen.Add(lateAfter))
	return nil
}

// leaveAlone keeps a plan from being made again for files that it would not
// change.
func (s *Store) leaveAlone(files []*openFile) {
	for _, f := range files {
		f.mu.Lock()
		f.ripe, f.settled = math.MaxInt64, true
		f.mu.Unlock()
	}
}

// noteDeaths remembers when salts died, for as long as it matters.
func (s *Store) noteDeaths(days []salts.SiteDay) {
	s.compacting.Lock()
	defer s.compacting.Unlock()
	now := s.now()
	maps.DeleteFunc(s.died, func(_ siteDayKey, at holdfast.Millis) bool { return now.Sub(at) > 2*deadFor })
	for _, d := range days {
		s.died[siteDayKey{d.Site, d.Day}] = now
	}
}

// saltDead says whether a day's salt has been dead for long enough.
func (s *Store) saltDead(d siteDayKey, now holdfast.Millis) bool {
	at, justDied := s.died[d]
	return !s.salts.Alive(d.site, d.day) && (!justDied || now.Sub(at) >= deadFor)
}

// saltsDead says so of all days of a file.
func (s *Store) saltsDead(f *openFile, now holdfast.Millis) bool {
	return !slices.ContainsFunc(f.days, func(d siteDayKey) bool { return !s.saltDead(d, now) })
}

// sharesDay says whether two files, the days of the first of which are known,
// have rows of one site day. One that cannot be read has none.
func (s *Store) sharesDay(a, b *openFile) bool {
	if a.MinDay > b.MaxDay || b.MinDay > a.MaxDay || (a.Site != 0 && b.Site != 0 && a.Site != b.Site) {
		return false
	}
	if s.readDays(b) != nil {
		return false
	}
	for _, d := range a.days {
		if _, has := slices.BinarySearchFunc(b.days, d, compareDays); has {
			return true
		}
	}
	return false
}

// hotHas says whether rows of any of the days are still in memory.
func (s *Store) hotHas(days []siteDayKey) bool {
	s.mu.RLock()
	tables := []*hot.Table{s.active}
	if s.frozen != nil {
		tables = append(tables, s.frozen.table)
	}
	s.mu.RUnlock()
	for _, d := range days {
		for _, t := range tables {
			if t.Has(d.site, d.day) {
				return true
			}
		}
	}
	return false
}
