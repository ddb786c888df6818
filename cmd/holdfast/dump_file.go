package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

func dumpFileCommand() *cobra.Command {
	var events bool
	cmd := &cobra.Command{
		Use:   "file FILE",
		Short: "Verify a Parquet file of a store, and print what is in it",
		Long: `Verify a Parquet file of a store, and print its description and the site days
in it. With --events, print its events instead, as one JSON object a line.`,
		Example: "  holdfast dump file /var/lib/holdfast/files/day-2026-07-31-….parquet",
		Args:    takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, name, err := openBeside(args[0])
			if err != nil {
				return fmt.Errorf("open %s: %w", args[0], err)
			}
			defer dir.Close()
			r, err := openSegment(cmd.Context(), dir, name)
			if err != nil {
				return err
			}
			defer r.Close()
			if events {
				return printRows(cmd, r)
			}
			return printSegment(cmd, r)
		},
	}
	cmd.Flags().BoolVar(&events, "events", false, "print the events in it")
	return cmd
}

func openSegment(ctx context.Context, dir fsx.FS, name string) (*segment.Reader, error) {
	f, err := segment.Describe(ctx, dir, ".", name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return segment.Open(dir, ".", f, segment.NewCache(16<<20))
}

func printSegment(cmd *cobra.Command, r *segment.Reader) error {
	f, store := r.File(), r.Store()
	d, err := r.Directory()
	if err != nil {
		return err
	}
	o := &object{}
	o.put("store", hex.EncodeToString(store[:]))
	o.put("kind", f.Kind.String())
	o.put("rows", f.Rows)
	o.put("counted", f.Counted)
	o.put("bytes", f.Bytes)
	o.put("sha256", hex.EncodeToString(f.Hash[:]))
	o.put("from", f.MinTime.String())
	o.put("to", f.MaxTime.String())
	o.put("row_groups", r.Groups())
	o.put("folded", r.Folded())
	o.put("hashed", f.Hashed)
	if wantsJSON(cmd) {
		var days []*object
		if err := d.All(func(s segment.SiteDay) bool {
			days = append(days, dumpedDay(&s))
			return true
		}); err != nil {
			return err
		}
		o.put("site_days", days)
		return printJSON(cmd, o)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of store %x: %s, %s counted, %s, in %s\nfrom %s to %s; visits folded: %v; visitors as hashes: %v\n",
		f.Kind, store, counted(f.Rows, "row"), count(f.Counted), size(f.Bytes), counted(int64(r.Groups()), "row group"), f.MinTime, f.MaxTime, r.Folded(), f.Hashed)
	if err != nil {
		return err
	}
	t := &table{head: []string{"SITE", "DAY", "FIRST ROW", "ROWS", "FROM", "TO", "FLAGS"}, right: []bool{true, false, true, true}}
	if err := d.All(func(s segment.SiteDay) bool {
		t.add(fmt.Sprint(s.Site), s.Day.String(), count(s.First), count(s.Rows), s.Min.String(), s.Max.String(), flagsOf(s.Tallies))
		return true
	}); err != nil {
		return err
	}
	return printTable(cmd, t)
}

// flagsOf says how many rows of a site day have which flag.
func flagsOf(tallies []rows.Tally) (text string) {
	byFlag := make(map[holdfast.Flag]int64)
	for _, t := range tallies {
		byFlag[t.Flag] += t.Events
	}
	for _, flag := range holdfast.Flags() {
		if n := byFlag[flag]; n > 0 && flag != holdfast.Counted {
			text += fmt.Sprintf("%s %s ", count(n), flag)
		}
	}
	return text
}

func dumpedDay(s *segment.SiteDay) *object {
	o := &object{}
	o.put("site", s.Site)
	o.put("day", s.Day.String())
	o.put("start", s.Start.String())
	o.put("first_row", s.First)
	o.put("rows", s.Rows)
	o.put("from", s.Min.String())
	o.put("to", s.Max.String())
	tallies := make([]*object, 0, len(s.Tallies))
	for _, t := range s.Tallies {
		tally := &object{}
		tally.put("hour", t.Hour)
		tally.put("flag", t.Flag)
		tally.put("views", t.Views)
		tally.put("events", t.Events)
		tallies = append(tallies, tally)
	}
	o.put("tallies", tallies)
	return o
}

// dumpBlock is how many rows are read at a time.
const dumpBlock = 4096

func printRows(cmd *cobra.Command, r *segment.Reader) error {
	for i := range r.Groups() {
		g := r.Group(i)
		for lo := 0; lo < g.Len(); lo += dumpBlock {
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			if err := printBlock(cmd, g, lo, min(lo+dumpBlock, g.Len()), r.Folded()); err != nil {
				return err
			}
		}
	}
	return nil
}

// printBlock prints rows lo to hi of a row group.
func printBlock(cmd *cobra.Command, g *segment.Group, lo, hi int, folded bool) error {
	var texts [rows.NumText][]string
	for c := range texts {
		dict, err := g.Dict(rows.Text(c))
		if err != nil {
			return err
		}
		var codes rows.Codes
		if err := g.Codes(rows.Text(c), lo, hi, &codes); err != nil {
			return err
		}
		for i := range hi - lo {
			texts[c] = append(texts[c], dict[codes.At(i)])
		}
	}
	var numbers [rows.NumNumber][]int64
	for c := range numbers {
		var err error
		if numbers[c], err = g.Ints(rows.Number(c), lo, hi, nil); err != nil {
			return err
		}
	}
	props := make([][]holdfast.Prop, hi-lo)
	if err := g.EachProp(lo, hi, func(key string, v *rows.PropValue) {
		props[v.Row] = append(props[v.Row], v.Prop(key))
	}); err != nil {
		return err
	}
	for i := range hi - lo {
		e := eventOf(func(c rows.Text) string { return texts[c][i] }, func(c rows.Number) int64 { return numbers[c][i] })
		e.Props = props[i]
		slices.SortFunc(e.Props, func(a, b holdfast.Prop) int { return cmp.Compare(a.Key, b.Key) })
		var visit map[rows.Number]int64
		if folded {
			visit = map[rows.Number]int64{rows.VisitNo: numbers[rows.VisitNo][i], rows.VisitEnds: numbers[rows.VisitEnds][i]}
		}
		if err := printJSON(cmd, dumpedEvent(&e, visit)); err != nil {
			return err
		}
	}
	return nil
}

// eventOf makes an event of its columns: the inverse of rows.TextsOf and
// rows.NumbersOf.
func eventOf(text func(rows.Text) string, number func(rows.Number) int64) holdfast.Event {
	t := holdfast.Millis(number(rows.Time))
	return holdfast.Event{
		Site: holdfast.SiteID(number(rows.Site)), Day: holdfast.Day(number(rows.Day)),
		Time: t, Received: t + holdfast.Millis(number(rows.Lag)),
		Name: text(rows.Name), Host: text(rows.Host), Path: text(rows.Path), Title: text(rows.Title),
		Referrer: text(rows.Referrer), Source: text(rows.Source), Channel: text(rows.Channel),
		UTM: holdfast.UTM{
			Source: text(rows.UTMSource), Medium: text(rows.UTMMedium), Campaign: text(rows.UTMCampaign),
			Term: text(rows.UTMTerm), Content: text(rows.UTMContent),
		},
		Click: text(rows.Click), Country: text(rows.Country), CountryBy: holdfast.CountryBy(text(rows.CountryBy)), Region: text(rows.Region), City: text(rows.City),
		Language: text(rows.Language), Screen: text(rows.Screen), Device: text(rows.Device), Browser: text(rows.Browser),
		OS: text(rows.OS), UserAgent: text(rows.UserAgent),
		Visitor: holdfast.VisitorID(number(rows.Visitor)), Visit: holdfast.VisitID(number(rows.Visit)),
		Interactive: number(rows.Interactive) != 0, Engaged: int32(number(rows.Engaged)), Scroll: int8(number(rows.Scroll)),
		Value: number(rows.Value), Currency: text(rows.Currency), ID: holdfast.EventID(number(rows.ID)),
		Door: holdfast.Door(text(rows.Door)), Origin: holdfast.Origin(text(rows.Origin)), Flag: holdfast.Flag(text(rows.Flag)),
	}
}
