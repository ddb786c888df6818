// Package query answers questions about the events of a store.
//
// A Question is checked and made into a plan; the plans of one Ask share one
// snapshot and one scan. A scan goes through the site days that its questions
// concern, several at once, and through each in blocks of rows. A condition is
// judged once for each distinct value of a column, so that a row is only a
// code looked up in a table of bits; groups are numbers made of codes, and
// counting is adding into arrays. What a day contributes is a small group
// table of its own, merged into the answer; nothing in it depends on the
// order, the split into files or the number of workers, and so neither does
// the answer: equal sets of events are answered in equal bytes.
//
// The package also has the written form of filters, metrics, orders and
// periods, for addresses and the command line (docs/questions.md), and
// docs/metrics.md says what each metric counts.
//
// It promises exact numbers and their coverage. It keeps nothing: who wants
// answers remembered does so around it.
package query
