package ids

import "holdfast"

// Known says of each id of a site whether the store has it. It claims nothing,
// and does not know what another batch has claimed and not yet kept.
func (x *Index) Known(site holdfast.SiteID, ids []holdfast.EventID) ([]bool, error) {
	known := make([]bool, len(ids))
	files, rest := x.inMemory(ids, known)
	found, err := x.find(files, site, rest)
	if err != nil {
		return nil, err
	}
	for _, p := range found {
		known[p.at] = true
	}
	return known, nil
}

// inMemory finds the ids that are in memory, and returns the others and the
// files in which they may be.
func (x *Index) inMemory(ids []holdfast.EventID, known []bool) (files []*file, rest []place) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, id := range ids {
		switch {
		case id == 0:
		case x.hasLocked(uint64(id)):
			known[i] = true
		default:
			rest = append(rest, place{uint64(id), i})
		}
	}
	return x.files, rest
}

func (x *Index) hasLocked(id uint64) bool {
	if x.active.has(id) {
		return true
	}
	for _, s := range x.frozen {
		if s.has(id) {
			return true
		}
	}
	return false
}
