package accesslog

import (
	"maps"

	"holdfast"
)

// Summary says what became of every line.
type Summary struct {
	Files        int                       `json:"files"`
	Lines        int64                     `json:"lines"`
	PageViews    int64                     `json:"page_views"` // counted, and new
	Flagged      map[holdfast.Flag]int64   `json:"flagged"`
	Duplicates   int64                     `json:"duplicates"` // kept before
	NotPageViews map[Reason]int64          `json:"not_page_views"`
	Refused      map[holdfast.Reason]int64 `json:"refused"`
	Unreadable   int64                     `json:"unreadable"`
	// Unfinished are page views that the import failed before it heard of. The
	// same import again settles what became of them.
	Unfinished int64 `json:"unfinished,omitempty"`
	// Times are of which time the logs tell, as far as that is kept, by site:
	// from the first line to the last, holes and all.
	Times map[string]holdfast.Stretch `json:"times"`
	// Problems are the first lines that were refused or could not be read, at
	// most maxProblems of each file.
	Problems []Problem `json:"problems"`
}

// Problem is a line of which nothing became.
type Problem struct {
	File  string `json:"file"`
	Line  int64  `json:"line"`
	Error string `json:"error"`
}

// maxProblems is how many lines of a file are named.
const maxProblems = 5

// NewSummary returns a summary of nothing.
func NewSummary() Summary {
	return Summary{
		Flagged: map[holdfast.Flag]int64{}, NotPageViews: map[Reason]int64{}, Refused: map[holdfast.Reason]int64{}, Times: map[string]holdfast.Stretch{}, Problems: []Problem{},
	}
}

// told enters of which time a log tells.
func (s *Summary) told(t *holdfast.Told) {
	if len(t.Written) == 0 {
		return
	}
	of := holdfast.Stretch{From: t.Written[0].From, To: t.Written[len(t.Written)-1].To}
	if before, ok := s.Times[t.Site]; ok {
		of.From, of.To = min(of.From, before.From), max(of.To, before.To)
	}
	s.Times[t.Site] = of
}

// Difference returns how many lines are in none of the numbers. It is 0.
func (s *Summary) Difference() int64 {
	return s.Lines - s.PageViews - total(s.Flagged) - s.Duplicates - total(s.NotPageViews) - total(s.Refused) - s.Unreadable - s.Unfinished
}

func total[K comparable](counts map[K]int64) (n int64) {
	for c := range maps.Values(counts) {
		n += c
	}
	return n
}
