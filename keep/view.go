package keep

import (
	"cmp"
	"fmt"
	"slices"

	"holdfast"
	"holdfast/keep/hot"
	"holdfast/keep/rows"
)

// View is the store at one moment. It may be used by many goroutines at once,
// and must be closed.
type View struct {
	store *Store
	files *fileSet
	hot   []*hot.Snapshot
	asOf  holdfast.AsOf
}

// View returns the store as it is now: everything acknowledged is in it.
func (s *Store) View() *View {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.viewLocked()
}

func (s *Store) viewLocked() *View {
	v := &View{store: s, files: s.files.hold(), asOf: holdfast.AsOf{Time: s.now(), Seq: s.applied}}
	if s.frozen != nil {
		v.hot = append(v.hot, s.frozen.table.Snapshot())
	}
	v.hot = append(v.hot, s.active.Snapshot())
	return v
}

// Close lets go of the files of the view.
func (v *View) Close() { v.files.release() }

// AsOf returns the moment that the view is of.
func (v *View) AsOf() holdfast.AsOf { return v.asOf }

// Site returns the site with this name.
func (v *View) Site(name string) (*holdfast.Site, bool) { return v.store.catalog.Site(name) }

// Coverage says what the store knows of the site from from to to.
func (v *View) Coverage(site *holdfast.Site, from, to holdfast.Millis) []holdfast.Interval {
	return v.store.ledger.Coverage(site, from, to, v.asOf.Time, !v.store.o.Aside)
}

// Days returns all site days of the site that have rows from from to to, each
// whole, ascending.
func (v *View) Days(site holdfast.SiteID, from, to holdfast.Millis) ([]rows.SiteDay, error) {
	st, ok := v.store.catalog.SiteByID(site)
	if !ok || from >= to {
		return nil, nil
	}
	// The day of an event was decided when it came. A later change of the
	// world's rules for its zone may have moved it by hours, never by a day.
	first, last := st.Day(from)-1, st.Day(to-1)+1
	days := make(map[holdfast.Day]*rows.SiteDay)
	overlaps := make(map[holdfast.Day]bool)
	add := func(day holdfast.Day, run rows.Run) {
		if days[day] == nil {
			days[day] = &rows.SiteDay{Site: site, Day: day}
		}
		days[day].Runs = append(days[day].Runs, run)
		overlaps[day] = overlaps[day] || (run.Min < to && run.Max >= from)
	}
	for _, f := range v.files.files {
		if (f.Site != 0 && f.Site != site) || f.MinDay > last || f.MaxDay < first {
			continue
		}
		if err := v.fileDays(f, site, first, last, add); err != nil {
			return nil, err
		}
	}
	for _, h := range v.hot {
		for _, r := range h.Days(site, first, last) {
			add(r.Day, r.Run)
		}
	}
	var list []rows.SiteDay
	for day, d := range days {
		if overlaps[day] {
			list = append(list, *d)
		}
	}
	slices.SortFunc(list, func(a, b rows.SiteDay) int { return cmp.Compare(a.Day, b.Day) })
	return list, nil
}

func (v *View) fileDays(f *openFile, site holdfast.SiteID, first, last holdfast.Day, add func(holdfast.Day, rows.Run)) error {
	r, err := v.store.open(f)
	if err != nil {
		return fmt.Errorf("open %s: %w", f.Name, err)
	}
	for day := max(first, f.MinDay); day <= min(last, f.MaxDay); day++ {
		run, ok, err := r.Run(site, day)
		if err != nil {
			return fmt.Errorf("read %s: %w", f.Name, err)
		}
		if ok {
			add(day, run)
		}
	}
	return nil
}
