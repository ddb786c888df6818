package geoip_test

import (
	"bytes"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"holdfast/collect/classify"
	"holdfast/collect/classify/geoip"
)

// write puts a file of places where name says, by network.
func write(t testing.TB, name string, places map[string]mmdbtype.Map) {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-City", IncludeReservedNetworks: true, RecordSize: 24})
	if err != nil {
		t.Fatal(err)
	}
	for text, place := range places {
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(network, place); err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if _, err := tree.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name+".new", file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
}

func country(code string) mmdbtype.Map {
	return mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String(code)}}
}

func city(code, region, name string) mmdbtype.Map {
	m := country(code)
	m["subdivisions"] = mmdbtype.Slice{mmdbtype.Map{"iso_code": mmdbtype.String(region)}, mmdbtype.Map{"iso_code": mmdbtype.String("WBK")}}
	m["city"] = mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(name), "de": mmdbtype.String("Nirgends")}}
	return m
}

func TestPlace(t *testing.T) {
	name := filepath.Join(t.TempDir(), "places.mmdb")
	write(t, name, map[string]mmdbtype.Map{
		"2.125.160.0/24":  city("GB", "ENG", "Boxford"),
		"192.0.2.0/24":    country("FR"),
		"2001:db8::/32":   country("JP"),
		"198.51.100.0/24": country("europe"),
		"203.0.113.0/24":  {"autonomous_system_number": mmdbtype.Uint32(64500)},
	})
	f, err := geoip.Open(name, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		name, addr string
		place      classify.Place
	}{
		{"a city", "2.125.160.216", classify.Place{Country: "GB", Region: "GB-ENG", City: "Boxford"}},
		{"only a country", "192.0.2.1", classify.Place{Country: "FR"}},
		{"IPv6", "2001:db8::7", classify.Place{Country: "JP"}},
		{"IPv4 written as IPv6", "::ffff:192.0.2.1", classify.Place{Country: "FR"}},
		{"no country as they are written", "198.51.100.1", classify.Place{}},
		{"something else about an address", "203.0.113.1", classify.Place{}},
		{"nothing", "10.0.0.1", classify.Place{}},
	} {
		t.Run(k.name, func(t *testing.T) {
			if got := f.Place(netip.MustParseAddr(k.addr)); got != k.place {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestOpenRefusesWhatIsNoSuchFile(t *testing.T) {
	dir := t.TempDir()
	networks := filepath.Join(dir, "asn.mmdb")
	write(t, networks, map[string]mmdbtype.Map{"192.0.2.0/24": {"autonomous_system_number": mmdbtype.Uint32(64500)}})
	text := filepath.Join(dir, "text.mmdb")
	if err := os.WriteFile(text, []byte("no such file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct{ name, file, why string }{
		{"none", filepath.Join(dir, "none.mmdb"), "no such file or directory"},
		{"a folder", dir, "is a directory"},
		{"a text", text, "text.mmdb"},
		{"one about something else", networks, "it knows no country of any address"},
	} {
		t.Run(k.name, func(t *testing.T) {
			_, err := geoip.Open(k.file, slog.New(slog.DiscardHandler))
			if err == nil || !strings.HasPrefix(err.Error(), "read places: ") || !strings.Contains(err.Error(), k.why) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// lockedBuffer is a log that another goroutine writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// take returns what was written, and forgets it.
func (l *lockedBuffer) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return l.b.String()
}

// A file that is replaced is read again, and one that cannot be read is not.
func TestFollow(t *testing.T) {
	name := filepath.Join(t.TempDir(), "places.mmdb")
	addr := netip.MustParseAddr("192.0.2.1")
	write(t, name, map[string]mmdbtype.Map{"192.0.2.0/24": country("FR")})
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		f, err := geoip.Open(name, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		go f.Follow(t.Context(), time.Minute)
		step := func(what, want, said string) {
			t.Helper()
			log.take()
			time.Sleep(time.Minute)
			synctest.Wait()
			if got := f.Place(addr).Country; got != want {
				t.Errorf("%s: got %q, want %q", what, got, want)
			}
			if got := log.take(); !strings.Contains(got, said) || said == "" && got != "" {
				t.Errorf("%s: the log says %q", what, got)
			}
		}
		step("nothing happened", "FR", "")
		write(t, name, map[string]mmdbtype.Map{"192.0.2.0/24": country("DE")})
		step("replaced", "DE", "read places again")
		if err := os.WriteFile(name, []byte("half a file"), 0o600); err != nil {
			t.Fatal(err)
		}
		step("damaged", "DE", "places stay as they were")
		step("still damaged", "DE", "")
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		step("gone", "DE", "")
		write(t, name, map[string]mmdbtype.Map{"192.0.2.0/24": country("IT")})
		step("back", "IT", "read places again")
	})
}

// Damage in a file is never more than a place that is not known.
func TestDamageIsNoPanic(t *testing.T) {
	name := filepath.Join(t.TempDir(), "places.mmdb")
	write(t, name, map[string]mmdbtype.Map{"2.125.160.0/24": city("GB", "ENG", "Boxford"), "192.0.2.0/24": country("FR")})
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0xff
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if f, err := geoip.Open(name, slog.New(slog.DiscardHandler)); err == nil {
			f.Place(netip.MustParseAddr("2.125.160.216"))
			f.Place(netip.MustParseAddr("192.0.2.1"))
		}
	}
}

func BenchmarkPlace(b *testing.B) {
	name := filepath.Join(b.TempDir(), "places.mmdb")
	write(b, name, map[string]mmdbtype.Map{"2.125.160.0/24": city("GB", "ENG", "Boxford")})
	f, err := geoip.Open(name, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	addr := netip.MustParseAddr("2.125.160.216")
	b.ReportAllocs()
	for b.Loop() {
		f.Place(addr)
	}
}
