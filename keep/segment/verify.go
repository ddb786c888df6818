package segment

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/format"

	"holdfast"
	"holdfast/internal/fsx"
	"holdfast/keep/rows"
)

// Verify reads all of the file: its bytes must have the hash that its
// description and its name say, every page must decode, and what the
// description and the directory say must be what the rows say.
func (r *Reader) Verify(ctx context.Context) error {
	hash, err := r.sum(ctx)
	if err != nil {
		return err
	}
	if hash != r.file.Hash {
		return r.damaged(0, fmt.Sprintf("sha256 is %x, not %x", hash, r.file.Hash))
	}
	if want := FileName(r.file.Kind, r.file.MinDay, hash); r.file.Name != want {
		return r.damaged(0, "should be named "+want)
	}
	for _, g := range r.groups {
		for column := range g.chunks {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := g.verify(column); err != nil {
				return err
			}
		}
	}
	f, err := r.describe(ctx)
	if err != nil {
		return err
	}
	f.Name, f.Bytes, f.Hash = r.file.Name, r.file.Bytes, hash
	if f != r.file {
		return r.damaged(0, fmt.Sprintf("holds %+v, not %+v", f, r.file))
	}
	return nil
}

// Describe returns what describes a file of which only the name is known. It
// reads and verifies all of it.
func Describe(ctx context.Context, fs fsx.FS, dir, name string) (File, error) {
	r := &Reader{name: path.Join(dir, name), cache: NewCache(0)}
	r.in = r.cache.handles.Handle(fs, r.name)
	defer r.Close()
	info, err := r.stat()
	if err != nil {
		return File{}, err
	}
	r.file = File{Name: name, Bytes: info.Size()}
	if err := r.readFooter(); err != nil {
		return File{}, err
	}
	r.file.Rows = r.footer.rows
	hash, err := r.sum(ctx)
	if err != nil {
		return File{}, err
	}
	f, err := r.describe(ctx)
	if err != nil {
		return File{}, err
	}
	f.Name, f.Bytes, f.Hash = name, info.Size(), hash
	r.file = f
	return f, r.Verify(ctx)
}

// sum returns the hash of the file's bytes.
func (r *Reader) sum(ctx context.Context) (sum [32]byte, err error) {
	h := sha256.New()
	buf := borrow(spanBytes)
	defer giveBack(buf)
	for at := int64(0); at < r.file.Bytes; {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		part := (*buf)[:min(spanBytes, r.file.Bytes-at)]
		if err := r.readAt(part, at); err != nil {
			return sum, err
		}
		h.Write(part)
		at += int64(len(part))
	}
	h.Sum(sum[:0])
	return sum, nil
}

// verify decodes a column of the row group, also where readers need not.
func (g *Group) verify(column int) error {
	l, m := &g.r.footer.columns[column], &g.chunks[column]
	if err := g.verifyDictionary(column); err != nil {
		return err
	}
	nulls := 0
	switch number, optional := g.r.optionalNumber(column); {
	case optional:
		return g.verifyOptional(column, number)
	case l.name == propRest:
		if g.hasRest() {
			have := 0
			if err := g.optionalCodes(column, 0, g.rows, func(int, uint32) { have++ }); err != nil {
				return err
			}
			nulls = g.rows - have
		} else {
			nulls = g.rows
		}
	case strings.HasPrefix(l.name, propPrefix):
		p, _ := parsePropColumn(l.name)
		values, err := g.propColumn(propPlace{p.Kind, column}, 0, g.rows, nil)
		if err != nil {
			return err
		}
		nulls = g.rows - len(values)
	case l.typ == format.ByteArray:
		var codes rows.Codes
		if err := g.decodeCodes(column, 0, g.rows, &codes); err != nil {
			return err
		}
	default:
		if err := g.verifyNumbers(column); err != nil {
			return err
		}
	}
	if int64(nulls) != m.nulls {
		return g.damaged(column, m.data, fmt.Errorf("%d rows have no value, not %d", nulls, m.nulls))
	}
	return nil
}

func (g *Group) verifyNumbers(column int) error {
	l, m := &g.r.footer.columns[column], &g.chunks[column]
	values := make([]int64, g.rows)
	var err error
	if l.typ == format.Boolean {
		err = g.decodeBits(column, 0, g.rows, values, 1)
	} else {
		err = g.decodeInts(column, 0, g.rows, values, 0)
	}
	if err != nil {
		return err
	}
	if l.name == rows.Site.String() {
		return nil // its bounds are those of numbers without sign
	}
	if low, high := slices.Min(values), slices.Max(values); m.bounded && (low != m.low || high != m.high) {
		return g.damaged(column, m.data, fmt.Errorf("values are from %d to %d, not from %d to %d", low, high, m.low, m.high))
	}
	return nil
}

// optionalNumber returns the number column that is optional and lies there.
func (r *Reader) optionalNumber(column int) (rows.Number, bool) {
	for c, at := range r.numbers[:rows.VisitEnds] {
		if _, optional := noneOf(rows.Number(c)); optional && at == column {
			return rows.Number(c), true
		}
	}
	return 0, false
}

