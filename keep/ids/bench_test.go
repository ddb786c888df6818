package ids_test

import (
	"fmt"
	"testing"

	"holdfast"
	"holdfast/keep/ids"
)

// BenchmarkLookup looks ids up that nobody has, and ids that are in a file,
// in 10 files of a million.
func BenchmarkLookup(b *testing.B) {
	dir := openDir(b)
	var files []ids.File
	var known []holdfast.EventID
	for i := range 10 {
		list := someIDs(uint64(i), 1_000_000)
		known = append(known, list[:10_000]...)
		files = append(files, ids.File{Name: fmt.Sprintf("%d.ids", i)})
		write(b, dir, files[i].Name, list...)
	}
	fresh := someIDs(99, len(known))
	for _, filters := range []struct {
		name   string
		budget int64
	}{{"filters", 0}, {"half the filters", 6_500_000}, {"no filters", -1}} {
		x := newIndex(b, ids.Options{FS: dir, FilterBytes: filters.budget})
		replace(b, x, files, nil, false)
		switch filters.budget {
		case 0:
			waitFor(b, func() bool { return x.Stats().Unfiltered == 0 })
		case -1:
		default:
			waitFor(b, func() bool { return x.Stats().Unfiltered == 5 })
		}
		for name, list := range map[string][]holdfast.EventID{"fresh": fresh, "known": known} {
			for _, batch := range []int{1, 1000} {
				b.Run(fmt.Sprintf("%s/%s/%d", filters.name, name, batch), func(b *testing.B) {
					b.ReportAllocs()
					n := 0
					for b.Loop() {
						if n+batch > len(list) {
							n = 0
						}
						c := claim(b, x, 1, list[n:n+batch]...)
						c.Drop()
						n += batch
					}
					b.ReportMetric(float64(b.N)*float64(batch)/b.Elapsed().Seconds(), "ids/s")
				})
			}
		}
	}
}

func BenchmarkKeep(b *testing.B) {
	list := someIDs(1, 1_000_000)
	x := newIndex(b, ids.Options{})
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n+100 > len(list) {
			n, x = 0, ids.New(ids.Options{})
		}
		claim(b, x, 1, list[n:n+100]...).Keep()
		n += 100
	}
	b.ReportMetric(float64(b.N)*100/b.Elapsed().Seconds(), "ids/s")
}

func BenchmarkWriteFile(b *testing.B) {
	dir := openDir(b)
	list := someIDs(1, 1_000_000)
	scratch := make([]holdfast.EventID, len(list))
	b.SetBytes(int64(len(list)) * 8)
	for b.Loop() {
		copy(scratch, list)
		write(b, dir, "x.ids", scratch...)
	}
}
