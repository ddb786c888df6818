package holdfast

import "fmt"

// Answer is what a store can say to a Question.
type Answer struct {
	Columns []Column `json:"columns"` // dimensions first, then metrics, as asked
	// Rows hold a value for each column: a string, int64, float64, or nil. A
	// metric is nil where nothing is known, which is not zero: its bucket of
	// time has neither coverage nor events, or it is a mean of no events.
	Rows [][]any `json:"rows"`
	// AtLeast lists the rows, by index, whose numbers are lower bounds,
	// because their time is not completely covered.
	AtLeast []int `json:"at_least,omitempty"`
	// Estimated lists the rows, by index, of countries that are an estimate in
	// more than half of the row's events.
	Estimated []int `json:"estimated,omitempty"`
	// OtherRow says that the last row is all groups beyond the limit.
	OtherRow bool `json:"other_row,omitempty"`
	// Truncated says that there are more groups than rows.
	Truncated bool `json:"truncated,omitempty"`

	Coverage Coverage `json:"coverage"`
	AsOf     AsOf     `json:"as_of"`
}

// Share says in words how many n of total are.
func Share(n, total int64) string {
	share := 100 * float64(n) / float64(total)
	switch {
	case n >= total:
		return "all"
	case share < 1:
		return "less than 1 %"
	case share > 99:
		return "more than 99 %"
	}
	return fmt.Sprintf("%.0f %%", share)
}

// Column describes a column of an Answer.
type Column struct {
	Name string `json:"name"`
	Role Role   `json:"role"`
	Unit string `json:"unit,omitempty"` // "s", "ratio", "minor units"; "" is a plain count or text
}

// Role tells an answer's columns apart.
type Role string

// The roles.
const (
	RoleDimension Role = "dimension"
	RoleMetric    Role = "metric"
)

// AsOf is the moment an answer holds for: everything acknowledged up to record
// Seq is in it, and nothing later.
type AsOf struct {
	Time Millis `json:"time"`
	Seq  Seq    `json:"seq"`
}
