package segment

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protowire"

	"holdfast"
	"holdfast/keep/rows"
)

// SiteDay is what the directory knows of a site day in a file.
type SiteDay struct {
	Site     holdfast.SiteID
	Day      holdfast.Day
	Start    holdfast.Millis // when the day began; hours are counted from it
	First    int64           // number of its first row in the file
	Rows     int64
	Min, Max holdfast.Millis // times of its first and last row
	Tallies  []rows.Tally    // by hour and flag
}

func compareSiteDays(a, b *SiteDay) int {
	return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Day, b.Day))
}

// hourOf returns the hour of a day in which t lies.
func hourOf(t, start holdfast.Millis) uint8 {
	return uint8(min(max((t-start)/3_600_000, 0), math.MaxUint8))
}

// The directory is an index, and blocks of site days ascending by site and day,
// so that a file with hundreds of thousands of them is asked without reading
// them all. Index and blocks are Protocol Buffers messages, compressed with
// zstd:
//
//	message Index {
//	  repeated string flags = 1;         // numbered from 0 in the blocks
//	  repeated Block blocks = 2;
//	}
//	message Block {
//	  fixed64 offset = 1;                // in the file
//	  uint32 length = 2;                 // compressed
//	  fixed32 crc = 3;                   // CRC-32C of the compressed bytes
//	  uint32 site = 4;                   // of its first site day
//	  sint32 day = 5;                    // of its first site day
//	  uint32 days = 6;                   // site days in it
//	}
//	message Days {                       // all packed; one element a site day
//	  repeated uint32 site = 1;          // less that before
//	  repeated sint32 day = 2;           // less that before
//	  repeated sint64 start = 3;         // less day × 86,400,000
//	  repeated sint64 first = 4;         // less first + rows of that before
//	  repeated uint64 rows = 5;
//	  repeated sint64 min = 6;           // less start
//	  repeated uint64 max = 7;           // less min
//	  repeated uint32 tallies = 8;       // how many
//	                                     // one element a tally:
//	  repeated uint32 hour = 9;
//	  repeated uint32 flag = 10;         // number in the index
//	  repeated uint64 views = 11;
//	  repeated uint64 others = 12;       // events less views
//	}
//
// "That before" the first of a block is zero throughout.
const (
	blockDays     = 64
	maxBlockBytes = 4 << 20
	maxIndexBytes = 64 << 20
)

type directoryBlock struct {
	offset int64
	length int
	crc    uint32
	site   holdfast.SiteID
	day    holdfast.Day
	days   int
}

// appendDirectory appends the blocks and the index of days, which it sorts, to
// a file that is at bytes long, and returns the index's place.
func appendDirectory(dst []byte, at int64, days []SiteDay, enc *zstd.Encoder) (_ []byte, offset, length int64) {
	slices.SortFunc(days, func(a, b SiteDay) int { return compareSiteDays(&a, &b) })
	var index []byte
	flags := map[holdfast.Flag]uint64{}
	flag := func(f holdfast.Flag) uint64 {
		n, ok := flags[f]
		if !ok {
			n = uint64(len(flags))
			flags[f] = n
			index = protowire.AppendTag(index, 1, protowire.BytesType)
			index = protowire.AppendString(index, string(f))
		}
		return n
	}
	base := len(dst)
	for len(days) > 0 {
		n := min(blockDays, len(days))
		start := len(dst)
		dst = enc.EncodeAll(encodeDays(days[:n], flag), dst)
		var b []byte
		b = protowire.AppendTag(b, 1, protowire.Fixed64Type)
		b = protowire.AppendFixed64(b, uint64(at+int64(start-base)))
		b = appendVarintField(b, 2, uint64(len(dst)-start))
		b = protowire.AppendTag(b, 3, protowire.Fixed32Type)
		b = protowire.AppendFixed32(b, crc32.Checksum(dst[start:], castagnoli))
		b = appendVarintField(b, 4, uint64(days[0].Site))
		b = appendVarintField(b, 5, protowire.EncodeZigZag(int64(days[0].Day)))
		b = appendVarintField(b, 6, uint64(n))
		index = protowire.AppendTag(index, 2, protowire.BytesType)
		index = protowire.AppendBytes(index, b)
		days = days[n:]
	}
	start := len(dst)
	dst = enc.EncodeAll(index, dst)
	return dst, at + int64(start-base), int64(len(dst) - start)
}

func appendVarintField(b []byte, num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
}

