// Package ledger keeps the books of a store: which files it consists of, when
// it was alive, what came in and what became of it. It is a fold of the log,
// and so cannot say what the log does not.
package ledger

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"holdfast"
	"holdfast/keep/record"
)

// Silence is how long the log may be without a record before the time between
// counts as down. A store that is alive beats every Silence / 3.
const Silence = 30 * time.Second

// Ledger is what the records so far say. All methods may be called by many
// goroutines at once.
type Ledger struct {
	mu       sync.RWMutex // guards all below
	files    map[string]record.File
	sealedTo holdfast.Seq
	ups      []record.Up // in the order they were recorded; apart, unless the clock was set
	accounts map[holdfast.SiteID]*record.Account
	spoiled  map[holdfast.SiteID][]spoiled // ascending
	running  bool                          // the last beat did not say that the store was stopped
	damage   []record.Damage
	imported map[holdfast.SiteID]*imported
}

// spoiled is a minute in which something was refused that may have been good.
// Whoever keeps on sending too much makes one of each minute, for years.
type spoiled struct {
	minute int64
	reason holdfast.Reason
	events int64
}

func compareSpoiled(a, b spoiled) int {
	return cmp.Or(cmp.Compare(a.minute, b.minute), cmp.Compare(a.reason, b.reason))
}

// New returns an empty ledger.
func New() *Ledger { return FromCheckpoint(record.Ledger{}) }

// FromCheckpoint returns the ledger that the checkpoint holds.
func FromCheckpoint(cp record.Ledger) *Ledger {
	l := &Ledger{
		files: make(map[string]record.File), sealedTo: cp.SealedTo, ups: cp.Ups, running: cp.Running, damage: cp.Damage,
		accounts: make(map[holdfast.SiteID]*record.Account), spoiled: make(map[holdfast.SiteID][]spoiled),
		imported: make(map[holdfast.SiteID]*imported),
	}
	for i := range cp.Imported {
		l.applyImportedLocked(&cp.Imported[i])
	}
	for _, f := range cp.Files {
		l.files[f.Name] = f
	}
	for i := range cp.Accounts {
		l.accounts[cp.Accounts[i].Site] = &cp.Accounts[i]
	}
	for _, t := range cp.Spoiled {
		l.spoiled[t.Site] = append(l.spoiled[t.Site], spoiled{t.Minute, t.Reason, t.Events})
	}
	for _, list := range l.spoiled {
		slices.SortFunc(list, compareSpoiled)
	}
	return l
}

// Checkpoint returns what FromCheckpoint needs, in a fixed order.
func (l *Ledger) Checkpoint() record.Ledger {
	l.mu.RLock()
	defer l.mu.RUnlock()
	cp := record.Ledger{SealedTo: l.sealedTo, Ups: slices.Clone(l.ups), Running: l.running, Damage: slices.Clone(l.damage)}
	for _, name := range slices.Sorted(maps.Keys(l.files)) {
		cp.Files = append(cp.Files, l.files[name])
	}
	for _, site := range slices.Sorted(maps.Keys(l.accounts)) {
		a := l.accounts[site]
		cp.Accounts = append(cp.Accounts, record.Account{Site: site, Kept: maps.Clone(a.Kept), Gone: maps.Clone(a.Gone)})
	}
	for _, site := range slices.Sorted(maps.Keys(l.spoiled)) {
		for _, s := range l.spoiled[site] {
			cp.Spoiled = append(cp.Spoiled, record.Tally{Site: site, Reason: s.reason, Minute: s.minute, Events: s.events})
		}
	}
	for _, site := range slices.Sorted(maps.Keys(l.imported)) {
		cp.Imported = append(cp.Imported, l.imported[site].checkpoint(site)...)
	}
	return cp
}

// ApplyBatch enters a batch of events that was recorded at t.
func (l *Ledger) ApplyBatch(t holdfast.Millis, b *record.Batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.eventsLocked(t)
	for i := range b.Events {
		e := &b.Events[i]
		l.accountLocked(e.Site).Kept[e.Flag]++
	}
	l.talliesLocked(b.Tallies)
}

// ApplyBeat enters a beat.
func (l *Ledger) ApplyBeat(b *record.Beat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.beatLocked(b.Clock, b.Kind)
	l.talliesLocked(b.Tallies)
}

