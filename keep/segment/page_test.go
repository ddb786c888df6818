package segment_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/rows"
	"holdfast/keep/segment"
)

// The tests here read the sample by what docs/format/segment.md says, with
// Parquet and protobuf libraries that know nothing of us.

func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/format/segment.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func sampleFile(t *testing.T) (name string, data []byte, meta *format.FileMetaData) {
	t.Helper()
	names, err := filepath.Glob("testdata/v1/*" + segment.Suffix)
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	if data, err = os.ReadFile(names[0]); err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Base(names[0]), data, file.Metadata()
}

// The sample is from before some columns were kept. The page says of which.
func TestThePageNamesTheColumns(t *testing.T) {
	_, _, old := sampleFile(t)
	dir := openDir(t)
	f, _ := tiny(t, dir)
	data, err := os.ReadFile(dir.Path(f.Name))
	if err != nil {
		t.Fatal(err)
	}
	file, err := parquet.OpenFile(bytes.NewReader(data), f.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	_, columns, _ := strings.Cut(page(t), "\n## Columns\n")
	columns, _, _ = strings.Cut(columns, "\n## ")
	for name, meta := range map[string]*format.FileMetaData{"sample": old, "new": file.Metadata()} {
		var want, got []string
		for _, e := range meta.Schema[1:] {
			if !strings.HasPrefix(e.Name, "prop.") {
				want = append(want, describe(&e))
			}
		}
		for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| ([^|]+) \\| (.*)$").FindAllStringSubmatch(columns, -1) {
			if name == "new" || !strings.Contains(m[3], "Files from before it was kept do not have the column") {
				got = append(got, m[1]+" "+m[2])
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("columns of the %s file and of the page (-file +page):\n%s", name, diff)
		}
	}
}

// describe says of a column what the page says of it.
func describe(e *format.SchemaElement) string {
	text := e.Name + " " + e.Type.V.String()
	if e.LogicalType.Value != nil {
		switch l := e.LogicalType.Value.(type) {
		case *format.IntType:
			if !l.IsSigned {
				text += ", unsigned"
			}
		case *format.DateType:
			text += ", date"
		case *format.TimestampType:
			if _, ms := l.Unit.Value.(*format.MilliSeconds); ms && l.IsAdjustedToUTC {
				text += ", timestamp in ms, UTC"
			}
		case *format.StringType:
			text += ", string"
		case *format.JsonType:
			text += ", JSON"
		}
	}
	if e.RepetitionType.V == format.Optional {
		text += ", optional"
	}
	return text
}

func TestThePageNamesTheMetadata(t *testing.T) {
	name, data, meta := sampleFile(t)
	var want, got []string
	value := map[string]string{}
	for _, kv := range meta.KeyValueMetadata {
		want = append(want, kv.Key)
		value[kv.Key] = kv.Value
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(holdfast\\.[a-z]+)` \\|").FindAllStringSubmatch(page(t), -1) {
		got = append(got, m[1])
	}
	slices.Sort(want) // the library has sorted them already
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys of the file and of the page (-file +page):\n%s", diff)
	}
	if kind, _, _ := strings.Cut(name, "-"); value["holdfast.kind"] != kind || value["holdfast.format"] != "1" {
		t.Errorf("%s says it is %q", name, value)
	}

	size := binary.LittleEndian.Uint32(data[len(data)-8:])
	footer := data[len(data)-8-int(size) : len(data)-8]
	at := bytes.LastIndex(footer, []byte("holdfast.crc\x18\x08")) + len("holdfast.crc") + 2
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Checksum(slices.Concat(footer[:at], footer[at+8:]), castagnoli)
	if want := fmt.Sprintf("%08x", sum); string(footer[at:at+8]) != want || value["holdfast.crc"] != want {
		t.Errorf("the CRC of the footer is %s, and not %s", footer[at:at+8], want)
	}
}

func TestPagesHaveTheEncodingsThatThePageSays(t *testing.T) {
	_, _, meta := sampleFile(t)
	for _, g := range meta.RowGroups {
		for i, c := range g.Columns {
			e := &meta.Schema[1+i]
			used := c.MetaData.Encoding[0]
			var may []format.Encoding
			switch {
			case e.Type.V == format.ByteArray:
				may = []format.Encoding{format.RLEDictionary}
				if c.MetaData.Statistics.NullCount == g.NumRows {
					may[0] = format.Plain
				}
			case e.Type.V == format.Boolean, e.Type.V == format.Double:
				may = []format.Encoding{format.Plain}
			case e.Name == "site", e.Name == "day", e.Name == "time", strings.HasPrefix(e.Name, "prop."):
				may = []format.Encoding{format.DeltaBinaryPacked}
			default:
				may = []format.Encoding{format.DeltaBinaryPacked, format.Plain, format.RLEDictionary}
			}
			if !slices.Contains(may, used) || c.MetaData.Codec != format.Zstd {
				t.Errorf("column %s is %s and %s", e.Name, used, c.MetaData.Codec)
			}
			if indexed := c.ColumnIndexLength > 0; indexed != (e.Name == "site" || e.Name == "day" || e.Name == "time") || c.OffsetIndexLength == 0 {
				t.Errorf("column %s has a column index of %d bytes and an offset index of %d", e.Name, c.ColumnIndexLength, c.OffsetIndexLength)
			}
		}
	}
}

func TestThePageExplainsTheDirectory(t *testing.T) {
	name, data, meta := sampleFile(t)
	_, text, _ := strings.Cut(page(t), "```proto\n")
	text, _, _ = strings.Cut(text, "```")
	messages := compile(t, text)
	decode := func(message string, frame []byte) protoreflect.Message {
		t.Helper()
		d, err := zstd.NewReader(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		body, err := d.DecodeAll(frame, nil)
		if err != nil {
			t.Fatal(err)
		}
		m := dynamicpb.NewMessage(messages.ByName(protoreflect.Name(message)))
		if err := proto.Unmarshal(body, m); err != nil {
			t.Fatal(err)
		}
		if len(m.GetUnknown()) > 0 {
			t.Errorf("%s has fields that the page does not name", message)
		}
		return m
	}
	castagnoli := crc32.MakeTable(crc32.Castagnoli)

	var offset, length int
	var crc uint32
	at := slices.IndexFunc(meta.KeyValueMetadata, func(kv format.KeyValue) bool { return kv.Key == "holdfast.directory" })
	if _, err := fmt.Sscanf(meta.KeyValueMetadata[at].Value, "%d %d %x", &offset, &length, &crc); err != nil {
		t.Fatal(err)
	}
	frame := data[offset:][:length]
	if crc32.Checksum(frame, castagnoli) != crc {
		t.Error("CRC of the index")
	}
	index := decode("Index", frame)
	flags, blocks := field(index, "flags").List(), field(index, "blocks").List()
	var got []segment.SiteDay
	for i := range blocks.Len() {
		b := blocks.Get(i).Message()
		frame := data[field(b, "offset").Uint():][:field(b, "length").Uint()]
		if crc32.Checksum(frame, castagnoli) != uint32(field(b, "crc").Uint()) {
			t.Errorf("CRC of block %d", i)
		}
		got = append(got, readDays(decode("Days", frame), int(field(b, "days").Uint()), flags)...)
	}

	dir, err := fsx.OpenDir("testdata/v1")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	f, err := segment.Describe(t.Context(), dir, ".", name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := open(t, dir, f).Directory()
	if err != nil {
		t.Fatal(err)
	}
	var want []segment.SiteDay
	if err := d.All(func(s segment.SiteDay) bool {
		want = append(want, s)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) == 0 {
		t.Errorf("the directory as the program and as the page reads it (-program +page):\n%s", diff)
	}
	if id := value(meta, "holdfast.store"); len(id) != 32 {
		t.Errorf("the store is %q", id)
	} else if _, err := hex.DecodeString(id); err != nil {
		t.Error(err)
	}
}

func value(meta *format.FileMetaData, key string) string {
	for _, kv := range meta.KeyValueMetadata {
		if kv.Key == key {
			return kv.Value
		}
	}
	return ""
}

func compile(t *testing.T, text string) protoreflect.MessageDescriptors {
	t.Helper()
	source := protocompile.SourceAccessorFromMap(map[string]string{"page.proto": "syntax = \"proto3\";\n" + text})
	c := protocompile.Compiler{Resolver: &protocompile.SourceResolver{Accessor: source}}
	files, err := c.Compile(context.Background(), "page.proto")
	if err != nil {
		t.Fatal(err)
	}
	return files[0].Messages()
}

func field(m protoreflect.Message, name string) protoreflect.Value {
	return m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(name)))
}

// readDays reads a block of n site days.
func readDays(m protoreflect.Message, n int, flags protoreflect.List) (days []segment.SiteDay) {
	unsigned := func(name string, i int) int64 { return int64(field(m, name).List().Get(i).Uint()) }
	signed := func(name string, i int) int64 { return field(m, name).List().Get(i).Int() }
	var before segment.SiteDay
	tally := 0
	for i := range n {
		d := segment.SiteDay{Site: before.Site + holdfast.SiteID(unsigned("site", i)), Day: before.Day + holdfast.Day(signed("day", i))}
		d.Start = holdfast.Millis(int64(d.Day)*86_400_000 + signed("start", i))
		d.First = before.First + before.Rows + signed("first", i)
		d.Rows = unsigned("rows", i)
		d.Min = d.Start + holdfast.Millis(signed("min", i))
		d.Max = d.Min + holdfast.Millis(unsigned("max", i))
		for range unsigned("tallies", i) {
			views := unsigned("views", tally)
			d.Tallies = append(d.Tallies, rows.Tally{
				Hour: uint8(unsigned("hour", tally)), Flag: holdfast.Flag(flags.Get(int(unsigned("flag", tally))).String()),
				Views: views, Events: views + unsigned("others", tally),
			})
			tally++
		}
		days = append(days, d)
		before = d
	}
	return days
}
