// Package ids knows which event ids a store has, so that an event sent twice
// is kept once, however long after.
//
// Recent ids are in memory, older ones in a sorted .ids file beside each
// sealed file, with a filter in memory before as many of them as a budget
// allows. An answer is exact: a filter only saves a read, and no id is ever
// forgotten because of its age.
//
// A batch claims its ids before it is written to the log, all at once, and
// tells afterwards what became of it. Whoever claims an id that another batch
// has claimed and not yet settled does not get it, and waits for the other's
// fate before acknowledging anything.
//
// The package decides nothing about damage: a lookup that meets a damaged
// block fails with a *holdfast.DamagedError naming the file, and the caller
// writes the file anew from the ids of the segment beside it.
package ids
