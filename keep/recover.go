package keep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/catalog"
	"holdfast/keep/checkpoint"
	"holdfast/keep/ids"
	"holdfast/keep/ledger"
	"holdfast/keep/record"
	"holdfast/keep/salts"
	"holdfast/keep/wal"
)

func (s *Store) openSalts() (*salts.Salts, error) {
	opened, recovery, err := salts.Open(salts.Options{FS: s.fs, Name: saltsName, Now: s.o.Now, Rand: s.o.Random})
	if err != nil {
		return nil, err
	}
	for _, d := range recovery.Damaged {
		s.noteDamage(d.Err)
	}
	return opened, nil
}

// recover brings the store to where its log ends: checkpoints first, then the
// log from there.
func (s *Store) recover() error {
	catalogAt, ledgerAt, err := s.loadCheckpoints()
	if err != nil {
		return err
	}
	var recovery wal.Recovery
	s.log, recovery, err = wal.Open(wal.Options{
		FS: s.fs, Dir: logDir, Store: s.stamp.Store, FileBytes: s.o.LogBytes, Now: s.o.Now, Log: s.o.Log,
		AtLeast:   max(catalogAt, ledgerAt, s.ledger.SealedTo()),
		Committed: s.committed,
	})
	if err != nil {
		return err
	}
	for _, gap := range recovery.Gaps {
		s.noteDamage(gap)
	}
	if err := s.checkBeginning(min(catalogAt, ledgerAt)); err != nil {
		return err
	}
	sealedTo, err := s.lastSeal(ledgerAt)
	if err != nil {
		return err
	}
	s.ids = ids.New(ids.Options{FS: s.fs, Dir: filesDir})
	if err := s.replay(catalogAt, ledgerAt, sealedTo); err != nil {
		return err
	}
	return s.openFiles(len(s.damage()) == 0)
}

// checkBeginning refuses to go on from nothing: without checkpoints from which
// the log goes on nobody knows any more which sites and files there are, and
// the number of a site would be given to another.
func (s *Store) checkBeginning(at holdfast.Seq) error {
	files := s.log.Files()
	damaged := &holdfast.DamagedError{File: s.fs.Path(checkpointsDir)}
	switch {
	case len(files) > 0 && files[0].First > at+1:
		damaged.What = fmt.Sprintf("the latest checkpoints that can be read include record %d, and the log begins with %d", at, files[0].First)
	case len(files) == 0 && at == 0:
		sealed, err := s.fs.ReadDir(filesDir)
		if err != nil {
			return fmt.Errorf("list files: %w", err)
		}
		if len(sealed) == 0 {
			return nil // a new store
		}
		damaged.What = fmt.Sprintf("there are neither checkpoints nor a log, and %d files", len(sealed))
	default:
		return nil
	}
	return holdfast.Hint(damaged, "nothing was removed; restore the folders checkpoints and log from one copy of the store")
}

func (s *Store) loadCheckpoints() (catalogAt, ledgerAt holdfast.Seq, err error) {
	s.points.catalog = checkpoint.Folder{FS: s.fs, Dir: checkpointsDir, Name: "catalog", Store: s.stamp.Store}
	s.points.ledger = checkpoint.Folder{FS: s.fs, Dir: checkpointsDir, Name: "ledger", Store: s.stamp.Store}
	catalogAt, payload, damaged, err := s.points.catalog.Load()
	if err != nil {
		return 0, 0, err
	}
	cp, err := record.DecodeCatalog(payload)
	if err != nil {
		return 0, 0, err
	}
	s.catalog = catalog.FromCheckpoint(cp)

	ledgerAt, payload, damagedLedgers, err := s.points.ledger.Load()
	if err != nil {
		return 0, 0, err
	}
	lp, err := record.DecodeLedger(payload)
	if err != nil {
		return 0, 0, err
	}
	s.ledger = ledger.FromCheckpoint(lp)
	for _, d := range append(damaged, damagedLedgers...) {
		s.noteDamage(d)
	}
	return catalogAt, ledgerAt, nil
}

