package geoip

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

// maxFile is the largest file that is read. Those with all cities of the world
// have some 100 MB.
const maxFile = 1 << 30

// file is a file that is about something, and knows it of at least one address.
type file struct {
	name  string
	about string
	knows func(maxminddb.Result) (bool, error)
	none  error // what it is called if it does not
	log   *slog.Logger
	state os.FileInfo // of what was read last, or tried; for Follow alone
	read  atomic.Pointer[maxminddb.Reader]
}

func (f *file) load() error {
	file, err := os.Open(f.name)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.about, err)
	}
	defer file.Close()
	if f.state, err = file.Stat(); err != nil {
		return fmt.Errorf("read %s: %w", f.about, err)
	}
	if f.state.Size() > maxFile {
		return fmt.Errorf("read %s: %s has more than %d bytes", f.about, f.name, maxFile)
	}
	text := make([]byte, f.state.Size())
	if _, err := io.ReadFull(file, text); err != nil {
		return fmt.Errorf("read %s: %s: %w", f.about, f.name, err)
	}
	reader, err := maxminddb.OpenBytes(text)
	if err != nil {
		return fmt.Errorf("read %s: %s: %w", f.about, f.name, err)
	}
	if err := f.check(reader); err != nil {
		return fmt.Errorf("read %s: %s: %w", f.about, f.name, err)
	}
	f.read.Store(reader)
	return nil
}

// check looks in the beginning of a file whether it is about what it should be.
func (f *file) check(reader *maxminddb.Reader) error {
	n := 0
	for result := range reader.Networks() {
		if ok, err := f.knows(result); ok || err != nil {
			return err
		}
		if n++; n == 100_000 {
			break
		}
	}
	return f.none
}

// Built returns when the file was made, as it says.
func (f *file) Built() time.Time { return f.read.Load().Metadata.BuildTime() }

// Follow reads the file again whenever it was replaced, which it looks for at
// intervals, until ctx is done.
func (f *file) Follow(ctx context.Context, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f.look()
		}
	}
}

func (f *file) look() {
	now, err := os.Stat(f.name)
	if err != nil || f.state != nil && os.SameFile(now, f.state) && now.Size() == f.state.Size() && now.ModTime().Equal(f.state.ModTime()) {
		return // not there while it is being replaced: what is in memory will do
	}
	if err := f.load(); err != nil {
		f.log.Warn(f.about+" stay as they were", "err", err)
		return
	}
	f.log.Info("read "+f.about+" again", "file", f.name, "built", f.Built())
}
