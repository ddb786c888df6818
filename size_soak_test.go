//go:build soak

package holdfast_test

import "time"

// How large the tests are that grow with the tag soak: here, what takes its
// time. The sites are those of the bar in section 13 of the design.
const (
	manySites     = 10_000
	manyPerDay    = 100
	manyDays      = 36
	manySitesStep = time.Hour

	spineLarge, spineSmall = 60, 2000
)
