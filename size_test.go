//go:build !soak

package holdfast_test

import "time"

// How large the tests are that grow with the tag soak: here, what is quick.
const (
	manySites     = 2000
	manyPerDay    = 12
	manyDays      = 9
	manySitesStep = 2 * time.Hour

	spineLarge, spineSmall = 3, 200
)
