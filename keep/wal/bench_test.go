package wal_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/keep/wal"
)

func BenchmarkAppend(b *testing.B) {
	for _, workers := range []int{1, 64, 512} {
		b.Run(fmt.Sprintf("%d at once", workers), func(b *testing.B) {
			var syncs atomic.Int64
			l, _ := open(b, wal.Options{
				FS: openDir(b, b.TempDir()), FileBytes: 64 << 20,
				Committed: func([]wal.Record) {},
				Synced:    func(time.Duration) { syncs.Add(1) },
			})
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
			b.ReportMetric(float64(b.N)/float64(max(syncs.Load(), 1)), "records/sync")
		})
	}
}
