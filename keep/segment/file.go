package segment

import "holdfast"

// File describes a finished file.
type File struct {
	Name             string // without folder
	Kind             Kind
	Rows             int64
	Counted          int64 // rows without a flag
	Bytes            int64
	Hash             [32]byte // SHA-256 of all bytes
	MinTime, MaxTime holdfast.Millis
	MinDay, MaxDay   holdfast.Day
	Site             holdfast.SiteID // 0: several
	Hashed           bool            // holds visitors known by a hash, which must not outlive its salt
}

// summarize sets what follows from the site days in the file, of which there
// is one at least.
func (f *File) summarize(days []SiteDay) {
	first := &days[0]
	f.MinTime, f.MaxTime, f.MinDay, f.MaxDay, f.Site = first.Min, first.Max, first.Day, first.Day, first.Site
	for i := range days {
		d := &days[i]
		f.MinTime, f.MaxTime = min(f.MinTime, d.Min), max(f.MaxTime, d.Max)
		f.MinDay, f.MaxDay = min(f.MinDay, d.Day), max(f.MaxDay, d.Day)
		if d.Site != f.Site {
			f.Site = 0
		}
		for _, t := range d.Tallies {
			if t.Flag == holdfast.Counted {
				f.Counted += t.Events
			}
		}
	}
}
