package keep

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"holdfast"
	"holdfast/keep/record"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

// The life of a file. Parts hold rows of all sites and days as they were
// sealed. When a site day has been over for settleAfter, its rows are taken
// out of the parts: into a file of its own if they are many, else into one
// that the small sites share for that day. When the day's salt is dead, the
// file is rewritten with ordinals for visitors. When a month is over, the
// shared files of its days become one, sorted by site. Late rows go the same
// way, and are merged with the file of their day.
//
// All of it is one operation, rewrite: it reads some files and writes the same
// rows into others. Only which files it is given differs.
const (
	// settleAfter is how long after its end a day is left alone: the events of
	// its last visits are still coming in.
	settleAfter = time.Hour
	// lateAfter is how long late rows gather in parts before the file of
	// their day is rewritten.
	lateAfter = 15 * time.Minute
	// deadFor is how long a salt must have been dead before ordinals take the
	// place of its hashes: by then no row with one is on its way any more.
	deadFor = time.Hour
	// partFanIn parts are merged into one, so that a day's parts stay few.
	partFanIn = 8
	// partRows bounds the parts that are merged.
	partRows = 2_000_000
	// monthAfter is how long after its end a month is merged: its last salts
	// are dead.
	monthAfter = 4 * 24 * time.Hour
	// lateShared late files are merged into their month at once.
	lateShared = 8
	// lateMonth is how long late rows of a month that is one file wait for
	// ordinals: all of the month is rewritten for them.
	lateMonth = 24 * time.Hour
)

