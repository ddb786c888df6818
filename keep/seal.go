package keep

import (
	"context"
	"fmt"

	"holdfast"
	"holdfast/keep/hot"
	"holdfast/keep/ids"
	"holdfast/keep/record"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
	"holdfast/keep/wal"
)

// sealIfDue seals the rows in memory when they are many, large, or old.
func (s *Store) sealIfDue(ctx context.Context) error {
	s.tending.Lock()
	defer s.tending.Unlock()
	s.mu.RLock()
	n, bytes, since, left := s.active.Len(), s.active.Bytes(), s.since, s.frozen != nil
	s.mu.RUnlock()
	old := n > 0 && s.now().Sub(since) >= s.o.SealAge
	if !left && n < s.o.SealRows && bytes < sealBytes && !old {
		return s.advanceIfEmpty(ctx, n)
	}
	return s.sealLocked(ctx)
}

// SealNow moves all rows in memory into a file.
func (s *Store) SealNow(ctx context.Context) error {
	s.tending.Lock()
	defer s.tending.Unlock()
	return s.sealLocked(ctx)
}

// sealLocked seals what is in memory, or what an earlier attempt had frozen.
func (s *Store) sealLocked(ctx context.Context) error {
	f := s.freeze()
	if f == nil {
		return nil
	}
	file, err := s.writePart(f)
	if err == nil {
		change := &filesChange{seen: s.now(), frozen: f, files: record.Files{Add: []record.File{file}, SealedTo: f.upTo, Cause: "seal"}}
		err = s.recordFiles(ctx, change)
	}
	if err != nil {
		s.mu.Lock()
		f.failed = err
		s.mu.Unlock()
		return fmt.Errorf("seal %d rows: %w", f.table.Len(), err)
	}
	s.o.Log.Info("sealed", "file", file.Name, "rows", file.Rows, "bytes", file.Bytes, "seq", f.upTo)
	return s.checkpoint()
}

// freeze cuts the rows in memory at the last record.
func (s *Store) freeze() *frozen {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frozen == nil && s.active.Len() > 0 {
		s.frozen = &frozen{table: s.active, upTo: s.applied}
		s.active = hot.New()
		s.ids.Freeze()
	}
	return s.frozen
}

// advanceIfEmpty lets the log go on being shortened while no events come.
func (s *Store) advanceIfEmpty(ctx context.Context, hotRows int) error {
	if hotRows > 0 || len(s.log.Files()) < 2 {
		return nil
	}
	s.mu.RLock()
	upTo, empty := s.applied, s.active.Len() == 0 && s.frozen == nil
	s.mu.RUnlock()
	if !empty {
		return nil
	}
	if err := s.recordFiles(ctx, &filesChange{files: record.Files{SealedTo: upTo, Cause: "nothing to seal"}}); err != nil {
		return err
	}
	return s.checkpoint()
}

// writePart writes what is frozen into a part.
func (s *Store) writePart(f *frozen) (record.File, error) {
	snapshot := f.table.Snapshot()
	sorted, err := snapshot.Sorted()
	if err != nil {
		return record.File{}, err
	}
	days := make([]siteDay, len(sorted))
	for i, d := range sorted {
		days[i] = siteDay{site: d.Site, day: d.Day, stretches: []stretch{{rows: d.Rows}}}
	}
	return s.writeFile(segment.Part, []rows.Table{snapshot}, days, uint64(f.upTo))
}

// recordFiles makes a change of files durable, and real. All that can fail is
// done before: once it is in the log, events whose ids nobody knows any more
// would be counted again.
func (s *Store) recordFiles(ctx context.Context, c *filesChange) error {
	var add []ids.File
	for _, f := range c.files.Add {
		add = append(add, idsFile(f))
	}
	var err error
	if c.ids, err = s.ids.Open(add); err != nil {
		return fmt.Errorf("record files: %w", err)
	}
	entry := record.LedgerEntry{Files: &c.files}
	_, err = s.log.Append(ctx, wal.Record{Type: wal.LedgerEntry, Payload: entry.Append(nil), Attached: c})
	if err != nil {
		c.ids.Close()
		return fmt.Errorf("record files: %w", err)
	}
	c.old.release()
	return nil
}

// checkpoint writes down what the folds have come to, and removes the part of
// the log that nobody needs: all it holds is sealed, and in the checkpoints
// before the latest.
func (s *Store) checkpoint() error {
	s.mu.RLock()
	at := s.applied
	catalog, ledger := s.catalog.Checkpoint(), s.ledger.Checkpoint()
	s.mu.RUnlock()
	if err := s.points.catalog.Write(at, catalog.Append(nil)); err != nil {
		return err
	}
	if err := s.points.ledger.Write(at, ledger.Append(nil)); err != nil {
		return err
	}
	upTo := s.ledger.SealedTo()
	for _, folder := range []interface {
		Seqs() ([]holdfast.Seq, error)
	}{&s.points.catalog, &s.points.ledger} {
		seqs, err := folder.Seqs()
		if err != nil {
			return err
		}
		if len(seqs) < 2 {
			return nil // the only checkpoint may turn out damaged
		}
		upTo = min(upTo, seqs[0])
	}
	if _, err := s.log.Remove(upTo); err != nil {
		return fmt.Errorf("shorten the log: %w", err)
	}
	return nil
}
