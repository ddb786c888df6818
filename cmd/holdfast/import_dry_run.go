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

// dryLines is how many lines a dry run looks at.
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

// dryRun prints the first lines and what they would become.
func dryRun(cmd *cobra.Command, s control.Backend, o accesslog.Options, names []string) error {
	ctx, enough := context.WithCancel(cmd.Context())
	defer enough()
	lines, hits, of := []dryLine{}, []accesslog.Hit(nil), []int(nil)
	var format accesslog.Format
	o.Judged = func(j accesslog.Judged) {
		line := dryLine{Line: j.Number, Time: j.Line.Time, Path: strings.Clone(j.Line.Target)}
		switch {
		case j.Err != nil:
			line.Becomes = "unreadable: " + j.Err.Error()
		case j.Reason != "":
			line.Becomes = "no page view: " + string(j.Reason)
		default:
			hits, of = append(hits, *j.Hit), append(of, len(lines))
		}
		format, lines = j.Format, append(lines, line)
		if len(lines) == dryLines {
			enough()
		}
	}
	im := accesslog.New(o)
	failed := readAll(ctx, im, names, &progress{})
	if len(lines) == dryLines && cmd.Context().Err() == nil {
		failed = nil
	}
	if len(lines) == 0 && failed != nil {
		return failed
	}
	if err := try(cmd.Context(), s, hits, lines, of); err != nil {
		return err
	}
	return errors.Join(writeDryRun(cmd, format, lines), failed)
}

// try finds out what hits would become, and enters it in their lines.
func try(ctx context.Context, s control.Backend, hits []accesslog.Hit, lines []dryLine, of []int) error {
	if len(hits) == 0 {
		return nil
	}
	done, err := s.Import(ctx, control.Import{Hits: sentHits(hits), Try: true})
	if err != nil {
		return err
	}
	refused := map[int]string{}
	for _, r := range done.Refused {
		refused[r.Hit] = r.Error
	}
	if len(done.Seen)+len(refused) != len(hits) {
		return errors.New("the server's answer is not about what it was asked")
	}
	seen := done.Seen
	for i, at := range of {
		line := &lines[at]
		if why, ok := refused[i]; ok {
			line.Becomes = "refused: " + why
			continue
		}
		line.Becomes = "page view"
		if flag := seen[0].Flag; flag != holdfast.Counted {
			line.Becomes = "flagged: " + string(flag)
		}
		line.Site, line.Path, line.Source, line.Channel = seen[0].Site, seen[0].Path, seen[0].Source, seen[0].Channel
		seen = seen[1:]
	}
	return nil
}

func writeDryRun(cmd *cobra.Command, format accesslog.Format, lines []dryLine) error {
	if wantsJSON(cmd) {
		return printJSON(cmd, struct {
			Format accesslog.Format `json:"format"`
			Lines  []dryLine        `json:"lines"`
		}{format, lines})
	}
	t := &table{head: []string{"LINE", "TIME", "BECOMES", "SITE", "PATH", "SOURCE"}, right: []bool{true}}
	for _, l := range lines {
		at, source := l.Time.String(), l.Source
		if l.Time == 0 {
			at = ""
		}
		if source == "" && l.Channel != "" {
			source = "(" + l.Channel + ")"
		}
		t.add(fmt.Sprint(l.Line), at, plain(l.Becomes), plain(l.Site), short(plain(l.Path)), plain(source))
	}
	if err := printTable(cmd, t); err != nil {
		return err
	}
	say(cmd, "the format is %s; nothing was changed", format)
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
