package ids

// set is a set of ids in memory: open addressing over plain integers, so that
// it costs 11 to 21 bytes an id and nothing to the garbage collector. Ids are
// hashes already. It is cut in shards, so that growing never needs a second
// copy of more than one of them.
type set struct {
	shards [256]shard
	n      int
}

type shard struct {
	slots []uint64 // a power of two of them; 0 is free
	n     int
}

func (s *set) has(id uint64) bool {
	sh := &s.shards[id>>56]
	if sh.n == 0 {
		return false
	}
	return sh.slots[sh.slot(id)] == id
}

func (s *set) add(id uint64) {
	sh := &s.shards[id>>56]
	if sh.n+1 > len(sh.slots)/4*3 {
		sh.grow()
	}
	if at := sh.slot(id); sh.slots[at] != id {
		sh.slots[at] = id
		sh.n++
		s.n++
	}
}

// slot returns where id is, or would be.
func (sh *shard) slot(id uint64) uint64 {
	mask := uint64(len(sh.slots) - 1)
	at := id & mask
	for sh.slots[at] != id && sh.slots[at] != 0 {
		at = (at + 1) & mask
	}
	return at
}

func (sh *shard) grow() {
	old := sh.slots
	sh.slots = make([]uint64, max(16, 2*len(old)))
	for _, id := range old {
		if id != 0 {
			sh.slots[sh.slot(id)] = id
		}
	}
}

func (s *set) bytes() int64 {
	slots := 0
	for i := range s.shards {
		slots += len(s.shards[i].slots)
	}
	return int64(slots) * 8
}
