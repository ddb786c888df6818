//go:build !soak

package keep_test

// crashStep is at which of a store's operations on its disk the power fails in
// turn: at one of so many. With the tag soak it fails at each.
const crashStep = 11
