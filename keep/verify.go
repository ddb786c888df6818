package keep

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"holdfast"
	"holdfast/keep/ids"
	"holdfast/keep/record"
	"holdfast/keep/segment"
)

// Report is what Verify found.
type Report struct {
	Checked  map[string]int64 `json:"checked"`  // what was read, and how much of it
	Problems []string         `json:"problems"` // none: everything is as it was written
}

func (r *Report) problem(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(r.Problems, text) {
		r.Problems = append(r.Problems, text)
	}
}

// Verify reads everything the store has and checks every checksum, the chain
// of the log, both checkpoints of each fold, every file against its hash and
// its directory, every file of ids, the salts, and the books against the rows.
func (s *Store) Verify(ctx context.Context) (Report, error) {
	r := Report{Checked: map[string]int64{}, Problems: []string{}}
	for _, d := range s.damage() {
		r.problem("%s", d)
	}
	if _, err := ReadStamp(s.fs); err != nil {
		r.problem("%v", err)
	}
	if _, err := readKeys(s.fs, s.stamp.Store); err != nil {
		r.problem("%v", err)
	}
	if err := s.salts.Verify(); err != nil {
		r.problem("%v", err)
	}
	if err := s.verifyLog(ctx, &r); err != nil {
		return r, err
	}
	if err := s.verifyCheckpoints(&r); err != nil {
		return r, err
	}
	if err := s.verifyFiles(ctx, &r); err != nil {
		return r, err
	}
	accounts, err := s.Audit(ctx)
	if err != nil {
		return r, err
	}
	for site, a := range accounts {
		if d := a.Difference(); d != 0 {
			r.problem("the books of site %q do not balance: %d events were received that are in no column", site, d)
		}
		if site != "" { // the books of what was refused before its site was known
			r.Checked["sites"]++
		}
	}
	return r, ctx.Err()
}

func (s *Store) verifyLog(ctx context.Context, r *Report) error {
	found, err := s.log.Verify(ctx)
	if err != nil {
		return fmt.Errorf("verify the log: %w", err)
	}
	r.Checked["log files"] += int64(found.Files)
	r.Checked["log records"] += found.Records
	r.Checked["log bytes"] += found.Bytes
	for _, gap := range found.Gaps {
		r.problem("%v", gap)
	}
	return nil
}

func (s *Store) verifyCheckpoints(r *Report) error {
	seqs, err := s.points.catalog.Seqs()
	if err != nil {
		return err
	}
	for _, seq := range seqs {
		r.Checked["checkpoints"]++
		payload, err := s.points.catalog.Read(seq)
		if err == nil {
			_, err = record.DecodeCatalog(payload)
		}
		if err != nil {
			r.problem("%v", err)
		}
	}
	if seqs, err = s.points.ledger.Seqs(); err != nil {
		return err
	}
	for _, seq := range seqs {
		r.Checked["checkpoints"]++
		payload, err := s.points.ledger.Read(seq)
		if err == nil {
			_, err = record.DecodeLedger(payload)
		}
		if err != nil {
			r.problem("%v", err)
		}
	}
	return nil
}

func (s *Store) verifyFiles(ctx context.Context, r *Report) error {
	v := s.View()
	defer v.Close()
	for _, f := range v.files.files {
		r.Checked["files"]++
		r.Checked["rows"] += f.Rows
		r.Checked["file bytes"] += f.Bytes
		reader, err := s.open(f)
		if err == nil {
			err = reader.Verify(ctx)
		}
		if err != nil {
			r.problem("%v", err)
		}
		if err := ids.Verify(s.fs, filesDir, idsOf(f.Name)); err != nil {
			r.problem("%v", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Audit returns the books of each site, by name, with what was counted and
// flagged taken from the rows themselves; "" has what was refused before its
// site was known.
func (s *Store) Audit(ctx context.Context) (map[string]holdfast.Account, error) {
	// The books and the rows of one moment.
	s.mu.RLock()
	v := s.viewLocked()
	accounts := map[string]holdfast.Account{}
	names := map[holdfast.SiteID]string{0: ""}
	for _, site := range s.catalog.Sites() {
		names[site.ID] = site.Name
	}
	for id, name := range names {
		accounts[name] = s.ledger.Account(id)
	}
	s.mu.RUnlock()
	defer v.Close()

	rows := make(map[holdfast.SiteID]map[holdfast.Flag]int64)
	if err := v.countRows(ctx, rows); err != nil {
		return nil, err
	}
	for id, name := range names {
		a := accounts[name]
		a.Counted, a.Flagged = rows[id][holdfast.Counted], map[holdfast.Flag]int64{}
		for flag, n := range rows[id] {
			if flag != holdfast.Counted {
				a.Flagged[flag] = n
			}
		}
		if id == 0 && a.Received == 0 {
			delete(accounts, name)
			continue
		}
		accounts[name] = a
	}
	return accounts, nil
}

// countRows counts the view's rows by site and flag.
func (v *View) countRows(ctx context.Context, counts map[holdfast.SiteID]map[holdfast.Flag]int64) error {
	count := func(site holdfast.SiteID, flag holdfast.Flag, n int64) {
		if counts[site] == nil {
			counts[site] = make(map[holdfast.Flag]int64)
		}
		counts[site][flag] += n
	}
	for _, f := range v.files.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := v.store.open(f)
		if err == nil {
			err = countSegment(r, count)
		}
		// A file that cannot be read has no rows: the books will not balance,
		// and Verify says why.
		if err != nil && !errors.Is(err, holdfast.ErrDamaged) {
			return fmt.Errorf("count the rows of %s: %w", f.Name, err)
		}
	}
	for _, h := range v.hot {
		h.CountFlags(count)
	}
	return nil
}

func countSegment(r *segment.Reader, count func(holdfast.SiteID, holdfast.Flag, int64)) error {
	d, err := r.Directory()
	if err != nil {
		return err
	}
	return d.All(func(day segment.SiteDay) bool {
		for _, t := range day.Tallies {
			count(day.Site, t.Flag, t.Events)
		}
		return true
	})
}
