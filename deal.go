package holdfast

import "regexp"

// Deal is an item, campaign or period with a window of time of its own. Its
// statistics are those of its site in that window.
type Deal struct {
	ID     string
	Title  string
	Starts Millis
	Ends   Millis   // the first moment after it; 0: when the site's next deal starts
	Paths  []string // the pages that belong to it; none: all
	Goal   string   // name of the event that counts as biting
	Link   string
}

var dealID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Check says what is wrong with d.
func (d *Deal) Check() error {
	switch {
	case !dealID.MatchString(d.ID):
		return &FieldError{"id", "must be 1 to 64 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit"}
	case d.Title == "":
		return &FieldError{"title", "is required"}
	case len(d.Title) > MaxTitle:
		return &FieldError{"title", "longer than 500 bytes"}
	case d.Ends != 0 && d.Ends <= d.Starts:
		return &FieldError{"ends", "not after starts"}
	case len(d.Link) > MaxURL:
		return &FieldError{"link", "longer than 2000 bytes"}
	case len(d.Goal) > MaxName:
		return &FieldError{"goal", "longer than 120 bytes"}
	}
	return nil
}
