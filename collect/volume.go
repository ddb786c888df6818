package collect

import (
	"sync"

	"holdfast"
)

// volumes counts the bytes that each site was sent in the current UTC day.
type volumes struct {
	perDay int64

	mu   sync.Mutex // guards all below
	day  holdfast.Millis
	sent map[holdfast.SiteID]int64
}

// take says whether the site may be sent n more bytes, and counts them if so.
func (v *volumes) take(site holdfast.SiteID, now holdfast.Millis, n int) bool {
	if v.perDay <= 0 {
		return true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if day := now / 86_400_000; day != v.day || v.sent == nil {
		v.day, v.sent = day, make(map[holdfast.SiteID]int64)
	}
	if v.sent[site]+int64(n) > v.perDay {
		return false
	}
	v.sent[site] += int64(n)
	return true
}
