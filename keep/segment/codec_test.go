package segment

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast"
	"holdfast/keep/rows"
)

func TestCodesUnpackFromAnyPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		card := rapid.OneOf(rapid.IntRange(1, 300), rapid.IntRange(1, 70_000), rapid.IntRange(1, maxGroupRows),
			rapid.SampledFrom([]int{1, 2, 128, 255, 256, 257, 1 << 15, 1 << 16, 1<<16 + 1, maxGroupRows})).Draw(t, "card")
		var codes []uint32
		for range rapid.IntRange(0, 8).Draw(t, "stretches") {
			v := uint32(rapid.IntRange(0, card-1).Draw(t, "code"))
			step := rapid.SampledFrom([]uint32{0, 0, 1, 17}).Draw(t, "step")
			for range rapid.IntRange(1, 200).Draw(t, "length") {
				codes = append(codes, v)
				v = (v + step) % uint32(card)
			}
		}
		width := codeWidth(card)
		if aligned := alignedWidth(card); aligned > 0 && rapid.Bool().Draw(t, "aligned") {
			width = aligned
		}
		body := appendHybrid([]byte{byte(width)}, codes, width)
		skip := rapid.IntRange(0, len(codes)).Draw(t, "skip")
		n := rapid.IntRange(0, len(codes)-skip).Draw(t, "rows")
		var got rows.Codes
		got.Resize(n, card)
		if err := decodeCodes(&got, body, card, skip); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if got.At(i) != codes[skip+i] {
				t.Fatalf("code %d after %d is %d, want %d", i, skip, got.At(i), codes[skip+i])
			}
		}
		if top := slices.Max(append(codes, 0)); n == len(codes) && n > 0 && card > 1 && codeWidth(int(top)) == width && top > 0 {
			got.Resize(n, int(top))
			if err := decodeCodes(&got, body, int(top), 0); err == nil {
				t.Fatalf("code %d was taken for one of %d values", top, top)
			}
		}
	})
}

func TestDifferencesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		narrow := rapid.Bool().Draw(t, "narrow")
		value := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-3, 3), rapid.Int64Range(0, 1<<40), rapid.Just(int64(math.MinInt64)), rapid.Just(int64(math.MaxInt64)))
		values := rapid.SliceOfN(value, 0, 700).Draw(t, "values")
		if narrow {
			for i := range values {
				values[i] = int64(int32(values[i]))
			}
		}
		body := appendDelta(nil, values, narrow)
		got := make([]int64, rapid.IntRange(0, len(values)).Draw(t, "rows"))
		if err := decodeDelta(got, body, len(values), narrow); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, values[:len(got)]) {
			t.Fatal(cmp.Diff(values[:len(got)], got))
		}
	})
}

func TestDistinctNumbersAreRanked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-5, 5))).Draw(t, "values")
		var d distinctInts
		dict, codes := d.rank(values)
		if !ascends(dict) {
			t.Fatalf("%v does not ascend", dict)
		}
		for i, v := range values {
			if dict[codes[i]] != v {
				t.Fatalf("value %d is %d, want %d", i, dict[codes[i]], v)
			}
		}
	})
}

func drawProps(t *rapid.T) []holdfast.Prop {
	var props []holdfast.Prop
	for _, key := range rapid.SliceOfDistinct(rapid.String(), rapid.ID[string]).Draw(t, "keys") {
		p := holdfast.Prop{Key: validText(key), Kind: holdfast.PropKind(rapid.IntRange(1, 4).Draw(t, "kind"))}
		switch p.Kind {
		case holdfast.PropString:
			p.Str = validText(rapid.String().Draw(t, "string"))
		case holdfast.PropInt:
			p.Int = rapid.Int64().Draw(t, "int")
		case holdfast.PropFloat:
			p.Float = rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64).Draw(t, "float")
		case holdfast.PropBool:
			p.Bool = rapid.Bool().Draw(t, "bool")
		}
		props = append(props, p)
	}
	return props
}

func TestPropertiesKeepTheirTypesInJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		props := drawProps(t)
		text := string(appendProps(nil, props))
		got, err := parseProps(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !slices.Equal(got, props) {
			t.Fatalf("%s (-want +got):\n%s", text, cmp.Diff(props, got))
		}
	})
}

func TestPropertyColumnsHaveNamesOfTheirOwn(t *testing.T) {
	names := map[string]PropColumn{}
	rapid.Check(t, func(t *rapid.T) {
		p := PropColumn{validText(rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("k.int%2E")), 0, 6, -1)).Draw(t, "key")),
			holdfast.PropKind(rapid.IntRange(1, 4).Draw(t, "kind"))}
		name := propColumn(p)
		if other, ok := names[name]; ok && other != p {
			t.Fatalf("%v and %v are both named %s", p, other, name)
		}
		names[name] = p
		if got, ok := parsePropColumn(name); !ok || got != p {
			t.Fatalf("%s is read as %v, %v; want %v", name, got, ok, p)
		}
	})
}

