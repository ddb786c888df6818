package salts

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	"holdfast"
)

// The file is a row of slots of 64 bytes, numbers little-endian: a head, and
// records. A slot lies within one sector, so that a write cut short by a power
// cut leaves each slot as it should be, or zero, or missing. Anything else is
// damage.
//
//	head                      salt                        dead days
//	  0  u32 crc of 4 … 64      0  u32 crc of 4 … 32        0  u32 crc of 4 … 32
//	  4  u32 version: 1         4  u32 kind: 1              4  u32 kind: 2
//	  8  "HFSALTS\n"            8  u32 site                 8  u32 site
//	 16  zeros                 12  i32 day                 12  i32 first day
//	                           16  i64 made                16  i32 last day
//	                           24  i64 end of day          20  zeros
//	                           32  u32 crc of 4 … 32       32  u32 crc of 4 … 32
//	                                   and 36 … 64                 and 36 … 64
//	                           36  zeros                   36  zeros
//	                           48  salt
//
// A salt's record is added when it is made. When salts die, the file is
// written anew without them, with their days.
const (
	slotBytes = 64
	version   = 1
	magic     = "HFSALTS\n"

	kindSalt = 1
	kindDead = 2

	keyEnd = 32 // a record's first part, with a crc of its own, ends here
	saltAt = 48
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// contents is what a file says.
type contents struct {
	alive map[SiteDay]entry
	dead  map[holdfast.SiteID]days
}

// bury notes that the day's salt is dead.
func (c contents) bury(day SiteDay) {
	delete(c.alive, day)
	c.dead[day.Site] = c.dead[day.Site].add(day.Day)
}

func encode(c contents) []byte {
	slots := 1 + len(c.alive)
	for _, d := range c.dead {
		slots += len(d)
	}
	data := appendHead(make([]byte, 0, slots*slotBytes))
	for _, site := range slices.Sorted(maps.Keys(c.dead)) {
		for _, s := range c.dead[site] {
			data = appendDead(data, site, s)
		}
	}
	return appendSalts(data, c.alive)
}

func appendHead(data []byte) []byte {
	var slot [slotBytes]byte
	binary.LittleEndian.PutUint32(slot[4:], version)
	copy(slot[8:], magic)
	binary.LittleEndian.PutUint32(slot[:], crc32.Checksum(slot[4:], castagnoli))
	return append(data, slot[:]...)
}

// appendSalts adds a record of each salt, the oldest first.
func appendSalts(data []byte, alive map[SiteDay]entry) []byte {
	order := slices.SortedFunc(maps.Keys(alive), func(a, b SiteDay) int {
		return cmp.Or(cmp.Compare(alive[a].made, alive[b].made), compareSiteDays(a, b))
	})
	for _, day := range order {
		e := alive[day]
		var slot [slotBytes]byte
		binary.LittleEndian.PutUint32(slot[4:], kindSalt)
		binary.LittleEndian.PutUint32(slot[8:], uint32(day.Site))
		binary.LittleEndian.PutUint32(slot[12:], uint32(day.Day))
		binary.LittleEndian.PutUint64(slot[16:], uint64(e.made))
		binary.LittleEndian.PutUint64(slot[24:], uint64(e.ends))
		copy(slot[saltAt:], e.salt[:])
		data = appendSealed(data, &slot)
	}
	return data
}

func appendDead(data []byte, site holdfast.SiteID, s span) []byte {
	var slot [slotBytes]byte
	binary.LittleEndian.PutUint32(slot[4:], kindDead)
	binary.LittleEndian.PutUint32(slot[8:], uint32(site))
	binary.LittleEndian.PutUint32(slot[12:], uint32(s.first))
	binary.LittleEndian.PutUint32(slot[16:], uint32(s.last))
	return appendSealed(data, &slot)
}

func appendSealed(data []byte, slot *[slotBytes]byte) []byte {
	key, all := sums(slot[:])
	binary.LittleEndian.PutUint32(slot[0:], key)
	binary.LittleEndian.PutUint32(slot[keyEnd:], all)
	return append(data, slot[:]...)
}

// sums returns the two checksums of a record.
func sums(slot []byte) (key, all uint32) {
	key = crc32.Checksum(slot[4:keyEnd], castagnoli)
	return key, crc32.Update(key, castagnoli, slot[keyEnd+4:])
}

// decode reads a file. What can not be read is in the Recovery; it is an error
// only if the file is of a version that this program does not know.
func decode(name string, data []byte) (contents, Recovery, error) {
	c := contents{alive: map[SiteDay]entry{}, dead: map[holdfast.SiteID]days{}}
	var r Recovery
	whole := len(data) / slotBytes * slotBytes
	for whole > 0 && isZero(data[whole-slotBytes:whole]) {
		whole -= slotBytes
	}
	r.Torn = int64(len(data) - whole)
	data = data[:whole]
	damage := func(at int, day *SiteDay, what string) {
		d := Damage{Err: &holdfast.DamagedError{File: name, Offset: int64(at), What: what}}
		if day != nil {
			d.Day, d.Known = *day, true
		}
		r.Damaged = append(r.Damaged, d)
	}
	if len(data) == 0 {
		if r.Torn > 0 { // the head is synced before the file has its name
			damage(0, nil, "does not begin as a file of salts")
		}
		return c, r, nil
	}
	if head := data[:slotBytes]; binary.LittleEndian.Uint32(head) != crc32.Checksum(head[4:], castagnoli) {
		damage(0, nil, "crc of the head")
	} else if string(head[8:16]) != magic {
		damage(0, nil, "does not begin as a file of salts")
	} else if v := binary.LittleEndian.Uint32(head[4:]); v != version {
		return c, r, fmt.Errorf("%s: version %d is not this program's %d", name, v, version)
	}
	for at := slotBytes; at < len(data); at += slotBytes {
		c.read(data[at:at+slotBytes], func(day *SiteDay, what string) { damage(at, day, what) })
	}
	// Whatever order they are in, a day that is dead has no salt.
	maps.DeleteFunc(c.alive, func(day SiteDay, _ entry) bool { return c.dead[day.Site].has(day.Day) })
	return c, r, nil
}

// read adds what one record says.
func (c contents) read(slot []byte, damage func(day *SiteDay, what string)) {
	key, all := sums(slot)
	if binary.LittleEndian.Uint32(slot) != key {
		damage(nil, "crc of a record")
		return
	}
	site := holdfast.SiteID(binary.LittleEndian.Uint32(slot[8:]))
	day := SiteDay{site, holdfast.Day(binary.LittleEndian.Uint32(slot[12:]))}
	intact := binary.LittleEndian.Uint32(slot[keyEnd:]) == all
	switch kind := binary.LittleEndian.Uint32(slot[4:]); {
	case kind == kindDead:
		// The second part holds nothing, and the first says all.
		if s := (span{day.Day, holdfast.Day(binary.LittleEndian.Uint32(slot[16:]))}); s.first <= s.last {
			c.dead[site] = c.dead[site].addSpan(s)
		}
		if !intact {
			damage(&day, "crc of the second part of a record of dead days, which says nothing")
		}
	case kind != kindSalt:
		damage(nil, fmt.Sprintf("record of unknown kind %d", kind))
	case !intact:
		damage(&day, "crc of the salt of "+day.String())
	default:
		if _, twice := c.alive[day]; twice {
			return
		}
		e := entry{
			made: holdfast.Millis(binary.LittleEndian.Uint64(slot[16:])),
			ends: holdfast.Millis(binary.LittleEndian.Uint64(slot[24:])),
		}
		copy(e.salt[:], slot[saltAt:])
		c.alive[day] = e
	}
}

func isZero(slot []byte) bool { return bytes.Count(slot, []byte{0}) == len(slot) }
