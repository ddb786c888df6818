package wal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"

	"github.com/klauspost/compress/zstd"

	"holdfast"
)

// Cursor reads the log's durable records in order. It is used by one goroutine
// at a time, and may be several records or many files behind.
type Cursor struct {
	log   *Log
	wait  bool         // at the durable end, for more
	after holdfast.Seq // the last record returned, or known to be missing

	file  *file
	until holdfast.Seq // the last record that may be taken from file now
	scan  *scanner
	dec   *zstd.Decoder
	buf   []byte // for inflated payloads
}

// Follow returns a cursor whose first record is the one behind after. It must
// be closed.
func (l *Log) Follow(after holdfast.Seq) *Cursor { return &Cursor{log: l, after: after, wait: true} }

// Scan returns a cursor like Follow does, whose Next returns io.EOF at the
// durable end.
func (l *Log) Scan(after holdfast.Seq) *Cursor { return &Cursor{log: l, after: after} }

// After returns the last record that Next returned or reported as missing.
func (c *Cursor) After() holdfast.Seq { return c.after }

// Next returns the next durable record, and waits for one if there is none. Its
// payload holds until the next call.
//
// A *GapError is returned once for records that are damaged or were removed,
// and then Next goes on behind them; the folder may be read again later with
// another cursor. After any other error, such as ctx's or one of reading, Next
// may be tried again and will not have moved. A closed log ends with ErrClosed.
func (c *Cursor) Next(ctx context.Context) (Record, error) {
	for {
		if c.after >= c.until {
			if err := c.seek(ctx); err != nil {
				return Record{}, err
			}
		}
		f, err := c.scan.frame()
		if errors.Is(err, errEnd) || errors.Is(err, holdfast.ErrDamaged) || err == nil && f.typ == typeMark {
			if err := c.gap(err); err != nil {
				return Record{}, err
			}
			continue
		}
		if err != nil {
			return Record{}, fmt.Errorf("read record %d: %s: %w", c.after+1, c.file.shown, err)
		}
		if f.seq <= c.after {
			continue
		}
		payload, err := c.inflate(&f)
		if err != nil {
			c.after = f.seq
			c.markDamaged()
			return Record{}, &GapError{From: f.seq, To: f.seq, Err: &holdfast.DamagedError{File: c.file.shown, Offset: f.off, What: err.Error()}}
		}
		c.after = f.seq
		return Record{Seq: f.seq, Type: f.typ, Time: f.time, Payload: payload}, nil
	}
}

func (c *Cursor) inflate(f *frame) ([]byte, error) {
	if f.flags&frameZstd == 0 {
		return f.payload, nil
	}
	if c.dec == nil {
		dec, err := newDecoder()
		if err != nil {
			return nil, err
		}
		c.dec = dec
	}
	payload, err := inflate(c.dec, f, c.buf)
	if err == nil && cap(payload) <= 4<<20 {
		c.buf = payload
	}
	return payload, err
}

