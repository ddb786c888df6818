package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"holdfast"
	"holdfast/serve/control"
	"holdfast/serve/deal"
)

func dealImportCommand() *cobra.Command {
	var dryRun bool
	cmd := withSite(&cobra.Command{
		Use:   "import FILE.csv",
		Short: "Add deals from a table, or change those that are there",
		Long: `Add the deals of a CSV file, or change those with their ids. - is standard
input. The first line names the columns: id, title and starts, and any of ends,
paths (with spaces between them), goal and link, in any order.

What is wrong with one line costs the others nothing, and is told with its
number. The same file again changes nothing. --dry-run says of each line what
would become of it, and changes nothing.

` + dealTimes + `

Exit status: 0 done, 1 some lines are wrong.`,
		Example: "  holdfast deal import --data /var/lib/holdfast --site shop.example.com deals.csv",
		Args:    takes("FILE.csv"),
	}, func(cmd *cobra.Command, s *opened, site control.Site, args []string) error {
		in := cmd.InOrStdin()
		if args[0] != "-" {
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			in = file
		}
		im := dealImport{to: s, site: site.Name, try: dryRun, lines: map[string]int{}}
		im.sum.Wrong = []wrongLine{}
		err := im.read(cmd.Context(), in)
		if err != nil && im.sum.lines() == 0 {
			return err
		}
		if len(im.sum.Deals) > 0 && !wantsJSON(cmd) {
			err = errors.Join(err, printTriedDeals(cmd, site, im.sum.Deals))
		}
		if shown := printDealImport(cmd, args[0], &im.sum); err == nil {
			err = shown
		}
		if dryRun {
			say(cmd, "nothing was changed")
		}
		if n := len(im.sum.Wrong); err == nil && n > 0 {
			err = holdfast.Hint(fmt.Errorf("wrong: %s", counted(int64(n), "line")), "mend them and import the file again: what is there already is not added twice")
		}
		return err
	})
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would become of each line, and change nothing")
	return cmd
}

// dealSummary is what became of the lines of a table.
type dealSummary struct {
	Added     int         `json:"added"`
	Changed   int         `json:"changed"`
	Unchanged int         `json:"unchanged"`
	Wrong     []wrongLine `json:"wrong"`
	// Deals are what lines would become, in a dry run.
	Deals []triedDeal `json:"deals,omitempty"`
}

// wrongLine says what is wrong with a line.
type wrongLine struct {
	Line  int    `json:"line"`
	Field string `json:"field,omitempty"`
	Error string `json:"error"`
}

func (s *dealSummary) lines() int { return s.Added + s.Changed + s.Unchanged + len(s.Wrong) }

func (s *dealSummary) wrong(line int, field, reason string) {
	s.Wrong = append(s.Wrong, wrongLine{line, field, reason})
}

var dealColumns = []string{"id", "title", "starts", "ends", "paths", "goal", "link"}

// dealImport puts the deals of a table, some at a time.
type dealImport struct {
	to    control.Backend
	site  string
	try   bool
	lines map[string]int // by id
	sum   dealSummary

	waiting []deal.Written
	at      []int // the lines they are on
	bytes   int   // of text in them
}

// Bounds on the text of a line, and of the lines that are put at once: a
// request has room for them, even if JSON takes six bytes for each.
const (
	maxLine  = 1 << 20
	maxLines = 8 << 20
)

func (im *dealImport) read(ctx context.Context, in io.Reader) error {
	text := bufio.NewReader(in)
	if mark, err := text.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = text.Discard(len(mark))
	}
	r := csv.NewReader(text)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	head, err := readHead(r)
	if err != nil {
		return err
	}
	for {
		record, err := r.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return im.flush(ctx)
		case errors.As(err, &bad):
			im.sum.wrong(bad.StartLine, "", fmt.Sprintf("is no line of a table: %v at character %d of line %d", bad.Err, bad.Column, bad.Line))
			continue
		case err != nil:
			return err
		}
		line, _ := r.FieldPos(0)
		im.add(line, head, record)
		if len(im.waiting) == control.MaxPutDeals || im.bytes >= maxLines {
			if err := im.flush(ctx); err != nil {
				return err
			}
		}
	}
}