func TestPropertyColumnNames(t *testing.T) {
	for want, p := range map[string]PropColumn{
		"prop.plan":         {"plan", holdfast.PropString},
		"prop.price.float":  {"price", holdfast.PropFloat},
		"prop.a%2Eint":      {"a.int", holdfast.PropString},
		"prop.a%2Eint.bool": {"a.int", holdfast.PropBool},
		"prop.50%25%20off":  {"50% off", holdfast.PropString},
		"prop.größe.int":    {"größe", holdfast.PropInt},
		"prop.":             {"", holdfast.PropString},
	} {
		if got := propColumn(p); got != want {
			t.Errorf("%v is named %s, want %s", p, got, want)
		}
	}
	for _, name := range []string{"props", "prop.a.b", "prop.a%2eint", "prop.%", "prop.%4", "prop.%41", "prop.a b"} {
		if p, ok := parsePropColumn(name); ok {
			t.Errorf("%s is read as %v", name, p)
		}
	}
}

func TestFramesUnframe(t *testing.T) {
	c := newCompressor()
	dec, err := newDecompressor()
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 300_000)
	x := uint32(1)
	for i := range noise {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	for _, n := range []int{0, 1, 31, 255, 256, 300, 1<<16 + 255, 1<<16 + 256, 128 << 10, 128<<10 + 1, 300_000} {
		for name, body := range map[string][]byte{"noise": noise[:n], "text": []byte(strings.Repeat("holdfast ", n/9+1))[:n]} {
			frame := c.frame(nil, body, c.fast, worthRarely)
			got, err := unframe(dec, frame, n, make([]byte, n))
			if err != nil || string(got) != string(body) {
				t.Errorf("%d bytes of %s: %v", n, name, err)
			}
			all, err := dec.DecodeAll(frame, make([]byte, 0, n))
			if err != nil || string(all) != string(body) {
				t.Errorf("%d bytes of %s: zstd says %v", n, name, err)
			}
			if _, raw := rawBody(frame, n); raw != (name == "noise" && n <= zstdMaxBlock || n < 32) {
				t.Errorf("%d bytes of %s: raw is %v", n, name, raw)
			}
		}
	}
}

func FuzzCodes(f *testing.F) {
	f.Add([]byte{1, 3, 0x55}, 2, 0, 8)
	f.Add(appendHybrid([]byte{9}, []uint32{1, 2, 300, 4, 5, 6, 7, 8, 9}, 9), 301, 3, 5)
	f.Fuzz(func(t *testing.T, body []byte, card, skip, n int) {
		if card < 1 || card > maxGroupRows || skip < 0 || n < 0 || n > pageRows || skip > pageRows {
			return
		}
		var got rows.Codes
		got.Resize(n, card)
		if decodeCodes(&got, body, card, skip) != nil {
			return
		}
		for i := range n {
			if int(got.At(i)) >= card {
				t.Fatalf("code %d of %d values", got.At(i), card)
			}
		}
	})
}

func FuzzDelta(f *testing.F) {
	f.Add(appendDelta(nil, []int64{1, 5, 2, math.MaxInt64, math.MinInt64}, false), 5, 3)
	f.Fuzz(func(t *testing.T, body []byte, count, n int) {
		if n < 0 || n > pageRows {
			return
		}
		decodeDelta(make([]int64, n), body, count, count&1 == 0)
	})
}

func FuzzProps(f *testing.F) {
	f.Add(`{"a":"b","c":1,"d":1.5,"e":true,"f\n":"\u0000"}`)
	f.Fuzz(func(t *testing.T, text string) {
		props, err := parseProps(text)
		if err != nil {
			return
		}
		again, err := parseProps(string(appendProps(nil, props)))
		if err != nil || !slices.Equal(again, props) {
			t.Fatalf("%q is read as %v, and then as %v: %v", text, props, again, err)
		}
	})
}

func FuzzDirectory(f *testing.F) {
	days := []SiteDay{{Site: 1, Day: 20574, Start: 20574 * 86_400_000, Rows: 3, Min: 20574 * 86_400_000, Max: 20574*86_400_000 + 5,
		Tallies: []rows.Tally{{Hour: 1, Views: 2, Events: 3}}}}
	f.Add(encodeDays(days, func(holdfast.Flag) uint64 { return 0 }), 1)
	f.Fuzz(func(t *testing.T, b []byte, count int) {
		if count >= 0 && count <= blockDays {
			decodeDays(b, count, holdfast.Flags(), true)
			decodeDays(b, count, holdfast.Flags(), false)
		}
		decodeIndex(b)
	})
}

func FuzzFooter(f *testing.F) {
	f.Add([]byte{0x15, 0x02, 0x00})
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &cursor{b: b}
		out := &footer{metadata: map[string]string{}}
		c.file(out)
		out.check(1 << 40)
		c = &cursor{b: b}
		c.pageHeader()
		pageStarts(b, 100_000, 4, 1<<40)
	})
}
