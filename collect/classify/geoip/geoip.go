// Package geoip knows where addresses are, from a file in the MaxMind DB format
// (.mmdb) that the operator has got from somebody.
//
// The file is read into memory as a whole: it is not mapped, since a file that
// is cut short while it is used would then end the program. Follow takes a file
// that was replaced; one that cannot be read changes nothing. No address is
// kept.
package geoip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"

	"holdfast/collect/classify"
)

// maxFile is the largest file that is read. Those with all cities of the world
// have some 100 MB.
const maxFile = 1 << 30

// File is a file that knows where addresses are.
type File struct {
	name  string
	log   *slog.Logger
	state os.FileInfo // of what was read last, or tried; for Follow alone
	read  atomic.Pointer[maxminddb.Reader]
}

var _ classify.Places = (*File)(nil)

// Open reads a file.
func Open(name string, log *slog.Logger) (*File, error) {
	f := &File{name: name, log: log}
	return f, f.load()
}

func (f *File) load() error {
	file, err := os.Open(f.name)
	if err != nil {
		return fmt.Errorf("read places: %w", err)
	}
	defer file.Close()
	if f.state, err = file.Stat(); err != nil {
		return fmt.Errorf("read places: %w", err)
	}
	if f.state.Size() > maxFile {
		return fmt.Errorf("read places: %s has more than %d bytes", f.name, maxFile)
	}
	text := make([]byte, f.state.Size())
	if _, err := io.ReadFull(file, text); err != nil {
		return fmt.Errorf("read places: %s: %w", f.name, err)
	}
	reader, err := maxminddb.OpenBytes(text)
	if err != nil {
		return fmt.Errorf("read places: %s: %w", f.name, err)
	}
	if err := knows(reader); err != nil {
		return fmt.Errorf("read places: %s: %w", f.name, err)
	}
	f.read.Store(reader)
	return nil
}

// errNoCountries is of a file about something else, networks for one.
var errNoCountries = errors.New("it knows no country of any address")

// knows looks for a country in the beginning of a file.
func knows(reader *maxminddb.Reader) error {
	n := 0
	for result := range reader.Networks() {
		var country string
		if err := result.DecodePath(&country, "country", "iso_code"); err != nil {
			return err
		}
		if country != "" {
			return nil
		}
		if n++; n == 100_000 {
			break
		}
	}
	return errNoCountries
}

// Built returns when the file was made, as it says.
func (f *File) Built() time.Time { return f.read.Load().Metadata.BuildTime() }

// Follow reads the file again whenever it was replaced, which it looks for at
// intervals, until ctx is done.
func (f *File) Follow(ctx context.Context, interval time.Duration) {
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

func (f *File) look() {
	now, err := os.Stat(f.name)
	if err != nil || f.state != nil && os.SameFile(now, f.state) && now.Size() == f.state.Size() && now.ModTime().Equal(f.state.ModTime()) {
		return // not there while it is being replaced: what is in memory will do
	}
	if err := f.load(); err != nil {
		f.log.Warn("places stay as they were", "err", err)
		return
	}
	f.log.Info("read places again", "file", f.name, "built", f.Built())
}

// record is what is read of what such files hold of an address.
type record struct {
	Country struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	Subdivisions []struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"subdivisions"`
	City struct {
		Names struct {
			English string `maxminddb:"en"`
		} `maxminddb:"names"`
	} `maxminddb:"city"`
}

// Place returns what the file says of addr. Of damage nothing is known.
func (f *File) Place(addr netip.Addr) (p classify.Place) {
	var r record
	result := f.read.Load().Lookup(addr.Unmap().WithZone(""))
	if !result.Found() || result.Decode(&r) != nil || !isCode(r.Country.Code, 2, 2) {
		return p
	}
	p.Country, p.City = r.Country.Code, r.City.Names.English
	if len(r.Subdivisions) > 0 && isCode(r.Subdivisions[0].Code, 1, 3) {
		p.Region = p.Country + "-" + r.Subdivisions[0].Code
	}
	return p
}

// isCode says whether code is capitals and digits, as in ISO 3166.
func isCode(code string, least, most int) bool {
	for i := range len(code) {
		if c := code[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return least <= len(code) && len(code) <= most
}
