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
// shared files of its days become one, or few, sorted by site. Late rows go the same
// way, but wait in the parts until they are worth that the file of their day
// is rewritten for them.
//
// All of it is one operation, rewrite: it reads some files and writes the same
// rows into others. Only which files it is given differs.
const (
	// settleAfter is how long after its end a day is left alone: the events of
	// its last visits are still coming in.
	settleAfter = time.Hour
	// lateAfter is how often rows of days that are over are looked for in parts.
	lateAfter = 15 * time.Minute
	// lateShare is the part of a day's file, or of a month's, that late rows
	// must come to before it is rewritten for them, and lateFor how long they wait at most: by
	// then the file has usually been rewritten because its salts were dead.
	lateShare = 8
	lateFor   = 3 * 24 * time.Hour
	// deadFor is how long a salt must have been dead before ordinals take the
	// place of its hashes: by then no row with one is on its way any more.
	deadFor = time.Hour
	// partFanIn parts of like size are merged into one, so that parts stay few
	// and no row is rewritten often; of more than partsMost parts the smallest
	// are.
	partFanIn = 8
	partsMost = 2 * partFanIn
	// partRows bounds the parts that are merged.
	partRows = 2_000_000
	// monthAfter is how long after its end a month is merged: its last salts
	// are dead.
	monthAfter = 4 * 24 * time.Hour
	// monthRows is about how many rows a file of a month has at most: what is
	// kept in memory to write one, its ids above all, must have a bound.
	monthRows = 1 << 23
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
	if err := s.rewrite(ctx, files.files, plan); err != nil && !s.giveUp(plan.files, err) {
		return true, err
	}
	return false, nil
}

