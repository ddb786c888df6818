package record

import (
	"fmt"

	"holdfast"
)

// LedgerEntry is one change of what the store consists of: exactly one field
// is set.
type LedgerEntry struct {
	Files    *Files
	Damage   *Damage
	Imported []Imported
}

// Files says that files take the place of others, all at once.
type Files struct {
	Add      []File
	Remove   []string
	SealedTo holdfast.Seq // all events up to this record are in files; 0: unchanged
	Cause    string
}

// Damage says that records of the log can no longer be read, and of what time
// they were.
type Damage struct {
	From, To    holdfast.Millis // of the records before and after them
	First, Last holdfast.Seq
	What        string // in words, with file and offset
}

// File is what the ledger knows of a sealed file.
type File struct {
	Name             string
	Kind             string
	Rows             int64
	Counted          int64
	Bytes            int64
	Hash             [32]byte
	MinTime, MaxTime holdfast.Millis
	MinDay, MaxDay   holdfast.Day
	Site             holdfast.SiteID // 0: several
	Hashed           bool
}

// Ledger is the checkpoint of the ledger.
type Ledger struct {
	Files    []File
	SealedTo holdfast.Seq
	Ups      []Up
	Accounts []Account
	Spoiled  []Tally
	Running  bool
	Damage   []Damage
	Imported []Imported
}

// Up is a time in which the store was alive throughout.
type Up struct{ From, To holdfast.Millis }

// Account counts a site's events: those kept by flag, those gone by reason.
type Account struct {
	Site holdfast.SiteID
	Kept map[holdfast.Flag]int64
	Gone map[holdfast.Reason]int64
}

// Append appends the entry's encoding to b.
func (l *LedgerEntry) Append(b []byte) []byte {
	e := enc{b}
	if f := l.Files; f != nil {
		e.message(1, func(e *enc) {
			for i := range f.Add {
				e.message(1, func(e *enc) { e.file(&f.Add[i]) })
			}
			e.strs(2, f.Remove)
			e.uint(3, uint64(f.SealedTo))
			e.str(4, f.Cause)
		})
	}
	if l.Damage != nil {
		e.message(2, func(e *enc) { e.damage(l.Damage) })
	}
	if len(l.Imported) > 0 {
		e.message(3, func(e *enc) { e.imported(1, l.Imported) })
	}
	return e.b
}

// DecodeLedgerEntry reads an entry.
func DecodeLedgerEntry(payload []byte) (LedgerEntry, error) {
	var l LedgerEntry
	err := fields(string(payload), func(f *field) (err error) {
		switch f.num {
		case 1:
			l.Files, err = decodeFiles(f.s)
		case 2:
			var list []Damage
			err = decodeDamage(f.s, &list)
			l.Damage = &list[0]
		case 3:
			l.Imported, err = decodeImports(f.s)
		}
		return err
	})
	if err != nil {
		return LedgerEntry{}, fmt.Errorf("decode ledger entry: %w", err)
	}
	return l, nil
}

func decodeFiles(msg string) (*Files, error) {
	files := &Files{}
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			return decodeFile(f.s, &files.Add)
		case 2:
			files.Remove = append(files.Remove, f.s)
		case 3:
			files.SealedTo = holdfast.Seq(f.u)
		case 4:
			files.Cause = f.s
		}
		return nil
	})
	return files, err
}

func (e *enc) file(f *File) {
	e.str(1, f.Name)
	e.str(2, f.Kind)
	e.uint(3, uint64(f.Rows))
	e.uint(4, uint64(f.Counted))
	e.uint(5, uint64(f.Bytes))
	e.str(6, string(f.Hash[:]))
	e.sint(7, int64(f.MinTime))
	e.sint(8, int64(f.MaxTime))
	e.sint(9, int64(f.MinDay))
	e.sint(10, int64(f.MaxDay))
	e.uint(11, uint64(f.Site))
	e.bool(12, f.Hashed)
}

