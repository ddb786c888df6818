package wal

import (
	"context"
	"errors"
	"fmt"

	"holdfast"
)

// Report is what Verify found.
type Report struct {
	Files   int
	Records int64
	Bytes   int64       // of frames read
	Gaps    []*GapError // all damage, ascending
}

// Verify reads the whole log up to the durable end: every header, crc and
// chain, and that the files join up. It may run beside everything else.
func (l *Log) Verify(ctx context.Context) (Report, error) {
	var rep Report
	files := l.Files()
	for _, info := range files {
		rep.Files++
		if gap := l.verifyHeader(info.First); gap != nil {
			rep.Gaps = append(rep.Gaps, gap)
		}
	}
	if len(files) == 0 {
		return rep, nil
	}
	err := l.Read(ctx, files[0].First-1, func(r Record, gap *GapError) error {
		switch {
		case gap == nil:
			rep.Records++
			rep.Bytes += frameSize(len(r.Payload))
		case !errors.Is(gap, ErrRemoved): // removed while we read
			rep.Gaps = append(rep.Gaps, gap)
		}
		return ctx.Err()
	})
	return rep, err
}

// verifyHeader reads both copies of the header of the file that begins with
// first. A file that cannot be read at all is left for Read to report.
func (l *Log) verifyHeader(first holdfast.Seq) *GapError {
	f := l.fileOf(first)
	if f == nil || f.bad {
		return nil
	}
	h, err := f.hold(l.o.FS)
	if errors.Is(err, errGone) {
		return nil
	}
	if err == nil {
		defer f.release()
		var damage *holdfast.DamagedError
		var now header
		now, damage, err = readHeader(h, f.shown)
		switch {
		case damage != nil:
			err = damage
		case err == nil && now != f.header:
			err = &holdfast.DamagedError{File: f.shown, What: "header of another file"}
		}
	}
	if err == nil {
		return nil
	}
	if !errors.Is(err, holdfast.ErrDamaged) {
		err = &holdfast.DamagedError{File: f.shown, What: fmt.Sprintf("header: %v", err)}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f.damaged = true
	return &GapError{From: 1, To: 0, Err: err}
}

func (l *Log) fileOf(first holdfast.Seq) *file {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.files {
		if f.first == first {
			return f
		}
	}
	return nil
}
