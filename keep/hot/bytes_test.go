package hot_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"holdfast"
	"holdfast/keep/hot"
)

// What is refused when memory runs short depends on the estimate: nobody may
// fill it with what is not counted.
func TestBytesAreWhatPropertiesTake(t *testing.T) {
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	table := hot.New()
	long := strings.Repeat("x", 280)
	for i := range 2000 {
		e := holdfast.Event{Site: 1, Name: "custom"}
		for k := range 30 {
			e.Props = append(e.Props, holdfast.Prop{Key: fmt.Sprint(i, "-", k, long), Kind: holdfast.PropInt, Int: 1})
		}
		table.Append([]holdfast.Event{e})
	}
	taken := heap() - before
	if counted := table.Bytes(); counted < taken*2/3 || counted > taken*3/2 {
		t.Errorf("%d bytes counted, %d taken", counted, taken)
	}
	runtime.KeepAlive(table)
}
