package segment

import (
	"fmt"
	"math"
	"slices"

	"holdfast/keep/rows"
)

// input gathers columns of the rows picked from several tables.
type input struct {
	tables []rows.Table
	picks  []Pick
	lo, hi []int // what of each table is picked from; lo >= hi: nothing

	*gathering
}

// gathering is memory for columns on their way into a file: by table, and of
// the rows picked. What a table gives may be its own memory, which others read
// meanwhile and which must never be written: so ours is kept apart from it.
type gathering struct {
	wide   [][]uint32
	room   [][]int64 // ours, for tables to read into
	ints   [][]int64 // what they gave
	codes  codesRoom
	rank   []uint32
	number []int64
	text   []uint32
}

// codesRoom is memory for codes.
type codesRoom struct {
	u8  []uint8
	u16 []uint16
	u32 []uint32
}

// of returns room for n codes of a dictionary with card values.
func (r *codesRoom) of(n, card int) rows.Codes {
	switch {
	case card <= 1<<8:
		r.u8 = resized(r.u8, n)
		return rows.Codes{U8: r.u8}
	case card <= 1<<16:
		r.u16 = resized(r.u16, n)
		return rows.Codes{U16: r.u16}
	}
	r.u32 = resized(r.u32, n)
	return rows.Codes{U32: r.u32}
}

func resized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func newInput(tables []rows.Table, picks []Pick, room *gathering) (*input, error) {
	in := &input{tables: tables, picks: picks, lo: make([]int, len(tables)), hi: make([]int, len(tables)), gathering: room}
	if len(room.ints) < len(tables) {
		room.ints = append(room.ints, make([][]int64, len(tables)-len(room.ints))...)
		room.room = append(room.room, make([][]int64, len(tables)-len(room.room))...)
		room.wide = append(room.wide, make([][]uint32, len(tables)-len(room.wide))...)
	}
	for t := range in.lo {
		in.lo[t] = math.MaxInt
	}
	for _, p := range picks {
		t := int(p.Table)
		if t >= len(tables) {
			return nil, fmt.Errorf("table %d of %d was picked", t, len(tables))
		}
		in.lo[t] = min(in.lo[t], int(p.Row))
		in.hi[t] = max(in.hi[t], int(p.Row)+1)
	}
	for t := range tables {
		if in.hi[t] > tables[t].Len() {
			return nil, fmt.Errorf("row %d of %d of table %d was picked", in.hi[t]-1, tables[t].Len(), t)
		}
	}
	return in, nil
}

// numbers returns a number column of the rows picked, until it is called again.
func (in *input) numbers(c rows.Number) ([]int64, error) {
	for t, table := range in.tables {
		if in.lo[t] >= in.hi[t] {
			continue
		}
		in.room[t] = resized(in.room[t], in.hi[t]-in.lo[t])
		got, err := table.Ints(c, in.lo[t], in.hi[t], in.room[t])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c, err)
		}
		if len(got) != in.hi[t]-in.lo[t] {
			return nil, fmt.Errorf("column %s: table gave %d rows of %d", c, len(got), in.hi[t]-in.lo[t])
		}
		in.ints[t] = got
	}
	in.number = gatherPicks(in.number, in.picks, in.ints, in.lo)
	return in.number, nil
}

func gatherPicks[T any](into []T, picks []Pick, from [][]T, lo []int) []T {
	into = slices.Grow(into[:0], len(picks))[:len(picks)]
	for i, p := range picks {
		into[i] = from[p.Table][int(p.Row)-lo[p.Table]]
	}
	return into
}

// dictionaries numbers the values of several dictionaries in one row: those of
// the first, then those of the second. Tables that share one count once.
type dictionaries struct {
	dicts []rows.Dict
	base  []uint32 // by dictionary
	of    []int    // by table: which dictionary; -1: none
	total int
}

// dictionaries returns those of a text column of the tables picked from.
func (in *input) dictionaries(c rows.Text) (*dictionaries, error) {
	d := &dictionaries{of: make([]int, len(in.tables))}
	for t, table := range in.tables {
		d.of[t] = -1
		if in.lo[t] >= in.hi[t] {
			continue
		}
		dict, err := table.Dict(c)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c, err)
		}
		d.of[t] = d.find(dict)
	}
	for _, dict := range d.dicts {
		if d.total+len(dict) > math.MaxInt32 {
			return nil, fmt.Errorf("column %s: dictionaries have too many values", c)
		}
		d.base = append(d.base, uint32(d.total))
		d.total += len(dict)
	}
	return d, nil
}

// find returns the number of a dictionary, known or new. Two are the same if
// they begin at the same place: a hot one only grows at its end.
func (d *dictionaries) find(dict rows.Dict) int {
	if len(dict) > 0 {
		for i, known := range d.dicts {
			if len(known) > 0 && &known[0] == &dict[0] {
				if len(dict) > len(known) {
					d.dicts[i] = dict
				}
				return i
			}
		}
	}
	d.dicts = append(d.dicts, dict)
	return len(d.dicts) - 1
}

// texts returns a text column of the rows picked: the values used, ascending,
// and codes into them, until it is called again.
func (in *input) texts(c rows.Text) (rows.Dict, []uint32, error) {
	d, err := in.dictionaries(c)
	if err != nil {
		return nil, nil, err
	}
	for t, table := range in.tables {
		if d.of[t] < 0 {
			continue
		}
		n := in.hi[t] - in.lo[t]
		given := in.codes.of(n, len(d.dicts[d.of[t]]))
		if err := table.Codes(c, in.lo[t], in.hi[t], &given); err != nil {
			return nil, nil, fmt.Errorf("column %s: %w", c, err)
		}
		if given.Len() != n {
			return nil, nil, fmt.Errorf("column %s: table gave %d rows of %d", c, given.Len(), n)
		}
		in.wide[t] = resized(in.wide[t], n)
		base := d.base[d.of[t]]
		switch {
		case given.U8 != nil:
			widenFrom(in.wide[t], given.U8, base)
		case given.U16 != nil:
			widenFrom(in.wide[t], given.U16, base)
		default:
			widenFrom(in.wide[t], given.U32, base)
		}
	}
	codes := gatherPicks(in.text, in.picks, in.wide, in.lo)
	rank := slices.Grow(in.rank[:0], d.total)[:d.total]
	in.text, in.rank = codes, rank
	clear(rank)
	for _, code := range codes {
		if int(code) >= len(rank) {
			return nil, nil, fmt.Errorf("column %s: code beyond the dictionary", c)
		}
		rank[code] = 1
	}
	values := d.rank(rank)
	for i, code := range codes {
		codes[i] = rank[code]
	}
	return values, codes, nil
}

func widenFrom[T code](dst []uint32, src []T, base uint32) {
	for i, c := range src {
		dst[i] = uint32(c) + base
	}
}