// seek finds out how far the cursor may read, and in which file: it waits
// until there is a record behind c.after.
func (c *Cursor) seek(ctx context.Context) error {
	for {
		f, until, end, moved := c.locate()
		switch {
		case f != nil:
			if err := c.enter(f, until, end); !errors.Is(err, errGone) {
				return err
			}
			continue
		case until > c.after:
			return c.jump(until, ErrRemoved)
		case !c.wait:
			return io.EOF
		case moved == nil:
			return ErrClosed
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// locate returns the file that holds the record behind c.after, up to which
// record it does, and where reading must stop. Without a file, until is the
// last record before those that there are, or moved is closed when there are
// more.
func (c *Cursor) locate() (f *file, until holdfast.Seq, end int64, moved chan struct{}) {
	l, want := c.log, c.after+1
	l.mu.Lock()
	defer l.mu.Unlock()
	if want > l.last {
		if l.moved == nil && !l.ended {
			l.moved = make(chan struct{})
		}
		return nil, 0, 0, l.moved
	}
	i := sort.Search(len(l.files), func(i int) bool { return l.files[i].first > want }) - 1
	if i < 0 {
		until = l.last
		if len(l.files) > 0 {
			until = min(until, l.files[0].first-1)
		}
		return nil, until, 0, nil
	}
	f, until, end = l.files[i], l.lastOf(i), l.files[i].size
	if i == len(l.files)-1 {
		end = l.lastOff
	}
	return f, min(until, l.last), end, nil
}

// enter goes on in f.
func (c *Cursor) enter(f *file, until holdfast.Seq, end int64) error {
	if f == c.file {
		c.until, c.scan.end = until, end
		return nil
	}
	if f.bad {
		return c.jump(until, f.headerDamage)
	}
	h, err := f.hold(c.log.o.FS)
	if err != nil {
		return fmt.Errorf("read record %d: %w", c.after+1, err)
	}
	scan := newScanner(h, f.shown, &f.header, end)
	if c.scan != nil {
		scan.win.buf = c.scan.win.buf[:0]
	}
	broken := c.scan != nil && c.scan.linked && scan.linked && c.after+1 == f.first && c.scan.chain != scan.chain
	if err := c.leave(); err != nil {
		c.log.o.Log.Warn("close log file", "error", err)
	}
	c.file, c.scan, c.until = f, scan, until
	if broken {
		scan.linked = false
		c.markDamaged()
		return &GapError{From: 1, To: 0, Err: &holdfast.DamagedError{File: f.shown, What: "chain before the file's first record"}}
	}
	return nil
}

// jump goes behind record to, without having seen those before.
func (c *Cursor) jump(to holdfast.Seq, why error) error {
	gap := &GapError{From: c.after + 1, To: to, Err: why}
	c.after = to
	if c.scan != nil {
		c.scan.linked = false
	}
	return gap
}

// gap goes to the next frame that can be read, and reports the records before
// it, as far as they were asked for.
func (c *Cursor) gap(damage error) error {
	if !errors.Is(damage, holdfast.ErrDamaged) {
		damage = &holdfast.DamagedError{File: c.file.shown, Offset: c.scan.off, What: fmt.Sprintf("record %d is missing", c.scan.next)}
	}
	found, err := c.scan.skip(c.until)
	if err != nil {
		return fmt.Errorf("read record %d: %s: %w", c.after+1, c.file.shown, err)
	}
	c.markDamaged()
	gap := &GapError{From: c.after + 1, To: c.until, Err: damage}
	if found {
		gap.To = c.scan.next - 1
	} else {
		c.scan.off, c.scan.next, c.scan.linked = c.scan.end, c.until+1, false
	}
	if gap.To < gap.From {
		return nil
	}
	c.after = gap.To
	return gap
}

func (c *Cursor) markDamaged() {
	c.log.mu.Lock()
	defer c.log.mu.Unlock()
	c.file.damaged = true
}

func (c *Cursor) leave() error {
	if c.file == nil {
		return nil
	}
	f := c.file
	c.file = nil
	return f.release()
}

// Close lets go of the file that the cursor reads.
func (c *Cursor) Close() error {
	if c.dec != nil {
		c.dec.Close()
		c.dec = nil
	}
	c.until = 0
	return c.leave()
}

// Read calls fn for all durable records behind after, in order, up to the one
// that is the last when it is called. A payload holds only during the call.
// Where records are damaged or removed, fn is called with a gap and no record,
// as by fs.WalkDir; if it returns nil, Read goes on behind them.
func (l *Log) Read(ctx context.Context, after holdfast.Seq, fn func(r Record, gap *GapError) error) error {
	c := l.Scan(after)
	defer c.Close()
	last := l.Last()
	for c.after < last {
		r, err := c.Next(ctx)
		var gap *GapError
		if err != nil && !errors.As(err, &gap) {
			return err
		}
		if err := fn(r, gap); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
