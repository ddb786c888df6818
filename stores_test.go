package holdfast_test

import (
	"bytes"
	"crypto/aes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/internal/fsx/faultfs"

	"github.com/google/go-cmp/cmp"
)

var updateStores = flag.Bool("stores.update", false, "make the sample store of the present version anew")

// The moment at which the sample stores were closed.
var sampleTime = time.Date(2026, 6, 6, 12, 0, 0, 0, time.UTC)

// sampleQuestions are those whose answers lie beside the sample stores.
func sampleQuestions() []asked {
	const all = "2026-05-29..2026-06-06"
	return []asked{
		{period: all, metrics: "views,events,visitors,declared_visitors,visits,bounce_rate,visit_duration,entries,exits,sum(value)", by: "day"},
		{period: all, metrics: "views,visitors,visits", by: "source"},
		{period: all, metrics: "events,visitors", by: "flag"},
		{period: all, metrics: "events,sum(prop.price),distinct(prop.colour)", by: "path"},
		{period: "2026-06-01..2026-06-02", metrics: "views", by: "hour", where: "path = '/lamp'", zone: "UTC"},
	}
}

// Stores of every released version open, for ever: they are whole, answer what
// they answered, and life in them goes on.
func TestStoresOfEveryVersionOpen(t *testing.T) {
	if *updateStores {
		makeSampleStore(t, filepath.Join("testdata", "stores", "v1"))
	}
	for _, version := range []string{"v1"} {
		t.Run(version, func(t *testing.T) {
			s := openSample(t, version)
			s.check()
			if damage := s.store.Status().Damage; len(damage) > 0 {
				t.Errorf("damage is found: %q", damage)
			}
			want, err := os.ReadFile(filepath.Join("testdata", "stores", version, "answers.txt"))
			s.must(err)
			if diff := cmp.Diff(string(want), s.sampleAnswers()); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}

			// The last day's salt still knows its visitors, and ids are known.
			last := asked{period: "2026-06-06..2026-06-06", metrics: "views,visitors", where: "path in ('/first', '/second', '/third')"}
			s.want(last, "2 1")
			again := pageOf(anna, "/first").at(sampleTime)
			again["id"] = "first"
			s.send(holdfast.ScopeCollect, again, pageOf(anna, "/third").at(sampleTime))
			s.want(last, "3 1")
			s.live(append(sampleQuestions(), last)...)
		})
	}
}

// openSample opens a copy of a sample store.
func openSample(t *testing.T, version string) *shop {
	t.Helper()
	s := &shop{
		t: t, disk: faultfs.New(), now: sampleTime.Add(4 * time.Hour), opened: 100, chance: rand.New(rand.NewPCG(1, 2)),
		keys: map[holdfast.Scope]string{},
	}
	root := filepath.Join("testdata", "stores", version, "store")
	s.must(filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		to := filepath.ToSlash(strings.TrimPrefix(name, root+string(filepath.Separator)))
		if d.IsDir() {
			return fsx.MkdirAll(s.disk, to, 0o700)
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s.write(to, data)
		return nil
	}))
	for _, empty := range []string{"damaged"} { // git keeps no empty folders
		s.must(fsx.MkdirAll(s.disk, empty, 0o700))
	}
	s.open()
	t.Cleanup(func() { s.store.Close() })
	token, _, err := s.store.AddKey(t.Context(), []holdfast.Scope{holdfast.ScopeCollect}, nil, "")
	s.must(err)
	s.keys[holdfast.ScopeCollect] = token
	return s
}

