package accesslog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"holdfast"
	"holdfast/collect"
)

// Options are what an Importer works with. Only Door is required.
type Options struct {
	Door Door
	// Site is whose page views all lines are. Without it each line must name
	// its host, and Sites the site that this is of.
	Site   string
	Sites  func(host string) (site string, ok bool)
	Format Format // "": found out for each log
	// From and To, if they are set, are the time whose page views are taken. Of
	// other lines it is only seen that the log goes on there.
	From, To holdfast.Millis
	By       string // who imports; it is kept with what is said of the time that is imported
	// Judged, if it is set, is called with each line once it is known what
	// will be done with it. Its views last only during the call.
	Judged func(j Judged)
	// Progress, if it is set, is called now and then.
	Progress func(lines int64)

	Now        func() time.Time // which lines cannot have been written yet
	Batch      int              // hits handed over together; 10,000
	BatchBytes int              // about how long they may be; 8 MB
}

// Judged is a line and what will be done with it.
type Judged struct {
	Format Format
	Number int64
	Line   *Line
	Reason Reason // why it is no page view
	Hit    *Hit   // nil unless it is one
	Err    error  // why it cannot be read; Line is then empty
}

// Importer hands the page views of logs on. It is for one goroutine. While a
// batch is on its way the next is read.
type Importer struct {
	o       Options
	summary Summary

	batch   *batch
	other   *batch     // on its way, or idle
	pending chan error // of other
	busy    bool
	failed  error
}

// batch is hits and where they are from, and of which time the lines up to the
// last of them tell.
type batch struct {
	hits  []Hit
	from  []position
	told  []holdfast.Told
	bytes int
	taken Taken
}

type position struct {
	file *reading
	line int64
}

// reading is a log that is being read.
type reading struct {
	name       string
	unreadable int64
	problems   int
	repeats    repeats
	telling    telling
	parser     parser
	scratch    []byte
}

// New returns an Importer.
func New(o Options) *Importer {
	if o.Batch == 0 {
		o.Batch = 10_000
	}
	if o.BatchBytes == 0 {
		o.BatchBytes = 8 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Importer{o: o, summary: NewSummary(), batch: &batch{}, other: &batch{}, pending: make(chan error, 1)}
}

// progressLines is after how many lines Progress is called.
const progressLines = 4096

// File reads a log to its end. What came before an error is handed on all the
// same, unless it was the door's: then all is over. After any other the next
// log may follow.
func (im *Importer) File(ctx context.Context, name string, r io.Reader) error {
	if im.failed != nil {
		return im.failed
	}
	im.summary.Files++
	log, err := openLines(r)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	head := log.head()
	if len(head) == 0 {
		_, _, err := log.next()
		return im.ended(name, 0, err)
	}
	file := &reading{name: name}
	if file.parser.format, err = im.formatOf(head); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if im.o.Site == "" && !file.parser.format.NamesHosts() {
		return holdfast.Hint(&holdfast.FieldError{Field: "site", Reason: fmt.Sprintf("is required: the lines of %s, in format %s, do not name their host", name, file.parser.format)},
			"--site HOST says whose page views they are; holdfast site list names the sites")
	}
	latest := holdfast.MillisOf(im.o.Now().Add(toldAhead))
	defer im.tell(file)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, whole, err := log.next()
		switch {
		case err == nil:
			err = im.line(ctx, file, log.n, text, whole, latest)
		case errors.Is(err, errTooLong):
			im.summary.Lines++
			im.unreadable(file, log.n, err)
			err = nil
		case text != nil:
			im.summary.Lines++
			im.unreadable(file, log.n, errCutOff)
			return im.ended(name, log.n-1, err)
		case err == io.EOF && file.unreadable == log.n:
			err = fmt.Errorf("no line of it is in format %s", file.parser.format)
		}
		if err != nil {
			return im.ended(name, log.n, err)
		}
	}
}

// formatOf returns the format of a log that begins with head.
func (im *Importer) formatOf(head []byte) (Format, error) {
	found, err := detect(head)
	p := parser{format: im.o.Format}
	switch {
	case im.o.Format == "" && err != nil:
		return "", holdfast.Hint(err, "--format names the format; the formats are combined, common, vhost-combined, nginx, caddy, nginx-json")
	case im.o.Format == "":
		return found, nil
	case err == nil && p.understands(head) == 0:
		return "", holdfast.Hint(fmt.Errorf("its lines are in format %s, and not %s", found, im.o.Format), "without --format that of each file is found out")
	}
	return im.o.Format, nil
}

