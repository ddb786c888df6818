package holdfast

import "time"

// State says what a store knows of an interval of a site's time.
type State string

// The states. Complete means every event that reached us is counted; all
// others say why it may not be so.
const (
	Complete    State = "complete"
	Partial     State = "partial"     // some were refused, or what is known was imported without proof, or filled in afterwards
	Unreachable State = "unreachable" // we ran, and our public address did not answer
	Quiet       State = "quiet"       // far below the same hours of past weeks; not known to be true
	Down        State = "down"        // we did not run, or could not keep anything
	Lost        State = "lost"        // we had them, and have them no longer
	Unreadable  State = "unreadable"  // damaged here, not yet healed
	Before      State = "before"      // records begin later
	Future      State = "future"      // has not happened yet
)

// Interval is a stretch of time with one state and one origin.
type Interval struct {
	From    Millis `json:"from"`
	To      Millis `json:"to"` // the first moment after it
	State   State  `json:"state"`
	Origin  Origin `json:"origin,omitempty"`
	Witness string `json:"witness,omitempty"` // the measurement or person that says so
	Events  int64  `json:"events,omitempty"`  // how many the state concerns, where the ledger knows
}

// Stretch is a part of time.
type Stretch struct {
	From Millis `json:"from"`
	To   Millis `json:"to"` // the first moment after it
}

// LogSilence is for how long nothing may stand in another system's log before
// it is asked whether it was written at all: as long as the hours in which
// imported time is counted.
const LogSilence = time.Hour

// Import says what was imported of another system's log, and of which time that
// tells.
type Import struct {
	Source string `json:"source,omitempty"` // what it is, never where it is: "access log"
	By     string `json:"by,omitempty"`     // who brought it in
	Told   []Told `json:"told,omitempty"`
}

// Told is of which time a log tells for a site: from the first stretch to the
// last. Within a stretch the log has something to show for every LogSilence,
// whatever site that is about; between them it has not.
type Told struct {
	Site    string    `json:"site"`
	Written []Stretch `json:"written"` // ascending; LogSilence or more apart
	// Cut are moments at which only a part of the log was taken, before or after
	// which it goes on.
	Cut []Millis `json:"cut,omitempty"`
}

// ImportedTime is the whole time that imports tell of for a site, holes in it
// and all.
type ImportedTime struct {
	Site   string `json:"site"`
	Source string `json:"source"`
	Stretch
}

// Coverage says, for the whole time a question asks about, what the answer
// rests on.
type Coverage struct {
	State     State      `json:"state"`           // complete, or the worst of its intervals
	Ratio     float64    `json:"ratio"`           // complete time ÷ asked time that has passed; 1 if none has
	Intervals []Interval `json:"intervals"`       // ascending, without overlap or gap, from the first moment asked about to the last
	Notes     []string   `json:"notes,omitempty"` // what else a reader must know: "visitors are counted per day"
}

// severity orders states by how much they take from an answer.
var severity = map[State]int{
	Future: -1, Complete: 0, Quiet: 1, Before: 2, Partial: 3, Unreachable: 4, Unreadable: 5, Down: 6, Lost: 7,
}

// Worse returns the state that takes more from an answer. Future takes
// nothing: nobody expects to know it.
func Worse(a, b State) State {
	if severity[b] > severity[a] {
		return b
	}
	return a
}

// NewCoverage sums up intervals that are ascending and join up.
func NewCoverage(intervals []Interval) Coverage {
	c := Coverage{State: Future, Ratio: 1, Intervals: intervals}
	var complete, passed Millis
	for _, iv := range intervals {
		c.State = Worse(c.State, iv.State)
		if iv.State == Future {
			continue
		}
		passed += iv.To - iv.From
		if iv.State == Complete {
			complete += iv.To - iv.From
		}
	}
	if passed > 0 {
		c.Ratio = float64(complete) / float64(passed)
	}
	return c
}

// Within returns the coverage of the part from from to to.
func (c Coverage) Within(from, to Millis) Coverage {
	var part []Interval
	for _, iv := range c.Intervals {
		iv.From, iv.To = max(iv.From, from), min(iv.To, to)
		if iv.From < iv.To {
			part = append(part, iv)
		}
	}
	return NewCoverage(part)
}

// spoilingHole is the share of a bucket that must be missing before its number
// is only a lower bound. A shorter hole is listed, and no more.
const spoilingHole = 0.1

// Spoiled says whether so much of the passed part of the interval is not
// complete that a number about it is only a lower bound.
func (c Coverage) Spoiled() bool { return c.Ratio <= 1-spoilingHole }

// Known says whether any part of the interval is covered at all, so that
// having no events means that nobody came.
func (c Coverage) Known() bool {
	for _, iv := range c.Intervals {
		switch iv.State {
		case Complete, Quiet, Partial:
			return true
		}
	}
	return false
}
