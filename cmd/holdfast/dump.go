package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep"
	"holdfast/keep/rows"
)

func dumpCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:   "dump",
		Short: "Print what is on disk, for people and programs",
		Long: `Print what is on disk, as it lies there, without opening the store: also beside
a running server, and of files that were taken out of a store. docs/format/ has
a page for each format. With --json each line is an object.`,
	}, dumpLogCommand(), dumpFileCommand(), dumpCheckpointCommand(), dumpIDsCommand())
}

// openBeside opens the folder of a file, and returns the file's name in it.
func openBeside(file string) (*fsx.Dir, string, error) {
	dir, err := fsx.OpenDir(filepath.Dir(file))
	return dir, filepath.Base(file), err
}

// storeIn returns the id in a store's stamp.
func storeIn(fsys fsx.FS) ([16]byte, error) {
	stamp, err := keep.ReadStamp(fsys)
	return stamp.Store, err
}

// object is a JSON object whose members are in the order they were put in.
type object struct{ b []byte }

func (o *object) put(key string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		text, _ = json.Marshal(err.Error())
	}
	name, _ := json.Marshal(key)
	o.b = append(append(append(append(o.b, ','), name...), ':'), text...)
}

// MarshalJSON returns the object.
func (o *object) MarshalJSON() ([]byte, error) {
	if len(o.b) == 0 {
		return []byte("{}"), nil
	}
	return append(append([]byte{'{'}, o.b[1:]...), '}'), nil
}

// dumpedEvent returns an event with its columns by name, those without a value
// left out. Folded are the columns that a file has besides.
func dumpedEvent(e *holdfast.Event, folded map[rows.Number]int64) *object {
	o := &object{}
	o.put("site", e.Site)
	o.put("day", e.Day.String())
	o.put("time", e.Time.String())
	o.put("received", e.Received.String())
	for c, text := range rows.TextsOf(e) {
		if text != "" {
			o.put(rows.Text(c).String(), text)
		}
	}
	numbers := rows.NumbersOf(e)
	for c := rows.Visitor; c <= rows.Value; c++ {
		switch n := numbers[c]; {
		case c == rows.Scroll && e.Scroll == holdfast.NoScroll:
		case n == 0 && c != rows.Scroll:
		case c == rows.Visitor, c == rows.Visit, c == rows.ID:
			o.put(c.String(), fmt.Sprintf("%016x", uint64(n)))
		default:
			o.put(c.String(), n)
		}
	}
	if e.Currency != "" && e.Value == 0 {
		o.put(rows.Value.String(), 0)
	}
	for _, c := range []rows.Number{rows.VisitNo, rows.VisitEnds} {
		if n, ok := folded[c]; ok {
			o.put(c.String(), n)
		}
	}
	for i := range e.Props {
		o.put("prop."+e.Props[i].Key, propValue(&e.Props[i]))
	}
	return o
}

func propValue(p *holdfast.Prop) any {
	switch p.Kind {
	case holdfast.PropInt:
		return p.Int
	case holdfast.PropFloat:
		return p.Float
	case holdfast.PropBool:
		return p.Bool
	}
	return p.Str
}