// compactIfDue rewrites what is due, one set of files at a time.
func (s *Store) compactIfDue(ctx context.Context) error {
	for {
		done, err := s.compactOnce(ctx)
		if err != nil || done {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// compactOnce rewrites one set of files, or reports that nothing is due.
func (s *Store) compactOnce(ctx context.Context) (done bool, err error) {
	s.compacting.Lock()
	defer s.compacting.Unlock()
	s.mu.RLock()
	files := s.files.hold()
	s.mu.RUnlock()
	defer files.release()
	plan, err := s.plan(files.files)
	if err != nil || plan == nil {
		return true, err
	}
	return false, s.rewrite(ctx, files.files, plan)
}

// A plan is files to be rewritten, and why.
type plan struct {
	cause  string
	files  []*openFile
	months map[month]bool // those whose days go into one file
}

// A month is a month of the days of any site.
type month struct {
	year  int
	month time.Month
}

func monthOf(d holdfast.Day) month {
	y, m, _ := d.Date()
	return month{y, m}
}

// end returns the end of the month in UTC.
func (m month) end() holdfast.Millis { return holdfast.DayOf(m.year, m.month+1, 1).Midnight(time.UTC) }

func compareMonths(a, b month) int {
	return cmp.Or(cmp.Compare(a.year, b.year), cmp.Compare(a.month, b.month))
}

// plan returns the most urgent of what is due, or nil.
func (s *Store) plan(files []*openFile) (*plan, error) {
	now := s.now()
	for _, f := range files {
		if err := s.readDays(f); err != nil {
			return nil, err
		}
	}
	for _, next := range []func([]*openFile, holdfast.Millis) *plan{s.planRipe, s.planMerge, s.planSettle, s.planMonth} {
		if p := next(files, now); p != nil {
			return p, nil
		}
	}
	return nil, nil
}

// planRipe takes the parts that hold days that are over, with the files those
// days have already.
func (s *Store) planRipe(files []*openFile, now holdfast.Millis) *plan {
	p := &plan{cause: "compact"}
	for _, f := range files {
		if segmentKind(f) == segment.Part && now >= f.ripe {
			p.files = append(p.files, f)
		}
	}
	if len(p.files) == 0 {
		return nil
	}
	over := make(map[siteDayKey]bool)
	days := make(map[holdfast.Day]bool)
	for _, f := range p.files {
		for _, d := range f.days {
			if s.isOver(d, now) {
				over[d], days[d.day] = true, true
			}
		}
	}
	for _, f := range files {
		switch segmentKind(f) {
		case segment.Day:
			if over[siteDayKey{f.Site, f.MinDay}] {
				p.files = append(p.files, f)
			}
		case segment.Shared:
			if days[f.MinDay] {
				p.files = append(p.files, f)
			}
		}
	}
	return p
}

// planMerge takes parts of like size, when there are many.
func (s *Store) planMerge(files []*openFile, now holdfast.Millis) *plan {
	var small []*openFile
	for _, f := range files {
		if segmentKind(f) == segment.Part && f.Rows < partRows {
			small = append(small, f)
		}
	}
	slices.SortFunc(small, func(a, b *openFile) int { return cmp.Or(cmp.Compare(a.Rows, b.Rows), cmp.Compare(a.Name, b.Name)) })
	if len(small) < partFanIn {
		return nil
	}
	p := &plan{cause: "merge parts"}
	total := int64(0)
	for _, f := range small {
		if len(p.files) >= 2 && total+f.Rows > partRows {
			break
		}
		total += f.Rows
		p.files = append(p.files, f)
	}
	if len(p.files) < partFanIn {
		return nil // they are too large together: their days will be over soon
	}
	return p
}

// planSettle takes a file whose salts are dead, with all files that have rows
// of its days.
func (s *Store) planSettle(files []*openFile, now holdfast.Millis) *plan {
	for _, f := range files {
		if !f.Hashed || segmentKind(f) == segment.Part || f.settled || !s.saltsDead(f, now) || s.hotHas(f.days) {
			continue
		}
		p := &plan{cause: "settle", files: []*openFile{f}}
		for _, other := range files {
			if other != f && sharesDay(f, other) {
				p.files = append(p.files, other)
			}
		}
		p.months = monthsIn(p.files)
		if len(p.months) > 0 && segmentKind(f) != segment.Month && now.Sub(f.seen) < lateMonth {
			continue
		}
		return p
	}
	return nil
}

// monthsIn returns the months that are one of the files.
func monthsIn(files []*openFile) map[month]bool {
	months := make(map[month]bool)
	for _, f := range files {
		if segmentKind(f) == segment.Month {
			months[monthOf(f.MinDay)] = true
		}
	}
	return months
}

// planMonth takes the shared files of a month that is over, and all of whose
// salts are dead: of an import they live for two days, however old the month.
func (s *Store) planMonth(files []*openFile, now holdfast.Millis) *plan {
	byMonth := make(map[month][]*openFile)
	living := make(map[month]bool)
	for _, f := range files {
		kind, k := segmentKind(f), monthOf(f.MinDay)
		if (kind == segment.Shared || kind == segment.Month) && now >= k.end().Add(monthAfter) {
			byMonth[k] = append(byMonth[k], f)
			living[k] = living[k] || f.Hashed && !s.saltsDead(f, now)
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(byMonth), compareMonths) {
		least := 2
		if monthsIn(byMonth[k])[k] {
			least = lateShared + 1
		}
		if len(byMonth[k]) >= least && !living[k] {
			return &plan{cause: "month", files: byMonth[k], months: map[month]bool{k: true}}
		}
	}
	return nil
}

// rewrite writes the rows of the plan's files into others, which take their
// place.
func (s *Store) rewrite(ctx context.Context, all []*openFile, p *plan) error {
	var tables []rows.Table
	days := make(map[siteDayKey]*siteDay)
	for _, f := range p.files {
		if err := s.addStretches(f, &tables, days); err != nil {
			return fmt.Errorf("%s: %w", p.cause, err)
		}
	}
	change := &filesChange{files: record.Files{Cause: p.cause}}
	for _, out := range s.split(all, p, days) {
		file, err := s.writeFile(out.kind, tables, out.days)
		if err != nil {
			return fmt.Errorf("%s: %w", p.cause, err)
		}
		change.files.Add = append(change.files.Add, file)
		if err := ctx.Err(); err != nil {
			return err // the new files have no name in the ledger: they are removed at the next start
		}
	}
	for _, f := range p.files {
		if !slices.ContainsFunc(change.files.Add, func(a record.File) bool { return a.Name == f.Name }) {
			change.files.Remove = append(change.files.Remove, f.Name)
		}
	}
	change.files.Add = slices.DeleteFunc(change.files.Add, func(a record.File) bool {
		return slices.ContainsFunc(p.files, func(f *openFile) bool { return a.Name == f.Name })
	})
	if len(change.files.Add) == 0 && len(change.files.Remove) == 0 {
		s.leaveAlone(p.files)
		return nil
	}
	if err := s.recordFiles(ctx, change); err != nil {
		return fmt.Errorf("%s: %w", p.cause, err)
	}
	s.o.Log.Info("compacted", "cause", p.cause, "from", len(change.files.Remove), "to", len(change.files.Add))
	return nil
}

// An output is a file to be written.
type output struct {
	kind segment.Kind
	days []siteDay
}

// split decides which site day goes into which file.
func (s *Store) split(all []*openFile, p *plan, days map[siteDayKey]*siteDay) []output {
	now := s.now()
	var part []siteDay
	shared := make(map[holdfast.Day][]siteDay)
	months := make(map[month][]siteDay)
	var outputs []output
	for _, key := range sortedDays(days) {
		d := days[key]
		over := s.isOver(key, now)
		d.settle = over && s.saltDead(key, now) && s.hasAll(all, p.files, key)
		switch m := monthOf(key.day); {
		case !over:
			part = append(part, *d)
		case d.len() >= s.o.DayRows:
			outputs = append(outputs, output{segment.Day, []siteDay{*d}})
		case p.months[m]:
			months[m] = append(months[m], *d)
		default:
			shared[key.day] = append(shared[key.day], *d)
		}
	}
	for _, days := range shared {
		outputs = append(outputs, output{segment.Shared, days})
	}
	if len(part) > 0 {
		outputs = append(outputs, output{segment.Part, part})
	}
	for _, days := range months {
		slices.SortStableFunc(days, func(a, b siteDay) int {
			return cmp.Or(cmp.Compare(a.site, b.site), cmp.Compare(a.day, b.day))
		})
		outputs = append(outputs, output{segment.Month, days})
	}
	return outputs
}

// hasAll says whether files have all rows of a site day: only then can
// ordinals be given to its visitors.
func (s *Store) hasAll(all, files []*openFile, key siteDayKey) bool {
	for _, f := range all {
		if _, has := slices.BinarySearchFunc(f.days, key, compareDays); has && !slices.Contains(files, f) {
			return false
		}
	}
	return !s.hotHas([]siteDayKey{key})
}

// addStretches adds the site days of a file.
func (s *Store) addStretches(f *openFile, tables *[]rows.Table, days map[siteDayKey]*siteDay) error {
	r, err := s.open(f)
	if err != nil {
		return err
	}
	at := make(map[rows.Table]int)
	for i := range r.Groups() {
		at[r.Group(i)] = len(*tables)
		*tables = append(*tables, r.Group(i))
	}
	return eachSiteDay(r, func(d *segmentDay) error {
		key := siteDayKey{d.Site, d.Day}
		if days[key] == nil {
			days[key] = &siteDay{site: d.Site, day: d.Day}
		}
		run := r.RunOf(d)
		for i := range run.Rows {
			days[key].stretches = append(days[key].stretches, stretch{table: at[run.Rows[i].Table], lo: run.Rows[i].Lo, hi: run.Rows[i].Hi})
		}
		return nil
	})
}
