package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// report is what was measured, as sections of Markdown.
type report struct{ sections []string }

func (r *report) add(format string, args ...any) {
	r.sections = append(r.sections, fmt.Sprintf(format, args...))
}

func (r *report) print(w io.Writer, s *settings) error {
	if len(r.sections) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "Machine: %s.\nPrograms: %s.\n\n%s", machine(s.dir), programs(s), strings.Join(r.sections, "\n"))
	return err
}

// answers is the table of the standard questions.
func (r *report) answers(l *loaded, s *settings, sides []*side) {
	t := newGrid("question", "Holdfast", "DuckDB", "ClickHouse", "ratio", "first: Holdfast", "DuckDB", "ClickHouse")
	t.drop(len(sides) == 2, 3, 7)
	ratios := 0.0
	for i := range questions {
		best := math.Inf(1)
		var warm, cold []string
		for j, side := range sides {
			if j > 0 {
				best = min(best, side.warm[i])
			}
			warm, cold = append(warm, ms(side.warm[i])), append(cold, ms(side.cold[i]))
		}
		ratio := best / sides[0].warm[i]
		ratios += math.Log(ratio)
		t.add(append(append(append([]string{questions[i].name}, warm...), times(ratio)), cold...)...)
	}
	mean := math.Exp(ratios / float64(len(questions)))
	f := newGrid("question, flagged events included", "Holdfast", "DuckDB", "ClickHouse", "ratio")
	f.drop(len(sides) == 2, 3)
	for i := range questions {
		best := math.Inf(1)
		cells := []string{questions[i].name}
		for j, side := range sides {
			if j > 0 {
				best = min(best, side.flagged[i])
			}
			cells = append(cells, ms(side.flagged[i]))
		}
		f.add(append(cells, times(best/sides[0].flagged[i]))...)
	}
	var peaks, floors []string
	for _, side := range sides {
		peaks = append(peaks, fmt.Sprintf("%s %s", side.name, mib(side.peak)))
		if side.nothing > 0 {
			floors = append(floors, fmt.Sprintf("%s %s ms", side.name, ms(side.nothing)))
		}
	}
	r.add(`### Questions

%s events of %d days, %d threads; milliseconds, median of %d runs in a warm process, and the first answer of a new process with nothing in the system's cache. The ratio is that of the better of the others to Holdfast; its geometric mean is %s. All answers were compared first, and are equal.

%s
Of these, %s is what an answer to `+"`SELECT 1`"+` takes. Most memory each process ever had: %s.

%s`, counted(l.Rows), l.Days, s.threads, s.runs, times(mean), t, strings.Join(floors, ", "), strings.Join(peaks, ", "), f)
}

// sizes is the table of bytes.
func (r *report) sizes(l *loaded, z *sizes) {
	each := func(bytes int64) string { return fmt.Sprintf("%.2f", float64(bytes)/float64(l.Rows)) }
	t := newGrid("on disk", "MB", "bytes an event")
	row := func(name string, bytes int64) { t.add(name, fmt.Sprintf("%.0f", float64(bytes)/1e6), each(bytes)) }
	row("Holdfast: sealed files", z.parquet)
	row("Holdfast: sealed files without the column of event ids", z.parquet-z.idColumn)
	row("Holdfast: index of event ids", z.ids)
	row("Holdfast: files and index", z.parquet+z.ids)
	row("Holdfast: log (does not grow with the events)", z.log)
	row("Holdfast: all else", z.other)
	row("DuckDB, the same columns", z.duckdb.Bytes)
	smaller := z.duckdb.Bytes
	if z.clickhouse.Bytes > 0 {
		row("ClickHouse, the same columns, LZ4 (the table that was asked)", z.clickhouse.Bytes)
		row("ClickHouse, the same columns, ZSTD(3)", z.clickhouse.Small)
		smaller = min(smaller, z.clickhouse.Small)
	}
	var top []string
	for _, c := range z.columns[:min(12, len(z.columns))] {
		top = append(top, fmt.Sprintf("`%s` %s", c.name, each(c.bytes)))
	}
	r.add(`### Bytes

%s
The sealed files are %.2f of the smaller of the others. Their largest columns, in bytes an event: %s.
`, t, float64(z.parquet)/float64(smaller), strings.Join(top, ", "))
}

// served is the table of a server over the loaded store.
func (r *report) served(l *loaded, m *served) {
	t := newGrid("`holdfast serve` over "+counted(l.Rows)+" events", "")
	t.add("opens, nothing in the system's cache", fmt.Sprintf("%s ms", ms(m.opened.Seconds()*1000)))
	t.add("opens again", fmt.Sprintf("%s ms", ms(m.openedAgain.Seconds()*1000)))
	t.add(fmt.Sprintf("all %d questions in one request, first", m.asked), ms(m.batch[0])+" ms")
	t.add(fmt.Sprintf("all %d questions in one request, median", m.asked), ms(median(m.batch[warmUps:]))+" ms")
	t.add("memory, opened", mib(m.atRest))
	t.add("memory, at most while it was asked", mib(m.peak))
	r.add("### A server\n\n%s", t)
}

// ingested is the table of sending events.
func (r *report) ingested(s *settings, receivers []*receiver) {
	t := newGrid("sent over HTTP", "to", "events/s", "p50 ms", "p99 ms", "Holdfast's rate is")
	for i, w := range ways {
		for j, rcv := range receivers {
			res := &rcv.results[i]
			ratio := ""
			if j > 0 {
				ratio = fmt.Sprintf("%.2f of it", receivers[0].results[i].perSecond()/res.perSecond())
			}
			t.add(w.name, rcv.name, counted(int64(res.perSecond())), ms(res.p50.Seconds()*1000), ms(res.p99.Seconds()*1000), ratio)
		}
	}
	r.add(`### Collecting

%s
Each for at most %s. Whoever sends runs on the same processors, which a server of its own would have to itself. Holdfast answers once an event is synced to disk, and can be asked about; the others keep nothing. Its server then had %s of memory, and %s at most.
`, t, s.seconds, mib(receivers[0].rest), mib(receivers[0].peak))
}

// grid is a table of Markdown.
type grid struct{ rows [][]string }

func newGrid(head ...string) *grid { return &grid{[][]string{head}} }

// drop leaves columns of the head out.
func (t *grid) drop(yes bool, columns ...int) {
	if !yes {
		return
	}
	var kept []string
	for i, cell := range t.rows[0] {
		if !slices.Contains(columns, i) {
			kept = append(kept, cell)
		}
	}
	t.rows[0] = kept
}

func (t *grid) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *grid) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	for i, row := range t.rows {
		fmt.Fprintf(w, "| %s\t|\n", strings.Join(row, "\t| "))
		if i == 0 {
			rule := []string{"---"}
			for range row[1:] {
				rule = append(rule, "---:")
			}
			fmt.Fprintf(w, "| %s\t|\n", strings.Join(rule, "\t| "))
		}
	}
	w.Flush()
	return b.String()
}

// ms writes milliseconds with three digits.
func ms(v float64) string {
	switch {
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func times(v float64) string { return fmt.Sprintf("%.1f ×", v) }

func mib(bytes int64) string { return fmt.Sprintf("%d MiB", bytes>>20) }

// counted writes a number with commas.
func counted(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