// A plan is files to be rewritten, and why.
type plan struct {
	cause  string
	files  []*openFile
	months map[month]bool // those whose days go into one file
	// stays says which site days, though they are over, stay in parts; nil:
	// none.
	stays func(siteDayKey) bool
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

// plan returns the most urgent of what is due, or nil. Files that cannot be
// read stay as they are.
func (s *Store) plan(all []*openFile) (*plan, error) {
	now := s.now()
	var files []*openFile
	for _, f := range all {
		if f.isBad() {
			continue
		}
		// Of a store of years most files are in their lasting form, and what is
		// in them need not be known.
		if f.Hashed || segmentKind(f) == segment.Part {
			if err := s.readDays(f); err != nil {
				if !s.giveUp(all, err) {
					return nil, err
				}
				continue
			}
		}
		files = append(files, f)
	}
	for _, next := range []func([]*openFile, holdfast.Millis) *plan{s.planRipe, s.planMerge, s.planSettle, s.planMonth} {
		if p := next(files, now); p != nil {
			return p, nil
		}
	}
	return nil, nil
}

// planRipe takes the parts that hold days that are over, with the files those
// days have already, if the parts have enough of a day.
func (s *Store) planRipe(files []*openFile, now holdfast.Millis) *plan {
	isRipe := func(f *openFile) bool { return segmentKind(f) == segment.Part && now >= f.ripe }
	if !slices.ContainsFunc(files, isRipe) {
		return nil
	}
	h := newHomes(files)
	for _, f := range files {
		if segmentKind(f) == segment.Part {
			h.addPart(f, now)
		}
	}
	p := &plan{cause: "compact", stays: func(d siteDayKey) bool { return !h.due(h.of(d), now) }}
	for _, f := range files {
		if h.wants(f, now) {
			p.files = append(p.files, f)
		}
	}
	if len(p.files) > 0 {
		return p
	}
	for _, f := range files {
		if isRipe(f) {
			f.ripe = now.Add(lateAfter)
		}
	}
	return nil
}

// planMerge takes parts of like size, when there are many.
func (s *Store) planMerge(files []*openFile, _ holdfast.Millis) *plan {
	var small []*openFile
	for _, f := range files {
		if segmentKind(f) == segment.Part && f.Rows < partRows {
			small = append(small, f)
		}
	}
	slices.SortFunc(small, func(a, b *openFile) int { return cmp.Or(cmp.Compare(a.Rows, b.Rows), cmp.Compare(a.Name, b.Name)) })
	for i := range max(0, len(small)-partFanIn+1) {
		some := small[i : i+partFanIn]
		alike := some[partFanIn-1].Rows <= partFanIn*some[0].Rows
		if (alike || len(small) > partsMost) && rowsOf(some) <= partRows {
			return &plan{cause: "merge parts", files: some, stays: func(siteDayKey) bool { return true }}
		}
	}
	return nil // they are too large together: their days will be over soon
}

func rowsOf(files []*openFile) (n int64) {
	for _, f := range files {
		n += f.Rows
	}
	return n
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
			if other != f && s.sharesDay(f, other) {
				p.files = append(p.files, other)
			}
		}
		p.months, p.stays = monthsIn(p.files), homeless(p.files)
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
	late, merged := make(map[month]int64), make(map[month]int64)
	for _, f := range files {
		kind, k := segmentKind(f), monthOf(f.MinDay)
		if (kind != segment.Shared && kind != segment.Month) || now < k.end().Add(monthAfter) {
			continue
		}
		byMonth[k] = append(byMonth[k], f)
		living[k] = living[k] || f.Hashed && !s.saltsDead(f, now)
		if kind == segment.Month {
			merged[k] += f.Rows
		} else {
			late[k] += f.Rows
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(byMonth), compareMonths) {
		enough := len(byMonth[k]) >= 2
		if merged[k] > 0 {
			enough = late[k]*lateShare >= merged[k]
		}
		if enough && !living[k] {
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
	change := &filesChange{files: record.Files{Cause: p.cause}, seen: s.now()}
	for _, out := range s.split(all, p, days) {
		if out.waits {
			change.seen = seenFirst(p.files, change.seen)
		}
		file, err := s.writeFile(out.kind, tables, out.days, 0)
		if err == nil && isTaken(file.Name, all, p.files) {
			file, err = s.writeFile(out.kind, tables, out.days, uint64(s.log.Last()))
		}
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

// isTaken says whether one of all files, but of those that are replaced, has
// the name: with equal rows it has the same.
func isTaken(name string, all, replaced []*openFile) bool {
	return slices.ContainsFunc(all, func(f *openFile) bool { return f.Name == name && !slices.Contains(replaced, f) })
}

// An output is a file to be written.
type output struct {
	kind  segment.Kind
	days  []siteDay
	waits bool // a part, with days that are over
}

// seenFirst returns when the first of the parts among files was seen, if before
// now: what waits in them goes on waiting.
func seenFirst(files []*openFile, now holdfast.Millis) holdfast.Millis {
	for _, f := range files {
		if segmentKind(f) == segment.Part {
			now = min(now, f.seen)
		}
	}
	return now
}

// split decides which site day goes into which file.
func (s *Store) split(all []*openFile, p *plan, days map[siteDayKey]*siteDay) []output {
	now := s.now()
	others := slices.DeleteFunc(slices.Clone(all), func(f *openFile) bool { return slices.Contains(p.files, f) })
	var part []siteDay
	waits := false
	shared := make(map[holdfast.Day][]siteDay)
	months := make(map[month][]siteDay)
	var outputs []output
	for _, key := range sortedDays(days) {
		d := days[key]
		over := s.isOver(key, now)
		d.settle = over && s.saltDead(key, now) && s.hasAll(others, key)
		switch m := monthOf(key.day); {
		case !over, p.stays != nil && p.stays(key):
			part, waits = append(part, *d), waits || over
		case d.len() >= s.o.DayRows:
			outputs = append(outputs, output{kind: segment.Day, days: []siteDay{*d}})
		case p.months[m]:
			months[m] = append(months[m], *d)
		default:
			shared[key.day] = append(shared[key.day], *d)
		}
	}
	for _, days := range shared {
		outputs = append(outputs, output{kind: segment.Shared, days: days})
	}
	if len(part) > 0 {
		outputs = append(outputs, output{segment.Part, part, waits})
	}
	for _, days := range months {
		slices.SortStableFunc(days, func(a, b siteDay) int {
			return cmp.Or(cmp.Compare(a.site, b.site), cmp.Compare(a.day, b.day))
		})
		for len(days) > 0 {
			n := countSites(days, monthRows)
			outputs = append(outputs, output{kind: segment.Month, days: days[:n]})
			days = days[n:]
		}
	}
	return outputs
}

// countSites returns how many of the site days, which are sorted by site, belong
// to the first sites that have no more rows than most; those of one site at
// least.
func countSites(days []siteDay, most int) int {
	n, whole := 0, 0
	for i := range days {
		if i > 0 && days[i].site != days[i-1].site {
			whole = i
		}
		if n += days[i].len(); n > most && whole > 0 {
			return whole
		}
	}
	return len(days)
}

// hasAll says whether no others have rows of a site day: only then can ordinals
// be given to its visitors.
func (s *Store) hasAll(others []*openFile, key siteDayKey) bool {
	for _, f := range others {
		if key.day < f.MinDay || key.day > f.MaxDay || (f.Site != 0 && f.Site != key.site) {
			continue
		}
		if s.readDays(f) != nil { // it cannot be read: it may have some
			return false
		}
		if _, has := slices.BinarySearchFunc(f.days, key, compareDays); has {
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
