package holdfast

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

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

// MaxDealPaths is how many pages a deal may name.
const MaxDealPaths = 100

var (
	dealID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	// The times that events may have.
	firstDeal = MillisOf(time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC))
	lastDeal  = MillisOf(time.Date(9999, 12, 1, 0, 0, 0, 0, time.UTC))
)

// maxDealYears bounds a deal's window: it is how much a question may ask about.
const maxDealYears = 100

// Check says what is wrong with d.
func (d *Deal) Check() error {
	switch {
	case !dealID.MatchString(d.ID):
		return &FieldError{"id", "must be 1 to 64 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit"}
	case d.Title == "":
		return &FieldError{"title", "is required"}
	case len(d.Title) > MaxTitle:
		return &FieldError{"title", "longer than 500 bytes"}
	case !utf8.ValidString(d.Title):
		return &FieldError{"title", "is not UTF-8"}
	case d.Starts < firstDeal || d.Starts > lastDeal:
		return &FieldError{"starts", "is not within the years 1990 to 9999"}
	case d.Ends != 0 && d.Ends <= d.Starts:
		return &FieldError{"ends", "not after starts"}
	case d.Ends != 0 && d.Ends.Time().AddDate(-maxDealYears, 0, 0).After(d.Starts.Time()):
		return &FieldError{"ends", "more than 100 years after starts"}
	case len(d.Goal) > MaxName:
		return &FieldError{"goal", "longer than 120 bytes"}
	case !utf8.ValidString(d.Goal):
		return &FieldError{"goal", "is not UTF-8"}
	}
	if err := d.checkPaths(); err != nil {
		return err
	}
	return d.checkLink()
}

func (d *Deal) checkPaths() error {
	if len(d.Paths) > MaxDealPaths {
		return &FieldError{"paths", fmt.Sprintf("are more than %d", MaxDealPaths)}
	}
	for _, p := range d.Paths {
		switch {
		case !strings.HasPrefix(p, "/"):
			return &FieldError{"paths", fmt.Sprintf("%.100q does not begin with /", p)}
		case len(p) > MaxURL:
			return &FieldError{"paths", "one is longer than 2000 bytes"}
		case !utf8.ValidString(p):
			return &FieldError{"paths", "one is not UTF-8"}
		}
	}
	return nil
}

// checkLink makes sure that whoever follows the link gets to a page, and runs
// nothing.
func (d *Deal) checkLink() error {
	if d.Link == "" {
		return nil
	}
	if len(d.Link) > MaxURL {
		return &FieldError{"link", "longer than 2000 bytes"}
	}
	u, err := url.Parse(d.Link)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return &FieldError{"link", "is not an address like https://shop.example.com/deal"}
	}
	return nil
}

// Equal says whether d and e are the same in everything.
func (d *Deal) Equal(e *Deal) bool {
	return d.ID == e.ID && d.Title == e.Title && d.Starts == e.Starts && d.Ends == e.Ends &&
		slices.Equal(d.Paths, e.Paths) && d.Goal == e.Goal && d.Link == e.Link
}

// DealChange is what putting a deal changed.
type DealChange string

// The changes.
const (
	DealAdded     DealChange = "added"
	DealChanged   DealChange = "changed"
	DealUnchanged DealChange = "unchanged"
)

// ScheduledDeal is a deal with its place among the deals of its site, which are
// in the order of their starts and, if they start together, of their ids.
type ScheduledDeal struct {
	Deal
	Next      Millis // when the first deal that starts later does; 0: none is known
	Previous  string // id of the deal before it; "": none
	Following string // id of the deal after it; "": none
}

// Window is the stretch of time that is a deal's.
type Window struct {
	From Millis `json:"from"`
	To   Millis `json:"to"` // the first moment after it
	// Open: nothing says when it ends. To is now, or From if it has not begun.
	Open bool `json:"open,omitempty"`
}

// Window returns the deal's window at now.
//
// A deal lasts from its start to its end. One that has no end lasts until the
// site's next deal starts: the first that starts later than it, not together
// with it, so that deals that start together do not end each other. If there
// is none, the deal goes on. Windows may overlap: an end that is given holds,
// whatever starts before it. Nothing depends on the order in which deals were
// added.
func (d *ScheduledDeal) Window(now Millis) Window {
	switch {
	case d.Ends != 0:
		return Window{From: d.Starts, To: d.Ends}
	case d.Next != 0:
		return Window{From: d.Starts, To: d.Next}
	}
	return Window{From: d.Starts, To: max(d.Starts, now), Open: true}
}

// Schedule returns deals in their order, each with its place among them.
func Schedule(deals []Deal) []ScheduledDeal {
	list := make([]ScheduledDeal, len(deals))
	for i := range deals {
		list[i].Deal = deals[i]
	}
	slices.SortFunc(list, func(a, b ScheduledDeal) int { return a.Compare(&b.Deal) })
	var next Millis // the first start that is later than the deals at i
	for i := len(list) - 1; i >= 0; i-- {
		if i+1 < len(list) {
			list[i].Following = list[i+1].ID
			if list[i+1].Starts > list[i].Starts {
				next = list[i+1].Starts
			}
		}
		if i > 0 {
			list[i].Previous = list[i-1].ID
		}
		list[i].Next = next
	}
	return list
}

// Compare orders the deals of a site: by their starts, then by their ids.
func (d *Deal) Compare(e *Deal) int {
	if d.Starts != e.Starts {
		return max(-1, min(1, int(d.Starts-e.Starts)))
	}
	return strings.Compare(d.ID, e.ID)
}
