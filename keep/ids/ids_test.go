package ids_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast"
	"holdfast/keep/ids"
)

func TestClaim(t *testing.T) {
	for _, test := range []struct {
		name  string
		batch []holdfast.EventID
		want  []bool
	}{
		{"ids nobody had are fresh", []holdfast.EventID{100, 101}, []bool{true, true}},
		{"an event without id is fresh however often", []holdfast.EventID{0, 0}, []bool{true, true}},
		{"of a repeat within the batch the first is fresh", []holdfast.EventID{100, 0, 100, 100}, []bool{true, true, false, false}},
		{"an id kept lately is not fresh", []holdfast.EventID{1, 100}, []bool{false, true}},
		{"an id being sealed is not fresh", []holdfast.EventID{2, 100}, []bool{false, true}},
		{"an id in a file of many sites is not fresh", []holdfast.EventID{100, 3, 3}, []bool{true, false, false}},
		{"an id in a file of the site is not fresh", []holdfast.EventID{4}, []bool{false}},
		{"files of other sites are not asked", []holdfast.EventID{5}, []bool{true}},
		{"an empty batch is nothing", nil, []bool{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := openDir(t)
			x := newIndex(t, ids.Options{FS: dir})
			x.Load([]holdfast.EventID{2, 0})
			x.Freeze()
			x.Load([]holdfast.EventID{1})
			write(t, dir, "all.ids", 3, 0)
			write(t, dir, "seven.ids", 4)
			write(t, dir, "eight.ids", 5)
			replace(t, x, []ids.File{{Name: "all.ids"}, {Name: "seven.ids", Site: 7}, {Name: "eight.ids", Site: 8}}, nil, false)

			known, err := x.Known(7, test.batch)
			if err != nil {
				t.Fatal(err)
			}
			for i, k := range known {
				// Within a batch only a claim tells an id from its repeat.
				if first := slices.Index(test.batch, test.batch[i]) == i; first && k == test.want[i] {
					t.Errorf("event %d with id %d: known is %v", i, test.batch[i], k)
				}
			}
			c := claim(t, x, 7, test.batch...)
			if diff := cmp.Diff(test.want, c.Fresh); diff != "" {
				t.Error(diff)
			}
			c.Keep()
			again := claim(t, x, 7, test.batch...)
			for i, fresh := range again.Fresh {
				if known, err := x.Known(7, test.batch[i:i+1]); err != nil || known[0] == (test.batch[i] == 0) {
					t.Errorf("after Keep, event %d with id %d: known is %v, %v", i, test.batch[i], known, err)
				}
				if fresh != (test.batch[i] == 0) {
					t.Errorf("after Keep, event %d with id %d: fresh is %v", i, test.batch[i], fresh)
				}
			}
			again.Drop()
		})
	}
}

func TestDroppedIDsMayBeClaimedAgain(t *testing.T) {
	x := newIndex(t, ids.Options{FS: openDir(t)})
	c := claim(t, x, 1, 1, 2)
	c.Drop()
	c.Keep() // does nothing any more
	again := claim(t, x, 1, 1, 2)
	if !again.Fresh[0] || !again.Fresh[1] {
		t.Errorf("fresh after Drop: %v", again.Fresh)
	}
	again.Keep()
	if n := x.Stats().Pending; n != 0 {
		t.Errorf("%d ids still pending", n)
	}
}

