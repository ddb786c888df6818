package segment

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"holdfast/keep/rows"
)

// errDictionarySize says that a row group's text does not fit into a page.
var errDictionarySize = errors.New("dictionary is too large")

type ranked struct {
	value string
	code  uint32
}

// rank turns marks of the values that are used, by code over all dictionaries,
// into their ranks among the values used, and returns those, ascending.
func (d *dictionaries) rank(rank []uint32) rows.Dict {
	var used []ranked
	for i, dict := range d.dicts {
		base := d.base[i]
		for j, v := range dict {
			if code := base + uint32(j); rank[code] != 0 {
				used = append(used, ranked{validText(v), code})
			}
		}
	}
	byValue := func(a, b ranked) int { return strings.Compare(a.value, b.value) }
	if !slices.IsSortedFunc(used, byValue) {
		slices.SortFunc(used, byValue)
	}
	values := make(rows.Dict, 0, len(used))
	for i, u := range used {
		if i == 0 || u.value != values[len(values)-1] {
			values = append(values, u.value)
		}
		rank[u.code] = uint32(len(values) - 1)
	}
	return values
}

// validText returns v, or what of it readers that insist on UTF-8 accept.
func validText(v string) string {
	if utf8.ValidString(v) {
		return v
	}
	return strings.ToValidUTF8(v, "\uFFFD")
}

// rankStrings returns the distinct values, ascending, and the rank of each.
func rankStrings(values []string) (rows.Dict, []uint32) {
	number := make(map[string]uint32)
	codes := make([]uint32, len(values))
	var used []ranked
	for i, v := range values {
		n, ok := number[v]
		if !ok {
			n = uint32(len(used))
			number[v] = n
			used = append(used, ranked{v, n})
		}
		codes[i] = n
	}
	slices.SortFunc(used, func(a, b ranked) int { return strings.Compare(a.value, b.value) })
	rank := make([]uint32, len(used))
	dict := make(rows.Dict, len(used))
	for i, u := range used {
		rank[u.code], dict[i] = uint32(i), u.value
	}
	for i, n := range codes {
		codes[i] = rank[n]
	}
	return dict, codes
}
