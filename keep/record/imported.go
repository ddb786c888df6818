package record

import (
	"google.golang.org/protobuf/encoding/protowire"

	"holdfast"
)

// Imported says of which time of a site another system's log tells. In an
// entry, Told is the one stretch from the first written to the last; in a
// checkpoint, both are what this import was the first to tell.
type Imported struct {
	Site    holdfast.SiteID
	Source  string             // "access log"
	By      string             // who imported it
	On      holdfast.Day       // of the site's calendar
	Written []holdfast.Stretch // the log has something for every hour of these
	Told    []holdfast.Stretch // of these it tells, be it that there is nothing
	Cut     []holdfast.Millis  // at which the log goes on, and was not taken
}

func (e *enc) imported(num protowire.Number, list []Imported) {
	for i := range list {
		im := &list[i]
		e.message(num, func(e *enc) {
			e.uint(1, uint64(im.Site))
			e.str(2, im.Source)
			e.str(3, im.By)
			e.sint(4, int64(im.On))
			e.stretches(5, im.Written)
			e.stretches(6, im.Told)
			for _, at := range im.Cut {
				e.sint(7, int64(at))
			}
		})
	}
}

func (e *enc) stretches(num protowire.Number, list []holdfast.Stretch) {
	for _, s := range list {
		e.message(num, func(e *enc) {
			e.sint(1, int64(s.From))
			e.sint(2, int64(s.To-s.From))
		})
	}
}

func decodeImports(msg string) (list []Imported, err error) {
	err = fields(msg, func(f *field) error {
		if f.num == 1 {
			return decodeImported(f.s, &list)
		}
		return nil
	})
	return list, err
}

func decodeImported(msg string, into *[]Imported) error {
	var im Imported
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			im.Site = holdfast.SiteID(f.u)
		case 2:
			im.Source = f.s
		case 3:
			im.By = f.s
		case 4:
			im.On = holdfast.Day(f.sint())
		case 5:
			return decodeStretch(f.s, &im.Written)
		case 6:
			return decodeStretch(f.s, &im.Told)
		case 7:
			im.Cut = append(im.Cut, holdfast.Millis(f.sint()))
		}
		return nil
	})
	*into = append(*into, im)
	return err
}

func decodeStretch(msg string, into *[]holdfast.Stretch) error {
	var s holdfast.Stretch
	err := fields(msg, func(f *field) error {
		switch f.num {
		case 1:
			s.From = holdfast.Millis(f.sint())
		case 2:
			s.To = holdfast.Millis(f.sint())
		}
		return nil
	})
	s.To += s.From
	*into = append(*into, s)
	return err
}