// readHead returns the columns of the table.
func readHead(r *csv.Reader) ([]string, error) {
	hint := "the first line names the columns: " + strings.Join(dealColumns, ",")
	record, err := r.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, usage(errors.New("there is nothing in it"), "%s", hint)
	case err != nil:
		return nil, holdfast.Hint(fmt.Errorf("line 1: %w", err), "%s", hint)
	case len(record) == 1 && strings.ContainsAny(record[0], ";\t"):
		return nil, usage(fmt.Errorf("line 1: there is one column, %.60q", record[0]), "columns are separated by commas")
	case !utf8.ValidString(strings.Join(record, "")):
		return nil, usage(errors.New("line 1: is not UTF-8"), "save the table as CSV in UTF-8")
	}
	var head []string
	for _, name := range record {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(dealColumns, name) {
			return nil, usage(fmt.Errorf("line 1: there is no column %.60q%s", name, nearest(name, dealColumns)), "%s", hint)
		}
		if slices.Contains(head, name) {
			return nil, usage(fmt.Errorf("line 1: the column %s is there twice", name), "%s", hint)
		}
		head = append(head, name)
	}
	for _, name := range dealColumns[:3] {
		if !slices.Contains(head, name) {
			return nil, usage(fmt.Errorf("line 1: the column %s is missing", name), "%s", hint)
		}
	}
	return head, nil
}

func (im *dealImport) add(line int, head, record []string) {
	if len(record) != len(head) {
		im.sum.wrong(line, "", fmt.Sprintf("has %d columns, and the first line %d", len(record), len(head)))
		return
	}
	size := 0
	for _, text := range record {
		size += len(text)
	}
	if size > maxLine {
		im.sum.wrong(line, "", "is longer than 1 MB")
		return
	}
	var w deal.Written
	for i, name := range head {
		text := strings.TrimSpace(record[i])
		switch name {
		case "id":
			w.ID = text
		case "title":
			w.Title = text
		case "starts":
			w.Starts = text
		case "ends":
			w.Ends = text
		case "paths":
			w.Paths = strings.Fields(text)
		case "goal":
			w.Goal = text
		case "link":
			w.Link = text
		}
	}
	if first, ok := im.lines[w.ID]; ok && w.ID != "" {
		im.sum.wrong(line, "id", fmt.Sprintf("%.64s is on line %d already", w.ID, first))
		return
	}
	im.lines[w.ID] = line
	im.bytes += size
	im.waiting, im.at = append(im.waiting, w), append(im.at, line)
}

// flush puts what waits.
func (im *dealImport) flush(ctx context.Context) error {
	if len(im.waiting) == 0 {
		return nil
	}
	put, err := im.to.PutDeals(ctx, im.site, control.Put{Deals: im.waiting, Try: im.try})
	if err != nil {
		return err
	}
	for i, p := range put {
		if im.try && p.Change != "" {
			im.sum.Deals = append(im.sum.Deals, triedDealOf(im.at[i], &im.waiting[i], &p))
		}
		switch p.Change {
		case holdfast.DealAdded:
			im.sum.Added++
		case holdfast.DealChanged:
			im.sum.Changed++
		case holdfast.DealUnchanged:
			im.sum.Unchanged++
		default:
			im.sum.wrong(im.at[i], p.Field, p.Error)
		}
	}
	im.waiting, im.at, im.bytes = im.waiting[:0], im.at[:0], 0
	return nil
}

// maxWrong is how many wrong lines a person is told of.
const maxWrong = 100

func printDealImport(cmd *cobra.Command, name string, s *dealSummary) error {
	slices.SortStableFunc(s.Wrong, func(a, b wrongLine) int { return a.Line - b.Line })
	if wantsJSON(cmd) {
		return printJSON(cmd, s)
	}
	t := &table{head: []string{"ADDED", "CHANGED", "UNCHANGED", "WRONG"}, right: []bool{true, true, true, true}}
	t.add(count(int64(s.Added)), count(int64(s.Changed)), count(int64(s.Unchanged)), count(int64(len(s.Wrong))))
	if err := printTable(cmd, t); err != nil {
		return err
	}
	for i, w := range s.Wrong {
		if i == maxWrong {
			say(cmd, "and %s", counted(int64(len(s.Wrong)-i), "more wrong line"))
			break
		}
		what := w.Error
		if w.Field != "" {
			what = w.Field + ": " + what
		}
		say(cmd, "%s, line %d: %s", name, w.Line, plain(what))
	}
	return nil
}
