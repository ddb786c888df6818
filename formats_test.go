package holdfast_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bufbuild/protocompile"
	"github.com/parquet-go/parquet-go"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/google/go-cmp/cmp"
)

// The tests here read the files of the sample store by what the pages in
// docs/format say, and use nothing of the program. What the pages do not say is
// not known here. The log is read so in keep/wal, and all of a sealed file in
// keep/segment.

const sampleFolder = "testdata/stores/v1/store"

func crc32c(parts ...[]byte) uint32 {
	return crc32.Checksum(slices.Concat(parts...), crc32.MakeTable(crc32.Castagnoli))
}

func sampleFiles(t *testing.T, pattern string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(sampleFolder, pattern))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %q, %v", pattern, names, err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = data
	}
	return files
}

// sampleStoreID is the id in the stamp.
func sampleStoreID(t *testing.T) string {
	t.Helper()
	_, text, _ := strings.Cut(string(sampleFiles(t, "STORE")["STORE"]), `"holdfast_store":"`)
	return text[:32]
}

// docs/format/checkpoint.md and records.proto
func TestCheckpointsAreWhatThePageSays(t *testing.T) {
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{ImportPaths: []string{"docs/format"}}}
	schema, err := compiler.Compile(context.Background(), "records.proto")
	if err != nil {
		t.Fatal(err)
	}
	files := sampleFiles(t, "checkpoints/*")
	if len(files) != 4 {
		t.Errorf("there are %d checkpoints", len(files))
	}
	for name, b := range files {
		fold, digits, _ := strings.Cut(name, "-")
		seq, err := strconv.ParseUint(digits, 10, 64)
		n := len(b) - 44
		switch {
		case err != nil || len(digits) != 20:
			t.Errorf("a checkpoint is named %s", name)
		case string(b[:8]) != "HFCHKPT1" || fmt.Sprintf("%x", b[8:24]) != sampleStoreID(t):
			t.Errorf("%s begins with %x", name, b[:24])
		case binary.LittleEndian.Uint64(b[24:]) != seq || binary.LittleEndian.Uint64(b[32:]) != uint64(n):
			t.Errorf("%s says it is at %d, with %d bytes", name, binary.LittleEndian.Uint64(b[24:]), binary.LittleEndian.Uint64(b[32:]))
		case binary.LittleEndian.Uint32(b[40+n:]) != crc32c(b[:40+n]):
			t.Errorf("CRC of %s", name)
		}
		message := map[string]string{"catalog": "Catalog", "ledger": "Ledger"}[fold]
		m := dynamicpb.NewMessage(schema[0].Messages().ByName(protoreflect.Name(message)))
		if err := proto.Unmarshal(b[40:40+n], m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text, err := protojson.Marshal(m)
		if err != nil || len(m.GetUnknown()) > 0 {
			t.Errorf("%s: %v, unknown %x", name, err, m.GetUnknown())
		}
		for _, want := range map[string][]string{
			"catalog": {`"name":"shop.example"`, `"zone":"Europe/Berlin"`, `"zone":"Asia/Tokyo"`, fmt.Sprintf(`"from":"%d"`, math.MinInt64), `"title":"A lamp"`, `"scopes":["collect"]`, `"lastSite":1`},
			"ledger":  {`"kind":"month"`, `"kind":"shared"`, `"kind":"part"`, `"hashed":true`, `"name":"duplicate"`, `"name":"bot"`, `"sealedTo":`},
		}[fold] {
			if !strings.Contains(strings.ReplaceAll(string(text), " ", ""), strings.ReplaceAll(want, " ", "")) {
				t.Errorf("%s does not say %s: %s", name, want, text)
			}
		}
	}

	// The latest ledger names all files and their hashes.
	latest := slices.Max(slices.DeleteFunc(keysOf(files), func(name string) bool { return !strings.HasPrefix(name, "ledger-") }))
	ledger := dynamicpb.NewMessage(schema[0].Messages().ByName("Ledger"))
	if err := proto.Unmarshal(files[latest][40:len(files[latest])-4], ledger); err != nil {
		t.Fatal(err)
	}
	list := ledger.Get(ledger.Descriptor().Fields().ByName("files")).List()
	want, got := map[string]string{}, map[string]string{}
	for i := range list.Len() {
		f := list.Get(i).Message()
		field := func(name string) protoreflect.Value {
			return f.Get(f.Descriptor().Fields().ByName(protoreflect.Name(name)))
		}
		want[field("name").String()] = fmt.Sprintf("%x of %d bytes", field("hash").Bytes(), field("bytes").Int())
	}
	for name, b := range sampleFiles(t, "files/*.parquet") {
		got[name] = fmt.Sprintf("%x of %d bytes", sha256.Sum256(b), len(b))
		if hash := fmt.Sprintf("%x", sha256.Sum256(b)); !strings.HasSuffix(name, "-"+hash[:32]+".parquet") {
			t.Errorf("%s has the hash %s", name, hash)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-ledger +folder):\n%s", diff)
	}
}

