package segment

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"holdfast"
	"holdfast/internal/fsx"
)

// Kind says what a file holds, and so when it is rewritten.
type Kind uint8

// The kinds of file.
const (
	Part   Kind = iota + 1 // rows of all sites as they came, sorted by site day, site and time
	Day                    // one day of one site
	Shared                 // a day of several small sites
	Month                  // a month of several small sites, sorted by site, day and time
)

var kindNames = [...]string{Part: "part", Day: "day", Shared: "shared", Month: "month"}

// String returns the kind's name, with which names of files begin.
func (k Kind) String() string {
	if k >= Part && k <= Month {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// KindNamed returns the kind with this name.
func KindNamed(name string) (Kind, bool) {
	for k := Part; k <= Month; k++ {
		if kindNames[k] == name {
			return k, true
		}
	}
	return 0, false
}

// Suffix ends the names of segments.
const Suffix = ".parquet"

// FileName returns the name of a file: its kind, the first day in it, and the
// first half of its hash.
func FileName(kind Kind, first holdfast.Day, hash [32]byte) string {
	return kind.String() + "-" + first.String() + "-" + hex.EncodeToString(hash[:16]) + Suffix
}

// IsFileName says whether name looks like that of a segment.
func IsFileName(name string) bool {
	rest, ok := strings.CutSuffix(name, Suffix)
	if !ok {
		return false
	}
	kind, rest, _ := strings.Cut(rest, "-")
	if _, ok := KindNamed(kind); !ok {
		return false
	}
	at := strings.LastIndexByte(rest, '-')
	if at < 0 || len(rest) != at+33 {
		return false
	}
	if _, err := hex.DecodeString(rest[at+1:]); err != nil {
		return false
	}
	_, err := holdfast.ParseDay(rest[:at])
	return err == nil
}

func tempName(n int) string { return "segment-" + strconv.Itoa(n) + fsx.TempSuffix }

// Property columns are named prop.KEY, followed by .int, .float or .bool unless
// they hold strings. In KEY all bytes but ASCII letters and digits, "_", "-"
// and those of UTF-8 sequences are written as "%" and two hex digits, dots
// among them: no two columns have one name.
const (
	propPrefix = "prop."
	propRest   = "props" // all other properties, as JSON
)

var propSuffixes = [...]string{
	holdfast.PropString: "", holdfast.PropInt: ".int", holdfast.PropFloat: ".float", holdfast.PropBool: ".bool",
}

func propColumn(p PropColumn) string {
	var b strings.Builder
	b.WriteString(propPrefix)
	for i := range len(p.Key) {
		switch c := p.Key[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c >= 0x80:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	b.WriteString(propSuffixes[p.Kind])
	return b.String()
}

// parsePropColumn is the inverse of propColumn.
func parsePropColumn(name string) (PropColumn, bool) {
	rest, ok := strings.CutPrefix(name, propPrefix)
	if !ok {
		return PropColumn{}, false
	}
	key, suffix := rest, ""
	if dot := strings.IndexByte(rest, '.'); dot >= 0 {
		key, suffix = rest[:dot], rest[dot:]
	}
	var b strings.Builder
	for i := 0; i < len(key); i++ {
		if key[i] != '%' {
			b.WriteByte(key[i])
			continue
		}
		if i+3 > len(key) {
			return PropColumn{}, false
		}
		c, err := strconv.ParseUint(key[i+1:i+3], 16, 8)
		if err != nil {
			return PropColumn{}, false
		}
		b.WriteByte(byte(c))
		i += 2
	}
	for kind := holdfast.PropString; kind <= holdfast.PropBool; kind++ {
		p := PropColumn{Key: b.String(), Kind: kind}
		if propSuffixes[kind] == suffix && propColumn(p) == name {
			return p, true
		}
	}
	return PropColumn{}, false
}
