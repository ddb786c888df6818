package record_test

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
	_ "time/tzdata"

	"github.com/bufbuild/protocompile"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"holdfast"
	"holdfast/keep/record"
)

// schema returns a message of docs/format/records.proto, as the ordinary
// protobuf library understands it.
func schema(t *testing.T, name string) *dynamicpb.Message {
	t.Helper()
	c := protocompile.Compiler{Resolver: &protocompile.SourceResolver{ImportPaths: []string{"../../docs/format"}}}
	files, err := c.Compile(context.Background(), "records.proto")
	if err != nil {
		t.Fatal(err)
	}
	d := files[0].Messages().ByName(protoreflect.Name(name))
	if d == nil {
		t.Fatalf("the schema has no message %s", name)
	}
	return dynamicpb.NewMessage(d)
}

// examples has each kind of payload, with no field left zero.
func examples(t *testing.T) map[string]struct {
	payload []byte
	decoded any
	decode  func([]byte) (any, error)
} {
	site, err := holdfast.NewSite(7, "shop.example", "Europe/Berlin", 1234)
	if err != nil {
		t.Fatal(err)
	}
	site.Public, site.Hosts = true, []string{"www.shop.example", "*"}
	tally := record.Tally{Site: 7, Reason: holdfast.RefusedRate, Minute: 29_000_000, Events: 12}
	key := &holdfast.Key{ID: "abcdefgh", Hash: [32]byte{1, 2, 3}, Scopes: []holdfast.Scope{"own", "read"}, Sites: []holdfast.SiteID{7, 300}, Label: "laptop", Created: 99}
	deal := &record.SiteDeal{Site: 7, Deal: holdfast.Deal{ID: "mug", Title: "A mug", Starts: 1, Ends: 2, Paths: []string{"/mug"}, Goal: "purchase", Link: "https://shop.example/mug"}}
	file := record.File{Name: "day-2026-07-31-00.parquet", Kind: "day", Rows: 3, Counted: 2, Bytes: 1000, Hash: [32]byte{9}, MinTime: -5, MaxTime: 6, MinDay: -1, MaxDay: 2, Site: 7, Hashed: true}
	type example = struct {
		payload []byte
		decoded any
		decode  func([]byte) (any, error)
	}
	batch := record.Batch{Events: []holdfast.Event{fullEvent(), {Site: 1, Name: "pageview", Scroll: holdfast.NoScroll}}, Tallies: []record.Tally{tally}}
	beat := record.Beat{Kind: record.Stopped, Clock: -7, Tallies: []record.Tally{tally}}
	putSite := record.CatalogChange{PutSite: site}
	deleteDeal := record.CatalogChange{DeleteDeal: &record.DealName{Site: 7, ID: "mug"}}
	catalog := record.Catalog{Sites: []*holdfast.Site{site}, Keys: []*holdfast.Key{key}, Deals: []*record.SiteDeal{deal}, LastSite: 9}
	entry := record.LedgerEntry{Files: &record.Files{Add: []record.File{file}, Remove: []string{"x", "y"}, SealedTo: 77, Cause: "seal"}}
	damage := record.Damage{From: -1, To: 2, First: 3, Last: 4, What: "bad"}
	damaged := record.LedgerEntry{Damage: &damage}
	told := []record.Imported{{
		Site: 7, Source: "access log", By: "alice", On: -3,
		Written: []holdfast.Stretch{{From: -9, To: -7}, {From: 1, To: 90}}, Told: []holdfast.Stretch{{From: -9, To: 90}}, Cut: []holdfast.Millis{-9, 90},
	}}
	imported := record.LedgerEntry{Imported: told}
	ledger := record.Ledger{Damage: []record.Damage{damage}, Imported: told, Files: []record.File{file}, SealedTo: 77, Ups: []record.Up{{From: -4, To: 5}}, Running: true, Spoiled: []record.Tally{tally},
		Accounts: []record.Account{{Site: 7, Kept: map[holdfast.Flag]int64{"": 5, "bot": 6}, Gone: map[holdfast.Reason]int64{"duplicate": 7}}}}
	return map[string]example{
		"Batch":                {batch.Append(nil), batch, func(b []byte) (any, error) { return record.DecodeBatch(b) }},
		"Beat":                 {beat.Append(nil), beat, func(b []byte) (any, error) { return record.DecodeBeat(b) }},
		"CatalogChange":        {putSite.Append(nil), putSite, func(b []byte) (any, error) { return record.DecodeCatalogChange(b) }},
		"CatalogChange delete": {deleteDeal.Append(nil), deleteDeal, func(b []byte) (any, error) { return record.DecodeCatalogChange(b) }},
		"Catalog":              {catalog.Append(nil), catalog, func(b []byte) (any, error) { return record.DecodeCatalog(b) }},
		"LedgerEntry":          {entry.Append(nil), entry, func(b []byte) (any, error) { return record.DecodeLedgerEntry(b) }},
		"LedgerEntry damage":   {damaged.Append(nil), damaged, func(b []byte) (any, error) { return record.DecodeLedgerEntry(b) }},
		"LedgerEntry imported": {imported.Append(nil), imported, func(b []byte) (any, error) { return record.DecodeLedgerEntry(b) }},
		"Ledger":               {ledger.Append(nil), ledger, func(b []byte) (any, error) { return record.DecodeLedger(b) }},
	}
}