func keysOf(m map[string][]byte) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	return list
}

// docs/format/ids.md
func TestIdsAreWhatThePageSays(t *testing.T) {
	segments := sampleFiles(t, "files/*.parquet")
	for name, b := range sampleFiles(t, "files/*.ids") {
		var got []uint64
		count := binary.LittleEndian.Uint64(b[16:])
		if string(b[8:12]) != "HFID" || binary.LittleEndian.Uint32(b[12:]) != 1 {
			t.Errorf("%s begins with %x", name, b[:16])
		}
		k := uint32(0)
		for block := range slices.Chunk(b, 4096) {
			crc := crc32c(block[4:], binary.LittleEndian.AppendUint64(nil, count))
			if binary.LittleEndian.Uint32(block) != crc || binary.LittleEndian.Uint32(block[4:]) != k {
				t.Errorf("%s: block %d", name, k)
			}
			at := 8
			if k == 0 {
				at = 24
			}
			for ; at < len(block); at += 8 {
				got = append(got, binary.LittleEndian.Uint64(block[at:]))
			}
			k++
		}
		if uint64(len(got)) != count {
			t.Errorf("%s has %d ids, and says %d", name, len(got), count)
		}
		want := idColumn(t, segments[strings.TrimSuffix(name, ".ids")+".parquet"])
		if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
			t.Errorf("%s (-column +file):\n%s", name, diff)
		}
	}
}

// idColumn returns the ids in a segment, ascending.
func idColumn(t *testing.T, b []byte) (list []uint64) {
	t.Helper()
	file, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	column, ok := file.Schema().Lookup("id")
	if !ok {
		t.Fatal("there is no column id")
	}
	for _, g := range file.RowGroups() {
		pages := g.ColumnChunks()[column.ColumnIndex].Pages()
		defer pages.Close()
		for {
			page, err := pages.ReadPage()
			if err != nil {
				break
			}
			values := make([]parquet.Value, page.NumValues())
			page.Values().ReadValues(values)
			for _, v := range values {
				if !v.IsNull() {
					list = append(list, uint64(v.Int64()))
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

// docs/format/salts.md
func TestSaltsAreWhatThePageSays(t *testing.T) {
	b := sampleFiles(t, "secrets/salts")["salts"]
	if len(b)%64 != 0 {
		t.Fatalf("the file has %d bytes", len(b))
	}
	alive, dead := []string{}, []string{}
	day := func(b []byte) string {
		return time.Unix(int64(int32(binary.LittleEndian.Uint32(b)))*86400, 0).UTC().Format(time.DateOnly)
	}
	for i := range len(b) / 64 {
		slot := b[i*64:][:64]
		crc := binary.LittleEndian.Uint32(slot)
		if i == 0 {
			if crc != crc32c(slot[4:]) || binary.LittleEndian.Uint32(slot[4:]) != 1 || string(slot[8:16]) != "HFSALTS\n" || !isZeros(slot[16:]) {
				t.Errorf("the head is %x", slot)
			}
			continue
		}
		if crc != crc32c(slot[4:32]) || binary.LittleEndian.Uint32(slot[32:]) != crc32c(slot[4:32], slot[36:]) || !isZeros(slot[36:48]) {
			t.Errorf("CRC of record %d", i)
		}
		site := binary.LittleEndian.Uint32(slot[8:])
		switch kind := binary.LittleEndian.Uint32(slot[4:]); kind {
		case 1:
			made, ends := int64(binary.LittleEndian.Uint64(slot[16:])), int64(binary.LittleEndian.Uint64(slot[24:]))
			alive = append(alive, fmt.Sprintf("site %d, %s, made %d hours before its end", site, day(slot[12:]), (ends-made)/3600_000))
			if isZeros(slot[48:]) {
				t.Errorf("the salt of record %d is zeros", i)
			}
		case 2:
			dead = append(dead, fmt.Sprintf("site %d, %s to %s", site, day(slot[12:]), day(slot[16:])))
			if !isZeros(slot[20:32]) || !isZeros(slot[48:]) {
				t.Errorf("record %d is %x", i, slot)
			}
		default:
			t.Errorf("record %d is of kind %d", i, kind)
		}
	}
	// The sample was closed at noon of the 6th, UTC. The 3rd, the last day by
	// Berlin's clocks, had ended on the 3rd at 22:00.
	if diff := cmp.Diff([]string{"site 1, 2026-05-29 to 2026-06-03"}, dead); diff != "" {
		t.Errorf("dead days:\n%s", diff)
	}
	want := []string{
		"site 1, 2026-06-04, made 12 hours before its end", "site 1, 2026-06-05, made 22 hours before its end", "site 1, 2026-06-06, made 18 hours before its end",
	}
	if diff := cmp.Diff(want, alive); diff != "" {
		t.Errorf("salts:\n%s", diff)
	}
}

func isZeros(b []byte) bool { return bytes.Count(b, []byte{0}) == len(b) }