// makeSampleStore lets a store live for a week, so that it has files of
// every kind, rows that are not sealed, living salts and dead days.
func makeSampleStore(t *testing.T, folder string) {
	t.Helper()
	const zone = "Europe/Berlin"
	s := newShop(t, zone, zoned(t, zone, "2026-05-29 09:00"))
	s.must(s.store.PutDeal(t.Context(), shopName, holdfast.Deal{
		ID: "lamp", Title: "A lamp", Starts: holdfast.MillisOf(s.now), Paths: []string{"/lamp"}, Goal: "purchase", Link: "https://shop.example/lamp",
	}))
	for n := 0; s.now.Before(sampleTime.Add(-time.Hour)); n++ {
		first := pageOf(fmt.Sprintf("203.0.113.%d", n%5), "https://shop.example/lamp?utm_source=mail")
		first["referrer"], first["id"] = []string{"", "https://www.google.com/", "https://t.co/x"}[n%3], fmt.Sprint(n)
		buy := pageOf(fmt.Sprintf("203.0.113.%d", n%5), "/lamp/buy")
		buy["name"], buy["value"], buy["currency"], buy["interactive"] = "purchase", 1999, "EUR", true
		buy["props"] = map[string]any{"price": 19.99, "colour": []string{"red", "blue"}[n%2], "n": n, "gift": n%4 == 0}
		signedIn := pageOf("203.0.113.99", "/account")
		signedIn["member"], signedIn["visit"] = fmt.Sprint(n%3), fmt.Sprint("v", n/2)
		bot := pageOf("203.0.113.200", "/lamp")
		bot["user_agent"] = "Googlebot/2.1 (+http://www.google.com/bot.html)"
		s.send(holdfast.ScopeCollect, first, first, buy, signedIn, bot)
		s.now = s.now.Add(7 * time.Hour)
		s.must(s.store.Beat(t.Context()))
		s.must(s.store.Tend(t.Context()))
		if n == 15 {
			_, err := s.store.SetZone(t.Context(), shopName, "Asia/Tokyo")
			s.must(err)
		}
		if n%10 == 0 {
			s.restart()
		}
	}
	s.now = sampleTime
	first := pageOf(anna, "/first")
	first["id"] = "first"
	s.send(holdfast.ScopeCollect, first)
	s.must(s.store.SealNow(t.Context()))
	s.send(holdfast.ScopeCollect, pageOf(anna, "/second"))
	s.must(s.store.Close())

	s.must(os.RemoveAll(folder))
	s.walk(".", func(name string, data []byte) {
		if base := path.Base(name); base == "spare" || base == "lock" || strings.HasSuffix(base, fsx.TempSuffix) {
			return // made again
		}
		to := filepath.Join(folder, "store", filepath.FromSlash(name))
		s.must(os.MkdirAll(filepath.Dir(to), 0o755))
		s.must(os.WriteFile(to, data, 0o644))
	})
	s.now = sampleTime.Add(4 * time.Hour)
	s.open()
	s.must(os.WriteFile(filepath.Join(folder, "answers.txt"), []byte(s.sampleAnswers()), 0o644))
}

// sampleAnswers are the questions, and below each the rows of its answer.
func (s *shop) sampleAnswers() string {
	s.t.Helper()
	var b strings.Builder
	for _, q := range sampleQuestions() {
		fmt.Fprintf(&b, "%s by %s, %s, where %q\n", q.metrics, q.by, q.period, q.where)
		for _, row := range s.ask(q) {
			fmt.Fprintf(&b, "\t%s\n", row)
		}
	}
	return b.String()
}

// The stamp and the keys, read by what docs/format/store.md says.
func TestStampAndKeysAreWhatThePageSays(t *testing.T) {
	s := openSample(t, "v1")
	lines := strings.Split(string(s.read("STORE")), "\n")
	var stamp struct {
		Store   string    `json:"holdfast_store"`
		Version int       `json:"version"`
		Created time.Time `json:"created"`
	}
	s.must(json.Unmarshal([]byte(lines[0]), &stamp))
	sum := fmt.Sprintf("%08x", crc32.Checksum([]byte(lines[0]), crc32.MakeTable(crc32.Castagnoli)))
	if len(lines) != 3 || lines[1] != sum || lines[2] != "" || stamp.Version != 1 {
		t.Errorf("the stamp is %q", lines)
	}
	if got := s.store.Stamp(); got.Store.String() != stamp.Store || got.Version != 1 || !got.Created.Time().Equal(stamp.Created) {
		t.Errorf("the store says it is %+v", got)
	}

	var keys struct{ IDs, Declared, Receipts, Sum string }
	s.must(json.Unmarshal(s.read("keys"), &keys))
	if sum := sha256.Sum256([]byte(keys.IDs + "\n" + keys.Declared + "\n" + keys.Receipts)); hex.EncodeToString(sum[:8]) != keys.Sum {
		t.Errorf("the sum of the keys is %s", keys.Sum)
	}
	hash := func(key, letter, text string) uint64 {
		b := append(s.unhex(key), letter...)
		sum := sha256.Sum256(append(binary.LittleEndian.AppendUint32(b, 7), text...))
		return binary.LittleEndian.Uint64(sum[:])
	}
	if got, want := uint64(s.store.EventID(7, "x")), hash(keys.IDs, "e", "x"); got != want {
		t.Errorf("event id %x, not %x", got, want)
	}
	if got, want := uint64(s.store.Visitor(7, "x")), hash(keys.Declared, "v", "x")&^(1<<63)|1<<62|1<<61; got != want {
		t.Errorf("visitor %x, not %x", got, want)
	}
	if got, want := uint64(s.store.Visit(7, "x")), hash(keys.Declared, "s", "x")&^(1<<63)|1; got != want {
		t.Errorf("visit %x, not %x", got, want)
	}

	receipt := s.store.Seal(holdfast.Receipt{Seq: 1_000_000, Count: 17})
	b, err := base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding).DecodeString(receipt)
	s.must(err)
	block, err := aes.NewCipher(s.unhex(keys.Receipts))
	s.must(err)
	block.Decrypt(b[16:], b[16:])
	want := binary.LittleEndian.AppendUint64(s.unhex(stamp.Store), 1_000_000)
	want = append(binary.LittleEndian.AppendUint32(want, 17), 0, 0, 0, 0)
	if len(receipt) != 52 || !bytes.Equal(b, want) {
		t.Errorf("the receipt %s is %x", receipt, b)
	}
}

