package keep

import (
	"context"
	"fmt"
	"slices"

	"holdfast"
	"holdfast/keep/record"
	"holdfast/keep/wal"
)

// toldAtOnce is of how many sites one record says that imports tell of them.
const toldAtOnce = 1000

// Imported enters of which time an import tells. It is for what was read before
// the last event that was kept, so that nothing is told of before it is there.
// What is known already is not entered again, and sites that nobody knows are
// passed over.
func (s *Store) Imported(ctx context.Context, im holdfast.Import) error {
	if err := s.checkOpen(ctx); err != nil {
		return err
	}
	now := s.now()
	var fresh []record.Imported
	for i := range im.Told {
		told := &im.Told[i]
		site, ok := s.catalog.Site(told.Site)
		if !ok {
			continue
		}
		e := record.Imported{Site: site.ID, Source: im.Source, By: im.By, On: site.Day(now), Written: past(told.Written, now), Cut: told.Cut}
		if n := len(e.Written); n > 0 {
			e.Told = []holdfast.Stretch{{From: e.Written[0].From, To: e.Written[n-1].To}}
		}
		if !s.ledger.Tells(&e) {
			fresh = append(fresh, e)
		}
	}
	for some := range slices.Chunk(fresh, toldAtOnce) {
		entry := &record.LedgerEntry{Imported: some}
		if _, err := s.log.Append(ctx, wal.Record{Type: wal.LedgerEntry, Payload: entry.Append(nil), Attached: entry}); err != nil {
			return fmt.Errorf("record of which time an import tells: %w", err)
		}
	}
	return nil
}

// past returns what of ascending stretches is over by now.
func past(all []holdfast.Stretch, now holdfast.Millis) []holdfast.Stretch {
	var list []holdfast.Stretch
	end := firstImported
	for _, st := range all {
		if st.From, st.To = max(st.From, end), min(st.To, now); st.From < st.To {
			list, end = append(list, st), st.To
		}
	}
	return list
}

// firstImported is 1990-01-01, before which nothing is imported: there was no
// web.
const firstImported holdfast.Millis = 631_152_000_000

// Since returns when the records of a site begin, and how that is known.
func (s *Store) Since(site *holdfast.Site) (holdfast.Millis, holdfast.Origin) {
	return s.ledger.Since(site)
}

// Known says of each event whether the store has it. It changes nothing; of
// events that are on their way elsewhere it does not know.
func (s *Store) Known(ctx context.Context, events []holdfast.Event) ([]bool, error) {
	if err := s.checkOpen(ctx); err != nil {
		return nil, err
	}
	known := make([]bool, len(events))
	for _, of := range idsBySite(events) {
		has, err := s.ids.Known(of.site, of.ids)
		for tries := 0; err != nil && tries < 3 && s.mendIDs(err); tries++ {
			has, err = s.ids.Known(of.site, of.ids)
		}
		if err != nil {
			return nil, fmt.Errorf("look up event ids: %w", err)
		}
		for i, at := range of.at {
			known[at] = has[i]
		}
	}
	return known, nil
}