func encodeDays(days []SiteDay, flag func(holdfast.Flag) uint64) []byte {
	var fields [13][]byte
	unsigned := func(field int, v uint64) { fields[field] = binary.AppendUvarint(fields[field], v) }
	signed := func(field int, v int64) { fields[field] = binary.AppendVarint(fields[field], v) }
	var last SiteDay
	for i := range days {
		d := &days[i]
		unsigned(1, uint64(d.Site-last.Site))
		signed(2, int64(d.Day-last.Day))
		signed(3, int64(d.Start)-int64(d.Day)*86_400_000)
		signed(4, d.First-last.First-last.Rows)
		unsigned(5, uint64(d.Rows))
		signed(6, int64(d.Min-d.Start))
		unsigned(7, uint64(d.Max-d.Min))
		unsigned(8, uint64(len(d.Tallies)))
		for _, t := range d.Tallies {
			unsigned(9, uint64(t.Hour))
			unsigned(10, flag(t.Flag))
			unsigned(11, uint64(t.Views))
			unsigned(12, uint64(t.Events-t.Views))
		}
		last = *d
	}
	var b []byte
	for field, packed := range fields {
		if len(packed) > 0 {
			b = protowire.AppendTag(b, protowire.Number(field), protowire.BytesType)
			b = protowire.AppendBytes(b, packed)
		}
	}
	return b
}

var errDirectory = errors.New("directory does not decode")

func decodeIndex(b []byte) (flags []holdfast.Flag, blocks []directoryBlock, err error) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, nil, errDirectory
		}
		b = b[n:]
		if typ != protowire.BytesType || num > 2 {
			if n = protowire.ConsumeFieldValue(num, typ, b); n < 0 {
				return nil, nil, errDirectory
			}
			b = b[n:]
			continue
		}
		v, n := protowire.ConsumeBytes(b)
		if n < 0 {
			return nil, nil, errDirectory
		}
		b = b[n:]
		if num == 1 {
			flags = append(flags, holdfast.Flag(v))
			continue
		}
		block, err := decodeBlock(v)
		if err != nil {
			return nil, nil, err
		}
		blocks = append(blocks, block)
	}
	return flags, blocks, nil
}

func decodeBlock(b []byte) (d directoryBlock, err error) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return d, errDirectory
		}
		b = b[n:]
		var v uint64
		switch typ {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		case protowire.Fixed64Type:
			v, n = protowire.ConsumeFixed64(b)
		case protowire.Fixed32Type:
			var v32 uint32
			v32, n = protowire.ConsumeFixed32(b)
			v = uint64(v32)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			return d, errDirectory
		}
		b = b[n:]
		switch num {
		case 1:
			d.offset = int64(v)
		case 2:
			d.length = int(min(v, maxBlockBytes+1))
		case 3:
			d.crc = uint32(v)
		case 4:
			d.site = holdfast.SiteID(v)
		case 5:
			d.day = holdfast.Day(protowire.DecodeZigZag(v))
		case 6:
			d.days = int(min(v, blockDays+1))
		}
	}
	if d.length < 1 || d.length > maxBlockBytes || d.days < 1 || d.days > blockDays {
		return d, errDirectory
	}
	return d, nil
}

// decodeDays reads a block of count site days, their tallies only if wanted:
// those take most of the time.
func decodeDays(b []byte, count int, flags []holdfast.Flag, tallies bool) ([]SiteDay, error) {
	var fields [13][]byte
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, errDirectory
		}
		b = b[n:]
		if typ != protowire.BytesType || num > 12 {
			n = protowire.ConsumeFieldValue(num, typ, b)
		} else {
			fields[num], n = protowire.ConsumeBytes(b)
		}
		if n < 0 {
			return nil, errDirectory
		}
		b = b[n:]
	}
	bad := false
	unsigned := func(field int) uint64 {
		v, n := binary.Uvarint(fields[field])
		if n <= 0 {
			bad = true
			return 0
		}
		fields[field] = fields[field][n:]
		return v
	}
	signed := func(field int) int64 { return protowire.DecodeZigZag(unsigned(field)) }
	days := make([]SiteDay, count)
	var last SiteDay
	for i := range days {
		d := &days[i]
		d.Site = last.Site + holdfast.SiteID(unsigned(1))
		d.Day = last.Day + holdfast.Day(signed(2))
		d.Start = holdfast.Millis(signed(3) + int64(d.Day)*86_400_000)
		d.First = signed(4) + last.First + last.Rows
		d.Rows = int64(unsigned(5))
		d.Min = holdfast.Millis(signed(6)) + d.Start
		d.Max = holdfast.Millis(unsigned(7)) + d.Min
		n := unsigned(8)
		if !tallies {
			n = 0
		}
		if n > uint64(len(fields[9])) {
			return nil, errDirectory
		}
		if n > 0 {
			d.Tallies = make([]rows.Tally, n)
		}
		for j := range d.Tallies {
			t := &d.Tallies[j]
			t.Hour = uint8(unsigned(9))
			f := unsigned(10)
			t.Views = int64(unsigned(11))
			t.Events = int64(unsigned(12)) + t.Views
			if f >= uint64(len(flags)) {
				return nil, errDirectory
			}
			t.Flag = flags[f]
		}
		if bad || i > 0 && compareSiteDays(&last, d) >= 0 {
			return nil, errDirectory
		}
		last = *d
	}
	for field, rest := range fields {
		if len(rest) > 0 && (tallies || field < 9) {
			return nil, errDirectory
		}
	}
	return days, nil
}

