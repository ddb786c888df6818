package query

// state is what an agg counted, for each of some groups. It is only added to,
// and the order of adding makes no difference to what is read from it.
type state interface {
	// merge adds group i of from to group to[i], of which there are n.
	merge(from state, to []uint32, n int)
	// size is how many things the state keeps that are not one per group.
	size() int
}

func newState(kind aggKind) state {
	switch kind {
	case countEvents, countVisitors:
		return &counts{}
	case peakVisitors:
		return &peaks{}
	case sumVisits:
		return &visitSums{}
	case sumNumbers:
		return &sums{}
	case extremes:
		return &ends{}
	}
	return &distinct{}
}

// counts are numbers of events, or of the visitors of days.
type counts struct{ n []int64 }

func (s *counts) merge(from state, to []uint32, n int) {
	s.n = lengthened(s.n, n)
	for i, v := range from.(*counts).n {
		s.n[to[i]] += v
	}
}

func (s *counts) size() int { return 0 }

// peaks are of the site days on which groups had most visitors, and on which
// they were in most networks.
type peaks struct{ of []peak }

type peak struct{ visitors, networks int64 }

func (s *peaks) merge(from state, to []uint32, n int) {
	s.of = lengthened(s.of, n)
	for i, f := range from.(*peaks).of {
		p := &s.of[to[i]]
		p.visitors, p.networks = max(p.visitors, f.visitors), max(p.networks, f.networks)
	}
}

func (s *peaks) size() int { return 0 }

// visitSums are about the visits that have an event in the group; of each
// visit, all of it counts.
type visitSums struct{ of []visitSum }

type visitSum struct{ visits, bounces, views, millis int64 }

func (s *visitSums) merge(from state, to []uint32, n int) {
	s.of = lengthened(s.of, n)
	f := from.(*visitSums)
	for i := range f.of {
		s.of[to[i]].add(&f.of[i])
	}
}

func (s *visitSums) size() int { return 0 }

// sums are of numbers.
type sums struct{ of []sum }

func (s *sums) merge(from state, to []uint32, n int) {
	s.of = lengthened(s.of, n)
	f := from.(*sums)
	for i := range f.of {
		s.of[to[i]].merge(&f.of[i])
	}
}

func (s *sums) size() int { return 0 }

// ends are the least and the greatest number of each group.
type ends struct{ of []leastGreatest }

type leastGreatest struct {
	any             bool
	least, greatest value
}

func (e *leastGreatest) add(v value) {
	if v.float && v.f == 0 {
		v.f = 0 // there is no negative zero in answers
	}
	if !e.any {
		*e = leastGreatest{true, v, v}
		return
	}
	if r := v.compare(e.least); r < 0 || r == 0 && !v.float {
		e.least = v
	}
	if r := v.compare(e.greatest); r > 0 || r == 0 && !v.float {
		e.greatest = v
	}
}

func (s *ends) merge(from state, to []uint32, n int) {
	s.of = lengthened(s.of, n)
	for i, v := range from.(*ends).of {
		if v.any {
			s.of[to[i]].add(v.least)
			s.of[to[i]].add(v.greatest)
		}
	}
}

func (s *ends) size() int { return 0 }

// distinct are the different values of each group: pairs of a group and the
// code of a value, none twice. Codes are those of the column's names, or they
// stand for texts or visitors.
type distinct struct {
	groups, values []uint32
	texts          []string
	visitors       []uint64

	// Of a state that is merged into: where a pair and a value are.
	pairs        codeMap
	textCodes    interner
	visitorCodes codeMap

	counted []int64 // by group
}

func (s *distinct) merge(from state, to []uint32, n int) {
	f := from.(*distinct)
	known := make([]uint32, max(len(f.texts), len(f.visitors))) // own codes + 1
	for i, group := range f.groups {
		code := f.values[i]
		if f.visitors != nil || f.texts != nil {
			if known[code] == 0 {
				known[code] = s.own(f, code) + 1
			}
			code = known[code] - 1
		}
		before := len(s.pairs.keys)
		s.pairs.code(uint64(to[group])<<32 | uint64(code))
		if len(s.pairs.keys) > before {
			s.groups = append(s.groups, to[group])
			s.values = append(s.values, code)
		}
	}
	s.texts, s.visitors = s.textCodes.texts, s.visitorCodes.keys
}

// own returns the state's code of a value of another.
func (s *distinct) own(f *distinct, code uint32) uint32 {
	if f.visitors != nil {
		return s.visitorCodes.code(f.visitors[code])
	}
	return s.textCodes.code(f.texts[code])
}

func (s *distinct) size() int { return len(s.groups) }

// perGroup returns how many different values each of n groups has.
func (s *distinct) perGroup(n int) []int64 {
	counts := make([]int64, n)
	for _, g := range s.groups {
		counts[g]++
	}
	return counts
}

// of returns how many different values a group has. It counts all groups the
// first time: by then nothing is merged any more.
func (s *distinct) of(group int) int64 {
	if s.counted == nil {
		most := uint32(0)
		for _, g := range s.groups {
			most = max(most, g)
		}
		s.counted = s.perGroup(int(most) + 1)
	}
	return at(s.counted, group)
}