func fullEvent() holdfast.Event {
	return holdfast.Event{
		Site: 7, Day: -3, Time: -12345, Received: 99, Name: "purchase", Host: "shop.example", Path: "/ü", Title: "T", Referrer: "https://r.example/",
		Source: "Google", Channel: "Organic Search", UTM: holdfast.UTM{Source: "a", Medium: "b", Campaign: "c", Term: "d", Content: "e"},
		Click: "gclid", Country: "DE", CountryBy: holdfast.CountryByZone, Region: "DE-BE", City: "Berlin", Language: "de", Screen: "phone", Device: "phone", Browser: "Firefox", OS: "Android",
		UserAgent: "Mozilla/5.0", Visitor: holdfast.DeclaredVisitor(1), Visit: 44, Interactive: true, Engaged: 1500, Scroll: 100,
		Props: []holdfast.Prop{
			{Key: "s", Kind: holdfast.PropString}, {Key: "i", Kind: holdfast.PropInt, Int: math.MinInt64},
			{Key: "f", Kind: holdfast.PropFloat, Float: -0.5}, {Key: "b", Kind: holdfast.PropBool, Bool: true}, {Key: "z", Kind: holdfast.PropBool},
		},
		Value: -250, Currency: "EUR", ID: 1 << 63, Door: holdfast.DoorAPI, Origin: holdfast.Imported, Flag: holdfast.FlagBot,
	}
}

func TestPayloadsDecodeToWhatWasEncoded(t *testing.T) {
	for name, x := range examples(t) {
		t.Run(name, func(t *testing.T) {
			got, err := x.decode(x.payload)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(x.decoded, got, cmpopts.IgnoreUnexported(holdfast.Site{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The schema in docs is what others read our files by: the ordinary library,
// given the schema, must find the same in a payload, and nothing it does not
// know.
func TestPayloadsAreWhatTheSchemaSays(t *testing.T) {
	for name, x := range examples(t) {
		t.Run(name, func(t *testing.T) {
			message, _, _ := strings.Cut(name, " ")
			m := schema(t, message)
			if err := proto.Unmarshal(x.payload, m); err != nil {
				t.Fatal(err)
			}
			if hasUnknown(m.ProtoReflect()) {
				t.Error("the payload has fields that the schema does not know")
			}
			again, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			got, err := x.decode(again)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(x.decoded, got, cmpopts.IgnoreUnexported(holdfast.Site{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnEventReadsTheSameThroughTheSchema(t *testing.T) {
	batch := record.Batch{Events: []holdfast.Event{fullEvent()}}
	m := schema(t, "Batch")
	if err := proto.Unmarshal(batch.Append(nil), m); err != nil {
		t.Fatal(err)
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	golden, err := os.ReadFile("testdata/event.json")
	if err != nil {
		t.Fatal(err)
	}
	if json.Unmarshal(text, &got) != nil || json.Unmarshal(golden, &want) != nil {
		t.Fatalf("not JSON: %s", text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%s", diff, text)
	}
}

func hasUnknown(m protoreflect.Message) bool {
	unknown := len(m.GetUnknown()) > 0
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.MessageKind:
		case f.IsList():
			for i := range v.List().Len() {
				unknown = unknown || hasUnknown(v.List().Get(i).Message())
			}
		default:
			unknown = unknown || hasUnknown(v.Message())
		}
		return !unknown
	})
	return unknown
}

func FuzzDecode(f *testing.F) {
	batch := record.Batch{Events: []holdfast.Event{fullEvent()}}
	f.Add(uint8(0), batch.Append(nil))
	f.Add(uint8(1), []byte{0x08, 0x02})
	f.Fuzz(func(t *testing.T, kind uint8, payload []byte) {
		switch kind % 6 {
		case 0:
			if b, err := record.DecodeBatch(payload); err == nil {
				again, err := record.DecodeBatch(b.Append(nil))
				if err != nil || len(again.Events) != len(b.Events) {
					t.Fatalf("a batch that was decoded does not decode again: %v", err)
				}
			}
		case 1:
			_, _ = record.DecodeBeat(payload)
		case 2:
			_, _ = record.DecodeCatalogChange(payload)
		case 3:
			_, _ = record.DecodeCatalog(payload)
		case 4:
			_, _ = record.DecodeLedgerEntry(payload)
		case 5:
			_, _ = record.DecodeLedger(payload)
		}
	})
}
