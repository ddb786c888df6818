package record_test

import (
	"fmt"
	"testing"

	"holdfast"
	"holdfast/keep/record"
)

// BenchmarkDecodeCatalog reads the checkpoint of 10,000 sites, as every start
// does.
func BenchmarkDecodeCatalog(b *testing.B) {
	c := record.Catalog{LastSite: 10_000}
	for i := range c.LastSite {
		zone := []string{"America/Chicago", "Europe/Berlin", "UTC", "Asia/Kolkata"}[i%4]
		site, err := holdfast.NewSite(i+1, fmt.Sprintf("s%d.example.com", i), zone, 0)
		if err != nil {
			b.Fatal(err)
		}
		c.Sites = append(c.Sites, site)
	}
	payload := c.Append(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := record.DecodeCatalog(payload); err != nil {
			b.Fatal(err)
		}
	}
}