// A stamp, or keys, of which a byte is another are refused, and so is a store
// of a later version. Nothing is changed by that.
func TestADamagedStampOrKeysAreRefused(t *testing.T) {
	for _, name := range []string{"STORE", "keys"} {
		s := openSample(t, "v1")
		s.must(s.store.Close())
		for at := range s.read(name) {
			if name == "STORE" && s.read(name)[at] == '\n' && at == len(s.read(name))-1 {
				continue // its last line may be without end
			}
			s.must(s.disk.Flip(name, int64(at), 0x10))
			if err := s.tryOpen(); !errors.Is(err, holdfast.ErrDamaged) {
				t.Errorf("%s with byte %d changed: %v", name, at, err)
			}
			s.must(s.disk.Flip(name, int64(at), 0x10))
		}
		s.open()
		s.check()
	}
}

// What docs/format/store.md says may be deleted may be deleted: the store is
// whole without it and answers the same.
func TestWhatMayBeDeleted(t *testing.T) {
	for _, what := range []string{"files/*.ids", "secrets/salts", "log/spare", "lock", "socket", "damaged/*", "*.tmp"} {
		t.Run(strings.ReplaceAll(what, "/", " "), func(t *testing.T) {
			s := openSample(t, "v1")
			want := s.sampleAnswers()
			s.must(s.store.Close())
			left := []string{"socket", "damaged/x.torn", "files/segment-1.tmp", "checkpoints/ledger-00000000000000000999.tmp", "log/0000000000000999.log.tmp", "secrets/salts.tmp"}
			for _, name := range left {
				s.write(name, []byte("what a crash left"))
			}
			removed := 0
			s.walk(".", func(name string, _ []byte) {
				if ok, err := path.Match(what, name); err != nil || !ok && !(what == "*.tmp" && strings.HasSuffix(name, ".tmp")) {
					return
				}
				s.must(s.disk.Remove(name))
				removed++
			})
			if removed == 0 && what != "log/spare" { // which is taken and made while nobody looks
				t.Error("there was no such file")
			}
			s.open()
			if damage := s.store.Status().Damage; len(damage) > 0 {
				t.Errorf("damage is found: %q", damage)
			}
			if diff := cmp.Diff(want, s.sampleAnswers()); diff != "" {
				t.Errorf("answers (-before +after):\n%s", diff)
			}
			s.check()
			// Without its salt the last day counts its visitors anew, and without
			// anything else it does not.
			last := asked{period: "2026-06-06..2026-06-06", metrics: "views,visitors", where: "path in ('/first', '/second', '/third')"}
			again := pageOf(anna, "/first").at(sampleTime)
			again["id"] = "first"
			s.send(holdfast.ScopeCollect, again, pageOf(anna, "/third").at(sampleTime))
			if what == "secrets/salts" {
				s.want(last, "3 2")
			} else {
				s.want(last, "3 1")
			}
			s.tendDays()
			s.check()
			s.restart()
			s.walk(".", func(name string, _ []byte) {
				if strings.HasSuffix(name, fsx.TempSuffix) && !strings.HasPrefix(name, "log/spare") {
					t.Errorf("%s is still there", name)
				}
			})
		})
	}
}

func (s *shop) write(name string, data []byte) {
	s.t.Helper()
	s.must(fsx.WriteFile(s.disk, name, 0o600, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}))
}

func (s *shop) read(name string) []byte {
	s.t.Helper()
	data, err := fsx.ReadFile(s.disk, name)
	s.must(err)
	return data
}

func (s *shop) unhex(text string) []byte {
	s.t.Helper()
	b, err := hex.DecodeString(text)
	s.must(err)
	return b
}
