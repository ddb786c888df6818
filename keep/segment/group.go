package segment

import (
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"sync/atomic"

	"github.com/parquet-go/parquet-go/format"

	"holdfast/keep/rows"
)

// Group is a row group of a file.
type Group struct {
	r      *Reader
	number int
	first  int64 // number of its first row in the file
	rows   int
	chunks []chunkMeta
	starts []pageTable // by column
}

var _ rows.Table = (*Group)(nil)

// pageTable is where the pages of a column start, and where the last ends; nil
// until asked for.
type pageTable struct{ atomic.Pointer[[]int64] }

// spanBytes is about how much is read at once.
const spanBytes = 1 << 20

// maxHeaderBytes is more than any page header takes.
const maxHeaderBytes = 128

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// borrow returns n bytes of a pooled buffer.
func borrow(n int) *[]byte {
	b := buffers.Get().(*[]byte)
	if cap(*b) < n {
		*b = make([]byte, n)
	}
	*b = (*b)[:n]
	return b
}

func giveBack(b *[]byte) {
	if cap(*b) <= 4*spanBytes {
		buffers.Put(b)
	}
}

// Len returns the number of rows.
func (g *Group) Len() int { return g.rows }

// Dict returns the values of a text column by code, ascending.
func (g *Group) Dict(c rows.Text) (rows.Dict, error) {
	if int(c) >= rows.NumText {
		return nil, fmt.Errorf("read %s: no column %s", g.r.name, c)
	}
	if g.r.texts[c] < 0 {
		return empty, nil
	}
	return g.dict(g.r.texts[c])
}

// empty is the dictionary of a column that a file does not have.
var empty = rows.Dict{""}

// dict returns the dictionary of a column of text.
func (g *Group) dict(column int) (rows.Dict, error) {
	key := cacheKey{g.r, g.number, column}
	if v, ok := g.r.cache.lookup(key); ok {
		return v.(rows.Dict), nil
	}
	h, body, err := g.dictPage(column)
	if err != nil {
		return nil, err
	}
	values, err := decodeText(body, h.values)
	if err != nil {
		return nil, g.damaged(column, g.chunks[column].dictionary, err)
	}
	g.r.cache.keep(key, values, len(body)+16*len(values))
	return values, nil
}

// dictPage reads the dictionary page of a column into fresh memory.
func (g *Group) dictPage(column int) (pageHeader, []byte, error) {
	m := &g.chunks[column]
	if m.dictionary == 0 {
		return pageHeader{}, nil, g.damaged(column, m.data, errors.New("has no dictionary"))
	}
	b := make([]byte, m.data-m.dictionary)
	if err := g.r.readAt(b, m.dictionary); err != nil {
		return pageHeader{}, nil, err
	}
	h, frame, err := g.page(column, m.dictionary, b)
	if err != nil {
		return h, nil, err
	}
	if h.typ != format.DictionaryPage || h.encoding != format.Plain || h.values != m.distinct {
		return h, nil, g.damaged(column, m.dictionary, errors.New("page header"))
	}
	body, ok := rawBody(frame, h.size)
	if !ok {
		if body, err = unframe(g.r.cache.zstd, frame, h.size, make([]byte, h.size)); err != nil {
			return h, nil, g.damaged(column, m.dictionary, err)
		}
	}
	return h, body, nil
}

// page reads the header of the page that is all of b and checks what does not
// depend on its type.
func (g *Group) page(column int, offset int64, b []byte) (h pageHeader, frame []byte, err error) {
	c := cursor{b: b[:min(len(b), maxHeaderBytes)]}
	h = c.pageHeader()
	head := min(len(b), maxHeaderBytes) - len(c.b)
	frame = b[head:]
	if c.bad || h.compressed != len(frame) || h.size < 0 || h.size > maxPageBytes {
		return h, nil, g.damaged(column, offset, errors.New("page header"))
	}
	if crc32.ChecksumIEEE(frame) != h.crc {
		return h, nil, g.damaged(column, offset, errors.New("crc of a page"))
	}
	return h, frame, nil
}

// pageStarts returns the places of a column's data pages.
func (g *Group) pageStarts(column int) ([]int64, error) {
	if p := g.starts[column].Load(); p != nil {
		return *p, nil
	}
	m := &g.chunks[column]
	b := make([]byte, m.indexLen)
	if err := g.r.readAt(b, m.index); err != nil {
		return nil, err
	}
	starts, err := pageStarts(b, g.rows, m.data, m.end)
	if err != nil {
		return nil, g.damaged(column, m.index, err)
	}
	g.starts[column].Store(&starts)
	return starts, nil
}

// dataPage is a data page of which rows are wanted.
type dataPage struct {
	body []byte  // decompressed
	rows int     // in the page
	skip int     // rows of it before those wanted
	out  int     // wanted before this page
	want int     // wanted in this page
	room *[]byte // for the body, where it is not part of what was read; pooled
}

// pages calls each for every page with rows of lo to hi, in order.
func (g *Group) pages(column, lo, hi int, each func(*dataPage) error) error {
	if err := g.checkRange(lo, hi); err != nil || lo == hi {
		return err
	}
	starts, err := g.pageStarts(column)
	if err != nil {
		return err
	}
	var p dataPage
	defer func() {
		if p.room != nil {
			giveBack(p.room)
		}
	}()
	for page, last := lo/pageRows, (hi-1)/pageRows; page <= last; {
		end := page + 1
		for end <= last && starts[end+1]-starts[page] <= spanBytes {
			end++
		}
		span := borrow(int(starts[end] - starts[page]))
		err := g.r.readAt(*span, starts[page])
		for ; page < end && err == nil; page++ {
			at := starts[page] - starts[end] + int64(len(*span))
			bytes := (*span)[at : at+starts[page+1]-starts[page]]
			if err = g.dataPage(&p, column, page, lo, hi, bytes, starts[page]); err == nil {
				if err = each(&p); err != nil {
					err = g.damaged(column, starts[page], err)
				}
			}
		}
		giveBack(span)
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *Group) checkRange(lo, hi int) error {
	if lo < 0 || hi > g.rows || lo > hi {
		return fmt.Errorf("read %s: rows %d to %d of %d", g.r.name, lo, hi, g.rows)
	}
	return nil
}

// dataPage sets p to a page, which is all of b.
func (g *Group) dataPage(p *dataPage, column, page, lo, hi int, b []byte, offset int64) error {
	first := page * pageRows
	p.rows = min(pageRows, g.rows-first)
	p.skip = max(lo-first, 0)
	p.out = first + p.skip - lo
	p.want = min(hi-first, p.rows) - p.skip
	h, frame, err := g.page(column, offset, b)
	if err != nil {
		return err
	}
	if h.typ != format.DataPage || h.values != p.rows || h.encoding != g.chunks[column].encoding {
		return g.damaged(column, offset, errors.New("page header"))
	}
	var ok bool
	if p.body, ok = rawBody(frame, h.size); ok {
		return nil
	}
	if p.room != nil && cap(*p.room) < h.size {
		giveBack(p.room)
		p.room = nil
	}
	if p.room == nil {
		p.room = borrow(h.size)
	}
	if p.body, err = unframe(g.r.cache.zstd, frame, h.size, *p.room); err != nil {
		return g.damaged(column, offset, err)
	}
	return nil
}

func (g *Group) damaged(column int, offset int64, err error) error {
	return g.r.damaged(offset, fmt.Sprintf("row group %d, column %s: %v", g.number, g.r.footer.columns[column].name, err))
}
