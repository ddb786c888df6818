package keep

import (
	"holdfast"
	"holdfast/keep/record"
)

// Status is how a store is doing.
type Status struct {
	Store    string          `json:"store"`
	Dir      string          `json:"dir"`
	Version  int             `json:"version"`
	Created  holdfast.Millis `json:"created"`
	Sites    int             `json:"sites"`
	AsOf     holdfast.AsOf   `json:"as_of"`
	Rows     int64           `json:"rows"` // in files and in memory
	HotRows  int             `json:"hot_rows"`
	Files    int             `json:"files"`
	Bytes    int64           `json:"bytes"` // of files
	LogFiles int             `json:"log_files"`
	LogBytes int64           `json:"log_bytes"`
	SealedTo holdfast.Seq    `json:"sealed_to"`
	Salts    int             `json:"salts"`  // alive
	Damage   []string        `json:"damage"` // found since it was opened, and then
	// Imported is the time that imports tell of, by site.
	Imported []holdfast.ImportedTime `json:"imported"`
}

// Status returns how the store is doing now.
func (s *Store) Status() Status {
	v := s.View()
	defer v.Close()
	st := Status{
		Store: s.stamp.Store.String(), Dir: s.fs.Path("."), Version: s.stamp.Version, Created: s.stamp.Created,
		Sites: len(s.catalog.Sites()), AsOf: v.asOf, SealedTo: s.ledger.SealedTo(),
		Salts: s.salts.Count(), Damage: s.damage(), Imported: []holdfast.ImportedTime{},
	}
	for _, site := range s.catalog.Sites() {
		if t, ok := s.ledger.Imported(site); ok {
			st.Imported = append(st.Imported, t)
		}
	}
	for _, h := range v.hot {
		st.HotRows += h.Len()
	}
	st.Rows = int64(st.HotRows)
	for _, f := range v.files.files {
		st.Files++
		st.Rows += f.Rows
		st.Bytes += f.Bytes
	}
	for _, f := range s.log.Files() {
		st.LogFiles++
		st.LogBytes += f.Bytes
	}
	return st
}

// Files returns the files that the store consists of, by name.
func (s *Store) Files() []record.File { return s.ledger.Files() }
