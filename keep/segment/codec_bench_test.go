package segment

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"testing"

	"holdfast/keep/rows"
)

func BenchmarkDecodeCodes(b *testing.B) {
	for _, card := range []int{2, 100, 5000, 60_000, 200_000} {
		b.Run(fmt.Sprintf("bits=%d", codeWidth(card)), func(b *testing.B) {
			rnd := rand.New(rand.NewPCG(1, 1))
			codes := make([]uint32, pageRows)
			for i := range codes {
				codes[i] = uint32(rnd.IntN(card))
			}
			body := appendHybrid([]byte{byte(codeWidth(card))}, codes, codeWidth(card))
			var into rows.Codes
			into.Resize(pageRows, card)
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if err := decodeCodes(&into, body, card, 0); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pageRows, "ns/row")
		})
	}
}

func BenchmarkDecodeDelta(b *testing.B) {
	for _, bits := range []int{0, 8, 14, 20, 40, 60} {
		b.Run(fmt.Sprintf("bits=%d", bits), func(b *testing.B) {
			rnd := rand.New(rand.NewPCG(1, 1))
			values := make([]int64, pageRows)
			for i := 1; i < len(values); i++ {
				values[i] = values[i-1] + rnd.Int64N(1<<bits)
			}
			body := appendDelta(nil, values, false)
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if err := decodeDelta(values, body, pageRows, false); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pageRows, "ns/row")
		})
	}
}

func BenchmarkChecksum(b *testing.B) {
	page := make([]byte, 26<<10)
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		crc32.ChecksumIEEE(page)
	}
}
