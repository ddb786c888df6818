package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/collect/accesslog"
	"holdfast/serve/control"
)

// dryLines is how many lines a dry run shows.
const dryLines = 20

// dryLine is a line and what it would become.
type dryLine struct {
	Line    int64           `json:"line"`
	Time    holdfast.Millis `json:"time,omitzero"`
	Becomes string          `json:"becomes"`
	Site    string          `json:"site,omitempty"`
	Path    string          `json:"path,omitempty"` // of a page view; else what was requested
	Source  string          `json:"source,omitempty"`
	Channel string          `json:"channel,omitempty"`
}

// dryRun looks at logs, and changes nothing.
type dryRun struct {
	cmd    *cobra.Command
	to     control.Backend
	format accesslog.Format
	lines  []dryLine
	hits   []accesslog.Hit
	of     []int // the line of each hit
	shown  bool
}

// run prints the first lines and what they would become, and then what would
// become of all.
func (d *dryRun) run(o accesslog.Options, names []string, sites []control.Site) error {
	ctx, stop := context.WithCancel(d.cmd.Context())
	defer stop()
	var failed error
	o.Door = dryDoor{d.to}
	o.Judged = func(j accesslog.Judged) {
		if len(d.lines) < dryLines {
			d.add(j)
		}
		if len(d.lines) == dryLines && !d.shown {
			if failed = d.show(d.cmd.Context()); failed != nil {
				stop()
			}
		}
	}
	sum, err := readLogs(ctx, d.cmd, o, names)
	switch {
	case failed != nil:
		return failed
	case sum.Lines == 0 && err != nil:
		return err
	case !d.shown:
		if shown := d.show(d.cmd.Context()); shown != nil {
			return errors.Join(shown, err)
		}
	}
	return errors.Join(d.sum(&sum, sites, len(names)), err)
}

// dryDoor is a door through which nothing gets.
type dryDoor struct{ to control.Backend }

var _ accesslog.Door = dryDoor{}

func (d dryDoor) Take(ctx context.Context, hits []accesslog.Hit, _ holdfast.Import) (accesslog.Taken, error) {
	done, err := d.to.Import(ctx, control.Import{Hits: sentHits(hits), Try: true})
	return takenOf(&done), err
}

// add enters a line of which it is known what kind it is.
func (d *dryRun) add(j accesslog.Judged) {
	line := dryLine{Line: j.Number, Time: j.Line.Time, Path: strings.Clone(j.Line.Target)}
	switch {
	case j.Err != nil:
		line.Becomes = "unreadable: " + j.Err.Error()
	case j.Reason != "":
		line.Becomes = "no page view: " + string(j.Reason)
	default:
		d.hits, d.of = append(d.hits, *j.Hit), append(d.of, len(d.lines))
	}
	d.format, d.lines = j.Format, append(d.lines, line)
}

// show finds out what the lines would become, and prints it.
func (d *dryRun) show(ctx context.Context) error {
	d.shown = true
	if err := d.try(ctx); err != nil || wantsJSON(d.cmd) {
		return err
	}
	t := &table{head: []string{"LINE", "TIME", "BECOMES", "SITE", "PATH", "SOURCE"}, right: []bool{true}}
	for _, l := range d.lines {
		at, source := l.Time.String(), l.Source
		if l.Time == 0 {
			at = ""
		}
		if source == "" && l.Channel != "" {
			source = "(" + l.Channel + ")"
		}
		t.add(fmt.Sprint(l.Line), at, plain(l.Becomes), plain(l.Site), short(plain(l.Path)), plain(source))
	}
	return printTable(d.cmd, t)
}

// try finds out what hits would become, and enters it in their lines.
func (d *dryRun) try(ctx context.Context) error {
	if len(d.hits) == 0 {
		return nil
	}
	done, err := d.to.Import(ctx, control.Import{Hits: sentHits(d.hits), Try: true, Show: len(d.hits)})
	if err != nil {
		return err
	}
	refused := map[int]string{}
	for _, r := range done.Refused {
		refused[r.Hit] = r.Error
	}
	if len(done.Seen)+len(refused) != len(d.hits) {
		return errors.New("the server's answer is not about what it was asked")
	}
	seen := done.Seen
	for i, at := range d.of {
		line := &d.lines[at]
		if why, ok := refused[i]; ok {
			line.Becomes = "refused: " + why
			continue
		}
		switch flag := seen[0].Flag; {
		case seen[0].Known:
			line.Becomes = "duplicate"
		case flag != holdfast.Counted:
			line.Becomes = "flagged: " + string(flag)
		default:
			line.Becomes = "page view"
		}
		line.Site, line.Path, line.Source, line.Channel = seen[0].Site, seen[0].Path, seen[0].Source, seen[0].Channel
		seen = seen[1:]
	}
	return nil
}

// sum prints what would become of all lines.
func (d *dryRun) sum(sum *accesslog.Summary, sites []control.Site, files int) error {
	if wantsJSON(d.cmd) {
		return printJSON(d.cmd, struct {
			Format  accesslog.Format   `json:"format"`
			Lines   []dryLine          `json:"lines"`
			Summary *accesslog.Summary `json:"summary"`
		}{d.format, append([]dryLine{}, d.lines...), sum})
	}
	if _, err := fmt.Fprintln(d.cmd.OutOrStdout()); err != nil {
		return err
	}
	if err := writeSummary(d.cmd, sum, sites); err != nil {
		return err
	}
	sayTwice(d.cmd, d.to, sum.Times, sites)
	if files > 1 {
		say(d.cmd, "a page view that is in two of the files would be kept once; here it is counted twice")
	}
	say(d.cmd, "the format is %s; nothing was changed", d.format)
	return nil
}

// short cuts what is too long for a line of a table.
func short(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}