func decodeFile(msg string, into *[]File) error {
	var file File
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			file.Name = f.s
		case 2:
			file.Kind = f.s
		case 3:
			file.Rows = int64(f.u)
		case 4:
			file.Counted = int64(f.u)
		case 5:
			file.Bytes = int64(f.u)
		case 6:
			if copy(file.Hash[:], f.s) != len(file.Hash) || len(f.s) != len(file.Hash) {
				return errMalformed
			}
		case 7:
			file.MinTime = holdfast.Millis(f.sint())
		case 8:
			file.MaxTime = holdfast.Millis(f.sint())
		case 9:
			file.MinDay = holdfast.Day(f.sint())
		case 10:
			file.MaxDay = holdfast.Day(f.sint())
		case 11:
			file.Site = holdfast.SiteID(f.u)
		case 12:
			file.Hashed = f.bool()
		}
		return nil
	})
	*into = append(*into, file)
	return err
}

// Append appends the checkpoint's encoding to b.
func (l *Ledger) Append(b []byte) []byte {
	e := enc{b}
	for i := range l.Files {
		e.message(1, func(e *enc) { e.file(&l.Files[i]) })
	}
	e.uint(2, uint64(l.SealedTo))
	for _, u := range l.Ups {
		e.message(3, func(e *enc) {
			e.sint(1, int64(u.From))
			e.sint(2, int64(u.To))
		})
	}
	for i := range l.Accounts {
		e.message(4, func(e *enc) { e.account(&l.Accounts[i]) })
	}
	e.tallies(5, l.Spoiled)
	e.bool(6, l.Running)
	for i := range l.Damage {
		e.message(7, func(e *enc) { e.damage(&l.Damage[i]) })
	}
	e.imported(8, l.Imported)
	return e.b
}

// DecodeLedger reads a checkpoint.
func DecodeLedger(payload []byte) (Ledger, error) {
	var l Ledger
	err := fields(string(payload), func(f *field) error {
		switch f.num {
		case 1:
			return decodeFile(f.s, &l.Files)
		case 2:
			l.SealedTo = holdfast.Seq(f.u)
		case 3:
			return decodeUp(f.s, &l.Ups)
		case 4:
			return decodeAccount(f.s, &l.Accounts)
		case 5:
			return decodeTally(f.s, &l.Spoiled)
		case 6:
			l.Running = f.bool()
		case 7:
			return decodeDamage(f.s, &l.Damage)
		case 8:
			return decodeImported(f.s, &l.Imported)
		}
		return nil
	})
	if err != nil {
		return Ledger{}, fmt.Errorf("decode ledger: %w", err)
	}
	return l, nil
}

func decodeUp(msg string, into *[]Up) error {
	var u Up
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			u.From = holdfast.Millis(f.sint())
		case 2:
			u.To = holdfast.Millis(f.sint())
		}
		return nil
	})
	*into = append(*into, u)
	return err
}

func (e *enc) damage(d *Damage) {
	e.sint(1, int64(d.From))
	e.sint(2, int64(d.To))
	e.uint(3, uint64(d.First))
	e.uint(4, uint64(d.Last))
	e.str(5, d.What)
}

func decodeDamage(msg string, into *[]Damage) error {
	var d Damage
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			d.From = holdfast.Millis(f.sint())
		case 2:
			d.To = holdfast.Millis(f.sint())
		case 3:
			d.First = holdfast.Seq(f.u)
		case 4:
			d.Last = holdfast.Seq(f.u)
		case 5:
			d.What = f.s
		}
		return nil
	})
	*into = append(*into, d)
	return err
}

func (e *enc) account(a *Account) {
	e.uint(1, uint64(a.Site))
	for _, flag := range sortedKeys(a.Kept) {
		e.message(2, func(e *enc) { e.count(string(flag), a.Kept[flag]) })
	}
	for _, reason := range sortedKeys(a.Gone) {
		e.message(3, func(e *enc) { e.count(string(reason), a.Gone[reason]) })
	}
}

func (e *enc) count(name string, events int64) {
	e.str(1, name)
	e.uint(2, uint64(events))
}

func decodeAccount(msg string, into *[]Account) error {
	a := Account{Kept: map[holdfast.Flag]int64{}, Gone: map[holdfast.Reason]int64{}}
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			a.Site = holdfast.SiteID(f.u)
		case 2:
			name, n, err := decodeCount(f.s)
			a.Kept[holdfast.Flag(name)] += n
			return err
		case 3:
			name, n, err := decodeCount(f.s)
			a.Gone[holdfast.Reason(name)] += n
			return err
		}
		return nil
	})
	*into = append(*into, a)
	return err
}

func decodeCount(msg string) (name string, events int64, err error) {
	err = fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			name = f.s
		case 2:
			events = int64(f.u)
		}
		return nil
	})
	return name, events, err
}
