package holdfast

import "context"

// Question asks about the events of one site in one stretch of time.
type Question struct {
	Site string `json:"site"`
	// From and To bound the time asked about; To is the first moment after it.
	From Millis `json:"from"`
	To   Millis `json:"to"`
	// Zone is where buckets of time begin; "" is the site's own zone.
	Zone string `json:"zone,omitempty"`

	Kind    Kind        `json:"kind,omitempty"` // "" is Groups
	Metrics []Metric    `json:"metrics,omitempty"`
	By      []Dimension `json:"by,omitempty"`
	// Where leaves out all events it does not hold for. Flagged events are left
	// out as well, unless Where or By speaks of the flag.
	Where *Filter `json:"where,omitempty"`

	// Order sorts the groups; by default buckets of time ascend, and else the
	// first metric descends. Equal groups are sorted by their dimensions.
	Order []Order `json:"order,omitempty"`
	// Limit is how many rows are given; 0 is DefaultLimit.
	Limit int `json:"limit,omitempty"`
	// Other adds a last row for all groups beyond Limit, counted as one group.
	Other bool `json:"other,omitempty"`
}

// Bounds on the rows of an answer.
const (
	DefaultLimit = 1000
	MaxLimit     = 100_000
)

// Kind says what the rows of an answer are.
type Kind string

// The kinds of question.
const (
	Groups Kind = "groups" // one row for each value of the dimensions, with metrics
	Rows   Kind = "rows"   // single events, newest first; By names the columns
	Values Kind = "values" // the distinct values of By[0], the most frequent first, with the number of events
)

// Dimension names something events can be grouped by or filtered on: a column
// of the event ("source", "path", "utm_campaign"), the same column of its
// visit's entry or exit ("entry.source", "exit.path"), a property
// ("prop.colour"), or a bucket of time ("hour", "day").
type Dimension string

// The buckets of time. Weeks begin on Monday.
const (
	Minute    Dimension = "minute"
	Hour      Dimension = "hour"
	DayBucket Dimension = "day"
	Week      Dimension = "week"
	Month     Dimension = "month"
	Year      Dimension = "year"
	HourOfDay Dimension = "hour_of_day" // 0 to 23
	Weekday   Dimension = "weekday"     // 1, Monday, to 7
)

// Metric is a number about a group of events: a function, of a column where it
// needs one, over the events its own filter holds for.
type Metric struct {
	Func  Func      `json:"func"`
	Of    Dimension `json:"of,omitempty"`
	Where *Filter   `json:"where,omitempty"`
	As    string    `json:"as,omitempty"` // its column's name; "" is the expression itself
}

// Func is what a Metric computes. docs/metrics.md defines each.
type Func string

// The functions without a column.
const (
	Views            Func = "views"
	Events           Func = "events"
	Visitors         Func = "visitors"
	DeclaredVisitors Func = "declared_visitors"
	PeakVisitors     Func = "peak_visitors" // of the site day with most
	PeakNetworks     Func = "peak_networks" // that they were in, on the site day with most
	Visits           Func = "visits"
	BounceRate       Func = "bounce_rate"
	VisitDuration    Func = "visit_duration"
	ViewsPerVisit    Func = "views_per_visit"
	Entries          Func = "entries"
	Exits            Func = "exits"
	Conversions      Func = "conversions"     // needs a filter
	ConversionRate   Func = "conversion_rate" // needs a filter
)

// The functions of a column.
const (
	Count    Func = "count"    // events that have the column
	Sum      Func = "sum"      // of numbers
	Mean     Func = "mean"     // of numbers
	Min      Func = "min"      // of numbers
	Max      Func = "max"      // of numbers
	Distinct Func = "distinct" // different values
)

// Order sorts by a column of the answer.
type Order struct {
	Column string `json:"column"`
	Desc   bool   `json:"desc,omitempty"`
}

// Filter is a condition on one event: a comparison, or several conditions
// joined. docs/api.md has its written form: source = 'Google' and not path
// contains '/admin'.
type Filter struct {
	Op     Op        `json:"op"`
	Args   []Filter  `json:"args,omitempty"`   // of And, Or (any number), Not (one)
	Column Dimension `json:"column,omitempty"` // of all others
	Values []string  `json:"values,omitempty"` // one; any number for In; none for Exists
}

// Op is how a Filter judges.
type Op string

// The operators. An event without the column has the value "".
const (
	And      Op = "and"
	Or       Op = "or"
	Not      Op = "not"
	Is       Op = "is"
	IsNot    Op = "is not"
	Contains Op = "contains"
	In       Op = "in"
	Matches  Op = "matches" // an RE2 regular expression, anywhere in the value
	Exists   Op = "exists"  // the value is not ""
)

// Asker answers questions.
type Asker interface {
	// Ask answers all questions from one snapshot of the store, with one scan
	// and one as-of. An error concerns all of them; a question that makes no
	// sense is a *FieldError.
	Ask(ctx context.Context, questions ...Question) ([]Answer, error)
}