// Directory lists the site days in a file.
type Directory struct {
	r      *Reader
	flags  []holdfast.Flag
	blocks []directoryBlock
	days   int
}

// Len returns the number of site days in the file.
func (d *Directory) Len() int { return d.days }

// All calls yield for each site day, ascending by site and day, until it
// returns false.
func (d *Directory) All(yield func(SiteDay) bool) error { return d.all(true, yield) }

// Spans is All without the Tallies, which take most of the time.
func (d *Directory) Spans(yield func(SiteDay) bool) error { return d.all(false, yield) }

func (d *Directory) all(tallies bool, yield func(SiteDay) bool) error {
	for i := range d.blocks {
		days, err := d.read(i, tallies)
		if err != nil {
			return err
		}
		for _, day := range days {
			if !yield(day) {
				return nil
			}
		}
	}
	return nil
}

// from calls yield for each site day from (site, day) on, as All does.
func (d *Directory) from(site holdfast.SiteID, day holdfast.Day, yield func(*SiteDay) bool) error {
	want := SiteDay{Site: site, Day: day}
	first, _ := slices.BinarySearchFunc(d.blocks, want, func(b directoryBlock, _ SiteDay) int {
		if c := cmp.Or(cmp.Compare(b.site, site), cmp.Compare(b.day, day)); c != 0 {
			return c
		}
		return -1
	})
	for i := max(first-1, 0); i < len(d.blocks); i++ {
		days, err := d.block(i)
		if err != nil {
			return err
		}
		for j := range days {
			if compareSiteDays(&days[j], &want) >= 0 && !yield(&days[j]) {
				return nil
			}
		}
	}
	return nil
}

// Find returns a site day. Its Tallies are only to be read.
func (d *Directory) Find(site holdfast.SiteID, day holdfast.Day) (found SiteDay, ok bool, err error) {
	err = d.from(site, day, func(s *SiteDay) bool {
		if ok = s.Site == site && s.Day == day; ok {
			found = *s
		}
		return false
	})
	return found, ok, err
}

// block returns a block's site days, which are only to be read.
func (d *Directory) block(i int) ([]SiteDay, error) {
	key := cacheKey{d.r, i, cacheDays}
	if v, ok := d.r.cache.lookup(key); ok {
		return v.([]SiteDay), nil
	}
	days, err := d.read(i, true)
	if err != nil {
		return nil, err
	}
	size := 0
	for j := range days {
		size += 80 + 40*len(days[j].Tallies)
	}
	d.r.cache.keep(key, days, size)
	return days, nil
}

func (d *Directory) read(i int, tallies bool) ([]SiteDay, error) {
	b := &d.blocks[i]
	body, err := d.r.readBlock(b.offset, b.length, b.crc, maxBlockBytes)
	if err != nil {
		return nil, fmt.Errorf("directory block %d: %w", i, err)
	}
	days, err := decodeDays(body, b.days, d.flags, tallies)
	if err != nil {
		return nil, d.r.damaged(b.offset, err.Error())
	}
	for j := range days {
		if s := &days[j]; s.First < 0 || s.Rows < 1 || s.First > d.r.file.Rows-s.Rows {
			return nil, d.r.damaged(b.offset, "directory names rows that the file has not")
		}
	}
	return days, nil
}