// ApplyEntry enters a ledger entry.
func (l *Ledger) ApplyEntry(e *record.LedgerEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.Files != nil {
		for _, name := range e.Files.Remove {
			delete(l.files, name)
		}
		for _, f := range e.Files.Add {
			l.files[f.Name] = f
		}
		l.sealedTo = max(l.sealedTo, e.Files.SealedTo)
	}
	if e.Damage != nil && !l.knowsLocked(e.Damage) {
		l.damage = append(l.damage, *e.Damage)
	}
	for i := range e.Imported {
		l.applyImportedLocked(&e.Imported[i])
	}
}

// Knows says whether the damage has been entered.
func (l *Ledger) Knows(d *record.Damage) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.knowsLocked(d)
}

func (l *Ledger) knowsLocked(d *record.Damage) bool {
	return slices.ContainsFunc(l.damage, func(known record.Damage) bool { return known.First <= d.First && d.Last <= known.Last })
}

// beatLocked enters that the store was alive at t. A clock that was set by more
// than Silence, forward or back, begins another time: whether it was wrong
// before or is now, nobody here can tell.
func (l *Ledger) beatLocked(t holdfast.Millis, kind record.BeatKind) {
	n := len(l.ups)
	switch {
	case kind == record.Started || !l.running || t.Sub(l.ups[n-1].To).Abs() > Silence:
		l.ups = append(l.ups, record.Up{From: t, To: t})
	default:
		l.ups[n-1].To = max(l.ups[n-1].To, t)
	}
	l.running = kind != record.Stopped
}

// eventsLocked enters that events came in at t. A store that beats was alive
// then; one that is only open for a moment, for an import, was not.
func (l *Ledger) eventsLocked(t holdfast.Millis) {
	if n := len(l.ups); l.running && t.Sub(l.ups[n-1].To) <= Silence {
		l.ups[n-1].To = max(l.ups[n-1].To, t)
	}
}

func (l *Ledger) accountLocked(site holdfast.SiteID) *record.Account {
	a := l.accounts[site]
	if a == nil {
		a = &record.Account{Site: site, Kept: map[holdfast.Flag]int64{}, Gone: map[holdfast.Reason]int64{}}
		l.accounts[site] = a
	}
	return a
}

func (l *Ledger) talliesLocked(tallies []record.Tally) {
	for _, t := range tallies {
		l.accountLocked(t.Site).Gone[t.Reason] += t.Events
		if t.Reason.Spoils() {
			l.spoilLocked(t.Site, spoiled{t.Minute, t.Reason, t.Events})
		}
	}
}

func (l *Ledger) spoilLocked(site holdfast.SiteID, s spoiled) {
	list := l.spoiled[site]
	i, known := slices.BinarySearchFunc(list, s, compareSpoiled)
	if known {
		list[i].events += s.events
		return
	}
	l.spoiled[site] = slices.Insert(list, i, s) // mostly at the end
}

// Files returns the files the store consists of, by name.
func (l *Ledger) Files() []record.File {
	l.mu.RLock()
	defer l.mu.RUnlock()
	files := make([]record.File, 0, len(l.files))
	for _, name := range slices.Sorted(maps.Keys(l.files)) {
		files = append(files, l.files[name])
	}
	return files
}

// SealedTo returns the record up to which all events are in files.
func (l *Ledger) SealedTo() holdfast.Seq {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.sealedTo
}

// Running says whether the last beat did not say that the store was stopped.
func (l *Ledger) Running() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.running
}

// Account returns the books of a site; number 0 has what was refused before
// its site was known.
func (l *Ledger) Account(site holdfast.SiteID) holdfast.Account {
	l.mu.RLock()
	defer l.mu.RUnlock()
	a := holdfast.Account{Flagged: map[holdfast.Flag]int64{}, Refused: map[holdfast.Reason]int64{}}
	entry := l.accounts[site]
	if entry == nil {
		return a
	}
	for flag, n := range entry.Kept {
		a.Received += n
		if flag == holdfast.Counted {
			a.Counted = n
		} else {
			a.Flagged[flag] = n
		}
	}
	for reason, n := range entry.Gone {
		a.Received += n
		if reason == record.Duplicate {
			a.Duplicate = n
		} else {
			a.Refused[reason] = n
		}
	}
	return a
}