// lastSeal finds in the log up to which record all events are in files.
func (s *Store) lastSeal(after holdfast.Seq) (holdfast.Seq, error) {
	sealedTo := s.ledger.SealedTo()
	err := s.log.Read(context.Background(), after, func(r wal.Record, gap *wal.GapError) error {
		if gap != nil || r.Type != wal.LedgerEntry {
			return nil
		}
		e, err := record.DecodeLedgerEntry(r.Payload)
		if err == nil && e.Files != nil {
			sealedTo = max(sealedTo, e.Files.SealedTo)
		}
		return err
	})
	return sealedTo, err
}

// replay folds the log into catalog, ledger and the rows in memory, each from
// where it stands.
func (s *Store) replay(catalogAt, ledgerAt, sealedTo holdfast.Seq) error {
	return s.log.Read(context.Background(), min(catalogAt, ledgerAt, sealedTo), func(r wal.Record, gap *wal.GapError) error {
		if gap != nil {
			s.gap(gap, min(ledgerAt, sealedTo))
			return nil
		}
		s.closeGaps(r.Time)
		s.applied, s.at = r.Seq, max(s.at, r.Time)
		decoded, err := decode(r)
		if err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
		if r.Seq > ledgerAt {
			s.applyToLedger(r.Time, decoded)
		}
		switch d := decoded.(type) {
		case *record.CatalogChange:
			if r.Seq > catalogAt {
				s.catalog.Apply(*d)
			}
		case *record.Batch:
			if r.Seq > sealedTo {
				s.heat(r.Time, d)
				s.ids.Load(idsIn(d.Events))
			}
		}
		return nil
	})
}

func (s *Store) noteDamage(err error) {
	s.damaged.Lock()
	defer s.damaged.Unlock()
	if !slices.Contains(s.damaged.found, err.Error()) {
		s.damaged.found = append(s.damaged.found, err.Error())
		s.o.Log.Error("damage found", "err", err)
	}
}

// damage returns what was found not to be what was written, in words.
func (s *Store) damage() []string {
	s.damaged.Lock()
	defer s.damaged.Unlock()
	return append([]string{}, s.damaged.found...)
}

// gap notes records that cannot be read. If what they said was in the log
// alone, coverage has to say so: their events may be in files, but they may be
// what said of files that these are part of the store.
func (s *Store) gap(g *wal.GapError, known holdfast.Seq) {
	s.noteDamage(g)
	if first := max(g.From, known+1); first <= g.To {
		s.gaps = append(s.gaps, record.Damage{From: s.at, First: first, Last: g.To, What: g.Error()})
	}
}

// closeGaps says that the gaps found last end at t.
func (s *Store) closeGaps(t holdfast.Millis) {
	for i := len(s.gaps) - 1; i >= 0 && s.gaps[i].To == 0; i-- {
		s.gaps[i].To = max(t, s.gaps[i].From+1)
	}
}

// recordDamage enters the gaps in the ledger: the next to open the store may
// not need to read that part of the log.
func (s *Store) recordDamage(ctx context.Context) error {
	s.closeGaps(s.now())
	for i := range s.gaps {
		entry := &record.LedgerEntry{Damage: &s.gaps[i]}
		if s.ledger.Knows(entry.Damage) {
			continue
		}
		if _, err := s.log.Append(ctx, wal.Record{Type: wal.LedgerEntry, Payload: entry.Append(nil), Attached: entry}); err != nil {
			return fmt.Errorf("record damage: %w", err)
		}
	}
	s.gaps = nil
	return nil
}

