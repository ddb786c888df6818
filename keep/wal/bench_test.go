package wal_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast/keep/wal"
)

func BenchmarkAppend(b *testing.B) {
	for _, workers := range []int{1, 64, 512} {
		b.Run(fmt.Sprintf("%d at once", workers), func(b *testing.B) {
			l, _ := open(b, wal.Options{FS: openDir(b, b.TempDir()), FileBytes: 64 << 20, Committed: func([]wal.Record) {}})
			defer l.Close()
			payload := make([]byte, 160)
			b.ReportAllocs()
			b.ResetTimer()
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			for range workers {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						if _, err := l.Append(context.Background(), wal.Record{Type: wal.EventBatch, Payload: payload}); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}