// ended says why a log was read no further than behind its nth line.
func (im *Importer) ended(name string, n int64, err error) error {
	switch {
	case err == io.EOF:
		return nil
	case im.failed != nil:
		return im.failed
	case n > 0:
		return fmt.Errorf("%s, behind line %d: %w", name, n, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// tell adds to the batch of which time the lines of a log tell that it has.
func (im *Importer) tell(file *reading) {
	im.batch.told = file.telling.tell(im.batch.told, im.o.From, im.o.To)
}

// outside says whether page views of a time are not taken.
func (im *Importer) outside(t holdfast.Millis) bool {
	return t < im.o.From || im.o.To != 0 && t >= im.o.To
}

// line does with a line what is to be done. Of the time after latest none tells.
func (im *Importer) line(ctx context.Context, file *reading, n int64, text []byte, whole bool, latest holdfast.Millis) error {
	im.summary.Lines++
	if im.o.Progress != nil && im.summary.Lines%progressLines == 0 {
		im.o.Progress(im.summary.Lines)
	}
	var l Line
	err := file.parser.parse(text, &l)
	if !whole && (err == nil || errors.Is(err, errNoRequest)) && file.parser.format == Common {
		err = errCutOff // where, nobody can tell
	}
	j := Judged{Format: file.parser.format, Number: n, Line: &l}
	switch {
	case errors.Is(err, errNoRequest):
		j.Reason = NoRequest
	case err != nil:
		im.unreadable(file, n, err)
		return nil
	case im.outside(l.Time):
		j.Reason = Outside
	default:
		j.Reason = Judge(&l)
	}
	if firstTold <= l.Time && l.Time <= latest {
		file.telling.saw(im.knownSite(&l), l.Time)
	}
	if j.Reason != "" {
		im.summary.NotPageViews[j.Reason]++
	} else {
		im.add(file, n, &l)
		j.Hit = &im.batch.hits[len(im.batch.hits)-1]
	}
	if im.o.Judged != nil {
		im.o.Judged(j)
	}
	if len(im.batch.hits) >= im.o.Batch || im.batch.bytes >= im.o.BatchBytes {
		im.tell(file)
		return im.hand(ctx)
	}
	return nil
}

func (im *Importer) unreadable(file *reading, n int64, err error) {
	im.summary.Unreadable++
	file.unreadable++
	im.problem(position{file, n}, err.Error())
	if im.o.Judged != nil {
		im.o.Judged(Judged{Format: file.parser.format, Number: n, Line: &Line{}, Err: err})
	}
}

func (im *Importer) problem(at position, err string) {
	if at.file.problems++; at.file.problems <= maxProblems {
		im.summary.Problems = append(im.summary.Problems, Problem{at.file.name, at.line, err})
	}
}

// add puts a page view into the batch.
func (im *Importer) add(file *reading, n int64, l *Line) {
	var d digest
	d, file.scratch = digestOf(l, file.scratch)
	site := im.siteOf(l)
	hit := l.hit(site, d.id(file.repeats.next(lineOf{site, d}, l.Time)))
	b := im.batch
	b.hits = append(b.hits, hit)
	b.from = append(b.from, position{file, n})
	b.bytes += len(hit.URL) + len(hit.Referrer) + len(hit.Agent) + 100
}

// siteOf returns the name of the site that a line is of, in memory of its own.
func (im *Importer) siteOf(l *Line) string {
	if site := im.knownSite(l); site != "" {
		return site
	}
	return text(collect.BareHost(l.Host))
}

// knownSite is siteOf of sites that are known, and "" of others.
func (im *Importer) knownSite(l *Line) string {
	if im.o.Site != "" || im.o.Sites == nil {
		return im.o.Site
	}
	if site, ok := im.o.Sites(l.Host); ok {
		return site
	}
	return ""
}

// hand hands the batch on, once the one before has arrived. When ctx ends no
// more is read, but what is on its way arrives.
func (im *Importer) hand(ctx context.Context) error {
	if err := im.wait(); err != nil {
		return err
	}
	im.batch, im.other = im.other, im.batch
	im.busy = true
	ctx = context.WithoutCancel(ctx)
	go func(b *batch) {
		var err error
		b.taken, err = im.o.Door.Take(ctx, b.hits, holdfast.Import{Source: Source, By: im.o.By, Told: b.told})
		im.pending <- err
	}(im.other)
	return nil
}

// wait waits for the batch on its way, and enters what became of it.
func (im *Importer) wait() error {
	if !im.busy {
		return im.failed
	}
	im.busy = false
	err := <-im.pending
	b := im.other
	if err != nil {
		im.failed = err
		im.summary.Unfinished += int64(len(b.hits))
	} else {
		im.enter(b)
	}
	b.clear()
	return im.failed
}

func (im *Importer) enter(b *batch) {
	im.summary.PageViews += b.taken.Counted
	im.summary.Duplicates += b.taken.Duplicate
	for flag, n := range b.taken.Flagged {
		im.summary.Flagged[flag] += n
	}
	for i := range b.told {
		im.summary.told(&b.told[i])
	}
	for _, r := range b.taken.Refused {
		im.summary.Refused[r.Reason]++
		if 0 <= r.Hit && r.Hit < len(b.from) {
			im.problem(b.from[r.Hit], r.Error)
		}
	}
}

func (b *batch) clear() {
	clear(b.hits)
	clear(b.from)
	b.hits, b.from, b.told, b.bytes, b.taken = b.hits[:0], b.from[:0], nil, 0, Taken{}
}

// Close hands on what is left. It may be called after any error, and again.
func (im *Importer) Close(ctx context.Context) error {
	err := im.wait()
	if err == nil && len(im.batch.hits)+len(im.batch.told) > 0 {
		if err = im.hand(ctx); err == nil {
			err = im.wait()
		}
	}
	if im.failed != nil { // what was read, and never handed over
		im.summary.Unfinished += int64(len(im.batch.hits))
		im.batch.clear()
	}
	return err
}

// Failed returns why the door takes nothing more, or nil if it does.
func (im *Importer) Failed() error { return im.failed }

// Summary says what became of the lines so far. It is complete after Close.
func (im *Importer) Summary() Summary { return im.summary }
