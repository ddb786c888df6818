package checkpoint_test

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"
	_ "time/tzdata"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/checkpoint"
	"holdfast/keep/record"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "write the samples of the present version anew")

// The store of the samples, and what is in them.
var sampleStore = [16]byte{'t', 'e', 's', 't'}

const (
	catalogAt holdfast.Seq = 88_978
	ledgerAt  holdfast.Seq = 88_990
)

func sampleCatalog() record.Catalog {
	return record.Catalog{
		Sites: []*holdfast.Site{
			{ID: 1, Name: "shop.example", Public: true, Created: 1_785_499_200_000, Hosts: []string{"www.shop.example", "*"}, Zones: []holdfast.ZoneSpan{
				{From: math.MinInt64, Zone: "Europe/Berlin"}, {From: 1_785_535_200_000, Zone: "Asia/Tokyo"},
			}},
			{ID: 3, Name: "blog.example", Created: 1_785_499_300_000, Zones: []holdfast.ZoneSpan{{From: math.MinInt64, Zone: "UTC"}}},
		},
		Keys: []*holdfast.Key{
			{ID: "abcdefgh", Hash: [32]byte{1, 2, 3}, Scopes: []holdfast.Scope{holdfast.ScopeCollect, holdfast.ScopeImport}, Sites: []holdfast.SiteID{1}, Label: "laptop", Created: 1_785_499_400_000},
		},
		Deals: []*record.SiteDeal{
			{Site: 1, Deal: holdfast.Deal{ID: "lamp", Title: "A lamp", Starts: 1_785_500_000_000, Ends: 1_785_600_000_000, Paths: []string{"/lamp"}, Goal: "purchase", Link: "https://shop.example/lamp"}},
		},
		LastSite: 4,
	}
}

func sampleLedger() record.Ledger {
	return record.Ledger{
		Files: []record.File{{
			Name: "day-2026-07-31-00112233445566778899aabbccddeeff.parquet", Kind: "day", Rows: 70_000, Counted: 69_000, Bytes: 800_000,
			Hash: [32]byte{0, 0x11, 0x22}, MinTime: 1_785_448_800_000, MaxTime: 1_785_535_199_999, MinDay: 20_665, MaxDay: 20_665, Site: 1, Hashed: true,
		}},
		SealedTo: 88_970,
		Ups:      []record.Up{{From: 1_785_499_200_000, To: 1_785_499_290_000}, {From: 1_785_500_000_000, To: 1_785_560_000_000}},
		Accounts: []record.Account{
			{Site: 0, Gone: map[holdfast.Reason]int64{holdfast.RefusedNoSite: 2}},
			{Site: 1, Kept: map[holdfast.Flag]int64{holdfast.Counted: 69_000, holdfast.FlagBot: 1000}, Gone: map[holdfast.Reason]int64{"duplicate": 7}},
		},
		Spoiled: []record.Tally{{Site: 1, Reason: holdfast.RefusedRate, Minute: 29_758_320, Events: 5}},
		Running: true,
	}
}

// Checkpoints of every released version open, for ever. testdata/v1 has one of
// each fold as version 1 wrote it.
func TestCheckpointsOfEveryVersionOpen(t *testing.T) {
	for _, version := range []string{"v1"} {
		t.Run(version, func(t *testing.T) {
			if *update {
				writeSamples(t, filepath.Join("testdata", version))
			}
			dir, err := fsx.OpenDir(filepath.Join("testdata", version))
			if err != nil {
				t.Fatal(err)
			}
			defer dir.Close()
			catalog, err := record.DecodeCatalog(load(t, dir, "catalog", catalogAt))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sampleCatalog(), catalog, cmpopts.IgnoreUnexported(holdfast.Site{})); diff != "" {
				t.Errorf("catalog (-want +got):\n%s", diff)
			}
			ledger, err := record.DecodeLedger(load(t, dir, "ledger", ledgerAt))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sampleLedger(), ledger, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("ledger (-want +got):\n%s", diff)
			}
		})
	}
}

func load(t *testing.T, dir fsx.FS, name string, want holdfast.Seq) []byte {
	t.Helper()
	f := checkpoint.Folder{FS: dir, Dir: ".", Name: name, Store: sampleStore}
	seq, payload, damaged, err := f.Load()
	if err != nil || len(damaged) > 0 || seq != want {
		t.Fatalf("the sample of the %s is of %d, %q, %v", name, seq, damaged, err)
	}
	return payload
}

// What is written now is what was written then.
func TestTheSamplesAreWrittenAsTheyWere(t *testing.T) {
	folder := t.TempDir()
	writeSamples(t, folder)
	now, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(now) != 2 {
		t.Fatal(now, err)
	}
	for _, name := range now {
		a, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join("testdata", "v1", filepath.Base(name)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s is written otherwise: a change that old programs do not expect needs a new version", filepath.Base(name))
		}
	}
}

func writeSamples(t *testing.T, folder string) {
	t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := fsx.OpenDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	catalog, ledger := sampleCatalog(), sampleLedger()
	for _, f := range []struct {
		name    string
		seq     holdfast.Seq
		payload []byte
	}{{"catalog", catalogAt, catalog.Append(nil)}, {"ledger", ledgerAt, ledger.Append(nil)}} {
		points := checkpoint.Folder{FS: dir, Dir: ".", Name: f.name, Store: sampleStore}
		if err := points.Write(f.seq, f.payload); err != nil {
			t.Fatal(err)
		}
	}
}