// decode returns what a record says, as a pointer to a type of package record.
func decode(r wal.Record) (any, error) {
	switch r.Type {
	case wal.EventBatch:
		b, err := record.DecodeBatch(r.Payload)
		return &b, err
	case wal.Beat:
		b, err := record.DecodeBeat(r.Payload)
		return &b, err
	case wal.CatalogChange:
		c, err := record.DecodeCatalogChange(r.Payload)
		return &c, err
	case wal.LedgerEntry:
		e, err := record.DecodeLedgerEntry(r.Payload)
		return &e, err
	}
	return nil, fmt.Errorf("type %d is not known to this version", r.Type)
}

func (s *Store) applyToLedger(t holdfast.Millis, decoded any) {
	switch d := decoded.(type) {
	case *record.Batch:
		s.ledger.ApplyBatch(t, d)
	case *record.Beat:
		s.ledger.ApplyBeat(d)
	case *record.LedgerEntry:
		s.ledger.ApplyEntry(d)
	}
}

// heat makes a batch's rows ready for questions.
func (s *Store) heat(t holdfast.Millis, b *record.Batch) {
	if s.active.Len() == 0 {
		s.since = min(t, s.now()) // the clock may have been ahead
	}
	s.active.Append(b.Events)
}

// committed takes in records that have just become durable, in order, before
// those who wrote them are told.
func (s *Store) committed(records []wal.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		s.applyToLedger(r.Time, r.Attached)
		switch d := r.Attached.(type) {
		case *record.Batch:
			s.heat(r.Time, d)
		case *record.CatalogChange:
			s.catalog.Apply(*d)
		case *filesChange:
			s.ledger.ApplyEntry(&record.LedgerEntry{Files: &d.files})
			s.swapLocked(d)
		}
		s.applied, s.at = r.Seq, r.Time
	}
	if s.frozen == nil && (s.active.Len() >= s.o.SealRows || s.active.Bytes() >= sealBytes) {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

func idsIn(events []holdfast.Event) []holdfast.EventID {
	list := make([]holdfast.EventID, 0, len(events))
	for i := range events {
		if events[i].ID != 0 {
			list = append(list, events[i].ID)
		}
	}
	return list
}

// openFiles opens the set of files that the ledger names. Files it does not
// name were being made when the store went down, or were replaced: they are
// removed if the ledger is whole. If it is not, they may be all that is left of
// their rows, and it will not be known to be damaged for ever: they are put
// aside.
func (s *Store) openFiles(ledgerWhole bool) error {
	files := s.ledger.Files()
	named := make(map[string]bool, 2*len(files))
	for _, f := range files {
		named[f.Name], named[idsOf(f.Name)] = true, true
	}
	entries, err := s.fs.ReadDir(filesDir)
	if err != nil {
		return fmt.Errorf("list files: %w", err)
	}
	there := make(map[string]bool, len(entries))
	for _, e := range entries {
		there[e.Name()] = true
	}
	for _, f := range files {
		ledgerWhole = ledgerWhole && there[f.Name]
	}
	for _, e := range entries {
		switch {
		case named[e.Name()]:
		case ledgerWhole || strings.HasSuffix(e.Name(), fsx.TempSuffix):
			if err := s.fs.Remove(filesDir + "/" + e.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove an unfinished file: %w", err)
			}
		default:
			if err := s.putAside(e.Name()); err != nil {
				return fmt.Errorf("put a file aside that the ledger does not name: %w", err)
			}
		}
	}
	s.files = newFileSet(s)
	for _, f := range files {
		if !there[f.Name] {
			s.noteDamage(s.missing(f.Name))
		}
		s.files.add(f)
	}
	return s.openIDs(files, there)
}

// putAside moves a file to where nothing is ever removed from.
func (s *Store) putAside(file string) error {
	if err := fsx.MkdirAll(s.fs, damagedDir, 0o700); err != nil {
		return err
	}
	if err := s.fs.Rename(filesDir+"/"+file, damagedDir+"/"+file); err != nil {
		return err
	}
	s.o.Log.Warn("put a file aside that the ledger does not name", "file", s.fs.Path(damagedDir+"/"+file))
	return errors.Join(s.fs.SyncDir(damagedDir), s.fs.SyncDir(filesDir))
}
