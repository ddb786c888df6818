package ids

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"holdfast"
)

// Claim is a batch's hold on the ids that nobody had before. Exactly one of
// Keep and Drop must be called; what is called after the first does nothing.
type Claim struct {
	// Fresh says of each event of the batch whether it is to be kept: its id
	// was new, or it has none.
	Fresh []bool

	index   *Index
	taken   []place
	waitFor []*Claim // unsettled claims that have an id of this batch

	// Guarded by index.mu.
	settled bool
	kept    bool
	done    chan struct{} // closed when settled; nil as long as nobody waits
}

// place is an id, and where it is in its batch.
type place struct {
	id uint64
	at int
}

// Claim takes the ids of a batch of events of one site that neither the store
// has nor another batch has claimed. All are taken at once, so that of two
// batches the later one waits for the earlier and never the reverse. Of an id
// that is in the batch twice the first is fresh.
//
// On an error nothing is claimed.
func (x *Index) Claim(site holdfast.SiteID, ids []holdfast.EventID) (*Claim, error) {
	c := &Claim{index: x, Fresh: make([]bool, len(ids))}
	files := x.take(c, ids)
	known, err := x.find(files, site, c.taken)
	if err != nil {
		c.Drop()
		return nil, err
	}
	c.giveBack(known)
	return c, nil
}

// take claims what is not in memory, and returns the files in which it may be.
func (x *Index) take(c *Claim, ids []holdfast.EventID) []*file {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, id := range ids {
		if id == 0 || x.takeLocked(c, uint64(id)) {
			c.Fresh[i] = true
			if id != 0 {
				c.taken = append(c.taken, place{uint64(id), i})
			}
		}
	}
	return x.files
}

func (x *Index) takeLocked(c *Claim, id uint64) bool {
	if other := x.pending[id]; other != nil {
		if other != c && !slices.Contains(c.waitFor, other) {
			c.waitFor = append(c.waitFor, other)
			if other.done == nil {
				other.done = make(chan struct{})
			}
		}
		return false
	}
	if x.hasLocked(id) {
		return false
	}
	x.pending[id] = c
	return true
}

// giveBack ends the claim on ids that are known from a file after all.
func (c *Claim) giveBack(known []place) {
	if len(known) == 0 {
		return
	}
	x := c.index
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, p := range known {
		delete(x.pending, p.id)
		c.Fresh[p.at] = false
	}
	c.taken = slices.DeleteFunc(c.taken, func(p place) bool { return !c.Fresh[p.at] })
}

// Keep says that the fresh events of the batch are durable: their ids are
// known from now on, and batches that wait for them go on.
func (c *Claim) Keep() { c.settle(true) }

// Drop says that the fresh events of the batch were not kept: their ids may be
// claimed again, and batches that wait for them fail.
func (c *Claim) Drop() { c.settle(false) }

func (c *Claim) settle(kept bool) {
	x := c.index
	x.mu.Lock()
	defer x.mu.Unlock()
	if c.settled {
		return
	}
	c.settled, c.kept = true, kept
	for _, p := range c.taken {
		delete(x.pending, p.id)
		if kept {
			x.active.add(p.id)
		}
	}
	c.taken = nil
	if c.done != nil {
		close(c.done)
	}
}

// Wait waits until all ids of the batch that other batches had claimed first
// are settled. It fails with holdfast.ErrUnavailable if any of them was not
// kept: then the whole batch must not be acknowledged, whatever became of its
// own events.
func (c *Claim) Wait(ctx context.Context) error {
	for _, other := range c.waitFor {
		select {
		case <-other.done:
		case <-ctx.Done():
			return fmt.Errorf("wait for the same events in another batch: %w", ctx.Err())
		}
		if !other.kept { // settled, so that it does not change any more
			return fmt.Errorf("the same events in another batch were not kept: %w", holdfast.ErrUnavailable)
		}
	}
	return nil
}

var blockBuffers = sync.Pool{New: func() any { return new([blockBytes]byte) }}

// find returns those of the places whose ids are in a file of the site.
func (x *Index) find(files []*file, site holdfast.SiteID, places []place) ([]place, error) {
	if len(places) == 0 || len(files) == 0 {
		return nil, nil
	}
	buf := blockBuffers.Get().(*[blockBytes]byte)
	defer blockBuffers.Put(buf)
	for {
		known, err := find(files, site, places, buf[:])
		if !errors.Is(err, fs.ErrNotExist) {
			return known, err
		}
		// Files may have been replaced, and removed, since we began.
		now := x.currentFiles()
		if slices.Equal(now, files) {
			return nil, err
		}
		files = now
	}
}

func find(files []*file, site holdfast.SiteID, places []place, buf []byte) (known []place, err error) {
	left := slices.Clone(places)
	slices.SortFunc(left, func(a, b place) int { return cmp.Compare(a.id, b.id) })
	for _, f := range files {
		if f.Site != 0 && f.Site != site || f.count == 0 {
			continue
		}
		found, err := f.find(left, buf)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			continue
		}
		for _, i := range found {
			known = append(known, left[i])
			left[i].id = 0
		}
		left = slices.DeleteFunc(left, func(p place) bool { return p.id == 0 })
	}
	return known, nil
}

// find returns the indexes of those of the places, ascending by id, whose ids
// the file holds.
func (f *file) find(places []place, buf []byte) (found []int, err error) {
	c := cursor{f: f, buf: buf}
	defer c.close()
	filter := f.filter.Load()
	for i, p := range places {
		if filter != nil && !filter.mayHave(p.id) {
			continue
		}
		has, err := c.find(p.id)
		if err != nil {
			return nil, err
		}
		if has {
			found = append(found, i)
		}
	}
	return found, nil
}