func (g *Group) verifyOptional(column int, c rows.Number) error {
	m := &g.chunks[column]
	none, _ := noneOf(c)
	values := make([]int64, g.rows)
	if err := g.decodeInts(column, 0, g.rows, values, none); err != nil {
		return err
	}
	values = slices.DeleteFunc(values, func(v int64) bool { return v == none })
	nulls := int64(g.rows - len(values))
	if nulls != m.nulls {
		return g.damaged(column, m.data, fmt.Errorf("%d rows have no value, not %d", nulls, m.nulls))
	}
	if len(values) > 0 && m.bounded && (slices.Min(values) != m.low || slices.Max(values) != m.high) {
		return g.damaged(column, m.data, errors.New("values are out of their bounds"))
	}
	return nil
}

// verifyDictionary checks that the values of a column's dictionary, if it has
// one, ascend.
func (g *Group) verifyDictionary(column int) error {
	l, m := &g.r.footer.columns[column], &g.chunks[column]
	if m.encoding != format.RLEDictionary {
		return nil
	}
	sorted := true
	if l.typ == format.ByteArray {
		dict, err := g.dict(column)
		if err != nil {
			return err
		}
		sorted = ascends(dict)
		if l.name == propRest {
			for i, text := range dict {
				if _, err := parseProps(text); err != nil {
					return g.damaged(column, m.dictionary, fmt.Errorf("value %d of the dictionary: %w", i, err))
				}
			}
		}
	} else {
		dict, err := g.intDict(column)
		if err != nil {
			return err
		}
		sorted = ascends(dict)
	}
	if !sorted {
		return g.damaged(column, m.dictionary, errors.New("values of the dictionary do not ascend"))
	}
	return nil
}

func ascends[S ~[]T, T cmp.Ordered](values S) bool {
	for i := 1; i < len(values); i++ {
		if values[i-1] >= values[i] {
			return false
		}
	}
	return true
}

// describe says what the rows are, and compares the directory with them.
func (r *Reader) describe(ctx context.Context) (File, error) {
	d, err := r.Directory()
	if err != nil {
		return File{}, err
	}
	starts := map[siteDate]holdfast.Millis{}
	if err := d.Spans(func(s SiteDay) bool {
		starts[siteDate{s.Site, s.Day}] = s.Start
		return true
	}); err != nil {
		return File{}, err
	}
	book := dayBook{start: func(site holdfast.SiteID, day holdfast.Day) holdfast.Millis { return starts[siteDate{site, day}] }}
	f := File{Rows: r.footer.rows}
	for _, g := range r.groups {
		if err := ctx.Err(); err != nil {
			return File{}, err
		}
		if err := g.count(&book, &f); err != nil {
			return File{}, err
		}
	}
	days := book.finish()
	f.summarize(days)
	f.Kind, _ = KindNamed(r.footer.metadata[keyKind])
	if hashed := r.footer.metadata[keyHashed]; hashed != fmt.Sprint(f.Hashed) {
		return File{}, r.damaged(r.file.Bytes, "the footer says "+keyHashed+" "+hashed)
	}
	slices.SortFunc(days, func(a, b SiteDay) int { return compareSiteDays(&a, &b) })
	i, same := 0, true
	err = d.All(func(s SiteDay) bool {
		same = i < len(days) && sameSiteDay(&s, &days[i])
		i++
		return same
	})
	if err == nil && (!same || i != len(days)) {
		err = r.damaged(r.file.Bytes, fmt.Sprintf("site day %d of the directory is not what the rows say", i))
	}
	return f, err
}

// count adds the rows of the group to book.
func (g *Group) count(book *dayBook, f *File) error {
	var columns [3][]int64
	for i, c := range [...]rows.Number{rows.Site, rows.Day, rows.Time} {
		var err error
		if columns[i], err = g.Ints(c, 0, g.rows, nil); err != nil {
			return err
		}
	}
	visitors, err := g.Ints(rows.Visitor, 0, g.rows, nil)
	if err != nil {
		return err
	}
	f.Hashed = f.Hashed || anyHashed(visitors)
	flags, err := g.labels(rows.Flag)
	if err != nil {
		return err
	}
	names, err := g.labels(rows.Name)
	if err != nil {
		return err
	}
	if err := book.add(columns[0], columns[1], columns[2], flags, names); err != nil {
		return g.r.damaged(g.chunks[0].data, err.Error())
	}
	return nil
}

func (g *Group) labels(c rows.Text) (l labels, err error) {
	if l.dict, err = g.Dict(c); err != nil {
		return l, err
	}
	var codes rows.Codes
	if err := g.Codes(c, 0, g.rows, &codes); err != nil {
		return l, err
	}
	l.codes = make([]uint32, g.rows)
	for i := range l.codes {
		l.codes[i] = codes.At(i)
	}
	return l, nil
}

func sameSiteDay(a, b *SiteDay) bool {
	return a.Site == b.Site && a.Day == b.Day && a.Start == b.Start && a.First == b.First && a.Rows == b.Rows &&
		a.Min == b.Min && a.Max == b.Max && slices.Equal(a.Tallies, b.Tallies)
}
