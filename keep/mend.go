package keep

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"holdfast"
	"holdfast/keep/ids"
	"holdfast/keep/record"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

// Files of ids say nothing that the sealed files beside them do not: one that
// turns out damaged is made anew, and nobody notices but the log of the server.

// openIDs gives the index a file of ids for each file that is there.
func (s *Store) openIDs(files []record.File, there map[string]bool) error {
	var list []ids.File
	for _, f := range files {
		if !there[f.Name] {
			continue
		}
		if !there[idsOf(f.Name)] && !s.remakeIDs(f) {
			continue
		}
		list = append(list, idsFile(f))
	}
	for {
		err := s.ids.Replace(list, nil, false)
		i := slices.IndexFunc(list, func(f ids.File) bool { return isDamaged(err, f.Name) })
		if i < 0 {
			return err
		}
		at := slices.IndexFunc(files, func(f record.File) bool { return idsOf(f.Name) == list[i].Name })
		s.o.Log.Warn("ids are damaged and made anew", "err", err)
		if !s.remakeIDs(files[at]) {
			list = slices.Delete(list, i, i+1)
		}
	}
}

// mendIDs makes the file of ids anew that err says is damaged. It returns
// false if that is not what err says.
func (s *Store) mendIDs(err error) bool {
	if !errors.Is(err, holdfast.ErrDamaged) && !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	s.mending.Lock()
	defer s.mending.Unlock()
	s.mu.RLock()
	files := s.files.hold()
	s.mu.RUnlock()
	defer files.release()
	i := slices.IndexFunc(files.files, func(f *openFile) bool { return isDamaged(err, idsOf(f.Name)) })
	if i < 0 {
		return true // it was replaced meanwhile
	}
	f := files.files[i].File
	if err := ids.Verify(s.fs, filesDir, idsOf(f.Name)); err == nil {
		return true // somebody else who saw the same was faster
	}
	s.o.Log.Warn("ids are damaged and made anew", "err", err)
	add := []ids.File{idsFile(f)}
	if !s.remakeIDs(f) {
		add = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.files.files, func(now *openFile) bool { return now.Name == f.Name }) {
		return true
	}
	if err := s.ids.Replace(add, []ids.File{idsFile(f)}, false); err != nil {
		s.o.Log.Error("replace files of ids", "err", err)
		return false
	}
	return true
}

// remakeIDs writes the file of ids beside a sealed file. It returns false if
// the sealed file cannot be read either: its events may come in once more.
func (s *Store) remakeIDs(f record.File) bool {
	err := s.rebuildIDs(f)
	if err != nil {
		s.noteDamage(fmt.Errorf("make the ids of %s anew, without which events sent again are counted again: %w", f.Name, err))
	}
	return err == nil
}

func (s *Store) rebuildIDs(f record.File) error {
	r, err := segment.Open(s.fs, filesDir, segmentFile(f), s.cache)
	if err != nil {
		return err
	}
	defer r.Close()
	var list []holdfast.EventID
	for i := range r.Groups() {
		g := r.Group(i)
		col, err := g.Ints(rows.ID, 0, g.Len(), nil)
		if err != nil {
			return err
		}
		for _, id := range col {
			if id != 0 {
				list = append(list, holdfast.EventID(id))
			}
		}
	}
	return ids.WriteFile(s.fs, filesDir, idsOf(f.Name), list)
}

func idsFile(f record.File) ids.File { return ids.File{Name: idsOf(f.Name), Site: f.Site} }

// isDamaged says whether err is that the file of this name is damaged, or not
// there.
func isDamaged(err error, name string) bool {
	var damage *holdfast.DamagedError
	if errors.As(err, &damage) {
		return path.Base(damage.File) == name
	}
	var missing *fs.PathError
	return errors.As(err, &missing) && errors.Is(err, fs.ErrNotExist) && path.Base(missing.Path) == name
}
