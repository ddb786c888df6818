//go:build soak

package keep_test

// crashStep is at which of a store's operations on its disk the power fails in
// turn: here at each.
const crashStep = 1
