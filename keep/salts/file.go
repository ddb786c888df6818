package salts

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"

	"holdfast/internal/fsx"
)

// load reads the file, and opens it for adding if there is nothing wrong with
// it.
func (s *Salts) load() (Recovery, error) {
	data, err := fsx.ReadFile(s.o.FS, s.o.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return Recovery{New: true}, nil
	}
	if err != nil {
		return Recovery{}, err
	}
	c, r, err := decode(s.o.Name, data)
	if err != nil {
		return r, err
	}
	s.alive, s.dead = c.alive, c.dead
	if r.Torn > 0 || len(r.Damaged) > 0 || len(data) == 0 {
		return r, nil
	}
	return r, s.openForAdding(int64(len(data)))
}

// Verify reads the file, between two changes of it, and says what of it is
// damaged.
func (s *Salts) Verify() error {
	s.disk.Lock()
	defer s.disk.Unlock()
	err := Verify(s.o.FS, s.o.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nobody needed a salt yet
	}
	return err
}

// Verify reads a file of salts and says what of it is damaged. What was cut
// off at its end was never used, and is no damage.
func Verify(fsys fsx.FS, name string) error {
	data, err := fsx.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("verify salts: %w", err)
	}
	_, r, err := decode(name, data)
	for _, d := range r.Damaged {
		err = errors.Join(err, d.Err)
	}
	return err
}

// add adds records of salts to the file and syncs them. After an error the
// file is not to be used any more, and closed. The caller holds disk.
func (s *Salts) add(made map[SiteDay]entry) error {
	records := appendSalts(nil, made)
	_, err := s.file.WriteAt(records, s.size)
	if err == nil {
		err = s.file.Datasync()
	}
	if err != nil {
		s.giveUp()
		return err
	}
	s.size += int64(len(records))
	return nil
}

// rewrite replaces the file by one with these contents, and makes them known.
// If it fails, nobody knows what the file holds until it succeeds. The caller
// holds disk.
func (s *Salts) rewrite(after contents) error {
	s.giveUp()
	data := encode(after)
	err := fsx.WriteFile(s.o.FS, s.o.Name, 0o600, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.alive, s.dead = after.alive, after.dead
	s.mu.Unlock()
	if s.openForAdding(int64(len(data))) != nil {
		s.file = nil // the next change writes all of it again
	}
	return nil
}

func (s *Salts) openForAdding(size int64) error {
	f, err := s.o.FS.OpenFile(s.o.Name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	s.file, s.size = f, size
	return nil
}

// giveUp closes the file, to be written anew.
func (s *Salts) giveUp() {
	if s.file != nil {
		s.file.Close() // what matters in it is synced or given up
		s.file = nil
	}
}

// snapshot returns a copy of what is known, to be changed.
func (s *Salts) snapshot() contents {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return contents{maps.Clone(s.alive), maps.Clone(s.dead)}
}

// removeTemp removes what a crash left of a file being written: there are
// salts in it that nobody would delete.
func (s *Salts) removeTemp() error {
	err := s.o.FS.Remove(s.o.Name + fsx.TempSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.o.FS.SyncDir(path.Dir(s.o.Name))
}