func TestWait(t *testing.T) {
	t.Run("a batch waits until the one before it is kept", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := ids.New(ids.Options{})
			first, second := claim(t, x, 1, 1, 2), claim(t, x, 1, 2, 3)
			if diff := cmp.Diff([]bool{false, true}, second.Fresh); diff != "" {
				t.Fatal(diff)
			}
			second.Keep()
			returned := make(chan error, 1)
			go func() { returned <- second.Wait(t.Context()) }()
			synctest.Wait()
			select {
			case err := <-returned:
				t.Fatalf("did not wait: %v", err)
			default:
			}
			first.Keep()
			if err := <-returned; err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("it fails if the one before it fails", func(t *testing.T) {
		x := ids.New(ids.Options{})
		first, second := claim(t, x, 1, 1), claim(t, x, 1, 1)
		first.Drop()
		if err := second.Wait(t.Context()); !errors.Is(err, holdfast.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		second.Keep()
		if c := claim(t, x, 1, 1); !c.Fresh[0] {
			t.Error("the id of the failed batch is taken")
		}
	})
	t.Run("it does not wait for a repeat within itself", func(t *testing.T) {
		x := ids.New(ids.Options{})
		c := claim(t, x, 1, 1, 1)
		if err := c.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("it gives up with its context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			x := ids.New(ids.Options{})
			claim(t, x, 1, 1)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := claim(t, x, 1, 1).Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("batches that overlap in any order all end, even if they wait first and settle then", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			batches := rapid.SliceOfN(rapid.SliceOfN(rapid.Uint64Range(1, 6), 1, 6), 2, 8).Draw(rt, "batches")
			synctest.Test(t, func(t *testing.T) {
				x := ids.New(ids.Options{})
				done := make(chan bool)
				for _, b := range batches {
					go func() {
						list := make([]holdfast.EventID, len(b))
						for i, id := range b {
							list[i] = holdfast.EventID(id)
						}
						c := claim(t, x, 1, list...)
						c.Wait(t.Context())
						c.Keep()
						done <- true
					}()
				}
				for range batches { // a deadlock makes synctest fail
					<-done
				}
			})
		})
	})
}

// TestAgainstMap does what a store does, in any order, and compares with a map.
func TestAgainstMap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := openDir(t)
		budget := rapid.SampledFrom([]int64{-1, 64, 1 << 20}).Draw(rt, "budget")
		x := ids.New(ids.Options{FS: dir, Dir: ".", FilterBytes: budget})
		defer func() { x.Close() }()

		kept := map[holdfast.EventID]bool{}   // durable
		active := map[holdfast.EventID]bool{} // of those, kept since the last seal
		inFiles := map[string][]holdfast.EventID{}
		owner := map[holdfast.EventID]*ids.Claim{}
		var open []*ids.Claim
		batches := map[*ids.Claim][]holdfast.EventID{}
		next := 0

		// Ids are spread as hashes are, and few, so that they meet again.
		someID := rapid.Map(rapid.Uint64Range(0, 3000), func(n uint64) holdfast.EventID {
			return holdfast.EventID(n * 0x9e3779b97f4a7c15)
		})
		rt.Repeat(map[string]func(*rapid.T){
			"claim": func(rt *rapid.T) {
				batch := rapid.SliceOfN(someID, 0, 200).Draw(rt, "batch")
				c, err := x.Claim(1, batch)
				if err != nil {
					rt.Fatal(err)
				}
				for i, id := range batch {
					want := id == 0 || !kept[id] && owner[id] == nil
					if c.Fresh[i] != want {
						rt.Fatalf("id %d: fresh is %v", id, c.Fresh[i])
					}
					if want && id != 0 {
						owner[id] = c
					}
				}
				open, batches[c] = append(open, c), batch
			},
			"settle": func(rt *rapid.T) {
				if len(open) == 0 {
					return
				}
				i := rapid.IntRange(0, len(open)-1).Draw(rt, "which")
				c, keep := open[i], rapid.Bool().Draw(rt, "keep")
				open = slices.Delete(open, i, i+1)
				for _, id := range batches[c] {
					if owner[id] == c {
						delete(owner, id)
						if keep {
							kept[id], active[id] = true, true
						}
					}
				}
				if keep {
					c.Keep()
				} else {
					c.Drop()
				}
			},
			"seal": func(rt *rapid.T) {
				x.Freeze()
				if rapid.Float64().Draw(rt, "fails") < 0.2 {
					return
				}
				next++
				name := string(rune('a'+next%26)) + rapid.StringMatching(`[a-z]{12}`).Draw(rt, "name") + ".ids"
				list := slices.Collect(maps.Keys(active))
				write(t, dir, name, slices.Clone(list)...)
				replace(t, x, []ids.File{{Name: name}}, nil, true)
				inFiles[name] = list
				clear(active)
			},
			"compact": func(rt *rapid.T) {
				var all []holdfast.EventID
				var remove []ids.File
				for name, list := range inFiles {
					all = append(all, list...)
					remove = append(remove, ids.File{Name: name})
				}
				write(t, dir, "compacted.ids", slices.Clone(all)...) // replaces itself
				replace(t, x, []ids.File{{Name: "compacted.ids"}}, remove, false)
				for _, f := range remove {
					if f.Name != "compacted.ids" {
						dir.Remove(f.Name)
					}
				}
				inFiles = map[string][]holdfast.EventID{"compacted.ids": all}
			},
			"restart": func(rt *rapid.T) {
				x.Close()
				x = ids.New(ids.Options{FS: dir, Dir: ".", FilterBytes: budget})
				var add []ids.File
				for name := range inFiles {
					add = append(add, ids.File{Name: name})
				}
				replace(t, x, add, nil, false)
				x.Load(slices.Collect(maps.Keys(active)))
				open = nil
				clear(owner)
			},
		})
		for name := range inFiles {
			if err := ids.Verify(dir, ".", name); err != nil {
				rt.Fatal(err)
			}
		}
	})
}

func TestDamagedFileIsNamedAndCanBeReplaced(t *testing.T) {
	dir := openDir(t)
	list := someIDs(1, 2000)
	write(t, dir, "a.ids", slices.Clone(list)...)
	x := newIndex(t, ids.Options{FS: dir, FilterBytes: -1})
	replace(t, x, []ids.File{{Name: "a.ids"}}, nil, false)
	corrupt(t, dir, "a.ids", 5000)

	var damaged *holdfast.DamagedError
	hit := 0
	for _, id := range list {
		c, err := x.Claim(1, []holdfast.EventID{id, 12345})
		if err == nil {
			c.Drop()
			continue
		}
		hit++
		if !errors.As(err, &damaged) || damaged.File != "a.ids" || damaged.Offset != 4096 {
			t.Fatalf("got %v", err)
		}
	}
	if hit < 511 {
		t.Errorf("%d ids met the damage, of 511 in the block", hit)
	}
	if n := x.Stats().Pending; n != 0 {
		t.Errorf("%d ids still claimed by failed claims", n)
	}

	write(t, dir, "a.ids", slices.Clone(list)...)
	replace(t, x, []ids.File{{Name: "a.ids"}}, []ids.File{{Name: "a.ids"}}, false)
	c := claim(t, x, 1, append(list, 12345)...)
	for i, fresh := range c.Fresh {
		if fresh != (i == len(list)) {
			t.Fatalf("id %d: fresh is %v", i, fresh)
		}
	}
}

func TestDamageFoundWhileMakingAFilterIsTold(t *testing.T) {
	dir := openDir(t)
	write(t, dir, "a.ids", someIDs(1, 2000)...)
	corrupt(t, dir, "a.ids", 5000)
	told := make(chan string, 1)
	x := newIndex(t, ids.Options{FS: dir, Damaged: func(name string, err error) {
		if !errors.Is(err, holdfast.ErrDamaged) {
			t.Error(err)
		}
		told <- name
	}})
	replace(t, x, []ids.File{{Name: "a.ids"}}, nil, false)
	if name := <-told; name != "a.ids" {
		t.Errorf("told of %s", name)
	}
}

func TestReplaceOfBadFilesChangesNothing(t *testing.T) {
	dir := openDir(t)
	write(t, dir, "good.ids", 1)
	write(t, dir, "more.ids", 2)
	write(t, dir, "bad.ids", 3)
	corrupt(t, dir, "bad.ids", 30)
	x := newIndex(t, ids.Options{FS: dir})
	x.Load([]holdfast.EventID{9})
	x.Freeze()
	replace(t, x, []ids.File{{Name: "good.ids"}}, nil, false)

	err := x.Replace([]ids.File{{Name: "more.ids"}, {Name: "bad.ids"}}, []ids.File{{Name: "good.ids"}}, true)
	if !errors.Is(err, holdfast.ErrDamaged) {
		t.Errorf("got %v", err)
	}
	if err := x.Replace([]ids.File{{Name: "none.ids"}}, nil, true); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]bool{false, true, true, false}, claim(t, x, 1, 1, 2, 3, 9).Fresh); diff != "" {
		t.Error(diff)
	}
}

func TestFiltersStayWithinTheirBudgetSmallestFilesFirst(t *testing.T) {
	dir := openDir(t)
	x := newIndex(t, ids.Options{FS: dir, FilterBytes: 20_500}) // for 16,400 ids
	var small []ids.File
	for i, name := range []string{"a.ids", "b.ids", "c.ids"} {
		write(t, dir, name, someIDs(uint64(i), 4000)...)
		small = append(small, ids.File{Name: name})
	}
	write(t, dir, "large.ids", someIDs(9, 8000)...)
	replace(t, x, append(small, ids.File{Name: "large.ids"}), nil, false)
	waitFor(t, func() bool { s := x.Stats(); return s.Unfiltered == 1 && s.FilterBytes > 14_000 })
	replace(t, x, nil, small[:1], false)
	waitFor(t, func() bool { return x.Stats().Unfiltered == 0 })
	replace(t, x, small[:1], nil, false)
	waitFor(t, func() bool { s := x.Stats(); return s.Unfiltered == 1 && s.FilterBytes <= 20_500 })
}

func TestMemoryPerID(t *testing.T) {
	x := newIndex(t, ids.Options{})
	list := someIDs(1, 1_000_000)
	for i := range 20 {
		x.Load(list[i*50_000 : (i+1)*50_000])
		s := x.Stats()
		if per := float64(s.MemoryBytes) / float64(s.InMemory); per > 24 {
			t.Errorf("%.1f bytes an id at %d", per, s.InMemory)
		}
	}
}

func TestLookupsReadABlockOrTwo(t *testing.T) {
	for _, test := range []struct {
		name  string
		list  []holdfast.EventID
		bound float64
	}{
		{"a million spread ids", someIDs(1, 1_000_000), 2.2},
		{"ids that are not spread at all", crowded(1_000_000), 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			mem := &memFS{files: map[string][]byte{"x.ids": encoded(t, slices.Clone(test.list)...)}}
			x := newIndex(t, ids.Options{FS: mem, FilterBytes: -1})
			replace(t, x, []ids.File{{Name: "x.ids"}}, nil, false)
			for _, lookups := range [][]holdfast.EventID{test.list[:2000], someIDs(2, 2000)} {
				before, known := mem.reads.Load(), 0
				for _, id := range lookups {
					c := claim(t, x, 1, id)
					if !c.Fresh[0] {
						known++
					}
					c.Drop()
				}
				reads := float64(mem.reads.Load()-before) / 2000
				t.Logf("%.2f reads a lookup, %d of 2000 known", reads, known)
				if reads > test.bound {
					t.Errorf("%.2f reads a lookup", reads)
				}
			}
		})
	}
}

// crowded returns ids that interpolation is bad at.
func crowded(n int) []holdfast.EventID {
	list := make([]holdfast.EventID, n)
	for i := range list {
		list[i] = holdfast.EventID(i + 1)
		if i%3 == 0 {
			list[i] = holdfast.EventID(1)<<(10+i%53) + holdfast.EventID(i)
		}
	}
	return list
}

func waitFor(tb testing.TB, done func() bool) {
	tb.Helper()
	for range 1000 {
		if done() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	tb.Fatal("did not happen within 5 s")
}
